//! Notices: what happened, for people and embedding applications.

use dpgn_protocol::{
    finding::Finding,
    ids::{AccountId, BlockHash, ProofHash, TaskId},
    outcome::Settlement,
    units::{Credits, Height, Timestamp},
    wire::ProofStage,
};
use serde::{Deserialize, Serialize};

/// Something that happened, as this node sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Notice {
    /// A block was applied to the ledger.
    Block {
        /// The height of the block.
        height: Height,
        /// The hash of its header.
        block: BlockHash,
        /// Number of ops in it.
        ops: usize,
    },
    /// The node took a snapshot from its peers: it has not seen the blocks between.
    Jumped {
        /// The height of the last block before.
        from: Height,
        /// The height of the snapshot.
        height: Height,
        /// The hash of its block's header.
        block: BlockHash,
    },
    /// The ledger took a bid up.
    Opened {
        /// The task that it is about.
        task: TaskId,
        /// The account that buys the proof.
        requester: AccountId,
    },
    /// The auction chose a prover.
    Awarded {
        /// The task that it is about.
        task: TaskId,
        /// The prover of the award.
        prover: AccountId,
        /// The price of a valid proof, in micro-credits.
        price: Credits,
        /// The time at which the proof is due.
        due: Timestamp,
    },
    /// The prover has started to work.
    Started {
        /// The task that it is about.
        task: TaskId,
        /// The prover of the award.
        prover: AccountId,
    },
    /// The prover says how far it is.
    Progress {
        /// The task that it is about.
        task: TaskId,
        /// The prover of the award.
        prover: AccountId,
        /// The stage that the prover is at.
        #[serde(rename = "step")]
        proof_stage: ProofStage,
        /// The part of the whole proof that is done, 0 to 1,000.
        permille: u16,
    },
    /// The award ended without a proof; the task is open again or somebody else's.
    AwardEnded {
        /// The task that it is about.
        task: TaskId,
        /// The prover whose award it was.
        prover: AccountId,
        /// The reason, for people.
        why: String,
    },
    /// No standing ask can take an own task: it waits, perhaps until its deadline.
    Stalled {
        /// The task, one of this node's own.
        task: TaskId,
        /// The faults of the asks that stand, with the number of asks that have each.
        why: String,
    },
    /// A proof was announced to the ledger.
    Delivered {
        /// The task that it is about.
        task: TaskId,
        /// The prover of the award.
        prover: AccountId,
        /// The proof, by its hash.
        proof: ProofHash,
    },
    /// The committee found the proof good and the ledger paid it.
    Settled(Box<Settlement>),
    /// This node has the proof of its own task and has checked it for itself.
    Completed {
        /// The task that it is about.
        task: TaskId,
        /// The proof, by its hash.
        proof: ProofHash,
        /// The finding of this node's own check.
        finding: Finding,
    },
    /// The market is done with an own task and has paid nobody: this node makes the proof itself, as its owner has asked.
    ProvingLocally {
        /// The task, one of this node's own.
        task: TaskId,
        /// Why the market is done with it, for people.
        why: String,
    },
    /// This node has made the proof of its own task itself, and has checked it. Nobody was paid for it.
    ProvedLocally {
        /// The task, one of this node's own.
        task: TaskId,
        /// The proof, by its hash.
        proof: ProofHash,
    },
    /// The task ended without a proof.
    Failed {
        /// The task that it is about.
        task: TaskId,
        /// The reason, for people.
        why: String,
    },
}

impl Notice {
    /// The task it is about, if it is about one.
    pub fn task(&self) -> Option<TaskId> {
        match self {
            Self::Block { .. } | Self::Jumped { .. } => None,
            Self::Settled(settlement) => Some(settlement.task),
            Self::Opened { task, .. }
            | Self::Awarded { task, .. }
            | Self::Started { task, .. }
            | Self::Progress { task, .. }
            | Self::AwardEnded { task, .. }
            | Self::Stalled { task, .. }
            | Self::Delivered { task, .. }
            | Self::Completed { task, .. }
            | Self::ProvingLocally { task, .. }
            | Self::ProvedLocally { task, .. }
            | Self::Failed { task, .. } => Some(*task),
        }
    }

    /// Whether it is the last word on an own task: its proof is here and checked, or there will be none.
    pub fn ends_task(&self) -> bool {
        match self {
            Self::Completed { .. } | Self::ProvedLocally { .. } | Self::Failed { .. } => true,
            Self::Block { .. }
            | Self::Jumped { .. }
            | Self::Opened { .. }
            | Self::Awarded { .. }
            | Self::Started { .. }
            | Self::Progress { .. }
            | Self::AwardEnded { .. }
            | Self::Stalled { .. }
            | Self::Delivered { .. }
            | Self::ProvingLocally { .. }
            | Self::Settled(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stage_of_a_progress_is_called_step_in_json_as_ever() {
        let (task, prover) = (TaskId::from_bytes([1; 32]), AccountId::from_bytes([2; 32]));
        let notice = Notice::Progress { task, prover, proof_stage: ProofStage::Wires, permille: 500 };
        let json = serde_json::to_value(&notice).unwrap();
        assert_eq!(json["event"], "progress");
        assert_eq!(json["step"], "wires");
        assert_eq!(serde_json::from_value::<Notice>(json).unwrap(), notice);
    }
}
