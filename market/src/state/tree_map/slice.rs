//! Slices of a tree map: neighbouring entries with what is needed to show them alone, and where to cut a map into such.

use super::{Digest, Key, Leaf, Node, TreeMap};
use dpgn_protocol::{
    codec::EncodeError,
    state_chunk::MapTop,
    state_tree::{Hash, Sibling, bit},
};
use serde::Serialize;
use std::sync::OnceLock;

/// Neighbouring entries of a map, and the forks at which the rest of the map parts from them.
pub(crate) struct Slice<'a, K, V> {
    /// The entries, by key.
    pub(crate) entries: Vec<(&'a K, &'a V)>,
    /// The forks above the first entry whose other side comes before it, the lowest first.
    pub(crate) left: Vec<Sibling>,
    /// The forks above the last entry whose other side comes after it, the lowest first.
    pub(crate) right: Vec<Sibling>,
}

impl<K: Key, V: Clone + Serialize> TreeMap<K, V> {
    /// The number of entries, and the hash of the topmost node.
    pub(crate) fn top(&self) -> Result<MapTop, EncodeError> {
        let top = self.top.as_ref().map(Node::digest).transpose()?;
        Ok(MapTop { entries: self.len as u64, top: top.map(|top| top.hash) })
    }

    /// Where to cut the map into slices of at most so many bytes of entries: the first and the last key of each. A
    /// slice takes as much as there is room for, and one entry in any case. It costs the number of slices times the
    /// depth of the tree, and what has changed since the root was last asked for.
    pub(crate) fn cut(&self, bytes_max: u32) -> Result<Vec<(K, K)>, EncodeError> {
        let (mut slices, mut used) = (Vec::<(K, K)>::new(), 0u64);
        let mut waiting: Vec<&Node<K, V>> = self.top.iter().collect();
        while let Some(node) = waiting.pop() {
            let bytes = u64::from(node.digest()?.bytes);
            let fits = used + bytes <= u64::from(bytes_max);
            match (node, slices.last_mut().filter(|_| fits)) {
                (Node::Fork(fork), _) if !fits => waiting.extend(fork.sides.iter().rev()),
                (Node::Fork(_) | Node::Leaf(_), Some(slice)) => {
                    slice.1 = node.outermost(true).key;
                    used += bytes;
                }
                (Node::Fork(_) | Node::Leaf(_), None) => {
                    slices.push((node.outermost(false).key, node.outermost(true).key));
                    used = bytes;
                }
            }
        }
        Ok(slices)
    }

    /// The entries from the first to the last key, both of which the map must have; else `None`.
    pub(crate) fn slice(&self, first: &K, last: &K) -> Result<Option<Slice<'_, K, V>>, EncodeError> {
        if first > last || !self.contains_key(first) || !self.contains_key(last) {
            return Ok(None);
        }
        let entries = self.iter_from(first).take_while(|(key, _)| *key <= last).collect();
        Ok(Some(Slice { entries, left: self.beside(first, true)?, right: self.beside(last, false)? }))
    }

    /// The forks above a key where it lies on this side, with the other side, the lowest first.
    fn beside(&self, key: &K, side: bool) -> Result<Vec<Sibling>, EncodeError> {
        let (mut siblings, bytes) = (Vec::new(), key.bytes());
        let mut node = self.top.as_ref();
        while let Some(Node::Fork(fork)) = node {
            let (way, other) = fork.at(bytes.as_ref());
            if bit(bytes.as_ref(), fork.bit) == side {
                siblings.push(Sibling { bit: fork.bit, hash: other.digest()?.hash });
            }
            node = Some(way);
        }
        siblings.reverse();
        Ok(siblings)
    }
}

impl<K: Key, V: Clone> TreeMap<K, V> {
    /// Adds an entry of a key that the map does not have. The hash and the length of its value's encoding are known;
    /// false if the map has the key.
    pub(crate) fn add_known(&mut self, key: K, value: V, hash: Hash, len: usize) -> bool {
        let is_new = !self.contains_key(&key);
        if is_new {
            let digest = OnceLock::from(Digest::of_entry(&key, &hash, len));
            self.add(Leaf { key, value, digest });
        }
        is_new
    }
}

impl<K: Key, V> Node<K, V> {
    /// The last leaf below, or the first.
    fn outermost(&self, last: bool) -> &Leaf<K, V> {
        let mut node = self;
        loop {
            match node {
                Self::Leaf(leaf) => return leaf,
                Self::Fork(fork) => node = &fork.sides[usize::from(last)],
            }
        }
    }
}
