//! A reputation with every term.

use super::share::share;
use dpgn_market::{Component, Counterparty, Reputation, ReputationExplained};
use serde::Serialize;
use utoipa::ToSchema;

/// A prover's reputation with every term, as of the last block. Weights are micro-credits of burned fees.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReputationTold {
    /// The account whose reputation this is.
    account: String,
    /// Whether the ledger knows the account; one it does not know has a newcomer's reputation.
    is_known: bool,
    /// The epoch as of which all weights have decayed.
    epoch: u64,
    /// The epoch of the account's last outcome; null before the first.
    #[schema(required)]
    last_outcome: Option<u64>,
    /// The reputation and the numbers it is made of.
    reputation: ReputationRow,
    /// The part that successes have in `own`.
    success: PartRow,
    /// The part that the quality of deliveries has in `own`.
    quality: PartRow,
    /// The part that the time of deliveries has in `own`.
    time: PartRow,
    /// The share of every weight that is left after an epoch, 0 to 1.
    epoch_keep: f64,
    /// The most weight that one counterparty gives, each for good and for bad.
    counterparty_weight_max: u64,
    /// The weight that each counterparty has given, by account.
    counterparties: Vec<CounterpartyRow>,
    /// The collateral that an award at a price of one credit takes of this prover, in micro-credits.
    collateral_per_credit: u64,
    /// Whether its word against a requester counts.
    has_a_name: bool,
}

/// A reputation and the numbers it is made of. Shares are 0 to 1.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReputationRow {
    /// The reputation in one number.
    value: f64,
    /// The share of successes among all outcomes, by weight.
    success: f64,
    /// The mean quality of deliveries; failures count as zero.
    quality: f64,
    /// The mean score for time; failures count as zero.
    time: f64,
    /// The mean share of the declared time that was kept.
    punctuality: f64,
    /// What its own outcomes make; 0 without outcomes.
    own: f64,
    /// The part of the reputation that outcomes have earned, as if the prior were zero.
    earned: f64,
    /// The weight of all outcomes together.
    weight: u64,
    /// The reputation of a newcomer.
    prior: f64,
    /// The weight of the prior.
    prior_weight: u64,
}

/// One of the three parts of a reputation. Shares are 0 to 1.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartRow {
    /// The mean over all outcomes by weight; failures count as zero.
    mean: f64,
    /// The weight of the part in the whole.
    weight: f64,
    /// The mean times the weight.
    points: f64,
}

/// The weight of all outcomes with one counterparty.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CounterpartyRow {
    /// The account that bought, or was to buy, the proofs.
    account: String,
    /// Whether that is the network itself, by challenges.
    is_network: bool,
    /// The weight of successes.
    good: u64,
    /// The weight of failures.
    bad: u64,
}

impl From<ReputationExplained> for ReputationTold {
    fn from(told: ReputationExplained) -> Self {
        Self {
            account: told.account.to_string(),
            is_known: told.is_known,
            epoch: told.epoch.get(),
            last_outcome: told.last_outcome.map(|epoch| epoch.get()),
            reputation: told.reputation.into(),
            success: told.success.into(),
            quality: told.quality.into(),
            time: told.time.into(),
            epoch_keep: share(told.epoch_keep),
            counterparty_weight_max: told.counterparty_weight_max.get(),
            counterparties: told.counterparties.into_iter().map(CounterpartyRow::from).collect(),
            collateral_per_credit: told.collateral_per_credit.get(),
            has_a_name: told.has_a_name,
        }
    }
}

impl From<Reputation> for ReputationRow {
    fn from(told: Reputation) -> Self {
        Self {
            value: share(told.value),
            success: share(told.success),
            quality: share(told.quality),
            time: share(told.time),
            punctuality: share(told.punctuality),
            own: share(told.own),
            earned: share(told.earned),
            weight: told.weight.get(),
            prior: share(told.prior),
            prior_weight: told.prior_weight.get(),
        }
    }
}

impl From<Component> for PartRow {
    fn from(Component { mean, weight, points }: Component) -> Self {
        Self { mean: share(mean), weight: share(weight), points: share(points) }
    }
}

impl From<Counterparty> for CounterpartyRow {
    fn from(Counterparty { account, is_network, good, bad }: Counterparty) -> Self {
        Self { account: account.to_string(), is_network, good: good.get(), bad: bad.get() }
    }
}
