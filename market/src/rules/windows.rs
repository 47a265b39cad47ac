//! Windows: what is owed by when, what was missed, and when the next block is due.

use crate::state::{
    award::{Award, AwardEnd, Window},
    clock::Moment,
    fault::Fault,
    ledger::Ledger,
    schedule::own_window,
    task::Task,
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::{Millis, Timestamp},
};
use std::collections::{BTreeMap, BTreeSet};

impl Ledger {
    /// The open tasks whose next window closed before the cutoff, by id, with the window that closed first.
    pub(crate) fn missed(&self, cutoff: Moment) -> Vec<(TaskId, Window)> {
        let mut missed = BTreeMap::<TaskId, (Moment, Window)>::new();
        for (closes, id) in self.schedule.windows().take_while(|(closes, _)| *closes < cutoff) {
            let window = self.open().get(&id).and_then(own_window);
            missed.extend(window.map(|(_, window)| (id, (closes, window))));
        }
        let alive_by = |alive: Moment| alive.after(self.params.heartbeat);
        for (alive, tasks) in self.schedule.beats().take_while(|(alive, _)| alive_by(*alive) < cutoff) {
            for id in tasks {
                let silent = (alive_by(alive), Window::Alive);
                missed.entry(*id).and_modify(|first| *first = silent.min(*first)).or_insert(silent);
            }
        }
        missed.into_iter().map(|(id, (_, window))| (id, window)).collect()
    }

    /// The open tasks without an award whose deadline has passed, by id, and the fault for which each fails.
    pub(crate) fn past_deadline(&self) -> Vec<(TaskId, Fault)> {
        let passed = self.schedule.deadlines().take_while(|(deadline, _)| *deadline <= self.time());
        let ids: BTreeSet<TaskId> = passed.map(|(_, id)| id).collect();
        ids.into_iter().filter_map(|id| Some((id, self.fault_of(self.open().get(&id)?)))).collect()
    }

    /// The time at which a block is due although no op waits; `None` if nothing can become overdue.
    ///
    /// While an award lives or a sealed round runs this is at most an idle interval away, so that its windows count down:
    /// time that stands still longer is added to them. A rise is due by the time of blocks, as a deadline is.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let soon = self.time().after(self.params.block_interval);
        let beat = self.time().after(self.params.idle_interval);
        let own = self.schedule.windows().next().map(|(closes, _)| closes);
        let alive = self.schedule.beats().next().map(|(alive, _)| alive.after(self.params.heartbeat));
        let round = self.schedule.rounds().next().map(|(closes, _)| closes);
        let window = own.into_iter().chain(alive).chain(round).min();
        let window = window.map(|closes| self.clock.wall(closes).after(Millis::new(1)).clamp(soon, beat));
        let deadline = self.schedule.deadlines().next().map(|(deadline, _)| deadline);
        let pending = deadline.map(|deadline| if self.backlog { soon } else { deadline.max(soon) });
        let rise = self.schedule.rises().next().map(|(at, _)| at.after(Millis::new(1)).max(soon));
        window.into_iter().chain(pending).chain(rise).min()
    }
}

/// The number of late proofs that wait for one task. Each stakes what its award did, so false ones keep nobody out for
/// little.
const LATE_PROOFS_MAX: usize = 4;

impl Task {
    /// The ended award under which a late proof of this prover would be kept at this time: it had started and was too
    /// slow, and there is room. `None` if it would be refused.
    pub fn late_award(&self, prover: AccountId, now: Timestamp) -> Option<&Award> {
        let is_kept = self.late().any(|late| late.award.prover == prover);
        if is_kept || self.late().count() >= LATE_PROOFS_MAX || now > self.bid.deadline || self.stage.ended().is_some()
        {
            return None;
        }
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
