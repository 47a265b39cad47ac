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
        check(checkpoint, (genesis, id), now)?;
        let height = checkpoint.height;
        let (committee, is_known) = match self.store.last_handover(height.next()).map_err(DiskError::from)? {
            Some(last) => (last.committee, last.header.height == height),
            None => (genesis.checkpoint()?.committee, height == Height::new(0)),
        };
        // What lies below an earlier checkpoint is nobody's word.
        let is_vouched = height >= self.store.believed().map_err(DiskError::from)?;
        if is_known && is_vouched && committee != checkpoint.committee {
            return Err(OtherCheckpoint::History { height }.into());
        }
        let (hash, age) = (checkpoint.hash()?, checkpoint.age(now));
        match checkpoint.check_age(now) {
            Ok(()) => tracing::info!(%height, %hash, age_ms = %age, "a checkpoint is believed"),
            Err(error) => tracing::warn!(%height, %hash, %error, "no snapshot is taken by the checkpoint"),
        }
        Ok(())
    }
}

/// Checks a checkpoint against the genesis of its network and the clock.
fn check(checkpoint: &Checkpoint, (genesis, id): (&Genesis, NetworkId), now: Timestamp) -> Result<(), OtherCheckpoint> {
    let (height, epochs) = (checkpoint.height, genesis.params.epoch_blocks);
    if checkpoint.network != id {
        return Err(OtherCheckpoint::Network { got: checkpoint.network, expected: id });
    }
    if checkpoint.epoch_blocks != epochs {
        return Err(OtherCheckpoint::Epochs { got: checkpoint.epoch_blocks, expected: epochs });
    }
    let (got, expected) = (checkpoint.unlock_time, genesis.params.unlock_time);
    if got != expected {
        return Err(OtherCheckpoint::Unlock { got, expected });
    }
    // One that is never too old would be believed for ever.
    let ms = checkpoint.time.since(now);
    if ms > CLOCKS_APART {
        return Err(OtherCheckpoint::Future { ms });
    }
    if height.get().is_multiple_of(epochs) { Ok(()) } else { Err(OtherCheckpoint::NoBorder { height, epochs }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesis_file::new_network;
    use dpgn_protocol::{genesis::Params, ids::AccountId};

    #[test]
    fn a_checkpoint_that_no_node_writes_is_refused() {
        let account = AccountId::from_bytes([1; 32]);
        let genesis = new_network("checkpoints", &[account], &[account], Params::default()).unwrap();
        let (id, now) = (genesis.network().unwrap(), genesis.time.after(Millis::from_secs(60)));
        let (good, epochs) = (genesis.checkpoint().unwrap(), genesis.params.epoch_blocks);
        let checked = |checkpoint: Checkpoint| check(&checkpoint, (&genesis, id), now);
        assert_eq!(checked(good.clone()), Ok(()));
        assert_eq!(checked(Checkpoint { height: Height::new(3 * epochs), ..good.clone() }), Ok(()));
        let other = NetworkId::from_bytes([7; 32]);
        let (height, late) = (Height::new(epochs + 1), now.after(CLOCKS_APART));
        for (false_one, why) in [
            (Checkpoint { network: other, ..good.clone() }, OtherCheckpoint::Network { got: other, expected: id }),
            (Checkpoint { epoch_blocks: 5, ..good.clone() }, OtherCheckpoint::Epochs { got: 5, expected: epochs }),
            (
                Checkpoint { unlock_time: Millis::new(u64::MAX), ..good.clone() },
                OtherCheckpoint::Unlock { got: Millis::new(u64::MAX), expected: good.unlock_time },
            ),
            (
                Checkpoint { time: late.after(Millis::new(1)), ..good.clone() },
                OtherCheckpoint::Future { ms: CLOCKS_APART.saturating_add(Millis::new(1)) },
            ),
            (Checkpoint { height, ..good.clone() }, OtherCheckpoint::NoBorder { height, epochs }),
        ] {
            assert_eq!(checked(false_one), Err(why));
        }
        assert_eq!(checked(Checkpoint { time: late, ..good }), Ok(()), "clocks are apart");
    }
}
