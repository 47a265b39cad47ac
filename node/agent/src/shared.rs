//! What the lanes of one agent share: its gateway, its prover, its finished proofs, and what is under way.

use crate::{backoff::Backoff, client::Gateway, config::Checked, error::AgentError, finished::Finished};
use dpgn_prover::Prover;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What an agent has done since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Proofs that were accepted.
    pub accepted: u64,
    /// Proofs that were not: too late, most often.
    pub refused: u64,
    /// Tasks that could not be proved here.
    pub failed: u64,
}

/// What the lanes of one agent share.
pub(crate) struct Shared {
    pub(crate) gateway: Gateway,
    pub(crate) prover: Prover,
    /// No more tasks are asked for.
    pub(crate) drain: CancellationToken,
    /// Nothing more is done at all.
    pub(crate) stop: CancellationToken,
    checked: Checked,
    rows_per_second: Option<u32>,
    reward_address: String,
    finished: Mutex<Finished>,
    /// The tasks that are proved now.
    at_work: Mutex<BTreeMap<Uuid, Work>>,
    /// How often it has registered: a gateway that was started anew knows nothing of what it had handed out before.
    registered: AtomicU64,
    stats: Mutex<Stats>,
}

/// The work for one task.
struct Work {
    /// What stops it.
    cancel: CancellationToken,
    /// The registration under which it was handed out.
    under: u64,
}

impl Shared {
    pub(crate) fn new(
        gateway: Gateway,
        prover: Prover,
        checked: Checked,
        finished: Finished,
        rows_per_second: Option<u32>,
        reward_address: String,
    ) -> Self {
        Self {
            gateway,
            prover,
            drain: CancellationToken::new(),
            stop: CancellationToken::new(),
            checked,
            rows_per_second,
            reward_address,
            finished: Mutex::new(finished),
            at_work: Mutex::default(),
            registered: AtomicU64::new(0),
            stats: Mutex::default(),
        }
    }

    pub(crate) fn capacity(&self) -> u16 {
        self.checked.capacity
    }

    pub(crate) fn stats(&self) -> Stats {
        *lock(&self.stats)
    }

    /// Registers this prover, however long the gateway takes to be there.
    pub(crate) async fn register(&self) -> Result<(), AgentError> {
        let mut backoff = Backoff::default();
        loop {
            let registered = self.gateway.register(&self.checked, self.rows_per_second, &self.reward_address);
            let error = match registered.await {
                Ok(()) => {
                    self.registered.fetch_add(1, Ordering::Relaxed);
                    tracing::info!(gateway = %self.checked.url, "registered");
                    return Ok(());
                }
                Err(error) if error.is_retryable() => error,
                Err(error) => return Err(error.into()),
            };
            let pause = backoff.after(&error);
            tracing::warn!(gateway = %self.checked.url, %error, ?pause, "not registered yet");
            tokio::select! {
                () = self.drain.cancelled() => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// The finished proofs. Held for a moment alone: what is behind it is small.
    pub(crate) fn finished(&self) -> MutexGuard<'_, Finished> {
        lock(&self.finished)
    }

    /// Takes note that a task is proved now; returns what stops it.
    pub(crate) fn begin(&self, task: Uuid) -> CancellationToken {
        let cancel = self.stop.child_token();
        let under = self.registered.load(Ordering::Relaxed);
        lock(&self.at_work).insert(task, Work { cancel: cancel.clone(), under });
        cancel
    }

    pub(crate) fn end(&self, task: Uuid) {
        lock(&self.at_work).remove(&task);
    }

    pub(crate) fn at_work(&self) -> Vec<Uuid> {
        lock(&self.at_work).keys().copied().collect()
    }

    /// The tasks that the gateway has handed out since this prover registered last: of older ones it says nothing.
    pub(crate) fn handed_out(&self) -> Vec<Uuid> {
        let now = self.registered.load(Ordering::Relaxed);
        lock(&self.at_work).iter().filter(|(_, work)| work.under == now).map(|(task, _)| *task).collect()
    }

    /// Stops the work for a task that is over.
    pub(crate) fn give_up(&self, task: Uuid) {
        if let Some(work) = lock(&self.at_work).get(&task) {
            work.cancel.cancel();
        }
    }

    pub(crate) fn count(&self, change: impl FnOnce(&mut Stats)) {
        change(&mut lock(&self.stats));
    }
}

/// Locks what no panic leaves half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
