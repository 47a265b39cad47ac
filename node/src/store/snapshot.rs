//! A snapshot that other nodes have served: the chain begins anew with its block, in one transaction.
//!
//! What must never happen: blocks with a gap between them. Those below the snapshot's are pruned with it, and so are older
//! snapshots, from which nothing leads on any more.

use super::{
    Store,
    chain::{Beside, HANDOVER_BYTES_MAX},
    error::StoreError,
    log, pruning, records,
    tables::{BLOCKS, HANDOVERS, SNAPSHOTS, decode},
    tip::tip_of,
};
use dpgn_protocol::{block::Decided, codec, limits::HANDOVERS_MAX, receipt::Handover, units::Height, wire::Wire};

impl Store {
    /// Stores a block above the last one with the ledger after it, and all that belongs to it; the blocks between are
    /// missing from then on. The log of consensus up to its height is forgotten, as when a block is decided.
    pub fn commit_snapshot(&self, decided: &Decided, beside: Beside<'_>) -> Result<(), StoreError> {
        let (height, hash) = (decided.block.header.height, decided.block.header.hash()?);
        if decided.certificate.height != height || decided.certificate.block != hash {
            return Err(StoreError::OtherCertificate(height));
        }
        let Some(snapshot) = beside.snapshot else { return Err(StoreError::NoSnapshot(height)) };
        let bytes = decided.to_bytes()?;
        let handover = beside.handover.map(codec::encode).transpose()?;
        self.write(|tx| {
            let mut blocks = tx.open_table(BLOCKS)?;
            let tip = tip_of(&blocks)?.height;
            if height <= tip {
                return Err(StoreError::OutOfOrder { got: height, expected: tip.next() });
            }
            blocks.insert(height.get(), bytes.as_slice())?;
            drop(blocks);
            log::forget(tx, height)?;
            if let Some(handover) = &handover {
                tx.open_table(HANDOVERS)?.insert(height.get(), handover.as_slice())?;
            }
            let mut snapshots = tx.open_table(SNAPSHOTS)?;
            while snapshots.pop_first()?.is_some() {}
            snapshots.insert(height.get(), snapshot)?;
            pruning::keep_from(tx, height.get())?;
            pruning::prune(tx)?;
            records::apply(tx, beside.changes)?;
            pruning::first_of(tx)
        })
        .map(|first| self.first.set(first))
    }

    /// Stores handovers that lead from the last block on to the committee in office; each takes the place of one of its
    /// height.
    pub fn put_handovers(&self, handovers: &[Handover]) -> Result<(), StoreError> {
        let encoded = handovers.iter().map(|handover| Ok((handover.header.height, codec::encode(handover)?)));
        let encoded = encoded.collect::<Result<Vec<_>, StoreError>>()?;
        self.write(|tx| {
            let mut table = tx.open_table(HANDOVERS)?;
            for (height, bytes) in &encoded {
                table.insert(height.get(), bytes.as_slice())?;
            }
            Ok(())
        })
    }

    /// The handovers above a height, in order, as many as one answer holds.
    pub fn handovers_above(&self, height: Height) -> Result<Vec<Handover>, StoreError> {
        self.read(|tx| {
            let mut page = Vec::new();
            for entry in tx.open_table(HANDOVERS)?.range(height.next().get()..)?.take(HANDOVERS_MAX) {
                page.push(decode("a handover", entry?.1.value(), HANDOVER_BYTES_MAX)?);
            }
            Ok(page)
        })
    }
}
