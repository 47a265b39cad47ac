//! What a task leaves behind, as files: its proof, what checks it, and the receipt.

use super::{find::named, one::read};
use crate::{
    extract::{PathOf, QueryOf},
    problem::{Code, Problem, ProblemBody},
    state::GatewayState,
};
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use dpgn_protocol::{
    ids::TaskId,
    limits::{PROOF_BYTES_MAX, VERIFIER_DATA_BYTES_MAX},
    units::Height,
};
use serde::Deserialize;
use utoipa::IntoParams;

/// Gives an own task's proof, as bytes
#[utoipa::path(get, path = "/api/v1/tasks/{task}/proof", tag = "tasks", params(("task" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = 404, body = ProblemBody)))]
pub(crate) async fn proof(
    State(state): State<GatewayState>,
    PathOf(name): PathOf<String>,
) -> Result<Response, Problem> {
    let name = named(&name)?;
    let task = state.reads().turn(state.node().task(name)).await?.task;
    let files = state.reads().turn(state.node().proof_files(name)).await?;
    Ok(file(task, "proof", read(&files.proof, PROOF_BYTES_MAX).await?))
}

/// Gives the verifier data of an own task's circuit, which check the proof
#[utoipa::path(get, path = "/api/v1/tasks/{task}/verifier-data", tag = "tasks", params(("task" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = 404, body = ProblemBody)))]
pub(crate) async fn verifier_data(
    State(state): State<GatewayState>,
    PathOf(name): PathOf<String>,
) -> Result<Response, Problem> {
    let name = named(&name)?;
    let task = state.reads().turn(state.node().task(name)).await?.task;
    let files = state.reads().turn(state.node().proof_files(name)).await?;
    Ok(file(task, "verifier", read(&files.verifier_data, VERIFIER_DATA_BYTES_MAX).await?))
}

/// From where on a receipt tells of the committee.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SinceQuery {
    /// The height of the oldest checkpoint from which it is to be checked; the genesis unless it is given.
    since: Option<u64>,
}

/// Gives the receipt of an own, paid task, as bytes
///
/// It shows anybody what was paid, to whom and for which proof, from the genesis or a checkpoint alone:
/// `dpgn verify-receipt` checks it.
#[utoipa::path(get, path = "/api/v1/tasks/{task}/receipt", tag = "tasks", params(("task" = String, Path), SinceQuery),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = 404, body = ProblemBody),
        (status = 422, body = ProblemBody)))]
pub(crate) async fn receipt(
    State(state): State<GatewayState>,
    PathOf(name): PathOf<String>,
    QueryOf(SinceQuery { since }): QueryOf<SinceQuery>,
) -> Result<Response, Problem> {
    let receipt = state.node().receipt(named(&name)?, Height::new(since.unwrap_or(0)));
    let receipt = state.reads().turn(receipt).await?;
    let bytes = receipt.to_file().map_err(|error| Problem::new(Code::Machine, error))?;
    Ok(file(receipt.task, "receipt", bytes))
}

/// Bytes that a browser saves and never shows.
fn file(task: TaskId, extension: &str, bytes: Vec<u8>) -> Response {
    let name = format!("attachment; filename=\"{task}.{extension}\"");
    let headers = [(header::CONTENT_TYPE, "application/octet-stream".to_owned()), (header::CONTENT_DISPOSITION, name)];
    (headers, bytes).into_response()
}
