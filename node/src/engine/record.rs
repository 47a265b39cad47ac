//! Records: what the engine must find again after a crash, beside the chain itself.

use dpgn_protocol::{
    award::AwardId,
    bounded::{Bytes, List},
    ids::{AccountId, CircuitId, InputsDigest, OpId, ProofHash, PublicInputsDigest, RecipeDigest, TaskId},
    limits::{BID_LIST_MAX, VERIFIER_DATA_BYTES_MAX},
    ops::{Builder, Raise, RawOp},
    units::{Credits, Degree, Height, Level, Ppm, Priority, Timestamp},
    wire::Wire,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A purchase that is ready to be signed: recipe and inputs are on disk, the circuit is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BidDraft {
    /// The requester's name for the task.
    pub alias: Uuid,
    /// The recipe that the circuit is built from.
    pub recipe: RecipeDigest,
    /// The length of the recipe, in bytes.
    pub recipe_len: u64,
    /// The builder that can build the circuit from its recipe.
    pub builder: Builder,
    /// The circuit that the recipe builds.
    pub circuit: CircuitId,
    /// The verifier data that check the circuit's proofs.
    pub verifier_data: Bytes<VERIFIER_DATA_BYTES_MAX>,
    /// Padded rows of the circuit, as a power of two.
    pub degree: Degree,
    /// The public inputs, without the tag.
    pub statement: PublicInputsDigest,
    /// Salted commitment to the inputs.
    pub inputs: InputsDigest,
    /// Bytes of salt and inputs together.
    pub inputs_len: u64,
    /// The privacy level of the proof.
    pub level: Level,
    /// The most that is paid, in micro-credits, as long as it does not rise.
    pub reward: Credits,
    /// The rise of the reward while nobody asks low enough.
    pub raise: Option<Raise>,
    /// Whether asks for it are sealed.
    pub sealed: bool,
    /// The hurry of the bid, 0 to 100.
    pub priority: Priority,
    /// The time by which the proof must be delivered.
    pub deadline: Timestamp,
    /// The most provers that the inputs may be shown to.
    pub disclosures_max: u8,
    /// The only provers that may have the award; empty if all may.
    pub allow: List<AccountId, BID_LIST_MAX>,
    /// Provers that never get the award.
    pub deny: List<AccountId, BID_LIST_MAX>,
    /// The time from which the bid is taken back unless it is awarded, and the proof made here; absent if it never is.
    pub prove_here_at: Option<Timestamp>,
}

/// A task of this node's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRecord {
    /// The id of the task.
    pub task: TaskId,
    /// The requester's name for it.
    pub alias: Uuid,
    /// The time at which the requester submitted it.
    pub created: Timestamp,
    /// The time at which its state became what it is.
    pub changed: Timestamp,
    /// The signed bid: sent again, as it is, until the ledger has it.
    pub bid: RawOp,
    /// The recipe of its circuit.
    pub recipe: RecipeDigest,
    /// The circuit that is proved.
    pub circuit: CircuitId,
    /// The verifier data that check the proof.
    pub verifier_data: Bytes<VERIFIER_DATA_BYTES_MAX>,
    /// The digest of the public inputs that it must prove.
    pub statement: PublicInputsDigest,
    /// The salted commitment to the inputs.
    pub inputs: InputsDigest,
    /// The privacy level of the proof.
    pub level: Level,
    /// The most that is paid, in micro-credits.
    pub reward: Credits,
    /// The state of the purchase.
    pub state: PurchaseState,
    /// Provers that this node has shown the inputs to: never more than the bid allows.
    pub shown: Vec<Disclosure>,
    /// The time from which the bid is taken back unless it is awarded, and the proof made here; absent if it never is, or if
    /// its owner has cancelled it since.
    pub prove_here_at: Option<Timestamp>,
}

/// A disclosure: a prover that was shown the inputs of an own task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disclosure {
    /// The prover that asked for them.
    pub prover: AccountId,
    /// The award that it held.
    pub award: AwardId,
}

/// The state of a purchase: of a task of this node's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PurchaseState {
    /// The ledger has not taken the bid up yet.
    Announced,
    /// The ledger has taken the bid up.
    Open,
    /// The proof is paid; it is still to be collected and checked here.
    Paid(Paid),
    /// The proof is paid, on this node's disk and good.
    Done(Paid),
    /// The task is over without a proof, for this reason.
    Failed(String),
    /// The market is done with the task and has paid nobody: this node makes the proof, or is about to.
    ProvingLocally,
    /// The proof was made here, is on this node's disk and good; nobody was paid for it.
    ProvedLocally(ProofHash),
}

impl PurchaseState {
    /// The settlement, if the proof is paid.
    pub fn paid(&self) -> Option<&Paid> {
        match self {
            Self::Paid(paid) | Self::Done(paid) => Some(paid),
            Self::Announced | Self::Open | Self::Failed(_) | Self::ProvingLocally | Self::ProvedLocally(_) => None,
        }
    }

    /// The proof, if one is paid or was made here.
    pub fn proof(&self) -> Option<ProofHash> {
        match self {
            Self::Paid(paid) | Self::Done(paid) => Some(paid.proof),
            Self::ProvedLocally(proof) => Some(*proof),
            Self::Announced | Self::Open | Self::Failed(_) | Self::ProvingLocally => None,
        }
    }

    /// Whether the proof is made here, or was.
    pub fn is_local(&self) -> bool {
        matches!(self, Self::ProvingLocally | Self::ProvedLocally(_))
    }

    /// Whether nothing more will happen.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Failed(_) | Self::ProvedLocally(_))
    }
}

/// The settlement of a task: what was paid, to whom, in which block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// The proof, by its hash.
    pub proof: ProofHash,
    /// The prover that was paid.
    pub prover: AccountId,
    /// The price that was paid, in micro-credits.
    pub price: Credits,
    /// The quality of the delivery.
    pub quality: Ppm,
    /// The block that settled it; absent if this node took a snapshot instead.
    pub settled: Option<SettledAt>,
}

/// The place where a task was settled: a receipt shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledAt {
    /// The height of the block.
    pub height: Height,
    /// The op that settled it.
    pub op: OpId,
}

impl TaskRecord {
    /// Its state from now on.
    pub(super) fn enter(&mut self, now: Timestamp, state: PurchaseState) {
        (self.state, self.changed) = (state, now);
    }
}

impl Wire for TaskRecord {
    const MAX_BYTES: usize = 256 << 10;
}

/// An award of this node's own that has a proof: on disk before it is announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRecord {
    /// The award that the proof was made under.
    pub award: AwardId,
    /// The proof, by its hash.
    pub proof: ProofHash,
    /// The length of the proof, in bytes.
    pub len: u32,
}

impl Wire for JobRecord {
    const MAX_BYTES: usize = 256;
}

/// A price that this prover has sealed, or is about to: on disk before anybody hears of the ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealRecord {
    /// The task in whose round the ask is sealed.
    pub task: TaskId,
    /// The price that is named, in micro-credits.
    pub price: Credits,
}

impl Wire for SealRecord {
    const MAX_BYTES: usize = 64;
}
