//! Phase 1, validate: checks an op and computes all that `perform` needs; changes nothing.
//!
//! So an op that is refused has changed nothing, and a [`Plan`] can be carried out whole.

mod award;
mod challenge;
mod evidence;
mod judge;
mod order;
pub(crate) mod sealed;
mod stake;

use super::refused::Refused;
use crate::state::{
    award::Delivery,
    book::Standing,
    circuit::Registered,
    coins::sum,
    ledger::Ledger,
    round::Seat,
    step::{IllegalStep, Step},
    task::Task,
};
use dpgn_protocol::{
    award::AwardId,
    finding::Judged,
    ids::{AccountId, CircuitId, TaskId},
    ops::{Action, DeclineReason, SignedOp},
    payout::PayeeAddress,
    units::{Credits, Timestamp},
};

/// A validated op, with all that is needed to carry it out.
pub(crate) enum Plan {
    Transfer { to: AccountId, amount: Credits, pruned: Option<AccountId> },
    Register { circuit: CircuitId, registered: Box<Registered>, fee: Credits },
    Bid { id: TaskId, task: Box<Task>, displaced: Option<TaskId> },
    Ask { standing: Box<Standing>, displaced: Option<AccountId> },
    Withdraw,
    Release { prover: AccountId },
    Payee { address: PayeeAddress },
    Start { prover: AccountId, award: AwardId },
    Decline { task: TaskId, reason: DeclineReason },
    Alive,
    Deliver { task: TaskId, delivery: Delivery },
    KeepLate { task: TaskId, delivery: Delivery },
    Judge { findings: Vec<Judged> },
    Cancel { task: TaskId, paid: Credits },
    Seal { task: TaskId, commitment: [u8; 32], deposit: Credits, seat: Seat, displaced: Option<AccountId> },
    Open { task: TaskId, price: Credits },
    Ticket { circuit: CircuitId, collateral: Credits },
    Bond { amount: Credits, displaced: Option<AccountId> },
    Candidate,
    Vote { candidate: AccountId, amount: Credits, displaced: Option<AccountId> },
    Unbond { candidate: AccountId, amount: Credits },
    Slash { account: AccountId },
}

impl Ledger {
    /// Checks whether an op would be applied by a block of this time; submitters and mempools ask this.
    pub fn check(&self, op: &SignedOp, now: Timestamp) -> Result<(), Refused> {
        let now = now.max(self.time());
        self.admit(op, now)?;
        self.plan(op, now).map(|_| ())
    }

    /// Validates the action of an admitted op.
    pub(crate) fn plan(&self, op: &SignedOp, now: Timestamp) -> Result<Plan, Refused> {
        let by = op.signer();
        match &op.op().action {
            Action::Transfer { to, amount } => self.plan_transfer(op, *to, *amount),
            Action::Circuit(circuit) => self.plan_circuit(op, circuit),
            Action::Bid(bid) => self.plan_bid(op, bid, now),
            Action::Ask(ask) => self.plan_ask(op, ask, now),
            Action::Start { award, statement } => self.plan_start(*award, statement, now),
            Action::Decline { award, reason } => self.plan_decline(by, *award, *reason),
            Action::Alive => self.plan_alive(by, now),
            Action::Deliver { award, proof, len } => self.plan_deliver(op, *award, *proof, *len, now),
            Action::Judge { findings } => self.plan_judge(by, findings, now),
            Action::Cancel { task } => self.plan_cancel(by, *task, now),
            Action::Recall(task) => self.plan_recall(by, *task, now),
            Action::Seal { task, commitment } => self.plan_seal(op, *task, *commitment, now),
            Action::Open { task, price, salt } => self.plan_open(by, *task, *price, salt),
            Action::Bond { amount } => self.plan_bond(op, *amount),
            Action::Vote { candidate, amount } => self.plan_vote(op, *candidate, *amount),
            Action::Unbond { candidate, amount } => self.plan_unbond(by, *candidate, *amount),
            Action::Candidate => self.plan_candidate(by),
            Action::Evidence { kind, first, second } => self.plan_evidence(*kind, first, second),
            Action::Release { prover } => self.plan_release(by, *prover),
            Action::Payee { address } => Ok(Plan::Payee { address: *address }),
            Action::Ticket { circuit } => self.plan_ticket(op, *circuit),
        }
    }

    fn plan_transfer(&self, op: &SignedOp, to: AccountId, amount: Credits) -> Result<Plan, Refused> {
        if to == op.signer() {
            return Err(Refused::ToOneself);
        }
        if amount == Credits::ZERO {
            return Err(Refused::OutOfRange { what: "the amount", got: 0, min: 1, max: u64::MAX });
        }
        let mut pruned = None;
        if self.find_account(to).is_none() {
            let (got, min) = (amount.get(), self.params.account_min.get());
            if got < min {
                return Err(Refused::OutOfRange { what: "what an account opens with", got, min, max: u64::MAX });
            }
            pruned = self.room_for_account(amount, [op.signer(), op.payer()])?;
        }
        self.can_pay(op, amount, Credits::ZERO)?;
        Ok(Plan::Transfer { to, amount, pruned })
    }

    fn plan_circuit(&self, op: &SignedOp, circuit: &dpgn_protocol::ops::Circuit) -> Result<Plan, Refused> {
        let max = self.params.circuits_max;
        if self.circuits.len() >= max as usize && self.evictions.unused().next().is_none() {
            return Err(Refused::Full { what: "circuits", max: u64::from(max) });
        }
        let bytes = circuit.verifier_data.len() as u64;
        let fee = self.fee_for_bytes(bytes);
        self.can_pay(op, Credits::ZERO, fee)?;
        let (id, registered) = Registered::read(circuit, self.epoch(), &self.params)?;
        if self.circuits.contains_key(&id) {
            return Err(Refused::CircuitKnown(id));
        }
        Ok(Plan::Register { circuit: id, registered: Box::new(registered), fee })
    }

    fn plan_release(&self, by: AccountId, prover: AccountId) -> Result<Plan, Refused> {
        match self.book.get(prover) {
            Some(standing) if standing.guarantor == by => Ok(Plan::Release { prover }),
            Some(_) | None => Err(Refused::NotTheGuarantor { prover, account: by }),
        }
    }

    /// Checks that the signer has `amount` to spend, and the payer the op's fee and `more`.
    fn can_pay(&self, op: &SignedOp, amount: Credits, more: Credits) -> Result<(), Refused> {
        let fee = sum([self.fee(op), self.opening(op), more]);
        if op.payer() == op.signer() {
            return self.has(op.signer(), sum([amount, fee]));
        }
        self.has(op.payer(), fee)?;
        self.has(op.signer(), amount)
    }

    /// A task that has not ended.
    fn open_task(&self, id: TaskId) -> Result<&Task, Refused> {
        self.open().get(&id).ok_or(Refused::UnknownTask(id))
    }

    fn plan_cancel(&self, by: AccountId, id: TaskId, now: Timestamp) -> Result<Plan, Refused> {
        let task = self.open_task(id)?;
        if task.requester != by {
            return Err(Refused::NotTheRequester { task: id, account: by });
        }
        if task.late().next().is_some() {
            return Err(Refused::LateProof(id));
        }
        Self::allows_cancel(id, task)?;
        // Whoever has won a sealed round is paid what it gains by it: else a requester could look at the prices, and offer
        // the cheapest prover its own in a new bid.
        let paid = self.pay_for_time(id, task, now).max(task.sealed_gain());
        task.allows(Step::Cancel { paid, at: self.epoch() })?;
        Ok(Plan::Cancel { task: id, paid })
    }

    /// A cancel that an award forbids: whichever of the two a block holds first stands.
    fn plan_recall(&self, by: AccountId, id: TaskId, now: Timestamp) -> Result<Plan, Refused> {
        let plan = self.plan_cancel(by, id, now)?;
        let stage = &self.open_task(id)?.stage;
        match stage.award() {
            Some(_) => Err(IllegalStep { stage: stage.name(), step: "be recalled" }.into()),
            None => Ok(plan),
        }
    }
}
