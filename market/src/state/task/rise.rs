//! A reward that rises: the time of the next rise runs while the task is open to asks, and is kept while somebody has it.
//!
//! It is the time of blocks, as that of deadlines is: a rise needs no block but the one that it is due at.

use super::{Stage, Task};
use dpgn_protocol::{
    ops::Raise,
    units::{Millis, Timestamp},
};
use serde::{Deserialize, Serialize};

/// The next rise of a reward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Rise {
    /// It rises at the first block after this time.
    At(Timestamp),
    /// Somebody has the task: so much time is left until it rises, once it is open again.
    In(Millis),
}

impl Task {
    /// The time after which the reward rises; `None` if it does not, or while somebody has the task.
    pub(crate) fn rises_at(&self) -> Option<Timestamp> {
        match self.rise {
            Some(Rise::At(at)) if self.stage == Stage::Pending => Some(at),
            Some(Rise::At(_) | Rise::In(_)) | None => None,
        }
    }

    /// Lets the time to the next rise run while the task is open, and stand still while it is not.
    pub(crate) fn wait(&mut self, now: Timestamp) {
        let is_open = self.stage == Stage::Pending;
        self.rise = self.bid.raise.filter(|raise| self.bid.reward < raise.reward_max).map(|raise| match self.rise {
            None if is_open => Rise::At(now.after(raise.every)),
            Some(Rise::In(left)) if is_open => Rise::At(now.after(left)),
            Some(Rise::At(at)) if !is_open => Rise::In(at.since(now)),
            None => Rise::In(raise.every),
            Some(rise) => rise,
        });
    }

    /// Has the reward rise at the first block after this time, if nothing keeps it then.
    pub(crate) fn put_rise_off(&mut self, again: Timestamp) {
        self.rise = Some(Rise::At(again));
    }

    /// Lets the reward rise by a step, at most to the highest.
    pub(crate) fn raise(&mut self, now: Timestamp) {
        if let Some(Raise { step, reward_max, .. }) = self.bid.raise {
            self.bid.reward = self.bid.reward.saturating_add(step).min(reward_max);
        }
        self.rise = None;
        self.wait(now);
    }
}
