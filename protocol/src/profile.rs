//! The five privacy levels as numbers: what a proof of each is made with.
//!
//! A level is a profile and nothing else: verifier data whose numbers are not exactly those of a level has
//! no level. No number here ever changes under the same level, since it is part of every circuit's id.

use crate::units::Level;

/// What differs from level to level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Challenges per round of the argument: each adds about 46 bits.
    pub challenges: u8,
    /// FRI's blowup, as a power of two.
    pub rate_bits: u8,
    /// FRI's queries.
    pub queries: u8,
    /// Whether the proof hides the witness.
    pub zero_knowledge: bool,
}

/// Wires of a row, at every level.
pub const WIRES: usize = 135;
/// Wires of a row that copy constraints may join.
pub const ROUTED_WIRES: usize = 80;
/// Constants a gate may have.
pub const GATE_CONSTANTS: usize = 2;
/// The security plonky2's config says it aims at; nothing is computed from it.
pub const SECURITY_BITS: usize = 100;
/// Bound of the quotient's degree, in multiples of the rows.
pub const QUOTIENT_DEGREE_FACTOR: usize = 8;
/// Height of every Merkle cap.
pub const CAP_HEIGHT: usize = 4;
/// Bits a prover grinds before FRI's queries are drawn.
pub const PROOF_OF_WORK_BITS: u32 = 16;
/// FRI folds by this many bits at a time.
pub const FOLD_BITS: usize = 4;
/// FRI stops folding at a polynomial of this many bits.
pub const FINAL_POLY_BITS: usize = 5;
/// Random elements that blind each leaf of a hiding commitment.
pub const SALT: usize = 4;

impl Profile {
    /// The numbers of a level.
    pub const fn of(level: Level) -> Self {
        let base = Self { challenges: 3, rate_bits: 3, queries: 32, zero_knowledge: true };
        match level.get() {
            1 => Self { challenges: 2, queries: 28, zero_knowledge: false, ..base },
            2 => Self { zero_knowledge: false, ..base },
            4 => Self { rate_bits: 4, queries: 24, ..base },
            5 => Self { queries: 56, ..base },
            _ => base,
        }
    }

    /// The level that has these numbers, if any.
    pub fn level(self) -> Option<Level> {
        Level::all().find(|&level| Self::of(level) == self)
    }

    /// By how many bits FRI folds in each of its steps, for a circuit of `2^degree` rows.
    pub fn folds(self, degree: u8) -> Vec<usize> {
        let mut left = usize::from(degree);
        let mut folds = Vec::new();
        while left > FINAL_POLY_BITS && left + usize::from(self.rate_bits) >= CAP_HEIGHT + FOLD_BITS {
            folds.push(FOLD_BITS);
            left -= FOLD_BITS;
        }
        folds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_is_told_from_its_numbers() {
        for level in Level::all() {
            assert_eq!(Profile::of(level).level(), Some(level));
        }
        let none = Profile { challenges: 2, ..Profile::of(Level::MAX) };
        assert_eq!(none.level(), None);
    }

    #[test]
    fn fri_security_is_what_the_table_says() {
        let bits = |level| {
            let p = Profile::of(level);
            u32::from(p.queries) * u32::from(p.rate_bits) + PROOF_OF_WORK_BITS
        };
        assert_eq!(Level::all().map(bits).collect::<Vec<_>>(), [100, 112, 112, 112, 184]);
    }
}
