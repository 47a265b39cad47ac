//! Commits: what becomes durable together, when a block is applied or a snapshot takes the place of blocks.

use super::record::TaskRecord;
use dpgn_market::Ledger;
use dpgn_protocol::{block::Decided, outcome::Outcome, receipt::Handover, units::Height};
use std::sync::Arc;

/// A block that was applied, and what it did.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// The block that was applied.
    pub decided: Decided,
    /// The outcomes of its ops, in order: for receipts.
    pub outcomes: Vec<Outcome>,
    /// The handover to the next epoch's committee; absent if the block is not the last of its epoch.
    pub handover: Option<Handover>,
    /// The ledger after the block, to be encoded; absent between two snapshots.
    pub snapshot: Option<Arc<Ledger>>,
    /// Own tasks that the block has changed.
    pub tasks: Vec<TaskRecord>,
}

/// A state that was taken from peers in place of the blocks before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Jump {
    /// The block that left the state.
    pub decided: Decided,
    /// The ledger after it, to be encoded.
    pub ledger: Arc<Ledger>,
    /// The handover to the next epoch's committee; absent if the block is not the last of its epoch.
    pub handover: Option<Handover>,
    /// The height of the owner's checkpoint that led there; absent if the own head did.
    pub believed: Option<Height>,
    /// Own tasks that have gone on meanwhile.
    pub tasks: Vec<TaskRecord>,
}
