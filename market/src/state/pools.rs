//! The credit pools: fees that wait for the committee, burned credits, and what was minted.

use super::coins::{Coins, Holding, Short};
use dpgn_protocol::units::Credits;
use serde::{Deserialize, Serialize};

/// All credits that a genesis may mint, in micro-credits. Sums of credits can't overflow below this.
const MINTED_MAX: Credits = Credits::new(1 << 63);

/// Credits that belong to no account, and the count of all that there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CreditPools {
    /// Fees paid since the last epoch ended; the committee gets them when this one ends.
    fees: Holding,
    /// Credits that were slashed or burned. Nothing is ever taken from here.
    burned: Holding,
    /// The micro-credits that the genesis made. Nothing is minted later.
    minted: Credits,
}

impl CreditPools {
    /// Pools of a network that has no credits yet.
    pub(super) const fn new() -> Self {
        Self { fees: Holding::empty(), burned: Holding::empty(), minted: Credits::ZERO }
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

    /// Puts coins where nobody can take them again.
    pub(crate) fn burn(&mut self, coins: Coins) {
        self.burned.give(coins);
    }
}
