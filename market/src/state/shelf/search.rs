//! Searches a shelf best first: the entries come out by value, then reputation, then time, then id.
//!
//! A node waits in the heap with what no entry below it is better than: first by its bounds, which its parent knows, and
//! when its turn comes by its hull, exactly. So only nodes are opened that hold an entry as good as the one that comes
//! next. Entries of one value and one reputation have one price, and lie side by side in the tree by time and id.

use super::{
    Bounds, Entry,
    hull::{Direction, Point},
};
use crate::state::{
    bounded_tree::{Below, Bounded as _, BoundedTree, Child, Node},
    rates::GoingRate,
};
use dpgn_protocol::units::{Credits, Millis, Ppm};
use std::{cmp::Ordering, collections::BinaryHeap};

/// What an entry must keep to be looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The highest price.
    pub(crate) price_max: Credits,
    /// The lowest reputation.
    pub(crate) reputation_min: Ppm,
    /// The longest expected time.
    pub(crate) proven_max: Millis,
    /// Bits that an entry must have; zero if it need not.
    pub(crate) warm: u64,
    /// The collateral that an award stakes.
    pub(crate) stakes: Stakes,
}

/// The collateral that a bid calls for, whatever the price of an ask is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stakes {
    /// The least of any award.
    pub(crate) least: Credits,
    /// The most that an award displaces: the reward.
    pub(crate) reward: Credits,
    /// The going rate by which the time of an award is measured; `None` if there is none.
    pub(crate) going: Option<GoingRate>,
}

impl Stakes {
    /// What an award stakes where nobody puts up collateral.
    pub(crate) const NONE: Self = Self { least: Credits::ZERO, reward: Credits::ZERO, going: None };

    /// The collateral of an award that is said to take so long.
    pub(crate) fn of(&self, declared: Millis) -> Credits {
        // Whoever holds a task from those who would prove it stakes what they would be paid, and more if it takes longer
        // than they; never more than the bid pays for it.
        let displaced = self.going.map_or(Credits::ZERO, |going| going.displaced(declared).min(self.reward));
        self.least.max(displaced)
    }

    /// Whether so much collateral is enough for an award that is said to take so long.
    fn are_met(&self, able: Credits, declared: Millis) -> bool {
        able >= self.least && (able >= self.reward || able >= self.of(declared))
    }
}

impl Limits {
    fn allow(&self, bounds: &Bounds) -> bool {
        bounds.price_min <= self.price_max
            && bounds.reputation_max >= self.reputation_min
            && bounds.proven_min <= self.proven_max
            && bounds.warm & self.warm == self.warm
            && self.stakes.are_met(bounds.able_max, bounds.declared_min)
    }
}

/// The entries of a tree within some limits, the best first.
pub(crate) struct Search<'a> {
    direction: Direction,
    limits: Limits,
    heap: BinaryHeap<Item<'a>>,
}

/// What waits in the heap, with what nothing in it is better than.
struct Item<'a> {
    value: i128,
    reputation: Ppm,
    /// The first entry that it may hold at this value; `None` if that is not known, which is the best of all.
    from: Option<&'a Entry>,
    what: What<'a>,
}

#[derive(Clone, Copy)]
enum What<'a> {
    /// One entry of the shelf.
    Entry(&'a Entry),
    /// A node whose best point is known.
    Node(&'a Node<Entry>),
    /// A node of which only the bounds are known.
    Bounded(&'a Child<Entry>),
}

impl BoundedTree<Entry> {
    /// Searches for the entries of the largest value.
    pub(crate) fn search(&self, direction: Direction, limits: Limits) -> Search<'_> {
        let mut search = Search { direction, limits, heap: BinaryHeap::new() };
        self.top().into_iter().for_each(|top| search.push_child(top));
        search
    }
}

impl<'a> Search<'a> {
    /// The nodes and entries that were looked at and have not come out.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.heap.len()
    }

    fn push_child(&mut self, child: &'a Child<Entry>) {
        if self.limits.allow(&child.bounds) {
            let Bounds { price_min: price, reputation_max: reputation, .. } = child.bounds;
            let value = self.direction.value(Point { reputation, price });
            self.heap.push(Item { value, reputation, from: None, what: What::Bounded(child) });
        }
    }

    fn push_exact(&mut self, child: &'a Child<Entry>) {
        let Some(best) = child.node.best(&self.direction) else { return };
        // Nodes that begin with the best point hold no earlier entry at it.
        let from = (Point::of(&child.first) == best).then_some(&child.first);
        let (value, reputation) = (self.direction.value(best), best.reputation);
        self.heap.push(Item { value, reputation, from, what: What::Node(&child.node) });
    }

    fn open(&mut self, node: &'a Node<Entry>) {
        match &node.below {
            Below::Inner(children) => children.iter().for_each(|child| self.push_child(child)),
            Below::Leaf(entries) => {
                for entry in entries.iter().filter(|entry| self.limits.allow(&entry.bounds())) {
                    let value = self.direction.value_of(entry);
                    let (reputation, from) = (entry.reputation, Some(entry));
                    self.heap.push(Item { value, reputation, from, what: What::Entry(entry) });
                }
            }
        }
    }
}

impl<'a> Iterator for Search<'a> {
    type Item = &'a Entry;

    fn next(&mut self) -> Option<&'a Entry> {
        loop {
            match self.heap.pop()?.what {
                What::Entry(entry) => return Some(entry),
                What::Node(node) => self.open(node),
                // The bounds name the lowest price exactly.
                What::Bounded(child) if self.direction.is_by_price() => self.open(&child.node),
                What::Bounded(child) => self.push_exact(child),
            }
        }
    }
}

impl Item<'_> {
    /// The place in the order of what comes out at one value: the earlier entry, and a node before its own entries.
    fn rank(&self) -> (Option<(u64, &[u8; 32])>, bool) {
        let from = self.from.map(|entry| (entry.asked.get(), entry.prover.as_bytes()));
        (from, matches!(self.what, What::Entry(_)))
    }
}

impl Ord for Item<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.value, self.reputation).cmp(&(other.value, other.reputation)).then_with(|| other.rank().cmp(&self.rank()))
    }
}

impl PartialOrd for Item<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Item<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Item<'_> {}
