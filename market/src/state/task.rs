//! The life of a task: one enum, one match.
//!
//! ```text
//! Pending → Assigned → InProgress → Delivered → Completed
//!    ↑          └──────────┴─────────────┤
//!    └──────── the award ends ───────────┘      any open stage → Failed; all before Delivered → Cancelled
//! ```
//!
//! What must never happen: a stage with a live award that is left without its collateral being returned
//! ([`Task::step`]).

mod imagined;

use super::{
    award::{Attempt, Award, Delivery},
    circuit::Registered,
    coins::{Coins, Holding, Short},
    round::Round,
    status::Status,
};
use dpgn_protocol::{
    ids::AccountId,
    ops::{Bid, SignedOp},
    outcome::Settlement,
    units::{Credits, Degree, Epoch, Timestamp},
};
use serde::{Deserialize, Serialize};

/// One bid and all that became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The account that buys the proof.
    pub requester: AccountId,
    /// The account that paid the bid's fees: the requester, or its sponsor.
    pub payer: AccountId,
    /// The bid: what is to be proved, for how much, until when. Its lists are dropped when the task ends.
    pub bid: Box<Bid>,
    /// The circuit's padded rows, as a power of two.
    pub degree: Degree,
    /// The length in bytes of a proof of the circuit.
    pub proof_len: u32,
    /// The time of the block that took the bid up.
    pub opened: Timestamp,
    /// The fees that the bid has cost for good, in micro-credits. Half of them were burned.
    pub fee: Credits,
    /// The credits that are locked to pay the prover; none once the task has ended.
    escrow: Holding,
    /// The credits that are locked to pay for faults of the requester; none once the task has ended.
    reserve: Holding,
    /// The number of awards that have been made.
    pub awards: u32,
    /// The number of provers that may have seen the inputs, each counted at its `Start`.
    pub disclosures: u8,
    /// The number of separately guaranteed provers with a name that said they did not get what the bid promises.
    pub complaints: u8,
    /// The awards that ended without a proof. Their provers are out of this bid. Dropped when the task ends.
    pub attempts: Vec<Attempt>,
    /// The time of the block in which the task ended; `None` while it is open.
    pub closed: Option<Timestamp>,
    /// The sealed round of the bid, if it asked for one. Dropped when the task ends.
    pub round: Option<Box<Round>>,
    /// The stage that the task is in.
    pub stage: Stage,
}

/// The party whose fault it is that there is no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Fault {
    /// The requester is at fault: several provers with a name did not get what the bid promises.
    Requester,
    /// The provers are at fault: all that were allowed to try have failed.
    Prover,
    /// Nobody is at fault: no prover was there before the deadline.
    Network,
    /// Nobody is shown to be at fault: all who tried say what only they and the requester can know, and too few of them
    /// have a name.
    Unclear,
    /// Nobody is at fault: the table of open tasks was full, and a bid that pays more for its time took the place.
    Displaced,
}

/// The stage of a task's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// The task waits for an award.
    Pending,
    /// The task is awarded, and its prover owes `Start`.
    Assigned(Award),
    /// The prover has started, and owes `Alive` and `Deliver`.
    InProgress(Award),
    /// The prover has delivered, and the committee owes its findings.
    Delivered(Award, Delivery),
    /// The proof was found valid and is paid.
    Completed {
        /// The bill: what was paid for what.
        settlement: Box<Settlement>,
        /// The epoch in which the task ended.
        at: Epoch,
    },
    /// The task ended without a proof.
    Failed {
        /// The party whose fault it is.
        fault: Fault,
        /// The epoch in which the task ended.
        at: Epoch,
    },
    /// The requester took the task back.
    Cancelled {
        /// The micro-credits that the prover got for its time.
        paid: Credits,
        /// The epoch in which the task ended.
        at: Epoch,
    },
}

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

impl Stage {
    /// The stage after a step. Every legal step is listed; the rest is an error.
    fn next(self, step: Step) -> Result<Self, IllegalStep> {
        use Stage::{Assigned, Cancelled, Completed, Delivered, Failed, InProgress, Pending};
        match (self, step) {
            (Pending, Step::Award(award)) => Ok(Assigned(award)),
            (Assigned(award), Step::Start { at }) => Ok(InProgress(award.started(at))),
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

    /// The live award; `None` if nobody holds the task.
    pub fn award(&self) -> Option<&Award> {
        match self {
            Self::Assigned(award) | Self::InProgress(award) | Self::Delivered(award, _) => Some(award),
            Self::Pending | Self::Completed { .. } | Self::Failed { .. } | Self::Cancelled { .. } => None,
        }
    }

    /// The delivery that waits for the committee's findings; `None` if there is none.
    pub fn delivery(&self) -> Option<&Delivery> {
        match self {
            Self::Delivered(_, delivery) => Some(delivery),
            Self::Pending
            | Self::Assigned(_)
            | Self::InProgress(_)
            | Self::Completed { .. }
            | Self::Failed { .. }
            | Self::Cancelled { .. } => None,
        }
    }

    /// The same delivery, to enter a finding.
    pub(crate) fn delivery_mut(&mut self) -> Option<&mut Delivery> {
        match self {
            Self::Delivered(_, delivery) => Some(delivery),
            Self::Pending
            | Self::Assigned(_)
            | Self::InProgress(_)
            | Self::Completed { .. }
            | Self::Failed { .. }
            | Self::Cancelled { .. } => None,
        }
    }

    /// The epoch in which the task ended; `None` while it is open.
    pub fn ended(&self) -> Option<Epoch> {
        match self {
            Self::Completed { at, .. } | Self::Failed { at, .. } | Self::Cancelled { at, .. } => Some(*at),
            Self::Pending | Self::Assigned(_) | Self::InProgress(_) | Self::Delivered(..) => None,
        }
    }

    /// The status that users know for this stage.
    pub fn status(&self) -> Status {
        match self {
            Self::Pending => Status::Pending,
            Self::Assigned(_) => Status::Assigned,
            Self::InProgress(_) | Self::Delivered(..) => Status::InProgress,
            Self::Completed { .. } => Status::Completed,
            Self::Failed { .. } | Self::Cancelled { .. } => Status::Failed,
        }
    }

    /// The name of the stage in errors.
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
    /// Whether a live award ends by this step.
    fn ends_award(&self) -> bool {
        match self {
            Self::Award(_) | Self::Start { .. } | Self::Deliver(_) => false,
            Self::Reopen | Self::Revive(..) | Self::Complete { .. } | Self::Fail { .. } | Self::Cancel { .. } => true,
        }
    }

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

/// The prover and the coins that an ended award leaves behind.
#[derive(Debug)]
#[must_use = "the collateral in here is lost if it is given to nobody"]
pub(crate) struct EndedAward {
    pub(crate) prover: AccountId,
    pub(crate) guarantor: AccountId,
    pub(crate) collateral: Coins,
}

impl Task {
    /// A task whose escrow is not locked yet.
    pub(crate) fn new(op: &SignedOp, bid: &Bid, circuit: &Registered, opened: Timestamp, fee: Credits) -> Self {
        Self {
            requester: op.signer(),
            payer: op.payer(),
            bid: Box::new(bid.clone()),
            degree: circuit.degree,
            proof_len: circuit.proof_len,
            opened,
            fee,
            escrow: Holding::empty(),
            reserve: Holding::empty(),
            awards: 0,
            disclosures: 0,
            complaints: 0,
            attempts: Vec::new(),
            closed: None,
            round: None,
            stage: Stage::Pending,
        }
    }

    /// The micro-credits that are locked to pay the prover; none once the task has ended.
    pub fn escrow(&self) -> Credits {
        self.escrow.amount()
    }

    /// The micro-credits that are locked to pay for faults of the requester; none once the task has ended.
    pub fn reserve(&self) -> Credits {
        self.reserve.amount()
    }

    /// The most that a prover can be paid, in micro-credits: the reward, or what is left of the escrow if faults of the
    /// requester had to be paid out of it. Of a task that has ended it is the reward.
    pub fn payable(&self) -> Credits {
        if self.stage.ended().is_some() { self.bid.reward } else { self.bid.reward.min(self.escrow()) }
    }

    /// Locks coins as the escrow and as the reserve.
    pub(crate) fn lock(&mut self, escrow: Coins, reserve: Coins) {
        self.escrow.give(escrow);
        self.reserve.give(reserve);
    }

    /// The micro-credits that are locked for the task: the most that a fault of its requester can cost.
    pub fn locked(&self) -> Credits {
        self.escrow().saturating_add(self.reserve())
    }

    /// Puts coins into the reserve.
    pub(crate) fn top_up(&mut self, coins: Coins) {
        self.reserve.give(coins);
    }

    /// Takes what a fault of the requester costs out of the reserve, or all of it if that is less.
    pub(crate) fn take_reserve(&mut self, most: Credits) -> Coins {
        self.reserve.take_up_to(most)
    }

    /// Takes out of the escrow what reserve and balance did not have for a fault of the requester.
    pub(crate) fn take_escrow(&mut self, most: Credits) -> Coins {
        self.escrow.take_up_to(most)
    }

    /// Takes what the prover is paid out of the escrow.
    pub(crate) fn take(&mut self, price: Credits) -> Result<Coins, Short> {
        self.escrow.take(price)
    }

    /// Takes what is left of the escrow and of the reserve, for its requester.
    pub(crate) fn take_rest(&mut self) -> (Coins, Coins) {
        (self.escrow.take_all(), self.reserve.take_all())
    }

    /// Whether the task's stage allows a step.
    pub(crate) fn allows(&self, step: Step) -> Result<(), IllegalStep> {
        self.stage.clone().next(step).map(drop)
    }

    /// Takes a step, or changes nothing. If a live award ends by it, its collateral is returned.
    pub(crate) fn step(&mut self, step: Step) -> Result<Option<EndedAward>, IllegalStep> {
        let ends_award = step.ends_award();
        if let Step::Award(award) = &step {
            self.awards = award.number;
        }
        let next = self.stage.clone().next(step)?;
        let last = std::mem::replace(&mut self.stage, next);
        Ok(if ends_award { last.into_ended() } else { None })
    }

    /// The award of this number: the live one, or one that has come to nothing. A task that has ended remembers none.
    pub fn award_by_number(&self, number: u32) -> Option<&Award> {
        let ended = self.attempts.iter().map(|attempt| &attempt.award);
        ended.chain(self.stage.award()).find(|award| award.number == number)
    }

    /// Whether this prover had an award of the task that came to nothing.
    pub fn has_failed(&self, prover: AccountId) -> bool {
        self.attempts.iter().any(|a| a.award.prover == prover)
    }
}

impl Stage {
    fn into_ended(self) -> Option<EndedAward> {
        match self {
            Self::Assigned(award) | Self::InProgress(award) | Self::Delivered(award, _) => {
                Some(EndedAward { prover: award.prover, guarantor: award.guarantor, collateral: award.unlock() })
            }
            Self::Pending | Self::Completed { .. } | Self::Failed { .. } | Self::Cancelled { .. } => None,
        }
    }
}
