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
    /// The privacy level of the proof. Asks of another level are passed over, higher ones too.
    pub level: Level,
    /// The padded rows of the circuit, as a power of two. Asks of another size are passed over, larger ones too.
    pub degree: Degree,
    /// The most that is paid, in micro-credits; at least one. The winner is paid what it asked. In scores no more than
    /// four times the lowest price that is low enough counts.
    pub reward: Credits,
    /// The hurry of the bid: a higher one is served first. It decides nothing about who wins it.
    pub priority: Priority,
    /// The least reputation of a prover that may have it, as the auction was opened; 0 for anybody.
    pub reputation_min: Ppm,
    /// The longest time that the proof may take, in milliseconds: asks with a longer `time` are passed over. A shorter one is no
    /// advantage.
    pub time_max: Millis,
}

/// An ask: proofs of one level and size that a prover sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskOrder {
    /// The prover. It has one ask for each level and size.
    pub prover: AccountId,
    /// The privacy level that it sells.
    pub level: Level,
    /// The padded rows of the circuits that it takes, as a power of two: these alone, no smaller ones.
    pub degree: Degree,
    /// The price of one whole proof, in micro-credits; zero is allowed.
    pub price: Credits,
    /// The time that a proof takes, in milliseconds, as the prover says. Bids whose `time_max` is shorter pass over the ask;
    /// it is in no score.
    pub time: Millis,
    /// The most proofs that it can be awarded in one auction, or while an [`OpenAuction`](crate::OpenAuction) lasts; at
    /// least one. It is counted for each level and size by itself, and awards do not lower it in the book.
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
///
/// An auction reads the book and changes nothing in it: whoever takes an award cancels its bid, and lowers the capacity
/// of the ask, or takes that back. What a [`Ledger`](crate::Ledger) has besides is left out:
///
/// | of a ledger | here |
/// |---|---|
/// | accounts, escrow, collateral, fees | no money moves, and nobody must have any; prices are numbers |
/// | windows, `Start`, deliveries, findings, blame | an award is an answer, and what becomes of it is told to the tracker |
/// | a prover that has failed a bid is out of it | nobody remembers: cancel its ask, or the bid |
/// | deadlines, and time for recipe and inputs | `time` of the ask is compared with `time_max` of the bid, and no more |
/// | lanes, and the wait for one | `time` is that of a proof, however many are under way |
/// | half of the free capacity in one block | the whole capacity in one auction |
/// | an ask counts from the block after its own | at once |
/// | a price for each unit of work, a flat part | one price for each level and size: an ask of its own for each |
/// | builders, allow and deny lists, warm circuits | every ask of the level and size can serve every bid of them |
/// | the going rate bounds what counts of a reward | the lowest price alone does, four times |
/// | punctuality lengthens the time of an ask | the tracker knows it, the auction does not ask |
/// | accounts that pay or guarantee for each other give no reputation | who enters an outcome judges that, and its weight |
/// | to be unable counts less than a failure | give it less weight |
/// | an epoch ends after so many blocks | it ends when `next_epoch` is called |
/// | sponsors, guarantors, sealed rounds, rising rewards, late proofs, challenges | there are none |
/// | who gives way in a full book | nobody: a full book refuses |
///
/// Order of service: priority, then reward, then the earlier bid, then the id. All credits are micro-credits, all shares
/// parts per million.
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

    /// The most asks that the book holds.
    pub(super) const fn asks_max(&self) -> usize {
        self.asks_max
    }

    fn next(&mut self) -> Timestamp {
        // Orders of 64 bits are more than anybody can send.
        self.taken = self.taken.saturating_add(1);
        Timestamp::new(self.taken)
    }
}
