//! Turns for reading the node's disk: the node refuses more than a few readers at once, so those of the gateway wait for each
//! other here. Those who wait are no more than the requests in flight.

use std::future::Future;
use tokio::sync::Semaphore;

/// Readers at once: one fewer than the node takes, so that the control socket finds a place too.
const READERS_MAX: usize = 3;
/// Questions about the past at once, for which the node applies old blocks again: it answers one.
const REPLAYS_MAX: usize = 1;

/// The turns of one gateway.
pub(crate) struct Reads {
    records: Semaphore,
    past: Semaphore,
}

impl Default for Reads {
    fn default() -> Self {
        Self { records: Semaphore::new(READERS_MAX), past: Semaphore::new(REPLAYS_MAX) }
    }
}

impl Reads {
    /// Reads records or blocks as soon as it is this reader's turn.
    pub(crate) async fn turn<T>(&self, read: impl Future<Output = T>) -> T {
        // A semaphore that is never closed always gives a permit.
        let _turn = self.records.acquire().await;
        read.await
    }

    /// Asks about the past as soon as nobody else of this gateway does.
    pub(crate) async fn replay<T>(&self, read: impl Future<Output = T>) -> T {
        let _turn = self.past.acquire().await;
        read.await
    }
}
