//! What the quotient is made from: the circuit, and the results of the rounds before.

use super::{Batch, Challenges};
use crate::level::{CommonData, ProverOnlyData};

/// The results of the rounds before.
pub(super) struct Round<'a> {
    pub prover: &'a ProverOnlyData,
    pub common: &'a CommonData,
    pub wires: &'a Batch,
    pub products: &'a Batch,
    pub challenges: &'a Challenges,
}
