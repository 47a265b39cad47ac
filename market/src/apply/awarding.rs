//! Runs the auction at the end of a block and makes the awards it decides.

use super::event::Event;
use crate::{
    rules::eligibility::Shares,
    state::{
        award::{Award, Decision},
        inconsistent::Inconsistent,
        ledger::Ledger,
        task::Step,
    },
};
use dpgn_protocol::ids::TaskId;

impl Ledger {
    /// Awards what can be awarded, and notes whether the next block can award more.
    pub(crate) fn run_auction(&mut self, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        let mut shares = Shares::default();
        let mut awards = 0;
        let order: Vec<TaskId> = self.schedule.order_of_service().collect();
        for id in order {
            if awards == self.params.block_awards_max {
                self.backlog = true;
                return Ok(());
            }
            let place = Self::place_of(self.open().get(&id).ok_or(Inconsistent::NotOpen(id))?);
            self.shelve(Some(place));
            let task = self.open().get(&id).ok_or(Inconsistent::NotOpen(id))?;
            let ranking = self.rank(task, &shares);
            let Some(best) = ranking.best else { continue };
            let standing = self.book.get(best.prover).ok_or(Inconsistent::NoAsk(best.prover))?;
            let decision = self.decide(task, standing.guarantor, best, ranking.second);
            shares.count(best.prover, self.free_capacity(best.prover));
            self.assign(id, decision, events)?;
            awards += 1;
        }
        let waits = self.schedule.order_of_service().next().is_some();
        self.backlog = waits && (shares.are_used_up() || self.book.has_new(self.height()));
        self.shelve(None);
        debug_assert!(self.is_shelved(), "a shelf is not what it would be if it were made anew");
        Ok(())
    }

    /// Assigns a task to the prover that won it, and locks the collateral.
    fn assign(&mut self, id: TaskId, decision: Decision, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        let collateral = self.take(decision.guarantor, decision.terms.collateral)?;
        let award = Award::lock(decision, collateral);
        self.account_mut(award.prover).awards.insert(id);
        events.push(Event::Awarded {
            task: id,
            prover: award.prover,
            price: award.price,
            start_by: self.clock.wall(award.start_by),
            due: self.clock.wall(award.due),
            runner_up: award.runner_up.map(|r| r.prover),
        });
        self.change(id, |ledger, task| ledger.advance(id, task, Step::Award(award)))
    }
}
