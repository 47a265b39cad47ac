//! Notices: what happened, for people and embedding applications.

use dpgn_protocol::{
    ids::{AccountId, BlockHash, ProofHash, TaskId},
    outcome::Settlement,
    units::{Credits, Height, Timestamp},
    verdict::Finding,
    wire::ProofStage,
};
use serde::{Deserialize, Serialize};

/// Something that happened, as this node sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Notice {
    /// A block was applied.
    Block {
        /// At which height.
        height: Height,
        /// Its name.
        block: BlockHash,
        /// How many ops it holds.
        ops: usize,
    },
    /// The ledger took a bid up.
    Opened {
        /// Which task.
        task: TaskId,
        /// Whose.
        requester: AccountId,
    },
    /// A prover was chosen.
    Awarded {
        /// Which task.
        task: TaskId,
        /// Who.
        prover: AccountId,
        /// For how much.
        price: Credits,
        /// Until when.
        due: Timestamp,
    },
    /// The prover has started.
    Started {
        /// Which task.
        task: TaskId,
        /// Who.
        prover: AccountId,
    },
    /// The prover says how far it is.
    Progress {
        /// Which task.
        task: TaskId,
        /// Who.
        prover: AccountId,
        /// What it is at.
        step: ProofStage,
        /// How far the whole is, in thousandths.
        permille: u16,
    },
    /// The award ended without a proof; the task is open again or somebody else's.
    AwardEnded {
        /// Which task.
        task: TaskId,
        /// Whose award.
        prover: AccountId,
        /// Why.
        why: String,
    },
    /// No standing ask can take an own task: it waits, perhaps until its deadline.
    Stalled {
        /// The own task.
        task: TaskId,
        /// What is wrong with the asks that stand, by number.
        why: String,
    },
    /// A proof was announced.
    Delivered {
        /// Which task.
        task: TaskId,
        /// Who.
        prover: AccountId,
        /// Which proof.
        proof: ProofHash,
    },
    /// The committee found the proof good and the ledger paid it.
    Settled(Box<Settlement>),
    /// This node has the proof of its own task and has checked it for itself.
    Completed {
        /// Which task.
        task: TaskId,
        /// Which proof.
        proof: ProofHash,
        /// What this node found.
        finding: Finding,
    },
    /// The task ended without a proof.
    Failed {
        /// Which task.
        task: TaskId,
        /// Why.
        why: String,
    },
}

impl Notice {
    /// The task it is about, if it is about one.
    pub fn task(&self) -> Option<TaskId> {
        match self {
            Self::Block { .. } => None,
            Self::Settled(settlement) => Some(settlement.task),
            Self::Opened { task, .. }
            | Self::Awarded { task, .. }
            | Self::Started { task, .. }
            | Self::Progress { task, .. }
            | Self::AwardEnded { task, .. }
            | Self::Stalled { task, .. }
            | Self::Delivered { task, .. }
            | Self::Completed { task, .. }
            | Self::Failed { task, .. } => Some(*task),
        }
    }
}
