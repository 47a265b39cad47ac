//! Credits that can only move from one place to another.
//!
//! A [`Holding`] is a place where credits lie: a balance, an escrow, a collateral, a pool. [`Coins`] are credits
//! on their way from one holding to another. The number in them is private to this file, so no other code can
//! put credits into a holding that it has not taken out of another. Only the genesis mints coins.
//!
//! What must never happen: coins that are dropped on their way. The compiler warns about it (`must_use`), and
//! the ledger counts all credits at the end of each block.

use dpgn_protocol::units::Credits;
use serde::{Deserialize, Serialize};

/// Credits on their way between two holdings. They can't be copied, and must be given to a holding.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "coins that are given to no holding are lost, and the block is refused"]
pub(crate) struct Coins(Credits);

/// A place where credits lie. A copy of a holding belongs to a copy of the whole ledger, or is a record of what
/// once was locked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Holding(Credits);

/// A holding has fewer credits than must be taken out of it. Nothing has been taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{available} credits are there, {required} must be taken")]
pub struct Short {
    /// The micro-credits that the holding has.
    pub available: Credits,
    /// The micro-credits that were to be taken.
    pub required: Credits,
}

impl Coins {
    /// Makes coins out of nothing. The credit pools alone do this, for the genesis.
    pub(super) fn mint(amount: Credits) -> Self {
        Self(amount)
    }

    /// Coins that are worth nothing.
    pub(crate) const fn none() -> Self {
        Self(Credits::ZERO)
    }

    /// The amount of these coins, in micro-credits.
    pub(crate) fn amount(&self) -> Credits {
        self.0
    }

    /// Splits off at most this much; the rest stays.
    pub(crate) fn split(&mut self, most: Credits) -> Self {
        let part = most.min(self.0);
        // Exact: `part` is at most what is there.
        self.0 = self.0.saturating_sub(part);
        Self(part)
    }
}

impl Holding {
    /// A holding without any credits.
    pub(crate) const fn empty() -> Self {
        Self(Credits::ZERO)
    }

    /// The amount that lies here, in micro-credits.
    pub(crate) fn amount(&self) -> Credits {
        self.0
    }

    /// Takes exactly this much out, or nothing.
    pub(crate) fn take(&mut self, amount: Credits) -> Result<Coins, Short> {
        self.0 = self.0.checked_sub(amount).ok_or(Short { available: self.0, required: amount })?;
        Ok(Coins(amount))
    }

    /// Takes out this much, or all there is if that is less.
    pub(crate) fn take_up_to(&mut self, most: Credits) -> Coins {
        let mut all = self.take_all();
        let taken = all.split(most);
        self.give(all);
        taken
    }

    /// Takes all coins out and leaves the holding empty.
    pub(crate) fn take_all(&mut self) -> Coins {
        Coins(std::mem::take(&mut self.0))
    }

    /// Puts coins into the holding.
    pub(crate) fn give(&mut self, coins: Coins) {
        // Never saturates: all coins together are what the genesis minted, at most 2^63. If this ever broke, the
        // count of all credits would no longer be what was minted, and the block would be refused.
        self.0 = self.0.saturating_add(coins.0);
    }
}

/// The sum of amounts that are compared with what somebody has, or shown to people.
///
/// Stays at the largest number instead of wrapping. That is twice as much as all credits there are, so nobody can
/// pay it, and no books balance with it.
pub(crate) fn sum(amounts: impl IntoIterator<Item = Credits>) -> Credits {
    amounts.into_iter().fold(Credits::ZERO, Credits::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holding(amount: u64) -> Holding {
        let mut holding = Holding::empty();
        holding.give(Coins::mint(Credits::new(amount)));
        holding
    }

    #[test]
    fn what_one_holding_loses_another_gets() {
        let (mut from, mut to) = (holding(100), holding(5));
        let mut coins = from.take(Credits::new(30)).unwrap();
        to.give(coins.split(Credits::new(10)));
        from.give(coins);
        assert_eq!((from.amount(), to.amount()), (Credits::new(90), Credits::new(15)));
        to.give(from.take_up_to(Credits::new(1_000)));
        assert_eq!((from.amount(), to.amount()), (Credits::ZERO, Credits::new(105)));
    }

    #[test]
    fn a_holding_that_is_short_loses_nothing() {
        let mut holding = holding(7);
        let short = Short { available: Credits::new(7), required: Credits::new(8) };
        assert_eq!(holding.take(Credits::new(8)), Err(short));
        assert_eq!(holding.amount(), Credits::new(7));
    }

    #[test]
    fn a_sum_that_does_not_fit_is_more_than_anybody_has() {
        let all = [Credits::new(u64::MAX), Credits::new(1)];
        assert_eq!(sum(all), Credits::new(u64::MAX));
    }
}
