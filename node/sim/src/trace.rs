//! The trace: a hash over every call of a node's host, in order. Two runs with one seed have the same.

use dpgn_protocol::units::Timestamp;
use std::fmt::{self, Debug, Write};

#[derive(Default)]
pub(crate) struct Trace {
    hasher: blake3::Hasher,
    calls: u64,
}

/// Hashes what is written and stops early: proofs are long.
struct Prefix<'a> {
    hasher: &'a mut blake3::Hasher,
    left: usize,
}

impl Write for Prefix<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.hasher.update(text.as_bytes());
        self.left = self.left.saturating_sub(text.len());
        if self.left == 0 { Err(fmt::Error) } else { Ok(()) }
    }
}

impl Trace {
    pub(crate) fn note(&mut self, now: Timestamp, what: &dyn Debug) {
        self.calls += 1;
        let mut prefix = Prefix { hasher: &mut self.hasher, left: 400 };
        // An error says only that it was long.
        let _ = write!(prefix, "{now:?} {what:?}");
    }

    /// The number of calls that were made.
    pub(crate) fn calls(&self) -> u64 {
        self.calls
    }

    pub(crate) fn hash(&self) -> blake3::Hash {
        self.hasher.finalize()
    }
}
