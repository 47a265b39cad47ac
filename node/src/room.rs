//! The room for circuits that are in memory at once: each is read whole, parsed, encoded again, and stays until it is built.
//!
//! A request that names a file of 256 MiB has a hundred bytes. So what is counted is the circuits and not the requests, until the
//! work on one has ended, also where nobody waits for it any more.

use std::sync::Arc;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::{JoinError, spawn_blocking},
};

/// Circuits of purchases and questions that are in memory at once; the others wait.
const AT_ONCE: usize = 4;

/// The room of a node. Cheap to clone, all clones are one room.
#[derive(Clone, Debug)]
pub(crate) struct Room(Arc<Semaphore>);

/// The place of one circuit, until its last clone is gone.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    _permit: Arc<Option<OwnedSemaphorePermit>>,
}

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Room {
    /// Waits for room for one more circuit.
    pub(crate) async fn place(&self) -> Place {
        // Nobody closes it.
        Place { _permit: Arc::new(Arc::clone(&self.0).acquire_owned().await.ok()) }
    }
}

impl Place {
    /// Runs what may take long. The place is taken until it has ended.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let place = self.clone();
        let work = move || {
            let result = work();
            drop(place);
            result
        };
        spawn_blocking(work).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn work_that_nobody_waits_for_keeps_its_place_until_it_ends() {
        let room = Room::default();
        let (end, ended) = mpsc::sync_channel::<()>(1);
        let place = room.place().await;
        let mut working = Box::pin(place.run(move || ended.recv()));
        // Begun, then given up.
        assert!(futures::poll!(&mut working).is_pending());
        drop(working);
        drop(place);
        assert_eq!(room.0.available_permits(), AT_ONCE - 1);
        end.send(()).unwrap();
        let all = room.0.acquire_many(AT_ONCE as u32).await.unwrap();
        drop(all);
        assert_eq!(room.0.available_permits(), AT_ONCE);
    }
}
