//! Windows: what is owed by when, what was missed, and when the next block is due.

use crate::state::{
    award::{Award, AwardEnd, Window},
    clock::Moment,
    ledger::Ledger,
    task::{Fault, Stage, Task},
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::{Millis, Timestamp},
};

impl Ledger {
    /// The open tasks whose next window closed before the cutoff.
    pub(crate) fn missed(&self, cutoff: Moment) -> Vec<(TaskId, Window)> {
        let missed = self.open().iter().filter_map(|(&id, task)| {
            let (closes, window) = self.next_window(task)?;
            (closes < cutoff).then_some((id, window))
        });
        missed.collect()
    }

    /// The window of a task that closes first, and when; `None` if nobody owes anything.
    fn next_window(&self, task: &Task) -> Option<(Moment, Window)> {
        match &task.stage {
            Stage::Assigned(award) => Some((award.start_by, Window::Start)),
            Stage::InProgress(award) => {
                let alive = self.find_account(award.prover).map_or(award.since, |a| a.alive);
                let alive_by = alive.after(self.params.heartbeat);
                Some((alive_by, Window::Alive).min((award.due, Window::Due)))
            }
            Stage::Delivered(_, delivery) => Some((delivery.verdict_by, Window::Verdict)),
            Stage::Pending | Stage::Completed { .. } | Stage::Failed { .. } | Stage::Cancelled { .. } => None,
        }
    }

    /// The open tasks without an award whose deadline has passed, and the fault for which each fails.
    pub(crate) fn past_deadline(&self) -> Vec<(TaskId, Fault)> {
        let pending = self.open().iter().filter(|(_, t)| t.stage == Stage::Pending && t.bid.deadline <= self.time());
        let fault = |t: &Task| if t.attempts.is_empty() { Fault::Network } else { Fault::Prover };
        pending.map(|(&id, task)| (id, fault(task))).collect()
    }

    /// The time at which a block is due although no op waits; `None` if nothing can become overdue.
    ///
    /// While an award lives this is at most an idle interval away, so that its windows count down: time that
    /// stands still longer is added to them.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let soon = self.time().after(self.params.block_interval);
        let beat = self.time().after(self.params.idle_interval);
        let step = Millis::new(1);
        let of_task = |task: &Task| match self.next_window(task) {
            Some((closes, _)) => self.clock.wall(closes).after(step).clamp(soon, beat),
            None if self.backlog => soon,
            None => task.bid.deadline.max(soon),
        };
        self.open().values().map(of_task).min()
    }
}

impl Task {
    /// The award under which a late proof of this prover would be taken: it had started and was too slow.
    pub(crate) fn late_award(&self, prover: AccountId) -> Option<&Award> {
        let mut own = self.attempts.iter().filter(|a| a.award.prover == prover);
        // A prover whose late proof was bad has a second attempt, and may not send a third.
        let (first, None) = (own.next()?, own.next()) else { return None };
        was_slow(first.end).then_some(&first.award)
    }
}

/// Whether an award ended because its prover, which had started, was too slow.
const fn was_slow(end: AwardEnd) -> bool {
    match end {
        AwardEnd::Missed(Window::Alive | Window::Due) => true,
        AwardEnd::Missed(Window::Start | Window::Verdict) | AwardEnd::Declined(_) | AwardEnd::BadProof(_) => false,
    }
}
