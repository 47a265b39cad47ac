//! What applying a block changed, for those who react to it. Events are no state: a replay gives them again.

use crate::task::Fault;
use dpgn_protocol::{
    ids::{AccountId, CircuitId, ProofHash, TaskId},
    ops::DeclineReason,
    outcome::Settlement,
    units::{Credits, Epoch, Timestamp},
    verdict::Finding,
};
use serde::{Deserialize, Serialize};

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are named for what they are")]
pub enum Event {
    /// A circuit can be bid for.
    Registered { circuit: CircuitId },
    /// A bid was taken up.
    Opened { task: TaskId, requester: AccountId },
    /// An ask stands.
    Asked { prover: AccountId },
    /// An ask stands no longer: taken back, expired, or its prover has missed a window and must ask again.
    Withdrawn { prover: AccountId },
    /// The auction has decided.
    Awarded {
        task: TaskId,
        prover: AccountId,
        price: Credits,
        start_by: Timestamp,
        due: Timestamp,
        runner_up: Option<AccountId>,
    },
    /// The prover has bound itself.
    Started { task: TaskId, prover: AccountId },
    /// The proof exists; verdicts are owed.
    Delivered { task: TaskId, prover: AccountId, proof: ProofHash, len: u32, verdict_by: Timestamp },
    /// A proof came after its award had ended; it is kept.
    KeptLate { task: TaskId, prover: AccountId, proof: ProofHash },
    /// An award has come to nothing.
    AwardEnded { task: TaskId, prover: AccountId, end: AwardEnd, slashed: Credits },
    /// The task waits for the next award.
    Reopened { task: TaskId },
    /// Proved and paid.
    Settled(Box<Settlement>),
    /// Ended without a proof.
    Failed { task: TaskId, fault: Fault, refund: Credits },
    /// Taken back.
    Cancelled { task: TaskId, paid: Credits, refund: Credits },
    /// An epoch is over.
    EpochEnded { epoch: Epoch, paid: Credits },
}

/// Something that is owed within a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Window {
    /// `Start`.
    Start,
    /// `Alive`.
    Alive,
    /// `Deliver`.
    Due,
    /// The committee's `Settle`: the prover's bytes did not reach it.
    Verdict,
}

/// Why an award came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AwardEnd {
    /// A window closed.
    Missed(Window),
    /// The prover gave it back.
    Declined(DeclineReason),
    /// The committee found the proof bad.
    BadProof(Finding),
}

impl AwardEnd {
    /// Whether only prover and requester can see who is at fault.
    pub const fn is_between_two(self) -> bool {
        match self {
            Self::Declined(reason) => reason.is_unattributable(),
            Self::Missed(_) | Self::BadProof(_) => false,
        }
    }
}
