//! Schedule: what is due next among the open tasks, found without a search.
//!
//! It follows from tasks and accounts, so it is in no snapshot and in no root: whoever reads a snapshot makes it anew.
//! The ledger enters a task whenever it has changed, and takes it out before.

use super::{
    award::Window,
    clock::Moment,
    held::{Held, Queue},
    task::{Stage, Task},
    tree_map::TreeMap,
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::Timestamp,
};
use std::collections::BTreeSet;

/// Open tasks by what is due, and provers by their last sign of life.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// Live awards by the moment at which their own window closes: `Start`, `Due` or `Verdict`.
    windows: TreeMap<(Moment, TaskId), ()>,
    /// Provers that owe `Alive`, by the moment of their last sign of life.
    beats: TreeMap<(Moment, AccountId), ()>,
    /// The tasks that each of these provers has started and not delivered.
    started: TreeMap<AccountId, BTreeSet<TaskId>>,
    /// Tasks whose proof is delivered and awaits the committee's findings.
    delivered: TreeMap<TaskId, ()>,
    /// Tasks without an award by deadline.
    deadlines: TreeMap<(Timestamp, TaskId), ()>,
    /// Tasks in a sealed round by the moment at which its phase closes.
    rounds: TreeMap<(Moment, TaskId), ()>,
    /// Tasks that are to be awarded to the best opened ask of their round.
    decided: TreeMap<TaskId, ()>,
    /// Tasks without an award by the time after which their reward rises.
    rises: TreeMap<(Timestamp, TaskId), ()>,
    /// The proofs that a prover has promised by sealed asks that may still be awarded.
    sealed: TreeMap<AccountId, Held>,
}

impl Schedule {
    /// Enters a task as it is now. `alive` is its prover's last sign of life.
    pub(super) fn enter(&mut self, id: TaskId, task: &Task, alive: Moment) {
        if let Some((moment, _)) = own_window(task) {
            self.windows.insert((moment, id), ());
        }
        if let Stage::InProgress(award) = &task.stage {
            self.started.get_or_insert_with(award.prover, BTreeSet::new).insert(id);
            self.beats.insert((alive, award.prover), ());
        }
        if task.stage.delivery().is_some() {
            self.delivered.insert(id, ());
        }
        if task.stage == Stage::Pending {
            self.deadlines.insert((task.bid.deadline, id), ());
            if let Some(at) = task.rises_at() {
                self.rises.insert((at, id), ());
            }
        }
        if let Some(closes) = task.round_closes() {
            self.rounds.insert((closes, id), ());
        }
        if task.is_decided() {
            self.decided.insert(id, ());
        }
        for (prover, promise) in task.sealed_promises() {
            self.sealed.get_or_insert_with(prover, Held::default).insert(id, promise);
        }
    }

    /// Takes a task out, as it was when it was entered.
    pub(super) fn leave(&mut self, id: TaskId, task: &Task, alive: Moment) {
        if let Some((moment, _)) = own_window(task) {
            self.windows.remove(&(moment, id));
        }
        if let Stage::InProgress(award) = &task.stage {
            let started = self.started.get_or_insert_with(award.prover, BTreeSet::new);
            started.remove(&id);
            if started.is_empty() {
                self.started.remove(&award.prover);
                self.beats.remove(&(alive, award.prover));
            }
        }
        if task.stage.delivery().is_some() {
            self.delivered.remove(&id);
        }
        if task.stage == Stage::Pending {
            self.deadlines.remove(&(task.bid.deadline, id));
            if let Some(at) = task.rises_at() {
                self.rises.remove(&(at, id));
            }
        }
        if let Some(closes) = task.round_closes() {
            self.rounds.remove(&(closes, id));
        }
        if task.is_decided() {
            self.decided.remove(&id);
        }
        for (prover, _) in task.sealed_promises() {
            let sealed = self.sealed.get_or_insert_with(prover, Held::default);
            sealed.remove(id);
            if sealed.is_empty() {
                self.sealed.remove(&prover);
            }
        }
    }

    /// What the sealed asks of a prover come to that may still be awarded.
    pub(crate) fn sealed_queue(&self, prover: AccountId) -> Queue {
        self.sealed.get(&prover).map_or_else(Queue::default, Held::queue)
    }

    /// The tasks of these sealed asks, by id.
    pub(crate) fn sealed_by(&self, prover: AccountId) -> impl Iterator<Item = TaskId> {
        self.sealed.get(&prover).into_iter().flat_map(Held::tasks)
    }

    /// Notes a prover's sign of life.
    pub(super) fn beat(&mut self, prover: AccountId, last: Moment, now: Moment) {
        if self.beats.remove(&(last, prover)).is_some() {
            self.beats.insert((now, prover), ());
        }
    }

    /// The awards by the moment at which their own window closes, the first one first.
    pub(crate) fn windows(&self) -> impl Iterator<Item = (Moment, TaskId)> {
        self.windows.keys().copied()
    }

    /// The tasks that provers have started, by their prover's last sign of life, the oldest first.
    pub(crate) fn beats(&self) -> impl Iterator<Item = (Moment, &BTreeSet<TaskId>)> {
        self.beats.keys().filter_map(|(alive, prover)| Some((*alive, self.started.get(prover)?)))
    }

    /// The tasks whose proof awaits the committee's findings, by id.
    pub(crate) fn delivered(&self) -> impl Iterator<Item = TaskId> {
        self.delivered.keys().copied()
    }

    /// The tasks without an award by deadline, the first one first.
    pub(crate) fn deadlines(&self) -> impl Iterator<Item = (Timestamp, TaskId)> {
        self.deadlines.keys().copied()
    }

    /// The tasks in a sealed round by the moment at which its phase closes, the first one first.
    pub(crate) fn rounds(&self) -> impl Iterator<Item = (Moment, TaskId)> {
        self.rounds.keys().copied()
    }

    /// The tasks that are to be awarded to the best opened ask of their round, by id.
    pub(crate) fn decided(&self) -> impl Iterator<Item = TaskId> {
        self.decided.keys().copied()
    }

    /// The tasks without an award by the time after which their reward rises, the first one first.
    pub(crate) fn rises(&self) -> impl Iterator<Item = (Timestamp, TaskId)> {
        self.rises.keys().copied()
    }
}

/// The window of a live award that closes whatever its prover's other awards are, and when.
pub(crate) fn own_window(task: &Task) -> Option<(Moment, Window)> {
    match &task.stage {
        Stage::Assigned(award) => Some((award.start_by, Window::Start)),
        Stage::InProgress(award) => Some((award.due, Window::Due)),
        Stage::Delivered(_, delivery) => Some((delivery.judge_by, Window::Verdict)),
        Stage::Pending | Stage::Completed { .. } | Stage::Failed { .. } | Stage::Cancelled { .. } => None,
    }
}
