//! The auction: open bids, in the order of service, go to the best eligible standing ask.
//!
//! The best is the one with the highest [score](super::score). Ties: reputation, then warm circuit, then the older ask,
//! then the id. The winner is paid what it asked. A bid in a [sealed round](super::sealed) is in no auction.
//!
//! Nobody reacts within a block: an ask counts from the block after the one that holds it. And nobody hoards a burst: in
//! one block an ask is awarded at most half of its free capacity, rounded up; what is left goes to the next best, or to
//! the same prover a block later.
//!
//! Due time: award, window for `Start`, time for the inputs' bytes, queued time × slack; at most the deadline. A
//! runner-up is named if its own allowance fits between that and the deadline: nobody's speed shortens another's time.

use super::{
    eligibility::{Considered, Ineligible, Shares, order},
    score::Weights,
};
use crate::state::{
    award::{Decision, Terms},
    ledger::Ledger,
    task::Task,
};
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Millis, Ppm},
};
use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

/// The outcome of the auction of one bid.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Ranking {
    /// The best terms; `None` if no ask is eligible.
    pub(crate) best: Option<Terms>,
    /// The next best terms; `None` if fewer than two asks are eligible.
    pub(crate) second: Option<Terms>,
}

/// The asks that a look found in vain: there is less collateral behind them than their shelf says.
#[derive(Default)]
pub(crate) struct Lack {
    /// The balance of each of their guarantors.
    pub(crate) balances: BTreeMap<AccountId, Credits>,
    /// The prover of the first ask of each.
    pub(crate) first: Vec<(AccountId, Credits)>,
}

/// What came of a look at a shelf.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) ranking: Ranking,
    pub(crate) lack: Lack,
    /// The number of asks that were judged by the rules.
    pub(crate) judged: usize,
}

impl Ledger {
    /// Ranks the asks for one bid: those that it names, or those on its shelf if that is there, else all.
    pub(crate) fn rank(&self, task: &Task, shares: &Shares) -> Found {
        let found = if task.bid.allow.is_empty() {
            self.find(task, shares)
        } else {
            Some(Found { ranking: self.rank_named(task, shares), ..Found::default() })
        };
        let is_same = |found: &Found| found.ranking == self.scan(task, shares);
        debug_assert!(found.as_ref().is_none_or(is_same), "a shelf gives another award than all asks");
        found.unwrap_or_else(|| Found { ranking: self.scan(task, shares), ..Found::default() })
    }

    /// Ranks the asks for one bid by looking at each.
    pub(crate) fn scan(&self, task: &Task, shares: &Shares) -> Ranking {
        let shelf = self.book.shelf(task.bid.level, task.degree);
        self.best_two(
            task,
            shelf.filter_map(|(prover, standing, _)| self.evaluate(task, prover, standing, shares).ok()),
        )
    }

    /// Ranks the asks of the provers that a bid names.
    fn rank_named(&self, task: &Task, shares: &Shares) -> Ranking {
        let named: BTreeSet<AccountId> = task.bid.allow.iter().copied().collect();
        let standing = named.into_iter().filter_map(|prover| Some((prover, self.book.get(prover)?)));
        self.best_two(
            task,
            standing.filter_map(|(prover, standing)| self.evaluate(task, prover, standing, shares).ok()),
        )
    }

    /// The best two of all eligible terms.
    fn best_two(&self, task: &Task, eligible: impl Iterator<Item = Terms>) -> Ranking {
        let all: Vec<_> = eligible.collect();
        let effective = self.effective_reward(task, all.iter());
        let beats = |terms: &Terms, other: Option<Terms>| {
            other.is_none_or(|other| order(&self.params, terms, &other) == Ordering::Less)
        };
        let mut ranking = Ranking::default();
        for terms in all.into_iter().map(|terms| self.scored(terms, effective)) {
            if beats(&terms, ranking.best) {
                ranking.second = ranking.best.replace(terms);
            } else if beats(&terms, ranking.second) {
                ranking.second = Some(terms);
            }
        }
        ranking
    }

    /// The reward that the asks for a bid are scored against.
    fn effective_reward<'a>(&self, task: &Task, eligible: impl Iterator<Item = &'a Terms>) -> Credits {
        let going = self.rates.get(task.bid.level, task.degree).map_or(Credits::ZERO, |rate| rate.price);
        let lowest = eligible.map(|terms| terms.price).min();
        lowest.map_or(task.payable(), |lowest| Weights::of(&self.params).effective(task.payable(), lowest, going))
    }

    /// Every standing ask as an auction would see it now, the best first.
    pub(crate) fn consider(&self, task: &Task, shares: &Shares) -> Vec<Considered> {
        let asks: Vec<_> = self
            .book
            .iter()
            .map(|(prover, standing)| (prover, self.evaluate(task, prover, standing, shares)))
            .collect();
        let effective = self.effective_reward(task, asks.iter().filter_map(|(_, terms)| terms.as_ref().ok()));
        let scored = |terms: Result<Terms, Ineligible>| terms.map(|terms| self.scored(terms, effective));
        let considered = asks.into_iter().map(|(prover, terms)| Considered { prover, terms: scored(terms) });
        let mut all: Vec<_> = considered.collect();
        all.sort_by(|a, b| match (&a.terms, &b.terms) {
            (Ok(a), Ok(b)) => order(&self.params, a, b),
            (a, b) => b.is_ok().cmp(&a.is_ok()),
        });
        all
    }

    /// Decides the award of a bid to the best terms: its windows.
    pub(crate) fn decide(&self, task: &Task, guarantor: AccountId, best: Terms, second: Option<Terms>) -> Decision {
        let (now, deadline) = (self.time(), task.bid.deadline);
        let start = task.start_allowance(&self.params);
        let before = task.allowance(&self.params);
        let allowance = |terms: &Terms| {
            let work = u128::from(terms.queued.get()) * u128::from(self.params.slack.get());
            let work = u64::try_from(work / u128::from(Ppm::ONE.get())).unwrap_or(u64::MAX);
            // An allowance beyond 64 bits is cut by the deadline.
            before.saturating_add(Millis::new(work))
        };
        let latest = now.after(allowance(&best)).min(deadline);
        let due = self.clock.moment(latest);
        let since = self.clock.now();
        Decision {
            // Counted in 32 bits: more awards than a task can have.
            number: task.awards.saturating_add(1),
            terms: best,
            runner_up: second.filter(|second| latest.after(allowance(second)) <= deadline),
            guarantor,
            at: now,
            since,
            start_by: since.after(start).min(due),
            due,
        }
    }
}
