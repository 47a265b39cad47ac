//! A shelf: the asks for one level, degree and builder, as a tree in which the best for a bid is found without a scan.
//!
//! On a shelf every ask has one price and one reputation, and a bid looks for the largest value of a linear function of
//! the two ([`search`]). The [tree](super::bounded_tree) is ordered by price and knows its hulls ([`hull`]), so that the
//! best value of each of its parts is known exactly, however the asks lie; for searches in a hurry that of the asks that
//! are fast enough ([`view`]).
//!
//! Shelves follow from the rest of the state and are in no snapshot and no root: they say where to look, and every ask
//! that is found is judged by the rules.

mod hull;
mod search;
mod shelves;
mod view;

pub(crate) use hull::Direction;
pub(crate) use search::{Limits, Search, Stakes};
pub(crate) use shelves::{BuilderKey, Place, Shelves, warm_bit};

use super::{
    bounded_tree::{Bounded, BoundedTree, Fork},
    clock::Moment,
    tree_map::TreeMap,
};
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Millis, Ppm, Timestamp},
};
use hull::{Bridge, Hull};
use std::{
    cmp::{Ordering, Reverse},
    sync::OnceLock,
};
use view::Known;

/// An ask on a shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The place of the ask in the order.
    pub(crate) key: Key,
    /// The time that a proof is expected to take after `Start`.
    pub(crate) proven: Millis,
    /// The moment until which lanes may be idle, kept for awards whose inputs are on their way; the beginning of time while
    /// one is free.
    pub(crate) idle_until: Moment,
    /// A bit for each warm circuit; some share one.
    pub(crate) warm: u64,
    /// The time that a proof is said to take.
    pub(crate) declared: Millis,
    /// The account that puts up the collateral.
    pub(crate) guarantor: AccountId,
    /// The collateral that is there for one award, or more than that: it is never less.
    pub(crate) able: Credits,
    /// The awards that the ask has room for.
    pub(crate) room: u32,
}

/// The place of an ask in the order: a lower price comes first, then a higher reputation, an earlier time, a lower id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// The price on this shelf.
    pub(crate) price: Credits,
    /// The prover's reputation, as the auction counts it.
    pub(crate) reputation: Ppm,
    /// The time since which the ask stands.
    pub(crate) asked: Timestamp,
    /// The prover whose ask this is.
    pub(crate) prover: AccountId,
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let rest = |key: &Self| (Reverse(key.reputation), key.asked, key.prover);
        self.price.cmp(&other.price).then_with(|| rest(self).cmp(&rest(other)))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The asks of one level, degree and builder: those that can be awarded anything there, and those that lack room.
#[derive(Clone, Default)]
pub(crate) struct Shelf {
    tree: BoundedTree<Entry>,
    /// The asks whose provers hold as many awards as they can.
    full: BoundedTree<Entry>,
    /// The entry of each prover.
    entries: TreeMap<AccountId, Placed>,
}

/// An entry, and whether its prover has room for an award.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) entry: Entry,
    pub(crate) has_room: bool,
}

/// What no entry of a part of the tree is better than, and how slow one may be.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    price_min: Credits,
    reputation_max: Ppm,
    proven_min: Millis,
    /// The longest time of any entry.
    proven_max: Millis,
    turn_done_min: Moment,
    /// The bits of all entries together.
    warm: u64,
    declared_min: Millis,
    able_max: Credits,
}

impl Bounded for Entry {
    type Key = Key;
    type Bounds = Bounds;
    type Digest = OnceLock<Hull>;
    type Seam = Known<Option<Bridge>>;

    fn key(&self) -> &Key {
        &self.key
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            price_min: self.key.price,
            reputation_max: self.key.reputation,
            proven_min: self.proven,
            proven_max: self.proven,
            turn_done_min: self.turn_done(),
            warm: self.warm,
            declared_min: self.declared,
            able_max: self.able,
        }
    }

    fn both(a: Bounds, b: Bounds) -> Bounds {
        Bounds {
            price_min: a.price_min.min(b.price_min),
            reputation_max: a.reputation_max.max(b.reputation_max),
            proven_min: a.proven_min.min(b.proven_min),
            proven_max: a.proven_max.max(b.proven_max),
            turn_done_min: a.turn_done_min.min(b.turn_done_min),
            warm: a.warm | b.warm,
            declared_min: a.declared_min.min(b.declared_min),
            able_max: a.able_max.max(b.able_max),
        }
    }

    fn forget(hull: &mut OnceLock<Hull>) {
        hull.take();
    }

    fn note(&self, fork: &mut Fork<Self>) {
        hull::note(self, fork);
    }
}

impl Entry {
    /// The moment before which a proof whose turn comes only then is not expected.
    pub(crate) fn turn_done(&self) -> Moment {
        self.idle_until.after(self.proven)
    }
}

impl BoundedTree<Entry> {
    /// The lowest price of all; `None` if there is no entry.
    pub(crate) fn price_min(&self) -> Option<Credits> {
        self.top().map(|top| top.bounds.price_min)
    }
}

impl Shelf {
    /// The entries with room as a tree that can be searched.
    pub(crate) const fn tree(&self) -> &BoundedTree<Entry> {
        &self.tree
    }

    /// The entries without room as a tree that can be searched.
    pub(crate) const fn full(&self) -> &BoundedTree<Entry> {
        &self.full
    }

    /// Puts a prover's entry in the place of its last one, or takes that away.
    pub(crate) fn put(&mut self, prover: AccountId, placed: Option<Placed>) {
        let last = self.entries.get(&prover).copied();
        if last == placed {
            return;
        }
        if let Some(last) = last {
            self.entries.remove(&prover);
            self.tree_of(last).remove(&last.entry.key);
        }
        if let Some(placed) = placed {
            self.entries.insert(prover, placed);
            self.tree_of(placed).insert(placed.entry);
        }
    }

    fn tree_of(&mut self, placed: Placed) -> &mut BoundedTree<Entry> {
        if placed.has_room { &mut self.tree } else { &mut self.full }
    }

    /// The entry of a prover.
    pub(crate) fn get(&self, prover: AccountId) -> Option<&Placed> {
        self.entries.get(&prover)
    }

    /// The number of entries, with and without room.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.tree.fmt(f)
    }
}

#[cfg(test)]
mod tests;
