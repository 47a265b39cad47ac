//! What the owner of a node wants with credits that stand behind a candidate: its own bond, or stake on others.
//!
//! The ledger says whether it may be done; nothing is checked here.

use dpgn_protocol::{ids::AccountId, ops::Action, units::Credits};
use serde::{Deserialize, Serialize};

/// An order of the node's owner about its bond or its stake. Amounts are in micro-credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum StakeOrder {
    /// Add to the own bond, which makes the account a candidate of this epoch's election.
    Bond {
        /// The amount that is added.
        amount: Credits,
    },
    /// Lock stake on a candidate.
    Vote {
        /// The candidate that the stake stands behind; another account than the own.
        candidate: AccountId,
        /// The amount that is added to what is locked on it.
        amount: Credits,
    },
    /// Take back a part of the own bond, or of the stake on a candidate.
    Unbond {
        /// The candidate that the stake is taken from; the own account for its bond.
        candidate: AccountId,
        /// The amount that is taken back.
        amount: Credits,
    },
}

impl From<StakeOrder> for Action {
    fn from(order: StakeOrder) -> Self {
        match order {
            StakeOrder::Bond { amount } => Self::Bond { amount },
            StakeOrder::Vote { candidate, amount } => Self::Vote { candidate, amount },
            StakeOrder::Unbond { candidate, amount } => Self::Unbond { candidate, amount },
        }
    }
}
