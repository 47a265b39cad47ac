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

use crate::{
    book::Standing,
    event::Event,
    ledger::Ledger,
    task::{Award, Stage, Step, Task},
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::{Credits, Level, Millis, Ppm, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::{
    cmp::{Ordering, Reverse},
    collections::BTreeMap,
};

/// An ask's terms for one bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Whose ask.
    pub prover: AccountId,
    /// What it costs.
    pub price: Credits,
    /// The prover's reputation then.
    pub reputation: Ppm,
    /// Whether it holds the circuit built.
    pub warm: bool,
    /// Since when the ask stands.
    pub asked: Timestamp,
    /// How long it says it takes.
    pub declared: Millis,
    /// How long it is expected to take by how it kept its word.
    pub proven: Millis,
    /// The score, in parts per million: for people. Compared are exact integers.
    pub score: Ppm,
}

/// Why an ask cannot be awarded a bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the numbers that the message names")]
pub enum Ineligible {
    /// It does not sell this.
    #[error("sells no proofs of level {0}")]
    Level(Level),
    /// Too large for it.
    #[error("takes circuits of at most 2^{max} rows")]
    Degree { max: u8 },
    /// It cannot build the circuit.
    #[error("does not have the builder")]
    Builder,
    /// It asks too much.
    #[error("asks {price}, the reward is {reward}")]
    Price { price: Credits, reward: Credits },
    /// The bid does not want it.
    #[error("the bid's lists exclude it")]
    Excluded,
    /// It had its chance.
    #[error("has failed this bid")]
    Failed,
    /// It is too slow for the deadline.
    #[error("is expected to take {proven} ms, {left} ms are left")]
    TooSlow { proven: Millis, left: Millis },
    /// It has no room.
    #[error("holds {held} awards of {capacity}")]
    Capacity { held: usize, capacity: u16 },
    /// It has had its share of this block.
    #[error("has had its share of this block: {0} awards")]
    Share(u16),
    /// It cannot put up the collateral.
    #[error("has {available} for a collateral of {required}")]
    Collateral { available: Credits, required: Credits },
}

/// An ask as the auction sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Considered {
    /// Whose ask.
    pub prover: AccountId,
    /// Its terms, or why it has none.
    pub terms: Result<Terms, Ineligible>,
}

/// How many awards each prover has had in this block, and how many it may have.
#[derive(Default)]
struct Shares(BTreeMap<AccountId, (u16, u16)>);

impl Ledger {
    /// Awards what can be awarded.
    pub(crate) fn auction(&mut self, events: &mut Vec<Event>) {
        let mut shares = Shares::default();
        let mut awards = 0;
        self.backlog = false;
        for id in self.order_of_service() {
            if awards == self.params.block_awards_max {
                self.backlog = true;
                return;
            }
            let Some(task) = self.open.get(&id) else { continue };
            let (best, second, shared_out) = self.best_two(task, &shares);
            let Some(best) = best else {
                self.backlog |= shared_out;
                continue;
            };
            let Some(award) = self.award(task, best, second) else { continue };
            shares.count(best.prover, self.free_capacity(best.prover));
            self.hand_out(id, award, events);
            awards += 1;
        }
    }

    /// Open bids: priority, reward, time, id.
    fn order_of_service(&self) -> Vec<TaskId> {
        let pending = self.open.iter().filter(|(_, t)| t.stage == Stage::Pending);
        let mut order: Vec<_> =
            pending.map(|(&id, t)| (Reverse(t.bid.priority), Reverse(t.bid.reward), t.opened, id)).collect();
        order.sort_unstable();
        order.into_iter().map(|(.., id)| id).collect()
    }

    /// The best ask, the next best, and whether one was passed over only because it has had its share.
    fn best_two(&self, task: &Task, shares: &Shares) -> (Option<Terms>, Option<Terms>, bool) {
        let (mut best, mut second, mut shared_out) = (None, None, false);
        for (prover, standing, _) in self.book.shelf(task.bid.level, task.degree) {
            match self.terms(task, prover, standing, shares) {
                Ok(terms) if best.is_none_or(|b| self.better(task, &terms, &b)) => second = best.replace(terms),
                Ok(terms) if second.is_none_or(|s| self.better(task, &terms, &s)) => second = Some(terms),
                Ok(_) => {}
                Err(reason) => shared_out |= matches!(reason, Ineligible::Share(_)),
            }
        }
        (best, second, shared_out)
    }

    /// Every standing ask, as the auction would see it now.
    pub(crate) fn consider(&self, task: &Task) -> Vec<Considered> {
        let shares = Shares::default();
        let mut all: Vec<_> = self
            .book
            .iter()
            .map(|(prover, s)| Considered { prover, terms: self.terms(task, prover, s, &shares) })
            .collect();
        all.sort_by(|a, b| match (&a.terms, &b.terms) {
            (Ok(a), Ok(b)) => self.order(task, a, b),
            (a, b) => b.is_ok().cmp(&a.is_ok()),
        });
        all
    }

    fn terms(&self, task: &Task, prover: AccountId, s: &Standing, shares: &Shares) -> Result<Terms, Ineligible> {
        let (bid, now) = (&task.bid, self.time());
        let unsold = Ineligible::Level(bid.level);
        let price = s.price(bid.level, task.degree).ok_or(unsold)?;
        let declared = s.declared(bid.level, task.degree).ok_or(unsold)?;
        if task.degree > s.ask.degree_max {
            return Err(Ineligible::Degree { max: s.ask.degree_max.get() });
        }
        if !s.ask.builders.contains(&bid.builder) {
            return Err(Ineligible::Builder);
        }
        if price > bid.reward {
            return Err(Ineligible::Price { price, reward: bid.reward });
        }
        if bid.deny.contains(&prover) || !(bid.allow.is_empty() || bid.allow.contains(&prover)) {
            return Err(Ineligible::Excluded);
        }
        if task.has_failed(prover) {
            return Err(Ineligible::Failed);
        }
        let reputation = self.reputation(prover);
        let (proven, left) = (reputation.proven(declared), bid.deadline.since(now));
        if proven > left {
            return Err(Ineligible::TooSlow { proven, left });
        }
        self.room(prover, s.ask.capacity, shares)?;
        let (available, required) = (self.balance(s.guarantor), self.collateral(bid.reward, reputation.value));
        if available < required {
            return Err(Ineligible::Collateral { available, required });
        }
        let mut terms = Terms {
            prover,
            price,
            reputation: reputation.value,
            warm: s.ask.warm.contains(&bid.circuit),
            asked: s.since,
            declared,
            proven,
            score: Ppm::new(0),
        };
        // Only for people, so rounding is harmless.
        let whole = u128::from(bid.reward.get().max(1)) * u128::from(Ppm::ONE.get());
        terms.score = Ppm::new(u32::try_from(self.score(task, &terms) / whole).unwrap_or(u32::MAX));
        Ok(terms)
    }

    fn room(&self, prover: AccountId, capacity: u16, shares: &Shares) -> Result<(), Ineligible> {
        let held = self.accounts.get(&prover).map_or(0, |a| a.awards.len());
        if held >= usize::from(capacity) {
            return Err(Ineligible::Capacity { held, capacity });
        }
        match shares.0.get(&prover) {
            Some(&(had, most)) if had >= most => Err(Ineligible::Share(most)),
            _ => Ok(()),
        }
    }

    fn free_capacity(&self, prover: AccountId) -> u16 {
        let held = self.accounts.get(&prover).map_or(0, |a| a.awards.len());
        let capacity = self.book.get(prover).map_or(0, |s| s.ask.capacity);
        capacity.saturating_sub(u16::try_from(held).unwrap_or(u16::MAX))
    }

    /// At stake for one award: the more, the less is known of the prover.
    fn collateral(&self, reward: Credits, reputation: Ppm) -> Credits {
        reward.share(reputation.complement()).max(self.params.collateral_min)
    }

    /// `score · reward`, exactly, in units of 10⁻¹² credits: enough to compare the asks for one bid.
    fn score(&self, task: &Task, terms: &Terms) -> u128 {
        let saving = task.bid.reward.saturating_sub(terms.price);
        let price = u128::from(self.params.price_weight.get()) * u128::from(saving.get()) * u128::from(Ppm::ONE.get());
        let reputation = u128::from(self.params.reputation_weight.get()) * u128::from(terms.reputation.get());
        price + reputation * u128::from(task.bid.reward.get())
    }

    fn better(&self, task: &Task, a: &Terms, b: &Terms) -> bool {
        self.order(task, a, b) == Ordering::Less
    }

    /// The better terms first.
    fn order(&self, task: &Task, a: &Terms, b: &Terms) -> Ordering {
        let key = |t: &Terms| (Reverse(self.score(task, t)), Reverse(t.reputation), !t.warm, t.asked, t.prover);
        key(a).cmp(&key(b))
    }

    /// How long `Start` may take: a base, the recipe's bytes, the build.
    fn start_allowance(&self, task: &Task) -> Millis {
        let (params, second) = (&self.params, 1_000);
        let fetch = task.bid.recipe_len.saturating_mul(second) / params.recipe_bytes_per_second.max(1);
        let build = task.degree.rows().saturating_mul(second) / params.build_rows_per_second.max(1);
        params.start_window.saturating_add(Millis::new(fetch)).saturating_add(Millis::new(build))
    }

    fn award(&self, task: &Task, best: Terms, second: Option<Terms>) -> Option<Award> {
        let (now, deadline) = (self.time(), task.bid.deadline);
        let start = self.start_allowance(task);
        let allowance = |terms: &Terms| {
            let work = u128::from(terms.declared.get()) * u128::from(self.params.slack.get());
            let work = u64::try_from(work / u128::from(Ppm::ONE.get())).unwrap_or(u64::MAX);
            start.saturating_add(Millis::new(work))
        };
        let reserve = second.map(|s| (s, deadline.before(allowance(&s))));
        let reserve = reserve.filter(|(_, latest)| *latest >= now.after(best.proven));
        let latest = reserve.map_or(deadline, |(_, latest)| latest);
        let due = self.clock.moment(now.after(allowance(&best)).min(latest));
        let since = self.clock.now();
        let guarantor = self.book.get(best.prover)?.guarantor;
        Some(Award {
            prover: best.prover,
            guarantor,
            price: best.price,
            collateral: self.collateral(task.bid.reward, best.reputation),
            at: now,
            since,
            start_by: since.after(start).min(due),
            due,
            started: None,
            terms: best,
            runner_up: reserve.map(|(second, _)| second),
        })
    }

    fn hand_out(&mut self, id: TaskId, mut award: Award, events: &mut Vec<Event>) {
        award.collateral = self.take(award.guarantor, award.collateral);
        self.account_mut(award.prover).awards.insert(id);
        events.push(Event::Awarded {
            task: id,
            prover: award.prover,
            price: award.price,
            start_by: self.clock.wall(award.start_by),
            due: self.clock.wall(award.due),
            runner_up: award.runner_up.map(|r| r.prover),
        });
        self.change(id, |_, task| task.step(Step::Award(award)));
    }
}

impl Shares {
    /// Counts an award of a prover that had this much room before it.
    fn count(&mut self, prover: AccountId, free: u16) {
        self.0.entry(prover).or_insert((0, free.div_ceil(2))).0 += 1;
    }
}
