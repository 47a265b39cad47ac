//! The circulant matrix of Poseidon's linear layer, in additions and shifts.
//!
//! A circulant matrix multiplies polynomials modulo x^12 − 1. Transforms of length 4 over the elements 3 apart split that into three
//! products of length 3, one of them over the Gaussian integers; for plonky2's row (17, 15, 41, 16, 2, 28, 13, 13, 39, 18, 34, 20)
//! the coefficients of all of them are powers of two, up to sign (plonky2, `hash/poseidon_goldilocks.rs`, `poseidon12_mds`).

use super::WIDTH;
use crate::machine::Machine;

/// A number of the Gaussian integers, as real and imaginary part.
#[derive(Clone, Copy)]
struct Gaussian<V> {
    re: V,
    im: V,
}

/// What one transform of four elements gives: the values at 1, at −1, and at the negated imaginary unit.
#[derive(Clone, Copy)]
struct Four<V> {
    one: V,
    minus: V,
    turned: Gaussian<V>,
}

/// The product with the matrix, modulo 2^64.
#[inline(always)]
pub(super) fn circulant<M: Machine>(m: M, s: &[M::V; WIDTH]) -> [M::V; WIDTH] {
    let a = transform(m, s[0], s[3], s[6], s[9]);
    let b = transform(m, s[1], s[4], s[7], s[10]);
    let c = transform(m, s[2], s[5], s[8], s[11]);
    let ones = at_one(m, a.one, b.one, c.one);
    let minuses = at_minus_one(m, a.minus, b.minus, c.minus);
    let turned = at_unit(m, a.turned, b.turned, c.turned);
    let [s0, s3, s6, s9] = back(m, ones[0], minuses[0], turned[0]);
    let [s1, s4, s7, s10] = back(m, ones[1], minuses[1], turned[1]);
    let [s2, s5, s8, s11] = back(m, ones[2], minuses[2], turned[2]);
    [s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11]
}

#[inline(always)]
fn transform<M: Machine>(m: M, a: M::V, b: M::V, c: M::V, d: M::V) -> Four<M::V> {
    let (even, odd) = (m.add(a, c), m.add(b, d));
    let turned = Gaussian { re: m.sub(a, c), im: m.sub(d, b) };
    Four { one: m.add(even, odd), minus: m.sub(even, odd), turned }
}

#[inline(always)]
fn back<M: Machine>(m: M, one: M::V, minus: M::V, turned: Gaussian<M::V>) -> [M::V; 4] {
    let (even, odd) = (m.add(one, minus), m.sub(one, minus));
    [m.add(even, turned.re), m.sub(odd, turned.im), m.sub(even, turned.re), m.add(odd, turned.im)]
}

/// `x + 2y`.
#[inline(always)]
fn twice<M: Machine>(m: M, x: M::V, y: M::V) -> M::V {
    m.add(x, m.add(y, y))
}

/// The row (16, 32, 16).
#[inline(always)]
fn at_one<M: Machine>(m: M, a: M::V, b: M::V, c: M::V) -> [M::V; 3] {
    let sum = m.add(m.add(a, b), c);
    [m.shl::<4>(m.add(sum, c)), m.shl::<4>(m.add(sum, a)), m.shl::<4>(m.add(sum, b))]
}

/// The row (−1, −8, 2), negacyclic.
#[inline(always)]
fn at_minus_one<M: Machine>(m: M, a: M::V, b: M::V, c: M::V) -> [M::V; 3] {
    let first = m.sub(m.shl::<3>(c), twice(m, a, b));
    let second = m.sub(m.splat(0), m.add(m.shl::<3>(a), twice(m, b, c)));
    let third = m.sub(m.add(a, a), m.add(m.shl::<3>(b), c));
    [first, second, third]
}

/// The product over the Gaussian integers.
#[inline(always)]
fn at_unit<M: Machine>(m: M, a: Gaussian<M::V>, b: Gaussian<M::V>, c: Gaussian<M::V>) -> [Gaussian<M::V>; 3] {
    let four = |x| m.shl::<2>(x);
    let first = Gaussian {
        re: twice(m, m.add(m.add(a.im, b.re), c.re), twice(m, a.re, m.sub(four(b.im), c.im))),
        im: twice(m, m.sub(m.add(b.im, c.im), a.re), twice(m, a.im, m.sub(c.re, four(b.re)))),
    };
    let slope = m.add(a.im, four(c.re));
    let second = Gaussian {
        re: twice(m, m.sub(m.add(b.im, c.re), a.im), twice(m, b.re, m.sub(four(c.im), a.re))),
        im: twice(m, m.sub(m.add(a.re, c.im), b.re), m.sub(m.sub(b.im, slope), slope)),
    };
    let third = Gaussian {
        re: twice(m, m.sub(m.sub(c.im, a.im), b.im), twice(m, c.re, m.sub(four(a.re), b.re))),
        im: twice(m, m.sub(m.add(a.re, b.re), c.re), twice(m, c.im, m.sub(four(a.im), b.im))),
    };
    [first, second, third]
}
