//! Blocks as they are asked for, the newest first, read from disk.

use super::{disk::Disk, error::DiskError};
use crate::{error::PastError, store::StoreError, view::BlockInfo};
use dpgn_protocol::{block::Decided, units::Height, wire::Wire};

impl Disk {
    /// So many blocks below a height, or the last ones; fewer where none are kept.
    pub(super) fn blocks_below(&self, below: Option<Height>, limit: u16) -> Result<Vec<BlockInfo>, PastError> {
        let last = self.store.tip().map_err(DiskError::from)?.height;
        let from = below.map_or(last, |below| Height::new(below.get().saturating_sub(1)).min(last));
        let mut blocks = Vec::new();
        for height in (1..=from.get()).rev().take(usize::from(limit)).map(Height::new) {
            match self.store.block(height) {
                Ok(Some(decided)) => blocks.push(info(&decided)?),
                Ok(None) | Err(StoreError::Pruned { .. }) => break,
                Err(error) => return Err(DiskError::from(error).into()),
            }
        }
        Ok(blocks)
    }
}

fn info(decided: &Decided) -> Result<BlockInfo, PastError> {
    let header = &decided.block.header;
    let bytes = decided.to_bytes().map_err(|error| DiskError::from(StoreError::from(error)))?.len();
    Ok(BlockInfo {
        height: header.height,
        hash: decided.certificate.block,
        parent: header.parent,
        time: header.time,
        epoch: header.epoch,
        proposer: header.proposer,
        round: decided.certificate.round,
        votes: decided.certificate.votes.len(),
        ops: decided.block.ops.len(),
        bytes,
    })
}
