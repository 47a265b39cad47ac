//! A task explained: who holds it and why, why it waits or failed, and whose fault that is.
//!
//! What standing asks answer today is told of a task that waits for an award, and of no other: they have not decided
//! about one that is held or over, nor have they a part in a sealed round. What has decided, says its
//! [history](super::history).

use super::{
    answers::{Answers, AskAnswer, ScoredTerms},
    round::{self, RoundTold},
};
use crate::{
    rules::obstacle::Obstacle,
    state::{
        award::{AwardEnd, Delivery, Terms},
        fault::Fault,
        ledger::Ledger,
        status::Status,
        task::{Stage, Task},
    },
    view::AwardView,
};
use dpgn_protocol::{
    ids::{AccountId, CircuitId, TaskId},
    outcome::Settlement,
    units::{Credits, Degree, Height, Level, Ppm, Timestamp},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A task, and why it stands as it does, as of the last block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskExplained {
    /// The id of the task.
    pub task: TaskId,
    /// The name that its requester's users know it by.
    pub alias: Uuid,
    /// The account that buys the proof.
    pub requester: AccountId,
    /// The circuit that is to be proved.
    pub circuit: CircuitId,
    /// The privacy level of the proof.
    pub level: Level,
    /// The circuit's padded rows, as a power of two.
    pub degree: Degree,
    /// The height of the last block.
    pub height: Height,
    /// The time of the last block, with which deadlines are compared.
    pub now: Timestamp,
    /// The time of the block that took the bid up.
    pub opened: Timestamp,
    /// The time by which the proof must be delivered.
    pub deadline: Timestamp,
    /// The time of the block in which the task ended; absent while it is open.
    pub closed: Option<Timestamp>,
    /// The most that the requester pays as the reward is now, in micro-credits.
    pub reward: Credits,
    /// The most that the reward may rise to, in micro-credits: the reward itself if it does not rise.
    pub reward_max: Credits,
    /// The time after which it rises by a step; absent if it does not, or not while somebody has the task.
    pub rises_at: Option<Timestamp>,
    /// The status that users know.
    pub status: Status,
    /// What the task waits for, or how it ended.
    pub standing: StandsAt,
    /// The height of the block that made the last award, whatever became of it; absent before the first.
    pub awarded: Option<Height>,
    /// The live award; absent if nobody holds the task.
    pub award: Option<AwardTold>,
    /// The awards that came to nothing, the oldest first. Of a task that has ended the ledger remembers none.
    pub attempts: Vec<AttemptTold>,
    /// The party that would be at fault if an open task ended now without a proof; of one that failed, the party that
    /// is.
    pub fault: Option<Fault>,
    /// The least collateral of the task's next award, in micro-credits: it doubles with every silence or false proof.
    pub collateral_floor: Credits,
    /// The sealed round that the task is in; absent if it has none, or one that is over.
    pub round: Option<RoundTold>,
    /// What every standing ask answers to the bid in the next block; absent unless the task waits for an award, and while
    /// its sealed round stands, in which standing asks have no part.
    pub answers: Option<Answers>,
    /// Why the prover that was asked about does not have the task; absent if none was.
    pub about: Option<ProverTold>,
}

/// What a task waits for, or how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stands_at", rename_all = "snake_case")]
pub enum StandsAt {
    /// It waits for an award, and no ask stands.
    NoAsks,
    /// It waits for an award, and no standing ask can ever take it as bid and asks are: `answers.refused` says why.
    NoneCan,
    /// It waits for its reward to rise: as it is now no ask can take it, and some ask no more than it may rise to.
    Rises,
    /// It waits until an ask can take it that cannot in the next block: a prover is busy, or short of collateral.
    NoneCanNow,
    /// It waits for the next auction, in which an ask can take it.
    NextAuction,
    /// It is in a sealed round, and no auction looks at it. The standing asks take it if the round finds nobody.
    SealedRound,
    /// It is held, and its prover owes `Start`.
    Start,
    /// It is held, and its prover owes the proof.
    Proof,
    /// Its proof is delivered, and the committee owes findings that agree.
    Findings {
        /// The number of members that have said what they found.
        said: u64,
        /// The number of members.
        members: u64,
    },
    /// It is over: the proof was found valid and is paid.
    Paid {
        /// The bill: what was paid for what.
        settlement: Box<Settlement>,
    },
    /// It is over without a proof: `fault` says whose fault that is.
    Failed,
    /// It is over: its requester took it back.
    Cancelled {
        /// The micro-credits that the prover got for its time.
        paid: Credits,
    },
}

/// A live award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwardTold {
    /// The number of the award, counted from one.
    pub number: u32,
    /// The prover that holds it.
    pub prover: AccountId,
    /// The account that put up the collateral.
    pub guarantor: AccountId,
    /// The price that a valid proof is paid, in micro-credits.
    pub price: Credits,
    /// The micro-credits at stake.
    pub collateral: Credits,
    /// The time of the block that made it.
    pub at: Timestamp,
    /// The time by which `Start` is owed; it moves if the network stands still, as do the others.
    pub start_by: Timestamp,
    /// The time of the prover's `Start`; absent before it.
    pub started: Option<Timestamp>,
    /// The time by which the proof is owed.
    pub due: Timestamp,
    /// The price that the winner opened in a sealed round, in micro-credits; the round pays it `price`. Absent
    /// if an auction of standing asks made the award: then it is paid what it asked.
    pub asked: Option<Credits>,
    /// The winner's terms in that auction or round, with every term of the score: it is of the price that was asked.
    pub terms: ScoredTerms,
    /// The next best terms in that auction or round; absent if its time was not reserved.
    pub runner_up: Option<ScoredTerms>,
}

/// An award that came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptTold {
    /// The number of the award.
    pub number: u32,
    /// The prover that held it.
    pub prover: AccountId,
    /// The price that it would have been paid, in micro-credits.
    pub price: Credits,
    /// The time of the block in which it ended.
    pub at: Timestamp,
    /// How it ended.
    pub end: AwardEnd,
    /// The micro-credits of its collateral that were burned.
    pub slashed: Credits,
    /// The part of a failure that it counts for in the prover's history; absent if it does not count.
    pub blame: Option<Ppm>,
    /// Whether it counts as a complaint about the bid.
    pub is_heard: bool,
    /// Whether a proof came late and waits.
    pub has_late_proof: bool,
}

/// Why a prover does not have a task, or that it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProverTold {
    /// The prover that was asked about.
    pub prover: AccountId,
    /// The reason why it does not have the task, or that it has.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Why a prover does not have a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It has the live award, or was paid for the proof.
    Has,
    /// It had an award that came to nothing, and is out of this bid.
    Had {
        /// How that award ended, which says why it was not paid.
        end: AwardEnd,
    },
    /// Somebody else has the task. The [history](crate::TaskHistory) says what this prover's ask answered then.
    Taken {
        /// The prover that has the live award.
        by: AccountId,
    },
    /// The task is over, and this prover was not paid for it. The [history](crate::TaskHistory) says what its ask
    /// answered at each award, and how awards of its own ended.
    Over {
        /// The prover that was paid for the proof; absent if none was.
        paid: Option<AccountId>,
    },
    /// The sealed round decides, in which its standing ask has no part.
    InRound {
        /// Whether it has sealed an ask.
        has_sealed: bool,
        /// The price that it has opened, in micro-credits; absent before.
        opened: Option<Credits>,
    },
    /// It has no ask standing.
    NoAsk,
    /// Its ask cannot be awarded the bid.
    Refused {
        /// The answer of the ask.
        answer: Box<AskAnswer>,
    },
    /// Its ask could be awarded, and others are better.
    Outscored {
        /// Its own terms.
        own: Box<ScoredTerms>,
        /// The terms that are better.
        by: Box<ScoredTerms>,
    },
    /// Its ask is the best of those that stand.
    Best {
        /// Its own terms.
        own: Box<ScoredTerms>,
    },
}

impl AwardTold {
    pub(super) fn of(ledger: &Ledger, task: &Task, live: &AwardView<'_>) -> Self {
        let award = live.award;
        let asked = task.sealed_price();
        let terms = Terms { price: asked.unwrap_or(award.terms.price), ..award.terms };
        Self {
            number: award.number,
            prover: award.prover,
            guarantor: award.guarantor,
            price: award.price,
            collateral: award.collateral(),
            at: award.at,
            start_by: live.start_by,
            started: award.started,
            due: live.due,
            asked,
            terms: ledger.explain_terms(terms),
            runner_up: award.runner_up.map(|terms| ledger.explain_terms(terms)),
        }
    }
}

impl Ledger {
    /// Explains a task that is open or ended not too long ago. If it waits for an award, `asks_max` answers of standing
    /// asks are shown, and always that of the prover that is asked about.
    pub fn explain_task(&self, id: TaskId, about: Option<AccountId>, asks_max: usize) -> Option<TaskExplained> {
        let view = self.task(id)?;
        let task = view.task;
        let answers = self.answers_to(id, asks_max, about).filter(|_| task.is_waiting());
        Some(TaskExplained {
            task: id,
            alias: task.bid.alias,
            requester: task.requester,
            circuit: task.bid.circuit,
            level: task.bid.level,
            degree: task.degree,
            height: self.height(),
            now: self.time(),
            opened: task.opened,
            deadline: task.bid.deadline,
            closed: task.closed,
            reward: task.bid.reward,
            reward_max: task.bid.reward_max(),
            rises_at: task.rises_at(),
            status: view.status,
            standing: self.stands_at(task, answers.as_ref()),
            awarded: task.awarded,
            attempts: self.attempts(task),
            fault: self.fault_told(task),
            collateral_floor: self.collateral_floor(task),
            about: about.map(|prover| ProverTold { prover, verdict: verdict(task, prover, answers.as_ref()) }),
            award: view.award.as_ref().map(|live| AwardTold::of(self, task, live)),
            round: self.round_told(task),
            answers,
        })
    }

    fn stands_at(&self, task: &Task, answers: Option<&Answers>) -> StandsAt {
        match &task.stage {
            Stage::Pending if task.is_in_round() => StandsAt::SealedRound,
            Stage::Pending => answers.map_or(StandsAt::NoAsks, waits_for),
            Stage::Assigned(_) => StandsAt::Start,
            Stage::InProgress(_) => StandsAt::Proof,
            Stage::Delivered(_, Delivery { findings, .. }) => {
                StandsAt::Findings { said: findings.len() as u64, members: self.committee.members().len() as u64 }
            }
            Stage::Completed { settlement, .. } => StandsAt::Paid { settlement: settlement.clone() },
            Stage::Failed { .. } => StandsAt::Failed,
            Stage::Cancelled { paid, .. } => StandsAt::Cancelled { paid: *paid },
        }
    }

    fn attempts(&self, task: &Task) -> Vec<AttemptTold> {
        let told = task.attempts.iter().map(|attempt| AttemptTold {
            number: attempt.award.number,
            prover: attempt.award.prover,
            price: attempt.award.price,
            at: attempt.at,
            end: attempt.end,
            slashed: attempt.slashed,
            blame: self.blame(&attempt.award, attempt.end),
            is_heard: attempt.is_heard,
            has_late_proof: attempt.late.is_some(),
        });
        told.collect()
    }

    fn fault_told(&self, task: &Task) -> Option<Fault> {
        match &task.stage {
            Stage::Failed { fault, .. } => Some(*fault),
            Stage::Completed { .. } | Stage::Cancelled { .. } => None,
            Stage::Pending | Stage::Assigned(_) | Stage::InProgress(_) | Stage::Delivered(..) => {
                Some(self.fault_of(task))
            }
        }
    }
}

/// What a task waits for that no round keeps from the standing asks.
fn waits_for(answers: &Answers) -> StandsAt {
    let passes = |obstacle: Obstacle| !obstacle.is_lasting();
    let mut passing = answers.refused.iter().map(|refusals| refusals.obstacle).filter(|obstacle| passes(*obstacle));
    match passing.next() {
        _ if answers.eligible > 0 => StandsAt::NextAuction,
        None if answers.refused.is_empty() => StandsAt::NoAsks,
        None => StandsAt::NoneCan,
        Some(Obstacle::Rising) if passing.next().is_none() => StandsAt::Rises,
        Some(_) => StandsAt::NoneCanNow,
    }
}

/// Why a prover does not have a task, as the task stands.
fn verdict(task: &Task, prover: AccountId, answers: Option<&Answers>) -> Verdict {
    let has = |holder: AccountId, other: Verdict| if holder == prover { Verdict::Has } else { other };
    match &task.stage {
        Stage::Completed { settlement, .. } => has(settlement.prover, Verdict::Over { paid: Some(settlement.prover) }),
        Stage::Failed { .. } | Stage::Cancelled { .. } => Verdict::Over { paid: None },
        Stage::Pending if task.is_in_round() => end_of_its_award(task, prover).unwrap_or_else(|| {
            let (has_sealed, opened) = round::said_by(task, prover);
            Verdict::InRound { has_sealed, opened }
        }),
        Stage::Pending => answered(task, prover, answers),
        Stage::Assigned(award) | Stage::InProgress(award) | Stage::Delivered(award, _) => {
            let had = end_of_its_award(task, prover);
            has(award.prover, had.unwrap_or(Verdict::Taken { by: award.prover }))
        }
    }
}

fn end_of_its_award(task: &Task, prover: AccountId) -> Option<Verdict> {
    let mut ended = task.attempts.iter().rev().filter(|attempt| attempt.award.prover == prover);
    ended.next().map(|attempt| Verdict::Had { end: attempt.end })
}

/// What an auction says of a prover, by what the asks answered to it.
pub(super) fn answered(task: &Task, prover: AccountId, answers: Option<&Answers>) -> Verdict {
    if let Some(had) = end_of_its_award(task, prover) {
        return had;
    }
    let asks = answers.map(|answers| answers.asks.as_slice()).unwrap_or_default();
    let Some(answer) = asks.iter().find(|answer| answer.prover == prover) else { return Verdict::NoAsk };
    let Some(own) = answer.terms else { return Verdict::Refused { answer: Box::new(answer.clone()) } };
    match asks.first().filter(|best| best.prover != prover).and_then(|best| best.terms) {
        Some(by) => Verdict::Outscored { own: Box::new(own), by: Box::new(by) },
        None => Verdict::Best { own: Box::new(own) },
    }
}
