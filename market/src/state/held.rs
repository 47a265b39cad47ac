//! Held awards: the tasks whose live award a prover holds, and how long their proofs take together.
//!
//! A [`Queue`] is what that comes to for whoever would be next.

use dpgn_protocol::{ids::TaskId, units::Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The live awards of a prover.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<TaskId, Millis>")]
pub(crate) struct Held {
    /// The time that each proof is said to take.
    awards: BTreeMap<TaskId, Millis>,
    /// All these times together. It follows from the awards.
    #[serde(skip)]
    work: Millis,
}

/// The work that a prover has promised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// The number of proofs.
    pub held: u32,
    /// The time that all of them take on one lane, as declared.
    pub work: Millis,
}

impl Queue {
    /// The same without one proof that takes so long.
    pub(crate) fn without(self, declared: Millis) -> Self {
        let work = Millis::new(self.work.get().saturating_sub(declared.get()));
        Self { held: self.held.saturating_sub(1), work }
    }

    /// No more than either of two.
    pub(crate) fn min(self, other: Self) -> Self {
        Self { held: self.held.min(other.held), work: self.work.min(other.work) }
    }
}

impl From<BTreeMap<TaskId, Millis>> for Held {
    fn from(awards: BTreeMap<TaskId, Millis>) -> Self {
        let work = awards.values().copied().fold(Millis::default(), Millis::saturating_add);
        Self { awards, work }
    }
}

impl Held {
    /// The number of awards.
    pub(crate) fn len(&self) -> usize {
        self.awards.len()
    }

    /// Whether the prover holds none.
    pub(crate) fn is_empty(&self) -> bool {
        self.awards.is_empty()
    }

    /// The tasks, by id.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = TaskId> {
        self.awards.keys().copied()
    }

    /// The time that all proofs take on one lane, one after another, as the prover declared them.
    pub(crate) fn work(&self) -> Millis {
        self.work
    }

    /// Notes an award whose proof is said to take so long.
    pub(crate) fn insert(&mut self, task: TaskId, declared: Millis) {
        self.remove(task);
        self.awards.insert(task, declared);
        // Declared times fit a task's life, so that 2^16 of them fit 64 bits.
        self.work = self.work.saturating_add(declared);
    }

    /// Notes that an award has ended.
    pub(crate) fn remove(&mut self, task: TaskId) {
        if let Some(declared) = self.awards.remove(&task) {
            self.work = Millis::new(self.work.get().saturating_sub(declared.get()));
        }
    }
}
