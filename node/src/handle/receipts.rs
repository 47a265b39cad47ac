//! What a handle shows others by: receipts, and the checkpoints from which they are checked.

use super::{NodeHandle, Query};
use crate::{
    error::{CheckpointError, ReceiptError},
    task_ref::TaskRef,
};
use dpgn_protocol::{
    checkpoint::Checkpoint,
    receipt::{Handover, Receipt},
    units::Height,
};

/// The most handovers that are shown at once: as JSON they fit into one line of the control socket.
pub const HANDOVERS_PAGE_MAX: usize = 8;

impl NodeHandle {
    /// The receipt of an own, paid task: it proves the payment and the verdict offline, to whoever trusts the genesis or a
    /// later checkpoint. `since` is the height from which on it tells of changes of the committee, 0 for the genesis: it is
    /// checked from that checkpoint, or any later one below the block that paid.
    pub async fn receipt(&self, task: TaskRef, since: Height) -> Result<Receipt, ReceiptError> {
        self.ask(|reply| Query::Receipt { task, since, reply }).await?
    }

    /// The handovers above one height and below another, in order: at most [`HANDOVERS_PAGE_MAX`] of them, the first.
    pub async fn handovers(&self, above: Height, below: Height) -> Result<Vec<Handover>, CheckpointError> {
        self.ask(|reply| Query::Handovers { above, below, reply }).await?
    }

    /// The checkpoint at the last border between epochs below a height, or the last one there is; before the first border, that
    /// of the genesis. Whoever trusts this node checks receipts of blocks above it from there, and starts a node with it.
    pub async fn checkpoint(&self, below: Option<Height>) -> Result<Checkpoint, CheckpointError> {
        self.ask(|reply| Query::Checkpoint { below, reply }).await?
    }
}
