//! The five privacy levels as numbers: what a proof of each is made with.
//!
//! A level is a profile and nothing else: verifier data whose numbers are not exactly those of a level has
//! no level. No number here ever changes under the same level, since it is part of every circuit's id.

use crate::units::Level;

/// The numbers that differ from level to level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Challenges per round of the argument: each adds about 46 bits.
    pub challenges: u8,
    /// FRI's blowup, as a power of two.
    pub rate_bits: u8,
    /// The number of queries of FRI.
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
/// The degree of the extension field that challenges come from.
const EXTENSION: u64 = 2;

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

    /// The bits by which FRI folds in each of its steps, for a circuit of `2^degree` rows.
    pub fn folds(self, degree: u8) -> Vec<usize> {
        let mut left = usize::from(degree);
        let mut folds = Vec::new();
        while left > FINAL_POLY_BITS && left + usize::from(self.rate_bits) >= CAP_HEIGHT + FOLD_BITS {
            folds.push(FOLD_BITS);
            left -= FOLD_BITS;
        }
        folds
    }

    /// Rows that blind a circuit of `2^degree` rows at a level with zero knowledge: one for each value that a
    /// proof opens of a polynomial, and two more for each of the permutation's. 0 at other levels.
    ///
    /// It need not grow with the degree: the last polynomial has 2^2 to 2^5 coefficients, whatever is left after
    /// folding by 2^4 at a time, so a proof of 2^13 rows opens more than one of 2^14.
    pub fn blinding_rows(self, degree: u8) -> u64 {
        if !self.zero_knowledge {
            return 0;
        }
        let fri = self.opened_by_fri(degree);
        // At one point, and for the permutation's polynomials at the next row's too.
        (EXTENSION + fri) + 2 * (2 * EXTENSION + fri)
    }

    /// Random values in those rows: one for each wire of a row that blinds openings, and one for each routed wire of two rows
    /// that blind the permutation's together. 0 at levels without zero knowledge.
    pub fn blinding_values(self, degree: u8) -> u64 {
        if !self.zero_knowledge {
            return 0;
        }
        let fri = self.opened_by_fri(degree);
        (EXTENSION + fri) * WIRES as u64 + (2 * EXTENSION + fri) * ROUTED_WIRES as u64
    }

    /// The values of a polynomial that the queries of a proof open.
    fn opened_by_fri(self, degree: u8) -> u64 {
        let folds = self.folds(degree);
        let folding: u64 = folds.iter().map(|bits| (1 << bits) - 1).sum();
        let last = 1 << usize::from(degree).saturating_sub(folds.iter().sum());
        u64::from(self.queries) * (1 + EXTENSION * (folding + last))
    }

    /// Whether a circuit of `2^degree` rows has room for the rows that blind it.
    pub fn can_hide(self, degree: u8) -> bool {
        !self.zero_knowledge || 1_u64.checked_shl(degree.into()).is_none_or(|rows| self.blinding_rows(degree) < rows)
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
    fn private_levels_hide_from_a_degree_on() {
        let least = |level| (0..=24).find(|&degree| (degree..=24).all(|above| Profile::of(level).can_hide(above)));
        assert_eq!(Level::all().filter_map(least).collect::<Vec<_>>(), [0, 0, 14, 14, 15]);
        // What a proof opens, level 4: more at 2^13 than at 2^14.
        let level = Profile::of(Level::new(4).unwrap());
        assert_eq!((level.blinding_rows(13), level.blinding_rows(14)), (9_010, 7_138));
        assert_eq!(Profile::of(Level::MIN).blinding_rows(13), 0);
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
