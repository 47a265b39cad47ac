//! What is done at a scrape: gauges are set to the node as it is now. Requests are counted here too.

use super::registry::Metrics;
use crate::{problem::Problem, state::GatewayState};
use axum::{
    extract::{MatchedPath, Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use prometheus_client::encoding::text::encode;
use std::sync::Arc;

/// The media type of the answer.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Tells the metrics of this node, for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, content_type = "application/openmetrics-text", body = String)))]
pub(crate) async fn metrics(State(state): State<GatewayState>) -> Result<Response, Problem> {
    let metrics = state.metrics();
    read(&state, metrics).await;
    let mut text = String::new();
    // Writing into a text does not fail.
    let _ = encode(&mut text, &metrics.registry);
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}

/// Sets the gauges to what the node says now; of one that has stopped they keep what they were.
async fn read(state: &GatewayState, metrics: &Metrics) {
    let gauges = &metrics.gauges;
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let counted = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    gauges.streams.set(counted(state.streams().count()));
    if let Some(office) = state.office()
        && let Some(load) = office.load().await
    {
        gauges.webhooks_failing.set(counted(load.failing));
        gauges.webhook_messages.set(signed(load.waiting));
        gauges.webhook_dropped.set(signed(load.dropped));
    }
    let (Ok(status), Ok(ledger)) = (state.node().status().await, state.node().ledger().await) else {
        gauges.up.set(0);
        return;
    };
    gauges.up.set(1);
    gauges.height.set(signed(status.height.get()));
    gauges.block_time.set(signed(status.time.get() / 1_000));
    gauges.peers.set(counted(status.peers.len()));
    gauges.open_bids.set(counted(status.open_bids));
    gauges.asks.set(counted(status.standing_asks));
    gauges.available.set(signed(status.balance.available.get()));
    let ask = ledger.ask_of(metrics.account);
    gauges.capacity.set(ask.map_or(0, |standing| standing.ask.capacity.into()));
    gauges.held.set(counted(ledger.awards_of(metrics.account).count()));
}

/// Counts every request by the pattern of its route.
pub(crate) async fn counted(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    // A client may name any method.
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let method = known.into_iter().find(|known| *known == method.as_str()).unwrap_or("other");
    metrics.request(route, method, response.status().as_u16());
    response
}
