//! Ops that wait to be gossiped as one message: gossip is paid per message.
//!
//! The first op after a quiet time waits for nobody: it is what somebody waits for.

use dpgn_protocol::ops::RawOp;
use std::time::Duration;
use tokio::time::Instant;

/// The time for which ops are collected.
const GATHER: Duration = Duration::from_millis(20);

/// Own ops on their way to the network.
#[derive(Default)]
pub(super) struct Gather {
    ops: Vec<RawOp>,
    /// The time at which they are to be gossiped; absent if there are none.
    due: Option<Instant>,
    /// The time at which ops were last gossiped; absent before the first time.
    gossiped: Option<Instant>,
}

impl Gather {
    /// Adds ops to those that wait.
    pub(super) fn add(&mut self, ops: Vec<RawOp>) {
        self.ops.extend(ops);
        let now = Instant::now();
        let is_quiet = self.gossiped.is_none_or(|last| now.duration_since(last) >= GATHER);
        self.due.get_or_insert(if is_quiet { now } else { now + GATHER });
    }

    /// The time at which they are to be gossiped; absent if there are none.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Takes them, to be gossiped now.
    pub(super) fn take(&mut self) -> Vec<RawOp> {
        (self.due, self.gossiped) = (None, Some(Instant::now()));
        std::mem::take(&mut self.ops)
    }
}
