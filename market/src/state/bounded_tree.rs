//! Bounded tree: ordered entries, and with each part of them what no entry of it is better than, so that a search leaves
//! out whole branches.
//!
//! A binary tree (AVL: the heights of two sides differ by one at most) over leaves of a few entries. Copies share nodes: a
//! change copies the nodes on its way, unless no other copy has them. Who searches walks over [`Node`] itself; what a
//! search has found out about a leaf or a fork is kept with it, until a change makes it wrong.

use arrayvec::ArrayVec;
use std::{cmp::Ordering, sync::Arc};

/// Entries in a leaf, at most.
pub(crate) const WIDTH: usize = 16;
/// More than any tree is high: one of this height has over 2^40 leaves.
const HEIGHT_MAX: usize = 64;
/// Entries in two leaves side by side that become one.
const FEW: usize = WIDTH / 2;

/// The entries of a leaf, in their order.
pub(crate) type Entries<E> = ArrayVec<E, WIDTH>;

/// An entry of a bounded tree.
pub(crate) trait Bounded: Copy {
    /// The place of an entry in the order; no two entries of a tree have the same.
    type Key: Copy + Ord;
    /// The bounds of some entries.
    type Bounds: Copy;
    /// What is known of the entries of a leaf; nothing by default.
    type Digest: Clone + Default;
    /// What is known of the two sides of a fork; nothing by default.
    type Seam: Clone + Default;

    /// The key of this entry.
    fn key(&self) -> &Self::Key;

    /// The bounds of this entry alone.
    fn bounds(&self) -> Self::Bounds;

    /// The bounds of what either of two bounds holds.
    fn both(a: Self::Bounds, b: Self::Bounds) -> Self::Bounds;

    /// Forgets what is known of the entries of a leaf.
    fn forget(digest: &mut Self::Digest) {
        *digest = Self::Digest::default();
    }

    /// Forgets what is known of the sides of a fork that this entry, which has come or gone on one of them, makes wrong.
    fn note(&self, fork: &mut Fork<Self>);
}

/// An ordered set of entries with bounds.
#[derive(Clone)]
pub(crate) struct BoundedTree<E: Bounded> {
    top: Option<Side<E>>,
}

/// A part of a tree.
#[derive(Clone)]
pub(crate) struct Side<E: Bounded> {
    pub(crate) node: Node<E>,
    pub(crate) bounds: E::Bounds,
    /// The forks between here and the leaves, at most.
    height: u8,
}

#[derive(Clone)]
pub(crate) enum Node<E: Bounded> {
    Leaf(Arc<Leaf<E>>),
    Fork(Arc<Fork<E>>),
}

#[derive(Clone)]
pub(crate) struct Leaf<E: Bounded> {
    pub(crate) entries: Entries<E>,
    pub(crate) digest: E::Digest,
}

#[derive(Clone)]
pub(crate) struct Fork<E: Bounded> {
    pub(crate) seam: E::Seam,
    pub(crate) left: Side<E>,
    pub(crate) right: Side<E>,
    /// A key after all on the left, and after none on the right.
    pub(crate) split: E::Key,
}

impl<E: Bounded> BoundedTree<E> {
    /// The whole tree as a part; `None` if it is empty.
    pub(crate) fn top(&self) -> Option<&Side<E>> {
        self.top.as_ref()
    }

    /// All entries in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &E> {
        self.within(|_| true)
    }

    /// The entries whose bounds are allowed, in their order. Parts whose bounds are not are left out.
    pub(crate) fn within<F: Fn(&E::Bounds) -> bool>(&self, allows: F) -> Within<'_, E, F> {
        let waiting = self.top.iter().collect();
        Within { waiting, leaf: [].iter(), allows }
    }

    /// Inserts an entry whose key no other has.
    pub(crate) fn insert(&mut self, entry: E) {
        match &mut self.top {
            Some(top) => top.insert(&entry),
            None => self.top = Side::leaf(std::iter::once(entry).collect()),
        }
    }

    /// Removes the entry of a key, if there is one.
    pub(crate) fn remove(&mut self, key: &E::Key) {
        if self.top.as_mut().is_some_and(|top| top.remove(key, &mut None)) {
            self.top = None;
        }
    }
}

impl<E: Bounded> Leaf<E> {
    /// The place at which an entry of this key is or would be.
    fn place(&self, key: &E::Key) -> usize {
        self.entries.partition_point(|entry| entry.key() < key)
    }
}

impl<E: Bounded> Fork<E> {
    /// The side on which a key is to be looked for.
    fn side_of(&mut self, key: &E::Key) -> &mut Side<E> {
        if *key < self.split { &mut self.left } else { &mut self.right }
    }
}

impl<E: Bounded> Side<E> {
    /// A leaf; `None` if it has no entries.
    fn leaf(entries: Entries<E>) -> Option<Self> {
        let bounds = entries.iter().map(E::bounds).reduce(E::both)?;
        let leaf = Leaf { entries, digest: E::Digest::default() };
        Some(Self { node: Node::Leaf(Arc::new(leaf)), bounds, height: 0 })
    }

    /// A fork of two sides whose heights differ by one at most.
    fn fork(left: Self, right: Self, split: E::Key) -> Self {
        let (seam, bounds) = (E::Seam::default(), E::both(left.bounds, right.bounds));
        let height = 1 + left.height.max(right.height);
        Self { node: Node::Fork(Arc::new(Fork { seam, left, right, split })), bounds, height }
    }

    fn insert(&mut self, entry: &E) {
        match &mut self.node {
            Node::Leaf(leaf) if leaf.entries.is_full() => {
                self.halve();
                self.insert(entry);
            }
            Node::Leaf(leaf) => {
                let leaf = Arc::make_mut(leaf);
                leaf.entries.insert(leaf.place(entry.key()), *entry);
                E::forget(&mut leaf.digest);
                self.bounds = E::both(self.bounds, entry.bounds());
            }
            Node::Fork(fork) => {
                let fork = Arc::make_mut(fork);
                fork.side_of(entry.key()).insert(entry);
                entry.note(fork);
                self.settle();
            }
        }
    }

    /// Makes a fork of a full leaf.
    fn halve(&mut self) {
        let Node::Leaf(leaf) = &self.node else { return };
        let (left, right) = leaf.entries.split_at(WIDTH / 2);
        let Some(split) = right.first().map(|first| *first.key()) else { return };
        let halves = Self::leaf(left.iter().copied().collect()).zip(Self::leaf(right.iter().copied().collect()));
        if let Some((left, right)) = halves {
            *self = Self::fork(left, right, split);
        }
    }

    /// Removes the entry of a key, which is left in `gone`; returns whether nothing else is left.
    fn remove(&mut self, key: &E::Key, gone: &mut Option<E>) -> bool {
        match &mut self.node {
            Node::Leaf(leaf) => {
                let place = leaf.place(key);
                if leaf.entries.get(place).is_none_or(|entry| entry.key() != key) {
                    return false;
                }
                let leaf = Arc::make_mut(leaf);
                *gone = Some(leaf.entries.remove(place));
                E::forget(&mut leaf.digest);
                match leaf.entries.iter().map(E::bounds).reduce(E::both) {
                    Some(bounds) => self.bounds = bounds,
                    None => return true,
                }
            }
            Node::Fork(fork) => {
                let fork = Arc::make_mut(fork);
                let is_empty = fork.side_of(key).remove(key, gone);
                let Some(gone) = gone else { return false };
                if is_empty {
                    *self = if *key < fork.split { fork.right.clone() } else { fork.left.clone() };
                } else if let Some(one) = fork.joined() {
                    *self = one;
                } else {
                    gone.note(fork);
                    self.settle();
                }
            }
        }
        false
    }

    /// Brings up to date what is known of a fork whose sides have changed, and turns it if one has become too high.
    fn settle(&mut self) {
        let Node::Fork(fork) = &self.node else { return };
        let (left, right) = (&fork.left, &fork.right);
        match (left.height.cmp(&right.height), left.height.abs_diff(right.height)) {
            (Ordering::Greater, 2..) => *self = fork.turned_right().unwrap_or_else(|| self.clone()),
            (Ordering::Less, 2..) => *self = fork.turned_left().unwrap_or_else(|| self.clone()),
            _ => {
                self.height = 1 + left.height.max(right.height);
                self.bounds = E::both(left.bounds, right.bounds);
            }
        }
    }

    /// The sides of a fork, with the key between them; `None` of a leaf.
    fn sides(&self) -> Option<(&Self, &Self, E::Key)> {
        match &self.node {
            Node::Leaf(_) => None,
            Node::Fork(fork) => Some((&fork.left, &fork.right, fork.split)),
        }
    }
}

impl<E: Bounded> Fork<E> {
    /// Two leaves of few entries as one; `None` if there are more.
    fn joined(&self) -> Option<Side<E>> {
        match (&self.left.node, &self.right.node) {
            (Node::Leaf(left), Node::Leaf(right)) if left.entries.len() + right.entries.len() <= FEW => {
                Side::leaf(left.entries.iter().chain(&right.entries).copied().collect())
            }
            (Node::Leaf(_) | Node::Fork(_), Node::Leaf(_) | Node::Fork(_)) => None,
        }
    }

    /// The fork with part of its left side, which is too high, moved to its right one.
    fn turned_right(&self) -> Option<Side<E>> {
        let (outer, inner, split) = self.left.sides()?;
        let (outer, inner, right) = (outer.clone(), inner.clone(), self.right.clone());
        if outer.height >= inner.height {
            return Some(Side::fork(outer, Side::fork(inner, right, self.split), split));
        }
        let (a, b, middle) = inner.sides()?;
        let left = Side::fork(outer, a.clone(), split);
        Some(Side::fork(left, Side::fork(b.clone(), right, self.split), middle))
    }

    /// The fork with part of its right side, which is too high, moved to its left one.
    fn turned_left(&self) -> Option<Side<E>> {
        let (inner, outer, split) = self.right.sides()?;
        let (outer, inner, left) = (outer.clone(), inner.clone(), self.left.clone());
        if outer.height >= inner.height {
            return Some(Side::fork(Side::fork(left, inner, self.split), outer, split));
        }
        let (a, b, middle) = inner.sides()?;
        let right = Side::fork(b.clone(), outer, split);
        Some(Side::fork(Side::fork(left, a.clone(), self.split), right, middle))
    }
}

/// Entries of a tree whose bounds are allowed, in their order.
pub(crate) struct Within<'a, E: Bounded, F> {
    /// Parts whose entries are still to come, the next one last.
    waiting: ArrayVec<&'a Side<E>, HEIGHT_MAX>,
    leaf: std::slice::Iter<'a, E>,
    allows: F,
}

impl<'a, E: Bounded, F: Fn(&E::Bounds) -> bool> Iterator for Within<'a, E, F> {
    type Item = &'a E;

    fn next(&mut self) -> Option<&'a E> {
        loop {
            if let Some(entry) = self.leaf.find(|entry| (self.allows)(&entry.bounds())) {
                return Some(entry);
            }
            let mut side = self.waiting.pop()?;
            while (self.allows)(&side.bounds) {
                match &side.node {
                    Node::Leaf(leaf) => {
                        self.leaf = leaf.entries.iter();
                        break;
                    }
                    Node::Fork(fork) => {
                        self.waiting.push(&fork.right);
                        side = &fork.left;
                    }
                }
            }
        }
    }
}

impl<E: Bounded> Default for BoundedTree<E> {
    fn default() -> Self {
        Self { top: None }
    }
}

impl<E: Bounded + PartialEq> PartialEq for BoundedTree<E> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<E: Bounded + Eq> Eq for BoundedTree<E> {}

impl<E: Bounded + std::fmt::Debug> std::fmt::Debug for BoundedTree<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
