//! The statement of an account: what came and what went, block by block.

use super::{
    time::at,
    words::{EndRow, word},
};
use dpgn_market::{Cause, Held, NoPay, Statement, StatementLine, Sum, Unpaid};
use serde::Serialize;
use utoipa::ToSchema;

/// The movements of an account's credits over some blocks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatementTold {
    /// The account whose credits moved.
    account: String,
    /// The first block that is covered.
    from: u64,
    /// The last block that is covered; less than `from` if none is.
    to: u64,
    /// What the account had before the first block.
    opening: HeldRow,
    /// What it had after the last block.
    closing: HeldRow,
    /// The movements, the oldest first: the newest of them, if there are more than were asked for.
    lines: Vec<StatementRow>,
    /// The number of older movements that are left out of `lines`; `sums` have them.
    left_out: u64,
    /// The sums over all movements, by cause.
    sums: Vec<SumRow>,
    /// The awards that the account held as a prover and was not paid for, the oldest first.
    unpaid: Vec<UnpaidRow>,
    /// The number of older ones that are left out of `unpaid`.
    unpaid_left_out: u64,
}

/// The credits of an account at one moment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeldRow {
    /// The micro-credits that are free to spend.
    free: u64,
    /// The micro-credits that are locked.
    locked: u64,
}

/// What a movement was for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CauseRow {
    /// The cause, such as `fee`, `sent`, `received`, `opened`, `paid`, `earned`, `award_ended` or `committee`.
    cause: String,
    /// The kind of the op; of `fee` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    op: Option<String>,
    /// How the award ended; of `award_ended` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<EndRow>,
    /// Whose fault it is; of `failed` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

/// One movement. What an account has in all grows by `came` and falls by `went`; the rest changes its place.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatementRow {
    /// The height of the block.
    height: u64,
    /// The time of the block.
    at: String,
    #[serde(flatten)]
    cause: CauseRow,
    /// The task it was for; null if it was for none.
    #[schema(required)]
    task: Option<String>,
    /// The other account that took part; null if there is none.
    #[schema(required)]
    with: Option<String>,
    /// The micro-credits that came from others.
    came: u64,
    /// The micro-credits that went to others, or were burned.
    went: u64,
    /// The micro-credits that were locked.
    locked: u64,
    /// The micro-credits that are no longer locked, whether they went or are free again.
    unlocked: u64,
    /// The micro-credits that were free to spend after the movement.
    free: u64,
}

/// The sum of all movements of one cause.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SumRow {
    #[serde(flatten)]
    cause: CauseRow,
    /// The number of movements.
    count: u64,
    /// The micro-credits that came.
    came: u64,
    /// The micro-credits that went.
    went: u64,
}

/// An award that no proof was paid for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnpaidRow {
    /// The height of the block in which the award ended.
    height: u64,
    /// The task that was awarded.
    task: String,
    /// Why there was no proof to pay for: `ended`, or `cancelled` by its requester.
    why: &'static str,
    /// How the award ended; null if the task was cancelled.
    #[schema(required)]
    end: Option<EndRow>,
    /// The micro-credits of its collateral that were burned.
    slashed: u64,
    /// The micro-credits that the prover got all the same, for its time.
    paid: u64,
}

impl From<Statement> for StatementTold {
    fn from(told: Statement) -> Self {
        Self {
            account: told.account.to_string(),
            from: told.from.get(),
            to: told.to.get(),
            opening: told.opening.into(),
            closing: told.closing.into(),
            lines: told.lines.into_iter().map(StatementRow::from).collect(),
            left_out: told.left_out,
            sums: told.sums.into_iter().map(SumRow::from).collect(),
            unpaid: told.unpaid.into_iter().map(UnpaidRow::from).collect(),
            unpaid_left_out: told.unpaid_left_out,
        }
    }
}

impl From<Held> for HeldRow {
    fn from(Held { free, locked }: Held) -> Self {
        Self { free: free.get(), locked: locked.get() }
    }
}

impl From<Cause> for CauseRow {
    fn from(cause: Cause) -> Self {
        let named = |cause: &str| Self { cause: cause.to_owned(), op: None, end: None, fault: None };
        match cause {
            Cause::Fee { op } => Self { op: Some(word(&op)), ..named("fee") },
            Cause::AwardEnded { end } => Self { end: Some(end.into()), ..named("award_ended") },
            Cause::Failed { fault } => Self { fault: Some(word(&fault)), ..named("failed") },
            Cause::Sent => named("sent"),
            Cause::Received => named("received"),
            Cause::Opened => named("opened"),
            Cause::Awarded => named("awarded"),
            Cause::Paid => named("paid"),
            Cause::Earned => named("earned"),
            Cause::KeptLate => named("kept_late"),
            Cause::Returned => named("returned"),
            Cause::Sealed => named("sealed"),
            Cause::DepositReturned => named("deposit_returned"),
            Cause::DepositLost => named("deposit_lost"),
            Cause::Ticketed => named("ticketed"),
            Cause::TicketReturned => named("ticket_returned"),
            Cause::Cancelled => named("cancelled"),
            Cause::Bonded => named("bonded"),
            Cause::Voted => named("voted"),
            Cause::Unlocked => named("unlocked"),
            Cause::Slashed => named("slashed"),
            Cause::Committee => named("committee"),
            Cause::Forgotten => named("forgotten"),
            Cause::Other => named("other"),
        }
    }
}

impl From<StatementLine> for StatementRow {
    fn from(line: StatementLine) -> Self {
        Self {
            height: line.height.get(),
            at: at(line.time),
            cause: line.cause.into(),
            task: line.task.map(|task| task.to_string()),
            with: line.with.map(|account| account.to_string()),
            came: line.came.get(),
            went: line.went.get(),
            locked: line.locked.get(),
            unlocked: line.unlocked.get(),
            free: line.free.get(),
        }
    }
}

impl From<Sum> for SumRow {
    fn from(sum: Sum) -> Self {
        Self { cause: sum.cause.into(), count: sum.count, came: sum.came.get(), went: sum.went.get() }
    }
}

impl From<Unpaid> for UnpaidRow {
    fn from(award: Unpaid) -> Self {
        let (why, end) = match award.why {
            NoPay::Ended(end) => ("ended", Some(end.into())),
            NoPay::Cancelled => ("cancelled", None),
        };
        Self {
            height: award.height.get(),
            task: award.task.to_string(),
            why,
            end,
            slashed: award.slashed.get(),
            paid: award.paid.get(),
        }
    }
}
