//! The auction engine: awards the bids of a book, in the order of service, each to the ask with the best score.
//!
//! ```text
//! effective = min(reward, 4 · lowest price that is low enough)
//! score     = price weight · (1 − price / effective) + reputation weight · reputation
//! ```
//! Ties: reputation, then the older ask, then the id. The winner is paid what it asked. An award costs the logarithm of
//! the asks ([`crate::state::shelf`]).

use super::{
    book::{AskOrder, BidOrder, OrderBook, OrderError},
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
use indexmap::IndexMap;
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

    /// Opens an auction on all asks of a book, for bids that come one by one. It holds as many asks as the book may.
    pub fn open(&self, book: &OrderBook, tracker: &ReputationTracker) -> OpenAuction {
        let (shelves, asks, asks_max) = (BTreeMap::new(), IndexMap::new(), book.asks_max());
        let mut auction = OpenAuction { weights: self.weights, shelves, asks, asks_max };
        for (asked, ask) in book.asked() {
            auction.shelve(ask, asked, tracker.reputation(ask.prover).value);
        }
        auction
    }
}

/// An auction that stays open: its asks lie on shelves, and each change or award costs their logarithm.
#[derive(Clone, Debug)]
pub struct OpenAuction {
    weights: Weights,
    /// The asks that have room, by what bids look for; no shelf is empty.
    shelves: BTreeMap<Place, BoundedTree<Entry>>,
    /// The key of each of these asks on its shelf.
    asks: IndexMap<(AccountId, Place), Key>,
    /// The most asks that lie on shelves at once.
    asks_max: usize,
}

impl OpenAuction {
    /// Puts an ask in the place of the prover's last one for its level and size, with the reputation that it is scored by.
    /// Among equals the one with the earlier time wins. An auction is full with as many asks as its book may hold; one whose
    /// capacity is used up is gone, and its place is free.
    pub fn put(&mut self, ask: &AskOrder, asked: Timestamp, reputation: Ppm) -> Result<(), OrderError> {
        if ask.capacity == 0 {
            return Err(OrderError::NoCapacity);
        }
        if !self.asks.contains_key(&(ask.prover, ask.place())) && self.asks.len() >= self.asks_max {
            return Err(OrderError::Full { what: "asks", max: self.asks_max });
        }
        self.shelve(ask, asked, reputation);
        Ok(())
    }

    fn shelve(&mut self, ask: &AskOrder, asked: Timestamp, reputation: Ppm) {
        let AskOrder { prover, price, time: proven, capacity: room, .. } = *ask;
        let place = ask.place();
        self.take_away(prover, place);
        // Nobody puts up collateral here.
        let (declared, guarantor, able) = (proven, prover, Credits::MAX);
        let key = Key { price, reputation, asked, prover };
        let idle_until = Moment::default();
        let entry = Entry { key, proven, idle_until, warm: 0, declared, guarantor, able, room };
        self.asks.insert((prover, place), key);
        self.shelves.entry(place).or_default().insert(entry);
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
        } else {
            // It lies on its shelf no more.
            self.asks.swap_remove(&(winner.key.prover, place));
            if shelf.top().is_none() {
                self.shelves.remove(&place);
            }
        }
        let Key { prover, price, reputation, .. } = winner.key;
        let score = self.weights.shown(effective, price, reputation);
        Some(AuctionAward { task: bid.task, prover, price, reputation, score, runner_up })
    }

    fn take_away(&mut self, prover: AccountId, place: Place) {
        let gone = self.asks.swap_remove(&(prover, place));
        if let Some((key, shelf)) = gone.zip(self.shelves.get_mut(&place)) {
            shelf.remove(&key);
            if shelf.top().is_none() {
                self.shelves.remove(&place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::units::{Millis, Priority};

    fn ask(prover: u8, degree: Degree, capacity: u32) -> AskOrder {
        let (level, price, time) = (Level::MIN, Credits::new(100), Millis::new(1));
        AskOrder { prover: AccountId::from_bytes([prover; 32]), level, degree, price, time, capacity }
    }

    fn bid(degree: Degree) -> BidOrder {
        let (task, reward, time_max) = (TaskId::from_bytes([9; 32]), Credits::new(200), Millis::new(1));
        let (priority, reputation_min) = (Priority::MIN, Ppm::new(0));
        BidOrder { task, level: Level::MIN, degree, reward, priority, reputation_min, time_max }
    }

    #[test]
    fn an_open_auction_is_bounded_and_keeps_no_empty_shelf() {
        let engine = AuctionEngine::with_config(AuctionConfig::default()).unwrap();
        let mut auction = engine.open(&OrderBook::new(0, 2), &ReputationTracker::new(0));
        let [low, high] = [12, 13].map(|degree| Degree::new(degree).unwrap());
        let put = |auction: &mut OpenAuction, ask| auction.put(&ask, Timestamp::new(1), Ppm::new(0));
        assert_eq!(put(&mut auction, ask(1, low, 0)), Err(OrderError::NoCapacity));
        assert_eq!((put(&mut auction, ask(1, low, 2)), put(&mut auction, ask(1, high, 1))), (Ok(()), Ok(())));
        let full = Err(OrderError::Full { what: "asks", max: 2 });
        assert_eq!(put(&mut auction, ask(2, low, 1)), full);
        assert_eq!(put(&mut auction, ask(1, low, 1)), Ok(()), "an ask is renewed in its place");
        assert_eq!((auction.asks.len(), auction.shelves.len()), (2, 2));

        assert!(auction.award(&bid(low)).is_some());
        assert_eq!(auction.award(&bid(low)), None, "its capacity is used up");
        assert_eq!((auction.asks.len(), auction.shelves.len()), (1, 1));
        assert_eq!((put(&mut auction, ask(2, low, 1)), put(&mut auction, ask(3, low, 1))), (Ok(()), full));
        auction.cancel(ask(1, high, 1).prover, Level::MIN, high);
        auction.cancel(ask(2, low, 1).prover, Level::MIN, low);
        assert_eq!((auction.asks.len(), auction.shelves.len()), (0, 0));
    }
}
