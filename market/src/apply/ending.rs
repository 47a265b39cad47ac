//! How awards and tasks end: collateral, reputation, refunds.
//!
//! What an end costs is decided in `rules::blame`; here it is carried out. Nobody gains by anybody's fault: what is
//! slashed is burned, and a decline that only two can judge costs both the same, which is burned.

use super::event::Event;
use crate::{
    rules::{
        blame::is_absent,
        quality::{Facts, Quality},
        reputation::{is_related, weight_of},
    },
    state::{
        award::{Attempt, Award, AwardEnd, Delivery, LateProof, Window},
        fault::Fault,
        held::Promise,
        history::Success,
        inconsistent::Inconsistent,
        ledger::Ledger,
        step::{IllegalStep, Step},
        task::{Stage, Task},
    },
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    outcome::Settlement,
    units::Credits,
};

/// The number of awards of one task that may come to nothing before it fails. One that is given back before `Start` does
/// not count: it costs its prover, and would else be the cheapest way to end anybody's bid.
const ATTEMPTS_MAX: usize = 32;
/// The number of awards given back before `Start` that a task remembers. A prover whose decline is forgotten may have the
/// task again.
const DECLINES_KEPT: usize = 64;
/// Of the declines that a task remembers, the number for which its requester pays as much as the prover. So what a bid may
/// lose by the word of strangers is bounded, however many there are.
const DECLINES_SHARED: usize = 32;
/// The number of provers that must say of one bid that they could not be served before it counts against its
/// requester.
const COMPLAINTS_THAT_COUNT: u8 = 2;

impl Task {
    /// Counts a complaint, once for each who put up collateral: many provers of one owner are one voice.
    fn complain(&mut self, guarantor: AccountId) {
        if !self.attempts.iter().any(|a| a.is_heard && a.award.guarantor == guarantor) {
            // A task fails at `complaints_max`, a number of eight bits.
            self.complaints = self.complaints.saturating_add(1);
        }
    }

    /// The awards that were given back before `Start`, as far as the task remembers them.
    fn given_back(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(|attempt| attempt.was_given_back())
    }

    /// Remembers an award that has come to nothing. If too many were given back, the oldest of these is forgotten; if it
    /// can be, one that is no complaint.
    fn remember(&mut self, attempt: Attempt) {
        self.attempts.push(attempt);
        if self.given_back().count() > DECLINES_KEPT {
            let quiet = self.attempts.iter().position(|attempt| attempt.was_given_back() && !attempt.is_heard);
            let oldest = quiet.or_else(|| self.attempts.iter().position(Attempt::was_given_back));
            oldest.into_iter().for_each(|oldest| drop(self.attempts.remove(oldest)));
        }
    }

    /// Whether a fault that only two can see costs the requester what it costs the prover.
    fn shares_cost(&self, award: &Award) -> bool {
        let is_doubted = |attempt: &&Attempt| attempt.end.is_unattributable();
        award.started.is_some() || self.given_back().filter(is_doubted).count() < DECLINES_SHARED
    }
}

impl Ledger {
    /// Takes a step in a task's life. If a live award ends by it, all its collateral goes back.
    pub(crate) fn advance(&mut self, id: TaskId, task: &mut Task, step: Step) -> Result<(), IllegalStep> {
        self.leave(id, task, step, Credits::ZERO).map(drop)
    }

    /// Takes a step in a task's life. If a live award ends by it, at most `stake` of its collateral is burned and
    /// the rest goes back. Returns the micro-credits that were burned.
    fn leave(&mut self, id: TaskId, task: &mut Task, step: Step, stake: Credits) -> Result<Credits, IllegalStep> {
        let ended = task.step(step)?;
        task.wait(self.time());
        if task.stage.ended().is_some() {
            self.give_late_back(task);
        }
        let Some(mut ended) = ended else { return Ok(Credits::ZERO) };
        self.account_mut(ended.prover).awards.remove(id);
        let slashed = ended.collateral.split(stake);
        let amount = slashed.amount();
        self.pools.burn(slashed);
        self.give(ended.guarantor, ended.collateral);
        Ok(amount)
    }

    /// Gives back what late proofs stake that nobody needs to judge any more.
    fn give_late_back(&mut self, task: &mut Task) {
        while let Some(late) = task.next_late() {
            let guarantor = late.award.guarantor;
            self.give(guarantor, late.award.unlock());
        }
    }

    /// Gives what is left of the escrow and of the reserve back to the requester, that of a challenge to those of its
    /// shelf; returns how many micro-credits were left of the escrow.
    pub(crate) fn refund(&mut self, task: &mut Task) -> Credits {
        let (rest, reserve) = task.take_rest();
        let amount = rest.amount();
        if task.is_challenge {
            self.pools.fund_challenges((task.bid.level, task.degree), rest);
            self.pools.burn(reserve);
            return amount;
        }
        self.give(task.requester, rest);
        self.give(task.requester, reserve);
        amount
    }

    /// Burns what a fault costs a requester: out of the reserve of the task, then out of its balance, and what is still
    /// missing out of the escrow. So an empty account pays like any other. What the next fault costs is locked again,
    /// if the balance has it.
    fn charge_fault(&mut self, task: &mut Task, cost: Credits) {
        let reserved = task.take_reserve(cost);
        let missing = cost.saturating_sub(reserved.amount());
        let paid = self.take_up_to(task.requester, missing);
        let escrowed = task.take_escrow(missing.saturating_sub(paid.amount()));
        for coins in [reserved, paid, escrowed] {
            self.pools.burn(coins);
        }
        let next = self.decline_fee(task.payable()).saturating_sub(task.locked());
        task.top_up(self.take_up_to(task.requester, next));
    }

    /// Pays for the delivered proof and completes its task.
    pub(crate) fn settle(&mut self, id: TaskId, events: &mut Vec<Event>) -> Result<Settlement, Inconsistent> {
        let mut returned = Vec::new();
        let settlement = self.change(id, |ledger, task| {
            let settlement = ledger.pay(id, task)?;
            let at = ledger.epoch();
            ledger.give_deposits_back(id, task, &mut returned);
            ledger.advance(id, task, Step::Complete { settlement: Box::new(settlement.clone()), at })?;
            Ok::<_, Inconsistent>(settlement)
        })?;
        events.push(Event::Settled(Box::new(settlement.clone())));
        events.append(&mut returned);
        Ok(settlement)
    }

    fn pay(&mut self, id: TaskId, task: &mut Task) -> Result<Settlement, Inconsistent> {
        let Stage::Delivered(award, delivery) = task.stage.clone() else {
            return Err(IllegalStep { stage: task.stage.name(), step: "settle" }.into());
        };
        let quality = Quality::of(&award, &delivery, &Facts::of(task, &self.params), &self.params);
        // Faults of the requester may have been paid out of the escrow since a late proof's award: then it is paid what
        // is left.
        let paid = award.price.min(task.escrow());
        let price = task.take(paid)?;
        self.earn(award.prover, price);
        let refund = self.refund(task);
        if !is_related(task, &award) {
            let success = Success { quality: quality.value(), time: quality.time, punctuality: quality.punctuality };
            let (now, params) = (self.epoch(), self.params.clone());
            self.account_mut(award.prover).history.succeed(task.requester, weight_of(task), success, now, &params);
            // What a challenge is paid is made of the going rate, and so no part of it.
            if !task.is_challenge {
                let taken = delivery.at.since(award.started.unwrap_or(award.at));
                self.book.shelves.note_rates(&self.rates);
                self.rates.settle(task.bid.level, task.degree, award.price, award.terms.declared.max(taken));
            }
        }
        Ok(Settlement {
            task: id,
            requester: task.requester,
            prover: award.prover,
            circuit: task.bid.circuit,
            statement: task.bid.statement,
            level: task.bid.level,
            proof: delivery.proof,
            proof_len: delivery.len,
            price: paid,
            refund,
            quality: quality.value(),
            delivered: delivery.at,
        })
    }

    /// Ends the live award of a task without a proof; the task goes on as it can. Returns the micro-credits that
    /// were slashed.
    pub(crate) fn end_award(
        &mut self,
        id: TaskId,
        end: AwardEnd,
        events: &mut Vec<Event>,
    ) -> Result<Credits, Inconsistent> {
        let at = self.time();
        let (prover, slashed) = self.change(id, |ledger, task| {
            let Some(award) = task.stage.award().cloned() else {
                return Err(IllegalStep { stage: task.stage.name(), step: "lose its award" });
            };
            let slashed = ledger.leave(id, task, Step::Reopen, ledger.at_stake(task, &award, end))?;
            let is_heard = end.is_unattributable() && ledger.has_earned_a_name(award.prover);
            if is_heard {
                task.complain(award.guarantor);
            }
            if end.is_unattributable() && task.shares_cost(&award) {
                ledger.charge_fault(task, slashed);
            }
            ledger.remember_end(&award, task, end);
            let prover = award.prover;
            task.remember(Attempt { award, at, end, slashed, is_heard, late: None });
            Ok((prover, slashed))
        })?;
        events.push(Event::AwardEnded { task: id, prover, end, slashed });
        self.go_on_with_round(id, prover, end, events)?;
        if is_absent(end) {
            self.withdraw(prover, events);
        }
        if end == AwardEnd::Missed(Window::Verdict) && self.has_no_late(id) {
            // The committee has had its time, and nobody else's proof would fare better.
            self.fail(id, Fault::Network, events)?;
        } else {
            self.next_try(id, events)?;
        }
        Ok(slashed)
    }

    /// Enters the end of an award into its prover's history.
    fn remember_end(&mut self, award: &Award, task: &Task, end: AwardEnd) {
        let Some(share) = self.blame(award, end) else { return };
        if is_related(task, award) {
            return;
        }
        let (now, params, weight) = (self.epoch(), self.params.clone(), weight_of(task).share(share));
        self.account_mut(award.prover).history.fail(task.requester, weight, now, &params);
    }

    /// Goes on with a task that has no award: with a late proof, with the next award, or to its end.
    pub(crate) fn next_try(&mut self, id: TaskId, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        if !self.has_no_late(id) {
            return self.take_late_up(id, events);
        }
        let task = self.open().get(&id).ok_or(Inconsistent::NotOpen(id))?;
        let fault = self.fault_of(task);
        if task.is_challenge
            || fault == Fault::Requester
            || task.disclosures >= task.bid.disclosures_max
            || task.attempts.iter().filter(|attempt| !attempt.was_given_back()).count() >= ATTEMPTS_MAX
            || task.locked() < self.decline_fee(task.payable())
        {
            self.fail(id, fault, events)
        } else {
            events.push(Event::Reopened { task: id });
            Ok(())
        }
    }

    /// Has the first late proof of a task judged: it takes the place of a live award.
    fn take_late_up(&mut self, id: TaskId, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        let (prover, delivery) = self.change(id, |ledger, task| {
            let LateProof { award, mut delivery } = task.next_late().ok_or(Inconsistent::NotOpen(id))?;
            let fresh = ledger.delivery(delivery.proof, delivery.len, ledger.time());
            (delivery.absent_after, delivery.judge_by) = (fresh.absent_after, fresh.judge_by);
            // Its proof is made: it needs no lane.
            let (prover, promise) = (award.prover, Promise::default());
            ledger.advance(id, task, Step::Revive(award, delivery.clone()))?;
            ledger.account_mut(prover).awards.insert(id, promise);
            Ok::<_, Inconsistent>((prover, delivery))
        })?;
        self.announce_delivery(prover, id, &delivery, events);
        Ok(())
    }

    /// Ends a task without a proof; what is left of its escrow goes back.
    pub(crate) fn fail(&mut self, id: TaskId, fault: Fault, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        let refund = self.change(id, |ledger, task| {
            let at = ledger.epoch();
            if fault == Fault::Requester && task.complaints >= COMPLAINTS_THAT_COUNT {
                let requester = ledger.account_mut(task.requester);
                // A count for people; nothing is decided by it.
                requester.bad_bids = requester.bad_bids.saturating_add(1);
            }
            ledger.give_deposits_back(id, task, events);
            ledger.advance(id, task, Step::Fail { fault, at })?;
            Ok::<_, IllegalStep>(ledger.refund(task))
        })?;
        events.push(Event::Failed { task: id, fault, refund });
        Ok(())
    }

    /// Takes a prover's ask out of the book, and with it its ticket.
    pub(crate) fn withdraw(&mut self, prover: AccountId, events: &mut Vec<Event>) {
        self.return_ticket(prover, events);
        if self.stand_down(prover) {
            events.push(Event::Withdrawn { prover });
        }
    }

    /// Says that the committee owes its findings about a delivery.
    pub(crate) fn announce_delivery(
        &self,
        prover: AccountId,
        task: TaskId,
        delivery: &Delivery,
        events: &mut Vec<Event>,
    ) {
        let Delivery { proof, len, judge_by, .. } = *delivery;
        events.push(Event::Delivered { task, prover, proof, len, judge_by: self.clock.wall(judge_by) });
    }
}
