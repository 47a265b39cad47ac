//! Tasks: a row of a list, and all that is known of one.

use super::{
    score::AwardRow,
    time::at,
    words::{EndRow, word},
};
use crate::events::Progress;
use dpgn_market::{Fault, Ledger, Stage, Status, Task};
use dpgn_node::view::TaskInfo;
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::Timestamp,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A task in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TaskRow {
    /// The network's name for it: 64 hexadecimal digits.
    pub(crate) task: String,
    /// The requester's own name for it, a UUID.
    #[schema(required)]
    pub(crate) alias: Option<String>,
    /// The status: `pending`, `assigned`, `in_progress`, `completed` or `failed`.
    #[schema(value_type = String)]
    pub(crate) status: Status,
    /// The circuit that is proved.
    pub(crate) circuit: String,
    /// The privacy level, 1 to 5; 1 and 2 show the witness to whoever gets the proof.
    pub(crate) level: u8,
    /// The circuit's padded rows, as a power of two; null once the ledger has forgotten the task.
    #[schema(required)]
    pub(crate) degree: Option<u8>,
    /// The most that the requester pays as the reward is now, in micro-credits.
    pub(crate) reward: u64,
    /// The price of the live award, or the one that was paid, in micro-credits.
    #[schema(required)]
    pub(crate) price: Option<u64>,
    /// The account that buys the proof.
    pub(crate) requester: String,
    /// The prover of the live award, or the one that was paid, or this node if it proves the task itself.
    #[schema(required)]
    pub(crate) prover: Option<String>,
    /// The number of awards so far.
    pub(crate) attempts: u64,
    /// The order of service, 0 to 100; null once the ledger has forgotten the task.
    #[schema(required)]
    pub(crate) priority: Option<u8>,
    /// The time of the block that took the bid up; of an own task, of its submission.
    pub(crate) created_at: String,
    /// The time of the last change that a block has made, or this node if it proves the task itself.
    pub(crate) updated_at: String,
    /// The time by which the proof must be delivered; null once the ledger has forgotten the task.
    #[schema(required)]
    pub(crate) deadline_at: Option<String>,
    /// The stage that the prover says it is at: `fetch`, `build`, `witness`, `wires`, `permutation`, `quotient`, `openings`
    /// or `deliver`; null unless it works.
    #[schema(required)]
    pub(crate) stage: Option<Value>,
    /// The part of the whole proof that the prover says is done, in thousandths.
    #[schema(required)]
    pub(crate) permille: Option<u16>,
    /// Why the task failed; null unless it did.
    #[schema(required)]
    pub(crate) why: Option<String>,
    /// Whether this node proves it itself, or has: nobody is paid then, and there is no receipt. Known of own tasks.
    pub(crate) is_local: bool,
}

/// All that this node knows of a task.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TaskTold {
    #[serde(flatten)]
    pub(crate) row: TaskRow,
    /// What blocks have decided about it, the oldest first; of a task that has ended the ledger remembers its ends alone.
    pub(crate) timeline: Vec<Moment>,
    /// The live award; null if nobody holds the task.
    #[schema(required)]
    pub(crate) award: Option<AwardRow>,
    /// The proof that was paid, or that waits for findings, or that this node has made itself; null before.
    #[schema(required)]
    pub(crate) proof: Option<ProofRow>,
    /// The height of the block that paid for it; known of own tasks.
    #[schema(required)]
    pub(crate) settled_height: Option<u64>,
    /// Why no standing ask can take it; null unless it waits in vain. Known of own tasks.
    #[schema(required)]
    pub(crate) stalled: Option<String>,
    /// Whose fault a failure is: `requester`, `prover`, `network`, `unclear` or `displaced`; null unless it failed.
    #[schema(required)]
    pub(crate) fault: Option<String>,
    /// What to do next; null if there is nothing to do.
    #[schema(required)]
    pub(crate) hint: Option<&'static str>,
    /// The time from which this node takes the bid back unless it is awarded, and makes the proof itself; null if it never does.
    /// Known of own tasks.
    #[schema(required)]
    pub(crate) prove_here_at: Option<String>,
}

/// Something that a block has decided about a task.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Moment {
    /// The time of the block.
    pub(crate) at: String,
    /// The step: `opened`, `awarded`, `started`, `delivered`, `award_ended`, `settled`, `failed` or `cancelled`.
    pub(crate) what: &'static str,
    /// The prover that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prover: Option<String>,
    /// The price of the award, in micro-credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) price: Option<u64>,
    /// How an award ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<EndRow>,
}

/// A proof by its hash.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProofRow {
    /// The hash of the proof's bytes.
    hash: String,
    /// The bytes of the proof; null once the ledger has forgotten the task.
    #[schema(required)]
    len: Option<u32>,
}

impl TaskRow {
    /// A task as the ledger has it, and how far its prover says it is.
    pub(crate) fn of_ledger(id: TaskId, task: &Task, progress: Option<Progress>) -> Self {
        let award = task.stage.award();
        let paid = settlement(task);
        let prover = award.map(|award| award.prover).or(paid.map(|paid| paid.prover));
        let progress =
            progress.filter(|progress| task.stage.status() == Status::InProgress && Some(progress.prover) == prover);
        Self {
            task: id.to_string(),
            alias: Some(task.bid.alias.to_string()),
            status: task.stage.status(),
            circuit: task.bid.circuit.to_string(),
            level: task.bid.level.get(),
            degree: Some(task.degree.get()),
            reward: task.bid.reward.get(),
            price: award.map(|award| award.price).or(paid.map(|paid| paid.price)).map(|price| price.get()),
            requester: task.requester.to_string(),
            prover: prover.map(|prover| prover.to_string()),
            attempts: task.awards.into(),
            priority: Some(task.bid.priority.get()),
            created_at: at(task.opened),
            updated_at: at(updated(task)),
            deadline_at: Some(at(task.bid.deadline)),
            stage: progress.and_then(|progress| serde_json::to_value(progress.stage).ok()),
            permille: progress.map(|progress| progress.permille),
            why: why(task),
            is_local: false,
        }
    }

    /// An own task: what its record says counts more than what the ledger does.
    pub(crate) fn of_own(info: &TaskInfo, requester: AccountId, known: Option<&Task>) -> Self {
        let row = known.map(|task| Self::of_ledger(info.task, task, None));
        Self {
            task: info.task.to_string(),
            alias: Some(info.alias.to_string()),
            status: info.status,
            circuit: info.circuit.to_string(),
            level: info.level.get(),
            degree: row.as_ref().and_then(|row| row.degree),
            reward: row.as_ref().map_or(info.reward.get(), |row| row.reward),
            price: info.price.map(|price| price.get()),
            requester: requester.to_string(),
            prover: info.prover.map(|prover| prover.to_string()),
            attempts: info.attempts as u64,
            priority: row.as_ref().and_then(|row| row.priority),
            created_at: at(info.created_at),
            updated_at: match known {
                _ if info.is_local => at(info.updated_at),
                Some(task) => at(updated(task).max(info.created_at)),
                None => at(info.created_at),
            },
            deadline_at: row.and_then(|row| row.deadline_at),
            stage: info.proof_stage.and_then(|stage| serde_json::to_value(stage).ok()),
            permille: info.permille,
            why: info.why.clone(),
            is_local: info.is_local,
        }
    }
}

impl TaskTold {
    /// A task of anybody, and what an own one's record adds.
    pub(crate) fn of(row: TaskRow, own: Option<&TaskInfo>, ledger: &Ledger, id: TaskId) -> Self {
        let view = ledger.task(id);
        let known = view.as_ref().map(|view| view.task);
        // What this node makes itself has not failed, whatever the market came to.
        let fault = known.and_then(fault_of).filter(|_| !row.is_local);
        let stalled = own.and_then(|info| info.stalled.clone());
        Self {
            timeline: known.map(timeline).unwrap_or_default(),
            award: ledger.explain_task(id, None, 1).and_then(|told| told.award).map(AwardRow::from),
            proof: known.and_then(proof_of).or_else(|| {
                let hash = own.and_then(|info| info.proof)?;
                Some(ProofRow { hash: hash.to_string(), len: None })
            }),
            settled_height: own.and_then(|info| info.settled_height).map(|height| height.get()),
            hint: hint(row.status, stalled.is_some(), fault),
            fault: fault.map(|fault| word(&fault)),
            stalled,
            prove_here_at: own.and_then(|info| info.prove_here_at).map(at),
            row,
        }
    }
}

fn settlement(task: &Task) -> Option<&dpgn_protocol::outcome::Settlement> {
    if let Stage::Completed { settlement, .. } = &task.stage { Some(settlement) } else { None }
}

fn proof_of(task: &Task) -> Option<ProofRow> {
    let delivered = task.stage.delivery().map(|delivery| (delivery.proof, delivery.len));
    let (hash, len) = delivered.or_else(|| settlement(task).map(|paid| (paid.proof, paid.proof_len)))?;
    Some(ProofRow { hash: hash.to_string(), len: Some(len) })
}

/// The time of the last change that a block has made.
fn updated(task: &Task) -> Timestamp {
    let award = task.stage.award();
    let delivered = task.stage.delivery().map(|delivery| delivery.at);
    let held = delivered.or(award.and_then(|award| award.started)).or(award.map(|award| award.at));
    let attempted = task.attempts.last().map(|attempt| attempt.at);
    task.closed.or(held).or(attempted).unwrap_or(task.opened)
}

fn timeline(task: &Task) -> Vec<Moment> {
    let moment = |time, what| Moment { at: at(time), what, prover: None, price: None, end: None };
    let of = |award: &dpgn_market::Award, time, what| Moment {
        prover: Some(award.prover.to_string()),
        price: Some(award.price.get()),
        ..moment(time, what)
    };
    let held = |award: &dpgn_market::Award| {
        [Some(of(award, award.at, "awarded")), award.started.map(|time| of(award, time, "started"))]
    };
    let mut all = vec![moment(task.opened, "opened")];
    for attempt in &task.attempts {
        all.extend(held(&attempt.award).into_iter().flatten());
        all.push(Moment { end: Some(attempt.end.into()), ..of(&attempt.award, attempt.at, "award_ended") });
    }
    if let Some(award) = task.stage.award() {
        all.extend(held(award).into_iter().flatten());
        all.extend(task.stage.delivery().map(|delivery| of(award, delivery.at, "delivered")));
    }
    let paid = settlement(task);
    let by = |moment: Moment| Moment {
        prover: paid.map(|paid| paid.prover.to_string()),
        price: paid.map(|paid| paid.price.get()),
        ..moment
    };
    all.extend(paid.map(|paid| by(moment(paid.delivered, "delivered"))));
    let end = match &task.stage {
        Stage::Completed { .. } => "settled",
        Stage::Failed { .. } => "failed",
        Stage::Cancelled { .. } => "cancelled",
        Stage::Pending | Stage::Assigned(_) | Stage::InProgress(_) | Stage::Delivered(..) => return all,
    };
    all.extend(task.closed.map(|time| by(moment(time, end))));
    all
}

fn fault_of(task: &Task) -> Option<Fault> {
    if let Stage::Failed { fault, .. } = &task.stage { Some(*fault) } else { None }
}

fn why(task: &Task) -> Option<String> {
    let why = match &task.stage {
        Stage::Failed { fault, .. } => match fault {
            Fault::Requester => "several provers did not get what the bid promises",
            Fault::Prover => "all provers that were allowed to try have failed",
            Fault::Network => "no prover was there before the deadline",
            Fault::Unclear => "nobody is shown to be at fault",
            Fault::Displaced => "a bid that pays more for its time took the place",
        },
        Stage::Cancelled { .. } => "its requester took it back",
        Stage::Pending | Stage::Assigned(_) | Stage::InProgress(_) | Stage::Delivered(..) | Stage::Completed { .. } => {
            return None;
        }
    };
    Some(why.to_owned())
}

fn hint(status: Status, is_stalled: bool, fault: Option<Fault>) -> Option<&'static str> {
    match (status, fault) {
        (Status::Pending, _) if is_stalled => {
            Some("GET its /explain shows what each ask answers; cancel it and submit it with a higher reward, or wait")
        }
        (Status::Failed, Some(Fault::Requester)) => Some("keep this node running and reachable, then submit it again"),
        (Status::Failed, Some(Fault::Prover)) => Some("submit it again: other provers may take it"),
        (Status::Failed, Some(Fault::Network | Fault::Unclear)) => {
            Some("submit it again, with a longer deadline or a higher reward")
        }
        (Status::Failed, Some(Fault::Displaced)) => Some("submit it again, with a higher reward or priority"),
        (Status::Failed, None) | (Status::Pending | Status::Assigned | Status::InProgress | Status::Completed, _) => {
            None
        }
    }
}
