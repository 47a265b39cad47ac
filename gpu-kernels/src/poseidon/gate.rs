//! The constraints of plonky2's Poseidon gate (`plonky2::gates::poseidon`), in its order.
//!
//! A row of this gate holds the inputs of all S-boxes but the first ones: so each constraint is of low degree, and says that a wire is
//! what the permutation gives from the wires before it. The constants of a round are in both sides.

use super::{
    CONSTANTS, FULL_ROUNDS, PARTIAL_ROUNDS, State, WIDTH, add_constants, element, full_round, joined, normalise,
    partial_round,
};
use crate::machine::Machine;
use plonky2::field::goldilocks_field::GoldilocksField as F;
use std::slice;

// The wires of the gate, by their first column.
const OUTPUT: usize = 12;
const SWAP: usize = 24;
const DELTA: usize = 25;
const EARLY: usize = 29;
const PARTIAL: usize = 65;
const LATE: usize = 87;
/// The columns of the gate.
pub(crate) const COLUMNS: usize = 135;
/// The number of its constraints.
pub(crate) const CONSTRAINTS: usize = 123;

/// Hands every constraint's value to `put`, from the rows' wires: column by column, a point in each lane.
#[inline(always)]
pub(crate) fn constraints<M: Machine, S: Sink<M>>(m: M, wires: &[M::Row], sink: &mut S) {
    let wire = |column: usize| m.load(&wires[column]);
    let mut state = inputs(m, wires, sink);
    for i in 0..WIDTH {
        state[i] = m.field_add(state[i], m.splat(CONSTANTS.first[i]));
    }
    for round in 0..3 {
        let given = joined(m, &full_round(m, &state, Some(round)));
        state = compared(m, &given, wires, EARLY + WIDTH * round, sink);
    }
    let mut halves = full_round(m, &state, Some(3));
    normalise(m, &mut halves);
    for round in 0..PARTIAL_ROUNDS {
        let input = wire(PARTIAL + round);
        sink.put(m, m.field_sub(element(m, &halves, 0), m.canonical(input)));
        partial_round(m, &mut halves, input, round);
    }
    add_constants(m, &mut halves, 4);
    let mut given = state;
    for i in 0..WIDTH {
        given[i] = element(m, &halves, i);
    }
    state = compared(m, &given, wires, LATE, sink);
    for round in 5..FULL_ROUNDS {
        let given = joined(m, &full_round(m, &state, Some(round)));
        state = compared(m, &given, wires, LATE + WIDTH * (round - 4), sink);
    }
    let given = joined(m, &full_round(m, &state, None));
    compared(m, &given, wires, OUTPUT, sink);
}

/// What the constraints' values are handed to.
pub(crate) trait Sink<M: Machine> {
    /// Takes the next value; it may be loose.
    fn put(&mut self, m: M, value: M::V);
}

/// The inputs of the permutation: the first two fours of wires, swapped where the row says so.
#[inline(always)]
fn inputs<M: Machine, S: Sink<M>>(m: M, wires: &[M::Row], sink: &mut S) -> State<M> {
    let wire = |column: usize| m.load(&wires[column]);
    let swap = wire(SWAP);
    sink.put(m, m.field_mul(swap, m.field_sub(swap, m.splat(1))));
    let mut state = [swap; WIDTH];
    for i in 0..4 {
        let (left, right, delta) = (m.canonical(wire(i)), wire(i + 4), m.canonical(wire(DELTA + i)));
        sink.put(m, m.field_sub(m.field_mul(swap, m.field_sub(right, left)), delta));
        state[i] = m.field_add(left, delta);
        state[i + 4] = m.field_sub(right, delta);
        state[i + 8] = wire(i + 8);
    }
    state
}

/// Compares what was computed with the wires from this column on, which are what follows works with.
#[inline(always)]
fn compared<M: Machine, S: Sink<M>>(m: M, given: &State<M>, wires: &[M::Row], column: usize, sink: &mut S) -> State<M> {
    let mut state = *given;
    for i in 0..WIDTH {
        state[i] = m.load(&wires[column + i]);
        sink.put(m, m.field_sub(given[i], m.canonical(state[i])));
    }
    state
}

/// Every constraint's value, canonical: one after the other, a row of lanes each.
#[inline(always)]
pub(crate) fn values<M: Machine>(m: M, wires: &[F], values: &mut [F]) {
    constraints(m, M::rows(wires), &mut Values::<M>(M::rows_mut(values).iter_mut()));
}

/// Keeps the values that it is handed.
struct Values<'a, M: Machine>(slice::IterMut<'a, M::Row>);

impl<M: Machine> Sink<M> for Values<'_, M> {
    #[inline(always)]
    fn put(&mut self, m: M, value: M::V) {
        if let Some(row) = self.0.next() {
            m.store(m.canonical(value), row);
        }
    }
}
