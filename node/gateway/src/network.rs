//! The network as this node sees it: itself, its peers, the committee, the blocks.

use crate::{
    dto::{
        election::Election,
        network::{BlockRow, BlockTold, CommitteeTold, OpRow, PeerRow, StatusTold},
    },
    extract::{PathOf, QueryOf},
    page::{Page, PageQuery},
    problem::{Code, Problem, ProblemBody},
    state::GatewayState,
};
use axum::{Json, extract::State};
use dpgn_protocol::{ids::AccountId, units::Height};

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
/// All candidates, what counts for each, who may be elected, and who would have which power.
#[utoipa::path(get, path = "/api/v1/candidates", tag = "network",
    responses((status = 200, body = Election), (status = 503, body = ProblemBody)))]
pub(crate) async fn candidates(State(state): State<GatewayState>) -> Result<Json<Election>, Problem> {
    Ok(Json(state.node().election().await?.into()))
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

/// Shows a decided block, and its ops page by page
#[utoipa::path(get, path = "/api/v1/blocks/{height}", tag = "network", params(("height" = u64, Path), PageQuery),
    responses((status = 200, body = BlockTold), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn block(
    State(state): State<GatewayState>,
    PathOf(height): PathOf<String>,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<BlockTold>, Problem> {
    let height =
        height.parse().map_err(|_| Problem::new(Code::Malformed, "a block is named by its height, a number"))?;
    let (height, limit, skip) = (Height::new(height), query.limit()?, query.place::<u32>()?.unwrap_or(0));
    let row = BlockRow::from(state.reads().turn(state.node().block(height)).await?);
    let ops = state.reads().turn(state.node().block_ops(height, skip, limit)).await?;
    let behind = skip.saturating_add(u32::from(limit));
    let next = usize::try_from(behind).ok().filter(|behind| *behind < row.ops()).map(|_| behind);
    let Page { items, next_cursor } = Page::new(ops.into_iter().map(OpRow::from).collect(), next);
    Ok(Json(BlockTold { row, items, next_cursor }))
}
