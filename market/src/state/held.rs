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

    /// What is left without one of the promises; `None` if the rest does not follow from this, because the sum is as long as
    /// any can be or no inputs are waited for longer.
    fn without(self, Promise { declared, inputs_by }: Promise) -> Option<Self> {
        let is_known = self.work < Millis::new(u64::MAX) && inputs_by < self.inputs_by;
        is_known.then(|| Self {
            held: self.held.saturating_sub(1),
            work: Millis::new(self.work.get().saturating_sub(declared.get())),
            inputs_by: self.inputs_by,
        })
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
        match self.promises.insert(task, promise) {
            None => self.queue = self.queue.and(promise.into()),
            Some(_) => self.sum(),
        }
    }

    /// Notes that a promise is over.
    pub(crate) fn remove(&mut self, task: TaskId) {
        let Some(gone) = self.promises.remove(&task) else { return };
        match self.queue.without(gone) {
            Some(queue) => self.queue = queue,
            None => self.sum(),
        }
    }

    /// Makes the sum anew.
    fn sum(&mut self) {
        *self = std::mem::take(&mut self.promises).into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_is_kept_is_the_sum_made_anew() {
        let (mut held, mut seed) = (Held::default(), 1_u64);
        for _ in 0..10_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (task, roll) = (TaskId::from_bytes([(seed >> 60) as u8; 32]), seed >> 33);
            // Some take so long that the sum is more than fits.
            let declared = Millis::new(if roll.is_multiple_of(5) { u64::MAX / 3 } else { roll % 9 });
            let inputs_by = Moment::default().after(Millis::new(roll % 4));
            if roll.is_multiple_of(3) {
                held.remove(task);
            } else {
                held.insert(task, Promise { declared, inputs_by });
            }
            assert_eq!(held, Held::from(held.promises.clone()));
        }
    }
}
