//! Nonces: which an account may use, so that each op is applied at most once (replay protection).
//!
//! Nonces are a window: 64 above a base may be used in any order, so that one op that a proposer leaves out does
//! not block those behind it. A new account's base follows from the height of its creation, above everything an
//! earlier account of the same key can have used: no op of a forgotten account can be applied again.

use dpgn_protocol::{
    limits::{BLOCK_OPS_MAX, NONCE_WINDOW},
    units::Height,
};
use serde::{Deserialize, Serialize};

/// The nonces that an account may use: bit `i` of `used` stands for `base + i`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Nonces {
    base: u64,
    used: u64,
}

/// Why an account may not use a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NonceError {
    /// The nonce is below the window.
    Old { nonce: u64, base: u64 },
    /// An op with this nonce was applied.
    Used { nonce: u64 },
    /// The nonce is above the window.
    TooFar { nonce: u64, base: u64, last: u64 },
}

/// The distance between the bases of accounts that are made at neighbouring heights: more nonces than one block
/// can use up.
const NONCES_PER_HEIGHT: u64 = 2 * BLOCK_OPS_MAX as u64;

// Sums in here saturate at 2^64 - 1. Heights would have to pass 2^50 for it (at five blocks a second, seven
// million years), and a nonce there could be used no more: it could never be used twice.
impl Nonces {
    /// The window of an account that is made at this height.
    pub(crate) fn at(height: Height) -> Self {
        Self { base: height.get().saturating_mul(NONCES_PER_HEIGHT), used: 0 }
    }

    /// The window of an account whose sponsored first op used this nonce.
    pub(crate) fn following(nonce: u64) -> Self {
        Self { base: nonce.saturating_add(1), used: 0 }
    }

    /// Checks that a nonce is free.
    pub(crate) fn check(&self, nonce: u64) -> Result<(), NonceError> {
        let Some(place) = nonce.checked_sub(self.base) else {
            return Err(NonceError::Old { nonce, base: self.base });
        };
        if place >= NONCE_WINDOW {
            let last = self.base.saturating_add(NONCE_WINDOW - 1);
            return Err(NonceError::TooFar { nonce, base: self.base, last });
        }
        if self.used >> place & 1 == 1 {
            return Err(NonceError::Used { nonce });
        }
        Ok(())
    }

    /// Uses a free nonce up, and moves the window over all that are used.
    pub(crate) fn take(&mut self, nonce: u64) {
        // The nonce was checked, so it lies in the window.
        let place = nonce.saturating_sub(self.base).min(NONCE_WINDOW - 1);
        self.used |= 1 << place;
        let done = self.used.trailing_ones();
        self.used = self.used.checked_shr(done).unwrap_or(0);
        self.base = self.base.saturating_add(u64::from(done));
    }

    /// The free nonces, the lowest first: whoever uses them in this order never gets stuck.
    pub(crate) fn free(self) -> impl Iterator<Item = u64> {
        (0..NONCE_WINDOW).filter(move |place| self.used >> place & 1 == 0).map(move |place| self.base + place)
    }
}

/// The nonces that a sponsored first op may use, of an account that is made at `height` by it. The window reaches
/// `back` some heights, since the signer can't know the height of the block, and stays far above all that a
/// forgotten account of the same key has used.
pub(crate) fn first_nonces(height: Height, back: u64) -> std::ops::Range<u64> {
    // Young networks have no heights further back than the genesis.
    let floor = Nonces::at(Height::new(height.get().saturating_sub(back))).base;
    floor..Nonces::at(height).base.saturating_add(NONCE_WINDOW)
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
        assert_eq!(nonces.check(3), Err(NonceError::Old { nonce: 3, base: 4 }));
        assert_eq!(nonces.check(63), Err(NonceError::Used { nonce: 63 }));
        assert_eq!(nonces.check(68), Err(NonceError::TooFar { nonce: 68, base: 4, last: 67 }));
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
        // Made at height 5, it uses up a whole block's worth at every height until 9.
        let last = Nonces::at(Height::new(5)).base + 5 * BLOCK_OPS_MAX as u64 + NONCE_WINDOW;
        assert!(Nonces::at(Height::new(10)).base > last);
        assert!(first_nonces(Height::new(20), 10).start > last);
    }
}
