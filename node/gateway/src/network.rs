//! The network as this node sees it: itself, its peers, the committee, the blocks.

use crate::{
    dto::network::{BlockRow, CommitteeTold, PeerRow, StatusTold},
    extract::{PathOf, QueryOf},
    page::{Page, PageQuery},
    problem::{Code, Problem, ProblemBody},
    state::GatewayState,
};
use axum::{Json, extract::State};
use dpgn_protocol::{ids::AccountId, units::Height};
use serde_json::Value;

/// Shows how this node is
#[utoipa::path(get, path = "/api/v1/status", tag = "network",
    responses((status = 200, body = StatusTold), (status = 503, body = ProblemBody)))]
pub(crate) async fn status(State(state): State<GatewayState>) -> Result<Json<StatusTold>, Problem> {
    let node = state.node();
    Ok(Json(StatusTold::of(node.status().await?, node.is_requester(), node.is_prover())))
}

/// Lists the peers that are connected, by account
#[utoipa::path(get, path = "/api/v1/peers", tag = "network", params(PageQuery),
    responses((status = 200, body = Page<PeerRow>), (status = 400, body = ProblemBody)))]
pub(crate) async fn peers(
    State(state): State<GatewayState>,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<Page<PeerRow>>, Problem> {
    let ledger = state.node().ledger().await?;
    let mut peers = state.node().peers().await?;
    peers.sort_by_key(|peer| peer.account);
    let rows = peers.iter().map(|peer| (peer.account, PeerRow::of(peer, &ledger)));
    Ok(Json(Page::of::<AccountId>(&query, rows)?))
}

/// Shows the committee in office
#[utoipa::path(get, path = "/api/v1/committee", tag = "network",
    responses((status = 200, body = CommitteeTold), (status = 503, body = ProblemBody)))]
pub(crate) async fn committee(State(state): State<GatewayState>) -> Result<Json<CommitteeTold>, Problem> {
    let (status, ledger) = (state.node().status().await?, state.node().ledger().await?);
    Ok(Json(CommitteeTold::of(&ledger, status.account, status.council.as_ref())))
}

/// Tells how the election at the end of this epoch stands
///
/// All candidates, what counts for each, who may be elected, and who would have which power. Amounts in it are micro-credits.
#[utoipa::path(get, path = "/api/v1/candidates", tag = "network",
    responses((status = 200, body = Object), (status = 503, body = ProblemBody)))]
pub(crate) async fn candidates(State(state): State<GatewayState>) -> Result<Json<Value>, Problem> {
    let told = state.node().election().await?;
    Ok(Json(serde_json::to_value(told).unwrap_or_default()))
}

/// Lists decided blocks, the newest first
#[utoipa::path(get, path = "/api/v1/blocks", tag = "network", params(PageQuery),
    responses((status = 200, body = Page<BlockRow>), (status = 400, body = ProblemBody)))]
pub(crate) async fn blocks(
    State(state): State<GatewayState>,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<Page<BlockRow>>, Problem> {
    let (limit, below) = (query.limit()?, query.place::<Height>()?);
    let found = state.reads().turn(state.node().blocks(below, limit)).await?;
    let lowest = found.last().map(|block| block.height);
    let is_whole = found.len() == usize::from(limit);
    let next = lowest.filter(|height| is_whole && height.get() > 1);
    Ok(Json(Page::new(found.into_iter().map(BlockRow::from).collect(), next)))
}

/// Shows a decided block
#[utoipa::path(get, path = "/api/v1/blocks/{height}", tag = "network", params(("height" = u64, Path)),
    responses((status = 200, body = BlockRow), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn block(
    State(state): State<GatewayState>,
    PathOf(height): PathOf<String>,
) -> Result<Json<BlockRow>, Problem> {
    let height =
        height.parse().map_err(|_| Problem::new(Code::Malformed, "a block is named by its height, a number"))?;
    Ok(Json(state.reads().turn(state.node().block(Height::new(height))).await?.into()))
}
