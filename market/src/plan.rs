//! Checks above: whether an op's action can be done, and everything that must be known to do it.
//!
//! Nothing here changes anything, and nothing that `perform` does with a [`Plan`] can fail: an op that is
//! refused has changed nothing.

mod award;
mod order;
mod settle;

use crate::{
    book::Standing,
    circuit::{self, Registered},
    ledger::Ledger,
    refused::Refused,
    task::{Delivery, Fault, Stage, Step, Task},
};
use dpgn_protocol::{
    ids::{AccountId, CircuitId, TaskId},
    ops::{Action, DeclineReason, SignedOp},
    units::{Credits, Timestamp},
    verdict::Finding,
};

/// What an op does, checked.
pub(crate) enum Plan {
    Transfer { to: AccountId, amount: Credits },
    Register { circuit: CircuitId, registered: Box<Registered>, fee: Credits },
    Open { id: TaskId, task: Box<Task> },
    Ask { standing: Box<Standing> },
    Withdraw,
    Start { task: TaskId },
    Decline { task: TaskId, reason: DeclineReason },
    Alive,
    Deliver { task: TaskId, delivery: Delivery },
    KeepLate { task: TaskId, delivery: Delivery },
    Settle { task: TaskId, finding: Finding },
    Cancel { task: TaskId, paid: Credits },
}

impl Ledger {
    /// What a submitter or a pool asks: would this op be applied by a block of this time?
    pub fn check(&self, op: &SignedOp, now: Timestamp) -> Result<(), Refused> {
        let now = now.max(self.time());
        self.admit(op, now)?;
        self.plan(op, now).map(|_| ())
    }

    /// Checks the action of an admitted op.
    pub(crate) fn plan(&self, op: &SignedOp, now: Timestamp) -> Result<Plan, Refused> {
        let by = op.signer();
        match &op.op().action {
            Action::Transfer { to, amount } => self.plan_transfer(op, *to, *amount),
            Action::Circuit(circuit) => self.plan_circuit(op, circuit),
            Action::Bid(bid) => self.plan_bid(op, bid, now),
            Action::Ask(ask) => self.plan_ask(op, ask, now),
            Action::Start { task } => self.plan_start(by, *task, now),
            Action::Decline { task, reason } => self.plan_decline(by, *task, *reason),
            Action::Alive => self.plan_alive(by, now),
            Action::Deliver { task, proof, len } => self.plan_deliver(by, *task, *proof, *len, now),
            Action::Settle { task, verdicts } => self.plan_settle(by, *task, verdicts),
            Action::Cancel { task } => self.plan_cancel(by, *task, now),
            Action::Seal { .. } | Action::Open { .. } => Err(Refused::NotActive { what: "a sealed round" }),
            Action::Bond { .. } | Action::Vote { .. } | Action::Unbond { .. } => {
                Err(Refused::NotActive { what: "staking" })
            }
            Action::Evidence { .. } => Err(Refused::NotActive { what: "evidence" }),
        }
    }

    fn plan_transfer(&self, op: &SignedOp, to: AccountId, amount: Credits) -> Result<Plan, Refused> {
        if to == op.signer() {
            return Err(Refused::ToOneself);
        }
        if amount == Credits::ZERO {
            return Err(Refused::OutOfRange { what: "the amount", got: 0, min: 1, max: u64::MAX });
        }
        let max = self.params.accounts_max;
        if !self.accounts.contains_key(&to) && self.accounts.len() >= max as usize {
            return Err(Refused::Full { what: "accounts", max: u64::from(max) });
        }
        self.can_pay(op, amount, Credits::ZERO)?;
        Ok(Plan::Transfer { to, amount })
    }

    fn plan_circuit(&self, op: &SignedOp, circuit: &dpgn_protocol::ops::Circuit) -> Result<Plan, Refused> {
        let max = self.params.circuits_max;
        if self.circuits.len() >= max as usize {
            return Err(Refused::Full { what: "circuits", max: u64::from(max) });
        }
        let bytes = circuit.verifier_data.len() as u64;
        let fee = Credits::new(self.params.byte_fee.get().saturating_mul(bytes));
        self.can_pay(op, Credits::ZERO, fee)?;
        let (id, registered) = circuit::read(circuit, self.epoch(), &self.params)?;
        if self.circuits.contains_key(&id) {
            return Err(Refused::CircuitKnown(id));
        }
        Ok(Plan::Register { circuit: id, registered: Box::new(registered), fee })
    }

    /// Whether the signer has `amount` to spend and the payer the op's fee and `more` of it.
    fn can_pay(&self, op: &SignedOp, amount: Credits, more: Credits) -> Result<(), Refused> {
        let fee = self.fee(op).saturating_add(more);
        if op.payer() == op.signer() {
            return self.has(op.signer(), amount.saturating_add(fee));
        }
        self.has(op.payer(), fee)?;
        self.has(op.signer(), amount)
    }

    /// A task that has not ended.
    fn open_task(&self, id: TaskId) -> Result<&Task, Refused> {
        self.open.get(&id).ok_or(Refused::UnknownTask(id))
    }

    fn plan_cancel(&self, by: AccountId, id: TaskId, now: Timestamp) -> Result<Plan, Refused> {
        let task = self.open_task(id)?;
        if task.requester != by {
            return Err(Refused::NotTheRequester { task: id, account: by });
        }
        let paid = self.pay_for_time(task, now);
        task.stage.clone().next(Step::Cancel { paid, at: self.epoch() })?;
        Ok(Plan::Cancel { task: id, paid })
    }

    /// What a prover gets for the time it has spent: the price, pro rata of award to due.
    fn pay_for_time(&self, task: &Task, now: Timestamp) -> Credits {
        let (Stage::Assigned(award) | Stage::InProgress(award)) = &task.stage else { return Credits::ZERO };
        let spent = self.clock.moment(now).since(award.since).get();
        let whole = award.due.since(award.since).get().max(1);
        let paid = u128::from(award.price.get()) * u128::from(spent.min(whole)) / u128::from(whole);
        Credits::new(u64::try_from(paid).unwrap_or(u64::MAX))
    }
}

/// How a task ends that has used up what it may.
pub(crate) fn fault_of(is_between_two: bool) -> Fault {
    if is_between_two { Fault::Requester } else { Fault::Prover }
}
