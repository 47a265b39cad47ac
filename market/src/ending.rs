//! How awards and tasks end: collateral, reputation, refunds.
//!
//! Slashed is only what all can see: a missed window, a proof that the committee found bad. Before `Start`
//! only the least collateral is at stake, after it all. A fault that only prover and requester can see blames
//! neither: both pay a small fee that is burned. Nobody gains by anybody's fault: what is slashed is burned.

use crate::{
    event::{AwardEnd, Event, Window},
    ledger::Ledger,
    plan::fault_of,
    quality::Quality,
    reputation::Success,
    task::{Attempt, Award, Fault, IllegalStep, Stage, Step, Task},
};
use dpgn_protocol::{
    bounded::List,
    ids::{AccountId, TaskId},
    ops::DeclineReason,
    outcome::{Outcome, Settlement},
    units::{Credits, Ppm},
};

/// So many awards of one task may come to nothing before it fails.
const ATTEMPTS_MAX: usize = 32;
/// So many provers must say of one bid that they could not be served before it counts against its requester.
const COMPLAINTS_THAT_COUNT: u8 = 2;

impl Task {
    /// One step, or nothing.
    pub(crate) fn step(&mut self, step: Step) -> Result<(), IllegalStep> {
        self.stage = self.stage.clone().next(step)?;
        Ok(())
    }

    /// Counts a complaint, once for each who put up collateral: many provers of one owner are one voice.
    fn complain(&mut self, guarantor: AccountId) {
        let has_complained = |a: &Attempt| a.end.is_between_two() && a.award.guarantor == guarantor;
        if !self.attempts.iter().any(has_complained) {
            self.complaints = self.complaints.saturating_add(1);
        }
    }
}

impl Ledger {
    /// Changes an open task, and files it away if it has ended by that.
    pub(crate) fn change<R>(
        &mut self,
        id: TaskId,
        change: impl FnOnce(&mut Self, &mut Task) -> Result<R, IllegalStep>,
    ) -> Option<R> {
        let mut task = self.open.remove(&id)?;
        let result = change(self, &mut task);
        if task.stage.ended().is_none() {
            self.open.insert(id, task);
        } else {
            let requester = self.account_mut(task.requester);
            requester.open_tasks = requester.open_tasks.saturating_sub(1);
            task.late = None;
            (task.bid.allow, task.bid.deny) = (List::default(), List::default());
            self.ended.insert(id, task);
        }
        debug_assert!(result.is_ok(), "a planned step is legal: {:?}", result.as_ref().err());
        result.ok()
    }

    /// Pays for the delivered proof.
    pub(crate) fn settle(&mut self, id: TaskId, events: &mut Vec<Event>) -> Outcome {
        let settlement = self.change(id, |ledger, task| {
            let settlement = ledger.pay(id, task)?;
            let at = ledger.epoch();
            task.step(Step::Complete { settlement: Box::new(settlement.clone()), at })?;
            Ok(settlement)
        });
        let Some(settlement) = settlement else { return Outcome::Applied };
        events.push(Event::Settled(Box::new(settlement.clone())));
        Outcome::Settled(Box::new(settlement))
    }

    fn pay(&mut self, id: TaskId, task: &mut Task) -> Result<Settlement, IllegalStep> {
        let Stage::Delivered(award, delivery) = task.stage.clone() else {
            return Err(IllegalStep { stage: task.stage.name(), step: "settle" });
        };
        let quality = Quality::of(&award, &delivery, &task.facts(), &self.params);
        let price = award.price.min(task.escrow);
        task.escrow = task.escrow.saturating_sub(price);
        self.give(award.prover, price);
        self.release(id, &award, Credits::ZERO);
        let refund = self.refund(task);
        if award.prover != task.requester {
            let success = Success { quality: quality.value(), time: quality.time, word: quality.word };
            let (now, params) = (self.epoch(), self.params.clone());
            self.account_mut(award.prover).history.succeed(task.requester, task.fee, success, now, &params);
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
            price,
            refund,
            quality: quality.value(),
            delivered: delivery.at,
        })
    }

    /// The live award comes to nothing; the task goes on as it can. Returns what was slashed.
    pub(crate) fn end_award(&mut self, id: TaskId, end: AwardEnd, events: &mut Vec<Event>) -> Credits {
        let at = self.time();
        let ended = self.change(id, |ledger, task| {
            let Some(award) = task.stage.award().cloned() else {
                return Err(IllegalStep { stage: task.stage.name(), step: "lose its award" });
            };
            let slashed = ledger.release(id, &award, ledger.at_stake(end));
            if end.is_between_two() {
                task.complain(award.guarantor);
                let fee = ledger.take(task.requester, ledger.params.decline_fee);
                ledger.burn(fee);
            }
            ledger.blame(award.prover, task, end);
            let prover = award.prover;
            task.attempts.push(Attempt { award, at, end, slashed });
            task.step(Step::Reopen)?;
            Ok((prover, slashed))
        });
        let Some((prover, slashed)) = ended else { return Credits::ZERO };
        events.push(Event::AwardEnded { task: id, prover, end, slashed });
        if matches!(end, AwardEnd::Missed(Window::Start | Window::Alive)) {
            // It is not there: it must ask again to be awarded more.
            self.withdraw(prover, events);
        }
        self.next_try(id, end.is_between_two(), events);
        slashed
    }

    /// What becomes of a task without an award: a late proof, the next award, or the end.
    pub(crate) fn next_try(&mut self, id: TaskId, is_between_two: bool, events: &mut Vec<Event>) {
        let Some(task) = self.open.get_mut(&id) else { return };
        if let Some((award, mut delivery)) = task.late.take().map(|late| *late) {
            let award = Award { collateral: Credits::ZERO, ..award };
            delivery.verdict_by = self.clock.now().after(self.params.verdict_window);
            let prover = award.prover;
            self.account_mut(prover).awards.insert(id);
            self.change(id, |_, task| task.step(Step::Revive(award, delivery)));
            return self.delivered(prover, id, delivery, events);
        }
        if task.complaints >= self.params.complaints_max {
            self.fail(id, Fault::Requester, events);
        } else if task.disclosures >= task.bid.disclosures_max || task.attempts.len() >= ATTEMPTS_MAX {
            self.fail(id, fault_of(is_between_two), events);
        } else {
            events.push(Event::Reopened { task: id });
        }
    }

    /// Ends a task without a proof; what is left of its escrow goes back.
    pub(crate) fn fail(&mut self, id: TaskId, fault: Fault, events: &mut Vec<Event>) {
        let refund = self.change(id, |ledger, task| {
            let at = ledger.epoch();
            if fault == Fault::Requester && task.complaints >= COMPLAINTS_THAT_COUNT {
                let requester = ledger.account_mut(task.requester);
                requester.bad_bids = requester.bad_bids.saturating_add(1);
            }
            task.step(Step::Fail { fault, at })?;
            Ok(ledger.refund(task))
        });
        events.push(Event::Failed { task: id, fault, refund: refund.unwrap_or_default() });
    }

    /// Gives the escrow back to the requester.
    pub(crate) fn refund(&mut self, task: &mut Task) -> Credits {
        let refund = std::mem::take(&mut task.escrow);
        self.give(task.requester, refund);
        refund
    }

    /// Frees an award's collateral but for what is slashed of it, which is burned and returned.
    pub(crate) fn release(&mut self, id: TaskId, award: &Award, stake: Credits) -> Credits {
        self.account_mut(award.prover).awards.remove(&id);
        let slashed = stake.min(award.collateral);
        self.burn(slashed);
        self.give(award.guarantor, award.collateral.saturating_sub(slashed));
        slashed
    }

    fn at_stake(&self, end: AwardEnd) -> Credits {
        match end {
            AwardEnd::Missed(Window::Start) => self.params.collateral_min,
            AwardEnd::Missed(Window::Alive | Window::Due | Window::Verdict) | AwardEnd::BadProof(_) => {
                Credits::new(u64::MAX)
            }
            AwardEnd::Declined(DeclineReason::Unable) => Credits::ZERO,
            AwardEnd::Declined(_) => self.params.decline_fee,
        }
    }

    /// Enters the end of an award into its prover's history.
    fn blame(&mut self, prover: AccountId, task: &Task, end: AwardEnd) {
        let share = match end {
            AwardEnd::Missed(_) | AwardEnd::BadProof(_) => Ppm::ONE,
            AwardEnd::Declined(DeclineReason::Unable) => self.params.unable_weight,
            AwardEnd::Declined(_) => return,
        };
        if prover == task.requester {
            return;
        }
        let (now, params) = (self.epoch(), self.params.clone());
        self.account_mut(prover).history.fail(task.requester, task.fee.share(share), now, &params);
    }
}
