//! Obstacles: what stands between an ask and a bid, and whether that can pass by itself.
//!
//! One rule for all who ask whether a task waits in vain: explanations, the node that warns its owner, and a reward that
//! is to rise.

use super::eligibility::Ineligible;
use crate::state::task::Task;
use serde::{Deserialize, Serialize};

/// The kinds of reason why an ask cannot be awarded a bid: an [`Ineligible`] without its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "but for one, each is documented as an `Ineligible`")]
pub enum Obstacle {
    Level,
    Degree,
    Builder,
    Price,
    /// The ask's price is higher than the bid pays now, and no higher than its reward may rise to.
    Rising,
    Excluded,
    Failed,
    Reputation,
    TooSlow,
    Capacity,
    Share,
    New,
    CollateralMax,
    Collateral,
}

/// What ends an obstacle while bid and ask stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relief {
    /// Nothing ends it.
    Nothing,
    /// A rise of the reward.
    Rise,
    /// An award of the prover that ends, or the next block.
    Room,
    /// Credits that come to the guarantor.
    Credits,
}

impl Obstacle {
    /// What keeps an ask that was refused for this reason from a task.
    pub fn of(reason: Ineligible, task: &Task) -> Self {
        match reason {
            Ineligible::Level(_) => Self::Level,
            Ineligible::Degree { .. } => Self::Degree,
            Ineligible::Builder => Self::Builder,
            Ineligible::Price { price, .. } if price <= task.payable_max() => Self::Rising,
            Ineligible::Price { .. } => Self::Price,
            Ineligible::Excluded => Self::Excluded,
            Ineligible::Failed => Self::Failed,
            Ineligible::Reputation { .. } => Self::Reputation,
            Ineligible::TooSlow { .. } => Self::TooSlow,
            Ineligible::Capacity { .. } => Self::Capacity,
            Ineligible::Share(_) => Self::Share,
            Ineligible::New => Self::New,
            Ineligible::CollateralMax { .. } => Self::CollateralMax,
            Ineligible::Collateral { .. } => Self::Collateral,
        }
    }

    /// What ends the obstacle while bid and ask stay as they are.
    pub(crate) const fn relief(self) -> Relief {
        match self {
            Self::Level
            | Self::Degree
            | Self::Builder
            | Self::Price
            | Self::Excluded
            | Self::Failed
            | Self::Reputation
            | Self::TooSlow
            | Self::CollateralMax => Relief::Nothing,
            Self::Rising => Relief::Rise,
            Self::Capacity | Self::Share | Self::New => Relief::Room,
            Self::Collateral => Relief::Credits,
        }
    }

    /// Whether the obstacle stays as it is while bid and ask do, however long the bid waits and however far its reward
    /// rises.
    pub const fn is_lasting(self) -> bool {
        match self.relief() {
            Relief::Nothing => true,
            Relief::Rise | Relief::Room | Relief::Credits => false,
        }
    }
}
