//! The build gate: circuits of awards are built before those of the owner's purchases.
//!
//! An award's circuit must be built within a window that costs credits if it closes; a purchase can wait. So the
//! build of a purchase gives way: it is stopped when an award's circuit is wanted, and begun again afterwards.

use dpgn_prover::{ProverError, WorkerError};
use std::{future::Future, pin::pin, sync::Arc};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The number of awards' circuits that are being built or wait for it. Cheap to clone, all clones are one gate.
#[derive(Clone, Debug)]
pub(crate) struct BuildGate(Arc<watch::Sender<usize>>);

/// An award's circuit is wanted until this is dropped.
pub(crate) struct AwardBuild(BuildGate);

impl BuildGate {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    /// An award's circuit is wanted: builds of purchases stop.
    pub(crate) fn award(&self) -> AwardBuild {
        self.0.send_modify(|wanted| *wanted += 1);
        AwardBuild(self.clone())
    }

    /// Builds for a purchase, whenever no award's circuit is wanted.
    pub(crate) async fn purchase<T, F>(&self, build: impl Fn(CancellationToken) -> F) -> Result<T, ProverError>
    where
        F: Future<Output = Result<T, ProverError>>,
    {
        let mut awards = self.0.subscribe();
        loop {
            // This gate holds the sender: the channel is never closed.
            drop(awards.wait_for(|wanted| *wanted == 0).await);
            let cancel = CancellationToken::new();
            let mut building = pin!(build(cancel.clone()));
            let built = tokio::select! {
                biased;
                built = &mut building => return built,
                () = wanted(&mut awards) => {
                    cancel.cancel();
                    // It returns once its worker is gone.
                    building.await
                }
            };
            match built {
                Err(ProverError::Worker(WorkerError::Cancelled)) => {}
                Ok(_) | Err(_) => return built,
            }
        }
    }
}

/// Waits until an award's circuit is wanted.
async fn wanted(awards: &mut watch::Receiver<usize>) {
    drop(awards.wait_for(|wanted| *wanted > 0).await);
}

impl Drop for AwardBuild {
    fn drop(&mut self) {
        self.0.0.send_modify(|wanted| *wanted = wanted.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::Notify;

    /// One worker, busy with a purchase: an award that waits for it would miss its window.
    #[tokio::test]
    async fn the_owners_own_build_gives_way_to_an_awards() {
        let (gate, begun, may_end) = (BuildGate::new(), Arc::new(AtomicU32::new(0)), Arc::new(Notify::new()));
        let worker = Arc::new(tokio::sync::Semaphore::new(1));
        let purchase = {
            let (gate, begun, may_end, worker) = (gate.clone(), begun.clone(), may_end.clone(), worker.clone());
            tokio::spawn(async move {
                let build = |cancel: CancellationToken| {
                    let (begun, may_end, worker) = (begun.clone(), may_end.clone(), worker.clone());
                    async move {
                        let _worker = worker.acquire().await;
                        begun.fetch_add(1, Ordering::SeqCst);
                        tokio::select! {
                            () = cancel.cancelled() => Err(WorkerError::Cancelled.into()),
                            () = may_end.notified() => Ok("built"),
                        }
                    }
                };
                gate.purchase(build).await
            })
        };
        while begun.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let award = gate.award();
        // Nobody has let the purchase's build end, and the worker is free all the same.
        let waits = tokio::time::timeout(std::time::Duration::from_secs(10), worker.acquire());
        drop(waits.await.expect("the award's build waits for nobody").unwrap());
        drop(award);
        may_end.notify_one();
        assert_eq!(purchase.await.unwrap().unwrap(), "built");
        println!("the purchase's build was begun {} times, the award waited for none", begun.load(Ordering::SeqCst));
        assert_eq!(begun.load(Ordering::SeqCst), 2);
    }
}
