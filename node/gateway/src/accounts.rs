//! Accounts: what one has, how its reputation comes about, what came and went.

use crate::{
    dto::{account::AccountTold, reputation::ReputationTold, statement::StatementTold},
    extract::{PathOf, QueryOf},
    problem::{Code, Problem, ProblemBody},
    state::GatewayState,
};
use axum::{Json, extract::State};
use dpgn_node::STATEMENT_LINES_MAX;
use dpgn_protocol::{ids::AccountId, units::Height};
use serde::Deserialize;
use utoipa::IntoParams;

/// The lines of a statement, unless the query says how many.
const LINES: u16 = 100;

/// Shows what an account has, and what is locked
///
/// An account that the ledger does not know has nothing, and a newcomer's reputation.
#[utoipa::path(get, path = "/api/v1/accounts/{account}", tag = "accounts", params(("account" = String, Path)),
    responses((status = 200, body = AccountTold), (status = 400, body = ProblemBody)))]
pub(crate) async fn account(
    State(state): State<GatewayState>,
    PathOf(account): PathOf<String>,
) -> Result<Json<AccountTold>, Problem> {
    let account = named(&account)?;
    let node = state.node();
    let (ledger, balance, payout) = (node.ledger().await?, node.balance(account).await?, node.payout(account).await?);
    Ok(Json(AccountTold::of(&ledger, account, balance, payout)))
}

/// Explains an account's reputation as a prover: every term, and who gave it weight
#[utoipa::path(get, path = "/api/v1/accounts/{account}/reputation", tag = "accounts", params(("account" = String, Path)),
    responses((status = 200, body = ReputationTold), (status = 400, body = ProblemBody)))]
pub(crate) async fn reputation(
    State(state): State<GatewayState>,
    PathOf(account): PathOf<String>,
) -> Result<Json<ReputationTold>, Problem> {
    Ok(Json(state.node().reputation(named(&account)?).await?.into()))
}

/// Which blocks a statement is over.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatementQuery {
    /// The height of the first block; the oldest that is kept here unless it is given.
    from: Option<u64>,
    /// The most lines, the newest, 1 to 1,500; 100 unless it is given. The sums have all.
    #[param(minimum = 1, maximum = 1500)]
    limit: Option<u16>,
}

/// Tells what came to an account and what went, block by block
///
/// It applies the blocks again, which takes long if they are many; one such question is answered at a time.
#[utoipa::path(get, path = "/api/v1/accounts/{account}/statement", tag = "accounts",
    params(("account" = String, Path), StatementQuery),
    responses((status = 200, body = StatementTold), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 503, body = ProblemBody)))]
pub(crate) async fn statement(
    State(state): State<GatewayState>,
    PathOf(account): PathOf<String>,
    QueryOf(StatementQuery { from, limit }): QueryOf<StatementQuery>,
) -> Result<Json<StatementTold>, Problem> {
    let limit = limit.unwrap_or(LINES);
    if !(1..=STATEMENT_LINES_MAX).contains(&limit) {
        return Err(Problem::new(Code::Malformed, format!("limit is {limit}: it must be 1 to {STATEMENT_LINES_MAX}")));
    }
    let account = named(&account)?;
    let from = match from {
        Some(from) => Height::new(from),
        None => state.node().status().await?.first_block,
    };
    Ok(Json(state.reads().replay(state.node().statement(account, from, limit)).await?.into()))
}

/// Reads the name of an account.
fn named(account: &str) -> Result<AccountId, Problem> {
    account.parse().map_err(|_| Problem::new(Code::Malformed, "an account is named by 64 hexadecimal digits"))
}
