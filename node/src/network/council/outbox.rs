//! The queue of one member between those who speak and the stream: putting in never waits, taking out does.
//!
//! The lock is held for as long as a frame is moved, and never while anything is awaited.

use super::queue::Queue;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tokio::sync::Notify;

/// A queue, and the bell that wakes the one task that empties it.
pub(super) struct Outbox {
    queue: Mutex<Queue>,
    filled: Notify,
}

impl Outbox {
    pub(super) fn new(queue: Queue) -> Self {
        Self { queue: Mutex::new(queue), filled: Notify::new() }
    }

    /// Puts a frame into the queue; says how many were dropped for it.
    pub(super) fn push(&self, frame: Arc<[u8]>, now: Instant) -> usize {
        let dropped = self.queue().push(frame, now);
        self.filled.notify_one();
        dropped
    }

    /// The next frames, so many bytes of them, or one that has more; waits until there is one. Nothing is taken if it
    /// is dropped before.
    pub(super) async fn next(&self, bytes_max: usize) -> Vec<Arc<[u8]>> {
        loop {
            let frames = self.queue().take(bytes_max);
            if !frames.is_empty() {
                return frames;
            }
            self.filled.notified().await;
        }
    }

    /// Forgets the frames that have waited since before then; says how many they were.
    pub(super) fn forget(&self, before: Instant) -> usize {
        self.queue().forget(before)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
