//! The order book: bids in the order of service, and asks by prover.

use crate::state::{shelf::Place, tree_map::TreeMap, waiting::Turn};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::{Credits, Degree, Level, Millis, Ppm, Priority, Timestamp},
};

/// A bid: a proof that somebody buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BidOrder {
    /// The id of the task; unique in a book.
    pub task: TaskId,
    /// The privacy level of the proof.
    pub level: Level,
    /// The padded rows of the circuit, as a power of two.
    pub degree: Degree,
    /// The most that is paid, in micro-credits; at least one.
    pub reward: Credits,
    /// The hurry of the bid: a higher one is served first.
    pub priority: Priority,
    /// The least reputation of a prover that may have it.
    pub reputation_min: Ppm,
    /// The longest time that the proof may take.
    pub time_max: Millis,
}

/// An ask: proofs of one level and size that a prover sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskOrder {
    /// The prover. It has one ask for each level and size.
    pub prover: AccountId,
    /// The privacy level that it sells.
    pub level: Level,
    /// The padded rows of the circuits that it takes, as a power of two.
    pub degree: Degree,
    /// The price of one proof, in micro-credits.
    pub price: Credits,
    /// The time that a proof takes.
    pub time: Millis,
    /// The most proofs that it can be awarded; at least one.
    pub capacity: u32,
}

impl AskOrder {
    /// The place where bids look for this ask.
    pub(super) const fn place(&self) -> Place {
        Place::for_any_builder(self.level, self.degree)
    }
}

/// Why an order is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The book has no room for an order more.
    #[error("the book is full: it holds {max} {what}")]
    Full {
        /// The kind of orders that it is full of.
        what: &'static str,
        /// The most that it holds.
        max: usize,
    },
    /// A bid of this id is in the book.
    #[error("task {0} has a bid in the book already")]
    BidTwice(TaskId),
    /// The bid pays nothing.
    #[error("a bid must pay something")]
    NoReward,
    /// The ask has no room for an award.
    #[error("an ask must have room for an award")]
    NoCapacity,
}

/// The orders that wait for an auction.
#[derive(Clone, Debug)]
pub struct OrderBook {
    bids: TreeMap<Turn, BidOrder>,
    turns: TreeMap<TaskId, Turn>,
    asks: TreeMap<(AccountId, Place), (Timestamp, AskOrder)>,
    bids_max: usize,
    asks_max: usize,
    /// The number of orders that were taken: it stands for the time of an order.
    taken: u64,
}

impl OrderBook {
    /// A book for so many bids and asks.
    pub fn new(bids_max: usize, asks_max: usize) -> Self {
        Self {
            bids: TreeMap::default(),
            turns: TreeMap::default(),
            asks: TreeMap::default(),
            bids_max,
            asks_max,
            taken: 0,
        }
    }

    /// Takes a bid.
    pub fn bid(&mut self, bid: BidOrder) -> Result<(), OrderError> {
        if bid.reward == Credits::ZERO {
            return Err(OrderError::NoReward);
        }
        if self.turns.contains_key(&bid.task) {
            return Err(OrderError::BidTwice(bid.task));
        }
        if self.turns.len() >= self.bids_max {
            return Err(OrderError::Full { what: "bids", max: self.bids_max });
        }
        let turn = Turn::new(bid.priority, bid.reward, self.next(), bid.task);
        self.bids.insert(turn, bid);
        self.turns.insert(bid.task, turn);
        Ok(())
    }

    /// Takes an ask, in the place of the prover's last one for this level and size. The same price keeps its time.
    pub fn ask(&mut self, ask: AskOrder) -> Result<(), OrderError> {
        if ask.capacity == 0 {
            return Err(OrderError::NoCapacity);
        }
        let key = (ask.prover, ask.place());
        let last = self.asks.get(&key).copied();
        if last.is_none() && self.asks.len() >= self.asks_max {
            return Err(OrderError::Full { what: "asks", max: self.asks_max });
        }
        let next = self.next();
        let asked = last.filter(|(_, last)| last.price == ask.price).map_or(next, |(asked, _)| asked);
        self.asks.insert(key, (asked, ask));
        Ok(())
    }

    /// Takes a bid back, which is returned.
    pub fn cancel_bid(&mut self, task: TaskId) -> Option<BidOrder> {
        let turn = self.turns.remove(&task)?;
        self.bids.remove(&turn)
    }

    /// Takes an ask back, which is returned.
    pub fn cancel_ask(&mut self, prover: AccountId, level: Level, degree: Degree) -> Option<AskOrder> {
        self.asks.remove(&(prover, Place::for_any_builder(level, degree))).map(|(_, ask)| ask)
    }

    /// All bids in the order of service: priority, reward, time, id.
    pub fn bids(&self) -> impl Iterator<Item = &BidOrder> {
        self.bids.values()
    }

    /// All asks, by prover.
    pub fn asks(&self) -> impl Iterator<Item = &AskOrder> {
        self.asks.values().map(|(_, ask)| ask)
    }

    /// All asks with the time at which they were first taken at their price.
    pub(super) fn asked(&self) -> impl Iterator<Item = (Timestamp, &AskOrder)> {
        self.asks.values().map(|(asked, ask)| (*asked, ask))
    }

    fn next(&mut self) -> Timestamp {
        // Orders of 64 bits are more than anybody can send.
        self.taken = self.taken.saturating_add(1);
        Timestamp::new(self.taken)
    }
}
