//! Blocks, the ledger's snapshots, and where each block and op is found.
//!
//! Blocks are a chain without gaps from the first that is kept: nothing else can be committed, and a snapshot that another
//! node has served begins it anew.

use super::{
    Store,
    error::StoreError,
    log, pruning,
    records::{self, RecordChange},
    tables::{BLOCKS, HANDOVERS, OUTCOMES, SNAPSHOTS, decode},
    tip::{Tip, height_of, tip_of},
};
use dpgn_protocol::{
    block::Decided,
    codec,
    limits::{BLOCK_OPS_MAX, SYNC_BLOCKS_MAX},
    outcome::Outcome,
    receipt::Handover,
    units::Height,
    wire::Wire,
};
use redb::ReadableTable;

/// Bytes of the encoded outcomes of one block: a settlement, the largest, takes less than 512.
const OUTCOMES_BYTES_MAX: usize = BLOCK_OPS_MAX * 512;
/// Bytes of an encoded handover: two committees and the votes of one.
const HANDOVER_BYTES_MAX: usize = 64 << 10;

/// The data that are stored together with a block.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// The outcomes of its ops, in order.
    pub outcomes: &'a [Outcome],
    /// The header and the votes that name the next epoch's committee; absent if the block is not the last of its epoch.
    pub handover: Option<&'a Handover>,
    /// The encoded ledger after it; absent between two snapshots.
    pub snapshot: Option<&'a [u8]>,
    /// The number of blocks whose history stays to be told; what is older may go. None keeps all.
    pub history: Option<u64>,
    /// Records that it has changed.
    pub changes: &'a [RecordChange],
}

impl Store {
    /// Stores the next block, and all that belongs to it, in one transaction: after a crash all of it is there or
    /// none.
    pub fn commit_block(&self, decided: &Decided, beside: Beside<'_>) -> Result<(), StoreError> {
        let header = &decided.block.header;
        let (height, hash) = (header.height, header.hash()?);
        if decided.certificate.height != height || decided.certificate.block != hash {
            return Err(StoreError::OtherCertificate(height));
        }
        let bytes = decided.to_bytes()?;
        let outcomes = codec::encode(&beside.outcomes)?;
        let handover = beside.handover.map(codec::encode).transpose()?;
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
            log::forget(tx, height)?;
            tx.open_table(OUTCOMES)?.insert(height.get(), outcomes.as_slice())?;
            if let Some(handover) = &handover {
                tx.open_table(HANDOVERS)?.insert(height.get(), handover.as_slice())?;
            }
            if let Some(snapshot) = beside.snapshot {
                let mut snapshots = tx.open_table(SNAPSHOTS)?;
                snapshots.insert(height.get(), snapshot)?;
                let oldest = pruning::thin_out(&mut snapshots, beside.history.unwrap_or(0))?;
                if let (Some(_), Some(oldest)) = (beside.history, oldest) {
                    pruning::keep_from(tx, oldest)?;
                }
            }
            drop(blocks);
            pruning::prune(tx)?;
            records::apply(tx, beside.changes)?;
            pruning::first_of(tx)
        })
        .map(|first| self.first.set(first))
    }

    /// Reads which block is the last.
    pub fn tip(&self) -> Result<Tip, StoreError> {
        self.read(|tx| tip_of(&tx.open_table(BLOCKS)?))
    }

    /// The block at a height; absent if it is still to come.
    pub fn block(&self, height: Height) -> Result<Option<Decided>, StoreError> {
        self.check_kept(height)?;
        self.read(|tx| match tx.open_table(BLOCKS)?.get(height.get())? {
            Some(bytes) => decode("a block", bytes.value(), Decided::MAX_BYTES).map(Some),
            None => Ok(None),
        })
    }

    /// Blocks from a height up: at most [`SYNC_BLOCKS_MAX`], and as many as fit into `bytes_max`.
    pub fn blocks_from(&self, height: Height, bytes_max: usize) -> Result<Vec<Decided>, StoreError> {
        let stored = self.block_bytes_from(height, bytes_max)?;
        stored.iter().map(|bytes| decode("a block", bytes, Decided::MAX_BYTES)).collect()
    }

    /// Encoded blocks from a height up, as they are stored: at most [`SYNC_BLOCKS_MAX`], and as many as fit into
    /// `bytes_max`.
    pub fn block_bytes_from(&self, height: Height, bytes_max: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        self.check_kept(height)?;
        self.read(|tx| {
            let (mut blocks, mut left) = (Vec::new(), bytes_max);
            for entry in tx.open_table(BLOCKS)?.range(height.get()..)?.take(SYNC_BLOCKS_MAX) {
                let (_, bytes) = entry?;
                let Some(rest) = left.checked_sub(bytes.value().len()) else { break };
                left = rest;
                blocks.push(bytes.value().to_vec());
            }
            Ok(blocks)
        })
    }

    /// The outcomes of a block's ops, in their order; absent if the block is still to come, or came with a snapshot.
    pub fn outcomes(&self, height: Height) -> Result<Option<Vec<Outcome>>, StoreError> {
        self.check_kept(height)?;
        self.read(|tx| match tx.open_table(OUTCOMES)?.get(height.get())? {
            Some(bytes) => decode("the outcomes of a block", bytes.value(), OUTCOMES_BYTES_MAX).map(Some),
            None => Ok(None),
        })
    }

    /// The handovers above one height and below another, and up to the last block, in order: the first `most` of them.
    pub fn handovers(&self, above: Height, below: Height, most: usize) -> Result<Vec<Handover>, StoreError> {
        self.read(|tx| {
            let below = below.min(height_of(&tx.open_table(BLOCKS)?)?.next());
            let mut all = Vec::new();
            if above.next() >= below {
                return Ok(all);
            }
            for entry in tx.open_table(HANDOVERS)?.range(above.next().get()..below.get())?.take(most) {
                all.push(decode("a handover", entry?.1.value(), HANDOVER_BYTES_MAX)?);
            }
            Ok(all)
        })
    }

    /// The handover at the last border below a height that has a block here or is below one; absent before the first one.
    pub fn last_handover(&self, below: Height) -> Result<Option<Handover>, StoreError> {
        self.read(|tx| {
            let below = below.min(height_of(&tx.open_table(BLOCKS)?)?.next());
            match tx.open_table(HANDOVERS)?.range(..below.get())?.next_back() {
                Some(entry) => decode("a handover", entry?.1.value(), HANDOVER_BYTES_MAX).map(Some),
                None => Ok(None),
            }
        })
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
