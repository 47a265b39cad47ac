//! The last block of the chain: whatever is written must fit on top of it.

use super::{error::StoreError, tables::decode};
use dpgn_protocol::{block::Decided, ids::BlockHash, units::Height, wire::Wire};
use redb::ReadableTable;

/// The last block in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The height of the block; 0 if there is none yet.
    pub height: Height,
    /// The hash of the block; all zero if there is none yet.
    pub hash: BlockHash,
}

/// The height of the last block; 0 if there is none yet.
pub(super) fn height_of(blocks: &impl ReadableTable<u64, &'static [u8]>) -> Result<Height, StoreError> {
    Ok(Height::new(blocks.last()?.map_or(0, |(height, _)| height.value())))
}

/// The last block of the chain.
pub(super) fn tip_of(blocks: &impl ReadableTable<u64, &'static [u8]>) -> Result<Tip, StoreError> {
    let Some((height, bytes)) = blocks.last()? else {
        return Ok(Tip { height: Height::new(0), hash: BlockHash::from_bytes([0; 32]) });
    };
    let decided: Decided = decode("the last block", bytes.value(), Decided::MAX_BYTES)?;
    Ok(Tip { height: Height::new(height.value()), hash: decided.certificate.block })
}
