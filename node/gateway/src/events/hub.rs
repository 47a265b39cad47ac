//! The hub: it numbers the node's notices and remembers the last of them, so that a listener who was away goes on where it
//! was. A listener that is slow costs nothing: it reads from here at its own pace, and is told if it has missed something.

use super::told::Told;
use crate::{clock::now, metrics::Metrics};
use dpgn_node::{Missed, Notices, engine::Notice};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    wire::ProofStage,
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};
use tokio::sync::watch;

/// Notices that are remembered.
const REMEMBERED_MAX: usize = 4_096;
/// Tasks whose progress is remembered.
const PROGRESS_MAX: usize = 4_096;
/// Notices that a listener takes at once.
const BATCH_MAX: usize = 256;

/// How far the prover of a task says it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    pub(crate) prover: AccountId,
    pub(crate) stage: ProofStage,
    pub(crate) permille: u16,
}

/// The numbered notices of a node since this process began to listen.
pub(crate) struct Hub {
    /// Tells this process from others: numbers begin anew with each.
    run: String,
    remembered: Mutex<Remembered>,
    newest: watch::Sender<u64>,
}

#[derive(Default)]
struct Remembered {
    /// The number of the newest notice; the first one has 1.
    newest: u64,
    last: VecDeque<Arc<Told>>,
    progress: BTreeMap<TaskId, Progress>,
}

/// Notices that a listener wants are no longer remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Forgotten;

impl Hub {
    pub(crate) fn new() -> Self {
        let mut run = [0; 4];
        // Without randomness a client of an earlier process goes on at a number that means something else.
        let _ = getrandom::fill(&mut run);
        Self { run: hex::encode(run), remembered: Mutex::default(), newest: watch::Sender::new(0) }
    }

    /// The id by which a listener resumes behind this number.
    pub(crate) fn id(&self, number: u64) -> String {
        format!("{}-{number}", self.run)
    }

    /// The number that an id names, if this process has given it out.
    pub(crate) fn number(&self, id: &str) -> Result<u64, Forgotten> {
        let (run, number) = id.split_once('-').ok_or(Forgotten)?;
        let number = number.parse().map_err(|_| Forgotten)?;
        if run == self.run && number <= self.newest() { Ok(number) } else { Err(Forgotten) }
    }

    /// The number of the newest notice.
    pub(crate) fn newest(&self) -> u64 {
        self.lock().newest
    }

    /// A signal that changes with every notice.
    pub(crate) fn signal(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// The notices behind a number, the first of them.
    pub(crate) fn behind(&self, number: u64) -> Result<Vec<Arc<Told>>, Forgotten> {
        let remembered = self.lock();
        let first = remembered.last.front().map_or(remembered.newest + 1, |told| told.number);
        let skip = (number + 1).checked_sub(first).ok_or(Forgotten)?;
        let skip = usize::try_from(skip).map_err(|_| Forgotten)?;
        Ok(remembered.last.iter().skip(skip).take(BATCH_MAX).cloned().collect())
    }

    /// How far the prover of a task says it is; `None` if it has said nothing.
    pub(crate) fn progress(&self, task: TaskId) -> Option<Progress> {
        self.lock().progress.get(&task).copied()
    }

    pub(crate) fn push(&self, notice: &Notice) {
        let mut remembered = self.lock();
        remembered.note(notice);
        let told = Told::new(remembered.newest + 1, notice, now());
        self.remember(remembered, told);
    }

    fn push_missed(&self, count: u64) {
        let remembered = self.lock();
        let told = Told::missed(remembered.newest + 1, count);
        self.remember(remembered, told);
    }

    fn remember(&self, mut remembered: MutexGuard<'_, Remembered>, told: Told) {
        let newest = told.number;
        remembered.newest = newest;
        remembered.last.push_back(Arc::new(told));
        if remembered.last.len() > REMEMBERED_MAX {
            remembered.last.pop_front();
        }
        drop(remembered);
        self.newest.send_replace(newest);
    }

    /// Nothing panics while it holds the lock, and what is in it is whole at any moment.
    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remembered {
    fn note(&mut self, notice: &Notice) {
        match notice {
            Notice::Progress { task, prover, proof_stage, permille } => {
                if self.progress.len() < PROGRESS_MAX || self.progress.contains_key(task) {
                    let progress = Progress { prover: *prover, stage: *proof_stage, permille: *permille };
                    self.progress.insert(*task, progress);
                }
            }
            Notice::AwardEnded { task, .. }
            | Notice::Completed { task, .. }
            | Notice::ProvedLocally { task, .. }
            | Notice::Failed { task, .. } => {
                self.progress.remove(task);
            }
            Notice::Settled(settlement) => {
                self.progress.remove(&settlement.task);
            }
            Notice::Block { .. }
            | Notice::Jumped { .. }
            | Notice::Opened { .. }
            | Notice::Awarded { .. }
            | Notice::Started { .. }
            | Notice::Stalled { .. }
            | Notice::ProvingLocally { .. }
            | Notice::Delivered { .. } => {}
        }
    }
}

/// Takes notices into the hub and the metrics until the node stops, or nobody needs them any more.
pub(crate) async fn pump(hub: Weak<Hub>, metrics: Arc<Metrics>, mut notices: Notices) {
    loop {
        let heard = notices.next().await;
        let (Some(heard), Some(hub)) = (heard, hub.upgrade()) else { return };
        match heard {
            Ok(notice) => {
                metrics.note(&notice);
                hub.push(&notice);
            }
            Err(Missed(count)) => hub.push_missed(count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::{ids::BlockHash, units::Height};

    fn block(height: u64) -> Notice {
        Notice::Block { height: Height::new(height), block: BlockHash::from_bytes([0; 32]), ops: 0 }
    }

    #[test]
    fn a_listener_goes_on_where_it_was_or_hears_that_it_cannot() {
        let hub = Hub::new();
        (1..=10).for_each(|n| hub.push(&block(n)));
        let seen: Vec<u64> = hub.behind(7).unwrap().iter().map(|told| told.number).collect();
        assert_eq!(seen, [8, 9, 10]);
        assert!(hub.behind(10).unwrap().is_empty());
        assert_eq!(hub.number(&hub.id(7)), Ok(7));
        for foreign in ["", "7", &Hub::new().id(0), &hub.id(11), &format!("{}-x", hub.run)] {
            assert_eq!(hub.number(foreign), Err(Forgotten), "{foreign}");
        }
        (0..REMEMBERED_MAX as u64).for_each(|n| hub.push(&block(n)));
        assert_eq!(hub.behind(7).unwrap_err(), Forgotten);
        assert_eq!(hub.behind(10).unwrap().len(), BATCH_MAX, "a part at a time");
        assert_eq!(hub.lock().last.len(), REMEMBERED_MAX);
    }
}
