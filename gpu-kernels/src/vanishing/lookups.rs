//! The terms of the lookup argument: that every pair looked up is in its table.
//!
//! Each repetition has a column `RE`, which folds the tables, and sums that several slots of a row share. A slot of plonky2's
//! `LookupGate` has two wires, input and output; one of its `LookupTableGate` has three, the last of which says how often the pair is
//! looked up.

use super::{Fold, Points};
use crate::{machine::Machine, poseidon::gate::Sink};
use plonky2::field::goldilocks_field::GoldilocksField as F;

/// Selectors before those that mark each table's end.
const SELECTORS: usize = 4;
/// Terms of a repetition beside those of tables and sums.
const TERMS: usize = 4;
/// Wires of a slot of a row of lookups, and of one of a table's row.
const WIRES: [usize; 2] = [2, 3];

/// The lookup argument of a circuit. Columns are numbered within their commitment.
#[derive(Clone, Debug)]
pub struct Lookups {
    /// The column of the first selector among the fixed ones. In turn: on tables, on lookups, where both sums start, where they end,
    /// and where each table ends.
    pub first_selector: usize,
    /// The column of the first repetition's `RE` among the products.
    pub first_column: usize,
    /// The columns of a repetition: `RE`, and the sums.
    pub columns: usize,
    /// The slots of a row of lookups.
    pub lookups: Slots,
    /// The slots of a row of a table.
    pub tables: Slots,
    /// What each repetition folds with.
    pub challenges: Vec<LookupChallenge>,
}

/// The slots of a row.
#[derive(Clone, Copy, Debug)]
pub struct Slots {
    /// So many in all.
    pub count: usize,
    /// So many share a sum.
    pub per_sum: usize,
}

/// The challenges of one repetition.
#[derive(Clone, Debug)]
pub struct LookupChallenge {
    /// The factor of outputs in sums.
    pub pair: F,
    /// What pairs are taken from in sums, plonky2's `α` of lookups.
    pub alpha: F,
    /// The factor of outputs in `RE`.
    pub entry: F,
    /// The factor of `RE` from one pair to the next.
    pub table: F,
    /// What `RE` is at the end of each table.
    pub ends: Vec<F>,
}

impl Lookups {
    /// The number of terms of all repetitions.
    pub(super) fn terms(&self) -> usize {
        let ends = self.challenges.iter().map(|challenge| challenge.ends.len()).sum::<usize>();
        ends + self.challenges.len() * (TERMS + 2 * self.columns.saturating_sub(1))
    }

    /// Whether every column that is read is among so many of each kind.
    pub(super) fn fits(&self, fixed: usize, wires: usize, products: usize) -> bool {
        let ends = self.challenges.iter().map(|challenge| challenge.ends.len()).max().unwrap_or(0);
        let slots = [(self.lookups, WIRES[0]), (self.tables, WIRES[1])];
        self.columns > 1
            && self.first_selector + SELECTORS + ends <= fixed
            && self.first_column + self.challenges.len() * self.columns <= products
            && slots.iter().all(|(slots, each)| slots.per_sum > 0 && slots.count * each <= wires)
    }
}

/// Puts the terms of every repetition.
#[inline(always)]
pub(super) fn terms<M: Machine>(m: M, lookups: &Lookups, points: &Points<'_>, fold: &mut Fold<'_, M>) {
    let columns = M::rows(points.products)[lookups.first_column..].chunks_exact(lookups.columns);
    let next = M::rows(points.next_lookups).chunks_exact(lookups.columns);
    for (challenge, (here, next)) in lookups.challenges.iter().zip(columns.zip(next)) {
        tables(m, lookups, challenge, points, [here, next], fold);
        sums(m, lookups, challenge, points, [here, next], fold);
    }
}

/// Where the columns start and end, and that `RE` folds each table.
#[inline(always)]
fn tables<M: Machine>(
    m: M,
    lookups: &Lookups,
    challenge: &LookupChallenge,
    points: &Points<'_>,
    [here, next]: [&[M::Row]; 2],
    fold: &mut Fold<'_, M>,
) {
    let [on_tables, _, start, end, ends @ ..] = &M::rows(points.fixed)[lookups.first_selector..] else { return };
    let ([re, first, ..], [.., last], [next, ..]) = (here, here, next) else { return };
    let (start, re) = (m.load(start), m.load(re));
    fold.put(m, m.field_mul(m.load(end), m.load(last)));
    fold.put(m, m.field_mul(start, m.load(first)));
    fold.put(m, m.field_mul(start, re));
    for (end, expected) in ends.iter().zip(&challenge.ends) {
        fold.put(m, m.field_mul(m.load(end), m.field_sub(re, m.canonical(m.splat(expected.0)))));
    }
    let (table, entry) = (m.splat(challenge.table.0), m.splat(challenge.entry.0));
    let mut folded = m.load(next);
    for slot in M::rows(points.wires).chunks_exact(WIRES[1]).take(lookups.tables.count) {
        let [before, output] = m.mul_each([folded, m.load(&slot[1])], [table, entry]);
        folded = m.field_add(m.field_add(before, m.canonical(m.load(&slot[0]))), m.canonical(output));
    }
    fold.put(m, m.field_mul(m.load(on_tables), m.field_sub(re, m.canonical(folded))));
}

/// That each sum follows from the one before: on tables and on lookups.
#[inline(always)]
fn sums<M: Machine>(
    m: M,
    lookups: &Lookups,
    challenge: &LookupChallenge,
    points: &Points<'_>,
    [here, next]: [&[M::Row]; 2],
    fold: &mut Fold<'_, M>,
) {
    let [on_tables, on_lookups, ..] = &M::rows(points.fixed)[lookups.first_selector..] else { return };
    let (on_tables, on_lookups) = (m.load(on_tables), m.load(on_lookups));
    let (wires, [.., last]) = (M::rows(points.wires), next) else { return };
    let slots = |slots: Slots, each: usize| wires[..slots.count * each].chunks(slots.per_sum * each);
    let (mut looking, mut looked) = (slots(lookups.lookups, WIRES[0]), slots(lookups.tables, WIRES[1]));
    let mut before = m.load(last);
    for sum in &here[1..] {
        let sum = m.load(sum);
        let step = m.field_sub(sum, m.canonical(before));
        // The product of all values, and the sum of what it is without each, times the slot's count.
        let (mut product, mut weighted) = (m.splat(1), m.splat(0));
        for slot in looked.next().unwrap_or_default().chunks_exact(WIRES[1]) {
            let value = value(m, challenge, &slot[0], &slot[1]);
            let [scaled, own, all] = m.mul_each([weighted, product, product], [value, m.load(&slot[2]), value]);
            (product, weighted) = (all, m.field_add(scaled, m.canonical(own)));
        }
        let term = m.field_sub(m.field_mul(product, step), m.canonical(weighted));
        fold.put(m, m.field_mul(on_tables, term));
        let (mut product, mut weighted) = (m.splat(1), m.splat(0));
        for slot in looking.next().unwrap_or_default().chunks_exact(WIRES[0]) {
            let value = value(m, challenge, &slot[0], &slot[1]);
            let [scaled, all] = m.mul_each([weighted, product], [value, value]);
            (product, weighted) = (all, m.field_add(scaled, m.canonical(product)));
        }
        let term = m.field_add(m.field_mul(product, step), m.canonical(weighted));
        fold.put(m, m.field_mul(on_lookups, term));
        before = sum;
    }
}

/// What a pair contributes: `α − input − pair·output`.
#[inline(always)]
fn value<M: Machine>(m: M, challenge: &LookupChallenge, input: &M::Row, output: &M::Row) -> M::V {
    let scaled = m.field_mul(m.load(output), m.splat(challenge.pair.0));
    let rest = m.field_sub(m.splat(challenge.alpha.0), m.canonical(m.load(input)));
    m.field_sub(rest, m.canonical(scaled))
}
