//! How a bid finds its price: a reward that stays, one that rises, or a sealed round.

use crate::units::{Credits, Millis};
use serde::{Deserialize, Serialize};

/// A reward that rises while nobody asks low enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raise {
    /// The amount by which the reward rises each time.
    pub step: Credits,
    /// The time between two rises.
    pub every: Millis,
    /// The reward at which it stops rising.
    pub reward_max: Credits,
}

impl Raise {
    /// The number of rises from a reward to the highest.
    pub fn rises_from(&self, reward: Credits) -> u64 {
        self.reward_max.saturating_sub(reward).get().div_ceil(self.step.get().max(1))
    }
}

/// A sealed round: how long asks are committed, then opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedRound {
    /// The time for committing to an ask.
    pub seal: Millis,
    /// The time for opening what was committed to.
    pub open: Millis,
    /// The deposit of each sealed ask, in micro-credits: lost if it is not opened, or does not serve what it has won.
    pub deposit: Credits,
}
