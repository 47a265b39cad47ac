//! Pace: the time that something may take altogether, by how much of it has come.
//!
//! Patience with each part alone is no bound: who sends one true part just in time, again and again, would hold this node for
//! as long as it likes.

use dpgn_protocol::units::{Millis, Timestamp};

/// The time that something may take before any of it has come.
const GRACE: Millis = Millis::from_secs(60);

/// A deadline that moves with what has come and held.
#[derive(Clone, Copy)]
pub(super) struct Pace(Timestamp);

impl Pace {
    pub(super) fn new(now: Timestamp) -> Self {
        Self(now.after(GRACE))
    }

    /// A part that is worth so much time has come, and it held.
    pub(super) fn earn(&mut self, worth: Millis) {
        self.0 = self.0.after(worth);
    }

    /// Whether it takes longer than its parts are worth.
    pub(super) fn is_lost(self, now: Timestamp) -> bool {
        now >= self.0
    }
}
