//! Replay: old blocks applied again, for whoever wants to know how the ledger came to what it says.
//!
//! Each block must leave what its header names, as when it was decided: what a replay shows is what the committee
//! decided, or the replay fails.

use super::restore::{Archive, RestoreError, newest, verify_ops};
use crate::engine;
use dpgn_market::{Applied, BlockError, Body, Ledger};
use dpgn_protocol::{
    genesis::Genesis,
    units::{Height, Timestamp},
};

/// Why old blocks were not applied again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError<E: std::error::Error> {
    /// What is on disk leads to no ledger.
    #[error(transparent)]
    Restore(#[from] RestoreError<E>),
    /// There is no such block yet.
    #[error("block {height} is not decided yet; the last one is {last}")]
    NoBlock {
        /// The height that was asked for.
        height: Height,
        /// The height of the last block.
        last: Height,
    },
    /// What leads there is pruned.
    #[error("what led to height {height} is pruned: blocks are kept from height {first} on")]
    Pruned {
        /// The height of the block that was to be applied again.
        height: Height,
        /// The lowest height whose block is kept.
        first: Height,
    },
    /// The node is stopping, and nobody waits for the end.
    #[error("the node has stopped")]
    Stopped,
}

/// The way in which a block is applied: as ever, or while somebody looks on.
pub(crate) type Apply<'a> = dyn FnMut(&mut Ledger, Body<'_>) -> Result<Applied, BlockError> + 'a;

/// Old blocks, and when to stop reading them.
pub(crate) struct Replay<'a, A> {
    pub(crate) genesis: &'a Genesis,
    pub(crate) archive: &'a A,
    /// Whether the node is stopping.
    pub(crate) is_stopping: &'a dyn Fn() -> bool,
}

impl<A: Archive> Replay<'_, A> {
    /// The ledger before the block at a height: from the newest snapshot below it, or else from the genesis.
    pub(crate) fn before(&self, height: Height) -> Result<Ledger, ReplayError<A::Error>> {
        let below = Height::new(height.get().saturating_sub(1));
        let (mut ledger, _) = newest(self.genesis, self.archive, below).map_err(|error| {
            if let RestoreError::Pruned { first } = error {
                ReplayError::Pruned { height, first }
            } else {
                error.into()
            }
        })?;
        self.advance(&mut ledger, below, &mut |ledger, body| ledger.apply(body))?;
        Ok(ledger)
    }

    /// The height of the first block at or after a time, and of the last block if there is none: by halving, since the
    /// times of blocks rise.
    pub(crate) fn height_at(&self, time: Timestamp, last: Height) -> Result<Height, ReplayError<A::Error>> {
        let first = self.archive.first().map_err(RestoreError::Archive)?;
        let (mut low, mut high) = (first.get(), last.get());
        while low < high {
            let middle = low + (high - low) / 2;
            let height = Height::new(middle);
            let blocks = self.archive.blocks_from(height).map_err(RestoreError::Archive)?;
            let found = blocks.first().map(|decided| &decided.block.header).filter(|header| header.height == height);
            let header = found.ok_or(ReplayError::NoBlock { height, last })?;
            (low, high) = if header.time < time { (middle + 1, high) } else { (low, middle) };
        }
        let (found, genesis) = (Height::new(high), Height::new(1));
        // What came before the first block that is kept may have come long before it.
        if found == first && first > genesis { Err(ReplayError::Pruned { height: found, first }) } else { Ok(found) }
    }

    /// Applies the blocks that follow, up to this height.
    pub(crate) fn advance(
        &self,
        ledger: &mut Ledger,
        to: Height,
        apply: &mut Apply<'_>,
    ) -> Result<(), ReplayError<A::Error>> {
        while ledger.height() < to {
            let blocks = self.archive.blocks_from(ledger.height().next()).map_err(RestoreError::Archive)?;
            if blocks.is_empty() {
                return Err(ReplayError::NoBlock { height: to, last: ledger.height() });
            }
            for decided in blocks.iter().take_while(|decided| decided.block.header.height <= to) {
                if (self.is_stopping)() {
                    return Err(ReplayError::Stopped);
                }
                let height = decided.block.header.height;
                let ops =
                    verify_ops(decided, ledger.network()).map_err(|reason| RestoreError::Op { height, reason })?;
                engine::apply_by(ledger, &decided.block, &ops, &mut *apply)
                    .map_err(|reason| RestoreError::Block { height, reason: Box::new(reason) })?;
            }
        }
        Ok(())
    }
}
