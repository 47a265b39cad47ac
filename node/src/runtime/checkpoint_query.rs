//! Checkpoints: what this node vouches for, and the one that its owner believes, held against what lies here.

use super::{
    disk::Disk,
    error::{DiskError, ReceiptMissing},
};
use crate::start_error::{OtherCheckpoint, SpawnError};
use dpgn_protocol::{
    checkpoint::Checkpoint,
    genesis::Genesis,
    ids::NetworkId,
    receipt::Handover,
    units::{Height, Millis, Timestamp},
};

/// The time by which a checkpoint may lie ahead of this machine's clock.
const CLOCKS_APART: Millis = Millis::from_secs(600);

impl Disk {
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
