//! What a bid costs whatever its circuit turns out to be: known before the circuit is built, which takes its requester's time.

use crate::state::{coins::sum, ledger::Ledger};
use dpgn_protocol::{
    ids::RecipeDigest,
    limits::RISES_MAX,
    ops::Raise,
    units::{Credits, Level, Millis, Priority},
};

/// A bid whose circuit is not built yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnbuiltBid {
    /// The recipe of the circuit.
    pub recipe: RecipeDigest,
    /// The length of the recipe in bytes.
    pub recipe_len: u64,
    /// The length of the inputs in bytes.
    pub inputs_len: u64,
    /// The privacy level of the proof.
    pub level: Level,
    /// The most that is paid as long as the reward does not rise, in micro-credits.
    pub reward: Credits,
    /// The rise of the reward; absent if it stays.
    pub raise: Option<Raise>,
    /// The hurry of the bid, which its fee rises with.
    pub priority: Priority,
    /// The time from now within which the proof must be delivered.
    pub deadline: Millis,
}

/// What an account must have for a bid, in micro-credits: what is locked, and the fees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BidCost {
    /// What it costs at least. What its own bytes and a sealed round cost is not in it.
    pub least: Credits,
    /// The same, with the registration of the circuit, about, unless a bid that the ledger remembers has registered it.
    pub whole: Credits,
}

impl Ledger {
    /// What a bid costs before its circuit is known.
    pub fn cost(&self, bid: &UnbuiltBid) -> BidCost {
        let most = bid.raise.map_or(bid.reward, |raise| raise.reward_max);
        let rises = bid.raise.map_or(0, |raise| raise.rises_from(bid.reward)).min(RISES_MAX);
        let rises = (0..rises).map(|_| self.params.op_fee);
        let carriage = self.carriage_fee(bid.recipe_len, bid.inputs_len);
        let fees = [self.quoted_fee(most, bid.deadline, bid.priority), carriage, sum(rises)];
        let least = sum([most, self.reserve(most)].into_iter().chain(fees));
        let is_registered = self.registered(None, Some(bid.recipe), bid.level).is_some();
        let whole = if is_registered { least } else { least.saturating_add(self.usual_registration()) };
        BidCost { least, whole }
    }

    /// The times from now between which a bid's deadline must lie.
    pub fn deadlines(&self) -> (Millis, Millis) {
        (self.params.task_life_min, self.params.task_life)
    }
}
