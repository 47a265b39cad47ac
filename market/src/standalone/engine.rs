//! The auction engine: awards the bids of a book, in the order of service, each to the ask with the best score.
//!
//! ```text
//! effective = min(reward, 4 · lowest price that is low enough)
//! score     = price weight · (1 − price / effective) + reputation weight · reputation
//! ```
//! Ties: reputation, then the older ask, then the id. The winner is paid what it asked. An award costs the logarithm of
//! the asks ([`crate::state::shelf`]).

use super::{
    book::{AskOrder, BidOrder, OrderBook},
    tracker::ReputationTracker,
};
use crate::{
    rules::{quest::Quest, score::Weights},
    state::{
        bounded_tree::BoundedTree,
        clock::Moment,
        shelf::{Entry, Key, Limits, Place, Stakes},
    },
};
use dpgn_protocol::{
    genesis::Params,
    ids::{AccountId, TaskId},
    units::{Credits, Degree, Level, Ppm, Timestamp},
};
use std::collections::BTreeMap;

/// The weights of price and reputation in a score.
///
/// They are parts per million, as all shares here: a float would give other awards on other machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuctionConfig {
    /// The weight of the price; more than zero.
    pub price_weight: Ppm,
    /// The weight of the reputation: what the price leaves of the whole.
    pub reputation_weight: Ppm,
}

impl Default for AuctionConfig {
    /// The weights of a network: 70 % and 30 %.
    fn default() -> Self {
        let Params { price_weight, reputation_weight, .. } = Params::default();
        Self { price_weight, reputation_weight }
    }
}

/// Why there is no engine with these weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The weights are not a whole.
    #[error("the weights add up to {got} parts per million, and must to {}", Ppm::ONE)]
    Weights {
        /// The sum of the weights.
        got: u64,
    },
    /// The price does not count, so nothing would bound what a winner is paid.
    #[error("the price must have a weight")]
    NoPriceWeight,
}

/// An award of a bid to an ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuctionAward {
    /// The task of the bid.
    pub task: TaskId,
    /// The prover that won.
    pub prover: AccountId,
    /// The price that it asked and is paid, in micro-credits.
    pub price: Credits,
    /// The reputation that it was scored by: the tracker's when the auction was opened.
    pub reputation: Ppm,
    /// The score in parts per million, rounded down; zero if it is below. Awards are decided by exact integers.
    pub score: Ppm,
    /// The next best prover at the time of the award; `None` if no other ask would serve the bid. Nothing is kept for it:
    /// if the winner fails, cancel its ask and run the auction again.
    pub runner_up: Option<AccountId>,
}

/// An auction by price and reputation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuctionEngine {
    weights: Weights,
}

impl AuctionEngine {
    /// An engine with these weights.
    pub fn with_config(config: AuctionConfig) -> Result<Self, ConfigError> {
        let AuctionConfig { price_weight: price, reputation_weight: reputation } = config;
        let got = u64::from(price.get()) + u64::from(reputation.get());
        if got != u64::from(Ppm::ONE.get()) {
            return Err(ConfigError::Weights { got });
        }
        if price == Ppm::new(0) {
            return Err(ConfigError::NoPriceWeight);
        }
        Ok(Self { weights: Weights { price, reputation, spread: Params::default().price_spread_max } })
    }

    /// Awards at most so many bids of a book. Neither book nor tracker changes: who takes the awards cancels their bids
    /// and lowers the capacity of their asks.
    pub fn run_auction_with_reputation(
        &self,
        book: &OrderBook,
        tracker: &ReputationTracker,
        most: usize,
    ) -> Vec<AuctionAward> {
        let mut auction = self.open(book, tracker);
        book.bids().filter_map(|bid| auction.award(bid)).take(most).collect()
    }

    /// Opens an auction on all asks of a book, for bids that come one by one.
    pub fn open(&self, book: &OrderBook, tracker: &ReputationTracker) -> OpenAuction {
        let mut auction = OpenAuction { weights: self.weights, shelves: BTreeMap::new(), asks: BTreeMap::new() };
        for (asked, ask) in book.asked() {
            auction.put(ask, asked, tracker.reputation(ask.prover).value);
        }
        auction
    }
}

/// An auction that stays open: its asks lie on shelves, and each change or award costs their logarithm.
#[derive(Clone, Debug)]
pub struct OpenAuction {
    weights: Weights,
    shelves: BTreeMap<Place, BoundedTree<Entry>>,
    /// The key of each prover's last ask on its shelf; one that has no room is not there any more.
    asks: BTreeMap<(AccountId, Place), Key>,
}

impl OpenAuction {
    /// Puts an ask in the place of the prover's last one. Among equals the one with the earlier time wins.
    pub fn put(&mut self, ask: &AskOrder, asked: Timestamp, reputation: Ppm) {
        let AskOrder { prover, price, time: proven, .. } = *ask;
        let place = ask.place();
        self.take_away(prover, place);
        if ask.capacity > 0 {
            // Nobody puts up collateral here.
            let (declared, guarantor, able) = (proven, prover, Credits::MAX);
            let key = Key { price, reputation, asked, prover };
            let entry = Entry {
                key,
                proven,
                idle_until: Moment::default(),
                warm: 0,
                declared,
                guarantor,
                able,
                room: ask.capacity,
            };
            self.asks.insert((prover, place), key);
            self.shelves.entry(place).or_default().insert(entry);
        }
    }

    /// Takes an ask away.
    pub fn cancel(&mut self, prover: AccountId, level: Level, degree: Degree) {
        self.take_away(prover, Place::for_any_builder(level, degree));
    }

    /// Awards a bid to the best ask; `None` if none would serve it.
    pub fn award(&mut self, bid: &BidOrder) -> Option<AuctionAward> {
        let place = Place::for_any_builder(bid.level, bid.degree);
        let shelf = self.shelves.get_mut(&place)?;
        let limits = Limits {
            price_max: bid.reward,
            reputation_min: bid.reputation_min,
            proven_max: bid.time_max,
            turn_done_max: Moment::LAST,
            warm: 0,
            stakes: Stakes::NONE,
        };
        let quest = Quest { weights: self.weights, payable: bid.reward, going: Credits::ZERO, limits, warm: 0 };
        let effective = quest.effective(shelf, |_| Some(()))?;
        let winner = *quest.best(shelf, effective)?;
        // The runner-up is who would win if the winner were gone, which it often is.
        shelf.remove(&winner.key);
        let runner_up = quest.best(shelf, effective).map(|next| next.key.prover);
        if winner.room > 1 {
            shelf.insert(Entry { room: winner.room - 1, ..winner });
        }
        let Key { prover, price, reputation, .. } = winner.key;
        let score = self.weights.shown(effective, price, reputation);
        Some(AuctionAward { task: bid.task, prover, price, reputation, score, runner_up })
    }

    fn take_away(&mut self, prover: AccountId, place: Place) {
        let gone = self.asks.remove(&(prover, place));
        if let Some((key, shelf)) = gone.zip(self.shelves.get_mut(&place)) {
            shelf.remove(&key);
        }
    }
}
