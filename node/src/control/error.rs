//! Errors as the control socket carries them: typed, so that the program can say what to do next, and in a form
//! that can be written down.
//!
//! What the program acts on has fields of its own. What it only shows is the sentence of the room that knows.

use crate::{
    engine::Rejected,
    error::{
        CancelError, CommandError, ExplainError, PastError, ProofError, SubmitError, TaskError, TasksError, Unavailable,
    },
    prepare::PrepareError,
    task_ref::TaskRef,
    view::Status,
};
use dpgn_market::Refused;
use dpgn_protocol::{
    ids::{AccountId, CircuitId, TaskId},
    units::{Credits, Height, Level},
};
use dpgn_prover::{
    ProverError,
    circuit::{Lint, WitnessError},
};
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
            Self::NoProof { status, .. } => *status != Status::Failed,
            Self::Refused { may_pass_later, .. } => *may_pass_later,
            Self::Stopped
            | Self::Halted { .. }
            | Self::NotARequester
            | Self::UnknownTask { .. }
            | Self::NotInLedger { .. }
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

impl From<Unavailable> for ControlError {
    fn from(error: Unavailable) -> Self {
        match error {
            Unavailable::Busy { waiting_max } => Self::Busy { waiting_max },
            Unavailable::Stopped => Self::Stopped,
            Unavailable::Halted(error) => Self::Halted { reason: error.to_string() },
        }
    }
}

impl From<TaskError> for ControlError {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::Unavailable(error) => error.into(),
            TaskError::Disk(error) => Self::Machine { reason: error.to_string() },
            TaskError::Unknown(task) => Self::UnknownTask { task },
        }
    }
}

impl From<TasksError> for ControlError {
    fn from(error: TasksError) -> Self {
        match error {
            TasksError::Unavailable(error) => error.into(),
            TasksError::Disk(error) => Self::Machine { reason: error.to_string() },
        }
    }
}

impl From<ProofError> for ControlError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Task(error) => error.into(),
            ProofError::Missing { task, status } => Self::NoProof { task, status },
        }
    }
}

impl From<CancelError> for ControlError {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::Task(error) => error.into(),
            CancelError::Unavailable(error) => error.into(),
            CancelError::Rejected(error) => error.into(),
        }
    }
}

impl From<CommandError> for ControlError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Unavailable(error) => error.into(),
            CommandError::Rejected(error) => error.into(),
        }
    }
}

impl From<ExplainError> for ControlError {
    fn from(error: ExplainError) -> Self {
        match error {
            ExplainError::Unavailable(error) => error.into(),
            ExplainError::Unknown(task) => Self::NotInLedger { task },
            ExplainError::Past(error) => error.into(),
        }
    }
}

impl From<PastError> for ControlError {
    fn from(error: PastError) -> Self {
        match error {
            PastError::Unavailable(error) => error.into(),
            PastError::NoBlock { height, last } => Self::NoBlock { height, last },
            PastError::Disk(error) => Self::Machine { reason: error.to_string() },
        }
    }
}

impl From<SubmitError> for ControlError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Unavailable(error) => error.into(),
            SubmitError::NotARequester => Self::NotARequester,
            SubmitError::Prepare(error) => error.into(),
            SubmitError::Rejected(error) => error.into(),
            SubmitError::Unseen(error) => Self::Sent { reason: error.to_string() },
        }
    }
}

impl From<Rejected> for ControlError {
    fn from(error: Rejected) -> Self {
        match error {
            Rejected::Busy(count) => Self::OpsUnderWay { count },
            Rejected::UnknownTask(task) => Self::UnknownTask { task: TaskRef::Id(task) },
            Rejected::Ledger(Refused::InsufficientFunds { account, available, required }) => {
                Self::InsufficientFunds { account, available, required }
            }
            Rejected::Ledger(Refused::NotACandidate { account, bond, min }) => {
                Self::NotACandidate { account, bond, min }
            }
            Rejected::Ledger(Refused::NotLocked { candidate, locked, required }) => {
                Self::NotLocked { candidate, locked, required }
            }
            Rejected::Ledger(Refused::AliasUsed(alias)) => Self::AliasUsed { alias },
            Rejected::Ledger(refused) => {
                Self::Refused { may_pass_later: refused.may_pass_later(), reason: refused.to_string() }
            }
            Rejected::Block(error) => Self::Machine { reason: error.to_string() },
            Rejected::Encode(error) => Self::Malformed { reason: error.to_string() },
            Rejected::NotAProver => Self::NotAProver,
            Rejected::NoSpeed(level) => Self::NoSpeed { level },
            error @ Rejected::TooManyOffers => Self::Malformed { reason: error.to_string() },
        }
    }
}

impl From<PrepareError> for ControlError {
    fn from(error: PrepareError) -> Self {
        let reason = error.to_string();
        match error {
            PrepareError::Read { path, source } => Self::Unreadable { path, reason: source.to_string() },
            PrepareError::TooLarge { .. }
            | PrepareError::R1cs { .. }
            | PrepareError::Sym { .. }
            | PrepareError::Envelope(_)
            | PrepareError::KeptRecipe { .. }
            | PrepareError::OtherLevel { .. }
            | PrepareError::Bounds(_)
            | PrepareError::Text(_) => Self::Malformed { reason },
            PrepareError::Lint(lint) => Self::Lint(Warning::from(&lint)),
            PrepareError::WitnessPublic(level) => Self::WitnessPublic { level },
            PrepareError::UnknownCircuit(circuit) => Self::UnknownCircuit { circuit },
            PrepareError::Witness { source: WitnessError::Unsatisfied(_), has_names, .. } => {
                Self::Unsatisfied { reason, has_names }
            }
            PrepareError::Witness { .. } => Self::Malformed { reason },
            PrepareError::Prover(ProverError::Refused(_)) => Self::Unbuildable { reason },
            PrepareError::Prover(
                ProverError::Busy { .. } | ProverError::ShutDown | ProverError::Worker(_) | ProverError::Unable(_),
            )
            | PrepareError::Disk(_)
            | PrepareError::Panicked(_)
            | PrepareError::Random(_) => Self::Machine { reason },
        }
    }
}
