//! The credit pools: fees that wait for the committee, what waits to pay for challenges, burned credits, and what was
//! minted.

use super::coins::{Coins, Holding, Short, sum};
use dpgn_protocol::units::{Credits, Degree, Level};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All credits that a genesis may mint, in micro-credits. Sums of credits can't overflow below this.
const MINTED_MAX: Credits = Credits::new(1 << 63);

/// Credits that belong to no account, and the count of all that there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CreditPools {
    /// Fees paid since the last epoch ended; the committee gets them when this one ends.
    fees: Holding,
    /// Credits that pay for challenges, by the shelf whose bids have paid them. None is empty.
    challenges: BTreeMap<(Level, Degree), Holding>,
    /// Credits that were slashed or burned. Nothing is ever taken from here.
    burned: Holding,
    /// The micro-credits that the genesis made. Nothing is minted later.
    minted: Credits,
}

impl CreditPools {
    /// Pools of a network that has no credits yet.
    pub(super) const fn new() -> Self {
        Self { fees: Holding::empty(), challenges: BTreeMap::new(), burned: Holding::empty(), minted: Credits::ZERO }
    }

    /// Makes new coins, for an account of the genesis; `None` if all together would be more than 2^63.
    pub(super) fn mint(&mut self, amount: Credits) -> Option<Coins> {
        self.minted = self.minted.checked_add(amount).filter(|sum| *sum <= MINTED_MAX)?;
        Some(Coins::mint(amount))
    }

    /// The micro-credits that wait for the committee.
    pub(crate) fn fees(&self) -> Credits {
        self.fees.amount()
    }

    /// The micro-credits that are gone for good.
    pub(super) fn burned(&self) -> Credits {
        self.burned.amount()
    }

    /// The micro-credits that the genesis made.
    pub(super) fn minted(&self) -> Credits {
        self.minted
    }

    /// Adds coins to the fees.
    pub(super) fn collect(&mut self, fee: Coins) {
        self.fees.give(fee);
    }

    /// Takes a member's share out of the fees.
    pub(crate) fn pay_out(&mut self, share: Credits) -> Result<Coins, Short> {
        self.fees.take(share)
    }

    /// The micro-credits that wait to pay for challenges, on all shelves together.
    pub(super) fn challenges(&self) -> Credits {
        sum(self.challenges.values().map(Holding::amount))
    }

    /// The micro-credits that wait to pay for challenges on a shelf.
    pub(crate) fn challenges_on(&self, shelf: (Level, Degree)) -> Credits {
        self.challenges.get(&shelf).map_or(Credits::ZERO, Holding::amount)
    }

    /// The shelves on which credits wait to pay for challenges.
    pub(crate) fn challenge_shelves(&self) -> impl Iterator<Item = (Level, Degree)> {
        self.challenges.keys().copied()
    }

    /// Sets this much of the fees aside for challenges on a shelf, or all there is if that is less.
    pub(crate) fn set_aside(&mut self, shelf: (Level, Degree), most: Credits) {
        let coins = self.fees.take_up_to(most);
        self.fund_challenges(shelf, coins);
    }

    /// Adds coins to what pays for challenges on a shelf.
    pub(crate) fn fund_challenges(&mut self, shelf: (Level, Degree), coins: Coins) {
        if coins.amount() > Credits::ZERO {
            self.challenges.entry(shelf).or_insert_with(Holding::empty).give(coins);
        }
    }

    /// Takes the price of a challenge out of what its shelf has.
    pub(crate) fn pay_challenge(&mut self, shelf: (Level, Degree), price: Credits) -> Result<Coins, Short> {
        let none = Short { available: Credits::ZERO, required: price };
        let coins = self.challenges.get_mut(&shelf).ok_or(none)?.take(price)?;
        self.challenges.retain(|_, holding| holding.amount() > Credits::ZERO);
        Ok(coins)
    }

    /// Gives what a shelf has beyond this much back to the fees.
    pub(crate) fn keep_for_challenges(&mut self, shelf: (Level, Degree), most: Credits) {
        if let Some(mut all) = self.challenges.remove(&shelf).map(|mut holding| holding.take_all()) {
            let kept = all.split(most);
            self.fund_challenges(shelf, kept);
            self.collect(all);
        }
    }

    /// Puts coins where nobody can take them again.
    pub(crate) fn burn(&mut self, coins: Coins) {
        self.burned.give(coins);
    }
}
