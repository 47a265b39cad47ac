//! Blocks, the ledger's snapshots, and where each block and op is found.
//!
//! Blocks are a chain without gaps from height 1: nothing else can be committed.

use super::{
    Store,
    error::StoreError,
    records::{self, RecordChange},
    tables::{BLOCKS, HEIGHTS, OPS, SNAPSHOTS, VOTES, decode},
};
use dpgn_protocol::{
    block::Decided,
    ids::{BlockHash, OpId},
    limits::SYNC_BLOCKS_MAX,
    units::Height,
    wire::Wire,
};
use redb::{ReadableTable, ReadableTableMetadata};

/// Snapshots kept: the last one, and one more should that one be of no use.
const SNAPSHOTS_KEPT: u64 = 2;

/// The last block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Its height; 0 if there is none yet.
    pub height: Height,
    /// Its hash; all zero if there is none yet.
    pub hash: BlockHash,
}

impl Store {
    /// Stores the next block, with the ledger after it if given and with changes of records, in one
    /// transaction: after a crash all of it is there or none.
    pub fn commit_block(
        &self,
        decided: &Decided,
        snapshot: Option<&[u8]>,
        changes: &[RecordChange],
    ) -> Result<(), StoreError> {
        let header = &decided.block.header;
        let (height, hash) = (header.height, header.hash()?);
        if decided.certificate.height != height || decided.certificate.block != hash {
            return Err(StoreError::OtherCertificate(height));
        }
        let bytes = decided.to_bytes()?;
        self.write(|tx| {
            let mut blocks = tx.open_table(BLOCKS)?;
            let tip = tip_of(&blocks)?;
            if height != tip.height.next() {
                return Err(StoreError::OutOfOrder { got: height, expected: tip.height.next() });
            }
            if header.parent != tip.hash {
                return Err(StoreError::OtherParent { height, got: header.parent, expected: tip.hash });
            }
            blocks.insert(height.get(), bytes.as_slice())?;
            tx.open_table(HEIGHTS)?.insert(hash.as_bytes(), height.get())?;
            let mut ops = tx.open_table(OPS)?;
            for op in decided.block.ops.iter() {
                ops.insert(op.id().as_bytes(), height.get())?;
            }
            // A vote at this height is kept until the next: one decided height is no reason to forget it.
            tx.open_table(VOTES)?.retain(|at, _| at >= height.get())?;
            if let Some(snapshot) = snapshot {
                let mut snapshots = tx.open_table(SNAPSHOTS)?;
                snapshots.insert(height.get(), snapshot)?;
                while snapshots.len()? > SNAPSHOTS_KEPT {
                    snapshots.pop_first()?;
                }
            }
            records::apply(tx, changes)
        })
    }

    /// The last block.
    pub fn tip(&self) -> Result<Tip, StoreError> {
        self.read(|tx| tip_of(&tx.open_table(BLOCKS)?))
    }

    /// The block at a height.
    pub fn block(&self, height: Height) -> Result<Option<Decided>, StoreError> {
        self.read(|tx| match tx.open_table(BLOCKS)?.get(height.get())? {
            Some(bytes) => decode("a block", bytes.value(), Decided::MAX_BYTES).map(Some),
            None => Ok(None),
        })
    }

    /// Blocks from a height up: at most [`SYNC_BLOCKS_MAX`], and as many as fit into `bytes_max`.
    pub fn blocks_from(&self, height: Height, bytes_max: usize) -> Result<Vec<Decided>, StoreError> {
        self.read(|tx| {
            let (mut blocks, mut left) = (Vec::new(), bytes_max);
            for entry in tx.open_table(BLOCKS)?.range(height.get()..)?.take(SYNC_BLOCKS_MAX) {
                let (_, bytes) = entry?;
                let Some(rest) = left.checked_sub(bytes.value().len()) else { break };
                left = rest;
                blocks.push(decode("a block", bytes.value(), Decided::MAX_BYTES)?);
            }
            Ok(blocks)
        })
    }

    /// Where a block is.
    pub fn height_of(&self, block: BlockHash) -> Result<Option<Height>, StoreError> {
        self.read(|tx| Ok(tx.open_table(HEIGHTS)?.get(block.as_bytes())?.map(|h| Height::new(h.value()))))
    }

    /// Which block holds an op.
    pub fn height_of_op(&self, op: OpId) -> Result<Option<Height>, StoreError> {
        self.read(|tx| Ok(tx.open_table(OPS)?.get(op.as_bytes())?.map(|h| Height::new(h.value()))))
    }

    /// The snapshots kept, the latest first. One that the reader cannot use is no loss: there is the one
    /// before, and the blocks since.
    pub fn snapshots(&self) -> Result<Vec<(Height, Vec<u8>)>, StoreError> {
        self.read(|tx| {
            let mut all = Vec::new();
            for entry in tx.open_table(SNAPSHOTS)?.iter()?.rev() {
                let (height, bytes) = entry?;
                all.push((Height::new(height.value()), bytes.value().to_vec()));
            }
            Ok(all)
        })
    }
}

/// The last block of the chain.
pub(super) fn tip_of(blocks: &impl ReadableTable<u64, &'static [u8]>) -> Result<Tip, StoreError> {
    let Some((height, bytes)) = blocks.last()? else {
        return Ok(Tip { height: Height::new(0), hash: BlockHash::from_bytes([0; 32]) });
    };
    let decided: Decided = decode("the last block", bytes.value(), Decided::MAX_BYTES)?;
    Ok(Tip { height: Height::new(height.value()), hash: decided.certificate.block })
}
