//! A statement: what came to an account and what went, block by block, and what each movement was for.

use crate::state::{award::AwardEnd, fault::Fault};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    ops::Action,
    units::{Credits, Height, Timestamp},
};
use serde::{Deserialize, Serialize};

/// The movements of one account's credits over some blocks, as applying these again has shown them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The account whose credits moved.
    pub account: AccountId,
    /// The first block that is covered.
    pub from: Height,
    /// The last block that is covered; less than `from` if none is.
    pub to: Height,
    /// What the account had before the first block.
    pub opening: Held,
    /// What it had after the last block.
    pub closing: Held,
    /// The movements, the oldest first: the newest of them, if there are more than were asked for.
    pub lines: Vec<StatementLine>,
    /// The number of older movements that are left out of `lines`; the sums below have them.
    pub left_out: u64,
    /// The sums over all movements, by cause.
    pub sums: Vec<Sum>,
    /// The awards that the account held as a prover and that no proof was paid for, the oldest first: at most the
    /// newest [`UNPAID_MAX`](crate::UNPAID_MAX).
    pub unpaid: Vec<Unpaid>,
    /// The number of older ones that are left out of `unpaid`.
    pub unpaid_left_out: u64,
}

/// The credits of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The micro-credits that are free to spend.
    pub free: Credits,
    /// The micro-credits that are locked for its open bids, as collateral of awards that it guarantees, and for elections.
    pub locked: Credits,
}

/// One movement. What an account has in all grows by `came` and falls by `went`; the rest changes its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// The height of the block.
    pub height: Height,
    /// The time of the block.
    pub time: Timestamp,
    /// What the movement was for.
    #[serde(flatten)]
    pub cause: Cause,
    /// The task it was for; absent if it was for none.
    pub task: Option<TaskId>,
    /// The other account that took part; absent if there is none, as with fees.
    pub with: Option<AccountId>,
    /// The micro-credits that came from others.
    pub came: Credits,
    /// The micro-credits that went to others, or were burned.
    pub went: Credits,
    /// The micro-credits that were locked.
    pub locked: Credits,
    /// The micro-credits that were locked and no longer are, whether they went or are free again.
    pub unlocked: Credits,
    /// The micro-credits that were free to spend after the movement.
    pub free: Credits,
}

/// What a movement was for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    /// The fee of an op that the account signed or sponsored.
    Fee {
        /// The kind of the op.
        op: OpKind,
    },
    /// A transfer to another account.
    Sent,
    /// A transfer of another account, or the credits that a sponsor opens a newcomer's account with.
    Received,
    /// The reward and the reserve of a bid were locked.
    Opened,
    /// The collateral of an award was locked.
    Awarded,
    /// A proof was paid, and what was left of the reward is free again.
    Paid,
    /// A proof of this account, or of a prover that it guarantees for, was paid; the collateral is free again.
    Earned,
    /// An award came to nothing.
    AwardEnded {
        /// How it ended.
        end: AwardEnd,
    },
    /// The collateral of a late proof was locked.
    KeptLate,
    /// Somebody else's proof was paid, and the collateral of a late one is free again.
    Returned,
    /// The deposit of a sealed ask, and the collateral of its award, were locked.
    Sealed,
    /// The deposit of a sealed ask, or the collateral that was locked with it, is free again.
    DepositReturned,
    /// The deposit of a sealed ask was burned: it was not opened, or its prover did not serve what it had won.
    DepositLost,
    /// What a ticket for a draw of challenges takes was locked.
    Ticketed,
    /// What was locked for a ticket is free again.
    TicketReturned,
    /// A task of this account, or one that its prover held when it ended, ended without a proof.
    Failed {
        /// The party at fault.
        fault: Fault,
    },
    /// A task was taken back.
    Cancelled,
    /// A bond as a candidate for the committee was locked.
    Bonded,
    /// Stake was locked on a candidate.
    Voted,
    /// Bonds or stakes that were taken back are free again.
    Unlocked,
    /// The bond was burned: there was evidence against the account.
    Slashed,
    /// The account's share of an epoch's fees, as a member of the committee.
    Committee,
    /// The account was forgotten, with what it had: poor, unused for long, and nothing open.
    Forgotten,
    /// A movement that none of the above explains.
    Other,
}

/// A kind of op.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is documented as an `Action`")]
pub enum OpKind {
    Transfer,
    Circuit,
    Bid,
    Ask,
    Seal,
    Open,
    Cancel,
    Start,
    Decline,
    Alive,
    Deliver,
    Judge,
    Bond,
    Vote,
    Unbond,
    Evidence,
    Release,
    Payee,
    Ticket,
    Candidate,
    Recall,
}

impl OpKind {
    /// The kind of an op that asks for this.
    pub const fn of(action: &Action) -> Self {
        match action {
            Action::Transfer { .. } => Self::Transfer,
            Action::Circuit(_) => Self::Circuit,
            Action::Bid(_) => Self::Bid,
            Action::Ask(_) => Self::Ask,
            Action::Seal { .. } => Self::Seal,
            Action::Open { .. } => Self::Open,
            Action::Cancel { .. } => Self::Cancel,
            Action::Start { .. } => Self::Start,
            Action::Decline { .. } => Self::Decline,
            Action::Alive => Self::Alive,
            Action::Deliver { .. } => Self::Deliver,
            Action::Judge { .. } => Self::Judge,
            Action::Bond { .. } => Self::Bond,
            Action::Vote { .. } => Self::Vote,
            Action::Unbond { .. } => Self::Unbond,
            Action::Evidence { .. } => Self::Evidence,
            Action::Release { .. } => Self::Release,
            Action::Payee { .. } => Self::Payee,
            Action::Ticket { .. } => Self::Ticket,
            Action::Candidate => Self::Candidate,
            Action::Recall(_) => Self::Recall,
        }
    }
}

/// The sum of all movements of one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// The cause that the movements share.
    #[serde(flatten)]
    pub cause: Cause,
    /// The number of movements.
    pub count: u64,
    /// The micro-credits that came.
    pub came: Credits,
    /// The micro-credits that went.
    pub went: Credits,
}

/// An award that no proof was paid for: it came to nothing, or its requester took the task back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpaid {
    /// The height of the block in which the award ended.
    pub height: Height,
    /// The task that was awarded.
    pub task: TaskId,
    /// Why there was no proof to pay for.
    pub why: NoPay,
    /// The micro-credits of its collateral that were burned, whoever had put it up.
    pub slashed: Credits,
    /// The micro-credits that the prover got all the same, for its time: of a task that was taken back.
    pub paid: Credits,
}

/// Why no proof of an award was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoPay {
    /// The award came to nothing, in this way.
    Ended(AwardEnd),
    /// The requester took the task back.
    Cancelled,
}
