//! Errors of a node's handle: one enum per call, with what was wrong, its numbers, and whether trying again can help.
//!
//! They hold facts and no advice: whoever shows them to people says what to do next.

use crate::{
    engine::Rejected,
    prepare_error::PrepareError,
    runtime::error::{DiskError, ReceiptMissing, Stopped},
    task_ref::TaskRef,
    view::Status,
};
use dpgn_protocol::{ids::TaskId, units::Height};
use dpgn_prover::ProverError;
use std::sync::Arc;

/// Why a node gave no answer at all. Every call can fail so.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unavailable {
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
    #[error("the node has stopped: {0}")]
    Halted(Arc<Stopped>),
}

impl Unavailable {
    /// Whether the same call on this handle may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::Stopped | Self::Halted(_) => false,
        }
    }
}

/// Why a purchase was not confirmed. Nothing was sent or charged, except perhaps after `Unseen` and `Unavailable`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// The node gave no answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The node is no requester.
    #[error("this node is no requester")]
    NotARequester,
    /// The proof was to be made here if need be, and this node has no worker that makes any.
    #[error("this node cannot prove itself: {0}")]
    NoWorker(ProverError),
    /// The network takes no bid with this deadline.
    #[error("the deadline is {seconds} s from now; it must be {least} to {most} s")]
    Deadline {
        /// The seconds that were given.
        seconds: u64,
        /// The least that the network takes.
        least: u64,
        /// The most that it takes.
        most: u64,
    },
    /// The purchase is wrong, or could not be made ready.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The engine or the ledger refused the bid.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// The bid is on its way, but the node could not say how its task stands.
    #[error("the bid is on its way, but: {0}")]
    Unseen(#[from] TaskError),
}

impl SubmitError {
    /// Whether the same purchase may be accepted later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(error) => error.is_retryable(),
            Self::Prepare(error) => error.is_retryable(),
            Self::Rejected(error) => may_pass_later(error),
            // It has been accepted once: again, it would be bought twice.
            Self::NotARequester | Self::NoWorker(_) | Self::Deadline { .. } | Self::Unseen(_) => false,
        }
    }
}

/// Why one task was not shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The node gave no answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The task ended long ago, and its record could not be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The task is none of this node's own.
    #[error("task {0} is not one of this node's")]
    Unknown(TaskRef),
}

impl TaskError {
    /// Whether the same question may be answered later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(error) => error.is_retryable(),
            Self::Disk(_) | Self::Unknown(_) => false,
        }
    }
}

/// Why own tasks were not listed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TasksError {
    /// The node gave no answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The records of tasks that ended long ago could not be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl TasksError {
    /// Whether the same question may be answered later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(error) => error.is_retryable(),
            Self::Disk(_) => false,
        }
    }
}

/// Why a bid was not taken back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CancelError {
    /// The task is unknown, or the node gave no answer.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The node gave no answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The engine or the ledger refused the cancellation.
    #[error(transparent)]
    Rejected(#[from] Rejected),
}

impl CancelError {
    /// Whether the same cancellation may be accepted later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Task(error) => error.is_retryable(),
            Self::Unavailable(error) => error.is_retryable(),
            Self::Rejected(error) => may_pass_later(error),
        }
    }
}

/// Why an order of the node's owner was not carried out: to send credits, to sell at other prices, to name a payee,
/// to bond or to vote.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The node gave no answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The engine or the ledger refused the order.
    #[error(transparent)]
    Rejected(#[from] Rejected),
}

impl CommandError {
    /// Whether the same order may be accepted later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(error) => error.is_retryable(),
            Self::Rejected(error) => may_pass_later(error),
        }
    }
}

/// Why a task's proof was not shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The task is unknown, or the node gave no answer.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// There is no proof here yet, or there never will be one.
    #[error("task {task} is {status}: there is no proof here")]
    Missing {
        /// The task that was asked about.
        task: TaskId,
        /// The status of the task; a failed task never has a proof.
        status: Status,
    },
}

impl ProofError {
    /// Whether the proof may be there later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Task(error) => error.is_retryable(),
            Self::Missing { status, .. } => *status != Status::Failed,
        }
    }
}

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// The task is unknown, or the node gave no answer.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The node gave no answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// No block has paid for the task yet, or none ever will.
    #[error("task {task} is {status}: no block has paid for it")]
    NotSettled {
        /// The task that was asked about.
        task: TaskId,
        /// The status of the task; a failed task has no receipt, even if its proof was paid and found bad here.
        status: Status,
    },
    /// The receipt could not be put together from this node's disk.
    #[error(transparent)]
    Disk(#[from] ReceiptMissing),
}

impl ReceiptError {
    /// Whether the receipt may be there later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Task(error) => error.is_retryable(),
            Self::Unavailable(error) => error.is_retryable(),
            Self::NotSettled { status, .. } => *status != Status::Failed,
            Self::Disk(_) => false,
        }
    }
}

/// Why a checkpoint, or what leads from one to the next, was not shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The node gave no answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The handovers could not be read from this node's disk.
    #[error(transparent)]
    Disk(#[from] ReceiptMissing),
}

impl CheckpointError {
    /// Whether the same question may be answered later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(error) => error.is_retryable(),
            Self::Disk(_) => false,
        }
    }
}

/// Why a task was not explained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// The node gave no answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The ledger has no such task yet, or has forgotten it.
    #[error("the ledger does not know task {0}, or has forgotten it")]
    Unknown(TaskRef),
    /// Its history could not be read from the blocks.
    #[error(transparent)]
    Past(#[from] PastError),
}

impl ExplainError {
    /// Whether the same question may be answered later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(error) => error.is_retryable(),
            Self::Past(error) => error.is_retryable(),
            Self::Unknown(_) => false,
        }
    }
}

/// Why old blocks were not applied again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PastError {
    /// The node gave no answer, or is at work at another question about the past.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// There is no such block yet.
    #[error("block {height} is not decided yet; the last one is {last}")]
    NoBlock {
        /// The height that was asked for.
        height: Height,
        /// The height of the last block.
        last: Height,
    },
    /// The blocks are no longer kept on this node.
    #[error("what led to height {height} is pruned: this node keeps blocks from height {first} on")]
    Pruned {
        /// The height that was asked for.
        height: Height,
        /// The lowest height whose block is kept.
        first: Height,
    },
    /// What is on disk does not lead there.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl PastError {
    /// Whether the same question may be answered later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(error) => error.is_retryable(),
            Self::NoBlock { .. } => true,
            Self::Pruned { .. } | Self::Disk(_) => false,
        }
    }
}

/// Whether the engine may accept the same command later.
fn may_pass_later(error: &Rejected) -> bool {
    match error {
        Rejected::Busy(_) | Rejected::Block(_) => true,
        Rejected::Ledger(refused) => refused.may_pass_later(),
        Rejected::UnknownTask(_)
        | Rejected::Encode(_)
        | Rejected::NotAProver
        | Rejected::NoSpeed(_)
        | Rejected::TooManyOffers => false,
    }
}
