//! plonky2's Goldilocks elements at the border: canonical or nothing.

use super::goldilocks::Element;
use plonky2::field::{goldilocks_field::GoldilocksField as F, types::Field};

/// The element with this canonical value, if it is one.
pub(super) fn canonical(value: u64) -> Option<F> {
    Element::new(value).map(native)
}

/// The element as plonky2 has it.
pub(super) fn native(element: Element) -> F {
    F::from_canonical_u64(element.get())
}

/// Bytes as field elements: little-endian groups of [`BYTES_PER_ELEMENT`], the last one shorter.
/// Injective for a fixed length.
pub(super) fn elements_of_bytes(bytes: &[u8]) -> Vec<F> {
    let element =
        |chunk: &[u8]| F::from_canonical_u64(chunk.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)));
    bytes.chunks(BYTES_PER_ELEMENT).map(element).collect()
}

/// 56 bits: the most whole bytes that are always below the prime.
pub(super) const BYTES_PER_ELEMENT: usize = 7;
