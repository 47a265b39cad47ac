//! Causes: which error of the control socket an error of a node's handle is.

use super::error::{ControlError, Warning};
use crate::{
    engine::Rejected,
    error::{
        CancelError, CheckpointError, CommandError, ExplainError, PastError, ProofError, ReceiptError, SubmitError,
        TaskError, TasksError, Unavailable,
    },
    prepare_error::PrepareError,
    runtime::error::ReceiptMissing,
    task_ref::TaskRef,
};
use dpgn_market::Refused;
use dpgn_prover::{JobUnable, ProverError, circuit::WitnessError};

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

impl From<ReceiptError> for ControlError {
    fn from(error: ReceiptError) -> Self {
        match error {
            ReceiptError::Task(error) => error.into(),
            ReceiptError::Unavailable(error) => error.into(),
            ReceiptError::NotSettled { task, status } => Self::NotPaid { task, status },
            ReceiptError::Disk(error) => error.into(),
        }
    }
}

impl From<CheckpointError> for ControlError {
    fn from(error: CheckpointError) -> Self {
        match error {
            CheckpointError::Unavailable(error) => error.into(),
            CheckpointError::Disk(error) => error.into(),
        }
    }
}

impl From<ReceiptMissing> for ControlError {
    fn from(error: ReceiptMissing) -> Self {
        let reason = error.to_string();
        match error {
            ReceiptMissing::History { borders, limit } => Self::LongHistory { borders, limit },
            ReceiptMissing::Unvouched { first } => Self::Unvouched { first },
            ReceiptMissing::Late { since, height } => Self::LateCheckpoint { since, height },
            ReceiptMissing::Store(_)
            | ReceiptMissing::Encode(_)
            | ReceiptMissing::NoBlock(_)
            | ReceiptMissing::Unseen
            | ReceiptMissing::NoOp(_)
            | ReceiptMissing::Gap { .. } => Self::Machine { reason },
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
            PastError::Pruned { height, first } => Self::Pruned { height, first },
            PastError::Disk(error) => Self::Machine { reason: error.to_string() },
        }
    }
}

impl From<SubmitError> for ControlError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Unavailable(error) => error.into(),
            SubmitError::NotARequester => Self::NotARequester,
            SubmitError::NoWorker(error) => Self::NoWorker { reason: error.to_string() },
            error @ SubmitError::Deadline { .. } => Self::Refused { may_pass_later: false, reason: error.to_string() },
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
            PrepareError::Prover(
                ProverError::Refused(_) | ProverError::Unable(JobUnable::NoBuilder { .. } | JobUnable::Memory { .. }),
            ) => Self::Unbuildable { reason },
            PrepareError::Prover(
                ProverError::Busy { .. } | ProverError::ShutDown | ProverError::Worker(_) | ProverError::Unable(_),
            )
            | PrepareError::Disk(_)
            | PrepareError::Panicked(_)
            | PrepareError::Random(_) => Self::Machine { reason },
        }
    }
}
