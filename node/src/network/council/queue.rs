//! What waits to be said to one member: in order, within a number of frames and of bytes.
//!
//! Where there is too much, the oldest large frames go first: bodies of blocks are asked for again, votes are not.
//! Small frames go only where no large one is left. A large frame never pushes out a small one.

use std::{collections::VecDeque, sync::Arc, time::Instant};

/// Frames above this are large: bodies of blocks are, votes and certificates are not.
const SMALL_BYTES_MAX: usize = 16 << 10;

struct Waiting {
    frame: Arc<[u8]>,
    since: Instant,
}

impl Waiting {
    fn is_large(&self) -> bool {
        self.frame.len() > SMALL_BYTES_MAX
    }
}

/// Frames that wait for their stream, the oldest first.
pub(super) struct Queue {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    frames_max: usize,
    bytes_max: usize,
}

impl Queue {
    pub(super) fn new(frames_max: usize, bytes_max: usize) -> Self {
        Self { waiting: VecDeque::new(), bytes: 0, frames_max, bytes_max }
    }

    /// Puts a frame behind the others; says how many were dropped, which may be this one.
    pub(super) fn push(&mut self, frame: Arc<[u8]>, now: Instant) -> usize {
        self.bytes += frame.len();
        self.waiting.push_back(Waiting { frame, since: now });
        let mut dropped = 0;
        while self.waiting.len() > self.frames_max || self.bytes > self.bytes_max {
            let at = self.waiting.iter().position(Waiting::is_large).unwrap_or(0);
            let Some(gone) = self.waiting.remove(at) else { break };
            self.bytes -= gone.frame.len();
            dropped += 1;
        }
        dropped
    }

    /// Takes the next frames, so many bytes of them, or one that has more; none if none waits.
    pub(super) fn take(&mut self, bytes_max: usize) -> Vec<Arc<[u8]>> {
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while let Some(next) = self.waiting.front() {
            let len = next.frame.len();
            if !taken.is_empty() && bytes + len > bytes_max {
                break;
            }
            bytes += len;
            taken.extend(self.waiting.pop_front().map(|next| next.frame));
        }
        self.bytes -= bytes;
        taken
    }

    /// Forgets the frames that have waited since before then; says how many they were.
    pub(super) fn forget(&mut self, before: Instant) -> usize {
        let stale = self.waiting.iter().take_while(|waiting| waiting.since < before).count();
        for gone in self.waiting.drain(..stale) {
            self.bytes -= gone.frame.len();
        }
        stale
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn frame(tag: u8, len: usize) -> Arc<[u8]> {
        vec![tag; len].into()
    }

    fn tags(queue: &mut Queue) -> Vec<u8> {
        queue.take(usize::MAX).iter().map(|frame| frame[0]).collect()
    }

    #[test]
    fn order_is_kept_and_batches_are_of_so_many_bytes() {
        let (mut queue, now) = (Queue::new(8, 1 << 20), Instant::now());
        for tag in 0..5 {
            assert_eq!(queue.push(frame(tag, 100), now), 0);
        }
        queue.push(frame(5, 50_000), now);
        let sizes: Vec<_> = std::iter::from_fn(|| Some(queue.take(250).len()).filter(|taken| *taken > 0)).collect();
        assert_eq!((sizes, queue.bytes), (vec![2, 2, 1, 1], 0));
    }

    #[test]
    fn the_oldest_large_frames_go_first_then_the_oldest() {
        let (mut queue, now) = (Queue::new(4, 100_000), Instant::now());
        for (tag, len) in [(0, 10), (1, 40_000), (2, 10), (3, 40_000)] {
            assert_eq!(queue.push(frame(tag, len), now), 0);
        }
        assert_eq!(queue.push(frame(4, 40_000), now), 1, "too many, and too many bytes");
        assert_eq!(queue.push(frame(5, 10), now), 1);
        assert_eq!(queue.push(frame(6, 10), now), 1);
        assert_eq!(queue.push(frame(7, 10), now), 1, "no large one is left");
        assert_eq!(tags(&mut queue), [2, 5, 6, 7]);
        assert_eq!(queue.bytes, 0);
    }

    #[test]
    fn a_large_frame_pushes_out_no_small_one() {
        let (mut queue, now) = (Queue::new(3, 1 << 20), Instant::now());
        for tag in 0..3 {
            queue.push(frame(tag, 10), now);
        }
        assert_eq!(queue.push(frame(9, 40_000), now), 1);
        assert_eq!(tags(&mut queue), [0, 1, 2]);
    }

    #[test]
    fn a_flood_of_frames_takes_no_more_than_its_room() {
        let (mut queue, now, mut dropped) = (Queue::new(1_024, 4 << 20), Instant::now(), 0);
        let (small, large) = (frame(0, 300), frame(1, 200_000));
        for n in 0..20_000 {
            dropped += queue.push(Arc::clone(if n % 10 == 0 { &large } else { &small }), now);
            assert!(queue.bytes <= 4 << 20 && queue.waiting.len() <= 1_024);
        }
        println!("of 20,000 frames {} wait, {} bytes; {dropped} were dropped", queue.waiting.len(), queue.bytes);
        assert_eq!(queue.waiting.len() + dropped, 20_000);
    }

    #[test]
    fn what_has_waited_too_long_is_forgotten() {
        let (mut queue, start) = (Queue::new(8, 1 << 20), Instant::now());
        for s in 0..4 {
            queue.push(frame(s, 10), start + Duration::from_secs(s.into()));
        }
        assert_eq!(queue.forget(start + Duration::from_secs(2)), 2);
        assert_eq!((tags(&mut queue), queue.bytes), (vec![2, 3], 0));
    }
}
