//! Verdicts: what a coordinator found when it checked a delivered proof.

use crate::{
    ids::{AccountId, ProofHash, TaskId},
    sign::Message,
};
use serde::{Deserialize, Serialize};

/// What a coordinator found, about exactly these bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The task that the delivery was for.
    pub task: TaskId,
    /// The prover whose delivery was checked.
    pub prover: AccountId,
    /// The hash of the bytes that were checked.
    pub proof: ProofHash,
    /// What the check found.
    pub finding: Finding,
}

impl Message for Verdict {
    const DOMAIN: &'static str = "dpgn verdict v1";
    const MAX_BYTES: usize = 256;
}

/// The result of checking a proof. A check that could not be finished is no finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Finding {
    /// It verifies, its tag is this award's, its public inputs are the statement.
    Valid,
    /// The bytes are not a proof of the circuit's shape.
    Malformed,
    /// It carries another task's or another prover's tag.
    WrongTag,
    /// It proves another statement.
    WrongStatement,
    /// It does not verify.
    False,
}

impl Finding {
    /// Whether the prover is to be paid.
    pub const fn is_valid(self) -> bool {
        matches!(self, Self::Valid)
    }
}
