//! The history of a task: all that blocks have decided about it.

use super::{
    explain::VerdictRow,
    score::AwardRow,
    settlement::SettlementRow,
    time::at,
    words::{EndRow, word},
};
use dpgn_market::{HistoryLine, RoundNews, TaskEvent, TaskHistory};
use serde::Serialize;
use utoipa::ToSchema;

/// All that some blocks have decided about a task.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistoryTold {
    /// The network's name for the task.
    task: String,
    /// The prover that was asked about; null if none was.
    #[schema(required)]
    about: Option<String>,
    /// The first block that was applied again.
    from: u64,
    /// The last block that was applied again; less than `from` if none was.
    to: u64,
    /// What happened to the task, in order.
    lines: Vec<HistoryRow>,
}

/// Something that a block decided about a task. What an event does not have is absent.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct HistoryRow {
    /// The height of the block.
    height: u64,
    /// The time of the block.
    at: String,
    /// The event: `opened`, `raised`, `round`, `awarded`, `started`, `delivered`, `kept_late`, `award_ended`, `reopened`,
    /// `paid`, `failed` or `cancelled`.
    event: &'static str,
    /// The reward from then on, in micro-credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    reward: Option<u64>,
    /// The news of the sealed round.
    #[serde(skip_serializing_if = "Option::is_none")]
    round: Option<RoundNewsRow>,
    /// The award with its terms.
    #[serde(skip_serializing_if = "Option::is_none")]
    award: Option<AwardRow>,
    /// What the auction says of the prover that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<VerdictRow>,
    /// The prover that did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    prover: Option<String>,
    /// The hash of the proof's bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
    /// How the award ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<EndRow>,
    /// The part of its collateral that was burned, in micro-credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    slashed: Option<u64>,
    /// The bill of the proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    settlement: Option<SettlementRow>,
    /// Whose fault it is: `requester`, `prover`, `network`, `unclear` or `displaced`.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    /// What went back to the requester, in micro-credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<u64>,
    /// What the prover got for its time, in micro-credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    paid: Option<u64>,
}

/// News of a sealed round. What an event does not have is absent.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct RoundNewsRow {
    /// The event: `sealed`, `opening`, `opened`, `returned`, `lost` or `over`.
    round: &'static str,
    /// The prover that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    prover: Option<String>,
    /// The account that paid the deposit.
    #[serde(skip_serializing_if = "Option::is_none")]
    payer: Option<String>,
    /// The deposit of the sealed ask, in micro-credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    deposit: Option<u64>,
    /// The account that put up the collateral.
    #[serde(skip_serializing_if = "Option::is_none")]
    guarantor: Option<String>,
    /// The collateral, in micro-credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    collateral: Option<u64>,
    /// The time by which openings are owed.
    #[serde(skip_serializing_if = "Option::is_none")]
    open_by_at: Option<String>,
    /// The price that was opened, in micro-credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<u64>,
}

impl From<TaskHistory> for HistoryTold {
    fn from(told: TaskHistory) -> Self {
        Self {
            task: told.task.to_string(),
            about: told.about.map(|prover| prover.to_string()),
            from: told.from.get(),
            to: told.to.get(),
            lines: told.lines.into_iter().map(HistoryRow::from).collect(),
        }
    }
}

impl From<HistoryLine> for HistoryRow {
    fn from(line: HistoryLine) -> Self {
        Self { height: line.height.get(), at: at(line.time), ..line.event.into() }
    }
}

impl From<TaskEvent> for HistoryRow {
    fn from(event: TaskEvent) -> Self {
        let of = |event| Self { event, ..Self::default() };
        match event {
            TaskEvent::Opened { reward } => Self { reward: Some(reward.get()), ..of("opened") },
            TaskEvent::Raised { reward } => Self { reward: Some(reward.get()), ..of("raised") },
            TaskEvent::Round { news } => Self { round: Some(news.into()), ..of("round") },
            TaskEvent::Awarded { award, about } => {
                let about = about.map(|verdict| (*verdict).into());
                Self { award: Some((*award).into()), about, ..of("awarded") }
            }
            TaskEvent::Started { prover } => Self { prover: Some(prover.to_string()), ..of("started") },
            TaskEvent::Delivered { prover, proof } => {
                Self { prover: Some(prover.to_string()), proof: Some(proof.to_string()), ..of("delivered") }
            }
            TaskEvent::KeptLate { prover, proof } => {
                Self { prover: Some(prover.to_string()), proof: Some(proof.to_string()), ..of("kept_late") }
            }
            TaskEvent::AwardEnded { prover, end, slashed } => Self {
                prover: Some(prover.to_string()),
                end: Some(end.into()),
                slashed: Some(slashed.get()),
                ..of("award_ended")
            },
            TaskEvent::Reopened => of("reopened"),
            TaskEvent::Paid { settlement } => Self { settlement: Some((*settlement).into()), ..of("paid") },
            TaskEvent::Failed { fault, refund } => {
                Self { fault: Some(word(&fault)), refund: Some(refund.get()), ..of("failed") }
            }
            TaskEvent::Cancelled { paid, refund } => {
                Self { paid: Some(paid.get()), refund: Some(refund.get()), ..of("cancelled") }
            }
        }
    }
}

impl From<RoundNews> for RoundNewsRow {
    fn from(news: RoundNews) -> Self {
        let of = |round| Self { round, ..Self::default() };
        match news {
            RoundNews::Sealed { prover, payer, deposit, guarantor, collateral } => Self {
                prover: Some(prover.to_string()),
                payer: Some(payer.to_string()),
                deposit: Some(deposit.get()),
                guarantor: Some(guarantor.to_string()),
                collateral: Some(collateral.get()),
                ..of("sealed")
            },
            RoundNews::Opening { open_by } => Self { open_by_at: Some(at(open_by)), ..of("opening") },
            RoundNews::Opened { prover, price } => {
                Self { prover: Some(prover.to_string()), price: Some(price.get()), ..of("opened") }
            }
            RoundNews::Returned { prover, payer, deposit, guarantor, collateral } => {
                Self { round: "returned", ..RoundNews::Sealed { prover, payer, deposit, guarantor, collateral }.into() }
            }
            RoundNews::Lost { prover, payer, deposit, guarantor, collateral } => {
                Self { round: "lost", ..RoundNews::Sealed { prover, payer, deposit, guarantor, collateral }.into() }
            }
            RoundNews::Over => of("over"),
        }
    }
}
