//! Lists of tasks: this node's own, or all that its ledger knows; and the live awards.

use crate::{
    dto::task::TaskRow,
    dto::time::at,
    extract::QueryOf,
    page::{Page, PageQuery},
    problem::{Code, Problem, ProblemBody},
    state::GatewayState,
};
use axum::{Json, extract::State};
use dpgn_market::Status;
use dpgn_node::TaskCursor;
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::{Level, Timestamp},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::cmp::Reverse;
use utoipa::{IntoParams, ToSchema};

/// Pages of own tasks that are looked through for one that fits the filters.
const PAGES_MAX: usize = 20;

/// Which tasks are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TasksQuery {
    /// This node's own tasks, `own`, or all that the ledger remembers, `network`. Own ones unless it is given.
    #[serde(default)]
    #[param(inline)]
    scope: Scope,
    /// The status of the tasks: `pending`, `assigned`, `in_progress`, `completed` or `failed`.
    #[param(value_type = Option<String>)]
    status: Option<Status>,
    /// The privacy level of the tasks, 1 to 5.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 5)]
    level: Option<u8>,
    /// The account of the prover that has the award or was paid.
    #[param(value_type = Option<String>)]
    prover: Option<AccountId>,
    /// The account that buys the proof.
    #[param(value_type = Option<String>)]
    requester: Option<AccountId>,
    /// The most items of the page, 1 to 50; 20 unless it is given.
    #[param(minimum = 1, maximum = 50, value_type = Option<u16>)]
    limit: Option<u64>,
    /// The `next_cursor` of the page before, as it was.
    #[param(max_length = 512)]
    cursor: Option<String>,
}

/// Whose tasks are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Scope {
    /// Those that this node has bought.
    #[default]
    Own,
    /// All that the ledger remembers.
    Network,
}

/// What a task must be like, beside its scope.
struct Filter {
    status: Option<Status>,
    level: Option<Level>,
    prover: Option<String>,
    requester: Option<String>,
}

impl Filter {
    fn fits(&self, row: &TaskRow) -> bool {
        self.status.is_none_or(|status| row.status == status)
            && self.level.is_none_or(|level| row.level == level.get())
            && self.prover.as_ref().is_none_or(|prover| row.prover.as_ref() == Some(prover))
            && self.requester.as_ref().is_none_or(|requester| row.requester == *requester)
    }
}

/// Lists tasks, the newest first
#[utoipa::path(get, path = "/api/v1/tasks", tag = "tasks", params(TasksQuery),
    responses((status = 200, body = Page<TaskRow>), (status = 400, body = ProblemBody)))]
pub(crate) async fn list(
    State(state): State<GatewayState>,
    QueryOf(query): QueryOf<TasksQuery>,
) -> Result<Json<Page<TaskRow>>, Problem> {
    let level = query.level.map(Level::new).transpose().map_err(|error| Problem::new(Code::Malformed, error))?;
    let filter = Filter {
        status: query.status,
        level,
        prover: query.prover.map(|account| account.to_string()),
        requester: query.requester.map(|account| account.to_string()),
    };
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    Ok(Json(match query.scope {
        Scope::Own => own(&state, &filter, &page).await?,
        Scope::Network => network(&state, &filter, &page).await?,
    }))
}

async fn own(state: &GatewayState, filter: &Filter, page: &PageQuery) -> Result<Page<TaskRow>, Problem> {
    let (limit, mut after) = (page.limit()?, page.place::<TaskCursor>()?);
    let (node, ledger) = (state.node(), state.node().ledger().await?);
    for _ in 0..PAGES_MAX {
        let found = state.reads().turn(node.tasks(after, limit)).await?;
        let row = |info: &_| {
            let info: &dpgn_node::view::TaskInfo = info;
            TaskRow::of_own(info, node.account(), ledger.task(info.task).map(|view| view.task))
        };
        let rows: Vec<TaskRow> = found.tasks.iter().map(row).filter(|row| filter.fits(row)).collect();
        after = found.next;
        if !rows.is_empty() || after.is_none() {
            return Ok(Page::new(rows, after));
        }
    }
    // None of so many fits: whoever goes on by the cursor sees the rest.
    Ok(Page::new(Vec::new(), after))
}

async fn network(state: &GatewayState, filter: &Filter, page: &PageQuery) -> Result<Page<TaskRow>, Problem> {
    let ledger = state.node().ledger().await?;
    let mut all: Vec<(Reverse<Timestamp>, TaskId)> =
        ledger.tasks().map(|(id, task)| (Reverse(task.opened), id)).collect();
    all.sort_unstable();
    // Behind the cursor alone is anything written out.
    let rows = all.into_iter().filter_map(|(opened, id)| {
        let task = ledger.task(id)?.task;
        let row = TaskRow::of_ledger(id, task, state.hub().progress(id));
        filter.fits(&row).then_some(((Reverse(opened.0.get()), id), row))
    });
    Page::of(page, rows)
}

/// An award that is live.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AwardLine {
    /// The task that it is about.
    task: String,
    /// The number of the award among those of its task, from 1.
    number: u32,
    /// The prover that holds it.
    prover: String,
    /// The account that buys the proof.
    requester: String,
    /// The price of a valid proof, in micro-credits.
    price: u64,
    /// The micro-credits at stake.
    collateral: u64,
    /// The time of the block that made it.
    at: String,
    /// The time by which the proof is owed.
    due_at: String,
    /// The time of the prover's `Start`; null before it.
    #[schema(required)]
    started_at: Option<String>,
    /// The stage that the prover says it is at; null before it works.
    #[schema(required, value_type = Option<String>)]
    stage: Option<Value>,
    /// The part of the whole proof that the prover says is done, in thousandths.
    #[schema(required)]
    permille: Option<u16>,
}

/// Lists the live awards, by task
#[utoipa::path(get, path = "/api/v1/awards", tag = "market", params(PageQuery),
    responses((status = 200, body = Page<AwardLine>), (status = 400, body = ProblemBody)))]
pub(crate) async fn awards(
    State(state): State<GatewayState>,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<Page<AwardLine>>, Problem> {
    let ledger = state.node().ledger().await?;
    let mut all: Vec<TaskId> =
        ledger.tasks().filter(|(_, task)| task.stage.award().is_some()).map(|(id, _)| id).collect();
    all.sort_unstable();
    let lines = all.into_iter().filter_map(|id| {
        let (view, progress) = (ledger.task(id)?, state.hub().progress(id));
        let live = view.award.as_ref()?;
        let progress = progress.filter(|progress| progress.prover == live.award.prover);
        let line = AwardLine {
            task: id.to_string(),
            number: live.award.number,
            prover: live.award.prover.to_string(),
            requester: view.task.requester.to_string(),
            price: live.award.price.get(),
            collateral: live.award.collateral().get(),
            at: at(live.award.at),
            due_at: at(live.due),
            started_at: live.award.started.map(at),
            stage: progress.and_then(|progress| serde_json::to_value(progress.stage).ok()),
            permille: progress.map(|progress| progress.permille),
        };
        Some((id, line))
    });
    Ok(Json(Page::of(&query, lines)?))
}
