//! A network that is parted for a while.

use std::collections::BTreeSet;

/// A while in which some nodes reach each other alone, and so do the others.
pub(crate) struct Parting {
    pub(crate) side: BTreeSet<usize>,
    pub(crate) from_ms: u64,
    pub(crate) until_ms: u64,
}

/// The partings of a world, and the pairs of nodes that know of each other that they are not connected.
#[derive(Default)]
pub(crate) struct Partings {
    pub(crate) all: Vec<Parting>,
    pub(crate) unlinked: BTreeSet<(usize, usize)>,
}

impl Parting {
    /// Whether it has two nodes on different sides.
    pub(crate) fn parts(&self, one: usize, other: usize) -> bool {
        self.side.contains(&one) != self.side.contains(&other)
    }
}
