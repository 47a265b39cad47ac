//! A reputation, term by term, and what it does to its prover's awards.

use crate::{
    rules::{eligibility::own_collateral, reputation::Reputation},
    state::ledger::Ledger,
};
use dpgn_protocol::{
    challenge,
    ids::AccountId,
    units::{Credits, Epoch, Ppm},
};
use serde::{Deserialize, Serialize};

/// A credit, in micro-credits.
const CREDIT: Credits = Credits::new(1_000_000);

/// A prover's reputation with every term of the formula, as of the last block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReputationExplained {
    /// The account whose reputation this is.
    pub account: AccountId,
    /// Whether the ledger knows the account; one it does not know has a newcomer's reputation.
    pub is_known: bool,
    /// The epoch as of which all weights have decayed.
    pub epoch: Epoch,
    /// The epoch of the account's last outcome; absent before the first.
    pub last_outcome: Option<Epoch>,
    /// The reputation and the numbers it is made of.
    pub reputation: Reputation,
    /// The part that successes have in `own`.
    pub success: Component,
    /// The part that the quality of deliveries has in `own`.
    pub quality: Component,
    /// The part that the time of deliveries has in `own`.
    pub time: Component,
    /// The share of every weight that is left after an epoch.
    pub epoch_keep: Ppm,
    /// The most weight that one counterparty gives, each for good and for bad, in micro-credits of burned fees.
    pub counterparty_weight_max: Credits,
    /// The weight that each counterparty has given, by account. The ledger remembers 64 of them.
    pub counterparties: Vec<Counterparty>,
    /// The collateral that an award at a price of one credit takes of this prover, in micro-credits. What the award
    /// displaces, its bid, or the task's past may ask for more.
    pub collateral_per_credit: Credits,
    /// Whether its word against a requester counts: its outcomes weigh as much as the prior.
    pub has_a_name: bool,
}

/// One of the three parts of a reputation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// The mean over all outcomes by weight; failures count as zero.
    pub mean: Ppm,
    /// The weight of the part in the whole.
    pub weight: Ppm,
    /// The mean times the weight, rounded down.
    pub points: Ppm,
}

/// The weight of all outcomes with one counterparty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counterparty {
    /// The account that bought, or was to buy, the proofs.
    pub account: AccountId,
    /// Whether that is the network itself, by challenges.
    pub is_network: bool,
    /// The weight of successes, in micro-credits of burned fees.
    pub good: Credits,
    /// The weight of failures, in micro-credits of burned fees.
    pub bad: Credits,
}

impl Component {
    fn of(mean: Ppm, weight: Ppm) -> Self {
        let points = u64::from(mean.get()) * u64::from(weight.get()) / u64::from(Ppm::ONE.get());
        Self { mean, weight, points: Ppm::ratio(points, u64::from(Ppm::ONE.get())) }
    }
}

impl Ledger {
    /// Explains a prover's reputation: every term, who gave it weight, and what it costs in collateral.
    pub fn explain_reputation(&self, account: AccountId) -> ReputationExplained {
        let (reputation, params, epoch) = (self.reputation(account), self.params(), self.epoch());
        let found = self.find_account(account);
        let given = found.map(|account| account.history.counterparties(epoch, params)).unwrap_or_default();
        let network = challenge::requester(self.network());
        let counterparties = given.into_iter().map(|(account, good, bad)| {
            let is_network = account == network;
            Counterparty { account, is_network, good, bad }
        });
        let has_outcomes = reputation.weight > Credits::ZERO;
        ReputationExplained {
            account,
            is_known: found.is_some(),
            epoch,
            last_outcome: found.filter(|_| has_outcomes).map(|account| account.history.last()),
            success: Component::of(reputation.success, params.success_weight),
            quality: Component::of(reputation.quality, params.quality_weight),
            time: Component::of(reputation.time, params.time_weight),
            epoch_keep: params.epoch_keep,
            counterparty_weight_max: params.counterparty_weight_max,
            counterparties: counterparties.collect(),
            collateral_per_credit: own_collateral(CREDIT, &reputation),
            has_a_name: self.has_earned_a_name(account),
            reputation,
        }
    }
}
