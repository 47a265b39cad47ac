//! Runs the auction at the end of a block and makes the awards it decides. Sealed rounds are awarded before.
//!
//! What it costs is what has changed. A bid is looked at when it is awake, which it is once whenever it has changed; and
//! when an ask that has changed [calls](super::calls) it. A bid that sleeps has found nobody, and its asks may become
//! eligible for it only by one of these, all of which make the ask call (`rules/eligibility.rs` in its order):
//!
//! | what stood against the award | what may change it | where that is noted |
//! |---|---|---|
//! | level, size, builder, price, the ask's own limit of collateral | the ask | `Book::insert` |
//! | the bid's lists, its price, its past, its least collateral | the bid | `Waiting::enter` |
//! | reputation, expected time, capacity | an award of the prover, its `Start`, its end or its outcome | `Ledger::change` |
//! | the guarantor's balance | any credit given or taken | `Ledger::note_move`, `Shelves::note_lack` |
//! | what the award displaces | a going rate | `Ledger::pay`, `Ledger::relieved_at` |
//! | the ask is new, or has had its share of the block | the next block | here: it calls again |
//!
//! Time alone makes no ask eligible: deadlines come nearer, and a standing ask's reputation does not fade.
//!
//! Nothing that decides an award depends on who sleeps. Debug builds run each auction once more by looking at every pair.

use super::event::Event;
use crate::{
    rules::{
        auction::{Found, Lack, Ranking},
        eligibility::{Ineligible, Shares},
    },
    state::{
        award::{Award, Decision},
        inconsistent::Inconsistent,
        ledger::Ledger,
        shelf::Place,
        step::Step,
        task::Task,
        waiting::Turn,
    },
};
use dpgn_protocol::ids::{AccountId, TaskId};

/// An auction of one block, as far as it has come.
#[derive(Default)]
struct Auction {
    shares: Shares,
    awards: u32,
    /// The bids that were looked at.
    looked: usize,
    /// The asks that were judged for them by the rules.
    judged: usize,
}

impl Ledger {
    /// Awards what can be awarded, and notes whether the next block can award more.
    pub(crate) fn run_auction(&mut self, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        let expected = if cfg!(debug_assertions) { self.clone().award_all(&mut |_, _, _, _| {})? } else { Vec::new() };
        let before = events.len();
        let sealed = self.award_rounds(events)?;
        let auction = self.award_changed(sealed, events)?;
        let made = events.get(before..).unwrap_or_default();
        debug_assert!(made == expected || !cfg!(debug_assertions), "{made:?}, but all pairs give {expected:?}");
        let is_capped = auction.awards == self.params.block_awards_max;
        let can_go_on = is_capped || auction.shares.are_used_up() || self.book.has_new(self.height());
        self.backlog = (self.waiting.is_any() && can_go_on) || self.schedule.decided().next().is_some();
        self.shelve(None);
        debug_assert!(self.is_shelved(), "a shelf is not what it would be if it were made anew");
        Ok(())
    }

    /// Awards the bids that have changed, and those that an ask calls that has, in the order of service.
    fn award_changed(&mut self, awards: u32, events: &mut Vec<Event>) -> Result<Auction, Inconsistent> {
        let mut auction = Auction { awards, ..Auction::default() };
        self.shelve(None);
        let mut calls = self.first_calls(&auction.shares);
        while auction.awards < self.params.block_awards_max {
            let Some(turn) = self.waiting.first_awake().into_iter().chain(calls.first()).min() else {
                return Ok(auction);
            };
            let called = calls.take(turn);
            let task = self.open().get(&turn.task).ok_or(Inconsistent::NotOpen(turn.task))?;
            let is_eligible = |prover| {
                let standing = self.book.get(prover);
                standing.is_some_and(|standing| self.evaluate(task, prover, standing, &auction.shares).is_ok())
            };
            if self.waiting.is_awake(turn) || called.iter().any(|call| is_eligible(call.prover)) {
                self.shelve(Some(Place::of_task(task)).filter(|_| task.bid.allow.is_empty()));
                self.award_or_sleep(turn, &mut auction, events)?;
            }
            called.into_iter().for_each(|call| self.call_on(&mut calls, call, &auction.shares));
        }
        // Who has not called all it could calls again.
        calls.callers.into_iter().for_each(|prover| self.book.shelves.refresh(prover));
        Ok(auction)
    }

    fn award_or_sleep(
        &mut self,
        turn: Turn,
        auction: &mut Auction,
        events: &mut Vec<Event>,
    ) -> Result<(), Inconsistent> {
        auction.looked += 1;
        let task = self.open().get(&turn.task).ok_or(Inconsistent::NotOpen(turn.task))?;
        let Found { ranking, lack, judged } = self.rank(task, &auction.shares);
        auction.judged += judged;
        let named = if ranking.best.is_none() { self.named_in_lack(task, &auction.shares) } else { Vec::new() };
        let place = Place::of_task(task);
        self.learn(&place, lack);
        if ranking.best.is_some() {
            return self.award(turn.task, ranking, auction, events);
        }
        for (prover, guarantor) in named {
            self.book.shelves.note_lack(guarantor, self.balance(guarantor));
            self.book.shelves.note_short(prover);
        }
        self.waiting.sleep(turn);
        Ok(())
    }

    /// Notes what a look at a shelf has shown of guarantors.
    pub(super) fn learn(&mut self, place: &Place, lack: Lack) {
        lack.balances.into_iter().for_each(|(guarantor, has)| self.book.shelves.note_lack(guarantor, has));
        lack.first.into_iter().for_each(|(prover, has)| self.book.shelves.lower(place, prover, has));
    }

    /// The provers that a bid names and whose asks lack nothing but collateral for it, with their guarantors.
    fn named_in_lack(&self, task: &Task, shares: &Shares) -> Vec<(AccountId, AccountId)> {
        let lacks = |prover: &AccountId| {
            let standing = self.book.get(*prover)?;
            let terms = self.evaluate(task, *prover, standing, shares);
            let is_in_lack = matches!(terms, Err(Ineligible::Collateral { .. } | Ineligible::CollateralMax { .. }));
            is_in_lack.then_some((*prover, standing.guarantor))
        };
        task.bid.allow.iter().filter_map(lacks).collect()
    }

    /// Awards a task to the best of a ranking, if there is one.
    fn award(
        &mut self,
        id: TaskId,
        ranking: Ranking,
        auction: &mut Auction,
        events: &mut Vec<Event>,
    ) -> Result<(), Inconsistent> {
        let Some(best) = ranking.best else { return Ok(()) };
        let task = self.open().get(&id).ok_or(Inconsistent::NotOpen(id))?;
        let standing = self.book.get(best.prover).ok_or(Inconsistent::NoAsk(best.prover))?;
        let decision = self.decide(task, standing.guarantor, best, ranking.second);
        auction.shares.count(best.prover, self.free_capacity(best.prover));
        auction.awards += 1;
        self.assign(id, decision, events)
    }

    /// What an auction gives that looks at every bid and every ask: the control of the one that does not.
    /// Whoever looks on sees each bid's ranking, and the ledger before its award.
    pub(crate) fn award_all(
        mut self,
        look: &mut dyn FnMut(&Self, TaskId, &Shares, &Ranking),
    ) -> Result<Vec<Event>, Inconsistent> {
        let mut events = Vec::new();
        let mut auction = Auction { awards: self.award_rounds(&mut events)?, ..Auction::default() };
        for turn in self.waiting.in_order() {
            if auction.awards < self.params.block_awards_max {
                let task = self.open().get(&turn.task).ok_or(Inconsistent::NotOpen(turn.task))?;
                let ranking = self.scan(task, &auction.shares);
                look(&self, turn.task, &auction.shares, &ranking);
                self.award(turn.task, ranking, &mut auction, &mut events)?;
            }
        }
        Ok(events)
    }

    /// Assigns a task to the prover that won it, and locks the collateral.
    pub(super) fn assign(
        &mut self,
        id: TaskId,
        decision: Decision,
        events: &mut Vec<Event>,
    ) -> Result<(), Inconsistent> {
        let collateral = self.take(decision.guarantor, decision.terms.collateral)?;
        let award = Award::lock(decision, collateral);
        events.push(Event::Awarded {
            task: id,
            prover: award.prover,
            price: award.price,
            start_by: self.clock.wall(award.start_by),
            due: self.clock.wall(award.due),
            runner_up: award.runner_up.map(|r| r.prover),
        });
        self.change(id, |ledger, task| {
            task.awarded = Some(ledger.height());
            let promise = award.promise(award.start_by, task.inputs_allowance(&ledger.params));
            ledger.account_mut(award.prover).awards.insert(id, promise);
            ledger.advance(id, task, Step::Award(award))
        })
    }
}

#[cfg(test)]
mod tests;
