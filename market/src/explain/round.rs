//! A sealed round explained: its phase, how many have sealed and opened, and what a prover has said in it.

use crate::state::{
    ledger::Ledger,
    round::{Phase, Round},
    task::Task,
};
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Timestamp},
};
use serde::{Deserialize, Serialize};

/// The sealed round of a task, as of the last block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundTold {
    /// The phase that the round is in.
    pub phase: RoundPhase,
    /// The time by which the phase closes, later if the network stands still; absent if no time ends it.
    pub closes: Option<Timestamp>,
    /// The number of provers that have sealed an ask, at most 16.
    pub sealed: u64,
    /// The number of them that have opened their price.
    pub opened: u64,
    /// The most that the round pays, and what its asks are scored against, in micro-credits.
    pub reserve: Credits,
}

/// A phase of a sealed round that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundPhase {
    /// Provers commit to their prices.
    Sealing,
    /// Provers open what they have committed to.
    Opening,
    /// The task goes to the best opened ask, or to the next best if its award fails.
    Decided,
}

impl Ledger {
    /// Tells of the round that a task is in; `None` if it has none, or one that is over.
    pub(super) fn round_told(&self, task: &Task) -> Option<RoundTold> {
        let round = task.round.as_deref()?;
        let phase = match round.phase {
            Phase::Sealing(_) => RoundPhase::Sealing,
            Phase::Opening(_) => RoundPhase::Opening,
            Phase::Decided => RoundPhase::Decided,
            Phase::Over => return None,
        };
        let Round { reserve, asks, .. } = round;
        Some(RoundTold {
            phase,
            closes: round.phase.closes().map(|closes| self.clock.wall(closes)),
            sealed: asks.len() as u64,
            opened: round.opened().count() as u64,
            reserve: *reserve,
        })
    }
}

/// What a prover has said in the round that a task waits for: whether it has sealed an ask, and what it has opened.
pub(super) fn said_by(task: &Task, prover: AccountId) -> (bool, Option<Credits>) {
    let ask = task.round.as_ref().and_then(|round| round.asks.get(&prover));
    (ask.is_some(), ask.and_then(|ask| ask.price))
}
