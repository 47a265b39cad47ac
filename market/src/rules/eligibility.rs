//! Eligibility: whether a standing ask can be awarded a bid, and on which terms.

use crate::state::{award::Terms, book::Standing, ledger::Ledger, task::Task};
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Level, Millis, Ppm},
};
use std::collections::BTreeMap;

/// Why an ask cannot be awarded a bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are the numbers that the message names")]
pub enum Ineligible {
    /// The ask has no offer for the bid's level.
    #[error("sells no proofs of level {0}")]
    Level(Level),
    /// The circuit is too large for the prover.
    #[error("takes circuits of at most 2^{max} rows")]
    Degree { max: u8 },
    /// The prover cannot build the circuit from its recipe.
    #[error("does not have the builder")]
    Builder,
    /// The ask's price is higher than the reward.
    #[error("asks {price}, the reward is {reward}")]
    Price { price: Credits, reward: Credits },
    /// The bid's allow and deny lists exclude the prover.
    #[error("the bid's lists exclude it")]
    Excluded,
    /// The prover had an award of the task that came to nothing.
    #[error("has failed this bid")]
    Failed,
    /// The prover is expected to be too slow for the deadline.
    #[error("is expected to take {proven} ms, {left} ms are left")]
    TooSlow { proven: Millis, left: Millis },
    /// The prover holds as many awards as it says it can.
    #[error("holds {held} awards of {capacity}")]
    Capacity { held: usize, capacity: u16 },
    /// The prover was awarded its share in this block; it is considered again in the next.
    #[error("has had its share of this block: {0} awards")]
    Share(u16),
    /// The guarantor does not have the collateral.
    #[error("has {available} for a collateral of {required}")]
    Collateral { available: Credits, required: Credits },
}

impl Ineligible {
    /// Whether the reason ends with the block: in the next one the same ask may win the same bid.
    pub(crate) const fn ends_with_the_block(self) -> bool {
        match self {
            Self::Share(_) => true,
            Self::Level(_)
            | Self::Degree { .. }
            | Self::Builder
            | Self::Price { .. }
            | Self::Excluded
            | Self::Failed
            | Self::TooSlow { .. }
            | Self::Capacity { .. }
            | Self::Collateral { .. } => false,
        }
    }
}

/// An ask as the auction sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Considered {
    /// The prover whose ask this is.
    pub prover: AccountId,
    /// The terms of the ask for the bid, or why it cannot be awarded.
    pub terms: Result<Terms, Ineligible>,
}

/// The number of awards each prover was given in this block, and the most it may be given.
#[derive(Default)]
pub(crate) struct Shares(BTreeMap<AccountId, (u16, u16)>);

impl Shares {
    /// Counts an award of a prover that had this much room before it: at most half of it is filled in one block.
    pub(crate) fn count(&mut self, prover: AccountId, free: u16) {
        self.0.entry(prover).or_insert((0, free.div_ceil(2))).0 += 1;
    }

    fn check(&self, prover: AccountId) -> Result<(), Ineligible> {
        match self.0.get(&prover) {
            Some(&(had, most)) if had >= most => Err(Ineligible::Share(most)),
            Some(_) | None => Ok(()),
        }
    }
}

impl Ledger {
    /// Evaluates an ask for a bid: its terms and score, or the first reason why it cannot be awarded.
    pub(crate) fn evaluate(
        &self,
        task: &Task,
        prover: AccountId,
        standing: &Standing,
        shares: &Shares,
    ) -> Result<Terms, Ineligible> {
        let (price, declared) = fits(task, prover, standing)?;
        let reputation = self.reputation(prover);
        let (proven, left) = (reputation.proven(declared), task.bid.deadline.since(self.time()));
        if proven > left {
            return Err(Ineligible::TooSlow { proven, left });
        }
        let (held, capacity) = (self.awards_held(prover), standing.ask.capacity);
        if held >= usize::from(capacity) {
            return Err(Ineligible::Capacity { held, capacity });
        }
        shares.check(prover)?;
        let available = self.balance(standing.guarantor);
        let required = self.collateral(task.bid.reward, reputation.value);
        if available < required {
            return Err(Ineligible::Collateral { available, required });
        }
        let mut terms = Terms {
            prover,
            price,
            reputation: reputation.value,
            warm: standing.ask.warm.contains(&task.bid.circuit),
            asked: standing.since,
            declared,
            proven,
            score: Ppm::new(0),
        };
        // Only for people, so rounding is harmless.
        let whole = u128::from(task.bid.reward.get().max(1)) * u128::from(Ppm::ONE.get());
        terms.score = Ppm::new(u32::try_from(self.score(task, &terms) / whole).unwrap_or(u32::MAX));
        Ok(terms)
    }

    /// The score of terms for a bid, times its reward: exact, in units of 10⁻¹² micro-credits. The auction
    /// compares the asks for one bid by it.
    pub(crate) fn score(&self, task: &Task, terms: &Terms) -> u128 {
        // An eligible price is at most the reward.
        let saving = task.bid.reward.saturating_sub(terms.price);
        let price = u128::from(self.params.price_weight.get()) * u128::from(saving.get()) * u128::from(Ppm::ONE.get());
        let reputation = u128::from(self.params.reputation_weight.get()) * u128::from(terms.reputation.get());
        price + reputation * u128::from(task.bid.reward.get())
    }

    /// The collateral of one award in micro-credits: the better the prover's reputation, the less is at stake.
    pub(crate) fn collateral(&self, reward: Credits, reputation: Ppm) -> Credits {
        reward.share(reputation.complement()).max(self.params.collateral_min)
    }

    /// The number of awards more that a prover says it can hold.
    pub(crate) fn free_capacity(&self, prover: AccountId) -> u16 {
        let held = u16::try_from(self.awards_held(prover)).unwrap_or(u16::MAX);
        let capacity = self.book.get(prover).map_or(0, |s| s.ask.capacity);
        // A renewed ask may say less than the prover holds already: then it has no room.
        capacity.saturating_sub(held)
    }

    fn awards_held(&self, prover: AccountId) -> usize {
        self.find_account(prover).map_or(0, |a| a.awards.len())
    }
}

/// Price and declared time of an ask that the bid and the ask themselves do not rule out.
fn fits(task: &Task, prover: AccountId, standing: &Standing) -> Result<(Credits, Millis), Ineligible> {
    let (bid, ask) = (&task.bid, &standing.ask);
    let unsold = Ineligible::Level(bid.level);
    let price = standing.price(bid.level, task.degree).ok_or(unsold)?;
    let declared = standing.declared(bid.level, task.degree).ok_or(unsold)?;
    if task.degree > ask.degree_max {
        return Err(Ineligible::Degree { max: ask.degree_max.get() });
    }
    if !ask.builders.contains(&bid.builder) {
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
    Ok((price, declared))
}
