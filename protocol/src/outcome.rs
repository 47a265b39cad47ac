//! Outcomes: what applying an op did. With the op itself it makes a leaf of the block's Merkle tree, so a
//! receipt proves what an op did, not only that it was there.

use crate::{
    bounded::Text,
    ids::{AccountId, CircuitId, ProofHash, PublicInputsDigest, TaskId},
    units::{Credits, Level, Ppm, Timestamp},
    verdict::Finding,
};
use serde::{Deserialize, Serialize};

/// What applying an op did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// What was asked was done.
    Applied,
    /// A bid was taken up under this id.
    Opened(TaskId),
    /// A delivery was found good and paid.
    Settled(Box<Settlement>),
    /// A delivery was found bad; the award moves on.
    Failed {
        /// The task that the delivery was for.
        task: TaskId,
        /// The prover whose delivery failed.
        prover: AccountId,
        /// What was wrong with it.
        finding: Finding,
        /// What the prover lost.
        slashed: Credits,
    },
    /// Nothing was changed but the nonce.
    Refused(Text<160>),
}

/// A paid proof: the requester's bill and the prover's income.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// The task that the delivery was for.
    pub task: TaskId,
    /// The account that bought the proof.
    pub requester: AccountId,
    /// The account that made the proof and is paid.
    pub prover: AccountId,
    /// The circuit that was proved.
    pub circuit: CircuitId,
    /// For which public inputs.
    pub statement: PublicInputsDigest,
    /// The privacy level of the circuit.
    pub level: Level,
    /// The hash of the proof's bytes.
    pub proof: ProofHash,
    /// The number of bytes of the proof.
    pub proof_len: u32,
    /// What the prover got.
    pub price: Credits,
    /// What went back to the requester.
    pub refund: Credits,
    /// How good the delivery was.
    pub quality: Ppm,
    /// When it was delivered.
    pub delivered: Timestamp,
}
