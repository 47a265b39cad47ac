//! Whether this process lives, whether it is of use now, and which version it is: for machines that watch it.

use crate::{clock::now, problem::Problem, state::GatewayState};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use dpgn_node::view::NodeStatus;
use dpgn_protocol::units::{Millis, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// Blocks are old after this many times the interval in which a member proposes an empty one, and never sooner than
/// [`BLOCK_AGE_MIN`].
const IDLE_INTERVALS: u64 = 90;
/// The least age at which a last block is old.
const BLOCK_AGE_MIN: Millis = Millis::from_secs(180);

/// This process lives.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// The word `ok`, always.
    status: &'static str,
}

/// Whether the node can do what it is there for.
#[derive(Serialize, ToSchema)]
pub struct Readiness {
    /// Whether the node follows its network and takes orders.
    ready: bool,
    /// Why it does not; empty if it does.
    reasons: Vec<Reason>,
}

/// A reason for which a node is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The node has stopped.
    Stopped,
    /// The node has more questions to answer than it can.
    Busy,
    /// No peer is connected, and others decide the blocks.
    NoPeers,
    /// The last block is old: the committee does not decide, or this node does not hear of it.
    OldBlock,
    /// The node takes a snapshot in place of old blocks.
    TakesSnapshot,
    /// This node is in office and too few of the others are in touch to decide.
    NoQuorum,
}

/// The version of the program and of its contract.
#[derive(Serialize, ToSchema)]
pub struct Version {
    /// The version of the program.
    version: &'static str,
    /// The network that the node is on, as its id.
    network: String,
    /// The name that the genesis gives the network.
    network_name: String,
    /// The version of the contract below `/api`.
    api: &'static str,
}

/// Says that this process lives
#[utoipa::path(get, path = "/health", tag = "operations", responses((status = 200, body = Health)))]
pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Says whether the node follows its network and takes orders
#[utoipa::path(get, path = "/ready", tag = "operations",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness, description = "the reasons are in it")))]
pub(crate) async fn ready(State(state): State<GatewayState>) -> Response {
    let reasons = match (state.node().status().await, state.node().ledger().await) {
        (Ok(status), Ok(ledger)) => reasons(&status, now(), ledger.params().idle_interval),
        (Err(error), _) | (_, Err(error)) if error.is_retryable() => vec![Reason::Busy],
        (Err(_), _) | (_, Err(_)) => vec![Reason::Stopped],
    };
    let code = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(Readiness { ready: reasons.is_empty(), reasons })).into_response()
}

/// Names the version of the program and the network
#[utoipa::path(get, path = "/version", tag = "operations", responses((status = 200, body = Version)))]
pub(crate) async fn version(State(state): State<GatewayState>) -> Result<Json<Version>, Problem> {
    let status = state.node().status().await?;
    Ok(Json(Version {
        version: env!("CARGO_PKG_VERSION"),
        network: status.network.to_string(),
        network_name: status.network_name,
        api: "v1",
    }))
}

fn reasons(status: &NodeStatus, now: Timestamp, idle: Millis) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let decides_alone = status.committee == [status.account];
    if status.peers.is_empty() && !decides_alone {
        reasons.push(Reason::NoPeers);
    }
    let age_max = idle.get().saturating_mul(IDLE_INTERVALS).max(BLOCK_AGE_MIN.get());
    // Before the first block the time is that of the genesis.
    if now.get().saturating_sub(status.time.get()) > age_max && status.height.get() > 0 {
        reasons.push(Reason::OldBlock);
    }
    if status.snapshot.is_some() {
        reasons.push(Reason::TakesSnapshot);
    }
    if status.council.as_ref().is_some_and(|council| !council.can_decide) {
        reasons.push(Reason::NoQuorum);
    }
    reasons
}
