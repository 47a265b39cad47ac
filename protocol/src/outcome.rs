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
        /// Which task.
        task: TaskId,
        /// Whose delivery.
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
    /// Which task.
    pub task: TaskId,
    /// Who bought.
    pub requester: AccountId,
    /// Who proved.
    pub prover: AccountId,
    /// What was proved.
    pub circuit: CircuitId,
    /// For which public inputs.
    pub statement: PublicInputsDigest,
    /// At which level.
    pub level: Level,
    /// The proof.
    pub proof: ProofHash,
    /// Its bytes.
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
