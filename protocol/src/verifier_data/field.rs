//! As much of the Goldilocks field as reading verifier data takes: a few fixed constants of every circuit.

use crate::statement::FIELD_ORDER;

/// plonky2's generator of the multiplicative group.
const GENERATOR: u64 = 14_293_326_489_335_486_720;
/// plonky2's root of unity of order `2^32`.
const ROOT: u64 = 7_277_203_076_849_721_926;
/// The base-2 logarithm of the order of `ROOT`.
const TWO_ADICITY: u32 = 32;

fn mul(a: u64, b: u64) -> u64 {
    // A remainder is below the order, so it fits.
    (u128::from(a) * u128::from(b) % u128::from(FIELD_ORDER)) as u64
}

fn pow(base: u64, exponent: u64) -> u64 {
    let bit = |i| exponent >> i & 1 == 1;
    (0..u64::BITS).rev().fold(1, |power, i| mul(mul(power, power), if bit(i) { base } else { 1 }))
}

/// The first `count` powers of `base`, times `first`.
fn powers(first: u64, base: u64, count: usize) -> Vec<u64> {
    std::iter::successors(Some(first), |&power| Some(mul(power, base))).take(count).collect()
}

/// The shifts of the cosets by which a circuit's routed columns are told apart.
pub(super) fn coset_shifts(count: usize) -> Vec<u64> {
    powers(1, GENERATOR, count)
}

/// The barycentric weights of the subgroup of order `2^bits`: its elements over its order.
pub(super) fn barycentric_weights(bits: u32) -> Vec<u64> {
    let root = (bits..TWO_ADICITY).fold(ROOT, |root, _| mul(root, root));
    powers(pow(1 << bits, FIELD_ORDER - 2), root, 1 << bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_and_inverses_are_what_they_should_be() {
        assert_eq!(pow(ROOT, 1 << 31), FIELD_ORDER - 1);
        assert_eq!(pow(GENERATOR, (FIELD_ORDER - 1) / 2), FIELD_ORDER - 1);
        for bits in 1..=5 {
            let weights = barycentric_weights(bits);
            assert_eq!(mul(weights[0], 1 << bits), 1);
            assert_eq!(weights.iter().fold(0, |sum, &w| (sum + u128::from(w)) % u128::from(FIELD_ORDER)), 0);
        }
    }
}
