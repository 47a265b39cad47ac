//! The market as this node's replica of the ledger has it: book, provers, prices.

use crate::{
    dto::{
        market::{AskRow, BookTold, PriceRow, ProverRow, Shelf, prices, provers},
        task::TaskRow,
    },
    extract::QueryOf,
    page::{Page, PageQuery},
    problem::{Code, Problem, ProblemBody},
    state::GatewayState,
};
use axum::{Json, extract::State};
use dpgn_market::{Ledger, Status};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::{Degree, Level, Priority, Timestamp},
};
use serde::Deserialize;
use std::{cmp::Reverse, collections::BTreeSet, fmt};
use utoipa::IntoParams;

/// Bids that are shown of the book.
const BIDS_MAX: usize = 200;
/// Shelves that are shown of the book, if the query names none.
const SHELVES_MAX: usize = 24;
/// The size that is shown of a level which is sold, though nobody has asked for it: the smallest of level 3.
const USUAL_DEGREE: u8 = 14;

/// Which part of the book is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ShelfQuery {
    /// The privacy level, 1 to 5; all unless it is given.
    #[param(minimum = 1, maximum = 5)]
    level: Option<u8>,
    /// The circuit's padded rows, as a power of two, 0 to 24; all unless it is given.
    #[param(minimum = 0, maximum = 24)]
    degree: Option<u8>,
}

impl ShelfQuery {
    fn read(&self) -> Result<(Option<Level>, Option<Degree>), Problem> {
        let level = self.level.map(Level::new).transpose().map_err(|error| malformed(&error))?;
        let degree = self.degree.map(Degree::new).transpose().map_err(|error| malformed(&error))?;
        Ok((level, degree))
    }
}

/// Says that a parameter is out of its range.
pub(crate) fn malformed(error: &dyn fmt::Display) -> Problem {
    Problem::new(Code::Malformed, error)
}

/// Shows the order book: standing asks, what is for sale at which price, and bids that wait
///
/// Without a level or size, `depth` has those that somebody bids for, or has had proved of late.
#[utoipa::path(get, path = "/api/v1/book", tag = "market", params(ShelfQuery),
    responses((status = 200, body = BookTold), (status = 400, body = ProblemBody)))]
pub(crate) async fn book(
    State(state): State<GatewayState>,
    QueryOf(query): QueryOf<ShelfQuery>,
) -> Result<Json<BookTold>, Problem> {
    let (level, degree) = query.read()?;
    let ledger = state.node().ledger().await?;
    let sells = |ask: &dpgn_market::AskShown| {
        level.is_none_or(|level| ask.offers.iter().any(|offer| offer.level == level))
            && degree.is_none_or(|degree| ask.degree_max >= degree)
    };
    let asks = state.node().asks(None).await?.into_iter().filter(sells).map(AskRow::from).collect();
    let shelves = shelves(&ledger, level, degree);
    let depth = shelves.into_iter().map(|(level, degree)| Shelf::of(&ledger, level, degree));
    let depth = depth.filter(|shelf| !shelf.is_empty()).take(SHELVES_MAX).collect();
    Ok(Json(BookTold { asks, depth, bids: bids(&ledger, level, degree) }))
}

/// The levels and sizes that fit, of those that somebody bids for, was paid for, or sells.
fn shelves(ledger: &Ledger, level: Option<Level>, degree: Option<Degree>) -> BTreeSet<(Level, Degree)> {
    if let (Some(level), Some(degree)) = (level, degree) {
        return [(level, degree)].into();
    }
    let usual = Degree::new(USUAL_DEGREE).unwrap_or(Degree::MAX);
    let sold = ledger.asks().flat_map(|(_, standing)| standing.ask.offers.iter().map(|offer| offer.level));
    let sold: BTreeSet<Level> = sold.collect();
    let sold = sold.into_iter().map(|level| (level, degree.unwrap_or(usual)));
    let known = ledger.tasks().map(|(_, task)| (task.bid.level, task.degree));
    let fits =
        |(l, d): &(Level, Degree)| level.is_none_or(|level| level == *l) && degree.is_none_or(|degree| degree == *d);
    known.chain(sold).filter(fits).collect()
}

/// The bids that wait for an award, the first to be served first.
fn bids(ledger: &Ledger, level: Option<Level>, degree: Option<Degree>) -> Vec<TaskRow> {
    let waits = ledger.tasks().filter(|(_, task)| task.stage.status() == Status::Pending);
    let fits = waits.filter(|(_, task)| {
        level.is_none_or(|level| level == task.bid.level) && degree.is_none_or(|degree| degree == task.degree)
    });
    let mut all: Vec<(Reverse<Priority>, Timestamp, TaskId)> =
        fits.map(|(id, task)| (Reverse(task.bid.priority), task.opened, id)).collect();
    all.sort_unstable();
    let row = |(_, _, id): (_, _, TaskId)| ledger.task(id).map(|view| TaskRow::of_ledger(id, view.task, None));
    all.into_iter().take(BIDS_MAX).filter_map(row).collect()
}

/// Lists the provers that sell, work or were paid of late, by account
#[utoipa::path(get, path = "/api/v1/provers", tag = "market", params(PageQuery),
    responses((status = 200, body = Page<ProverRow>), (status = 400, body = ProblemBody)))]
pub(crate) async fn list_provers(
    State(state): State<GatewayState>,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<Page<ProverRow>>, Problem> {
    let ledger = state.node().ledger().await?;
    let all = provers(&ledger).into_iter();
    let rows = all.map(|(account, counts): (AccountId, _)| (account, ProverRow::of(&ledger, account, counts)));
    Ok(Json(Page::of(&query, rows)?))
}

/// Lists what proofs were paid of late, by level and size
#[utoipa::path(get, path = "/api/v1/prices", tag = "market", params(ShelfQuery),
    responses((status = 200, body = Page<PriceRow>), (status = 400, body = ProblemBody)))]
pub(crate) async fn list_prices(
    State(state): State<GatewayState>,
    QueryOf(query): QueryOf<ShelfQuery>,
) -> Result<Json<Page<PriceRow>>, Problem> {
    let (level, degree) = query.read()?;
    let ledger = state.node().ledger().await?;
    let fits =
        |(l, d): (Level, Degree)| level.is_none_or(|level| level == l) && degree.is_none_or(|degree| degree == d);
    let rows = prices(&ledger).into_iter().filter(|(shelf, _)| fits(*shelf)).map(|(_, row)| row).collect();
    Ok(Json(Page::new(rows, None::<()>)))
}
