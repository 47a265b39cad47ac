//! Poseidon by 52-bit limbs, with AVX-512 IFMA: `madd52` adds the lower or upper half of a product of 104 bits to an accumulator.
//!
//! An element is x = l + 2^52·h modulo p, where l is the lower 52 bits of `lower`, as the instruction reads it. With 2^64 = ε,
//! 2^104 is −2^8: a product is folded back by one more multiplication. Constants of a round ride in the accumulators, and partial
//! rounds are taken in blocks, as one matrix ([`super::ifma_tables`]).
//!
//! Bounds, for any 64-bit numbers that come in. "b bits" means below 2^b.
//!
//! | where | `upper` | why |
//! |---|---|---|
//! | a state at the start, or after constants | 14 bits | 12 bits of the number, or 13.3 and a constant's 12 |
//! | after [`normalise`] | 13.3 bits, at least 3,200 | below 2^13, and a carry between −848 and 848 |
//! | after [`square`], [`multiply`] | 22 bits, at least 4,080 | `fold` gives 2^13 + 3·2^20 at most; the carry is −16 at least |
//! | the first element inside a block | 23.5 bits | `fold_sum` of a sum below 2^55.3 |
//!
//! So every product of upper limbs is below 2^47 and its upper half, which is left out, is zero. In `fold` the upper sum is below
//! 3·2^52 + 2^12, its part above 12 bits below 2^42, times ε below 2^74. What is taken away is 2^8 times a sum below 2^47, so the
//! lower limb is above −2^55 and its carry above −8. The linear layer of a full round has coefficients that sum to 264: the lower
//! limbs, below 3·2^52 in absolute value, stay below 2^62, and the upper ones below 2^31, so that one normalisation is enough.
//! In a block all coefficients are below 2^38: at most sixteen products give a lower sum below 2^56 and an upper one below 2^55.3.

use super::{
    FULL_ROUNDS, WIDTH,
    ifma_tables::{BLOCKS, Block, LIMB, Limbs, Tables},
    linear::circulant,
};
use crate::machine::{EPSILON, Machine, avx512::Avx512};
use std::{arch::x86_64::*, sync::LazyLock};

#[cfg(test)]
mod bounds;

/// The machine of a processor with AVX-512 and IFMA.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ifma(pub Avx512);

impl Ifma {
    /// The machine, if this processor is one.
    pub(crate) fn detect() -> Option<Self> {
        Avx512::detect().filter(|_| is_x86_feature_detected!("avx512ifma") && TABLES.is_some()).map(Self)
    }
}

static TABLES: LazyLock<Option<Box<Tables>>> = LazyLock::new(|| Tables::new().map(Box::new));

type V = __m512i;

/// An element in each lane.
#[derive(Clone, Copy)]
struct X {
    lower: V,
    upper: V,
}

/// The state in each lane.
type State = [X; WIDTH];

/// Functions that are compiled for this machine, and inlined into each other.
macro_rules! compiled {
    ($($(#[$doc:meta])* fn $name:ident $(<const $n:ident: usize>)? ($($argument:tt)*) $(-> $result:ty)? $body:block)*) => { $(
        $(#[$doc])*
        #[inline]
        #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx512ifma")]
        fn $name $(<const $n: usize>)? ($($argument)*) $(-> $result)? $body
    )* };
}

compiled! {
    fn splat(x: u64) -> V {
        _mm512_set1_epi64(x.cast_signed())
    }

    fn add(x: V, y: V) -> V {
        _mm512_add_epi64(x, y)
    }

    /// The sum and the lower half of a product.
    fn low(sum: V, x: V, y: V) -> V {
        _mm512_madd52lo_epu64(sum, x, y)
    }

    /// The sum and the upper half of a product.
    fn high(sum: V, x: V, y: V) -> V {
        _mm512_madd52hi_epu64(sum, x, y)
    }

    /// The lower 12 bits, and 2^12: that is 2^64 as an upper limb, the bias.
    fn biased(x: V) -> V {
        // (x & a) | b
        _mm512_ternarylogic_epi64::<0xEA>(x, splat(0xFFF), splat(0x1000))
    }

    /// Adds to the upper limb what the lower one has beyond its bits; it may be less than zero.
    fn carry(x: X) -> X {
        X { lower: x.lower, upper: add(x.upper, _mm512_srai_epi64::<52>(x.lower)) }
    }

    /// `p0 + 2^52·p1 + 2^104·p2`, and the bias.
    fn fold(p0: V, p1: V, p2: V) -> X {
        let folded = fold_sum(X { lower: p0, upper: p1 });
        X { lower: _mm512_sub_epi64(folded.lower, _mm512_slli_epi64::<8>(p2)), upper: folded.upper }
    }

    /// A sum whose upper limb has up to 64 bits, with an upper limb of 24 bits; and the bias.
    fn fold_sum(x: X) -> X {
        let above = _mm512_srli_epi64::<12>(x.upper);
        X { lower: low(x.lower, above, splat(EPSILON)), upper: high(biased(x.upper), above, splat(EPSILON)) }
    }

    /// An element whose upper limb is below 2^32, with an upper limb of 13.3 bits; and the bias.
    fn normalise(x: X) -> X {
        let lower = low(x.lower, _mm512_srli_epi64::<12>(x.upper), splat(EPSILON));
        X { lower, upper: add(biased(x.upper), _mm512_srai_epi64::<52>(lower)) }
    }

    fn square(x: X) -> X {
        let (zero, twice) = (_mm512_setzero_si512(), add(x.upper, x.upper));
        // Without the bias that `fold` adds.
        let p0 = low(splat(EPSILON.wrapping_neg()), x.lower, x.lower);
        let p1 = low(high(zero, x.lower, x.lower), x.lower, twice);
        let p2 = low(high(zero, x.lower, twice), x.upper, x.upper);
        carry(fold(p0, p1, p2))
    }

    fn multiply(x: X, y: X) -> X {
        carry(multiply_add(x, y, X { lower: splat(EPSILON.wrapping_neg()), upper: _mm512_setzero_si512() }))
    }

    /// A product and a sum, and the bias; without its carry.
    fn multiply_add(x: X, y: X, sum: X) -> X {
        let p0 = low(sum.lower, x.lower, y.lower);
        let p1 = low(low(high(sum.upper, x.lower, y.lower), x.lower, y.upper), x.upper, y.lower);
        let p2 = high(high(_mm512_setzero_si512(), x.lower, y.upper), x.upper, y.lower);
        fold(p0, p1, low(p2, x.upper, y.upper))
    }

    fn limbs(x: Limbs) -> X {
        X { lower: splat(x.lower), upper: splat(x.upper) }
    }

    /// Seventh powers and their constants, in step; and the bias.
    fn boxed<const N: usize>(x: [X; N], constants: [X; N]) -> [X; N] {
        let (mut squares, mut cubes, mut fourths, mut sevenths) = (x, x, x, x);
        for i in 0..N {
            squares[i] = square(x[i]);
        }
        for i in 0..N {
            cubes[i] = multiply(x[i], squares[i]);
        }
        for i in 0..N {
            fourths[i] = square(squares[i]);
        }
        for i in 0..N {
            sevenths[i] = multiply_add(cubes[i], fourths[i], constants[i]);
        }
        sevenths
    }

    /// S-boxes with the constants, and the linear layer.
    fn full_round(m: Avx512, state: &mut State, constants: &[Limbs; WIDTH]) {
        let (mut lower, mut upper) = ([state[0].lower; WIDTH], [state[0].upper; WIDTH]);
        let mut i = 0;
        while i < WIDTH {
            let four = [state[i], state[i + 1], state[i + 2], state[i + 3]];
            let [a, b, c, d] = [constants[i], constants[i + 1], constants[i + 2], constants[i + 3]];
            let four = boxed(four, [limbs(a), limbs(b), limbs(c), limbs(d)]);
            for k in 0..4 {
                (lower[i + k], upper[i + k]) = (four[k].lower, four[k].upper);
            }
            i += 4;
        }
        let (first_lower, first_upper) = (_mm512_slli_epi64::<3>(lower[0]), _mm512_slli_epi64::<3>(upper[0]));
        (lower, upper) = (circulant(m, &lower), circulant(m, &upper));
        (lower[0], upper[0]) = (add(lower[0], first_lower), add(upper[0], first_upper));
        for i in 0..WIDTH {
            state[i] = normalise(X { lower: lower[i], upper: upper[i] });
        }
    }

    /// Four rows of what the eleven other elements give.
    fn four_rows(state: &State, block: &Block, row: usize) -> [X; 4] {
        let zero = _mm512_setzero_si512();
        let (mut lower, mut upper, mut other) = ([zero; 4], [zero; 4], [zero; 4]);
        for i in 1..WIDTH {
            for k in 0..4 {
                let coefficient = splat(block.others[i - 1][row + k]);
                lower[k] = low(lower[k], state[i].lower, coefficient);
                upper[k] = high(upper[k], state[i].lower, coefficient);
                other[k] = low(other[k], state[i].upper, coefficient);
            }
        }
        let mut rows = [X { lower: zero, upper: zero }; 4];
        for k in 0..4 {
            rows[k] = X { lower: lower[k], upper: add(upper[k], other[k]) };
        }
        rows
    }

    /// A sum and a product with a coefficient.
    fn add_scaled(sum: X, x: X, coefficient: V) -> X {
        let lower = low(sum.lower, x.lower, coefficient);
        X { lower, upper: low(high(sum.upper, x.lower, coefficient), x.upper, coefficient) }
    }

    /// Some partial rounds of two states in step: the S-boxes of one wait for each other, and the other fills the time.
    fn block_of<const ROUNDS: usize>(states: &mut [State; 2], block: &Block, constants: &[Limbs]) {
        let bias = splat(EPSILON.wrapping_neg());
        let mut firsts = [four_rows(&states[0], block, WIDTH), four_rows(&states[1], block, WIDTH)];
        for first in firsts.as_flattened_mut() {
            first.lower = add(first.lower, bias);
        }
        let mut after = *states;
        let mut sevenths = [[states[0][0], states[1][0]]; ROUNDS];
        for round in 0..ROUNDS {
            let input = match round {
                0 => [states[0][0], states[1][0]],
                _ => [carry(fold_sum(firsts[0][round - 1])), carry(fold_sum(firsts[1][round - 1]))],
            };
            // The rows of what comes out are a third of the block's work, and wait for nothing.
            if round < 3 {
                for s in 0..2 {
                    let rows = four_rows(&states[s], block, 4 * round);
                    for k in 0..4 {
                        after[s][4 * round + k] = rows[k];
                    }
                }
            }
            let constant = limbs(constants[round]);
            let [a, b] = boxed(input, [constant; 2]);
            sevenths[round] = [normalise(a), normalise(b)];
            for later in round..ROUNDS - 1 {
                let coefficient = splat(block.boxed[round][WIDTH + later]);
                for s in 0..2 {
                    firsts[s][later] = add_scaled(firsts[s][later], sevenths[round][s], coefficient);
                }
            }
        }
        // Without the biases of both foldings.
        let biases = splat((2 * EPSILON).wrapping_neg());
        for row in 0..WIDTH {
            for round in 0..ROUNDS {
                let coefficient = splat(block.boxed[round][row]);
                for s in 0..2 {
                    after[s][row] = add_scaled(after[s][row], sevenths[round][s], coefficient);
                }
            }
            for s in 0..2 {
                let sum = after[s][row];
                states[s][row] = normalise(fold_sum(X { lower: add(sum.lower, biases), upper: sum.upper }));
            }
        }
    }

    fn start(m: Avx512, rows: &[V; WIDTH], tables: &Tables) -> State {
        let mut state = [X { lower: rows[0], upper: rows[0] }; WIDTH];
        for i in 0..WIDTH {
            let lower = m.field_add(rows[i], splat(tables.first[i]));
            state[i] = X { lower, upper: _mm512_srli_epi64::<52>(lower) };
        }
        for round in 0..FULL_ROUNDS / 2 {
            full_round(m, &mut state, &tables.full[round]);
        }
        state
    }

    fn finish(m: Avx512, state: &mut State, tables: &Tables) -> [V; WIDTH] {
        let limb = splat(LIMB);
        for i in 0..WIDTH {
            let constant = limbs(tables.last[i]);
            let lower = add(_mm512_and_si512(state[i].lower, limb), constant.lower);
            state[i] = carry(X { lower, upper: add(state[i].upper, constant.upper) });
        }
        for round in FULL_ROUNDS / 2..FULL_ROUNDS {
            full_round(m, state, &tables.full[round]);
        }
        let mut rows = [limb; WIDTH];
        for i in 0..WIDTH {
            let lower = _mm512_and_si512(state[i].lower, limb);
            let number = _mm512_or_si512(lower, _mm512_slli_epi64::<52>(state[i].upper));
            let above = _mm512_srli_epi64::<12>(state[i].upper);
            rows[i] = m.field_add(number, m.mul_lower(above, splat(EPSILON)));
        }
        rows
    }

    fn permute_with(m: Avx512, states: &mut [[V; WIDTH]; 2], tables: &Tables) {
        let mut both = [start(m, &states[0], tables), start(m, &states[1], tables)];
        let (early, late) = tables.partial.split_at(BLOCKS[0] + BLOCKS[1]);
        for (block, constants) in tables.blocks.iter().zip(early.chunks_exact(BLOCKS[0])) {
            block_of::<5>(&mut both, block, constants);
        }
        for (block, constants) in tables.blocks[2..].iter().zip(late.chunks_exact(BLOCKS[2])) {
            block_of::<4>(&mut both, block, constants);
        }
        *states = [finish(m, &mut both[0], tables), finish(m, &mut both[1], tables)];
    }
}

/// Permutes the states in the lanes of two vectors. Any 64-bit numbers may come in; what goes out is loose.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx512ifma")]
pub(crate) fn permute(m: Ifma, states: &mut [[V; WIDTH]; 2]) {
    // `detect` has seen that there are tables.
    if let Some(tables) = TABLES.as_deref() {
        permute_with(m.0, states, tables);
    }
}
