//! The trace: a hash over every effect of every node, in order. Two runs with one seed have the same.

use dpgn_node::engine::Effect;
use dpgn_protocol::units::Timestamp;
use std::fmt::{self, Write};

#[derive(Default)]
pub struct Trace {
    hasher: blake3::Hasher,
    effects: u64,
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
    pub fn effect(&mut self, now: Timestamp, node: usize, effect: &Effect) {
        self.effects += 1;
        let mut prefix = Prefix { hasher: &mut self.hasher, left: 400 };
        // An error says only that it was long.
        let _ = write!(prefix, "{now:?} {node} {effect:?}");
    }

    /// How many effects there were.
    pub fn effects(&self) -> u64 {
        self.effects
    }

    pub fn hash(&self) -> blake3::Hash {
        self.hasher.finalize()
    }
}
