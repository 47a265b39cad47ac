//! Validates what provers say of their awards: start, decline, alive, deliver.

use super::Plan;
use crate::{
    apply::refused::Refused,
    state::{
        award::{Award, Delivery},
        ledger::Ledger,
        task::{IllegalStep, Stage, Step, Task},
    },
};
use dpgn_protocol::{
    ids::{AccountId, ProofHash, TaskId},
    ops::DeclineReason,
    units::{Millis, Timestamp},
};

impl Ledger {
    pub(super) fn plan_start(&self, by: AccountId, id: TaskId, now: Timestamp) -> Result<Plan, Refused> {
        let (task, _) = self.awarded(by, id)?;
        task.allows(Step::Start { at: now })?;
        Ok(Plan::Start { task: id })
    }

    pub(super) fn plan_decline(&self, by: AccountId, id: TaskId, reason: DeclineReason) -> Result<Plan, Refused> {
        let (task, _) = self.awarded(by, id)?;
        match &task.stage {
            Stage::Assigned(_) | Stage::InProgress(_) => Ok(Plan::Decline { task: id, reason }),
            stage @ (Stage::Pending
            | Stage::Delivered(..)
            | Stage::Completed { .. }
            | Stage::Failed { .. }
            | Stage::Cancelled { .. }) => Err(IllegalStep { stage: stage.name(), step: "be declined" }.into()),
        }
    }

    pub(super) fn plan_alive(&self, by: AccountId, now: Timestamp) -> Result<Plan, Refused> {
        let account = self.find_account(by).ok_or(Refused::NothingStarted(by))?;
        if !account.awards.iter().any(|id| self.is_in_progress(*id)) {
            return Err(Refused::NothingStarted(by));
        }
        // It is free of charge, so it is rate limited to what can be of use.
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
        task.allows(Step::Deliver(delivery))?;
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
        self.open().get(&id).is_some_and(|t| matches!(t.stage, Stage::InProgress(_)))
    }

    fn awarded(&self, by: AccountId, id: TaskId) -> Result<(&Task, &Award), Refused> {
        let task = self.open_task(id)?;
        match task.stage.award() {
            Some(award) if award.prover == by => Ok((task, award)),
            _ => Err(Refused::NotAwarded { task: id, account: by }),
        }
    }
}
