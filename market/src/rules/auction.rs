//! The auction: open bids, in the order of service, go to the best eligible standing ask.
//!
//! ```text
//! score = w_p · (1 − price / reward) + w_r · reputation
//! ```
//! Ties: reputation, then warm circuit, then the older ask, then the id. Scores of one bid are compared as
//! exact integers, so rounding never decides. The winner is paid what it asked.
//!
//! Nobody hoards a burst: in one block an ask is awarded at most half of its free capacity, rounded up; what
//! is left goes to the next best, or to the same prover a block later.
//!
//! Due time: `min(award + allowance, deadline − the runner-up's allowance)`, where an allowance is the window
//! for `Start` and the declared time × slack. If the reserve would leave the winner less than it is expected
//! to need, there is no reserve.

use super::eligibility::{Considered, Shares};
use crate::state::{
    award::{Decision, Terms},
    ledger::Ledger,
    task::{Stage, Task},
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::{Millis, Ppm},
};
use std::cmp::{Ordering, Reverse};

/// The outcome of the auction of one bid.
#[derive(Default)]
pub(crate) struct Ranking {
    /// The best terms; `None` if no ask is eligible.
    pub(crate) best: Option<Terms>,
    /// The next best terms; `None` if fewer than two asks are eligible.
    pub(crate) second: Option<Terms>,
    /// Whether an ask was passed over because its prover had its share of this block.
    pub(crate) was_shared_out: bool,
}

impl Ledger {
    /// The open bids in the order in which they are served: priority, reward, time, id.
    pub(crate) fn order_of_service(&self) -> Vec<TaskId> {
        let pending = self.open().iter().filter(|(_, t)| t.stage == Stage::Pending);
        let mut order: Vec<_> =
            pending.map(|(&id, t)| (Reverse(t.bid.priority), Reverse(t.bid.reward), t.opened, id)).collect();
        order.sort_unstable();
        order.into_iter().map(|(.., id)| id).collect()
    }

    /// Ranks the asks for one bid.
    pub(crate) fn rank(&self, task: &Task, shares: &Shares) -> Ranking {
        let mut ranking = Ranking::default();
        let beats = |terms: &Terms, other: Option<Terms>| {
            other.is_none_or(|other| self.order(task, terms, &other) == Ordering::Less)
        };
        for (prover, standing, _) in self.book.shelf(task.bid.level, task.degree) {
            match self.evaluate(task, prover, standing, shares) {
                Ok(terms) if beats(&terms, ranking.best) => ranking.second = ranking.best.replace(terms),
                Ok(terms) if beats(&terms, ranking.second) => ranking.second = Some(terms),
                Ok(_) => {}
                Err(reason) => ranking.was_shared_out |= reason.ends_with_the_block(),
            }
        }
        ranking
    }

    /// Every standing ask as an auction would see it now, the best first.
    pub(crate) fn consider(&self, task: &Task) -> Vec<Considered> {
        let shares = Shares::default();
        let mut all: Vec<_> = self
            .book
            .iter()
            .map(|(prover, standing)| Considered { prover, terms: self.evaluate(task, prover, standing, &shares) })
            .collect();
        all.sort_by(|a, b| match (&a.terms, &b.terms) {
            (Ok(a), Ok(b)) => self.order(task, a, b),
            (a, b) => b.is_ok().cmp(&a.is_ok()),
        });
        all
    }

    /// Compares two terms for one bid: the better are less.
    fn order(&self, task: &Task, a: &Terms, b: &Terms) -> Ordering {
        let key = |t: &Terms| (Reverse(self.score(task, t)), Reverse(t.reputation), !t.warm, t.asked, t.prover);
        key(a).cmp(&key(b))
    }

    /// Decides the award of a bid to the best terms: its windows and its collateral.
    pub(crate) fn decide(&self, task: &Task, guarantor: AccountId, best: Terms, second: Option<Terms>) -> Decision {
        let (now, deadline) = (self.time(), task.bid.deadline);
        let start = self.start_allowance(task);
        let allowance = |terms: &Terms| {
            let work = u128::from(terms.declared.get()) * u128::from(self.params.slack.get());
            let work = u64::try_from(work / u128::from(Ppm::ONE.get())).unwrap_or(u64::MAX);
            // An allowance beyond 64 bits is cut by the deadline.
            start.saturating_add(Millis::new(work))
        };
        let reserve = second.map(|s| (s, deadline.before(allowance(&s))));
        let reserve = reserve.filter(|(_, latest)| *latest >= now.after(best.proven));
        let latest = reserve.map_or(deadline, |(_, latest)| latest);
        let due = self.clock.moment(now.after(allowance(&best)).min(latest));
        let since = self.clock.now();
        Decision {
            terms: best,
            runner_up: reserve.map(|(second, _)| second),
            guarantor,
            collateral: self.collateral(task.bid.reward, best.reputation),
            at: now,
            since,
            start_by: since.after(start).min(due),
            due,
        }
    }

    /// The time that a prover has for `Start`: a base, the time for the recipe's bytes, the time for building.
    fn start_allowance(&self, task: &Task) -> Millis {
        let (params, second) = (&self.params, 1_000);
        // Recipe and rows are bounded (2^28 bytes, 2^24 rows), so only a boundless base could saturate.
        let fetch = task.bid.recipe_len.saturating_mul(second) / params.recipe_bytes_per_second.max(1);
        let build = task.degree.rows().saturating_mul(second) / params.build_rows_per_second.max(1);
        params.start_window.saturating_add(Millis::new(fetch)).saturating_add(Millis::new(build))
    }
}
