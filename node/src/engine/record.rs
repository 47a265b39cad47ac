//! Records: what the engine must find again after a crash, beside the chain itself.

use dpgn_protocol::{
    bounded::{Bytes, List},
    ids::{AccountId, CircuitId, InputsDigest, OpId, ProofHash, PublicInputsDigest, RecipeDigest, TaskId},
    limits::{BID_LIST_MAX, VERIFIER_DATA_BYTES_MAX},
    ops::{Builder, RawOp},
    units::{Credits, Degree, Height, Level, Priority, Timestamp},
    wire::Wire,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A purchase that is ready to be signed: recipe and inputs are on disk, the circuit is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The requester's name for the task.
    pub alias: Uuid,
    /// What the circuit is built from.
    pub recipe: RecipeDigest,
    /// Bytes of the recipe.
    pub recipe_len: u64,
    /// Who can build it.
    pub builder: Builder,
    /// The circuit that the recipe builds.
    pub circuit: CircuitId,
    /// What checks its proofs.
    pub verifier_data: Bytes<VERIFIER_DATA_BYTES_MAX>,
    /// Padded rows of the circuit, as a power of two.
    pub degree: Degree,
    /// The public inputs, without the tag.
    pub statement: PublicInputsDigest,
    /// Salted commitment to the inputs.
    pub inputs: InputsDigest,
    /// Bytes of salt and inputs together.
    pub inputs_len: u64,
    /// The privacy level.
    pub level: Level,
    /// The most that is paid, in micro-credits.
    pub reward: Credits,
    /// How much of a hurry it is, 0 to 255.
    pub priority: Priority,
    /// When the proof must be delivered.
    pub deadline: Timestamp,
    /// To how many provers the inputs may be shown.
    pub disclosures_max: u8,
    /// Only these provers, if any are named.
    pub allow: List<AccountId, BID_LIST_MAX>,
    /// Never these provers.
    pub deny: List<AccountId, BID_LIST_MAX>,
}

/// A task of this node's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRecord {
    /// The id of the task.
    pub task: TaskId,
    /// The requester's name for it.
    pub alias: Uuid,
    /// When it was submitted.
    pub created: Timestamp,
    /// The signed bid: sent again, as it is, until the ledger has it.
    pub bid: RawOp,
    /// The recipe of its circuit.
    pub recipe: RecipeDigest,
    /// The circuit that is proved.
    pub circuit: CircuitId,
    /// What checks the proof.
    pub verifier_data: Bytes<VERIFIER_DATA_BYTES_MAX>,
    /// The digest of the public inputs that it must prove.
    pub statement: PublicInputsDigest,
    /// The salted commitment to the inputs.
    pub inputs: InputsDigest,
    /// The privacy level of the proof.
    pub level: Level,
    /// The most that is paid, in micro-credits.
    pub reward: Credits,
    /// How the task stands.
    pub end: End,
    /// Provers that this node has shown the inputs to: never more than the bid allows.
    pub shown: Vec<Shown>,
}

/// A prover that was shown the inputs of an own task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The prover that asked for them.
    pub prover: AccountId,
    /// The `Start` that it showed for them.
    pub start: OpId,
}

/// How a task of this node's own stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// The ledger has not taken it up yet.
    Announced,
    /// The ledger has it.
    Open,
    /// It is paid; the proof is still to be collected and checked here.
    Paid(Paid),
    /// It is paid, and the proof is on disk and good.
    Done(Paid),
    /// It is over without a proof.
    Failed(String),
}

impl End {
    /// What was paid, if it was.
    pub fn paid(&self) -> Option<&Paid> {
        match self {
            Self::Paid(paid) | Self::Done(paid) => Some(paid),
            Self::Announced | Self::Open | Self::Failed(_) => None,
        }
    }

    /// Whether nothing more will happen.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Failed(_))
    }
}

/// Where a settlement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// The proof, by its hash.
    pub proof: ProofHash,
    /// The prover that was paid.
    pub prover: AccountId,
    /// The price that was paid, in micro-credits.
    pub price: Credits,
    /// The block that settled it.
    pub height: Height,
    /// The op that settled it.
    pub op: OpId,
}

impl Wire for TaskRecord {
    const MAX_BYTES: usize = 256 << 10;
}

/// An award of this node's own that has a proof: on disk before it is announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRecord {
    /// The task of the award.
    pub task: TaskId,
    /// The proof, by its hash.
    pub proof: ProofHash,
    /// Bytes of the proof.
    pub len: u32,
}

impl Wire for JobRecord {
    const MAX_BYTES: usize = 256;
}
