//! The seven endpoints that DPGN was asked for with, to the letter: tasks and provers, without a version in their paths. An
//! eighth lets a prover give a task back.
//!
//! They go the same way as all else: a task is a bid of this node's account, and a prover that registers here is one of its
//! [agents](dpgn_node::agents). Amounts are whole thousandths of a credit, so that small numbers buy small proofs; everything
//! below `/api/v1` has micro-credits.

mod amounts;
mod names;
mod provers;
mod tasks;

use crate::state::GatewayState;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of the seven endpoints.
pub(crate) fn routes() -> OpenApiRouter<GatewayState> {
    OpenApiRouter::new()
        .routes(routes!(tasks::submit))
        .routes(routes!(tasks::status))
        .routes(routes!(tasks::assign))
        .routes(routes!(tasks::result))
        .routes(routes!(provers::release))
        .routes(routes!(provers::list))
        .routes(routes!(provers::register))
        .routes(routes!(provers::heartbeat))
}
