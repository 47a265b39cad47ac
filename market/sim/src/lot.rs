//! Lots: the rule of a rival's market, which awards a bid to a random one of the five best asks.
//!
//! Whoever matches for such a market asks the ledger for the five best asks ([`Chain::best_asks`]), one bid after the
//! other, draws one by the run's seed, and puts the other four on the bid's deny list, with whoever would come before the
//! one that was drawn. So the ledger finds it, with all its own checks; if it has no room any more or fails, the next best
//! has the bid.

use crate::{
    chain::Chain,
    draw::{Draws, Purpose},
    fail::Fail,
    say::BidTerms,
};
use dpgn_protocol::ids::{AccountId, TaskId};
use std::collections::BTreeMap;

/// The number of asks among which a lot is drawn.
pub const BEST: usize = 5;
/// The most asks that are denied beside these.
const OTHERS_MAX: usize = 16;

/// The lots of a run.
#[derive(Default)]
pub struct Lots {
    /// The asks among which each bid's lot was drawn, until it is awarded.
    best: BTreeMap<TaskId, Vec<AccountId>>,
    /// How often the first award of a bid went to the best ask, the second best, and so on; the last counts all others.
    pub places: [u64; BEST + 1],
}

impl Lots {
    /// Draws one of the five best asks for a bid and denies it to the other four. Returns the five; `None` if nobody can
    /// serve the bid now, or it names its prover.
    pub fn draw(
        chain: &Chain,
        draws: Draws,
        by: AccountId,
        bid: &mut BidTerms,
    ) -> Result<Option<Vec<AccountId>>, Fail> {
        if bid.only.is_some() {
            return Ok(None);
        }
        let best = chain.best_asks(by, bid, BEST)?;
        if best.is_empty() {
            return Ok(None);
        }
        let place = draws.stream(Purpose::Lot, bid.number).below(best.len() as u64) as usize;
        let Some(&drawn) = best.get(place) else { return Ok(None) };
        bid.deny = best.iter().copied().filter(|prover| *prover != drawn).collect();
        // Without the four, scores are measured by another lowest price: others may come before the one that was drawn.
        for _ in 0..OTHERS_MAX {
            match chain.best_asks(by, bid, 1)?.first() {
                Some(&first) if first != drawn => bid.deny.push(first),
                Some(_) | None => break,
            }
        }
        Ok(Some(best))
    }

    /// Notes among which asks a task's lot was drawn.
    pub fn note(&mut self, task: TaskId, best: Vec<AccountId>) {
        self.best.insert(task, best);
    }

    /// Notes who was awarded a task.
    pub fn awarded(&mut self, task: TaskId, prover: AccountId) {
        if let Some(best) = self.best.remove(&task) {
            self.places[best.iter().position(|one| *one == prover).unwrap_or(BEST)] += 1;
        }
    }
}
