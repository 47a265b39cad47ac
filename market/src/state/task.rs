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

mod challenge;
mod imagined;
mod in_round;
mod rise;

use super::{
    award::{Attempt, Award, Delivery},
    circuit::Registered,
    clock::Moment,
    coins::{Coins, Holding, Short},
    fault::Fault,
    round::Round,
    status::Status,
    step::{EndedAward, IllegalStep, Step},
};
use dpgn_protocol::{
    ids::AccountId,
    ops::{Bid, SignedOp},
    outcome::Settlement,
    units::{Credits, Degree, Epoch, Height, Timestamp},
};
pub(crate) use rise::Rise;
use serde::{Deserialize, Serialize};

/// One bid and all that became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The account that buys the proof. Nobody has the key of that which asks for challenges.
    pub requester: AccountId,
    /// Whether the task is a challenge: the network pays for it, and nobody serves anything.
    pub is_challenge: bool,
    /// The account that paid the bid's fees: the requester, or its sponsor.
    pub payer: AccountId,
    /// The bid: what is to be proved, for how much, until when. Its reward is the one that it has risen to. Its lists and
    /// the name of its builder are dropped when the task ends.
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
    /// The height of the block that made the last of them; `None` before the first. It stays when the task ends.
    pub awarded: Option<Height>,
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
    /// The rise of its reward that is next; `None` if it rises no more, or is not to.
    pub(super) rise: Option<Rise>,
    /// The stage that the task is in.
    pub stage: Stage,
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

impl Task {
    /// A task whose escrow is not locked yet.
    pub(crate) fn new(op: &SignedOp, bid: &Bid, circuit: &Registered, opened: Timestamp, fee: Credits) -> Self {
        let task = Self::unlocked((op.signer(), op.payer()), bid.clone(), circuit.degree, opened);
        Self { proof_len: circuit.proof_len, fee, ..task }
    }

    /// The task of a bid, with nothing locked for it and no fee paid.
    fn unlocked((requester, payer): (AccountId, AccountId), bid: Bid, degree: Degree, opened: Timestamp) -> Self {
        Self {
            requester,
            is_challenge: false,
            payer,
            bid: Box::new(bid),
            degree,
            proof_len: 0,
            opened,
            fee: Credits::ZERO,
            escrow: Holding::empty(),
            reserve: Holding::empty(),
            awards: 0,
            awarded: None,
            disclosures: 0,
            complaints: 0,
            attempts: Vec::new(),
            closed: None,
            round: None,
            rise: None,
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

    /// The most that a prover can be paid once the reward has risen as far as it may, in micro-credits.
    pub fn payable_max(&self) -> Credits {
        self.payable().max(self.bid.reward_max().min(self.escrow()))
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
