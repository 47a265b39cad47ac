//! Promised proofs: the tasks for which a prover has promised one, how long they take together, and when the last of them
//! can be begun. A live award is such a promise; so is a sealed ask that may still be awarded, which takes time as well and
//! no room from awards.
//!
//! A [`Queue`] is what that comes to for whoever would be next.

use super::clock::Moment;
use dpgn_protocol::{ids::TaskId, units::Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A proof that a prover has promised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The time that it is said to take.
    pub declared: Millis,
    /// The moment by which its inputs have come, or it is given back. A lane may be kept for it until then.
    pub inputs_by: Moment,
}

/// The proofs that a prover has promised, by task: live awards, or sealed asks that may become such.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<TaskId, Promise>")]
pub(crate) struct Held {
    promises: BTreeMap<TaskId, Promise>,
    /// What all of them come to. It follows from them.
    #[serde(skip)]
    queue: Queue,
}

/// The work that a prover has promised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// The number of proofs.
    pub held: u32,
    /// The time that all of them take on one lane, as declared.
    pub work: Millis,
    /// The moment by which the inputs of all of them have come, however late their requesters send them.
    pub inputs_by: Moment,
}

impl Queue {
    /// What is promised by both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            held: self.held.saturating_add(other.held),
            work: self.work.saturating_add(other.work),
            inputs_by: self.inputs_by.max(other.inputs_by),
        }
    }

    /// The time that whoever is next waits for one of so many lanes, rounded up: none while one is free. Lanes that are never
    /// idle have done all work before it after this work by their number (Graham, "Bounds on multiprocessing timing
    /// anomalies", 1969).
    pub(crate) fn wait(self, lanes: u16) -> Millis {
        let wait = if self.leaves_free(lanes) { 0 } else { self.work.get().div_ceil(lanes.max(1).into()) };
        Millis::new(wait)
    }

    /// Whether one of so many lanes is free.
    pub(crate) fn leaves_free(self, lanes: u16) -> bool {
        self.held < u32::from(lanes.max(1))
    }
}

impl From<Promise> for Queue {
    fn from(Promise { declared, inputs_by }: Promise) -> Self {
        Self { held: 1, work: declared, inputs_by }
    }
}

impl From<BTreeMap<TaskId, Promise>> for Held {
    fn from(promises: BTreeMap<TaskId, Promise>) -> Self {
        let queue = promises.values().map(|promise| Queue::from(*promise)).fold(Queue::default(), Queue::and);
        Self { promises, queue }
    }
}

impl Held {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.promises.is_empty()
    }

    /// The tasks, by id.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = TaskId> {
        self.promises.keys().copied()
    }

    /// What all of them come to.
    pub(crate) fn queue(&self) -> Queue {
        self.queue
    }

    /// Notes a promise, in the place of one for the same task.
    pub(crate) fn insert(&mut self, task: TaskId, promise: Promise) {
        self.promises.insert(task, promise);
        *self = std::mem::take(&mut self.promises).into();
    }

    /// Notes that a promise is over.
    pub(crate) fn remove(&mut self, task: TaskId) {
        if self.promises.remove(&task).is_some() {
            *self = std::mem::take(&mut self.promises).into();
        }
    }
}
