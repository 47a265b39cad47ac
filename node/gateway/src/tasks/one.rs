//! One task: shown, waited for, explained, taken back, verified once more.

use super::find::{find, named};
use crate::{
    dto::{explain::Explained, history::HistoryTold, task::TaskTold},
    extract::{PathOf, QueryOf},
    problem::{Code, Problem, ProblemBody},
    state::GatewayState,
};
use axum::{Json, extract::State, http::StatusCode};
use dpgn_node::{PrepareError, TaskError, TaskRef};
use dpgn_protocol::{
    ids::AccountId,
    limits::{PROOF_BYTES_MAX, VERIFIER_DATA_BYTES_MAX},
    statement::{public_inputs_digest, tag},
    verifier_data::{self, VerifierDataLimits},
};
use dpgn_prover::verify::Statement;
use serde::{Deserialize, Serialize};
use std::{path::Path, time::Duration};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

/// Seconds that a request may wait.
const WAIT_SECONDS_MAX: u64 = 60;
/// The time after which a task is looked at again, although nothing was heard of it.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// How long to wait for the end.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WaitQuery {
    /// Seconds within which the answer waits until the task is over, at most 60; without it the answer comes at once.
    #[param(minimum = 0, maximum = 60)]
    wait: Option<u64>,
}

/// Shows a task
///
/// An own task is found by its UUID too. With `wait` the answer comes once the task is over, or after so many seconds as
/// the task stands then.
#[utoipa::path(get, path = "/api/v1/tasks/{task}", tag = "tasks", params(("task" = String, Path), WaitQuery),
    responses((status = 200, body = TaskTold), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn show(
    State(state): State<GatewayState>,
    PathOf(name): PathOf<String>,
    QueryOf(WaitQuery { wait }): QueryOf<WaitQuery>,
) -> Result<Json<TaskTold>, Problem> {
    let seconds = wait.unwrap_or(0);
    if seconds > WAIT_SECONDS_MAX {
        return Err(Problem::new(Code::Malformed, format!("wait is {seconds}: it must be at most {WAIT_SECONDS_MAX}")));
    }
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut signal = state.hub().signal();
    loop {
        signal.borrow_and_update();
        let found = find(&state, &name).await?;
        if found.is_over() || Instant::now() >= until || state.stop().is_cancelled() {
            return Ok(Json(found.told()));
        }
        // Whatever is missed is seen by looking again.
        tokio::select! {
            () = state.stop().cancelled() => {}
            () = tokio::time::sleep_until(until.min(Instant::now() + LOOK_AGAIN)) => {}
            () = of_task(&state, &mut signal, found.id) => {}
        }
    }
}

/// Waits until something is heard of a task.
async fn of_task(
    state: &GatewayState,
    signal: &mut tokio::sync::watch::Receiver<u64>,
    task: dpgn_protocol::ids::TaskId,
) {
    let mut seen = *signal.borrow();
    while signal.changed().await.is_ok() {
        match state.hub().behind(seen) {
            Ok(batch) => {
                seen = batch.last().map_or(seen, |told| told.number);
                if batch.iter().any(|told| told.task == Some(task)) {
                    return;
                }
            }
            Err(_) => return,
        }
    }
}

/// Whom a question is about.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AboutQuery {
    /// The account of a prover: why does it not have the task?
    #[param(value_type = Option<String>)]
    about: Option<AccountId>,
    /// The most asks whose answers are shown, 1 to 500; 20 unless it is given.
    #[param(minimum = 1, maximum = 500)]
    asks: Option<u16>,
}

/// Explains a task
///
/// Why it stands as it does, who has it and by which score, what each standing ask answers while it waits, whose fault a
/// failure is.
#[utoipa::path(get, path = "/api/v1/tasks/{task}/explain", tag = "tasks", params(("task" = String, Path), AboutQuery),
    responses((status = 200, body = Explained), (status = 404, body = ProblemBody)))]
pub(crate) async fn explain(
    State(state): State<GatewayState>,
    PathOf(name): PathOf<String>,
    QueryOf(AboutQuery { about, asks }): QueryOf<AboutQuery>,
) -> Result<Json<Explained>, Problem> {
    let told = state.node().explain(named(&name)?, about, asks.unwrap_or(20)).await?;
    let (task, is_own) = (TaskRef::Id(told.task), told.requester == state.node().account());
    let explained = Explained::from(told);
    if !is_own {
        return Ok(Json(explained));
    }
    match state.reads().turn(state.node().task(task)).await {
        Ok(info) => Ok(Json(explained.with_own(&info))),
        // Another node has bought it with this account's key.
        Err(TaskError::Unknown(_)) => Ok(Json(explained)),
        Err(error) => Err(error.into()),
    }
}

/// Tells all that blocks have decided about a task
///
/// It applies the blocks of the task's life again, which takes long if they are many; one such question is answered at a
/// time.
#[utoipa::path(get, path = "/api/v1/tasks/{task}/history", tag = "tasks", params(("task" = String, Path), AboutQuery),
    responses((status = 200, body = HistoryTold), (status = 404, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub(crate) async fn history(
    State(state): State<GatewayState>,
    PathOf(name): PathOf<String>,
    QueryOf(AboutQuery { about, .. }): QueryOf<AboutQuery>,
) -> Result<Json<HistoryTold>, Problem> {
    Ok(Json(state.reads().replay(state.node().history(named(&name)?, about)).await?.into()))
}

/// Takes an own task back
///
/// After the award its prover is paid for the time that it has spent. The answer is the task as it stands: a block has to
/// take the cancellation up.
#[utoipa::path(post, path = "/api/v1/tasks/{task}/cancel", tag = "tasks", params(("task" = String, Path)),
    responses((status = 202, body = TaskTold), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub(crate) async fn cancel(
    State(state): State<GatewayState>,
    PathOf(name): PathOf<String>,
) -> Result<(StatusCode, Json<TaskTold>), Problem> {
    state.node().cancel(named(&name)?).await?;
    let told = find(&state, &name).await?.told();
    Ok((StatusCode::ACCEPTED, Json(told)))
}

/// What came of verifying a proof once more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verified {
    /// Whether the proof verifies, with the tag of this task and its prover and the statement that the bid fixed.
    valid: bool,
    /// Why not; null if it is valid.
    #[schema(required)]
    reason: Option<String>,
}

/// Verifies an own task's proof once more, in a worker of this node
#[utoipa::path(post, path = "/api/v1/tasks/{task}/verify", tag = "tasks", params(("task" = String, Path)),
    responses((status = 200, body = Verified), (status = 404, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub(crate) async fn verify(
    State(state): State<GatewayState>,
    PathOf(name): PathOf<String>,
) -> Result<Json<Verified>, Problem> {
    let name = named(&name)?;
    let info = state.reads().turn(state.node().task(name)).await?;
    let files = state.reads().turn(state.node().proof_files(name)).await?;
    let data = read(&files.verifier_data, VERIFIER_DATA_BYTES_MAX).await?;
    let proof = read(&files.proof, PROOF_BYTES_MAX).await?;
    let not = |reason: String| Ok(Json(Verified { valid: false, reason: Some(reason) }));
    let shape = match verifier_data::read(&data, &VerifierDataLimits::default()) {
        Ok(shape) => shape,
        Err(error) => return not(format!("the verifier data: {error}")),
    };
    if shape.circuit != info.circuit {
        return not(format!("the verifier data are of circuit {}", shape.circuit));
    }
    let ledger = state.node().ledger().await?;
    let public_inputs = match (ledger.task(info.task), shape.layout.public_inputs(&proof)) {
        (Some(view), _) => view.task.bid.statement,
        (None, Ok((_, values))) => public_inputs_digest(&values),
        (None, Err(error)) => return not(error.to_string()),
    };
    let Some(prover) = info.prover else { return not("nobody has proved it".to_owned()) };
    let statement = Statement { tag: tag(info.task, prover), public_inputs, free: Vec::new() };
    let checked = state.node().check_proof(data, proof, statement).await.map_err(PrepareError::from)?;
    let valid = checked.finding.is_valid();
    Ok(Json(Verified { valid, reason: (!valid).then_some(checked.reason) }))
}

/// Reads a file of this node's, of at most so many bytes.
pub(super) async fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, Problem> {
    let failed = |error: std::io::Error| {
        tracing::warn!(path = %path.display(), %error, "a file of this node cannot be read");
        Problem::new(Code::Machine, "a file of this node cannot be read").retry_after(10)
    };
    let len = tokio::fs::metadata(path).await.map_err(failed)?.len();
    if len > bytes_max as u64 {
        tracing::warn!(path = %path.display(), len, "a file of this node is larger than it can be");
        return Err(Problem::new(Code::Machine, "a file of this node is damaged").retry_after(10));
    }
    tokio::fs::read(path).await.map_err(failed)
}
