//! Bounded tree: ordered entries, and with each node what no entry below it is better than, so that a search leaves out
//! whole branches.
//!
//! A B-tree whose copies share nodes: a change copies the nodes on its way, unless no other copy has them. Who searches
//! walks over [`Below`] itself; what a search wants to keep with a node is the node's memo, and is forgotten when
//! anything below changes.

use std::{mem, sync::Arc};

/// Entries in a leaf, or children of a node, at most.
const WIDTH: usize = 16;

/// An entry of a bounded tree.
pub(crate) trait Bounded: Copy + Ord {
    /// The bounds of some entries.
    type Bounds: Copy;
    /// The data that a search keeps with a node.
    type Memo: Clone + Default;

    /// The bounds of this entry alone.
    fn bounds(&self) -> Self::Bounds;

    /// The bounds of what either of two bounds holds.
    fn both(a: Self::Bounds, b: Self::Bounds) -> Self::Bounds;
}

/// An ordered set of entries with bounds.
#[derive(Clone)]
pub(crate) struct BoundedTree<E: Bounded> {
    top: Option<Child<E>>,
}

#[derive(Clone)]
pub(crate) struct Node<E: Bounded> {
    pub(crate) below: Below<E>,
    pub(crate) memo: E::Memo,
}

#[derive(Clone)]
pub(crate) enum Below<E: Bounded> {
    /// Entries in their order.
    Leaf(Vec<E>),
    /// Children in their order.
    Inner(Vec<Child<E>>),
}

#[derive(Clone)]
pub(crate) struct Child<E: Bounded> {
    pub(crate) node: Arc<Node<E>>,
    /// The first entry below.
    pub(crate) first: E,
    pub(crate) bounds: E::Bounds,
}

impl<E: Bounded> Child<E> {
    /// A node with what its parent keeps of it; `None` if nothing is below it.
    fn of(node: Arc<Node<E>>) -> Option<Self> {
        let (first, bounds) = match &node.below {
            Below::Leaf(entries) => (*entries.first()?, entries.iter().map(E::bounds).reduce(E::both)?),
            Below::Inner(children) => (children.first()?.first, children.iter().map(|c| c.bounds).reduce(E::both)?),
        };
        Some(Self { node, first, bounds })
    }
}

impl<E: Bounded> BoundedTree<E> {
    /// The top of the tree; `None` if it is empty.
    pub(crate) fn top(&self) -> Option<&Child<E>> {
        self.top.as_ref()
    }

    /// All entries in their order.
    pub(crate) fn iter(&self) -> Iter<'_, E> {
        Iter { waiting: self.top.iter().map(|top| &*top.node).collect(), leaf: [].iter() }
    }

    /// Inserts an entry that is not in the tree.
    pub(crate) fn insert(&mut self, entry: E) {
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

    /// Removes an entry.
    pub(crate) fn remove(&mut self, entry: &E) {
        self.top = self.top.take().and_then(|top| Node::remove(top.node, entry));
    }
}

impl<E: Bounded> Node<E> {
    fn new(below: Below<E>) -> Self {
        Self { below, memo: E::Memo::default() }
    }

    /// Inserts an entry; returns the node, and its right half if it had to be split.
    fn insert(mut node: Arc<Self>, entry: E) -> (Arc<Self>, Option<Arc<Self>>) {
        let own = Arc::make_mut(&mut node);
        own.memo = E::Memo::default();
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
    fn remove(mut node: Arc<Self>, entry: &E) -> Option<Child<E>> {
        let own = Arc::make_mut(&mut node);
        own.memo = E::Memo::default();
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
fn join<E: Bounded>(children: &mut Vec<Child<E>>, at: usize) {
    let Some([left, right]) = children.get(at..at.saturating_add(2)) else { return };
    let joined = match (&left.node.below, &right.node.below) {
        (Below::Leaf(a), Below::Leaf(b)) if a.len() + b.len() <= WIDTH / 2 => Below::Leaf([&a[..], b].concat()),
        (Below::Inner(a), Below::Inner(b)) if a.len() + b.len() <= WIDTH / 2 => Below::Inner([&a[..], b].concat()),
        (Below::Leaf(_) | Below::Inner(_), Below::Leaf(_) | Below::Inner(_)) => return,
    };
    children.splice(at..at + 2, Child::of(Arc::new(Node::new(joined))));
}

/// The entries of a tree, in their order.
pub(crate) struct Iter<'a, E: Bounded> {
    /// Nodes whose entries are still to come, the next one last.
    waiting: Vec<&'a Node<E>>,
    leaf: std::slice::Iter<'a, E>,
}

impl<'a, E: Bounded> Iterator for Iter<'a, E> {
    type Item = &'a E;

    fn next(&mut self) -> Option<&'a E> {
        loop {
            if let Some(entry) = self.leaf.next() {
                return Some(entry);
            }
            match &self.waiting.pop()?.below {
                Below::Leaf(entries) => drop(mem::replace(&mut self.leaf, entries.iter())),
                Below::Inner(children) => self.waiting.extend(children.iter().rev().map(|child| &*child.node)),
            }
        }
    }
}

impl<E: Bounded> Default for BoundedTree<E> {
    fn default() -> Self {
        Self { top: None }
    }
}

impl<E: Bounded> PartialEq for BoundedTree<E> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<E: Bounded> Eq for BoundedTree<E> {}

impl<E: Bounded + std::fmt::Debug> std::fmt::Debug for BoundedTree<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
