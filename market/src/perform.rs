//! Changes below: does what a [`Plan`] says. Nothing here can fail.

use crate::{
    event::{AwardEnd, Event},
    ledger::Ledger,
    plan::Plan,
    refused::Refused,
    task::{Delivery, Step, Task},
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    ops::SignedOp,
    outcome::Outcome,
    units::Credits,
};

impl Ledger {
    /// Applies an admitted op: its nonce and fee are used up, its action is done or refused.
    pub(crate) fn apply_op(&mut self, op: &SignedOp, plan: Result<Plan, Refused>, events: &mut Vec<Event>) -> Outcome {
        let fee = self.fee(op);
        self.use_nonce(op);
        match plan {
            Ok(plan) => {
                self.charge(op.payer(), fee);
                self.perform(op, plan, events)
            }
            // A refused op is never free, even if it would have been.
            Err(refused) => {
                self.charge(op.payer(), self.params.op_fee);
                Outcome::Refused(refused.text())
            }
        }
    }

    fn perform(&mut self, op: &SignedOp, plan: Plan, events: &mut Vec<Event>) -> Outcome {
        let by = op.signer();
        match plan {
            Plan::Transfer { to, amount } => {
                let amount = self.take(by, amount);
                self.give(to, amount);
            }
            Plan::Register { circuit, registered, fee } => {
                self.charge(op.payer(), fee);
                self.circuits.insert(circuit, *registered);
                events.push(Event::Registered { circuit });
            }
            Plan::Open { id, task } => {
                self.open_new(op, id, *task, events);
                return Outcome::Opened(id);
            }
            Plan::Ask { standing } => {
                self.book.insert(by, *standing);
                events.push(Event::Asked { prover: by });
            }
            Plan::Withdraw => self.withdraw(by, events),
            Plan::Start { task } => self.start(by, task, events),
            Plan::Decline { task, reason } => {
                self.end_award(task, AwardEnd::Declined(reason), events);
            }
            Plan::Alive => self.account_mut(by).alive = self.clock.now(),
            Plan::Deliver { task, delivery } => self.deliver(by, task, delivery, events),
            Plan::KeepLate { task, delivery } => self.keep_late(by, task, delivery, events),
            Plan::Settle { task, finding } if finding.is_valid() => return self.settle(task, events),
            Plan::Settle { task, finding } => {
                let prover = self.open.get(&task).and_then(|t| t.stage.award()).map_or(by, |a| a.prover);
                let slashed = self.end_award(task, AwardEnd::BadProof(finding), events);
                return Outcome::Failed { task, prover, finding, slashed };
            }
            Plan::Cancel { task, paid } => self.cancel(task, paid, events),
        }
        Outcome::Applied
    }

    fn open_new(&mut self, op: &SignedOp, id: TaskId, mut task: Task, events: &mut Vec<Event>) {
        let (requester, epoch) = (task.requester, self.epoch());
        let more = self.bid_fee(&task.bid);
        self.charge(op.payer(), more);
        task.escrow = self.take(requester, task.escrow);
        self.account_mut(requester).open_tasks += 1;
        self.aliases.insert((requester, task.bid.alias), id);
        if let Some(circuit) = self.circuits.get_mut(&task.bid.circuit) {
            circuit.last_used = epoch;
        }
        self.open.insert(id, task);
        events.push(Event::Opened { task: id, requester });
    }

    /// Takes an ask off its shelves.
    pub(crate) fn withdraw(&mut self, prover: AccountId, events: &mut Vec<Event>) {
        if self.book.remove(prover) {
            events.push(Event::Withdrawn { prover });
        }
    }

    fn start(&mut self, prover: AccountId, id: TaskId, events: &mut Vec<Event>) {
        let (at, now) = (self.time(), self.clock.now());
        self.account_mut(prover).alive = now;
        self.change(id, |_, task| {
            task.disclosures = task.disclosures.saturating_add(1);
            task.step(Step::Start { at })
        });
        events.push(Event::Started { task: id, prover });
    }

    fn deliver(&mut self, prover: AccountId, id: TaskId, delivery: Delivery, events: &mut Vec<Event>) {
        let now = self.clock.now();
        self.account_mut(prover).alive = now;
        self.change(id, |_, task| task.step(Step::Deliver(delivery)));
        self.delivered(prover, id, delivery, events);
    }

    pub(crate) fn delivered(&self, prover: AccountId, task: TaskId, delivery: Delivery, events: &mut Vec<Event>) {
        let Delivery { proof, len, verdict_by, .. } = delivery;
        events.push(Event::Delivered { task, prover, proof, len, verdict_by: self.clock.wall(verdict_by) });
    }

    /// Kept while another is at it; taken up at once if nobody is.
    fn keep_late(&mut self, prover: AccountId, id: TaskId, delivery: Delivery, events: &mut Vec<Event>) {
        events.push(Event::KeptLate { task: id, prover, proof: delivery.proof });
        let is_idle = self.change(id, |_, task| {
            let award = task.late_award(prover).cloned();
            task.late = award.map(|award| Box::new((award, delivery)));
            Ok(task.stage.award().is_none())
        });
        if is_idle == Some(true) {
            self.next_try(id, false, events);
        }
    }

    fn cancel(&mut self, id: TaskId, paid: Credits, events: &mut Vec<Event>) {
        let refund = self.change(id, |ledger, task| {
            let at = ledger.epoch();
            if let Some(award) = task.stage.award().cloned() {
                let paid = paid.min(task.escrow);
                task.escrow = task.escrow.saturating_sub(paid);
                ledger.give(award.prover, paid);
                ledger.release(id, &award, Credits::ZERO);
            }
            task.step(Step::Cancel { paid, at })?;
            Ok(ledger.refund(task))
        });
        events.push(Event::Cancelled { task: id, paid, refund: refund.unwrap_or_default() });
    }
}
