//! A shelf: the asks for one level, degree and builder, as a tree in which the best for a bid is found without a scan.
//!
//! On a shelf every ask has one price and one reputation, and a bid looks for the largest value of a linear function of
//! the two ([`search`]). The tree is ordered by reputation; each node keeps, once somebody has asked for it, the hull
//! ([`hull`]) of the asks below it, so that the best value below a node is known exactly, however the asks lie. Copies
//! share nodes; a change copies the nodes on its way.
//!
//! Shelves follow from the rest of the state and are in no snapshot and no root: they say where to look, and every ask
//! that is found is judged by the rules.

mod hull;
mod search;
mod shelves;

pub(crate) use hull::Direction;
pub(crate) use search::Limits;
pub(crate) use shelves::{Place, Shelves, warm_bit};

use super::tree_map::TreeMap;
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Millis, Ppm, Timestamp},
};
use hull::Point;
use std::sync::{Arc, OnceLock};

/// Asks in a leaf, or children of a node, at most.
const WIDTH: usize = 32;

/// An ask on a shelf. The order is that of the tree: reputation, price, time, id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// The prover's reputation, as the auction counts it.
    pub(crate) reputation: Ppm,
    /// The price on this shelf.
    pub(crate) price: Credits,
    /// The time since which the ask stands.
    pub(crate) asked: Timestamp,
    /// The prover whose ask this is.
    pub(crate) prover: AccountId,
    /// The time that a proof is expected to take after `Start`.
    pub(crate) proven: Millis,
    /// A bit for each warm circuit; some share one.
    pub(crate) warm: u64,
}

/// The asks of one level, degree and builder that have room for an award.
#[derive(Clone, Default)]
pub(crate) struct Shelf {
    top: Option<Child>,
    /// The entry of each prover.
    entries: TreeMap<AccountId, Entry>,
}

#[derive(Clone)]
struct Node {
    below: Below,
    hull: OnceLock<Box<[Point]>>,
}

#[derive(Clone)]
enum Below {
    /// Entries in their order.
    Leaf(Vec<Entry>),
    /// Children in their order.
    Inner(Vec<Child>),
}

#[derive(Clone)]
struct Child {
    node: Arc<Node>,
    /// The first entry below.
    first: Entry,
    bounds: Bounds,
}

/// What no entry below a node is better than.
#[derive(Clone, Copy)]
struct Bounds {
    price_min: Credits,
    reputation_max: Ppm,
    proven_min: Millis,
    /// The bits of all entries together.
    warm: u64,
}

impl Bounds {
    const fn of(entry: &Entry) -> Self {
        Self { price_min: entry.price, reputation_max: entry.reputation, proven_min: entry.proven, warm: entry.warm }
    }

    fn and(self, other: Self) -> Self {
        Self {
            price_min: self.price_min.min(other.price_min),
            reputation_max: self.reputation_max.max(other.reputation_max),
            proven_min: self.proven_min.min(other.proven_min),
            warm: self.warm | other.warm,
        }
    }
}

impl Child {
    /// A node with what its parent keeps of it; `None` if nothing is below it.
    fn of(node: Arc<Node>) -> Option<Self> {
        let (first, bounds) = match &node.below {
            Below::Leaf(entries) => (*entries.first()?, entries.iter().map(Bounds::of).reduce(Bounds::and)?),
            Below::Inner(children) => (children.first()?.first, children.iter().map(|c| c.bounds).reduce(Bounds::and)?),
        };
        Some(Self { node, first, bounds })
    }
}

impl Shelf {
    /// The lowest price on the shelf; `None` if it is empty.
    pub(crate) fn price_min(&self) -> Option<Credits> {
        self.top.as_ref().map(|top| top.bounds.price_min)
    }

    /// Puts a prover's entry in the place of its last one, or takes that away.
    pub(crate) fn put(&mut self, prover: AccountId, entry: Option<Entry>) {
        let last = self.entries.get(&prover).copied();
        if last == entry {
            return;
        }
        if let Some(last) = last {
            self.entries.remove(&prover);
            self.top = self.top.take().and_then(|top| Node::remove(top.node, &last));
        }
        if let Some(entry) = entry {
            self.entries.insert(prover, entry);
            self.insert(entry);
        }
    }

    /// The entry of a prover.
    pub(crate) fn get(&self, prover: AccountId) -> Option<&Entry> {
        self.entries.get(&prover)
    }

    /// The number of entries.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    fn insert(&mut self, entry: Entry) {
        let Some(top) = self.top.take() else {
            self.top = Child::of(Arc::new(Node::new(Below::Leaf(vec![entry]))));
            return;
        };
        let (left, right) = Node::insert(top.node, entry);
        let right = right.and_then(Child::of);
        let Some(left) = Child::of(left) else { return };
        self.top = match right {
            None => Some(left),
            Some(right) => Child::of(Arc::new(Node::new(Below::Inner(vec![left, right])))),
        };
    }
}

impl Node {
    const fn new(below: Below) -> Self {
        Self { below, hull: OnceLock::new() }
    }

    /// Inserts an entry; returns the node, and its right half if it had to be split.
    fn insert(mut node: Arc<Self>, entry: Entry) -> (Arc<Self>, Option<Arc<Self>>) {
        let own = Arc::make_mut(&mut node);
        own.hull = OnceLock::new();
        let right = match &mut own.below {
            Below::Leaf(entries) => {
                entries.insert(entries.partition_point(|e| *e < entry), entry);
                halve(entries).map(Below::Leaf)
            }
            Below::Inner(children) => {
                let at = children.partition_point(|c| c.first <= entry).saturating_sub(1);
                let (left, right) = Self::insert(children.remove(at).node, entry);
                let both = [Child::of(left), right.and_then(Child::of)];
                children.splice(at..at, both.into_iter().flatten());
                halve(children).map(Below::Inner)
            }
        };
        (node, right.map(|below| Arc::new(Self::new(below))))
    }

    /// Removes an entry; `None` if nothing is left.
    fn remove(mut node: Arc<Self>, entry: &Entry) -> Option<Child> {
        let own = Arc::make_mut(&mut node);
        own.hull = OnceLock::new();
        match &mut own.below {
            Below::Leaf(entries) => entries.retain(|e| e != entry),
            Below::Inner(children) => {
                let at = children.partition_point(|c| c.first <= *entry).saturating_sub(1);
                let rest = Self::remove(children.remove(at).node, entry);
                children.splice(at..at, rest);
                join(children, at);
            }
        }
        Child::of(node)
    }
}

/// Splits off the right half of what has grown too wide.
fn halve<T>(items: &mut Vec<T>) -> Option<Vec<T>> {
    (items.len() > WIDTH).then(|| items.split_off(WIDTH / 2))
}

/// Joins a leaf that has become small with the one after it, so that few entries never lie in many leaves.
fn join(children: &mut Vec<Child>, at: usize) {
    let Some([left, right]) = children.get(at..at.saturating_add(2)) else { return };
    let joined = match (&left.node.below, &right.node.below) {
        (Below::Leaf(a), Below::Leaf(b)) if a.len() + b.len() <= WIDTH / 2 => Below::Leaf([&a[..], b].concat()),
        (Below::Inner(a), Below::Inner(b)) if a.len() + b.len() <= WIDTH / 2 => Below::Inner([&a[..], b].concat()),
        (Below::Leaf(_) | Below::Inner(_), Below::Leaf(_) | Below::Inner(_)) => return,
    };
    children.splice(at..at + 2, Child::of(Arc::new(Node::new(joined))));
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.entries.values()).finish()
    }
}

#[cfg(test)]
mod tests;
