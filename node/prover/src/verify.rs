//! Does a proof that somebody sent prove what was asked for?
//!
//! Every coordinator asks this about the same bytes and all must find the same. So the questions come in one
//! order, from plain to costly: is the verifier data one of ours; are the bytes a proof of its one shape and
//! encoding; is the tag this award's; are the public inputs the statement; is the proof true. plonky2 is only
//! asked the last, only about bytes that have passed the rest, and a panic of its is caught: it is no verdict.

pub use crate::statement::Statement;

use crate::{level::VerifierData, prove::Arithmetic};
use dpgn_protocol::{
    finding::Finding,
    ids::PublicInputsDigest,
    proof_layout::ProofShapeError,
    statement::{TAG_LEN, public_inputs_digest_except},
    verifier_data::{self, VerifierDataError, VerifierDataLimits, VerifierShape},
};
use paths::PathVerifier;
use plonky2::util::serialization::DefaultGateSerializer;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[cfg(test)]
mod holes;
#[cfg(test)]
mod mutants;
mod paths;
#[cfg(test)]
mod tests;

/// Why a proof is refused, or why nothing can be said about it.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The verifier data is none of ours.
    #[error("verifier data: {0}")]
    VerifierData(#[from] VerifierDataError),
    /// The bytes are no proof of this circuit, or not in a proof's one encoding.
    #[error("not a proof of this circuit: {0}")]
    Shape(#[from] ProofShapeError),
    /// The proof was made for another task or by another prover.
    #[error("the tag is {got:x?}, not {expected:x?}")]
    Tag {
        /// The tag that the proof must carry.
        expected: [u64; TAG_LEN],
        /// The tag that the proof carries.
        got: [u64; TAG_LEN],
    },
    /// The proof is of another statement: its public inputs have another digest.
    #[error("the public inputs hash to {got}, not {expected}")]
    PublicInputs {
        /// The digest that the public inputs must have.
        expected: PublicInputsDigest,
        /// The digest that the public inputs have.
        got: PublicInputsDigest,
    },
    /// The proof's equations do not hold.
    #[error("the proof is false")]
    False,
    /// plonky2 could not read what passed our own readers, or panicked. This says nothing about the proof.
    #[error("plonky2 failed {at}")]
    Unfinished {
        /// The part of the check that failed.
        at: &'static str,
    },
}

impl VerifyError {
    /// The finding that a coordinator signs about the delivery; none if its prover is not to blame.
    pub const fn finding(&self) -> Option<Finding> {
        match self {
            Self::Shape(_) => Some(Finding::Malformed),
            Self::Tag { .. } => Some(Finding::WrongTag),
            Self::PublicInputs { .. } => Some(Finding::WrongStatement),
            Self::False => Some(Finding::False),
            Self::VerifierData(_) | Self::Unfinished { .. } => None,
        }
    }
}

/// Verifies one proof, with the arithmetic that the environment names; with plonky2's own where that cannot be.
pub fn verify(verifier_data: &[u8], proof: &[u8], expected: &Statement) -> Result<(), VerifyError> {
    let arithmetic = Arithmetic::chosen().unwrap_or(Arithmetic::Stock);
    Verifier::new(verifier_data, &VerifierDataLimits::default(), arithmetic)?.verify(proof, expected)
}

/// The tag and the other public inputs of a proof, which need not be true.
pub fn read_public_inputs(proof: &[u8], shape: &VerifierShape) -> Result<([u64; TAG_LEN], Vec<u64>), ProofShapeError> {
    shape.layout.public_inputs(proof)
}

/// Verifier data that has been read, for as many proofs as come.
#[derive(Debug)]
pub struct Verifier {
    shape: VerifierShape,
    data: PathVerifier,
}

impl Verifier {
    /// Reads verifier data, with our reader first. What is found about a proof is the same whatever the arithmetic.
    pub fn new(bytes: &[u8], limits: &VerifierDataLimits, arithmetic: Arithmetic) -> Result<Self, VerifyError> {
        let shape = verifier_data::read(bytes, limits)?;
        let read = || VerifierData::from_bytes(bytes.to_vec(), &DefaultGateSerializer);
        let data = catch_unwind(read).ok().and_then(Result::ok);
        let data = data.ok_or(VerifyError::Unfinished { at: "reading verifier data" })?;
        Ok(Self { shape, data: PathVerifier::new(data, arithmetic.backend().kernels()) })
    }

    /// The shape of the circuit, as its verifier data says.
    pub fn shape(&self) -> &VerifierShape {
        &self.shape
    }

    /// Verifies a proof.
    pub fn verify(&self, proof: &[u8], expected: &Statement) -> Result<(), VerifyError> {
        let (tag, values) = read_public_inputs(proof, &self.shape)?;
        if tag != expected.tag {
            return Err(VerifyError::Tag { expected: expected.tag, got: tag });
        }
        let got = public_inputs_digest_except(&values, &expected.free);
        if got != expected.public_inputs {
            return Err(VerifyError::PublicInputs { expected: expected.public_inputs, got });
        }
        let verified = catch_unwind(AssertUnwindSafe(|| self.data.is_true(proof)));
        match verified.map_err(|_| VerifyError::Unfinished { at: "verifying" })? {
            Some(true) => Ok(()),
            Some(false) => Err(VerifyError::False),
            None => Err(VerifyError::Unfinished { at: "reading the proof" }),
        }
    }
}
