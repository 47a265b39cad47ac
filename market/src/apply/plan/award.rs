//! Validates what is said of awards: start, decline, alive, deliver. Each names the award's number.

use super::Plan;
use crate::{
    apply::refused::Refused,
    state::{
        award::{Award, Delivery},
        ledger::Ledger,
        step::{IllegalStep, Step},
        task::{Stage, Task},
    },
};
use dpgn_protocol::{
    award::{AwardId, StartStatement},
    ids::{AccountId, ProofHash},
    ops::{DeclineReason, SignedOp},
    sign::Unverified,
    units::{Credits, Millis, Timestamp},
};
use std::collections::BTreeMap;

impl Ledger {
    /// Whoever brings a prover's word that it begins: it counts once, for the live award alone.
    pub(super) fn plan_start(&self, award: AwardId, statement: &Unverified, now: Timestamp) -> Result<Plan, Refused> {
        let (task, prover) = (self.open_task(award.task)?, statement.signer);
        let elsewhere = Refused::StatementElsewhere { award, signer: prover };
        let Some(live) = task.stage.award().filter(|live| live.number == award.number) else {
            return Err(Refused::NotAwarded { award, account: prover });
        };
        if live.prover != prover {
            return Err(elsewhere);
        }
        if live.started.is_some() {
            return Err(Refused::StartKnown(award));
        }
        // Last, since it costs most.
        if statement.clone().verify::<StartStatement>(self.network())?.award != award {
            return Err(elsewhere);
        }
        task.allows(Step::Start { at: now })?;
        Ok(Plan::Start { prover, award })
    }

    pub(super) fn plan_decline(&self, by: AccountId, id: AwardId, reason: DeclineReason) -> Result<Plan, Refused> {
        let (task, _) = self.awarded(by, id)?;
        // Nobody serves a challenge, so whatever its prover says, it is unable.
        let reason = if task.is_challenge { DeclineReason::Unable } else { reason };
        match &task.stage {
            Stage::Assigned(_) | Stage::InProgress(_) => Ok(Plan::Decline { task: id.task, reason }),
            stage @ (Stage::Pending
            | Stage::Delivered(..)
            | Stage::Completed { .. }
            | Stage::Failed { .. }
            | Stage::Cancelled { .. }) => Err(IllegalStep { stage: stage.name(), step: "be declined" }.into()),
        }
    }

    pub(super) fn plan_alive(&self, by: AccountId, now: Timestamp) -> Result<Plan, Refused> {
        let account = self.find_account(by).ok_or(Refused::NothingStarted(by))?;
        if !account.awards.tasks().any(|id| self.is_in_progress(id)) {
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
        op: &SignedOp,
        id: AwardId,
        proof: ProofHash,
        len: u32,
        now: Timestamp,
    ) -> Result<Plan, Refused> {
        let task = self.open_task(id.task)?;
        if len != task.proof_len {
            return Err(Refused::ProofLength { got: len, expected: task.proof_len });
        }
        let delivery = self.delivery(proof, len, now);
        if task.attempts.iter().any(|attempt| attempt.award.number == id.number) {
            return self.plan_late(op, task, id, delivery);
        }
        self.awarded(op.signer(), id)?;
        task.allows(Step::Deliver(delivery.clone()))?;
        Ok(Plan::Deliver { task: id.task, delivery })
    }

    /// A delivery at this time, with its windows, that nobody has judged.
    pub(crate) fn delivery(&self, proof: ProofHash, len: u32, now: Timestamp) -> Delivery {
        let moment = self.clock.moment(now);
        Delivery {
            proof,
            len,
            at: now,
            absent_after: moment.after(self.params.verdict_window),
            judge_by: moment.after(self.params.judge_life),
            findings: BTreeMap::new(),
        }
    }

    /// A prover that had started and was too slow may still finish: its proof is kept, and paid if nobody else's is.
    /// Whoever pays for the op puts the collateral of its award up again.
    fn plan_late(&self, op: &SignedOp, task: &Task, award: AwardId, delivery: Delivery) -> Result<Plan, Refused> {
        let by = op.signer();
        match task.late_award(by, delivery.at) {
            Some(late) if late.number == award.number => {
                self.can_pay(op, Credits::ZERO, late.collateral())?;
                Ok(Plan::KeepLate { task: award.task, delivery })
            }
            Some(_) | None => Err(Refused::NotLate { award, account: by }),
        }
    }

    fn is_in_progress(&self, id: dpgn_protocol::ids::TaskId) -> bool {
        self.open().get(&id).is_some_and(|t| matches!(t.stage, Stage::InProgress(_)))
    }

    fn awarded(&self, by: AccountId, id: AwardId) -> Result<(&Task, &Award), Refused> {
        let task = self.open_task(id.task)?;
        match task.stage.award() {
            Some(award) if award.prover == by && award.number == id.number => Ok((task, award)),
            _ => Err(Refused::NotAwarded { award: id, account: by }),
        }
    }
}
