//! Tasks: a proof is bought, looked after, handed to a prover, and handed in.

use super::{
    amounts::{credits, thousandths},
    names::{key_shown, level, rfc3339, uuid_of},
};
use crate::{
    extract::{JsonUpTo, PathOf, QueryOf},
    labels::LABEL_LEN_MAX,
    problem::{Code, Problem},
    state::GatewayState,
};
use axum::{Json, extract::State, http::HeaderMap};
use dpgn_node::{
    Missed, NodeHandle, Notices, Purchase, Source, TaskRef,
    agents::{AgentError, Assignment, Brought},
    engine::Notice,
    view::Status,
};
use dpgn_protocol::{award::AwardId, units::Priority};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Bytes of a body with a circuit: each of its bytes takes up to four.
const CIRCUIT_BODY_MAX: usize = 8 << 20;
/// Bytes of a body with a proof; the largest has a quarter of a megabyte.
const PROOF_BODY_MAX: usize = 2 << 20;
/// The highest priority of the contract; the network knows no higher one either.
const PRIORITY_MAX: u8 = 100;
/// The longest that a prover is kept waiting for a task, in seconds.
const WAIT_MAX: u64 = 60;
/// How long a prover is kept waiting that does not say, in seconds.
const WAIT_DEFAULT: u64 = 10;
/// Seconds after which a node may be ready for a proof that it owes.
const READY_SECONDS: u32 = 2;
/// The time within which a proof that was handed in is settled: some blocks, and the coordinators' check.
const SETTLED_WITHIN: Duration = Duration::from_secs(20);

/// A proof that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitTask {
    /// The requester's own name for the task.
    task_id: Uuid,
    /// The privacy level, 1 to 5; 6 to 255 are reserved. At 1 and 2 whoever gets the proof sees parts of the witness.
    privacy_level: u8,
    /// The circuit with its inputs, as an envelope: `[1, 2, 3, 4]` asks for a proof of knowledge of the bytes 2, 3 and 4; a
    /// circom circuit is 2, the length of its `.r1cs` file (4 bytes, little endian), that file, then the `.wtns` file. Large ones
    /// go to `/api/v1/uploads` and `/api/v1/tasks`.
    circuit_data: Vec<u8>,
    /// The most that is paid, in thousandths of a credit.
    reward_amount: u64,
    /// The name by which the requester wants to be shown to provers. It acts for nobody: the node pays.
    requester: String,
    /// The order of service, 0 to 100; the fee rises with it.
    priority: u8,
}

/// How a task stands.
#[derive(Serialize, ToSchema)]
pub struct TaskStatus {
    /// The requester's own name for the task.
    task_id: Uuid,
    /// The stage of its life.
    #[schema(value_type = String, examples("pending", "assigned", "in_progress", "completed", "failed"))]
    status: Status,
    /// The prover that has it, or was paid: as it has registered here, else the UUID that stands for its account.
    assigned_prover: Option<Uuid>,
    /// The time at which it was submitted.
    #[schema(format = DateTime)]
    created_at: String,
    /// The time at which it changed last.
    #[schema(format = DateTime)]
    updated_at: String,
}

/// How long a prover waits for a task.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Waiting {
    /// Seconds to wait if there is no task yet: 10 unless it is said, 60 at most.
    #[param(maximum = 60)]
    wait: Option<u64>,
}

/// A proof that a prover is to make.
#[derive(Serialize, ToSchema)]
pub struct AssignedTask {
    /// The requester's own name for the task.
    task_id: Uuid,
    /// The privacy level to prove at.
    privacy_level: u8,
    /// The circuit with its inputs, which are secret, as an envelope.
    circuit_data: Vec<u8>,
    /// The most that the requester pays, in thousandths of a credit.
    reward_amount: u64,
    /// The name that the requester gave itself, or its account.
    requester: String,
    /// The order of service that the requester has bought.
    priority: u8,
    /// The four numbers that the proof must carry as its first public inputs, in decimal digits: they have up to 56 bits.
    tag: [String; 4],
    /// The number of the award of the task.
    award: u32,
    /// The id that the circuit must have which is built from `circuit_data`: 64 hexadecimal digits.
    circuit_id: String,
    /// The time by which the network wants the proof; the node needs it some seconds before.
    #[schema(format = DateTime)]
    due: String,
}

/// A proof that is handed in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitResult {
    /// The requester's own name for the task.
    task_id: Uuid,
    /// The prover that made the proof.
    prover_id: Uuid,
    /// The bytes of the proof.
    proof: Vec<u8>,
}

/// What came of a proof.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct ResultVerdict {
    /// Whether the proof holds and is what the task is paid for.
    accepted: bool,
    /// `Pass` if the proof verifies and proves what was asked for, else `Fail`.
    verification_result: Verification,
    /// The quality of the delivery, 0 to 1, as the network has settled it; null if that has not happened yet.
    quality_score: Option<f64>,
    /// Why it was not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The result of checking a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub enum Verification {
    /// The proof holds.
    Pass,
    /// The proof does not hold, or nobody waits for it.
    Fail,
}

/// Submits a task
#[utoipa::path(post, path = "/tasks", operation_id = "post_task", tag = "simple", request_body = SubmitTask,
    responses((status = 200, body = Uuid, description = "the task's name")))]
pub(super) async fn submit(
    State(state): State<GatewayState>,
    JsonUpTo(task): JsonUpTo<SubmitTask, CIRCUIT_BODY_MAX>,
) -> Result<Json<Uuid>, Problem> {
    if task.priority > PRIORITY_MAX {
        return Err(Problem::new(Code::Malformed, format!("priority {} is above {PRIORITY_MAX}", task.priority)));
    }
    if task.requester.chars().count() > LABEL_LEN_MAX || task.requester.chars().any(char::is_control) {
        let detail = format!("requester is a name of at most {LABEL_LEN_MAX} characters");
        return Err(Problem::new(Code::Malformed, detail));
    }
    let mut purchase = Purchase::new(Source::Envelope(task.circuit_data), credits(task.reward_amount)?);
    purchase.level = level(task.privacy_level)?;
    purchase.priority = Priority::new(task.priority).map_err(|error| Problem::new(Code::Malformed, error))?;
    purchase.alias = Some(task.task_id);
    // The contract has no other way to say it; the documentation says what levels 1 and 2 show.
    purchase.witness_is_public = true;
    state.node().submit(purchase).await?;
    state.labels().keep(task.task_id, task.requester);
    Ok(Json(task.task_id))
}

/// Tells how a task stands
#[utoipa::path(get, path = "/tasks/{task_id}/status", operation_id = "task_status", tag = "simple",
    params(("task_id" = Uuid, Path)),
    responses((status = 200, body = TaskStatus)))]
pub(super) async fn status(
    State(state): State<GatewayState>,
    PathOf(task_id): PathOf<Uuid>,
) -> Result<Json<TaskStatus>, Problem> {
    let node = state.node();
    let info = node.task(TaskRef::Alias(task_id)).await?;
    let assigned_prover = match info.prover {
        Some(prover) if prover == node.account() => Some(match node.agents() {
            Ok(agents) => agents.maker(info.task).await.unwrap_or_else(|| uuid_of(prover)),
            Err(_) => uuid_of(prover),
        }),
        Some(prover) => Some(uuid_of(prover)),
        None => None,
    };
    Ok(Json(TaskStatus {
        task_id,
        status: info.status,
        assigned_prover,
        created_at: rfc3339(info.created_at),
        updated_at: rfc3339(info.updated_at),
    }))
}

/// Hands a prover the next task
///
/// A prover that asks is what this node sells: its ask stands while provers ask for work.
#[utoipa::path(get, path = "/tasks/assign/{prover_id}", tag = "simple", params(("prover_id" = Uuid, Path), Waiting),
    responses((status = 200, body = Option<AssignedTask>, description = "a task, or null if there was none")))]
pub(super) async fn assign(
    State(state): State<GatewayState>,
    PathOf(prover): PathOf<Uuid>,
    QueryOf(Waiting { wait }): QueryOf<Waiting>,
    headers: HeaderMap,
) -> Result<Json<Option<AssignedTask>>, Problem> {
    let wait = Duration::from_secs(wait.unwrap_or(WAIT_DEFAULT).min(WAIT_MAX));
    let assignment = state.node().agents()?.assign(prover, key_shown(&headers)?, wait).await?;
    Ok(Json(assignment.map(|assignment| assigned(&state, &assignment))))
}

fn assigned(state: &GatewayState, assignment: &Assignment) -> AssignedTask {
    let label = state.labels().of(assignment.alias).filter(|_| assignment.requester == state.node().account());
    AssignedTask {
        task_id: assignment.alias,
        privacy_level: assignment.level.get(),
        circuit_data: assignment.circuit_data.to_vec(),
        reward_amount: thousandths(assignment.reward),
        requester: label.unwrap_or_else(|| assignment.requester.to_string()),
        priority: assignment.priority.get(),
        tag: assignment.tag.map(|element| element.to_string()),
        award: assignment.award.number,
        circuit_id: assignment.circuit.to_string(),
        due: rfc3339(assignment.due),
    }
}

/// Hands in a proof
#[utoipa::path(post, path = "/tasks/result", tag = "simple", request_body = SubmitResult,
    responses((status = 200, body = ResultVerdict)))]
pub(super) async fn result(
    State(state): State<GatewayState>,
    headers: HeaderMap,
    JsonUpTo(result): JsonUpTo<SubmitResult, PROOF_BODY_MAX>,
) -> Result<Json<ResultVerdict>, Problem> {
    let (node, key) = (state.node(), key_shown(&headers)?);
    // From before the proof is on its way, so that its payment is not missed.
    let notices = node.watch();
    let brought = node.agents()?.bring(result.prover_id, key, result.task_id, result.proof).await;
    Ok(Json(match brought {
        Ok(Brought::Valid(award)) => {
            let settled = tokio::time::timeout(SETTLED_WITHIN, settled(node, notices, award)).await;
            verdict(true, settled.ok().flatten(), None)
        }
        Ok(Brought::Invalid) => verdict(false, Some(0.0), Some("the proof does not hold for this task".to_owned())),
        // A node that was started anew has the award, and may not be ready for its proof yet.
        Err(AgentError::NoSuchProof(task)) if is_owed(node, task).await? => {
            let detail = format!("the node is not ready yet for the proof of task {task}");
            return Err(Problem::new(Code::NodeBusy, detail).retry_after(READY_SECONDS));
        }
        Err(error @ AgentError::NoSuchProof(_)) => verdict(false, Some(0.0), Some(error.to_string())),
        Err(error) => return Err(error.into()),
    }))
}

/// Whether this node holds an award of a task of this name, and has not delivered its proof.
async fn is_owed(node: &NodeHandle, alias: Uuid) -> Result<bool, Problem> {
    let (ledger, own) = (node.ledger().await?, node.account());
    let held = ledger.awards_of(own).filter_map(|task| ledger.task(task));
    let owed = held.filter(|view| view.task.stage.delivery().is_none()).any(|view| view.task.bid.alias == alias);
    Ok(owed)
}

fn verdict(accepted: bool, quality_score: Option<f64>, reason: Option<String>) -> ResultVerdict {
    let verification_result = if accepted { Verification::Pass } else { Verification::Fail };
    ResultVerdict { accepted, verification_result, quality_score, reason }
}

/// Waits until the network has paid for a proof; returns the quality that it was paid for.
async fn settled(node: &NodeHandle, mut notices: Notices, award: AwardId) -> Option<f64> {
    loop {
        match notices.next().await? {
            Ok(Notice::Settled(settlement)) if settlement.task == award.task => {
                return Some(f64::from(settlement.quality.get()) / 1e6);
            }
            Ok(Notice::AwardEnded { task, prover, .. }) if task == award.task && prover == node.account() => {
                return None;
            }
            Ok(_) | Err(Missed(_)) => {}
        }
    }
}
