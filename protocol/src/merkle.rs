//! Merkle tree over a block's `(op, outcome)` leaves.
//!
//! Leaves and inner nodes are hashed in different domains, and the root names the number of leaves, so no
//! node can be passed off as another. An odd node rises unchanged.

use crate::{
    bounded::List,
    ids::{OpId, OpsRoot, hash},
    limits::MERKLE_HEIGHT_MAX,
};
use serde::{Deserialize, Serialize};

type Node = [u8; 32];

/// The leaf of an op and the encoding of its outcome.
pub fn leaf(op: OpId, outcome: &[u8]) -> [u8; 32] {
    hash("dpgn leaf v1", &[op.as_bytes(), outcome])
}

fn inner(left: &Node, right: &Node) -> Node {
    hash("dpgn inner v1", &[left, right])
}

fn seal(count: u32, top: &Node) -> OpsRoot {
    OpsRoot::from_bytes(hash("dpgn ops root v1", &[&count.to_le_bytes(), top]))
}

fn level_above(nodes: &[Node]) -> Vec<Node> {
    nodes
        .chunks(2)
        .map(|pair| match pair {
            [left, right] => inner(left, right),
            [odd, ..] => *odd,
            [] => [0; 32],
        })
        .collect()
}

/// The root over these leaves.
pub fn root(leaves: &[[u8; 32]]) -> OpsRoot {
    let count = u32::try_from(leaves.len()).unwrap_or(u32::MAX);
    let mut nodes = leaves.to_vec();
    while nodes.len() > 1 {
        nodes = level_above(&nodes);
    }
    seal(count, nodes.first().unwrap_or(&[0; 32]))
}

/// The Merkle path from a leaf to the root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Path {
    /// The leaf's position among the block's ops, from 0.
    pub index: u32,
    /// The number of leaves in the tree.
    pub count: u32,
    /// The neighbours on the way up, where there is one.
    pub siblings: List<[u8; 32], MERKLE_HEIGHT_MAX>,
}

/// The path of the leaf at `index`, if there is one.
pub fn path(leaves: &[[u8; 32]], index: usize) -> Option<Path> {
    leaves.get(index)?;
    let (mut nodes, mut at, mut siblings) = (leaves.to_vec(), index, Vec::new());
    while nodes.len() > 1 {
        siblings.extend(nodes.get(at ^ 1));
        nodes = level_above(&nodes);
        at /= 2;
    }
    Some(Path {
        index: u32::try_from(index).ok()?,
        count: u32::try_from(leaves.len()).ok()?,
        siblings: List::new(siblings).ok()?,
    })
}

impl Path {
    /// The root this path leads to from `leaf`; none if the path has the wrong length.
    pub fn root(&self, leaf: [u8; 32]) -> Option<OpsRoot> {
        if self.index >= self.count {
            return None;
        }
        let (mut node, mut at, mut width) = (leaf, self.index, self.count);
        let mut siblings = self.siblings.iter();
        while width > 1 {
            if at ^ 1 < width {
                let sibling = siblings.next()?;
                node = if at & 1 == 0 { inner(&node, sibling) } else { inner(sibling, &node) };
            }
            at /= 2;
            width = width.div_ceil(2);
        }
        siblings.next().is_none().then(|| seal(self.count, &node))
    }
}
