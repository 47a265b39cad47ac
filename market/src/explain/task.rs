//! A task explained: who holds it and why, what each ask answers, why it waits or failed, and whose fault that is.

use super::answers::{Answers, AskAnswer, ScoredTerms};
use crate::{
    rules::eligibility::Shares,
    state::{
        award::{AwardEnd, Delivery},
        fault::Fault,
        ledger::Ledger,
        status::Status,
        task::{Stage, Task},
    },
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
    /// The most that the requester pays, in micro-credits.
    pub reward: Credits,
    /// The status that users know.
    pub status: Status,
    /// What the task waits for, or how it ended.
    pub standing: StandsAt,
    /// The live award; absent if nobody holds the task.
    pub award: Option<AwardTold>,
    /// The awards that came to nothing, the oldest first. Of a task that has ended the ledger remembers none.
    pub attempts: Vec<AttemptTold>,
    /// The party that would be at fault if an open task ended now without a proof; of one that failed, the party that is.
    pub fault: Option<Fault>,
    /// The least collateral of the task's next award, in micro-credits: it doubles with every silence or false proof.
    pub collateral_floor: Credits,
    /// What every standing ask answers to the bid in the next block. Of a task that is held or over: what it would answer.
    pub answers: Answers,
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
    /// The winner's terms in that auction, with every term of the score.
    pub terms: ScoredTerms,
    /// The next best terms in that auction; absent if its time was not reserved.
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
    /// It has no ask standing.
    NoAsk,
    /// Its ask cannot be awarded the bid.
    Refused {
        /// The answer of the ask.
        answer: Box<AskAnswer>,
    },
    /// Its ask could be awarded, and others are better: of a held task, the winner was when it was awarded.
    Outscored {
        /// Its terms as they would be now.
        own: Box<ScoredTerms>,
        /// The terms that are better.
        by: Box<ScoredTerms>,
    },
    /// Its ask is the best as asks stand now.
    Best {
        /// Its terms as they would be now.
        own: Box<ScoredTerms>,
    },
}

impl Ledger {
    /// Explains a task that is open or ended not too long ago: `asks_max` answers are shown, and always that of the
    /// prover that is asked about.
    pub fn explain_task(&self, id: TaskId, about: Option<AccountId>, asks_max: usize) -> Option<TaskExplained> {
        let view = self.task(id)?;
        let task = view.task;
        let all = self.at_next_block().consider(task, &Shares::default());
        let answers = self.answers(all, asks_max, about);
        let award = view.award.as_ref().map(|live| AwardTold {
            number: live.award.number,
            prover: live.award.prover,
            guarantor: live.award.guarantor,
            price: live.award.price,
            collateral: live.award.collateral(),
            at: live.award.at,
            start_by: live.start_by,
            started: live.award.started,
            due: live.due,
            terms: self.explain_terms(live.award.terms),
            runner_up: live.award.runner_up.map(|terms| self.explain_terms(terms)),
        });
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
            reward: task.bid.reward,
            status: view.status,
            standing: self.stands_at(task, &answers),
            attempts: self.attempts(task),
            fault: self.fault_told(task),
            collateral_floor: self.collateral_floor(task),
            about: about.map(|prover| ProverTold { prover, verdict: verdict(task, prover, award.as_ref(), &answers) }),
            award,
            answers,
        })
    }

    fn stands_at(&self, task: &Task, answers: &Answers) -> StandsAt {
        match &task.stage {
            Stage::Pending if task.is_in_round() => StandsAt::SealedRound,
            Stage::Pending if answers.eligible > 0 => StandsAt::NextAuction,
            Stage::Pending if answers.refused.is_empty() => StandsAt::NoAsks,
            Stage::Pending if answers.refused.iter().all(|refusals| refusals.is_lasting) => StandsAt::NoneCan,
            Stage::Pending => StandsAt::NoneCanNow,
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

/// Why a prover does not have a task.
fn verdict(task: &Task, prover: AccountId, award: Option<&AwardTold>, answers: &Answers) -> Verdict {
    let is_paid = matches!(&task.stage, Stage::Completed { settlement, .. } if settlement.prover == prover);
    if is_paid || award.is_some_and(|award| award.prover == prover) {
        return Verdict::Has;
    }
    if let Some(attempt) = task.attempts.iter().rev().find(|attempt| attempt.award.prover == prover) {
        return Verdict::Had { end: attempt.end };
    }
    let Some(answer) = answers.asks.iter().find(|answer| answer.prover == prover) else { return Verdict::NoAsk };
    let Some(own) = answer.terms else { return Verdict::Refused { answer: Box::new(answer.clone()) } };
    let best = answers.asks.first().filter(|best| best.prover != prover).and_then(|best| best.terms);
    match award.map(|award| award.terms).or(best) {
        Some(by) => Verdict::Outscored { own: Box::new(own), by: Box::new(by) },
        None => Verdict::Best { own: Box::new(own) },
    }
}
