//! The results of the rounds, as later rounds are made from them.

use super::{Batch, Challenges};
use crate::level::{CommonData, F, ProverOnlyData};
use plonky2::field::extension::quadratic::QuadraticExtension;

/// The field that random points are drawn from.
pub(super) type Extension = QuadraticExtension<F>;

/// What the quotient is made from: the circuit, and the results of the rounds before it.
pub(super) struct Round<'a> {
    pub prover: &'a ProverOnlyData,
    pub common: &'a CommonData,
    pub wires: &'a Batch,
    pub products: &'a Batch,
    pub challenges: &'a Challenges,
}

/// Everything that has been committed to, before it is opened.
pub(super) struct Commitments<'a> {
    /// Constants, selectors and sigmas: the circuit.
    pub fixed: &'a Batch,
    pub wires: Batch,
    /// `Z`, partial products, lookup columns.
    pub products: Batch,
    pub quotient: Batch,
}
