//! The entries of a tree map in their order, all of them or from a key on.

use super::{Key, Node, TreeMap};
use dpgn_protocol::state_tree::{bit, parting};

impl<K: Key, V: Clone> TreeMap<K, V> {
    /// All entries, by key.
    pub(crate) fn iter(&self) -> Iter<'_, K, V> {
        Iter { waiting: self.top.iter().collect() }
    }

    /// The entries from a key on, by key.
    pub(crate) fn iter_from(&self, key: &K) -> Iter<'_, K, V> {
        let mut waiting = Vec::new();
        let Some(mut node) = self.top.as_ref() else { return Iter { waiting } };
        let bytes = key.bytes();
        let parts_at = parting(node.nearest(bytes.as_ref()).key.bytes().as_ref(), bytes.as_ref());
        while let Node::Fork(fork) = node
            && parts_at.is_none_or(|at| fork.bit < at)
        {
            let [zero, one] = &fork.sides;
            node = if bit(bytes.as_ref(), fork.bit) {
                one
            } else {
                waiting.push(one);
                zero
            };
        }
        // All keys below this node part from the key at the same bit: they all come after it, or all before.
        if parts_at.is_none_or(|at| !bit(bytes.as_ref(), at)) {
            waiting.push(node);
        }
        Iter { waiting }
    }

    /// All keys, in order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// All values, by key.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

/// Entries of a map, by key.
pub(crate) struct Iter<'a, K, V> {
    /// Nodes whose entries are still to come, the next one last.
    waiting: Vec<&'a Node<K, V>>,
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.waiting.pop()? {
                Node::Leaf(leaf) => return Some((&leaf.key, &leaf.value)),
                Node::Fork(fork) => self.waiting.extend(fork.sides.iter().rev()),
            }
        }
    }
}
