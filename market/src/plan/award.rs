//! What the holder of an award says of it.

use super::Plan;
use crate::{
    event::{AwardEnd, Window},
    ledger::Ledger,
    refused::Refused,
    task::{Award, Delivery, IllegalStep, Stage, Step, Task},
};
use dpgn_protocol::{
    ids::{AccountId, ProofHash, TaskId},
    ops::DeclineReason,
    units::{Millis, Timestamp},
};

impl Ledger {
    pub(super) fn plan_start(&self, by: AccountId, id: TaskId, now: Timestamp) -> Result<Plan, Refused> {
        let (task, _) = self.awarded(by, id)?;
        task.stage.clone().next(Step::Start { at: now })?;
        Ok(Plan::Start { task: id })
    }

    pub(super) fn plan_decline(&self, by: AccountId, id: TaskId, reason: DeclineReason) -> Result<Plan, Refused> {
        let (task, _) = self.awarded(by, id)?;
        match &task.stage {
            Stage::Assigned(_) | Stage::InProgress(_) => Ok(Plan::Decline { task: id, reason }),
            stage => Err(IllegalStep { stage: stage.name(), step: "be declined" }.into()),
        }
    }

    pub(super) fn plan_alive(&self, by: AccountId, now: Timestamp) -> Result<Plan, Refused> {
        let account = self.accounts.get(&by).ok_or(Refused::NothingStarted(by))?;
        if !account.awards.iter().any(|id| self.is_in_progress(*id)) {
            return Err(Refused::NothingStarted(by));
        }
        // Free of charge, so not more often than it can be of use.
        let next = self.clock.wall(account.alive.after(Millis::new(self.params.heartbeat.get() / 4)));
        if now < next {
            return Err(Refused::AliveTooSoon { next, now });
        }
        Ok(Plan::Alive)
    }

    pub(super) fn plan_deliver(
        &self,
        by: AccountId,
        id: TaskId,
        proof: ProofHash,
        len: u32,
        now: Timestamp,
    ) -> Result<Plan, Refused> {
        let task = self.open_task(id)?;
        if len != task.proof_len {
            return Err(Refused::ProofLength { got: len, expected: task.proof_len });
        }
        let verdict_by = self.clock.moment(now).after(self.params.verdict_window);
        let delivery = Delivery { proof, len, at: now, verdict_by };
        if task.has_failed(by) {
            return self.plan_late(task, by, id, delivery);
        }
        self.awarded(by, id)?;
        task.stage.clone().next(Step::Deliver(delivery))?;
        Ok(Plan::Deliver { task: id, delivery })
    }

    /// A prover that had started and was too slow may still finish: its proof is kept, and paid if nobody
    /// else's is.
    fn plan_late(&self, task: &Task, by: AccountId, id: TaskId, delivery: Delivery) -> Result<Plan, Refused> {
        let refused = Refused::NotLate { task: id, account: by };
        if task.late.is_some() || task.stage.delivery().is_some() || delivery.at > task.bid.deadline {
            return Err(refused);
        }
        match task.late_award(by) {
            Some(_) => Ok(Plan::KeepLate { task: id, delivery }),
            None => Err(refused),
        }
    }

    fn is_in_progress(&self, id: TaskId) -> bool {
        self.open.get(&id).is_some_and(|t| matches!(t.stage, Stage::InProgress(_)))
    }

    fn awarded(&self, by: AccountId, id: TaskId) -> Result<(&Task, &Award), Refused> {
        let task = self.open_task(id)?;
        match task.stage.award() {
            Some(award) if award.prover == by => Ok((task, award)),
            _ => Err(Refused::NotAwarded { task: id, account: by }),
        }
    }
}

impl Task {
    /// The award under which this prover's late proof would be taken: it had started, or could not have been slow.
    pub(crate) fn late_award(&self, prover: AccountId) -> Option<&Award> {
        let was_slow = |end| matches!(end, AwardEnd::Missed(Window::Alive | Window::Due));
        let mut own = self.attempts.iter().filter(|a| a.award.prover == prover);
        // Whose late proof was bad has a second attempt, and no third.
        let (first, None) = (own.next()?, own.next()) else { return None };
        was_slow(first.end).then_some(&first.award)
    }
}
