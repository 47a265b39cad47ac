//! What an account has, as it is shown of one account and of this node's own.

use dpgn_node::view::Balance;
use serde::Serialize;
use utoipa::ToSchema;

/// The credits of an account, in micro-credits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BalanceRow {
    /// What it can use.
    available: u64,
    /// What is locked for its bids.
    escrow: u64,
    /// What is locked for its awards.
    collateral: u64,
}

impl From<Balance> for BalanceRow {
    fn from(balance: Balance) -> Self {
        Self { available: balance.available.get(), escrow: balance.escrow.get(), collateral: balance.collateral.get() }
    }
}
