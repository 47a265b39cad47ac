//! Tree map: an ordered map whose copies share what they have in common, and whose Merkle root is kept as it changes.
//!
//! A binary radix tree over the bits of the keys, as [`state_tree`] describes it. A copy costs nothing; a change
//! copies the nodes between it and the top, unless no other copy has them; the root hashes what has changed since it
//! was last asked for. So each costs what was touched, times the depth of the tree: about log₂ of the entries for
//! keys that are spread as hashes are, and for keys that somebody has chosen the bits of a key at most.
//!
//! Entries are ordered by the bytes of their keys, which is the order of the keys themselves. The same entries are
//! the same tree: neither order nor root depends on how they came in.

mod entries;
mod key;
mod serial;
mod slice;
#[cfg(test)]
mod tests;

pub(crate) use key::{Key, ReadKey};

use dpgn_protocol::{
    bounded::List,
    codec::EncodeError,
    state_chunk,
    state_tree::{self, Found, Hash, Sibling, StatePath, bit, parting},
};
use serde::Serialize;
use std::{
    fmt,
    sync::{Arc, OnceLock},
};

/// An ordered map with shared copies and a Merkle root.
#[derive(Clone)]
pub(crate) struct TreeMap<K, V> {
    top: Option<Node<K, V>>,
    len: usize,
}

#[derive(Clone)]
enum Node<K, V> {
    Leaf(Arc<Leaf<K, V>>),
    Fork(Arc<Fork<K, V>>),
}

#[derive(Clone)]
struct Leaf<K, V> {
    key: K,
    value: V,
    /// The sum over the entry, once somebody has asked for it.
    digest: OnceLock<Digest>,
}

#[derive(Clone)]
struct Fork<K, V> {
    bit: u16,
    /// What is below: keys whose bit is 0, and keys whose bit is 1.
    sides: [Node<K, V>; 2],
    /// The sum over the fork, once somebody has asked for it.
    hash: OnceLock<Digest>,
}

/// A hash, and the bytes that it stands for in chunks: 2^32 - 1 if there are more.
#[derive(Clone, Copy)]
struct Digest {
    hash: Hash,
    bytes: u32,
}

impl<K: Key, V: Clone> TreeMap<K, V> {
    /// The number of entries.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let leaf = self.top.as_ref()?.nearest(key.bytes().as_ref());
        (leaf.key == *key).then_some(&leaf.value)
    }

    /// Whether the map has a key.
    pub(crate) fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// The value of a key, to be changed.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        if !self.contains_key(key) {
            return None;
        }
        self.top.as_mut().map(|top| top.value_mut(key.bytes().as_ref()))
    }

    /// Puts a value in the place of the key's last one, which is returned.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        if let Some(place) = self.get_mut(&key) {
            return Some(std::mem::replace(place, value));
        }
        self.add(Leaf { key, value, digest: OnceLock::new() });
        None
    }

    /// Adds the leaf of a key that the map does not have.
    fn add(&mut self, leaf: Leaf<K, V>) {
        let bytes = leaf.key.bytes();
        let leaf = Node::Leaf(Arc::new(leaf));
        let place = self.top.as_ref().map(|top| top.nearest(bytes.as_ref()).key.bytes());
        match (&mut self.top, place.and_then(|near| parting(near.as_ref(), bytes.as_ref()))) {
            (Some(top), Some(parts_at)) => top.graft(bytes.as_ref(), parts_at, leaf),
            (top, _) => *top = Some(leaf),
        }
        self.len += 1;
    }

    /// The value of a key, which is put there if it is missing.
    pub(crate) fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        if !self.contains_key(&key) {
            self.insert(key, make());
        }
        let top = self.top.as_mut();
        #[expect(clippy::expect_used, reason = "the key is in the map, so there is a top")]
        top.map(|top| top.value_mut(key.bytes().as_ref())).expect("a top")
    }

    /// Takes a key's value out of the map.
    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        if !self.contains_key(key) {
            return None;
        }
        let leaf = match self.top.take()? {
            Node::Leaf(leaf) => leaf,
            Node::Fork(fork) => {
                let (rest, leaf) = Node::prune(fork, key.bytes().as_ref());
                self.top = Some(rest);
                leaf
            }
        };
        self.len -= 1;
        Some(Arc::try_unwrap(leaf).map_or_else(|shared| shared.value.clone(), |own| own.value))
    }
}

impl<K: Key, V: Clone + Serialize> TreeMap<K, V> {
    /// The Merkle root. It costs what has changed since it was last asked for.
    pub(crate) fn root(&self) -> Result<Hash, EncodeError> {
        Ok(self.top()?.root())
    }

    /// The path that shows a key's value to whoever knows the root, or that the map does not have the key.
    pub(crate) fn path(&self, key: &K) -> Result<StatePath, EncodeError> {
        let entries = self.len as u64;
        let Some(mut node) = self.top.as_ref() else { return Ok(StatePath { entries, found: None }) };
        let (bytes, mut siblings) = (key.bytes(), Vec::new());
        let leaf = loop {
            match node {
                Node::Leaf(leaf) => break leaf,
                Node::Fork(fork) => {
                    let (side, other) = fork.at(bytes.as_ref());
                    siblings.push(Sibling { bit: fork.bit, hash: other.digest()?.hash });
                    node = side;
                }
            }
        };
        siblings.reverse();
        let key = List::new(leaf.key.bytes().as_ref().to_vec())?;
        Ok(StatePath {
            entries,
            found: Some(Found { key, value: state_tree::measure(&leaf.value)?.0, siblings: List::new(siblings)? }),
        })
    }
}

impl<K: Key, V> Fork<K, V> {
    /// The side on which a key is to be looked for, and the other.
    fn at(&self, key: &[u8]) -> (&Node<K, V>, &Node<K, V>) {
        let [zero, one] = &self.sides;
        if bit(key, self.bit) { (one, zero) } else { (zero, one) }
    }

    /// The side on which a key is to be looked for, to be changed.
    fn at_mut(&mut self, key: &[u8]) -> &mut Node<K, V> {
        self.hash = OnceLock::new();
        let [zero, one] = &mut self.sides;
        if bit(key, self.bit) { one } else { zero }
    }
}

impl<K: Key, V> Node<K, V> {
    /// The leaf at which the search for a key ends.
    fn nearest(&self, key: &[u8]) -> &Leaf<K, V> {
        let mut node = self;
        loop {
            match node {
                Self::Leaf(leaf) => return leaf,
                Self::Fork(fork) => node = fork.at(key).0,
            }
        }
    }
}

impl<K: Key, V: Clone> Node<K, V> {
    /// The value at which the search for a key ends, to be changed; hashes on the way are forgotten.
    fn value_mut(&mut self, key: &[u8]) -> &mut V {
        let mut node = self;
        loop {
            match node {
                Self::Leaf(leaf) => {
                    let leaf = Arc::make_mut(leaf);
                    leaf.digest = OnceLock::new();
                    return &mut leaf.value;
                }
                Self::Fork(fork) => node = Arc::make_mut(fork).at_mut(key),
            }
        }
    }

    /// Puts a new leaf beside the highest node all of whose keys part from the leaf's at this bit.
    fn graft(&mut self, key: &[u8], parts_at: u16, leaf: Self) {
        match self {
            Self::Fork(fork) if fork.bit < parts_at => Arc::make_mut(fork).at_mut(key).graft(key, parts_at, leaf),
            Self::Fork(_) | Self::Leaf(_) => {
                let beside = self.clone();
                let sides = if bit(key, parts_at) { [beside, leaf] } else { [leaf, beside] };
                *self = Self::Fork(Arc::new(Fork { bit: parts_at, sides, hash: OnceLock::new() }));
            }
        }
    }

    /// Cuts off the leaf at which the search for a key ends; its fork gives way to the other side.
    fn prune(fork: Arc<Fork<K, V>>, key: &[u8]) -> (Self, Arc<Leaf<K, V>>) {
        let mut fork = Arc::unwrap_or_clone(fork);
        let [zero, one] = fork.sides;
        let (side, other) = if bit(key, fork.bit) { (one, zero) } else { (zero, one) };
        match side {
            Self::Leaf(leaf) => (other, leaf),
            Self::Fork(below) => {
                let (rest, leaf) = Self::prune(below, key);
                fork.sides = if bit(key, fork.bit) { [other, rest] } else { [rest, other] };
                fork.hash = OnceLock::new();
                (Self::Fork(Arc::new(fork)), leaf)
            }
        }
    }
}

impl<K: Key, V: Serialize> Leaf<K, V> {
    /// The hash of the entry, and its bytes.
    fn digest(&self) -> Result<Digest, EncodeError> {
        match self.digest.get() {
            Some(digest) => Ok(*digest),
            None => {
                let (value, len) = state_tree::measure(&self.value)?;
                Ok(*self.digest.get_or_init(|| Digest::of_entry(&self.key, &value, len)))
            }
        }
    }
}

impl Digest {
    /// The digest of an entry whose value has this hash and takes so many bytes.
    fn of_entry<K: Key>(key: &K, value: &Hash, len: usize) -> Self {
        let key = key.bytes();
        let bytes = state_chunk::entry_bytes(key.as_ref().len(), len);
        Self { hash: state_tree::leaf(key.as_ref(), value), bytes: u32::try_from(bytes).unwrap_or(u32::MAX) }
    }
}

impl<K: Key, V: Serialize> Node<K, V> {
    /// The hash of the node, and the bytes of all entries below. Recursion is as deep as the tree: at most the bits of
    /// a key.
    fn digest(&self) -> Result<Digest, EncodeError> {
        match self {
            Self::Leaf(leaf) => leaf.digest(),
            Self::Fork(fork) => match fork.hash.get() {
                Some(digest) => Ok(*digest),
                None => {
                    let [zero, one] = &fork.sides;
                    let (zero, one) = (zero.digest()?, one.digest()?);
                    let hash = state_tree::fork(fork.bit, &zero.hash, &one.hash);
                    // More than 32 bits hold is more than any chunk.
                    let bytes = zero.bytes.saturating_add(one.bytes);
                    Ok(*fork.hash.get_or_init(|| Digest { hash, bytes }))
                }
            },
        }
    }
}

impl<K, V> Default for TreeMap<K, V> {
    fn default() -> Self {
        Self { top: None, len: 0 }
    }
}

impl<K: Key, V: Clone> FromIterator<(K, V)> for TreeMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::default();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

impl<K: Key, V: Clone + PartialEq> PartialEq for TreeMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<K: Key, V: Clone + Eq> Eq for TreeMap<K, V> {}

impl<K: Key + fmt::Debug, V: Clone + fmt::Debug> fmt::Debug for TreeMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
