//! Phase 2, commit: applies a validated [`Plan`]; nothing that a block holds can make it fail.
//!
//! What was validated is checked once more where credits move and tasks step. If it no longer holds, this program
//! is wrong: the error refuses the block as a whole and the ledger stays as it was.

use super::{
    event::{Event, StakeNews},
    plan::Plan,
    refused::Refused,
    sealing::NewSeal,
};
use crate::state::{
    award::{AwardEnd, Delivery, LateProof},
    fault::Fault,
    inconsistent::Inconsistent,
    ledger::Ledger,
    step::Step,
    task::Task,
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    ops::SignedOp,
    outcome::Outcome,
    units::Credits,
};

impl Ledger {
    /// Applies an admitted op: its nonce and fee are used up, its action is done or refused.
    pub(crate) fn apply_op(
        &mut self,
        op: &SignedOp,
        plan: Result<Plan, Refused>,
        events: &mut Vec<Event>,
    ) -> Result<Outcome, Inconsistent> {
        let fee = self.fee(op);
        self.use_nonce(op)?;
        let outcome = match plan {
            Ok(plan) => {
                self.charge(op.payer(), fee)?;
                self.perform(op, plan, events)
            }
            // A refused op is never free, even if it would have been; so its payer may have less than the fee. Except
            // for what has come too late: a proposer could hold a duty back, and have its signer fined for it.
            Err(refused) => {
                let owed = if refused.is_too_late() { fee } else { self.params.op_fee };
                self.charge_up_to(op.payer(), owed);
                Ok(Outcome::Refused(refused.code()))
            }
        };
        self.rank_touched();
        outcome
    }

    fn perform(&mut self, op: &SignedOp, plan: Plan, events: &mut Vec<Event>) -> Result<Outcome, Inconsistent> {
        let by = op.signer();
        match plan {
            Plan::Transfer { to, amount, pruned } => {
                pruned.into_iter().for_each(|poorest| self.prune(poorest));
                let coins = self.take(by, amount)?;
                self.give(to, coins);
            }
            Plan::Register { circuit, registered, fee } => {
                self.charge(op.payer(), fee)?;
                self.add_circuit(circuit, *registered);
                events.push(Event::Registered { circuit });
            }
            Plan::Bid { id, task, displaced } => {
                if let Some(cheapest) = displaced {
                    self.fail(cheapest, Fault::Displaced, events)?;
                }
                self.open_new(op, id, *task, events)?;
                return Ok(Outcome::Opened(id));
            }
            Plan::Ask { standing, displaced } => {
                if self.ticket_of(by).is_some_and(|ticket| ticket.guarantor != standing.guarantor) {
                    self.return_ticket(by, events);
                }
                displaced.into_iter().for_each(|prover| self.withdraw(prover, events));
                self.stand(by, *standing);
                events.push(Event::Asked { prover: by });
            }
            Plan::Withdraw => self.withdraw(by, events),
            Plan::Release { prover } => self.withdraw(prover, events),
            Plan::Payee { address } => self.name_payee(by, address),
            Plan::Start { prover, award } => self.start(prover, award, events)?,
            Plan::Decline { task, reason } => {
                self.end_award(task, AwardEnd::Declined(reason), events)?;
            }
            Plan::Alive => self.beat(by),
            Plan::Deliver { task, delivery } => self.deliver(by, task, delivery, events)?,
            Plan::KeepLate { task, delivery } => self.keep_late(op, task, delivery, events)?,
            Plan::Judge { findings } => return self.judge(by, findings, events),
            Plan::Cancel { task, paid } => self.cancel(task, paid, events)?,
            Plan::Seal { task, commitment, deposit, seat, displaced } => {
                let new = NewSeal { prover: by, payer: op.payer(), commitment, deposit, seat, displaced };
                self.seal(task, new, events)?;
            }
            Plan::Open { task, price } => self.open_seal(task, by, price, events)?,
            Plan::Ticket { circuit, collateral } => self.take_ticket(op, circuit, collateral, events)?,
            Plan::Bond { amount, displaced } => self.add_bond(by, amount, displaced, events)?,
            Plan::Candidate => {
                self.stand_for_election(by);
                events.push(Event::Stake(StakeNews::Stands { candidate: by }));
            }
            Plan::Vote { candidate, amount, displaced } => self.add_vote(by, candidate, amount, displaced, events)?,
            Plan::Unbond { candidate, amount } => self.begin_unbond(by, candidate, amount, events)?,
            Plan::Slash { account } => {
                let burned = self.slash_bond(account);
                events.push(Event::Stake(StakeNews::Slashed { account, burned }));
            }
        }
        Ok(Outcome::Applied)
    }

    fn open_new(
        &mut self,
        op: &SignedOp,
        id: TaskId,
        mut task: Task,
        events: &mut Vec<Event>,
    ) -> Result<(), Inconsistent> {
        let requester = task.requester;
        // The fee of any op is paid already.
        self.charge(op.payer(), task.fee.saturating_sub(self.fee(op)))?;
        let aside = Credits::new(task.fee.get() / 2).share(self.params.challenge_share);
        self.pools.set_aside((task.bid.level, task.degree), aside);
        let most = task.bid.reward_max();
        let (escrow, reserve) = (most, self.reserve(most));
        task.wait(self.time());
        task.lock(self.take(requester, escrow)?, self.take(requester, reserve)?);
        self.add_task(id, task);
        events.push(Event::Opened { task: id, requester });
        Ok(())
    }

    fn deliver(
        &mut self,
        prover: AccountId,
        id: TaskId,
        delivery: Delivery,
        events: &mut Vec<Event>,
    ) -> Result<(), Inconsistent> {
        self.beat(prover);
        self.announce_delivery(prover, id, &delivery, events);
        self.change(id, |ledger, task| ledger.advance(id, task, Step::Deliver(delivery)))?;
        Ok(())
    }

    /// Keeps a late proof while another prover is at work; takes it up at once if nobody is.
    fn keep_late(
        &mut self,
        op: &SignedOp,
        id: TaskId,
        delivery: Delivery,
        events: &mut Vec<Event>,
    ) -> Result<(), Inconsistent> {
        let (prover, guarantor) = (op.signer(), op.payer());
        events.push(Event::KeptLate { task: id, prover, proof: delivery.proof });
        let is_idle = self.change(id, |ledger, task| {
            let award = task.late_award(prover, delivery.at).cloned().ok_or(Inconsistent::NotOpen(id))?;
            let collateral = ledger.take(guarantor, award.collateral())?;
            task.keep_late(LateProof { award: award.lock_again(guarantor, collateral), delivery });
            Ok::<_, Inconsistent>(task.stage.award().is_none())
        })?;
        if is_idle { self.next_try(id, events) } else { Ok(()) }
    }

    fn cancel(&mut self, id: TaskId, paid: Credits, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        let refund = self.change(id, |ledger, task| {
            let at = ledger.epoch();
            if let Some(prover) = task.stage.award().map(|award| award.prover) {
                let coins = task.take(paid)?;
                ledger.earn(prover, coins);
            }
            ledger.give_deposits_back(id, task, events);
            ledger.advance(id, task, Step::Cancel { paid, at })?;
            Ok::<_, Inconsistent>(ledger.refund(task))
        })?;
        events.push(Event::Cancelled { task: id, paid, refund });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::coins::Short;
    use dpgn_protocol::{
        bounded::{List, Text},
        committee::{Committee, Member},
        genesis::{Allocation, Genesis, Params},
        ops::{Action, Op},
        sign::Keypair,
        units::{Millis, Power, Timestamp},
    };

    /// The control of the two phases: credits that vanish between them are noticed, not made up for.
    #[test]
    fn a_plan_whose_credits_have_gone_is_an_error_and_pays_nobody() {
        let (alice, bob) = (Keypair::from_seed(&[1; 32]), Keypair::from_seed(&[2; 32]));
        let mut ledger = Ledger::new(&Genesis {
            name: Text::new("test").unwrap(),
            time: Timestamp::new(1),
            committee: Committee::new(vec![Member { account: alice.account(), power: Power::new(1) }]).unwrap(),
            accounts: List::new(vec![Allocation { account: alice.account(), credits: Credits::new(1_000) }]).unwrap(),
            params: Params { account_min: Credits::new(1), ..Params::default() },
        })
        .unwrap();
        let time = ledger.time().after(Millis::new(1));
        let action = Action::Transfer { to: bob.account(), amount: Credits::new(700) };
        let op = Op { nonce: 0, expires: time.after(Millis::new(1_000)), sponsor: None, action };
        let op = SignedOp::new(alice.sign(ledger.network(), op).unwrap());
        let plan = ledger.plan(&op, time).unwrap();

        let fee = ledger.fee(&op);
        drop(ledger.take(alice.account(), Credits::new(500)).unwrap());
        let available = Credits::new(500 - fee.get());
        let short = Short { available, required: Credits::new(700) };
        assert_eq!(ledger.apply_op(&op, Ok(plan), &mut Vec::new()), Err(Inconsistent::Short(short)));
        assert_eq!(ledger.balance(bob.account()), Credits::ZERO);
        println!("of 700 planned {available} were there: refused, 0 paid, supply {:?}", ledger.supply());
        assert!(ledger.check_supply().is_err(), "500 credits were dropped on their way");
    }
}
