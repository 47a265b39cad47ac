//! How many rows a circuit will have, known before plonky2 pays for them.
//!
//! This follows plonky2's own padding and blinding; [`super::build`] refuses a circuit that came out otherwise.
//!
//! What must never happen: a circuit of a private level with fewer blinding rows than its proofs open values.

use super::error::CircuitError;
use crate::level::{D, F};
use dpgn_protocol::{profile::Profile, units::Degree};
use plonky2::{gates::noop::NoopGate, plonk::circuit_builder::CircuitBuilder};

#[cfg(test)]
mod tests;

/// Public inputs hashed by one row.
const HASH_RATE: u64 = 8;
/// Constants held by one row.
const CONSTANTS_PER_ROW: u64 = 2;

/// The number of rows that a circuit will have, as far as it is drafted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    /// The gates' rows that are laid already.
    pub(super) gates: u64,
    /// The number of different constants.
    pub(super) constants: u64,
    /// Public inputs, the tag included.
    pub(super) public: u64,
}

impl Rows {
    /// Rows before blinding and padding.
    pub(super) fn plain(self) -> u64 {
        // One more compares the public inputs' hash.
        self.gates + self.constants.div_ceil(CONSTANTS_PER_ROW) + self.public.div_ceil(HASH_RATE) + 1
    }

    /// Refuses what can't fit, whatever follows.
    pub(super) fn check_plain(self, degree_max: Degree) -> Result<(), CircuitError> {
        let rows_at_least = self.plain();
        if rows_at_least > degree_max.rows() {
            return Err(CircuitError::TooLarge { rows_at_least, degree_max });
        }
        Ok(())
    }

    /// The degree after blinding and padding, if it is at most `degree_max`.
    pub(super) fn degree(self, profile: Profile, degree_max: Degree) -> Result<Degree, CircuitError> {
        self.check_plain(degree_max)?;
        let rows = self.plain();
        let mut degree = rows.next_power_of_two().trailing_zeros() as u8;
        while rows + profile.blinding_rows(degree) > 1 << degree {
            degree += 1;
        }
        let too_large = CircuitError::TooLarge { rows_at_least: 1 << degree, degree_max };
        Degree::new(degree).ok().filter(|degree| *degree <= degree_max).ok_or(too_large)
    }

    /// No-op rows to add before plonky2 blinds a circuit that is to have this degree.
    ///
    /// plonky2 doubles its estimate of the degree until plain and blinding rows fit, adds what blinds a proof of
    /// that degree, and pads to the next power of two of what is there: which is half of the estimate if rows
    /// and blinding fit into half. A proof of half the degree folds down to a longer last polynomial and may
    /// open more than was blinded. One row more than half of the estimate, and all three agree.
    pub(super) fn fillers(self, profile: Profile, degree: Degree) -> u64 {
        match profile.blinding_rows(degree.get()) {
            0 => 0,
            blinding => (degree.rows() / 2 + 1).saturating_sub(self.plain() + blinding),
        }
    }
}

/// Adds `rows` no-op rows.
pub(super) fn fill(builder: &mut CircuitBuilder<F, D>, rows: u64) {
    for _ in 0..rows {
        builder.add_gate(NoopGate, Vec::new());
    }
}
