//! Accounts: balance, nonces and what a prover is busy with.
//!
//! Nonces are a window: 64 above a base may be used in any order, so that one op left out by a proposer does
//! not block those behind it. A new account's base follows from the height of its creation, above everything
//! an earlier account of the same key can have used: nothing old comes back.

use crate::{clock::Moment, refused::Refused, reputation::History};
use dpgn_protocol::{
    ids::TaskId,
    limits::{BLOCK_OPS_MAX, NONCE_WINDOW},
    units::{Credits, Epoch, Height},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) balance: Credits,
    pub(crate) nonces: Nonces,
    /// The epoch of its last op: empty accounts that long unused are forgotten.
    pub(crate) last_used: Epoch,
    /// As a requester: tasks that have not ended.
    pub(crate) open_tasks: u32,
    /// As a requester: bids that several provers could not be served for.
    pub(crate) bad_bids: u32,
    /// As a prover: tasks whose live award it holds.
    pub(crate) awards: BTreeSet<TaskId>,
    /// As a prover: its last sign of life.
    pub(crate) alive: Moment,
    /// As a prover: what became of its awards.
    pub(crate) history: History,
}

impl Account {
    pub(crate) fn new(height: Height, epoch: Epoch) -> Self {
        Self {
            balance: Credits::ZERO,
            nonces: Nonces::at(height),
            last_used: epoch,
            open_tasks: 0,
            bad_bids: 0,
            awards: BTreeSet::new(),
            alive: Moment::default(),
            history: History::default(),
        }
    }

    /// Whether nothing would be missed if the account were forgotten.
    pub(crate) fn is_empty(&self) -> bool {
        self.balance == Credits::ZERO && self.open_tasks == 0 && self.awards.is_empty()
    }
}

/// Which nonces an account may use: bit `i` of `used` stands for `base + i`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Nonces {
    base: u64,
    used: u64,
}

/// More nonces than one block can use up.
const NONCES_PER_HEIGHT: u64 = 2 * BLOCK_OPS_MAX as u64;

impl Nonces {
    /// The window of an account that comes to be at this height.
    pub(crate) fn at(height: Height) -> Self {
        Self { base: height.get().saturating_mul(NONCES_PER_HEIGHT), used: 0 }
    }

    /// Whether the nonce is free.
    pub(crate) fn check(&self, nonce: u64) -> Result<(), Refused> {
        let Some(place) = nonce.checked_sub(self.base) else {
            return Err(Refused::NonceOld { nonce, base: self.base });
        };
        if place >= NONCE_WINDOW {
            let last = self.base.saturating_add(NONCE_WINDOW - 1);
            return Err(Refused::NonceTooFar { nonce, base: self.base, last });
        }
        if self.used >> place & 1 == 1 {
            return Err(Refused::NonceUsed { nonce });
        }
        Ok(())
    }

    /// Uses a free nonce up, and moves the window over all that are.
    pub(crate) fn take(&mut self, nonce: u64) {
        let place = nonce.saturating_sub(self.base).min(NONCE_WINDOW - 1);
        self.used |= 1 << place;
        let done = self.used.trailing_ones();
        self.used = self.used.checked_shr(done).unwrap_or(0);
        self.base = self.base.saturating_add(u64::from(done));
    }

    /// Free nonces, the lowest first: whoever uses them in this order never gets stuck.
    pub(crate) fn free(self) -> impl Iterator<Item = u64> {
        (0..NONCE_WINDOW).filter(move |place| self.used >> place & 1 == 0).map(move |place| self.base + place)
    }
}

/// The lowest nonce of an account that is not there yet, for its sponsored first op decided at `height`:
/// some heights back, since the signer can't know the height, and far above all that a forgotten account of
/// the same key has used.
pub(crate) fn first_nonces(height: Height, back: u64) -> std::ops::Range<u64> {
    let floor = Nonces::at(Height::new(height.get().saturating_sub(back))).base;
    floor..Nonces::at(height).base.saturating_add(NONCE_WINDOW)
}

impl Nonces {
    /// The window of an account whose sponsored first op used this nonce.
    pub(crate) fn following(nonce: u64) -> Self {
        Self { base: nonce.saturating_add(1), used: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_good_once_in_any_order() {
        let mut nonces = Nonces::at(Height::new(0));
        for nonce in [3, 0, 63, 1, 2] {
            assert_eq!(nonces.check(nonce), Ok(()));
            nonces.take(nonce);
        }
        assert_eq!(nonces.base, 4);
        assert_eq!(nonces.check(3), Err(Refused::NonceOld { nonce: 3, base: 4 }));
        assert_eq!(nonces.check(63), Err(Refused::NonceUsed { nonce: 63 }));
        assert_eq!(nonces.check(68), Err(Refused::NonceTooFar { nonce: 68, base: 4, last: 67 }));
        assert_eq!(nonces.free().next(), Some(4));
        assert_eq!(nonces.free().count(), 63);
    }

    #[test]
    fn a_full_window_moves_on() {
        let mut nonces = Nonces::at(Height::new(1));
        let base = nonces.base;
        (base..base + 64).rev().for_each(|nonce| nonces.take(nonce));
        assert_eq!((nonces.base, nonces.used), (base + 64, 0));
    }

    #[test]
    fn a_later_account_starts_above_all_an_earlier_one_can_have_used() {
        // Created at height 5, it uses up a whole block's worth at every height until 9.
        let last = Nonces::at(Height::new(5)).base + 5 * BLOCK_OPS_MAX as u64 + NONCE_WINDOW;
        assert!(Nonces::at(Height::new(10)).base > last);
        assert!(first_nonces(Height::new(20), 10).start > last);
    }
}
