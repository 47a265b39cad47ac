//! Sums of coefficients with weights in the quadratic extension: values of polynomials at a point, and sums of polynomials.
//!
//! An element `a + b·X` of the extension is a pair of elements here. Coefficients are in the field itself, so that a product is two
//! multiplications.

use crate::machine::Machine;
use plonky2::field::{goldilocks_field::GoldilocksField as F, types::Field};

/// The elements of a machine's row.
const fn lanes<M: Machine>() -> usize {
    size_of::<M::Row>() / size_of::<F>()
}

/// The sum of all coefficients, each times its weight. There are as many weights as coefficients.
#[inline(always)]
pub(crate) fn weighted_sum<M: Machine>(m: M, coefficients: &[F], weights: [&[F]; 2]) -> [F; 2] {
    let whole = coefficients.len() - coefficients.len() % lanes::<M>();
    let (rows, [first, second]) = (M::rows(coefficients), weights.map(M::rows));
    let mut sums = [m.splat(0); 2];
    for i in 0..rows.len() {
        let x = m.load(&rows[i]);
        let products = m.mul_each([x; 2], [m.load(&first[i]), m.load(&second[i])]);
        for part in 0..2 {
            sums[part] = m.field_add(sums[part], m.canonical(products[part]));
        }
    }
    let mut totals = [F::ZERO; 2];
    for part in 0..2 {
        let mut row = vec![F::ZERO; lanes::<M>()];
        m.store(sums[part], &mut M::rows_mut(&mut row)[0]);
        totals[part] = row.into_iter().sum();
        for i in whole..coefficients.len() {
            totals[part] += coefficients[i] * weights[part][i];
        }
    }
    totals
}

/// Adds coefficients, each times the weight, to sums. There are as many sums as coefficients.
#[inline(always)]
pub(crate) fn add_weighted<M: Machine>(m: M, sums: [&mut [F]; 2], coefficients: &[F], weight: [F; 2]) {
    let whole = coefficients.len() - coefficients.len() % lanes::<M>();
    let rows = M::rows(coefficients);
    let weights = weight.map(|weight| m.splat(weight.0));
    let [first, second] = sums;
    for i in whole..coefficients.len() {
        first[i] += coefficients[i] * weight[0];
        second[i] += coefficients[i] * weight[1];
    }
    let (first, second) = (M::rows_mut(first), M::rows_mut(second));
    for i in 0..rows.len() {
        let x = m.load(&rows[i]);
        let products = m.mul_each([x; 2], weights);
        let sums = [m.load(&first[i]), m.load(&second[i])];
        m.store(m.field_add(sums[0], m.canonical(products[0])), &mut first[i]);
        m.store(m.field_add(sums[1], m.canonical(products[1])), &mut second[i]);
    }
}
