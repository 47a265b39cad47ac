//! Poseidon over Goldilocks with plonky2's parameters: width 12, S-box x^7, 8 full and 22 partial rounds.
//!
//! Many states are permuted at once, one in each lane. [`permute`] is the same code for every machine, on 32-bit halves; [`ifma`]
//! is another way for processors that multiply 52-bit numbers. Both give what `plonky2::hash::poseidon` gives, modulo p.
//!
//! Between S-boxes a number x is the pair (l, h) with x = l + 2^32·h modulo p: the linear layer has coefficients below 42, so it is
//! taken of l and h alone in 64-bit arithmetic, without any reduction in the field.

pub(crate) mod gate;
#[cfg(target_arch = "x86_64")]
pub(crate) mod ifma;
#[cfg(target_arch = "x86_64")]
mod ifma_tables;
mod linear;
#[cfg(test)]
mod tests;

use crate::machine::{EPSILON, Machine};
use linear::circulant;
use plonky2::{
    field::goldilocks_field::GoldilocksField,
    hash::poseidon::{ALL_ROUND_CONSTANTS, Poseidon},
};

/// The elements of a state.
pub(crate) const WIDTH: usize = 12;
/// Full rounds: half of them before the partial rounds, half after.
const FULL_ROUNDS: usize = 8;
const PARTIAL_ROUNDS: usize = 22;
/// Partial rounds between two normalisations: the linear layer makes a half at most 264 times larger, so that three of them
/// stay below 2^32 · 264^3 < 2^57.
const LOOSE_ROUNDS: usize = 3;

/// Round constants by halves, each where it is added.
struct Constants {
    /// What the first round adds.
    first: [u64; WIDTH],
    /// What comes after the linear layer of each full round but the last: the constants of the round that follows.
    lower: [[u64; WIDTH]; FULL_ROUNDS],
    upper: [[u64; WIDTH]; FULL_ROUNDS],
    /// What comes after the S-box of each partial round, with p added: so the sums that follow are not negative.
    partial_lower: [u64; PARTIAL_ROUNDS],
    partial_upper: [u64; PARTIAL_ROUNDS],
}

static CONSTANTS: Constants = constants();

const fn constants() -> Constants {
    type Field = GoldilocksField;
    let (mut lower, mut upper, mut first) = ([[0; WIDTH]; FULL_ROUNDS], [[0; WIDTH]; FULL_ROUNDS], [0; WIDTH]);
    let mut i = 0;
    while i < WIDTH {
        first[i] = ALL_ROUND_CONSTANTS[i];
        let mut round = 0;
        while round < FULL_ROUNDS {
            let constant = match round {
                0..3 => ALL_ROUND_CONSTANTS[WIDTH * (round + 1) + i],
                // What plonky2's fast partial rounds begin with.
                3 => <Field as Poseidon>::FAST_PARTIAL_FIRST_ROUND_CONSTANT[i],
                _ => ALL_ROUND_CONSTANTS[WIDTH * (PARTIAL_ROUNDS + round) + i],
            };
            lower[round][i] = constant & EPSILON;
            upper[round][i] = constant >> 32;
            round += 1;
        }
        i += 1;
    }
    let (mut partial_lower, mut partial_upper) = ([0; PARTIAL_ROUNDS], [0; PARTIAL_ROUNDS]);
    let mut round = 0;
    while round < PARTIAL_ROUNDS {
        let constant = <Field as Poseidon>::FAST_PARTIAL_ROUND_CONSTANTS[round];
        // p is 1 + 2^32·(2^32 − 1).
        partial_lower[round] = (constant & EPSILON) + 1;
        partial_upper[round] = (constant >> 32) + EPSILON;
        round += 1;
    }
    Constants { first, lower, upper, partial_lower, partial_upper }
}

/// A state, an element in each vector.
type State<M> = [<M as Machine>::V; WIDTH];

/// The halves of a state.
#[derive(Clone, Copy)]
struct Halves<M: Machine> {
    lower: State<M>,
    upper: State<M>,
}

/// Permutes the states in all lanes. Any 64-bit numbers may come in; what goes out is loose.
#[inline(always)]
pub(crate) fn permute<M: Machine>(m: M, state: &mut State<M>) {
    for i in 0..WIDTH {
        state[i] = m.field_add(state[i], m.splat(CONSTANTS.first[i]));
    }
    for round in 0..3 {
        let halves = full_round(m, state, Some(round));
        *state = joined(m, &halves);
    }
    let mut halves = full_round(m, state, Some(3));
    normalise(m, &mut halves);
    for round in 0..PARTIAL_ROUNDS {
        let first = element(m, &halves, 0);
        partial_round(m, &mut halves, first, round);
    }
    add_constants(m, &mut halves, 4);
    for i in 0..WIDTH {
        state[i] = element(m, &halves, i);
    }
    for round in 5..FULL_ROUNDS {
        let halves = full_round(m, state, Some(round));
        *state = joined(m, &halves);
    }
    let halves = full_round(m, state, None);
    *state = joined(m, &halves);
}

/// S-boxes, the linear layer, and the constants of the round that follows.
#[inline(always)]
fn full_round<M: Machine>(m: M, state: &State<M>, constants: Option<usize>) -> Halves<M> {
    let mut halves = Halves { lower: *state, upper: *state };
    let mut i = 0;
    // Four in step: their multiplications do not wait for each other.
    while i < WIDTH {
        let boxed = seventh_powers(m, [state[i], state[i + 1], state[i + 2], state[i + 3]]);
        for k in 0..4 {
            halves.lower[i + k] = m.lower(boxed[k]);
            halves.upper[i + k] = m.shr::<32>(boxed[k]);
        }
        i += 4;
    }
    mix(m, &mut halves);
    if let Some(round) = constants {
        add_constants(m, &mut halves, round);
    }
    halves
}

/// The S-box of the first element, its constant, and the linear layer; every third time the halves are brought back to size.
#[inline(always)]
fn partial_round<M: Machine>(m: M, halves: &mut Halves<M>, first: M::V, round: usize) {
    let [first] = seventh_powers(m, [first]);
    halves.lower[0] = m.add(m.lower(first), m.splat(CONSTANTS.partial_lower[round]));
    halves.upper[0] = m.add(m.shr::<32>(first), m.splat(CONSTANTS.partial_upper[round]));
    mix(m, halves);
    if round % LOOSE_ROUNDS == LOOSE_ROUNDS - 1 {
        normalise(m, halves);
    }
}

/// One element of halves that may be negative.
#[inline(always)]
fn element<M: Machine>(m: M, halves: &Halves<M>, i: usize) -> M::V {
    join(m, halves.lower[i], m.add(halves.upper[i], m.upper_signed(halves.lower[i])))
}

#[inline(always)]
fn seventh_powers<M: Machine, const N: usize>(m: M, x: [M::V; N]) -> [M::V; N] {
    let square = m.square_each(x);
    let cube = m.mul_each(x, square);
    m.mul_each(cube, m.square_each(square))
}

/// The linear layer: a circulant matrix, and 8 times the first element to the first.
#[inline(always)]
fn mix<M: Machine>(m: M, halves: &mut Halves<M>) {
    let (lower, upper) = (m.shl::<3>(halves.lower[0]), m.shl::<3>(halves.upper[0]));
    halves.lower = circulant(m, &halves.lower);
    halves.upper = circulant(m, &halves.upper);
    halves.lower[0] = m.add(halves.lower[0], lower);
    halves.upper[0] = m.add(halves.upper[0], upper);
}

#[inline(always)]
fn add_constants<M: Machine>(m: M, halves: &mut Halves<M>, round: usize) {
    for i in 0..WIDTH {
        halves.lower[i] = m.add(halves.lower[i], m.splat(CONSTANTS.lower[round][i]));
        halves.upper[i] = m.add(halves.upper[i], m.splat(CONSTANTS.upper[round][i]));
    }
}

/// Numbers from halves that are not negative.
#[inline(always)]
fn joined<M: Machine>(m: M, halves: &Halves<M>) -> State<M> {
    let mut state = halves.lower;
    for i in 0..WIDTH {
        state[i] = join(m, halves.lower[i], m.add(halves.upper[i], m.shr::<32>(halves.lower[i])));
    }
    state
}

/// The number of these halves; `upper` has what the lower one carries already. What is above its own half counts 2^64, ε.
#[inline(always)]
fn join<M: Machine>(m: M, lower: M::V, upper: M::V) -> M::V {
    m.field_add(m.pack(lower, upper), m.mul_lower(m.shr::<32>(upper), m.splat(EPSILON)))
}

/// Brings all elements but the first, which each round joins anyway, back to halves of 33 bits with a sign.
///
/// What is above the upper half, t below 2^25, counts 2^64 ≡ 2^32 − 1: it is taken from the lower and added to the upper half.
#[inline(always)]
fn normalise<M: Machine>(m: M, halves: &mut Halves<M>) {
    for i in 1..WIDTH {
        let upper = m.add(halves.upper[i], m.upper_signed(halves.lower[i]));
        let top = m.shr::<32>(upper);
        halves.lower[i] = m.sub(m.lower(halves.lower[i]), top);
        halves.upper[i] = m.add(m.lower(upper), top);
    }
}
