//! A reward that rises: the time of the next rise runs while the task is open to asks, and is kept while somebody has it.
//!
//! It is the time of blocks, as that of deadlines is: a rise needs no block but the one that it is due at.
//!
//! A rise may be put off while somebody who asks low enough is busy; all rises of a bid together for no longer than they
//! take. So whoever stays busy and means to serve nobody makes a reward climb half as fast, and no slower.

use super::{Stage, Task};
use dpgn_protocol::{
    ops::Raise,
    units::{Millis, Timestamp},
};
use serde::{Deserialize, Serialize};

/// The next rise of a reward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rise {
    due: Due,
    /// The time for which this rise and those after it may still be put off, all together.
    patience: Millis,
}

/// When a rise is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Due {
    /// At the first block after this time.
    At(Timestamp),
    /// Somebody has the task: so much time is left, once it is open again.
    In(Millis),
}

impl Task {
    /// The time after which the reward rises; `None` if it does not, or while somebody has the task.
    pub(crate) fn rises_at(&self) -> Option<Timestamp> {
        match self.rise?.due {
            Due::At(at) if self.stage == Stage::Pending => Some(at),
            Due::At(_) | Due::In(_) => None,
        }
    }

    /// Lets the time to the next rise run while the task is open, and stand still while it is not.
    pub(crate) fn wait(&mut self, now: Timestamp) {
        let is_open = self.stage == Stage::Pending;
        self.rise = self.bid.raise.filter(|raise| self.bid.reward < raise.reward_max).map(|raise| {
            let all = raise.every.saturating_mul(raise.rises_from(self.bid.reward));
            let Rise { due, patience } = self.rise.unwrap_or(Rise { due: Due::In(raise.every), patience: all });
            let due = match due {
                Due::In(left) if is_open => Due::At(now.after(left)),
                Due::At(at) if !is_open => Due::In(at.since(now)),
                due @ (Due::In(_) | Due::At(_)) => due,
            };
            Rise { due, patience }
        });
    }

    /// Has the reward rise at the first block after this time, if nothing keeps it then.
    pub(crate) fn put_rise_off(&mut self, again: Timestamp) {
        self.rise = self.rise.map(|rise| Rise { due: Due::At(again), ..rise });
    }

    /// The same because somebody is busy; false if rises have been put off for that as long as they may be.
    pub(crate) fn wait_for_busy(&mut self, again: Timestamp) -> bool {
        let Some(Rise { due: Due::At(at), patience }) = self.rise else { return false };
        let patience = patience.get().checked_sub(again.since(at).get()).map(Millis::new);
        self.rise = patience.map(|patience| Rise { due: Due::At(again), patience }).or(self.rise);
        patience.is_some()
    }

    /// Lets the reward rise by a step, at most to the highest.
    pub(crate) fn raise(&mut self, now: Timestamp) {
        if let Some(Raise { step, reward_max, every }) = self.bid.raise {
            self.bid.reward = self.bid.reward.saturating_add(step).min(reward_max);
            self.rise = self.rise.map(|rise| Rise { due: Due::In(every), ..rise });
        }
        self.wait(now);
    }
}
