//! Receipts as they are asked for, put together from what is on disk: nothing is replayed.
//!
//! A history with a gap convinces nobody, so none is handed out.

use super::{
    disk::Disk,
    error::ReceiptMissing,
    receipts::{KEPT_BYTES_MAX, receipt_in},
};
use crate::{
    engine::SettledAt,
    store::{RecordKind, StoreError},
};
use dpgn_protocol::{
    bounded::List,
    codec,
    ids::{OpId, TaskId},
    limits::RECEIPT_HISTORY_MAX,
    receipt::{Handover, Receipt},
    units::Height,
};

impl Disk {
    /// The receipt of a task, for whoever trusts a checkpoint at this height or a later one: reads what was kept of it, or else
    /// the block that has settled it, and the handovers since.
    pub(super) fn receipt(
        &self,
        task: TaskId,
        SettledAt { height, op }: SettledAt,
        since: Height,
        epoch_blocks: u64,
    ) -> Result<Receipt, ReceiptMissing> {
        let history = self.history(since, height, epoch_blocks)?;
        let receipt: Receipt = match self.store.record(RecordKind::Receipt, op.as_bytes())? {
            Some(kept) => codec::decode(&kept, KEPT_BYTES_MAX)
                .map_err(|error| StoreError::Corrupt(format!("a receipt that was kept: {error}")))?,
            None => self.receipt_from_block(task, height, op)?,
        };
        Ok(Receipt { task, history, ..receipt })
    }

    fn receipt_from_block(&self, task: TaskId, height: Height, op: OpId) -> Result<Receipt, ReceiptMissing> {
        let decided = self.store.block(height)?.ok_or(ReceiptMissing::NoBlock(height))?;
        let outcomes = self.store.outcomes(height)?.ok_or(ReceiptMissing::NoBlock(height))?;
        receipt_in(&decided, &outcomes, task, op)
    }

    /// The handovers at all borders above the checkpoint's height and below the block's.
    fn history(
        &self,
        since: Height,
        height: Height,
        epoch_blocks: u64,
    ) -> Result<List<Handover, RECEIPT_HISTORY_MAX>, ReceiptMissing> {
        if since >= height {
            return Err(ReceiptMissing::Late { since, height });
        }
        let epoch = |height: Height| height.epoch(epoch_blocks).get();
        let borders = epoch(height).saturating_sub(epoch(since.next()));
        if usize::try_from(borders).map_or(true, |borders| borders > RECEIPT_HISTORY_MAX) {
            return Err(ReceiptMissing::History { borders, limit: RECEIPT_HISTORY_MAX });
        }
        let history = self.store.handovers(since, height, RECEIPT_HISTORY_MAX)?;
        let found = history.len();
        if found as u64 != borders {
            return Err(ReceiptMissing::Gap { borders, found });
        }
        List::new(history).map_err(|_| ReceiptMissing::History { borders, limit: RECEIPT_HISTORY_MAX })
    }
}
