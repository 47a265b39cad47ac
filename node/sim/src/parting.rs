//! A network that is parted for a while.

use std::collections::BTreeSet;

/// A while in which some nodes reach each other alone, and so do the others.
pub(crate) struct Parting {
    pub(crate) side: BTreeSet<usize>,
    pub(crate) from_ms: u64,
    pub(crate) until_ms: u64,
}
