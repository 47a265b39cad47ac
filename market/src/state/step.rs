//! Steps in the life of a task, and what a step that ends an award leaves behind.

use super::{
    award::{Award, Delivery},
    coins::Coins,
    fault::Fault,
};
use dpgn_protocol::{
    ids::AccountId,
    outcome::Settlement,
    units::{Credits, Epoch, Timestamp},
};

/// One step in a task's life.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The auction awards the task.
    Award(Award),
    /// The prover binds itself with its collateral.
    Start { at: Timestamp },
    /// The prover says that the proof exists.
    Deliver(Delivery),
    /// The award ended, and the task is open again.
    Reopen,
    /// The award ended, and a late proof of another prover takes its place.
    Revive(Award, Delivery),
    /// The proof is paid.
    Complete { settlement: Box<Settlement>, at: Epoch },
    /// The task ends without a proof.
    Fail { fault: Fault, at: Epoch },
    /// The requester takes the task back.
    Cancel { paid: Credits, at: Epoch },
}

/// A step that the stage of a task does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a task that is {stage} cannot {step}")]
pub struct IllegalStep {
    /// The name of the stage that the task is in.
    pub stage: &'static str,
    /// The name of the step that was tried.
    pub step: &'static str,
}

impl Step {
    /// Whether a live award ends by this step.
    pub(super) fn ends_award(&self) -> bool {
        match self {
            Self::Award(_) | Self::Start { .. } | Self::Deliver(_) => false,
            Self::Reopen | Self::Revive(..) | Self::Complete { .. } | Self::Fail { .. } | Self::Cancel { .. } => true,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Award(_) => "be awarded",
            Self::Start { .. } => "start",
            Self::Deliver(_) => "be delivered",
            Self::Reopen => "be opened again",
            Self::Revive(..) => "take up a late proof",
            Self::Complete { .. } => "complete",
            Self::Fail { .. } => "fail",
            Self::Cancel { .. } => "be cancelled",
        }
    }
}

/// The prover and the coins that an ended award leaves behind.
#[derive(Debug)]
#[must_use = "the collateral in here is lost if it is given to nobody"]
pub(crate) struct EndedAward {
    pub(crate) prover: AccountId,
    pub(crate) guarantor: AccountId,
    pub(crate) collateral: Coins,
}
