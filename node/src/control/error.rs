//! Errors as the control socket carries them: typed, so that the program can say what to do next, and in a form
//! that can be written down.
//!
//! What the program acts on has fields of its own. What it only shows is the sentence of the room that knows.

use crate::{task_ref::TaskRef, view::Status};
use dpgn_protocol::{
    ids::{AccountId, CircuitId, TaskId},
    units::{Credits, Height, Level},
};
use dpgn_prover::circuit::Lint;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use uuid::Uuid;

/// Why a request was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "error", rename_all = "snake_case")]
pub enum ControlError {
    /// Too many questions wait for the node already.
    #[error("the node is busy: {waiting_max} questions wait for it")]
    Busy {
        /// The most questions that may wait.
        waiting_max: usize,
    },
    /// The node was stopped by its owner.
    #[error("the node has stopped")]
    Stopped,
    /// The node could not go on and stopped by itself.
    #[error("the node has stopped: {reason}")]
    Halted {
        /// The reason, as the node's log has it.
        reason: String,
    },
    /// The node is no requester.
    #[error("this node is no requester")]
    NotARequester,
    /// The proof was to be made by the node itself if need be, and it has no worker.
    #[error("this node cannot prove itself: {reason}")]
    NoWorker {
        /// The reason, in the words of the node's prover.
        reason: String,
    },
    /// The task is none of the node's own.
    #[error("task {task} is not one of this node's")]
    UnknownTask {
        /// The task as it was named.
        task: TaskRef,
    },
    /// There is no proof of the task on the node's disk.
    #[error("task {task} is {status}: there is no proof here")]
    NoProof {
        /// The task that was asked about.
        task: TaskId,
        /// The status of the task.
        status: Status,
    },
    /// No block has paid for the task.
    #[error("task {task} is {status}: no block has paid for it")]
    NotPaid {
        /// The task that was asked about.
        task: TaskId,
        /// The status of the task.
        status: Status,
    },
    /// More epochs have ended since the checkpoint than a receipt tells of.
    #[error("{borders} epochs have ended since the checkpoint; a receipt tells of {limit} at most")]
    LongHistory {
        /// The number of epochs that have ended before the block that paid.
        borders: u64,
        /// The number that a receipt tells of at most.
        limit: usize,
    },
    /// The node believes a checkpoint, and vouches for nothing before it.
    #[error("this node joined by a checkpoint at height {first}, and vouches for no committee before that")]
    Unvouched {
        /// The height of the checkpoint.
        first: Height,
    },
    /// The checkpoint is not below the block that has paid.
    #[error("the checkpoint at height {since} is not older than the block that has paid, at height {height}")]
    LateCheckpoint {
        /// The height of the checkpoint.
        since: Height,
        /// The height of the block that has paid.
        height: Height,
    },
    /// The ledger has no such task yet, or has forgotten it.
    #[error("the ledger does not know task {task}, or has forgotten it")]
    NotInLedger {
        /// The task as it was named.
        task: TaskRef,
    },
    /// The node sells nothing, so it has no prices.
    #[error("this node is no prover")]
    NotAProver,
    /// The node has never declared a speed for a level that it is to sell.
    #[error("the speed at level {level} is not known")]
    NoSpeed {
        /// The level that is to be sold.
        level: Level,
    },
    /// There is no such block yet.
    #[error("block {height} is not decided yet; the last one is {last}")]
    NoBlock {
        /// The height that was asked for.
        height: Height,
        /// The height of the last block.
        last: Height,
    },
    /// The blocks that would tell are no longer kept on the node.
    #[error("what led to height {height} is pruned: the node keeps blocks from height {first} on")]
    Pruned {
        /// The height that was asked for.
        height: Height,
        /// The lowest height whose block is kept.
        first: Height,
    },
    /// As many own ops are under way as the ledger lets an account have.
    #[error("{count} ops of this account are under way: wait for them")]
    OpsUnderWay {
        /// The number of own ops that are under way.
        count: usize,
    },
    /// The account has fewer credits than the order needs.
    #[error("account {account} has {available} micro-credits, {required} are required")]
    InsufficientFunds {
        /// The account that is to pay.
        account: AccountId,
        /// The credits that the account can use, in micro-credits.
        available: Credits,
        /// The credits that the order needs, in micro-credits.
        required: Credits,
    },
    /// The account has named another task so before.
    #[error("task id {alias} has been used by this account")]
    AliasUsed {
        /// The name that was used before.
        alias: Uuid,
    },
    /// The account has no bond, or one that is smaller than a candidate's must be.
    #[error("account {account} is no candidate: its bond is {bond}, {min} is the least")]
    NotACandidate {
        /// The account that is to be voted for.
        account: AccountId,
        /// The bond of the account, in micro-credits.
        bond: Credits,
        /// The least bond of a candidate, in micro-credits.
        min: Credits,
    },
    /// Less is locked on the candidate than is to be taken back.
    #[error("{locked} are locked on {candidate}, {required} are to be taken back")]
    NotLocked {
        /// The candidate; the own account for its bond.
        candidate: AccountId,
        /// What is locked on it, in micro-credits.
        locked: Credits,
        /// The credits that were to be taken back, in micro-credits.
        required: Credits,
    },
    /// The ledger refuses the op for another reason.
    #[error("the ledger refuses: {reason}")]
    Refused {
        /// The ledger's reason, in its own words.
        reason: String,
        /// Whether the same op may be accepted later.
        may_pass_later: bool,
    },
    /// The bid was sent, but the node could not say how its task stands: sent again, it would be bought twice.
    #[error("the bid is on its way, but: {reason}")]
    Sent {
        /// Why the task could not be shown.
        reason: String,
    },
    /// A file could not be read.
    #[error("{path}: {reason}", path = path.display())]
    Unreadable {
        /// The path of the file.
        path: PathBuf,
        /// The reason that the system gave.
        reason: String,
    },
    /// The files handed over are malformed, too large, or of a kind that is not proved here.
    #[error("{reason}")]
    Malformed {
        /// The fault and the file that has it, for people.
        reason: String,
    },
    /// The lint found what makes proofs worthless.
    #[error("the circuit does not mean over Goldilocks what it says: {0}")]
    Lint(Warning),
    /// The proof would show the witness and the owner has not said that this is wanted.
    #[error("at level {level} the proof shows the witness to whoever gets it")]
    WitnessPublic {
        /// The level that was asked for.
        level: Level,
    },
    /// The node has no recipe of the named circuit.
    #[error("circuit {circuit} is not known to this node")]
    UnknownCircuit {
        /// The circuit that was named.
        circuit: CircuitId,
    },
    /// The witness does not satisfy the circuit.
    #[error("{reason}")]
    Unsatisfied {
        /// The constraint that fails, and the file; never a value.
        reason: String,
        /// Whether a symbol file was there to name signals.
        has_names: bool,
    },
    /// The circuit cannot be built.
    #[error("{reason}")]
    Unbuildable {
        /// Why it cannot be built.
        reason: String,
    },
    /// The node's own machine failed at it: a worker, the disk, the random source.
    #[error("{reason}")]
    Machine {
        /// The part of the machine that failed, and why.
        reason: String,
    },
}

impl ControlError {
    /// Whether the same request may be carried out later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Busy { .. }
            | Self::NoBlock { .. }
            | Self::OpsUnderWay { .. }
            | Self::InsufficientFunds { .. }
            | Self::NotACandidate { .. }
            | Self::NotLocked { .. }
            | Self::Machine { .. } => true,
            Self::NoProof { status, .. } | Self::NotPaid { status, .. } => *status != Status::Failed,
            Self::Refused { may_pass_later, .. } => *may_pass_later,
            Self::Stopped
            | Self::Halted { .. }
            | Self::NotARequester
            | Self::NoWorker { .. }
            | Self::UnknownTask { .. }
            | Self::LongHistory { .. }
            | Self::LateCheckpoint { .. }
            | Self::Unvouched { .. }
            | Self::NotInLedger { .. }
            | Self::Pruned { .. }
            | Self::NotAProver
            | Self::NoSpeed { .. }
            | Self::AliasUsed { .. }
            | Self::Sent { .. }
            | Self::Unreadable { .. }
            | Self::Malformed { .. }
            | Self::Lint(_)
            | Self::WitnessPublic { .. }
            | Self::UnknownCircuit { .. }
            | Self::Unsatisfied { .. }
            | Self::Unbuildable { .. } => false,
        }
    }
}

/// A finding of the lint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}{}: {hint}", constraint.map(|at| format!(" (constraint {at})")).unwrap_or_default())]
pub struct Warning {
    /// The kind of finding, stable over versions.
    pub code: String,
    /// The sentence that says what the lint found.
    pub message: String,
    /// The advice on what to do about it.
    pub hint: String,
    /// The constraint it was found at, from 0.
    pub constraint: Option<usize>,
    /// A signal it is about, where names are known.
    pub signal: Option<String>,
}

impl From<&Lint> for Warning {
    fn from(lint: &Lint) -> Self {
        Self {
            code: lint.code.to_owned(),
            message: lint.message.clone(),
            hint: lint.hint.to_owned(),
            constraint: lint.constraint,
            signal: lint.signal.clone(),
        }
    }
}
