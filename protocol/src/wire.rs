//! What peers say to each other: gossip, requests and blob requests. Each type knows its limit.

pub use crate::codec::Wire;
use crate::{
    block::Decided,
    bounded::{Bytes, List},
    ids::{BlockHash, ManifestHash, ProofHash, RecipeDigest, TaskId},
    limits::*,
    ops::RawOp,
    receipt::Handover,
    sign::{Message, Unverified},
    snapshot::SnapshotHead,
    units::{Height, Timestamp},
};
use serde::{Deserialize, Serialize};

/// Ops on their way to the coordinators, collected for some milliseconds: gossip is paid per message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpBatch {
    /// The time of sending, by the sender's clock: gossip drops what it has seen, and what is lost is sent again.
    pub sent: Timestamp,
    /// The signed ops, in the order in which the sender made them.
    pub ops: List<RawOp, BLOCK_OPS_MAX>,
}

impl Wire for OpBatch {
    const MAX_BYTES: usize = GOSSIP_BYTES_MAX;
}

impl Wire for Decided {
    const MAX_BYTES: usize = GOSSIP_BYTES_MAX;
}

/// The progress of a prover with an award. Worth nothing to the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The task whose award is worked on.
    pub task: TaskId,
    /// The stage that the prover is at.
    pub stage: ProofStage,
    /// The part of the whole work that is done, in thousandths.
    pub permille: u16,
    /// Counts up, so that old news is known as such.
    pub sequence: u32,
}

impl Message for Progress {
    const DOMAIN: &'static str = "dpgn progress v1";
    const MAX_BYTES: usize = 128;
}

/// The stage of a prover's work on one award, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofStage {
    /// The prover gets the recipe from the requester.
    Fetch,
    /// The prover builds the circuit from its recipe.
    Build,
    /// The prover gets the inputs and fills in the witness.
    Witness,
    /// The prover commits to the wires.
    Wires,
    /// The prover makes the permutation argument.
    Permutation,
    /// The prover computes the quotient polynomial.
    Quotient,
    /// The prover opens its commitments with FRI.
    Openings,
    /// The prover hands the proof over.
    Deliver,
}

impl std::fmt::Display for ProofStage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Fetch => "fetching the circuit",
            Self::Build => "building the circuit",
            Self::Witness => "filling in the witness",
            Self::Wires => "committing to the wires",
            Self::Permutation => "permutation argument",
            Self::Quotient => "quotient",
            Self::Openings => "openings",
            Self::Deliver => "handing the proof over",
        })
    }
}

/// A question to one peer, answered with a [`Response`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Asks for the height and hash of the peer's last decided block.
    Head,
    /// Asks for decided blocks from this height up.
    Blocks {
        /// The height of the first block that is wanted.
        from: Height,
    },
    /// Brings the proof that `Deliver` announced.
    PushProof {
        /// The task that the proof was made for.
        task: TaskId,
        /// The bytes of the proof.
        proof: Bytes<PROOF_BYTES_MAX>,
    },
    /// Asks for the proof of this task.
    Proof {
        /// The task that the proof belongs to.
        task: TaskId,
        /// The hash of the proof that is wanted.
        proof: ProofHash,
    },
    /// Asks for the head of the newest snapshot that the peer has kept.
    Snapshot {
        /// The asker's own height: a snapshot that is not above it is of no use.
        above: Height,
    },
    /// Asks for handovers between committees, in order.
    Handovers {
        /// The height above which they are wanted.
        above: Height,
    },
    /// Asks for a chunk of a state that the peer has kept.
    Chunk {
        /// The manifest that names the chunk.
        manifest: ManifestHash,
        /// The number of the chunk in it, from 0.
        index: u32,
    },
}

impl Wire for Request {
    const MAX_BYTES: usize = REQUEST_BYTES_MAX;
}

/// The answer to a [`Request`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Response {
    /// Answers `Head` with the last decided block.
    Head {
        /// The height of the last decided block.
        height: Height,
        /// The hash of the last decided block; none at height 0.
        block: Option<BlockHash>,
    },
    /// Answers `Blocks` with as many as fit, in order; none if the asker is up to date.
    Blocks(List<Decided, SYNC_BLOCKS_MAX>),
    /// Answers `PushProof`: the proof is kept and will be checked.
    Accepted,
    /// Answers `Proof` with the bytes of the proof.
    Proof(Bytes<PROOF_BYTES_MAX>),
    /// Refuses the request, with the reason.
    Refused(Refusal),
    /// Answers `Snapshot` with the head of the newest one.
    Snapshot(Box<SnapshotHead>),
    /// Answers `Handovers` with the next ones; none if there are no more.
    Handovers(List<Handover, HANDOVERS_MAX>),
    /// Answers `Chunk` with the encoding of a [`StateChunk`](crate::state_chunk::StateChunk).
    Chunk(Bytes<STATE_ENTRY_BYTES_MAX>),
    /// Answers `Blocks`: the peer no longer has the first of them.
    Pruned {
        /// The lowest height from which on the peer has all blocks.
        first: Height,
    },
}

impl Wire for Response {
    const MAX_BYTES: usize = RESPONSE_BYTES_MAX;
}

/// Asks one peer to stream a blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BlobRequest {
    /// Asks for the recipe of a circuit.
    Recipe {
        /// The digest of the recipe that is wanted.
        recipe: RecipeDigest,
    },
    /// A task's salt and inputs, for the key of its live award alone.
    Inputs {
        /// The task whose inputs are wanted.
        task: TaskId,
        /// The asker's signed [`StartStatement`](crate::award::StartStatement), which the requester brings to the
        /// ledger: no block has to be waited for.
        start: Unverified,
    },
}

impl Wire for BlobRequest {
    const MAX_BYTES: usize = 4_096;
}

/// Why a peer does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// The peer has no such thing.
    #[error("not found there")]
    NotFound,
    /// The thing asked for is not for the asker, or not yet.
    #[error("not for this asker, or not yet")]
    NotAllowed,
    /// Too much at once; try again.
    #[error("busy there: try again")]
    Busy,
    /// The question made no sense.
    #[error("malformed request")]
    Malformed,
}
