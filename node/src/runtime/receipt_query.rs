//! Receipts and checkpoints as they are asked for, put together from what is on disk: nothing is replayed.
//!
//! A history with a gap convinces nobody, so none is handed out.

use super::{
    disk::Disk,
    error::{DiskError, ReceiptMissing},
    receipts::{KEPT_BYTES_MAX, receipt_in},
};
use crate::{
    engine::SettledAt,
    start_error::{OtherCheckpoint, SpawnError},
    store::{RecordKind, StoreError},
};
use dpgn_protocol::{
    bounded::List,
    checkpoint::Checkpoint,
    codec,
    genesis::Genesis,
    ids::{NetworkId, OpId, TaskId},
    limits::RECEIPT_HISTORY_MAX,
    receipt::{Handover, Receipt},
    units::{Height, Millis, Timestamp},
};

/// The time by which a checkpoint may lie ahead of this machine's clock.
const CLOCKS_APART: Millis = Millis::from_secs(600);

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

    /// The checkpoint at the last border between epochs below a height, or the last one there is; before the first border, that
    /// of the genesis.
    pub(super) fn checkpoint(&self, genesis: &Genesis, below: Option<Height>) -> Result<Checkpoint, ReceiptMissing> {
        let below = below.unwrap_or(Height::new(u64::MAX));
        let Some(Handover { header, committee, .. }) = self.store.last_handover(below)? else {
            return Ok(genesis.checkpoint()?);
        };
        let believed = self.store.believed()?;
        if header.height < believed {
            return Err(ReceiptMissing::Unvouched { first: believed });
        }
        Ok(Checkpoint {
            network: header.network,
            height: header.height,
            time: header.time,
            epoch_blocks: genesis.params.epoch_blocks,
            unlock_time: genesis.params.unlock_time,
            committee,
        })
    }

    /// Checks that a checkpoint of the owner's is of this network, and of the history that lies here as far as that goes, and says in
    /// the log whether it is young enough for a snapshot.
    pub(crate) fn believe(
        &self,
        genesis: &Genesis,
        id: NetworkId,
        checkpoint: &Checkpoint,
        now: Timestamp,
    ) -> Result<(), SpawnError> {
        self.check_checkpoint(genesis, id, checkpoint, now)?;
        let (height, hash, age) = (checkpoint.height, checkpoint.hash()?, checkpoint.age(now));
        match checkpoint.check_age(now) {
            Ok(()) => tracing::info!(%height, %hash, age_ms = %age, "a checkpoint is believed"),
            Err(error) => tracing::warn!(%height, %hash, %error, "no snapshot is taken by the checkpoint"),
        }
        Ok(())
    }

    fn check_checkpoint(
        &self,
        genesis: &Genesis,
        id: NetworkId,
        checkpoint: &Checkpoint,
        now: Timestamp,
    ) -> Result<(), SpawnError> {
        let (height, epochs) = (checkpoint.height, genesis.params.epoch_blocks);
        if checkpoint.network != id {
            return Err(OtherCheckpoint::Network { got: checkpoint.network, expected: id }.into());
        }
        if checkpoint.epoch_blocks != epochs {
            return Err(OtherCheckpoint::Epochs { got: checkpoint.epoch_blocks, expected: epochs }.into());
        }
        let (got, expected) = (checkpoint.unlock_time, genesis.params.unlock_time);
        if got != expected {
            return Err(OtherCheckpoint::Unlock { got, expected }.into());
        }
        // One that is never too old would be believed for ever.
        let ms = checkpoint.time.since(now);
        if ms > CLOCKS_APART {
            return Err(OtherCheckpoint::Future { ms }.into());
        }
        if !height.get().is_multiple_of(epochs) {
            return Err(OtherCheckpoint::NoBorder { height, epochs }.into());
        }
        let last = self.store.last_handover(height.next()).map_err(DiskError::from)?;
        let here = match last {
            Some(last) => (last.header.height, last.committee),
            None => (Height::new(0), genesis.checkpoint()?.committee),
        };
        let is_other = here.0 == height && here.1 != checkpoint.committee;
        if is_other { Err(OtherCheckpoint::History { height }.into()) } else { Ok(()) }
    }
}
