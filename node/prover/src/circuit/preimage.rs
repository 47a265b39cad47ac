//! Kind 1: knowledge of `n` bytes with a given Poseidon hash, the smallest real job.
//!
//! Bytes are packed seven to an element, and the circuit holds each element below 2^56 (the last one below
//! its own size), so a proof speaks of one string of bytes and of its length. The four elements of the hash
//! are the public inputs. Whoever sees them can test guesses: a preimage that can be guessed is not hidden.

use super::{
    error::CircuitError,
    field::{BYTES_PER_ELEMENT, elements_of_bytes},
    rows::Rows,
};
use crate::level::{D, F};
use dpgn_protocol::units::Degree;
use plonky2::{
    field::types::PrimeField64,
    hash::{
        hashing::hash_n_to_hash_no_pad,
        poseidon::{PoseidonHash, PoseidonPermutation},
    },
    iop::target::Target,
    plonk::circuit_builder::CircuitBuilder,
};

/// The number of field elements that so many bytes fill.
pub(super) fn elements(len: u32) -> usize {
    (len as usize).div_ceil(BYTES_PER_ELEMENT)
}

/// Adds the circuit for `len` bytes to a builder that has public inputs only, and says what it costs.
/// The elements are the next virtual targets.
pub(super) fn build(len: u32, builder: &mut CircuitBuilder<F, D>, degree_max: Degree) -> Result<Rows, CircuitError> {
    // A row for each element: known before any is made.
    let public = builder.num_public_inputs() as u64 + 4;
    Rows { gates: elements(len) as u64, constants: 0, public }.check_plain(degree_max)?;
    let targets: Vec<Target> = builder.add_virtual_targets(elements(len));
    for (index, target) in targets.iter().enumerate() {
        let bytes = (len as usize - index * BYTES_PER_ELEMENT).min(BYTES_PER_ELEMENT);
        builder.split_le_base::<2>(*target, bytes * 8);
    }
    let hash = builder.hash_n_to_hash_no_pad::<PoseidonHash>(targets);
    builder.register_public_inputs(&hash.elements);
    // The one constant is the zero that hashing starts from.
    Ok(Rows { gates: builder.num_gates() as u64, constants: 1, public })
}

/// The public inputs for a preimage.
pub(super) fn public_inputs(preimage: &[u8]) -> Vec<u64> {
    let hash = hash_n_to_hash_no_pad::<F, PoseidonPermutation<F>>(&elements_of_bytes(preimage));
    hash.elements.iter().map(|element| element.to_canonical_u64()).collect()
}
