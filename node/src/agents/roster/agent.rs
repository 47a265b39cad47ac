//! One agent: what it said of itself, and what its silence, its questions and its false proofs mean.

use crate::agents::{
    error::AgentError,
    faults::Faults,
    key::{KeyHash, KeyShown},
};
use dpgn_protocol::units::{Level, Millis, Timestamp};
use std::collections::BTreeSet;
use uuid::Uuid;

/// An agent that says nothing for so long is gone.
const GONE_AFTER: Millis = Millis::from_secs(120);

/// An agent that has registered.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) levels: BTreeSet<Level>,
    pub(super) capacity: u16,
    pub(super) rows_per_second: Option<u32>,
    pub(super) reward_address: Option<String>,
    pub(super) key: Option<KeyHash>,
    pub(super) registered: Timestamp,
    pub(super) seen: Timestamp,
    /// Whether it has said since that it goes.
    pub(super) has_left: bool,
    /// The time until which it is thought to ask for work.
    pub(super) asks_until: Timestamp,
    pub(super) made: u64,
    pub(super) refused: u64,
    pub(super) faults: Faults,
}

impl Agent {
    /// Whether it has said something lately.
    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        !self.has_left && (now < self.seen.after(GONE_AFTER) || self.asks(now))
    }

    /// Whether it may be thought to ask for work again: who only says that it is there keeps nobody from selling.
    pub(super) fn is_at_hand(&self, now: Timestamp) -> bool {
        self.is_live(now) && !self.is_barred(now) && now < self.registered.max(self.asks_until).after(GONE_AFTER)
    }

    /// Whether it asks for work.
    pub(super) fn asks(&self, now: Timestamp) -> bool {
        now < self.asks_until && !self.is_barred(now)
    }

    /// Whether it gets no work, since its proofs were false.
    pub(super) fn is_barred(&self, now: Timestamp) -> bool {
        self.faults.barred_until(now).is_some()
    }

    /// Whoever has registered with a key must show it.
    pub(super) fn admit(&self, prover: Uuid, shown: Option<&KeyShown>) -> Result<(), AgentError> {
        match (&self.key, shown) {
            (None, None) => Ok(()),
            (Some(key), Some(shown)) if key.is_of(prover, shown) => Ok(()),
            // A key that nobody asked for is no proof of anything, and one that comes later is none of the first caller's.
            (Some(_) | None, _) => Err(AgentError::WrongKey(prover)),
        }
    }
}
