//! Snapshot: what a peer says of a state that it has kept, for whoever takes that instead of the blocks before it.
//!
//! The block says which state it is, the committee's votes that it was decided, and the manifest how it comes in chunks. A
//! peer's word counts for nothing in any of these.

use crate::{block::Decided, receipt::ReceiptError, state_chunk::StateManifest, trail::Trail, units::Height};
use serde::{Deserialize, Serialize};

/// The head of a snapshot. As somebody sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotHead {
    /// The block that left the state, with the committee's votes for it.
    pub decided: Decided,
    /// The tops of the state's maps, and the places of its chunks.
    pub manifest: StateManifest,
}

/// Why the head of a snapshot is refused. Each is a fault of its sender.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The committee in office at its height has not decided its block.
    #[error("the block of the snapshot: {0}")]
    NotDecided(#[from] ReceiptError),
    /// The body of the block is not the one that was decided.
    #[error("the body of the snapshot's block at height {0} is not the one that its header names")]
    OtherBody(Height),
}

impl SnapshotHead {
    /// The height of the snapshot.
    pub const fn height(&self) -> Height {
        self.decided.block.header.height
    }

    /// Checks that the committee at the end of this trail has decided the block, and that the block is whole. The manifest is
    /// checked against the state that the block names, by whoever puts the chunks together.
    pub fn check(&self, trail: &Trail) -> Result<(), SnapshotError> {
        let Decided { block, certificate } = &self.decided;
        trail.decided(&block.header, certificate)?;
        if !block.is_whole() {
            return Err(SnapshotError::OtherBody(block.header.height));
        }
        Ok(())
    }
}
