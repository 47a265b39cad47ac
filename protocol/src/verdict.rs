//! Verdicts: what a coordinator found when it checked a delivered proof.

use crate::{
    ids::{AccountId, ProofHash, TaskId},
    sign::Message,
};
use serde::{Deserialize, Serialize};

/// A coordinator's signed finding about exactly these bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The task that the delivery was for.
    pub task: TaskId,
    /// The prover whose delivery was checked.
    pub prover: AccountId,
    /// The hash of the bytes that were checked.
    pub proof: ProofHash,
    /// The finding about the proof.
    pub finding: Finding,
}

impl Message for Verdict {
    const DOMAIN: &'static str = "dpgn verdict v1";
    const MAX_BYTES: usize = 256;
}

/// The result of checking a proof. A check that could not be finished is no finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Finding {
    /// The proof verifies, its tag is this award's, its public inputs are the statement.
    Valid,
    /// The bytes are not a proof of the circuit's shape.
    Malformed,
    /// The proof carries another task's or another prover's tag.
    WrongTag,
    /// The proof is of another statement.
    WrongStatement,
    /// The proof's equations do not hold.
    False,
}

impl Finding {
    /// Whether the prover is to be paid.
    pub const fn is_valid(self) -> bool {
        matches!(self, Self::Valid)
    }
}
