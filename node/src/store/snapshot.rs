//! A snapshot that other nodes have served: the chain begins anew with its block, in one transaction.
//!
//! What must never happen: blocks with a gap between them. Those below the snapshot's are pruned with it, and so are older
//! snapshots, from which nothing leads on any more. And a handover that is shown to others though the block that it leads to
//! was never taken: those of a trail lie apart until then.

use super::{
    Store,
    chain::Beside,
    error::StoreError,
    log, pruning, records,
    tables::{BELIEVED_KEY, BLOCKS, HANDOVERS, META, SNAPSHOTS, TRAIL, array},
    tip::{height_of, tip_of},
};
use dpgn_protocol::{block::Decided, codec, limits::HANDOVERS_MAX, receipt::Handover, units::Height, wire::Wire};
use redb::{ReadableTable, WriteTransaction};

impl Store {
    /// Stores a block above the last one with the ledger after it, the handovers of the trail that leads there, and all that
    /// belongs to it; the blocks between are missing from then on. The log of consensus up to its height is forgotten, as when a
    /// block is decided. `believed` is the height of the checkpoint that led there, if one did.
    pub fn commit_snapshot(
        &self,
        decided: &Decided,
        beside: Beside<'_>,
        believed: Option<Height>,
    ) -> Result<(), StoreError> {
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
            take_trail(tx, tip, height)?;
            if let Some(handover) = &handover {
                tx.open_table(HANDOVERS)?.insert(height.get(), handover.as_slice())?;
            }
            let mut snapshots = tx.open_table(SNAPSHOTS)?;
            while snapshots.pop_first()?.is_some() {}
            snapshots.insert(height.get(), snapshot)?;
            if let Some(believed) = believed {
                tx.open_table(META)?.insert(BELIEVED_KEY, believed.get().to_le_bytes().as_slice())?;
            }
            pruning::keep_from(tx, height.get())?;
            pruning::prune(tx)?;
            records::apply(tx, beside.changes)?;
            pruning::first_of(tx)
        })
        .map(|first| self.first.set(first))
    }

    /// The height of the last checkpoint that a jump rested on, 0 if none did: handovers below it are nobody's word but that of
    /// members whose stake was free.
    pub fn believed(&self) -> Result<Height, StoreError> {
        self.read(|tx| match tx.open_table(META)?.get(BELIEVED_KEY)? {
            Some(mark) => Ok(Height::new(u64::from_le_bytes(array("the mark of a checkpoint", mark.value())?))),
            None => Ok(Height::new(0)),
        })
    }

    /// Stores handovers that lead from the last block on towards a snapshot, apart from those that are shown to others; each
    /// takes the place of one of its height.
    pub fn put_trail(&self, handovers: &[Handover]) -> Result<(), StoreError> {
        let encoded = handovers.iter().map(|handover| Ok((handover.header.height, codec::encode(handover)?)));
        let encoded = encoded.collect::<Result<Vec<_>, StoreError>>()?;
        self.write(|tx| {
            let mut table = tx.open_table(TRAIL)?;
            for (height, bytes) in &encoded {
                table.insert(height.get(), bytes.as_slice())?;
            }
            Ok(())
        })
    }

    /// The handovers above a height and up to the last block, in order, as many as one answer holds.
    pub fn handovers_above(&self, height: Height) -> Result<Vec<Handover>, StoreError> {
        self.handovers(height, Height::new(u64::MAX), HANDOVERS_MAX)
    }
}

/// Moves the handovers of the trail between two heights to those that are shown to others, and forgets the rest of it.
///
/// A trail that was begun anew has a handover at each border too, so none of an older one is left between.
fn take_trail(tx: &WriteTransaction, above: Height, below: Height) -> Result<(), StoreError> {
    let (mut trail, mut handovers) = (tx.open_table(TRAIL)?, tx.open_table(HANDOVERS)?);
    for entry in trail.range(above.next().get()..below.get())? {
        let (height, bytes) = entry?;
        handovers.insert(height.value(), bytes.value())?;
    }
    Ok(trail.retain(|_, _| false)?)
}

/// Forgets a trail that a node had not come to the end of when it stopped, and handovers of blocks that are not here.
pub(super) fn forget_trail(tx: &WriteTransaction) -> Result<(), StoreError> {
    let tip = height_of(&tx.open_table(BLOCKS)?)?;
    tx.open_table(TRAIL)?.retain(|_, _| false)?;
    tx.open_table(HANDOVERS)?.retain_in(tip.next().get().., |_, _| false)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::{NETWORK, decided, grow};
    use dpgn_protocol::{
        committee::{Committee, Member},
        ids::{AccountId, BlockHash},
        units::Power,
    };

    fn handover(height: u64) -> Handover {
        let Decided { block, certificate } = decided(height, BlockHash::from_bytes([0; 32]), height);
        let member = Member { account: AccountId::from_bytes([1; 32]), power: Power::new(1) };
        Handover { header: block.header, certificate, committee: Committee::new(vec![member]).unwrap() }
    }

    fn heights(handovers: &[Handover]) -> Vec<u64> {
        handovers.iter().map(|handover| handover.header.height.get()).collect()
    }

    fn shown(store: &Store) -> (Vec<u64>, Option<u64>) {
        let last = store.last_handover(Height::new(u64::MAX)).unwrap().map(|handover| handover.header.height.get());
        (heights(&store.handovers_above(Height::new(0)).unwrap()), last)
    }

    /// A trail may be false until its end is reached: nobody is shown it before, and then as far as it has led.
    #[test]
    fn a_trail_is_shown_to_nobody_before_the_jump() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), NETWORK).unwrap();
        grow(&store, 5);
        let far = decided(100, BlockHash::from_bytes([3; 32]), 100);
        // An older trail led elsewhere, and was longer.
        store.put_trail(&[3, 40, 80, 120, 160].map(handover)).unwrap();
        store.put_trail(&[40, 80].map(handover)).unwrap();
        assert_eq!(shown(&store), (vec![], None));
        store.commit_snapshot(&far, Beside { snapshot: Some(&[7]), ..Beside::default() }, None).unwrap();
        assert_eq!(shown(&store), (vec![40, 80], Some(80)));
        let further = decided(200, BlockHash::from_bytes([3; 32]), 200);
        let own = handover(200);
        let beside = Beside { snapshot: Some(&[7]), handover: Some(&own), ..Beside::default() };
        store.commit_snapshot(&further, beside, Some(Height::new(80))).unwrap();
        assert_eq!(store.believed().unwrap(), Height::new(80));
        assert_eq!(shown(&store), (vec![40, 80, 200], Some(200)), "the rest of the old trail is forgotten");
    }

    #[test]
    fn a_start_forgets_a_trail_and_handovers_of_blocks_that_are_not_here() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), NETWORK).unwrap();
        grow(&store, 5);
        let own = handover(6);
        let last = decided(6, store.tip().unwrap().hash, 6);
        store.commit_block(&last, Beside { handover: Some(&own), ..Beside::default() }).unwrap();
        // As an earlier version has left them.
        let stray = codec::encode(&handover(9)).unwrap();
        store.write(|tx| Ok(tx.open_table(HANDOVERS)?.insert(9, stray.as_slice()).map(drop)?)).unwrap();
        assert_eq!(shown(&store), (vec![6], Some(6)), "it is shown to nobody, either");
        store.put_trail(&[handover(12)]).unwrap();
        drop(store);
        let store = Store::open(dir.path(), NETWORK).unwrap();
        let far = decided(20, BlockHash::from_bytes([3; 32]), 20);
        store.commit_snapshot(&far, Beside { snapshot: Some(&[7]), ..Beside::default() }, None).unwrap();
        assert_eq!(shown(&store), (vec![6], Some(6)));
    }
}
