//! A task explained: why it stands as it does, and why a prover does not have it.

use super::{
    score::{AnswerRow, AnswersRow, AwardRow, TermsRow},
    settlement::SettlementRow,
    share::share,
    time::at,
    words::{EndRow, word},
};
use dpgn_market::{AttemptTold, ProverTold, RoundTold, StandsAt, Status, TaskExplained, Verdict};
use dpgn_node::view::TaskInfo;
use serde::Serialize;
use utoipa::ToSchema;

/// A task, and why it stands as it does.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Explained {
    /// The network's name for the task.
    task: String,
    /// The requester's own name for it, a UUID.
    alias: String,
    /// The account that buys the proof.
    requester: String,
    /// The circuit that is proved.
    circuit: String,
    /// The privacy level, 1 to 5.
    level: u8,
    /// The circuit's padded rows, as a power of two.
    degree: u8,
    /// The height of the last block, as of which this holds.
    height: u64,
    /// The time of the last block.
    time_at: String,
    /// The time of the block that took the bid up.
    opened_at: String,
    /// The time by which the proof must be delivered.
    deadline_at: String,
    /// The time of the block that ended the task; null while it is open.
    #[schema(required)]
    closed_at: Option<String>,
    /// The most that the requester pays now, in micro-credits.
    reward: u64,
    /// The most that the reward may rise to, in micro-credits.
    reward_max: u64,
    /// The time at which it rises next; null if it does not.
    #[schema(required)]
    rises_at: Option<String>,
    /// The status: `pending`, `assigned`, `in_progress`, `completed` or `failed`.
    #[schema(value_type = String)]
    status: Status,
    /// What the task waits for, or how it ended.
    standing: StandingRow,
    /// The height of the block that made the last award; null before the first.
    #[schema(required)]
    awarded: Option<u64>,
    /// The live award; null if nobody holds the task.
    #[schema(required)]
    award: Option<AwardRow>,
    /// The awards that came to nothing, the oldest first.
    attempts: Vec<AttemptRow>,
    /// Whose fault it is, or would be now, that there is no proof; null if there is one, or if the task was taken back.
    #[schema(required)]
    fault: Option<String>,
    /// The least collateral of an award, in micro-credits.
    collateral_floor: u64,
    /// The sealed round; null if there is none.
    #[schema(required)]
    round: Option<RoundRow>,
    /// What the standing asks answer; null unless the task waits for an award.
    #[schema(required)]
    answers: Option<AnswersRow>,
    /// Why the prover that was asked about does not have it; null if none was.
    #[schema(required)]
    about: Option<VerdictRow>,
    /// Whether this node proves it itself, or has, whatever the market came to. Known of own tasks.
    is_local: bool,
    /// The time from which this node takes the bid back unless it is awarded, and makes the proof itself; null if it never does.
    /// Known of own tasks.
    #[schema(required)]
    prove_here_at: Option<String>,
}

impl Explained {
    /// What the node's own record adds to what the ledger says.
    pub(crate) fn with_own(self, info: &TaskInfo) -> Self {
        Self { is_local: info.is_local, prove_here_at: info.prove_here_at.map(at), ..self }
    }
}

/// What a task waits for, or how it ended.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct StandingRow {
    /// The state: `no_asks`, `none_can`, `rises`, `none_can_now`, `next_auction`, `sealed_round`, `start`, `proof`, `findings`,
    /// `paid`, `failed` or `cancelled`.
    state: &'static str,
    /// The members of the committee that have said what they found; of `findings` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    said: Option<u64>,
    /// The members of the committee; of `findings` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<u64>,
    /// The bill; of `paid` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    settlement: Option<SettlementRow>,
    /// What the prover got for its time, in micro-credits; of `cancelled` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    paid: Option<u64>,
}

/// An award that came to nothing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttemptRow {
    /// The number of the award among those of its task, from 1.
    number: u32,
    /// The prover that held it.
    prover: String,
    /// The price of a valid proof, in micro-credits.
    price: u64,
    /// The time of the block that ended it.
    at: String,
    /// How it ended.
    end: EndRow,
    /// The part of its collateral that was burned, in micro-credits.
    slashed: u64,
    /// The part of a failure that it counts in the prover's reputation, 0 to 1; null if that is open.
    #[schema(required)]
    blame: Option<f64>,
    /// Whether the prover's word about the requester counts.
    is_heard: bool,
    /// Whether a proof came after its end, and was kept.
    has_late_proof: bool,
}

/// A sealed round, as of the last block.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoundRow {
    /// The phase: `sealing`, `opening` or `decided`.
    phase: String,
    /// The time by which the phase closes; null if no time ends it.
    #[schema(required)]
    closes_at: Option<String>,
    /// The number of provers that have sealed an ask.
    sealed: u64,
    /// The number of them that have opened their price.
    opened: u64,
    /// The most that the round pays, in micro-credits.
    reserve: u64,
}

/// Why a prover does, or does not, have a task.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct VerdictRow {
    /// The prover that was asked about; absent in an auction of the past, which was asked about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    prover: Option<String>,
    /// The verdict: `has`, `had`, `taken`, `over`, `in_round`, `no_ask`, `refused`, `outscored` or `best`.
    verdict: &'static str,
    /// How its award ended; of `had` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<EndRow>,
    /// The prover that holds the task, of `taken`; that was paid, of `over`.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// Whether it has sealed an ask; of `in_round` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    has_sealed: Option<bool>,
    /// The price that it has opened, in micro-credits; of `in_round` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened: Option<u64>,
    /// Its ask's answer; of `refused` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<AnswerRow>,
    /// Its own terms; of `outscored` and `best`.
    #[serde(skip_serializing_if = "Option::is_none")]
    own: Option<TermsRow>,
    /// The best terms; of `outscored` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    best: Option<TermsRow>,
}

impl From<TaskExplained> for Explained {
    fn from(told: TaskExplained) -> Self {
        Self {
            task: told.task.to_string(),
            alias: told.alias.to_string(),
            requester: told.requester.to_string(),
            circuit: told.circuit.to_string(),
            level: told.level.get(),
            degree: told.degree.get(),
            height: told.height.get(),
            time_at: at(told.now),
            opened_at: at(told.opened),
            deadline_at: at(told.deadline),
            closed_at: told.closed.map(at),
            reward: told.reward.get(),
            reward_max: told.reward_max.get(),
            rises_at: told.rises_at.map(at),
            status: told.status,
            standing: told.standing.into(),
            awarded: told.awarded.map(|height| height.get()),
            award: told.award.map(AwardRow::from),
            attempts: told.attempts.into_iter().map(AttemptRow::from).collect(),
            fault: told.fault.map(|fault| word(&fault)),
            collateral_floor: told.collateral_floor.get(),
            round: told.round.map(RoundRow::from),
            answers: told.answers.map(AnswersRow::from),
            about: told.about.map(VerdictRow::from),
            is_local: false,
            prove_here_at: None,
        }
    }
}

impl From<StandsAt> for StandingRow {
    fn from(standing: StandsAt) -> Self {
        let at = |state| Self { state, ..Self::default() };
        match standing {
            StandsAt::NoAsks => at("no_asks"),
            StandsAt::NoneCan => at("none_can"),
            StandsAt::Rises => at("rises"),
            StandsAt::NoneCanNow => at("none_can_now"),
            StandsAt::NextAuction => at("next_auction"),
            StandsAt::SealedRound => at("sealed_round"),
            StandsAt::Start => at("start"),
            StandsAt::Proof => at("proof"),
            StandsAt::Findings { said, members } => Self { said: Some(said), members: Some(members), ..at("findings") },
            StandsAt::Paid { settlement } => Self { settlement: Some((*settlement).into()), ..at("paid") },
            StandsAt::Failed => at("failed"),
            StandsAt::Cancelled { paid } => Self { paid: Some(paid.get()), ..at("cancelled") },
        }
    }
}

impl From<AttemptTold> for AttemptRow {
    fn from(told: AttemptTold) -> Self {
        Self {
            number: told.number,
            prover: told.prover.to_string(),
            price: told.price.get(),
            at: at(told.at),
            end: told.end.into(),
            slashed: told.slashed.get(),
            blame: told.blame.map(share),
            is_heard: told.is_heard,
            has_late_proof: told.has_late_proof,
        }
    }
}

impl From<RoundTold> for RoundRow {
    fn from(told: RoundTold) -> Self {
        Self {
            phase: word(&told.phase),
            closes_at: told.closes.map(at),
            sealed: told.sealed,
            opened: told.opened,
            reserve: told.reserve.get(),
        }
    }
}

impl From<ProverTold> for VerdictRow {
    fn from(told: ProverTold) -> Self {
        Self { prover: Some(told.prover.to_string()), ..told.verdict.into() }
    }
}

impl From<Verdict> for VerdictRow {
    fn from(verdict: Verdict) -> Self {
        let is = |verdict| Self { verdict, ..Self::default() };
        match verdict {
            Verdict::Has => is("has"),
            Verdict::Had { end } => Self { end: Some(end.into()), ..is("had") },
            Verdict::Taken { by } => Self { by: Some(by.to_string()), ..is("taken") },
            Verdict::Over { paid } => Self { by: paid.map(|prover| prover.to_string()), ..is("over") },
            Verdict::InRound { has_sealed, opened } => {
                Self { has_sealed: Some(has_sealed), opened: opened.map(|price| price.get()), ..is("in_round") }
            }
            Verdict::NoAsk => is("no_ask"),
            Verdict::Refused { answer } => Self { answer: Some((*answer).into()), ..is("refused") },
            Verdict::Outscored { own, by } => {
                Self { own: Some((*own).into()), best: Some((*by).into()), ..is("outscored") }
            }
            Verdict::Best { own } => Self { own: Some((*own).into()), ..is("best") },
        }
    }
}
