//! The steps of the permutation at the borders of what they may be given: values as they must be, and upper limbs within the bounds
//! that the comment of [`super`] claims.

#![expect(unsafe_code, reason = "instructions that not every processor has, after they were detected")]

use super::*;
use crate::machine::ORDER;
use plonky2::field::goldilocks_field::GoldilocksField as F;

/// An element of one lane, as limbs. The lower one may be less than zero where a carry is due.
type Pair = (u64, u64);

const P: i128 = ORDER as i128;
/// What the folds add.
const BIAS: i128 = EPSILON as i128;

/// The value of a pair whose lower limb counts with its sign and all its bits.
fn whole((lower, upper): Pair) -> i128 {
    (i128::from(lower.cast_signed()) + (i128::from(upper) << 52)).rem_euclid(P)
}

/// The value of a pair whose carry has been taken: 52 bits of the lower limb count.
fn carried((lower, upper): Pair) -> i128 {
    whole((lower & LIMB, upper))
}

fn product(x: i128, y: i128) -> i128 {
    // Below 2^128 without a sign.
    ((x.unsigned_abs() * y.unsigned_abs()) % ORDER as u128).cast_signed()
}

/// Borders of a lower limb, and some numbers between.
fn lowers() -> Vec<u64> {
    let mut all = vec![0, 1, 2, LIMB, LIMB - 1, 1 << 51, (1 << 51) - 1, 0xffff_ffff, 1 << 32, 0x000a_aaaa_aaaa_aaaa];
    // Bits above the limb, which instructions leave out.
    all.extend([LIMB | 1 << 63, u64::MAX, 7 << 52]);
    all
}

/// Borders of an upper limb below a bound.
fn uppers(bound: u64) -> Vec<u64> {
    let all = [0, 1, 3_200, 4_080, 0xfff, 0x1000, 0x1001, bound / 2, bound / 2 - 1, bound - 2, bound - 1];
    all.into_iter().filter(|&upper| upper < bound).collect()
}

fn pairs(bound: u64) -> Vec<Pair> {
    lowers().into_iter().flat_map(|lower| uppers(bound).into_iter().map(move |upper| (lower, upper))).collect()
}

/// One step on one pair, in all lanes.
fn on(m: Ifma, step: impl Fn(X) -> X, (lower, upper): Pair) -> Pair {
    let out = step(X { lower: m.0.splat(lower), upper: m.0.splat(upper) });
    let lane = |x| {
        let mut row = [F(0); 8];
        m.0.store(x, &mut row);
        assert!(row.iter().all(|lane| lane.0 == row[0].0));
        row[0].0
    };
    (lane(out.lower), lane(out.upper))
}

/// The same of a step with two operands.
fn on_two(m: Ifma, step: impl Fn(X, X) -> X, x: Pair, (lower, upper): Pair) -> Pair {
    on(m, |x| step(x, X { lower: m.0.splat(lower), upper: m.0.splat(upper) }), x)
}

/// The bound of a first element inside a block: 23.5 bits.
const FIRST: u64 = 11_863_283;
/// The bound after a square or a product: 22 bits.
const MULTIPLIED: u64 = 1 << 22;
/// The bound after a normalisation: 13.3 bits.
const NORMAL: u64 = 10_085;

#[test]
fn squares_and_products_hold_at_the_borders_of_their_limbs() {
    let Some(m) = Ifma::detect() else { return };
    // SAFETY: the machine has the instructions.
    let (square, multiply) = (|x| unsafe { square(x) }, |x, y| unsafe { multiply(x, y) });
    for x in pairs(FIRST) {
        let squared = on(m, square, x);
        assert_eq!(carried(squared), product(carried(x), carried(x)), "square of {x:x?}");
        assert!((4_080..MULTIPLIED).contains(&squared.1), "square of {x:x?}: {squared:x?}");
        for y in pairs(MULTIPLIED) {
            let multiplied = on_two(m, multiply, x, y);
            assert_eq!(carried(multiplied), product(carried(x), carried(y)), "{x:x?} times {y:x?}");
            assert!((4_080..MULTIPLIED).contains(&multiplied.1), "{x:x?} times {y:x?}: {multiplied:x?}");
        }
    }
}

#[test]
fn a_product_with_a_sum_holds_for_every_constant_there_may_be() {
    let Some(m) = Ifma::detect() else { return };
    for sum in [(0, 0), (LIMB, 0xfff), (LIMB, 0), (0, 0xfff), (1, 1)] {
        // SAFETY: the machine has the instructions.
        let step = |x, y| unsafe { multiply_add(x, y, X { lower: splat(sum.0), upper: splat(sum.1) }) };
        for x in pairs(MULTIPLIED) {
            for y in pairs(MULTIPLIED) {
                let expected = (product(carried(x), carried(y)) + carried(sum) + BIAS) % P;
                assert_eq!(whole(on_two(m, step, x, y)), expected, "{x:x?} times {y:x?} and {sum:x?}");
            }
        }
    }
}

#[test]
fn sums_are_folded_and_normalised_at_the_borders_of_their_limbs() {
    let Some(m) = Ifma::detect() else { return };
    // SAFETY: the machine has the instructions.
    let (normalise, fold_sum) = (|x| unsafe { normalise(x) }, |x| unsafe { carry(fold_sum(x)) });
    // A linear layer's lower limbs: 264 of them, below three times 2^52 in absolute value.
    let lower = 3 * 264 * (1_i64 << 52);
    let lowers = [0, 1, -1, lower, -lower, 1 << 52, -(1 << 52), (1 << 52) - 1].map(i64::cast_unsigned);
    for lower in lowers {
        // Upper limbs of a state are at least 3,200, which keeps what is borrowed from them from falling below zero.
        for upper in [3_200, 4_095, 4_096, 0xffff, 1 << 20, (1 << 31) - 1, 1 << 31, u64::from(u32::MAX)] {
            let normal = on(m, normalise, (lower, upper));
            assert_eq!(carried(normal), (whole((lower, upper)) + BIAS) % P, "{lower:x} {upper:x}");
            assert!((3_200..NORMAL).contains(&normal.1), "{lower:x} {upper:x}: {normal:x?}");
        }
    }
    // A block's sums: sixteen products of a limb and a coefficient.
    for lower in [0, 1, LIMB, 16 * LIMB, (1 << 56) - 1] {
        for upper in [0, 1, 0xfff, 0x1000, 1 << 52, 43_900_000_000_000_000, 1 << 55] {
            let folded = on(m, fold_sum, (lower, upper));
            assert_eq!(carried(folded), (whole((lower, upper)) + BIAS) % P, "{lower:x} {upper:x}");
            assert!(folded.1 < FIRST, "{lower:x} {upper:x}: {folded:x?}");
        }
    }
}
