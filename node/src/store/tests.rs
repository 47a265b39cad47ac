//! The store's promises, one by one: order, equivocation, damage, a full disk.

use super::*;
use dpgn_protocol::{
    block::{Block, Certificate, Decided, Header},
    bounded::{Bytes, List},
    council::WordKind,
    ids::{
        AccountId, BlockHash, BodyHash, CertificateHash, CommitteeHash, InputsDigest, OpsRoot, ProofHash, StateRoot,
        proof_hash,
    },
    ops::RawOp,
    sign::{Signature, Unverified},
    units::{Epoch, Height, Timestamp},
};
use redb::{StorageBackend, backends::InMemoryBackend};
use std::sync::atomic::{AtomicI64, Ordering};

pub(super) const NETWORK: NetworkId = NetworkId::from_bytes([7; 32]);

fn block(height: u64, parent: BlockHash, salt: u64) -> Block {
    let op = Unverified {
        signer: AccountId::from_bytes([1; 32]),
        body: Bytes::new(salt.to_le_bytes().to_vec()).unwrap(),
        signature: Signature::from_bytes(&[0; 64]),
    };
    Block {
        header: Header {
            network: NETWORK,
            height: Height::new(height),
            parent,
            time: Timestamp::new(height),
            epoch: Epoch::new(0),
            proposer: AccountId::from_bytes([1; 32]),
            last_commit: CertificateHash::from_bytes([0; 32]),
            body: BodyHash::from_bytes([0; 32]),
            ops: OpsRoot::from_bytes([0; 32]),
            state: StateRoot::from_bytes([salt as u8; 32]),
            next_committee: CommitteeHash::from_bytes([0; 32]),
        },
        last_commit: None,
        ops: List::new(vec![RawOp { op, endorsement: None }]).unwrap(),
    }
}

pub(super) fn decided(height: u64, parent: BlockHash, salt: u64) -> Decided {
    let block = block(height, parent, salt);
    let hash = block.header.hash().unwrap();
    let certificate = Certificate { height: Height::new(height), round: 0, block: hash, votes: List::default() };
    Decided { block, certificate }
}

/// Commits blocks up to this height, with a snapshot each.
pub(super) fn grow(store: &Store, to: u64) -> BlockHash {
    let tip = store.tip().unwrap();
    let mut parent = tip.hash;
    for height in tip.height.get() + 1..=to {
        let next = decided(height, parent, height);
        store.commit_block(&next, Beside { snapshot: Some(&height.to_le_bytes()), ..Beside::default() }).unwrap();
        parent = next.certificate.block;
    }
    parent
}

#[test]
fn what_was_committed_is_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let put = RecordChange::Put { kind: RecordKind::Task, key: vec![1], value: vec![2; 10] };
    let first = decided(1, BlockHash::from_bytes([0; 32]), 9);
    {
        let store = Store::open(dir.path(), NETWORK).unwrap();
        store.commit_block(&first, Beside { changes: std::slice::from_ref(&put), ..Beside::default() }).unwrap();
        grow(&store, 5);
    }
    let store = Store::open(dir.path(), NETWORK).unwrap();
    assert_eq!(store.tip().unwrap().height, Height::new(5));
    assert_eq!(store.block(Height::new(1)).unwrap(), Some(first.clone()));
    assert_eq!(store.block(Height::new(6)).unwrap(), None);
    assert_eq!(store.records(RecordKind::Task).unwrap(), [(vec![1], vec![2; 10])]);
    assert_eq!(store.records(RecordKind::Job).unwrap(), []);
    let heights: Vec<_> = store.snapshots().unwrap().into_iter().map(|(h, _)| h.get()).collect();
    assert_eq!(heights, [5, 4], "the last two snapshots are kept, the latest first");
}

#[test]
fn blocks_are_a_chain_without_gaps() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NETWORK).unwrap();
    let tip = grow(&store, 2);
    let again = store.commit_block(&decided(2, tip, 2), Beside::default());
    assert!(matches!(again, Err(StoreError::OutOfOrder { .. })), "{again:?}");
    let gap = store.commit_block(&decided(4, tip, 4), Beside::default());
    assert!(matches!(gap, Err(StoreError::OutOfOrder { .. })), "{gap:?}");
    let fork = store.commit_block(&decided(3, BlockHash::from_bytes([1; 32]), 3), Beside::default());
    assert!(matches!(fork, Err(StoreError::OtherParent { .. })), "{fork:?}");
    let mut other = decided(3, tip, 3);
    other.certificate.block = tip;
    assert!(matches!(store.commit_block(&other, Beside::default()), Err(StoreError::OtherCertificate(_))));
    assert_eq!(store.tip().unwrap().height, Height::new(2));
}

#[test]
fn a_refused_record_takes_its_block_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NETWORK).unwrap();
    let large = RecordChange::Put { kind: RecordKind::Job, key: vec![0; KEY_BYTES_MAX + 1], value: vec![] };
    let refused = store.commit_block(
        &decided(1, BlockHash::from_bytes([0; 32]), 1),
        Beside { changes: &[large], ..Beside::default() },
    );
    assert!(matches!(refused, Err(StoreError::RecordTooLarge { .. })));
    assert_eq!(store.tip().unwrap().height, Height::new(0));
}

#[test]
fn records_are_kept_by_kind_and_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NETWORK).unwrap();
    store.put_record(RecordKind::Task, &[1, 2], b"task").unwrap();
    store.put_record(RecordKind::Job, &[1, 2], b"job").unwrap();
    store.put_record(RecordKind::Job, &[0xff; KEY_BYTES_MAX], b"last").unwrap();
    store.put_record(RecordKind::Job, &[1, 2], b"job again").unwrap();
    assert_eq!(store.records(RecordKind::Task).unwrap(), [(vec![1, 2], b"task".to_vec())]);
    assert_eq!(store.records(RecordKind::Job).unwrap().len(), 2);
    store.delete_record(RecordKind::Job, &[1, 2]).unwrap();
    store.delete_record(RecordKind::Job, &[1, 2]).unwrap();
    assert_eq!(store.records(RecordKind::Job).unwrap(), [(vec![0xff; KEY_BYTES_MAX], b"last".to_vec())]);
}

#[test]
fn as_many_blocks_as_fit() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NETWORK).unwrap();
    grow(&store, 70);
    let all = store.blocks_from(Height::new(3), usize::MAX).unwrap();
    assert_eq!(all.len(), dpgn_protocol::limits::SYNC_BLOCKS_MAX);
    assert_eq!(all[0].block.header.height, Height::new(3));
    let one = dpgn_protocol::codec::encode(&all[0]).unwrap().len();
    assert_eq!(store.blocks_from(Height::new(3), 3 * one - 1).unwrap().len(), 2);
    assert!(store.blocks_from(Height::new(71), usize::MAX).unwrap().is_empty());
}

/// An entry of the log that holds an own precommit for a block.
fn precommit(round: u32, body: &Block) -> LogEntry {
    let body = body.header.hash().unwrap().as_bytes().to_vec();
    LogEntry { bytes: vec![round as u8; 10], signed: Some(Signed { round, kind: WordKind::Precommit, body }) }
}

#[test]
fn nobody_signs_twice() {
    let dir = tempfile::tempdir().unwrap();
    let parent = grow(&Store::open(dir.path(), NETWORK).unwrap(), 1);
    let (a, b) = (block(2, parent, 1), block(2, parent, 2));
    let height = Height::new(2);
    Store::open(dir.path(), NETWORK).unwrap().append_log(height, &[precommit(0, &a)], &[&a]).unwrap();

    let store = Store::open(dir.path(), NETWORK).unwrap();
    let logged = Logged { entries: vec![vec![0; 10]], bodies: vec![(a.header.hash().unwrap(), a.clone())] };
    assert_eq!(store.log(height).unwrap(), logged, "a crash forgets no word");
    let refused = store.append_log(height, &[precommit(1, &b), precommit(0, &b)], &[&b]);
    assert!(matches!(refused, Err(StoreError::SecondWord { round: 0, .. })), "{refused:?}");
    assert_eq!(store.log(height).unwrap(), logged, "all of it is refused");
    store.append_log(height, &[precommit(0, &a), precommit(1, &b)], &[]).unwrap();
    assert_eq!(store.log(height).unwrap().entries, [vec![0; 10], vec![0; 10], vec![1; 10]], "entries keep their order");
    grow(&store, 2);
    let late = store.append_log(height, &[precommit(2, &a)], &[]);
    assert!(matches!(late, Err(StoreError::LogTooLate { .. })), "{late:?}");
    assert_eq!(store.log(height).unwrap(), Logged::default(), "the log of a decided height is gone");
    let large = LogEntry { bytes: vec![0; LOG_ENTRY_BYTES_MAX + 1], signed: None };
    let refused = store.append_log(Height::new(3), &[large], &[]);
    assert!(matches!(refused, Err(StoreError::LogEntryTooLarge { .. })), "{refused:?}");
}

#[test]
fn one_process_one_network() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NETWORK).unwrap();
    let locked = Store::open(dir.path(), NETWORK).map(|_| ()).unwrap_err();
    assert!(matches!(locked, StoreError::Locked { .. }), "{locked}");
    assert!(locked.to_string().contains(&dir.path().display().to_string()), "{locked}");
    drop(store);
    let other = Store::open(dir.path(), NetworkId::from_bytes([8; 32])).map(|_| ()).unwrap_err();
    assert!(matches!(other, StoreError::OtherNetwork { .. }), "{other}");
    Store::open(dir.path(), NETWORK).unwrap();
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, b"in the way").unwrap();
    let refused = Store::open(&file.join("data"), NETWORK).map(|_| ()).unwrap_err();
    assert!(matches!(refused, StoreError::Unusable { .. }), "{refused}");
    assert!(matches!(Blobs::open(&file), Err(BlobError::Io { .. })));
    fs::create_dir(dir.path().join(FILE)).unwrap();
    assert!(matches!(Store::open(dir.path(), NETWORK), Err(StoreError::Unusable { .. })));
}

/// Flips, cuts and overwrites: the store opens with everything in it, or says that it is damaged.
#[test]
fn a_damaged_file_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let tip = grow(&Store::open(dir.path(), NETWORK).unwrap(), 20);
    let path = dir.path().join(FILE);
    let good = fs::read(&path).unwrap();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let mut refused = 0;
    let outcomes: Vec<_> = (0..150)
        .map(|case| {
            let mut bytes = good.clone();
            match case % 3 {
                0 => bytes.truncate(random(good.len())),
                1 => (0..=random(4)).for_each(|_| bytes[random(good.len())] ^= 1 << random(8)),
                _ => {
                    let at = random(good.len() - 4_096);
                    bytes[at..at + 4_096].fill_with(|| random(256) as u8);
                }
            }
            fs::write(&path, &bytes).unwrap();
            let read = Store::open(dir.path(), NETWORK).and_then(|store| {
                let blocks = store.blocks_from(Height::new(1), usize::MAX)?;
                Ok((store.tip()?, blocks.len(), store.snapshots()?.len()))
            });
            (case, read)
        })
        .collect();
    for (case, outcome) in outcomes {
        match outcome {
            Ok((Tip { height, hash }, blocks, snapshots)) => {
                // An empty file is a new store; else a bit that nothing depends on was hit.
                let whole = (height.get(), hash, blocks, snapshots) == (20, tip, 20, 2);
                assert!(whole || height.get() < 20, "case {case}: {height} {blocks} {snapshots}");
            }
            Err(StoreError::Corrupt(_) | StoreError::Database(_) | StoreError::Io(_) | StoreError::Unusable { .. }) => {
                refused += 1;
            }
            Err(other) => panic!("case {case}: {other}"),
        }
    }
    assert!(refused > 50, "{refused} of 150 damaged files were refused");
}

/// A disk with room for so many bytes more.
#[derive(Debug)]
struct SmallDisk {
    disk: InMemoryBackend,
    room: Arc<AtomicI64>,
}

impl StorageBackend for SmallDisk {
    fn len(&self) -> Result<u64, io::Error> {
        self.disk.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        self.disk.read(offset, out)
    }

    fn set_len(&self, len: u64) -> Result<(), io::Error> {
        self.disk.set_len(len)
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        self.disk.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        if self.room.fetch_sub(data.len() as i64, Ordering::Relaxed) < data.len() as i64 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.disk.write(offset, data)
    }
}

#[test]
fn a_full_disk_is_an_error() {
    let room = Arc::new(AtomicI64::new(i64::MAX / 2));
    let disk = SmallDisk { disk: InMemoryBackend::new(), room: room.clone() };
    let database = Database::builder().create_with_backend(disk).unwrap();
    let store = Store::over(database, Path::new("memory"), NETWORK).unwrap();
    let tip = grow(&store, 10);
    room.store(10_000, Ordering::Relaxed);
    let full = store.commit_block(&decided(11, tip, 11), Beside { snapshot: Some(&[0; 100_000]), ..Beside::default() });
    assert!(matches!(full, Err(StoreError::Io(_))), "{full:?}");
    assert!(
        store.commit_block(&decided(11, tip, 11), Beside::default()).is_err(),
        "nothing is written until it is opened anew"
    );
}

#[test]
fn blobs_are_whole_bounded_and_private() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(dir.path()).unwrap();
    let bytes = b"a proof".to_vec();
    let id = proof_hash(&bytes);
    assert!(blobs.read(&id).unwrap().is_none());
    let path = blobs.put(&id, &bytes).unwrap();
    assert_eq!(path, blobs.path(&id));
    assert_eq!(blobs.read(&id).unwrap().unwrap().as_slice(), bytes);
    assert_eq!(blobs.list::<ProofHash>().unwrap(), [id].into());
    assert!(matches!(blobs.put(&id, b"another proof"), Err(BlobError::Damaged { .. })));
    fs::write(&path, b"damaged").unwrap();
    assert!(matches!(blobs.read(&id), Err(BlobError::Damaged { .. })));
    fs::File::create(&path).unwrap().set_len(ProofHash::BYTES_MAX + 1).unwrap();
    assert!(matches!(blobs.read(&id), Err(BlobError::TooLarge { .. })));

    let inputs = InputsDigest::from_bytes([5; 32]);
    let path = blobs.put(&inputs, b"salt and inputs").unwrap();
    let mode = |path: &Path| std::os::unix::fs::MetadataExt::mode(&fs::metadata(path).unwrap()) & 0o777;
    assert_eq!((mode(&path), mode(&dir.path().join("secrets"))), (0o600, 0o700));
    blobs.remove(&inputs).unwrap();
    blobs.remove(&inputs).unwrap();
    assert!(!blobs.contains(&inputs));

    // What the network had fetched of it before it broke off is a witness too.
    let part = path.with_extension("part");
    fs::write(&part, b"salt and").unwrap();
    assert_eq!(blobs.list::<InputsDigest>().unwrap(), [inputs].into());
    blobs.remove(&inputs).unwrap();
    assert!(!part.exists());

    let torn = dir.path().join(ProofHash::DIR).join(format!("{}torn", ".tmp-"));
    fs::write(&torn, b"half").unwrap();
    Blobs::open(dir.path()).unwrap();
    assert!(!torn.exists(), "what a crash left is swept");
}

#[test]
fn another_layout_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NETWORK).unwrap();
    let newer = (SCHEMA + 1).to_le_bytes();
    store
        .write(|tx| {
            tx.open_table(tables::META)?.insert(tables::SCHEMA_KEY, newer.as_slice())?;
            Ok(())
        })
        .unwrap();
    drop(store);
    let refused = Store::open(dir.path(), NETWORK).map(|_| ()).unwrap_err();
    assert!(matches!(refused, StoreError::OtherSchema { got, .. } if got == SCHEMA + 1), "{refused}");
}
