//! Findings: what a coordinator found when it checked a delivered proof.

use crate::{award::AwardId, ids::ProofHash};
use serde::{Deserialize, Serialize};

/// One member's finding about exactly these bytes, as its `Judge` op says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// The award that the delivery was for.
    pub award: AwardId,
    /// The hash of the bytes that were announced.
    pub proof: ProofHash,
    /// The finding about them.
    pub finding: Finding,
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
    /// The bytes that were announced did not come, from the prover or from anybody, within the grace. A member may
    /// find something else later, once they have come.
    Absent,
}

/// The three things that the committee can agree on about a delivery: each ends it when more than two thirds of the
/// voting power say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agreement {
    /// The proof is good.
    Good,
    /// The bytes are there, and are no good proof.
    Bad,
    /// The bytes are not there.
    Absent,
}

impl Finding {
    /// Whether the prover is to be paid.
    pub const fn is_valid(self) -> bool {
        matches!(self, Self::Valid)
    }

    /// What the finding speaks for.
    pub const fn agreement(self) -> Agreement {
        match self {
            Self::Valid => Agreement::Good,
            Self::Malformed | Self::WrongTag | Self::WrongStatement | Self::False => Agreement::Bad,
            Self::Absent => Agreement::Absent,
        }
    }
}
