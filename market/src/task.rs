//! The life of a task: one enum, one match.
//!
//! ```text
//! Pending → Assigned → InProgress → Delivered → Completed
//!    ↑          └──────────┴─────────────┤
//!    └──────── the award ends ───────────┘      any open stage → Failed; all before Delivered → Cancelled
//! ```

use crate::{auction::Terms, clock::Moment, event::AwardEnd, quality::Facts};
use dpgn_protocol::{
    ids::{AccountId, ProofHash},
    ops::Bid,
    outcome::Settlement,
    proof_layout::nominal_proof_len,
    units::{Credits, Degree, Epoch, Timestamp},
};
use serde::{Deserialize, Serialize};

/// One bid and all that became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Who buys.
    pub requester: AccountId,
    /// What is to be proved, for how much, until when. Its lists are dropped when the task ends.
    pub bid: Box<Bid>,
    /// The circuit's padded rows.
    pub degree: Degree,
    /// The bytes of a proof of the circuit.
    pub proof_len: u32,
    /// When the bid was taken up.
    pub opened: Timestamp,
    /// What the bid has cost for good: the weight of its outcome.
    pub fee: Credits,
    /// What is locked for paying; nothing once the task has ended.
    pub escrow: Credits,
    /// How many provers may have seen the inputs.
    pub disclosures: u8,
    /// How many separately bonded provers said they did not get what the bid promises.
    pub complaints: u8,
    /// Awards that ended without a proof; their provers are out of this bid.
    pub attempts: Vec<Attempt>,
    /// A finished proof that came after its award had ended: paid if the replacement fails.
    pub late: Option<Box<(Award, Delivery)>>,
    /// Where the task stands.
    pub stage: Stage,
}

/// An award that came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The award as it stood.
    pub award: Award,
    /// When it ended.
    pub at: Timestamp,
    /// Why.
    pub end: AwardEnd,
    /// What was lost of its collateral.
    pub slashed: Credits,
}

/// The auction's decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Award {
    /// Who proves.
    pub prover: AccountId,
    /// Who put up the collateral: the prover, or the sponsor of its ask.
    pub guarantor: AccountId,
    /// What a valid proof is paid.
    pub price: Credits,
    /// What is at stake.
    pub collateral: Credits,
    /// When it was awarded.
    pub at: Timestamp,
    /// The same, as windows count.
    pub since: Moment,
    /// `Start` is owed by then.
    pub start_by: Moment,
    /// `Deliver` is owed by then.
    pub due: Moment,
    /// When `Start` was decided.
    pub started: Option<Timestamp>,
    /// The winner's terms in the auction.
    pub terms: Terms,
    /// The next best, if its time was reserved.
    pub runner_up: Option<Terms>,
}

/// A proof that is said to exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Which bytes.
    pub proof: ProofHash,
    /// How many.
    pub len: u32,
    /// When it was announced.
    pub at: Timestamp,
    /// `Settle` is owed by then.
    pub verdict_by: Moment,
}

/// Whose fault it is that there is no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Fault {
    /// Several provers could not be served.
    Requester,
    /// All who may try have failed.
    Prover,
    /// Nobody was there to prove.
    Network,
}

/// Where a task stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Nobody has it.
    Pending,
    /// Awarded; `Start` is owed.
    Assigned(Award),
    /// Started; `Alive` and `Deliver` are owed.
    InProgress(Award),
    /// Delivered; the committee's `Settle` is owed.
    Delivered(Award, Delivery),
    /// Proved and paid.
    Completed {
        /// What was paid for what.
        settlement: Box<Settlement>,
        /// When.
        at: Epoch,
    },
    /// Ended without a proof.
    Failed {
        /// Whose fault.
        fault: Fault,
        /// When.
        at: Epoch,
    },
    /// Taken back.
    Cancelled {
        /// What the prover got for its time.
        paid: Credits,
        /// When.
        at: Epoch,
    },
}

/// The five words that users know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has it.
    Pending,
    /// A prover was chosen.
    Assigned,
    /// It is being proved or verified.
    InProgress,
    /// Proved and paid.
    Completed,
    /// Ended without a proof, or taken back.
    Failed,
}

impl Status {
    /// The word itself.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Assigned => "assigned",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more will happen.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// One step in a task's life.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Award(Award),
    Start {
        at: Timestamp,
    },
    Deliver(Delivery),
    /// The award ended; the task is open again.
    Reopen,
    /// The award ended; a late proof of another takes its place.
    Revive(Award, Delivery),
    Complete {
        settlement: Box<Settlement>,
        at: Epoch,
    },
    Fail {
        fault: Fault,
        at: Epoch,
    },
    Cancel {
        paid: Credits,
        at: Epoch,
    },
}

/// A step that a task's stage does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a task that is {stage} cannot {step}")]
pub struct IllegalStep {
    /// Where the task stands.
    pub stage: &'static str,
    /// What was tried.
    pub step: &'static str,
}

impl Stage {
    /// Every legal step; the rest is an error.
    pub(crate) fn next(self, step: Step) -> Result<Self, IllegalStep> {
        use Stage::{Assigned, Cancelled, Completed, Delivered, Failed, InProgress, Pending};
        match (self, step) {
            (Pending, Step::Award(award)) => Ok(Assigned(award)),
            (Assigned(award), Step::Start { at }) => Ok(InProgress(Award { started: Some(at), ..award })),
            (InProgress(award), Step::Deliver(delivery)) => Ok(Delivered(award, delivery)),
            (Assigned(_) | InProgress(_) | Delivered(..), Step::Reopen) => Ok(Pending),
            (Pending | Assigned(_) | InProgress(_) | Delivered(..), Step::Revive(award, delivery)) => {
                Ok(Delivered(award, delivery))
            }
            (Delivered(..), Step::Complete { settlement, at }) => Ok(Completed { settlement, at }),
            (Pending | Assigned(_) | InProgress(_) | Delivered(..), Step::Fail { fault, at }) => {
                Ok(Failed { fault, at })
            }
            (Pending | Assigned(_) | InProgress(_), Step::Cancel { paid, at }) => Ok(Cancelled { paid, at }),
            (stage, step) => Err(IllegalStep { stage: stage.name(), step: step.name() }),
        }
    }

    /// The live award, if there is one.
    pub fn award(&self) -> Option<&Award> {
        match self {
            Self::Assigned(award) | Self::InProgress(award) | Self::Delivered(award, _) => Some(award),
            Self::Pending | Self::Completed { .. } | Self::Failed { .. } | Self::Cancelled { .. } => None,
        }
    }

    /// The delivery that waits for verdicts.
    pub fn delivery(&self) -> Option<&Delivery> {
        match self {
            Self::Delivered(_, delivery) => Some(delivery),
            _ => None,
        }
    }

    /// The epoch it ended in; none while it is open.
    pub fn ended(&self) -> Option<Epoch> {
        match self {
            Self::Completed { at, .. } | Self::Failed { at, .. } | Self::Cancelled { at, .. } => Some(*at),
            Self::Pending | Self::Assigned(_) | Self::InProgress(_) | Self::Delivered(..) => None,
        }
    }

    /// The user's word for it.
    pub fn status(&self) -> Status {
        match self {
            Self::Pending => Status::Pending,
            Self::Assigned(_) => Status::Assigned,
            Self::InProgress(_) | Self::Delivered(..) => Status::InProgress,
            Self::Completed { .. } => Status::Completed,
            Self::Failed { .. } | Self::Cancelled { .. } => Status::Failed,
        }
    }

    /// The engineer's word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Assigned(_) => "assigned",
            Self::InProgress(_) => "in progress",
            Self::Delivered(..) => "delivered",
            Self::Completed { .. } => "completed",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
        }
    }
}

impl Step {
    fn name(&self) -> &'static str {
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

impl Task {
    pub(crate) fn facts(&self) -> Facts {
        let nominal_len = nominal_proof_len(self.bid.level, self.degree) as u64;
        Facts { deadline: self.bid.deadline, degree: self.degree, nominal_len }
    }

    /// Whether this prover had an award of the task that came to nothing.
    pub fn has_failed(&self, prover: AccountId) -> bool {
        self.attempts.iter().any(|a| a.award.prover == prover)
    }
}
