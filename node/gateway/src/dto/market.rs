//! The market: asks, the depth of the book, provers, prices that were paid.

use super::{share::share, task::TaskRow, time::at};
use dpgn_market::{AskShown, Ledger, Stage};
use dpgn_protocol::{
    ids::AccountId,
    units::{Degree, Level, Timestamp},
};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Prices of one level and size that are shown as points.
const POINTS_MAX: usize = 200;

/// A standing ask: what a prover sells.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AskRow {
    /// The prover whose ask this is.
    prover: String,
    /// The account that puts up the collateral.
    guarantor: String,
    /// What the guarantor has that is free, in micro-credits: no award can take more.
    guarantor_free: u64,
    /// Price and speed by privacy level.
    offers: Vec<OfferRow>,
    /// The part of every price that does not grow with the work, in micro-credits.
    flat: u64,
    /// The largest circuit that is taken, as the base-2 logarithm of its padded rows.
    degree_max: u8,
    /// The most collateral for one award, in micro-credits.
    collateral_max: u64,
    /// The most awards that are held at once.
    capacity: u16,
    /// The awards that are held now.
    held: u64,
    /// The proofs that are made at once.
    lanes: u16,
    /// The builders that the prover has: the kinds of circuits it can build.
    builders: Vec<String>,
    /// The time since which it stands at this price.
    since_at: String,
    /// The time after which it is void.
    expires_at: String,
}

/// Price and speed at one privacy level.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OfferRow {
    /// The privacy level, 1 to 5.
    level: u8,
    /// Micro-credits for 1,024 padded rows.
    per_kilorow: u64,
    /// Padded rows that are proved in a second, as declared.
    rows_per_second: u32,
}

impl From<AskShown> for AskRow {
    fn from(ask: AskShown) -> Self {
        let offer = |offer: &dpgn_protocol::ops::Offer| OfferRow {
            level: offer.level.get(),
            per_kilorow: offer.per_kilorow.get(),
            rows_per_second: offer.rows_per_second,
        };
        Self {
            prover: ask.prover.to_string(),
            guarantor: ask.guarantor.to_string(),
            guarantor_free: ask.guarantor_free.get(),
            offers: ask.offers.iter().map(offer).collect(),
            flat: ask.flat.get(),
            degree_max: ask.degree_max.get(),
            collateral_max: ask.collateral_max.get(),
            capacity: ask.capacity,
            held: ask.held,
            lanes: ask.lanes,
            builders: ask.builders.iter().map(ToString::to_string).collect(),
            since_at: at(ask.since),
            expires_at: at(ask.expires),
        }
    }
}

/// The order book.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BookTold {
    /// The standing asks, by prover: the first 500.
    pub(crate) asks: Vec<AskRow>,
    /// What is for sale at which price, by level and size.
    pub(crate) depth: Vec<Shelf>,
    /// The bids that wait for an award, the first to be served first: at most 200.
    pub(crate) bids: Vec<TaskRow>,
}

/// What is for sale of one level and size.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Shelf {
    /// The privacy level, 1 to 5.
    level: u8,
    /// The circuit's padded rows, as a power of two.
    degree: u8,
    /// The prices that are asked, the lowest first.
    steps: Vec<Step>,
}

/// What is for sale at one price.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Step {
    /// The price of a proof, in micro-credits.
    price: u64,
    /// Awards that the asks at this price can take now.
    capacity: u64,
    /// The number of asks at this price.
    asks: u64,
}

impl Shelf {
    /// The asks for one level and size, by price.
    pub(crate) fn of(ledger: &Ledger, level: Level, degree: Degree) -> Self {
        let mut steps: BTreeMap<u64, Step> = BTreeMap::new();
        let fits = ledger.asks().filter(|(_, standing)| standing.ask.degree_max >= degree);
        for (prover, standing) in fits {
            let Some(price) = standing.price(level, degree).map(|price| price.get()) else { continue };
            let held = ledger.awards_of(prover).count() as u64;
            let step = steps.entry(price).or_insert(Step { price, ..Step::default() });
            step.capacity = step.capacity.saturating_add(u64::from(standing.ask.capacity).saturating_sub(held));
            step.asks += 1;
        }
        Self { level: level.get(), degree: degree.get(), steps: steps.into_values().collect() }
    }

    /// Whether nobody sells here.
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// A prover, as the ledger knows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProverRow {
    /// The account of the prover.
    account: String,
    /// The reputation, 0 to 1, with six decimals.
    reputation: f64,
    /// The standing ask; null if it sells nothing now.
    #[schema(required)]
    ask: Option<AskRow>,
    /// The most awards that it holds at once; 0 if it sells nothing now.
    capacity: u16,
    /// The awards that it holds now.
    held: u64,
    /// The proofs that it makes at once; 0 if it sells nothing now.
    lanes: u16,
    /// The tasks it was paid for, of those that the ledger remembers.
    paid: u64,
    /// The awards of open tasks that it has lost without a proof.
    failed: u64,
}

/// All provers that sell, that hold an award, or were paid of late, by account.
pub(crate) fn provers(ledger: &Ledger) -> BTreeMap<AccountId, (u64, u64)> {
    let mut found: BTreeMap<AccountId, (u64, u64)> = ledger.asks().map(|(prover, _)| (prover, (0, 0))).collect();
    for (_, task) in ledger.tasks() {
        if let Stage::Completed { settlement, .. } = &task.stage {
            found.entry(settlement.prover).or_default().0 += 1;
        }
        if let Some(award) = task.stage.award() {
            found.entry(award.prover).or_default();
        }
        for attempt in &task.attempts {
            found.entry(attempt.award.prover).or_default().1 += 1;
        }
    }
    found
}

impl ProverRow {
    pub(crate) fn of(ledger: &Ledger, account: AccountId, (paid, failed): (u64, u64)) -> Self {
        let ask = ledger.show_ask(account);
        Self {
            account: account.to_string(),
            reputation: share(ledger.reputation(account).value),
            capacity: ask.as_ref().map_or(0, |ask| ask.capacity),
            held: ledger.awards_of(account).count() as u64,
            lanes: ask.as_ref().map_or(0, |ask| ask.lanes),
            ask: ask.map(AskRow::from),
            paid,
            failed,
        }
    }
}

/// What proofs of one level and size were paid, of those that the ledger remembers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PriceRow {
    /// The privacy level, 1 to 5.
    level: u8,
    /// The circuit's padded rows, as a power of two.
    degree: u8,
    /// The number of proofs.
    count: usize,
    /// The lowest price, in micro-credits.
    min: u64,
    /// The price in the middle, in micro-credits.
    median: u64,
    /// The highest price, in micro-credits.
    max: u64,
    /// The last price, in micro-credits.
    last: u64,
    /// The time of the block that paid it.
    last_at: String,
    /// The last 200 prices, the oldest first.
    points: Vec<Point>,
}

/// A price that was paid.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Point {
    /// The time of the block that paid it.
    at: String,
    /// The price, in micro-credits.
    price: u64,
}

/// The prices that were paid on each shelf.
pub(crate) fn prices(ledger: &Ledger) -> BTreeMap<(Level, Degree), PriceRow> {
    let mut shelves: BTreeMap<(Level, Degree), Vec<(Timestamp, u64)>> = BTreeMap::new();
    for (_, task) in ledger.tasks() {
        if let Stage::Completed { settlement, .. } = &task.stage {
            let paid = (task.closed.unwrap_or(settlement.delivered), settlement.price.get());
            shelves.entry((settlement.level, task.degree)).or_default().push(paid);
        }
    }
    shelves.into_iter().filter_map(|(shelf, paid)| Some((shelf, row(shelf, paid)?))).collect()
}

fn row((level, degree): (Level, Degree), mut paid: Vec<(Timestamp, u64)>) -> Option<PriceRow> {
    paid.sort_unstable();
    let mut sorted: Vec<u64> = paid.iter().map(|(_, price)| *price).collect();
    sorted.sort_unstable();
    let (last_at, last) = paid.last().copied()?;
    let points = paid.iter().skip(paid.len().saturating_sub(POINTS_MAX));
    Some(PriceRow {
        level: level.get(),
        degree: degree.get(),
        count: sorted.len(),
        min: *sorted.first()?,
        median: *sorted.get(sorted.len() / 2)?,
        max: *sorted.last()?,
        last,
        last_at: at(last_at),
        points: points.map(|(time, price)| Point { at: at(*time), price: *price }).collect(),
    })
}
