//! Rules of a market: how a bid finds its price, and who wins it. Rivals' rules are played on our ledger, beside ours.
//!
//! | rule | who wins | how it is played |
//! |---|---|---|
//! | score | the best by price and reputation | as the ledger does it |
//! | lowest price | the lowest price alone | the genesis gives reputation no weight in the score |
//! | random of five | one of the five best, by lot | the bid is denied to the others ([`lot`](crate::lot)) |
//!
//! What must never happen: a rule of the ledger that is written down here once more. A lot decides among asks that the
//! ledger has ranked.

use dpgn_protocol::{genesis::Params, units::Ppm};
use serde::Serialize;

/// How bids find their price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pricing {
    /// Bids go to standing asks, and the winner is paid what it asked.
    #[default]
    AsAsked,
    /// Bids ask for sealed rounds, and the winner is paid by the second score.
    Sealed,
}

/// How the winner of a bid is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// By price and reputation.
    #[default]
    Score,
    /// By price alone.
    LowestPrice,
    /// By lot, among the five best.
    RandomOfFive,
}

/// The rules of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rules {
    /// How bids find their price.
    pub pricing: Pricing,
    /// How the winner of a bid is found.
    pub rule: Rule,
}

impl Rules {
    /// The name of the pricing in tables.
    pub const fn pricing_name(self) -> &'static str {
        match self.pricing {
            Pricing::AsAsked => "as asked",
            Pricing::Sealed => "sealed",
        }
    }

    /// The name of the rule in tables.
    pub const fn rule_name(self) -> &'static str {
        match self.rule {
            Rule::Score => "score",
            Rule::LowestPrice => "lowest price",
            Rule::RandomOfFive => "random of five",
        }
    }

    /// The ledger's parameters under these rules.
    pub fn params(self, usual: &Params) -> Params {
        match self.rule {
            Rule::Score | Rule::RandomOfFive => usual.clone(),
            Rule::LowestPrice => Params { price_weight: Ppm::ONE, reputation_weight: Ppm::new(0), ..usual.clone() },
        }
    }
}
