//! The disk as the runtime uses it: the store, and blobs beside it. Every call blocks.

use super::{
    error::DiskError,
    receipts,
    recipe_shelf::{RECIPE_SHELF_BYTES, RecipeShelf},
};
use crate::{
    consensus::bft::Record,
    driver::{self, Archive, Log},
    engine::{Commit, Head, JobRecord, Jump, Kept, SealRecord, TaskRecord},
    store::{
        AwardRecipe, Beside, BlobId, Blobs, LOG_ENTRY_BYTES_MAX, LogEntry, Logged, RecordChange, RecordKind, SetAside,
        Signed, Store, StoreError,
    },
    task_ref::TaskRef,
};
use dpgn_market::Ledger;
use dpgn_protocol::{
    block::{Block, Decided},
    codec,
    genesis::Genesis,
    ids::{AccountId, InputsDigest, NetworkId, ProofHash, RecipeDigest, TaskId},
    units::Height,
    wire::Wire,
};
use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

/// The store and the blobs of a node.
#[derive(Clone)]
pub(crate) struct Disk {
    pub(crate) store: Store,
    pub(crate) blobs: Blobs,
    /// Recipes of others' tasks.
    pub(crate) shelf: Arc<RecipeShelf>,
    /// The number of blocks whose history is kept; none keeps all.
    history: Option<u64>,
}

/// The state of a node when it stopped.
pub(crate) struct Restored {
    pub(crate) ledger: Ledger,
    pub(crate) head: Head,
    pub(crate) kept: Option<Arc<Kept>>,
    pub(crate) tasks: Vec<TaskRecord>,
    pub(crate) jobs: Vec<JobRecord>,
    pub(crate) seals: Vec<SealRecord>,
}

impl Disk {
    pub(crate) fn open(data_dir: &Path, network: NetworkId) -> Result<Self, DiskError> {
        let (store, blobs) = (Store::open(data_dir, network)?, Blobs::open(data_dir)?);
        let shelf = Arc::new(RecipeShelf::new(blobs.clone(), RECIPE_SHELF_BYTES));
        Ok(Self { store, blobs, shelf, history: None })
    }

    /// The same disk, with so much of it for recipes of others' tasks.
    pub(crate) fn with_recipe_bytes_max(self, bytes_max: u64) -> Self {
        Self { shelf: Arc::new(RecipeShelf::new(self.blobs.clone(), bytes_max)), ..self }
    }

    /// The same disk, which keeps the history of so many blocks from now on; none keeps all.
    pub(crate) fn with_history(self, history: Option<u64>) -> Self {
        Self { history, ..self }
    }

    /// The ledger after the last block, and the records; inputs that nobody needs are wiped.
    pub(crate) fn restore(&self, genesis: &Genesis) -> Result<Restored, DiskError> {
        let driver::Restored { ledger, head, kept } = driver::restore(genesis, self).map_err(Box::new)?;
        let tasks: Vec<TaskRecord> = self.records(RecordKind::Task, "tasks")?;
        let jobs = self.records(RecordKind::Job, "awards")?;
        let seals = self.records(RecordKind::Seal, "sealed asks")?;
        self.sweep(&tasks)?;
        Ok(Restored { ledger, head, kept, tasks, jobs, seals })
    }

    /// The records of all own tasks, however long ago they ended.
    pub(crate) fn tasks(&self) -> Result<Vec<TaskRecord>, DiskError> {
        self.records(RecordKind::Task, "tasks")
    }

    /// The record of an own task, however long ago it ended.
    pub(crate) fn task(&self, name: TaskRef) -> Result<Option<TaskRecord>, DiskError> {
        let is_named = |record: &TaskRecord| match name {
            TaskRef::Id(task) => record.task == task,
            TaskRef::Alias(alias) => record.alias == alias,
        };
        Ok(self.tasks()?.into_iter().find(is_named))
    }

    fn records<T: Wire>(&self, kind: RecordKind, what: &'static str) -> Result<Vec<T>, DiskError> {
        let decode = |(_, bytes): (Vec<u8>, Vec<u8>)| {
            T::from_bytes(&bytes).map_err(|e| DiskError::Record { what, reason: e.to_string() })
        };
        self.store.records(kind)?.into_iter().map(decode).collect()
    }

    /// Inputs are kept for own open tasks alone: those of awards are asked for again.
    fn sweep(&self, tasks: &[TaskRecord]) -> Result<(), DiskError> {
        let needed = driver::inputs_needed(tasks);
        for inputs in self.blobs.list::<InputsDigest>()? {
            if !needed.contains(&inputs) {
                self.blobs.remove(&inputs)?;
            }
        }
        for award in self.blobs.list::<TaskId>()? {
            self.blobs.remove(&award)?;
        }
        Ok(())
    }

    /// Removes proofs and recipes but these, those of own tasks (what was bought stays), and those written within the
    /// last hour, which may be on their way into a task.
    pub(crate) fn forget_but(
        &self,
        proofs: &BTreeSet<ProofHash>,
        recipes: &BTreeSet<RecipeDigest>,
    ) -> Result<(), DiskError> {
        let (mut proofs, mut recipes) = (proofs.clone(), recipes.clone());
        for record in self.records::<TaskRecord>(RecordKind::Task, "tasks")? {
            recipes.insert(record.recipe);
            proofs.extend(record.state.proof());
        }
        self.forget_others(&proofs)?;
        self.forget_others(&recipes)?;
        self.forget_others(&recipes.into_iter().map(AwardRecipe).collect())
    }

    fn forget_others<I: BlobId + Ord>(&self, needed: &BTreeSet<I>) -> Result<(), DiskError> {
        for id in self.blobs.list::<I>()?.into_iter().filter(|id| !needed.contains(id)) {
            if self.blobs.modified(&id).and_then(|at| at.elapsed().ok()).is_some_and(|age| age > FRESH) {
                self.blobs.remove(&id)?;
            }
        }
        Ok(())
    }

    pub(crate) fn put_task(&self, record: &TaskRecord) -> Result<(), DiskError> {
        Ok(self.store.change_records(&[task_change(record)?])?)
    }

    /// A block, what it did, and what it did to own tasks, in one transaction.
    pub(crate) fn commit(&self, commit: &Commit) -> Result<(), DiskError> {
        let snapshot = commit.snapshot.as_ref().map(|ledger| codec::encode(&**ledger)).transpose()?;
        let mut changes = commit.tasks.iter().map(task_change).collect::<Result<Vec<_>, _>>()?;
        changes.extend(receipts::kept_receipts(commit));
        let beside = Beside {
            outcomes: &commit.outcomes,
            handover: commit.handover.as_ref(),
            snapshot: snapshot.as_deref(),
            history: self.history,
            changes: &changes,
        };
        Ok(self.store.commit_block(&commit.decided, beside)?)
    }

    /// Writes a snapshot of others with its block, and what it says of own tasks, in one transaction.
    pub(crate) fn jump(&self, jump: &Jump) -> Result<(), DiskError> {
        let snapshot = codec::encode(&*jump.ledger)?;
        let changes = jump.tasks.iter().map(task_change).collect::<Result<Vec<_>, _>>()?;
        let handover = jump.handover.as_ref();
        let beside = Beside { handover, snapshot: Some(&snapshot), changes: &changes, ..Beside::default() };
        Ok(self.store.commit_snapshot(&jump.decided, beside, jump.believed)?)
    }

    pub(crate) fn put_job(&self, record: &JobRecord) -> Result<(), DiskError> {
        let bytes = record.to_bytes().map_err(|e| DiskError::Record { what: "awards", reason: e.to_string() })?;
        Ok(self.store.put_record(RecordKind::Job, record.award.task.as_bytes(), &bytes)?)
    }

    pub(crate) fn put_seal(&self, record: &SealRecord) -> Result<(), DiskError> {
        let bytes = record.to_bytes().map_err(|e| DiskError::Record { what: "sealed asks", reason: e.to_string() })?;
        Ok(self.store.put_record(RecordKind::Seal, record.task.as_bytes(), &bytes)?)
    }

    pub(crate) fn forget_seal(&self, task: TaskId) -> Result<(), DiskError> {
        Ok(self.store.delete_record(RecordKind::Seal, task.as_bytes())?)
    }

    /// Forgets an award; its inputs are set aside, to be wiped.
    pub(crate) fn forget_job(&self, task: TaskId) -> Result<SetAside<TaskId>, DiskError> {
        self.store.delete_record(RecordKind::Job, task.as_bytes())?;
        Ok(self.blobs.set_aside(&task)?)
    }

    /// What consensus has logged at a height.
    pub(crate) fn log(&self, height: Height) -> Result<Log, DiskError> {
        let Logged { entries, bodies } = self.store.log(height)?;
        let decode = |bytes: Vec<u8>| {
            codec::decode(&bytes, LOG_ENTRY_BYTES_MAX)
                .map_err(|e| DiskError::Record { what: "the log of consensus", reason: e.to_string() })
        };
        let records = entries.into_iter().map(decode).collect::<Result<Vec<Record>, DiskError>>()?;
        Ok(Log { records, bodies: bodies.into_iter().collect() })
    }

    /// Adds to the log of a height; own words are held against those that were said before.
    pub(crate) fn append(&self, height: Height, own: AccountId, more: &Log) -> Result<(), DiskError> {
        let entries =
            more.records.iter().map(|record| log_entry(record, own)).collect::<Result<Vec<_>, DiskError>>()?;
        let bodies: Vec<&Block> = more.bodies.values().collect();
        Ok(self.store.append_log(height, &entries, &bodies)?)
    }
}

/// A record as the store keeps it.
fn log_entry(record: &Record, own: AccountId) -> Result<LogEntry, DiskError> {
    let failed = |reason: String| DiskError::Record { what: "the log of consensus", reason };
    let word = record.word().map_err(|e| failed(e.to_string()))?.filter(|(word, _)| word.signer == own);
    let signed = word.map(|(word, body)| Signed { round: word.round, kind: word.kind, body: body.to_vec() });
    Ok(LogEntry { bytes: codec::encode(record).map_err(|e| failed(e.to_string()))?, signed })
}

fn task_change(record: &TaskRecord) -> Result<RecordChange, DiskError> {
    let value = record.to_bytes().map_err(|e| DiskError::Record { what: "tasks", reason: e.to_string() })?;
    Ok(RecordChange::Put { kind: RecordKind::Task, key: record.task.as_bytes().to_vec(), value })
}

/// The time for which even files that no task needs are kept.
const FRESH: Duration = Duration::from_secs(3_600);
/// Bytes of blocks read at once while replaying.
const REPLAY_BYTES: usize = 16 << 20;

impl Archive for Disk {
    type Error = StoreError;

    fn blocks_from(&self, height: Height) -> Result<Vec<Decided>, StoreError> {
        self.store.blocks_from(height, REPLAY_BYTES)
    }

    fn first(&self) -> Result<Height, StoreError> {
        Ok(self.store.first())
    }

    fn snapshots(&self) -> Result<Vec<(Height, Vec<u8>)>, StoreError> {
        self.store.snapshots()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::ids::proof_hash;
    use std::{
        fs::{self, File},
        io::Write as _,
        time::{Instant, SystemTime},
    };

    #[test]
    fn what_no_task_needs_goes_once_it_is_old() {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::open(dir.path(), NetworkId::from_bytes([1; 32])).unwrap();
        let put = |bytes: &[u8], age: Duration| {
            let proof = proof_hash(bytes);
            let path = disk.blobs.put(&proof, bytes).unwrap();
            File::open(path).unwrap().set_modified(SystemTime::now() - age).unwrap();
            proof
        };
        let needed = put(b"needed", 2 * FRESH);
        let old = put(b"old", 2 * FRESH);
        let fresh = put(b"fresh", FRESH / 2);
        disk.forget_but(&BTreeSet::from([needed]), &BTreeSet::new()).unwrap();
        let left: BTreeSet<ProofHash> = disk.blobs.list().unwrap();
        assert_eq!(left, BTreeSet::from([needed, fresh]));
        assert!(!left.contains(&old));
    }

    #[test]
    fn recipes_of_awards_go_with_those_of_tasks() {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::open(dir.path(), NetworkId::from_bytes([1; 32])).unwrap();
        let [needed, old] = [1, 2].map(|n| RecipeDigest::from_bytes([n; 32]));
        for recipe in [needed, old] {
            for path in [disk.blobs.put(&recipe, b"own"), disk.blobs.put(&AwardRecipe(recipe), b"another's")] {
                File::open(path.unwrap()).unwrap().set_modified(SystemTime::now() - 2 * FRESH).unwrap();
            }
        }
        disk.forget_but(&BTreeSet::new(), &BTreeSet::from([needed])).unwrap();
        let left = (disk.blobs.list::<RecipeDigest>().unwrap(), disk.blobs.list::<AwardRecipe>().unwrap());
        assert_eq!(left, (BTreeSet::from([needed]), BTreeSet::from([AwardRecipe(needed)])));
    }

    #[test]
    fn inputs_are_out_of_reach_at_once_and_wiped_at_leisure() {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::open(dir.path(), NetworkId::from_bytes([1; 32])).unwrap();
        let task = TaskId::from_bytes([3; 32]);
        let path = disk.blobs.put(&task, &vec![0x5a; 64 << 20]).unwrap();
        let begun = Instant::now();
        let aside = disk.forget_job(task).unwrap();
        let set_aside = begun.elapsed();
        assert!(!path.exists());
        let begun = Instant::now();
        aside.wipe().unwrap();
        println!("64 MiB of inputs: {set_aside:?} on the loop, {:?} off it", begun.elapsed());
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 0, "nothing is left in the directory");
        assert!(set_aside < Duration::from_millis(250), "{set_aside:?}");
    }

    /// A download whose award is forgotten while bytes of it are on their way to the disk.
    #[test]
    fn what_is_written_into_inputs_that_are_being_wiped_is_wiped_too() {
        const PIECE: [u8; 1_024] = [0x5a; 1_024];
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::open(dir.path(), NetworkId::from_bytes([1; 32])).unwrap();
        let task = TaskId::from_bytes([3; 32]);
        let part = disk.blobs.path(&task).with_extension("part");
        let mut download = File::create(&part).unwrap();
        download.lock().unwrap();
        download.write_all(&PIECE).unwrap();
        // The bytes themselves, whatever happens to the name.
        let second = dir.path().join("second");
        fs::hard_link(&part, &second).unwrap();
        let aside = disk.forget_job(task).unwrap();
        let wiping = std::thread::spawn(move || aside.wipe().unwrap());
        std::thread::sleep(Duration::from_millis(100));
        download.write_all(&PIECE).unwrap();
        drop(download);
        wiping.join().unwrap();
        let left = fs::read(second).unwrap().into_iter().filter(|byte| *byte != 0).count();
        println!("1,024 secret bytes written before the wiping begins and 1,024 while it waits: {left} left");
        assert_eq!((left, fs::read_dir(part.parent().unwrap()).unwrap().count()), (0, 0));
    }

    #[test]
    fn what_a_crash_left_set_aside_is_wiped_at_the_next_start() {
        let dir = tempfile::tempdir().unwrap();
        let network = NetworkId::from_bytes([1; 32]);
        let task = TaskId::from_bytes([3; 32]);
        let disk = Disk::open(dir.path(), network).unwrap();
        let path = disk.blobs.put(&task, b"secret").unwrap();
        drop(disk.blobs.set_aside(&task).unwrap());
        drop(disk);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        Disk::open(dir.path(), network).unwrap();
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 0);
    }
}
