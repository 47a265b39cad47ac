//! What is overdue ends as the block is applied: expired asks, missed windows, passed deadlines.

use crate::{
    clock::Moment,
    event::{AwardEnd, Event, Window},
    ledger::Ledger,
    task::{Fault, Stage, Task},
};
use dpgn_protocol::{
    ids::TaskId,
    units::{Millis, Timestamp},
};

impl Ledger {
    /// Ends what is overdue. Ops of the block have been applied: whoever spoke up in it has spoken in time.
    pub(crate) fn close_windows(&mut self, events: &mut Vec<Event>) {
        for prover in self.book.expired(self.time()) {
            self.withdraw(prover, events);
        }
        if let Some(silence) = self.clock.silence(&self.committee) {
            for (id, window) in self.missed(silence) {
                self.end_award(id, AwardEnd::Missed(window), events);
            }
        }
        for (id, fault) in self.past_deadline() {
            self.fail(id, fault, events);
        }
    }

    fn missed(&self, silence: Moment) -> Vec<(TaskId, Window)> {
        let missed = self.open.iter().filter_map(|(&id, task)| {
            let (closes, window) = self.next_window(task)?;
            (closes < silence).then_some((id, window))
        });
        missed.collect()
    }

    /// The first window of a task to close, and when.
    fn next_window(&self, task: &Task) -> Option<(Moment, Window)> {
        match &task.stage {
            Stage::Assigned(award) => Some((award.start_by, Window::Start)),
            Stage::InProgress(award) => {
                let alive = self.accounts.get(&award.prover).map_or(award.since, |a| a.alive);
                let alive_by = alive.after(self.params.heartbeat);
                Some((alive_by, Window::Alive).min((award.due, Window::Due)))
            }
            Stage::Delivered(_, delivery) => Some((delivery.verdict_by, Window::Verdict)),
            Stage::Pending | Stage::Completed { .. } | Stage::Failed { .. } | Stage::Cancelled { .. } => None,
        }
    }

    fn past_deadline(&self) -> Vec<(TaskId, Fault)> {
        let pending = self.open.iter().filter(|(_, t)| t.stage == Stage::Pending && t.bid.deadline <= self.time());
        let fault = |t: &Task| if t.attempts.is_empty() { Fault::Network } else { Fault::Prover };
        pending.map(|(&id, task)| (id, fault(task))).collect()
    }

    /// When a block is due although no op waits: none if nothing can become overdue.
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
        self.open.values().map(of_task).min()
    }
}
