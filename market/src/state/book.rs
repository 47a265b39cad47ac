//! The order book: standing asks, on one shelf per level and degree.
//!
//! Work is counted in padded rows, a power of two, so on a shelf every ask has one fixed price.

use super::{
    clock::Moment,
    held::Queue,
    shelf::{BuilderKey, Place, Shelves},
    tree_map::TreeMap,
};
use dpgn_protocol::{
    codec::EncodeError,
    ids::AccountId,
    ops::{Ask, Offer},
    state_tree::Hash,
    units::{Credits, Degree, Height, Level, Millis, Timestamp},
};
use serde::{Deserialize, Serialize};

/// A standing ask: one that waits for awards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The ask as its prover signed it.
    pub ask: Box<Ask>,
    /// The time since which it stands; renewing it at the same price keeps this time.
    pub since: Timestamp,
    /// The account that puts up the collateral: the prover, or the sponsor of its ask.
    pub guarantor: AccountId,
    /// The height of the block that holds the ask, as it was last renewed. It counts in the auctions of later blocks.
    pub height: Height,
}

impl Standing {
    /// The price of a proof on this shelf: the flat part, and the part for the work rounded up. `None` if the ask
    /// does not sell the level, or if the price is no number of 64 bits.
    pub fn price(&self, level: Level, degree: Degree) -> Option<Credits> {
        let offer = self.offer(level)?;
        let work = (u128::from(offer.per_kilorow.get()) * u128::from(degree.rows())).div_ceil(1_024);
        u64::try_from(work).ok().and_then(|work| self.ask.flat.checked_add(Credits::new(work)))
    }

    /// The time that a proof on this shelf is said to take, rounded up; `None` if the ask does not sell the level.
    pub fn declared(&self, level: Level, degree: Degree) -> Option<Millis> {
        let offer = self.offer(level)?;
        Some(Millis::new((degree.rows() * 1_000).div_ceil(u64::from(offer.rows_per_second.max(1)))))
    }

    /// Whether the ask counts in the auction of the block at this height: nobody reacts to a bid within its block.
    pub(crate) fn counts_at(&self, height: Height) -> bool {
        self.height < height
    }

    /// The time that a proof is said to take if the prover holds these awards already.
    pub(crate) fn queued(&self, declared: Millis, queue: Queue) -> Millis {
        declared.saturating_add(queue.wait(self.ask.lanes))
    }

    /// The moment from which no lane is kept for an award before the next, however late its inputs come: lanes may be idle
    /// until then. The beginning of time while a lane is free.
    pub(crate) fn idle_until(&self, queue: Queue) -> Moment {
        if queue.leaves_free(self.ask.lanes) { Moment::default() } else { queue.inputs_by }
    }

    fn offer(&self, level: Level) -> Option<&Offer> {
        self.ask.offers.iter().find(|o| o.level == level)
    }
}

/// All standing asks, one per account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "TreeMap<AccountId, Standing>")]
pub(crate) struct Book {
    asks: TreeMap<AccountId, Standing>,
    /// Provers by the time at which their ask expires. It follows from the asks.
    #[serde(skip)]
    by_expiry: TreeMap<(Timestamp, AccountId), ()>,
    /// The provers that have each builder. It follows from the asks.
    #[serde(skip)]
    by_builder: TreeMap<(BuilderKey, AccountId), ()>,
    /// The height of the newest ask that there was. It follows from the blocks.
    #[serde(skip)]
    newest: Height,
    /// Where the auction looks for asks. It follows from the rest of the state.
    #[serde(skip)]
    pub(crate) shelves: Shelves,
}

impl From<TreeMap<AccountId, Standing>> for Book {
    fn from(asks: TreeMap<AccountId, Standing>) -> Self {
        let by_expiry = asks.iter().map(|(prover, standing)| ((standing.ask.expires, *prover), ())).collect();
        let newest = asks.values().map(|standing| standing.height).max().unwrap_or_default();
        let by_builder = asks.iter().flat_map(|(prover, standing)| built_by(*prover, standing));
        let by_builder = by_builder.map(|key| (key, ())).collect();
        Self { asks, by_expiry, by_builder, newest, shelves: Shelves::default() }
    }
}

impl Book {
    /// The standing asks as a map.
    pub(super) fn asks(&self) -> &TreeMap<AccountId, Standing> {
        &self.asks
    }

    /// The Merkle root of the standing asks.
    pub(super) fn root(&self) -> Result<Hash, EncodeError> {
        self.asks.root()
    }

    /// The number of standing asks.
    pub(crate) fn len(&self) -> usize {
        self.asks.len()
    }

    /// A prover's standing ask.
    pub(crate) fn get(&self, prover: AccountId) -> Option<&Standing> {
        self.asks.get(&prover)
    }

    /// Puts an ask in the place of the prover's last one.
    pub(crate) fn insert(&mut self, prover: AccountId, standing: Standing) {
        self.remove(prover);
        self.newest = self.newest.max(standing.height);
        self.by_expiry.insert((standing.ask.expires, prover), ());
        for key in built_by(prover, &standing) {
            self.by_builder.insert(key, ());
        }
        self.asks.insert(prover, standing);
    }

    /// Takes a prover's ask away; false if it had none.
    pub(crate) fn remove(&mut self, prover: AccountId) -> bool {
        self.shelves.touch(prover);
        let gone = self.asks.remove(&prover);
        for key in gone.iter().flat_map(|standing| built_by(prover, standing)) {
            self.by_builder.remove(&key);
        }
        gone.is_some_and(|standing| self.by_expiry.remove(&(standing.ask.expires, prover)).is_some())
    }

    /// All asks, by prover.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (AccountId, &Standing)> {
        self.asks.iter().map(|(&prover, standing)| (prover, standing))
    }

    /// Whether a prover sells proofs at a place.
    pub(crate) fn sells(&self, prover: AccountId, place: &Place) -> bool {
        let standing = self.asks.get(&prover);
        let sells = |s: &Standing| s.ask.degree_max >= place.degree && s.offer(place.level).is_some();
        standing.is_some_and(sells) && self.by_builder.contains_key(&(place.builder, prover))
    }

    /// The provers that have the builder of a place.
    pub(crate) fn builders_of(&self, place: &Place) -> impl Iterator<Item = AccountId> {
        let builder = place.builder;
        let from = self.by_builder.iter_from(&(builder, AccountId::from_bytes([0; 32]))).map(|(key, ())| *key);
        from.take_while(move |(other, _)| *other == builder).map(|(_, prover)| prover)
    }

    /// The asks on one shelf, with their price there.
    pub(crate) fn shelf(&self, level: Level, degree: Degree) -> impl Iterator<Item = (AccountId, &Standing, Credits)> {
        let fits = move |s: &Standing| s.ask.degree_max >= degree;
        self.iter().filter_map(move |(a, s)| Some((a, s, s.price(level, degree).filter(|_| fits(s))?)))
    }

    /// Whether the block at this height held an ask, which counts in the next.
    pub(crate) fn has_new(&self, height: Height) -> bool {
        self.newest >= height
    }

    /// The asks that have expired by now, the first one first.
    pub(crate) fn expired(&self, now: Timestamp) -> Vec<AccountId> {
        self.by_expiry.keys().take_while(|(expires, _)| *expires <= now).map(|(_, prover)| *prover).collect()
    }
}

/// The keys by which a prover's builders are found.
fn built_by(prover: AccountId, standing: &Standing) -> impl Iterator<Item = (BuilderKey, AccountId)> {
    standing.ask.builders.iter().map(move |builder| (BuilderKey::of(builder), prover))
}
