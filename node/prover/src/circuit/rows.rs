//! How many rows a circuit will have, known before plonky2 pays for them.
//!
//! This follows plonky2's own padding and blinding; tests hold the two together.

use super::CircuitError;
use crate::level::D;
use dpgn_protocol::units::Degree;
use plonky2::plonk::circuit_data::CircuitConfig;

/// Public inputs hashed by one row.
const HASH_RATE: u64 = 8;
/// Constants held by one row.
const CONSTANTS_PER_ROW: u64 = 2;

/// What will become rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    /// Rows that are there.
    pub(super) gates: u64,
    /// Different constants.
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
    pub(super) fn degree(self, config: &CircuitConfig, degree_max: Degree) -> Result<Degree, CircuitError> {
        self.check_plain(degree_max)?;
        let rows = self.plain();
        let mut degree = rows.next_power_of_two().trailing_zeros() as u8;
        while config.zero_knowledge && rows + blinding_rows(config, degree) > 1 << degree {
            degree += 1;
        }
        let too_large = CircuitError::TooLarge { rows_at_least: 1 << degree, degree_max };
        Degree::new(degree).ok().filter(|degree| *degree <= degree_max).ok_or(too_large)
    }
}

/// Rows that plonky2 adds to blind a circuit of this degree: one for each value a proof opens, and two more
/// for each of the permutation's.
fn blinding_rows(config: &CircuitConfig, degree: u8) -> u64 {
    let fri = config.fri_config.fri_params(usize::from(degree), true);
    let folding: u64 = fri.reduction_arity_bits.iter().map(|bits| (1 << bits) - 1).sum();
    let last = 1 << fri.final_poly_bits();
    let d = D as u64;
    let openings = config.fri_config.num_query_rounds as u64 * (1 + d * folding + d * last);
    (d + openings) + 2 * (2 * d + openings)
}
