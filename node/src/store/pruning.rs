//! Pruning: blocks below a snapshot go, some with each block that comes, so that no block waits for it.
//!
//! History is told by applying blocks again to a snapshot that lies before them. So beside the two newest snapshots a few
//! older ones stay, and the oldest of them is where history begins.
//!
//! A mark says from which height on blocks are kept. What lies below it is gone for every reader at once, and from the file
//! by and by. Handovers are never pruned: they show which committees have decided.

use super::{
    Store,
    error::StoreError,
    tables::{BLOCKS, FIRST_KEY, META, OUTCOMES, array},
};
use dpgn_protocol::units::Height;
use redb::{ReadableTable, Table, WriteTransaction};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Blocks that are deleted with one that comes: more than are added, so that what is due is gone before the next snapshot.
const PRUNED_AT_ONCE: usize = 64;

/// The lowest height whose block is kept, as the last transaction has left it. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct First(Arc<AtomicU64>);

impl First {
    pub(super) fn new(first: u64) -> Self {
        Self(Arc::new(AtomicU64::new(first)))
    }

    pub(super) fn set(&self, first: u64) {
        self.0.store(first, Ordering::Release);
    }
}

impl Store {
    /// The lowest height whose block is kept, and all blocks above it: 1 if none was pruned.
    pub fn first(&self) -> Height {
        Height::new(self.first.0.load(Ordering::Acquire))
    }

    /// Refuses a height whose block is pruned.
    pub(super) fn check_kept(&self, height: Height) -> Result<(), StoreError> {
        let first = self.first();
        // Height 0 is the genesis: whoever asks from there on asks for block 1.
        let height = height.max(Height::new(1));
        if height < first { Err(StoreError::Pruned { height, first }) } else { Ok(()) }
    }
}

/// Reads the mark.
pub(super) fn first_of(tx: &WriteTransaction) -> Result<u64, StoreError> {
    let meta = tx.open_table(META)?;
    let mark = meta.get(FIRST_KEY)?.map(|mark| array("the mark of pruning", mark.value())).transpose()?;
    Ok(mark.map_or(1, u64::from_le_bytes))
}

/// Moves the mark up to this height, unless it is there already.
pub(super) fn keep_from(tx: &WriteTransaction, height: u64) -> Result<(), StoreError> {
    if height > first_of(tx)? {
        tx.open_table(META)?.insert(FIRST_KEY, height.to_le_bytes().as_slice())?;
    }
    Ok(())
}

/// Drops the snapshots that nobody needs, and says from which one the last `history` blocks can be told, if there is one:
/// blocks below it are not needed.
///
/// Two newest stay: the blocks since the older one are there should the newer one be of no use. Of the others those stay from
/// which the last `history` blocks can be told, about that far apart.
pub(super) fn thin_out(snapshots: &mut Table<'_, u64, &[u8]>, history: u64) -> Result<Option<u64>, StoreError> {
    let mut heights = Vec::new();
    for snapshot in snapshots.iter()? {
        heights.push(snapshot?.0.value());
    }
    let mut kept: Vec<u64> = Vec::new();
    let newest = heights.last().copied().unwrap_or_default();
    for (place, height) in heights.iter().enumerate() {
        let next = heights.get(place + 1).copied().filter(|next| *next != newest);
        let is_needed = match (kept.last(), next) {
            (_, None) => true,
            // The next one tells all that is to be told.
            (None, Some(next)) => next.saturating_add(history) > newest,
            (Some(before), Some(next)) => next - before > history,
        };
        if is_needed {
            kept.push(*height);
        } else {
            snapshots.remove(height)?;
        }
    }
    Ok(kept.first().copied().filter(|first| kept.len() > 1 && first.saturating_add(history) <= newest))
}

/// Deletes some of what lies below the mark.
pub(super) fn prune(tx: &WriteTransaction) -> Result<(), StoreError> {
    let first = first_of(tx)?;
    let (mut blocks, mut outcomes) = (tx.open_table(BLOCKS)?, tx.open_table(OUTCOMES)?);
    for _ in 0..PRUNED_AT_ONCE {
        let lowest = blocks.first()?.map(|(height, _)| height.value());
        let Some(height) = lowest.filter(|height| *height < first) else { break };
        blocks.remove(height)?;
        outcomes.remove(height)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{
        Beside, LogEntry, Logged,
        tests::{NETWORK, decided, grow},
    };
    use dpgn_protocol::ids::BlockHash;
    use redb::ReadableTableMetadata;
    use std::path::Path;

    /// A store at this height, with a snapshot every ten blocks.
    fn pruned(dir: &Path, to: u64, history: Option<u64>) -> Store {
        let store = Store::open(dir, NETWORK).unwrap();
        let mut parent = BlockHash::from_bytes([0; 32]);
        for height in 1..=to {
            let next = decided(height, parent, height);
            let snapshot = height.to_le_bytes();
            let snapshot = height.is_multiple_of(10).then_some(snapshot.as_slice());
            store.commit_block(&next, Beside { snapshot, history, ..Beside::default() }).unwrap();
            parent = next.certificate.block;
        }
        store
    }

    #[test]
    fn blocks_below_the_older_snapshot_go_and_readers_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let store = pruned(dir.path(), 45, Some(0));
        assert_eq!(store.first(), Height::new(30));
        assert!(store.block(Height::new(30)).unwrap().is_some() && store.block(Height::new(46)).unwrap().is_none());
        let (height, first) = (Height::new(29), Height::new(30));
        let told = |error: StoreError| matches!(error, StoreError::Pruned { height: h, first: f } if (h, f) == (height, first));
        assert!(told(store.block(height).unwrap_err()) && told(store.outcomes(height).unwrap_err()));
        assert!(told(store.blocks_from(height, usize::MAX).unwrap_err()));
        let from_genesis = store.blocks_from(Height::new(0), usize::MAX).unwrap_err();
        assert!(matches!(from_genesis, StoreError::Pruned { .. }), "{from_genesis:?}");
        drop(store);
        let store = Store::open(dir.path(), NETWORK).unwrap();
        assert_eq!(store.first(), Height::new(30), "and after a restart");
        let kept = store.read(|tx| Ok(tx.open_table(BLOCKS)?.len()?)).unwrap();
        assert_eq!(kept, 16, "no other block is in the file");
    }

    /// What is told of the past is told from a snapshot before it: the last 100 blocks always can be, and few are kept.
    #[test]
    fn history_begins_at_a_snapshot() {
        for to in [45, 145, 250, 777, 1_000] {
            let dir = tempfile::tempdir().unwrap();
            let store = pruned(dir.path(), to, Some(100));
            let snapshots: Vec<u64> = store.snapshots().unwrap().iter().map(|(height, _)| height.get()).collect();
            let (first, newest) = (store.first().get(), to / 10 * 10);
            println!("at {to}: blocks from {first} on, snapshots {snapshots:?}");
            assert_eq!(snapshots[..2], [newest, newest - 10]);
            assert!(first == 1 || snapshots.last() == Some(&first));
            assert!(first <= newest.saturating_sub(100).max(1) && first + 220 >= newest && snapshots.len() <= 6);
        }
    }

    #[test]
    fn an_archive_keeps_all_and_prunes_by_and_by_once_it_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), NETWORK).unwrap();
        let parent = grow(&store, 300);
        assert!(store.block(Height::new(1)).unwrap().is_some());
        let blocks = || store.read(|tx| Ok(tx.open_table(BLOCKS)?.len()?)).unwrap();
        let next = decided(301, parent, 301);
        store.commit_block(&next, Beside { snapshot: Some(&[1]), history: Some(0), ..Beside::default() }).unwrap();
        assert_eq!((store.first(), blocks()), (Height::new(300), 301 - 64), "a bounded number of them at once");
        grow(&store, 306);
        assert_eq!(blocks(), 7);
    }

    #[test]
    fn a_snapshot_of_others_begins_the_chain_anew() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), NETWORK).unwrap();
        grow(&store, 5);
        let far = decided(100, BlockHash::from_bytes([3; 32]), 100);
        let without = store.commit_snapshot(&far, Beside::default(), None);
        assert!(matches!(without, Err(StoreError::NoSnapshot(_))), "{without:?}");
        let entry = LogEntry { bytes: vec![1], signed: None };
        store.append_log(Height::new(6), &[entry], &[]).unwrap();
        store.commit_snapshot(&far, Beside { snapshot: Some(&[7]), ..Beside::default() }, None).unwrap();
        assert_eq!((store.tip().unwrap().height, store.first()), (Height::new(100), Height::new(100)));
        assert_eq!(store.snapshots().unwrap(), [(Height::new(100), vec![7])], "no older one leads anywhere");
        assert_eq!(store.log(Height::new(6)).unwrap(), Logged::default());
        let late = LogEntry { bytes: vec![1], signed: None };
        let late = store.append_log(Height::new(50), &[late], &[]);
        assert!(matches!(late, Err(StoreError::LogTooLate { .. })), "nothing is signed at a height that was skipped");
        let next = decided(101, far.certificate.block, 101);
        store.commit_block(&next, Beside::default()).unwrap();
        let again = store.commit_snapshot(&far, Beside { snapshot: Some(&[7]), ..Beside::default() }, None);
        assert!(matches!(again, Err(StoreError::OutOfOrder { .. })), "{again:?}");
    }
}
