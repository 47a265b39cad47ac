//! The disk as the runtime uses it: the store, and blobs beside it. Every call blocks.

use crate::{
    engine::{self, End, Head, JobRecord, TaskRecord},
    store::{BlobError, BlobId, Blobs, RecordChange, RecordKind, Store, StoreError},
};
use dpgn_market::Ledger;
use dpgn_protocol::{
    block::{Block, Decided, Vote},
    bounded::List,
    codec,
    genesis::Genesis,
    ids::{BlockHash, InputsDigest, NetworkId, OpId, ProofHash, RecipeDigest, TaskId},
    merkle,
    receipt::Receipt,
    units::Height,
    wire::Wire,
};
use std::{collections::BTreeSet, path::Path, time::Duration};

/// Why what is on disk is of no use.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A record that this version did not write.
    #[error("a record of the {what} is damaged: {reason}")]
    Record {
        /// Which kind.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The blocks on disk do not lead to a ledger.
    #[error("block {height} on disk cannot be replayed: {reason}")]
    Replay {
        /// Which.
        height: Height,
        /// What is wrong with it.
        reason: String,
    },
    /// The genesis is no start of a ledger.
    #[error("the genesis: {0}")]
    Genesis(String),
}

/// The store and the blobs of a node.
#[derive(Clone)]
pub(crate) struct Disk {
    pub(crate) store: Store,
    pub(crate) blobs: Blobs,
}

/// What a node was when it stopped.
pub(crate) struct Restored {
    pub(crate) ledger: Ledger,
    pub(crate) head: Head,
    pub(crate) tasks: Vec<TaskRecord>,
    pub(crate) jobs: Vec<JobRecord>,
}

impl Disk {
    pub(crate) fn open(data_dir: &Path, network: NetworkId) -> Result<Self, DiskError> {
        Ok(Self { store: Store::open(data_dir, network)?, blobs: Blobs::open(data_dir)? })
    }

    /// The newest snapshot that holds, the blocks after it, and the records; inputs nobody needs are wiped.
    pub(crate) fn restore(&self, genesis: &Genesis) -> Result<Restored, DiskError> {
        let network = genesis.network().map_err(|e| DiskError::Genesis(e.to_string()))?;
        let (mut ledger, mut head) = self.start_below(genesis, Height::new(u64::MAX))?;
        loop {
            let blocks = self.store.blocks_from(head.height.next(), REPLAY_BYTES)?;
            if blocks.is_empty() {
                break;
            }
            for decided in blocks {
                replay(&mut ledger, &mut head, network, &decided)?;
            }
        }
        let tasks: Vec<TaskRecord> = self.records(RecordKind::Task, "tasks")?;
        let jobs = self.records(RecordKind::Job, "awards")?;
        self.sweep(&tasks)?;
        Ok(Restored { ledger, head, tasks, jobs })
    }

    /// The newest snapshot below this height, or the genesis.
    fn start_below(&self, genesis: &Genesis, below: Height) -> Result<(Ledger, Head), DiskError> {
        for (height, bytes) in self.store.snapshots()? {
            if height >= below {
                continue;
            }
            let Some(decided) = self.store.block(height)? else { continue };
            match codec::decode::<Ledger>(&bytes, usize::MAX) {
                Ok(ledger) if ledger.root().ok() == Some(decided.block.header.state) => {
                    return Ok((ledger, head_of(&decided)?));
                }
                Ok(_) => tracing::warn!(%height, "a snapshot is not the state its block names; an older one is tried"),
                Err(error) => tracing::warn!(%height, %error, "a snapshot is damaged; an older one is tried"),
            }
        }
        let ledger = Ledger::new(genesis).map_err(|e| DiskError::Genesis(e.to_string()))?;
        let hash = BlockHash::from_bytes([0; 32]);
        let head = Head { height: Height::new(0), hash, time: genesis.time, certificate: None };
        Ok((ledger, head))
    }

    fn records<T: Wire>(&self, kind: RecordKind, what: &'static str) -> Result<Vec<T>, DiskError> {
        let decode = |(_, bytes): (Vec<u8>, Vec<u8>)| {
            T::from_bytes(&bytes).map_err(|e| DiskError::Record { what, reason: e.to_string() })
        };
        self.store.records(kind)?.into_iter().map(decode).collect()
    }

    /// Inputs are kept for own open tasks alone: those of awards are asked for again.
    fn sweep(&self, tasks: &[TaskRecord]) -> Result<(), DiskError> {
        let open = |t: &&TaskRecord| !matches!(t.end, End::Done(_) | End::Failed(_));
        let needed: BTreeSet<InputsDigest> = tasks.iter().filter(open).map(|t| t.inputs).collect();
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

    /// Removes proofs and recipes but these. What came within the hour may be on its way into a task.
    pub(crate) fn forget_but(
        &self,
        proofs: &BTreeSet<ProofHash>,
        recipes: &BTreeSet<RecipeDigest>,
    ) -> Result<(), DiskError> {
        self.forget_others(proofs)?;
        self.forget_others(recipes)
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

    /// A block, and what it did to own tasks, in one transaction.
    pub(crate) fn commit(
        &self,
        decided: &Decided,
        snapshot: Option<&[u8]>,
        tasks: &[TaskRecord],
    ) -> Result<(), DiskError> {
        let changes = tasks.iter().map(task_change).collect::<Result<Vec<_>, _>>()?;
        Ok(self.store.commit_block(decided, snapshot, &changes)?)
    }

    pub(crate) fn put_job(&self, record: &JobRecord) -> Result<(), DiskError> {
        let bytes = record.to_bytes().map_err(|e| DiskError::Record { what: "awards", reason: e.to_string() })?;
        Ok(self.store.put_record(RecordKind::Job, record.task.as_bytes(), &bytes)?)
    }

    pub(crate) fn forget_job(&self, task: TaskId) -> Result<(), DiskError> {
        self.store.delete_record(RecordKind::Job, task.as_bytes())?;
        Ok(self.blobs.remove(&task)?)
    }

    pub(crate) fn record_vote(&self, vote: Vote, block: &Block) -> Result<(), DiskError> {
        Ok(self.store.record_vote(vote, block)?)
    }
}

fn task_change(record: &TaskRecord) -> Result<RecordChange, DiskError> {
    let value = record.to_bytes().map_err(|e| DiskError::Record { what: "tasks", reason: e.to_string() })?;
    Ok(RecordChange::Put { kind: RecordKind::Task, key: record.task.as_bytes().to_vec(), value })
}

/// How long what no task needs is kept all the same.
const FRESH: Duration = Duration::from_secs(3_600);
/// Bytes of blocks read at once while replaying.
const REPLAY_BYTES: usize = 16 << 20;

fn replay(ledger: &mut Ledger, head: &mut Head, network: NetworkId, decided: &Decided) -> Result<(), DiskError> {
    let height = decided.block.header.height;
    let failed = |reason: String| DiskError::Replay { height, reason };
    let ops = super::ingress::verify_ops(decided, network).map_err(|e| failed(e.to_string()))?;
    engine::apply(ledger, decided, &ops).map_err(|e| failed(e.to_string()))?;
    *head = head_of(decided)?;
    Ok(())
}

fn head_of(decided: &Decided) -> Result<Head, DiskError> {
    let header = &decided.block.header;
    let hash = decided.certificate.block;
    Ok(Head { height: header.height, hash, time: header.time, certificate: Some(decided.certificate.clone()) })
}

impl Disk {
    /// The receipt of an op in a block.
    pub(crate) fn receipt(&self, genesis: &Genesis, height: Height, op: OpId) -> Result<Receipt, DiskError> {
        let failed = |reason: &str| DiskError::Replay { height, reason: reason.to_owned() };
        // Outcomes are not stored: they follow from replaying.
        let decided = self.store.block(height)?.ok_or_else(|| failed("it is not on disk"))?;
        let network = genesis.network().map_err(|e| DiskError::Genesis(e.to_string()))?;
        let (mut ledger, mut head) = self.start_below(genesis, height)?;
        while head.height.next() < height {
            let next = self.store.block(head.height.next())?.ok_or_else(|| failed("one below is not on disk"))?;
            replay(&mut ledger, &mut head, network, &next)?;
        }
        let ops = super::ingress::verify_ops(&decided, network).map_err(|e| failed(&e.to_string()))?;
        let applied = engine::apply(&mut ledger, &decided, &ops).map_err(|e| failed(&e.to_string()))?;
        let index = ops.iter().position(|o| o.id() == op).ok_or_else(|| failed("the op is not in it"))?;
        let path = merkle::path(&applied.leaves, index).ok_or_else(|| failed("the op is not in it"))?;
        let outcome = applied.outcomes.into_iter().nth(index).ok_or_else(|| failed("the op has no outcome"))?;
        let Some(op) = ops.get(index) else { return Err(failed("the op is not in it")) };
        Ok(Receipt {
            op: op.to_raw(),
            outcome,
            path,
            header: decided.block.header,
            certificate: decided.certificate,
            // The committee is the genesis' own until elections are there.
            history: List::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::ids::proof_hash;
    use std::{fs::File, time::SystemTime};

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
}
