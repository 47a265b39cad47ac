//! Fourier transforms of many columns at once, a column in each lane: natural order in, bit-reversed order out.
//!
//! A commitment wants its values in bit-reversed order, so nothing is ever reordered on the way there.

use crate::machine::Machine;
use plonky2::field::{goldilocks_field::GoldilocksField as F, types::Field};

/// Powers of roots of unity for transforms of one length or less.
#[derive(Clone, Debug)]
pub struct Roots {
    /// For each layer with halves of `2^i` elements the first `2^i` powers of a root of order `2^(i+1)`.
    layers: Vec<Vec<F>>,
}

impl Roots {
    /// Roots for values of `2^bits` coefficients.
    pub fn new(bits: usize) -> Self {
        Self::of(bits, |root| root)
    }

    /// Roots for the way back.
    pub fn inverse(bits: usize) -> Self {
        Self::of(bits, |root| root.inverse())
    }

    fn of(bits: usize, which: impl Fn(F) -> F) -> Self {
        let layer = |i: usize| which(F::primitive_root_of_unity(i + 1)).powers().take(1 << i).collect();
        Self { layers: (0..bits).map(layer).collect() }
    }

    /// The layers of a transform of so many rows, a power of two; fewer if there are no roots for all of them.
    pub(crate) fn layers_for(&self, rows: usize) -> &[Vec<F>] {
        let bits = rows.checked_ilog2().map_or(0, |bits| bits as usize);
        &self.layers[..bits.min(self.layers.len())]
    }
}

/// Rows of up to this many are transformed layer by layer: they stay in the second cache. Longer ones are split first.
const CACHED_BITS: usize = 13;

/// Transforms `2^bits` rows, for which these are the layers.
#[inline(always)]
pub(crate) fn transform<M: Machine>(m: M, rows: &mut [M::Row], mut layers: &[Vec<F>]) {
    while let [rest @ .., inner, outer] = layers
        && layers.len() > CACHED_BITS
    {
        for rows in rows.chunks_exact_mut(2 * outer.len()) {
            two_layers(m, rows, outer, inner);
        }
        layers = rest;
    }
    for rows in rows.chunks_exact_mut(1 << layers.len()) {
        cached(m, rows, layers);
    }
}

/// All layers, from the outermost on.
#[inline(always)]
fn cached<M: Machine>(m: M, rows: &mut [M::Row], mut layers: &[Vec<F>]) {
    while let [rest @ .., inner, outer] = layers {
        for rows in rows.chunks_exact_mut(2 * outer.len()) {
            two_layers(m, rows, outer, inner);
        }
        layers = rest;
    }
    if !layers.is_empty() {
        for pair in rows.chunks_exact_mut(2) {
            let (x, y) = (m.load(&pair[0]), m.canonical(m.load(&pair[1])));
            m.store(m.field_add(x, y), &mut pair[0]);
            m.store(m.field_sub(x, y), &mut pair[1]);
        }
    }
}

/// Two layers in one pass over the rows.
#[inline(always)]
fn two_layers<M: Machine>(m: M, rows: &mut [M::Row], outer: &[F], inner: &[F]) {
    let quarter = inner.len();
    let (left, right) = rows.split_at_mut(2 * quarter);
    let (first, second) = left.split_at_mut(quarter);
    let (third, fourth) = right.split_at_mut(quarter);
    let (outer_left, outer_right) = outer.split_at(quarter);
    let places = first.iter_mut().zip(second).zip(third.iter_mut().zip(fourth));
    for (((a, b), (c, d)), ((left, right), inner)) in places.zip(outer_left.iter().zip(outer_right).zip(inner)) {
        let (x, y) = (m.load(a), m.load(b));
        let (z, w) = (m.canonical(m.load(c)), m.canonical(m.load(d)));
        let (even, odd) = (m.field_add(x, z), m.canonical(m.field_add(y, w)));
        let [low, high] = m.mul_each([m.field_sub(x, z), m.field_sub(y, w)], [m.splat(left.0), m.splat(right.0)]);
        let (high, root) = (m.canonical(high), m.splat(inner.0));
        m.store(m.field_add(even, odd), a);
        m.store(m.field_add(low, high), c);
        let [second, fourth] = m.mul_each([m.field_sub(even, odd), m.field_sub(low, high)], [root; 2]);
        m.store(second, b);
        m.store(fourth, d);
    }
}

/// Each row times a factor of its own.
#[inline(always)]
pub(crate) fn scale<M: Machine>(m: M, from: &[M::Row], to: &mut [M::Row], factors: &[F]) {
    for ((from, to), factor) in from.iter().zip(to).zip(factors) {
        m.store(m.field_mul(m.load(from), m.splat(factor.0)), to);
    }
}

/// All rows times one factor.
#[inline(always)]
pub(crate) fn scale_by<M: Machine>(m: M, rows: &mut [M::Row], factor: F) {
    for row in rows {
        m.store(m.field_mul(m.load(row), m.splat(factor.0)), row);
    }
}
