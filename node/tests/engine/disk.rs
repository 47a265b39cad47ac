//! A disk: what is on it survives a crash, the rest doesn't. Restores as `runtime/disk.rs` does.

use dpgn_market::{Body, Ledger};
use dpgn_node::engine::{End, Head, JobRecord, TaskRecord};
use dpgn_protocol::{
    block::{Block, Decided, Vote},
    codec,
    genesis::Genesis,
    ids::{AccountId, BlockHash, InputsDigest, ProofHash, RecipeDigest, TaskId},
    ops::SignedOp,
    units::Height,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a broken disk says it has written and has not.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Forgets {
    #[default]
    Nothing,
    /// Blocks and votes.
    Chain,
    /// Records of own tasks.
    Tasks,
}

#[derive(Default)]
pub struct Disk {
    pub blocks: BTreeMap<Height, Decided>,
    snapshots: BTreeMap<Height, Vec<u8>>,
    pub votes: BTreeMap<Height, (Vote, Block)>,
    pub tasks: BTreeMap<TaskId, TaskRecord>,
    pub jobs: BTreeMap<TaskId, JobRecord>,
    pub proofs: BTreeMap<ProofHash, Vec<u8>>,
    pub recipes: BTreeSet<RecipeDigest>,
    /// Of own tasks.
    pub inputs: BTreeSet<InputsDigest>,
    /// Of awards.
    pub awards: BTreeSet<TaskId>,
    pub forgets: Forgets,
}

/// What a node was when it stopped.
pub struct Restored {
    pub ledger: Ledger,
    pub head: Head,
    pub tasks: Vec<TaskRecord>,
    pub jobs: Vec<JobRecord>,
}

impl Disk {
    /// A block and what it did to own tasks, in one transaction.
    pub fn commit(&mut self, decided: Decided, snapshot: Option<Vec<u8>>, tasks: Vec<TaskRecord>) {
        let height = decided.block.header.height;
        self.snapshots.extend(snapshot.map(|bytes| (height, bytes)));
        self.votes = self.votes.split_off(&height.next());
        self.blocks.insert(height, decided);
        self.tasks.extend(tasks.into_iter().map(|task| (task.task, task)));
    }

    /// The power fails.
    pub fn crash(&mut self) {
        match self.forgets {
            Forgets::Nothing => {}
            Forgets::Chain => {
                let kept = self.blocks.len().saturating_sub(3) as u64;
                self.blocks.retain(|height, _| height.get() <= kept);
                self.snapshots.retain(|height, _| height.get() <= kept);
                self.votes.clear();
            }
            Forgets::Tasks => self.tasks.clear(),
        }
    }

    /// The newest snapshot, the blocks after it, and the records; inputs nobody needs are wiped.
    pub fn restore(&mut self, genesis: &Genesis) -> Restored {
        let hash = BlockHash::from_bytes([0; 32]);
        let begin = Head { height: Height::new(0), hash, time: genesis.time, certificate: None };
        let (mut ledger, mut head) = match self.snapshots.last_key_value() {
            Some((height, bytes)) => {
                let ledger: Ledger = codec::decode(bytes, usize::MAX).unwrap();
                assert_eq!(ledger.root().unwrap(), self.blocks[height].block.header.state);
                (ledger, head_of(&self.blocks[height]))
            }
            None => (Ledger::new(genesis).unwrap(), begin),
        };
        while let Some(decided) = self.blocks.get(&head.height.next()) {
            replay(&mut ledger, decided);
            head = head_of(decided);
        }
        let open = |t: &&TaskRecord| !matches!(t.end, End::Done(_) | End::Failed(_));
        let needed: BTreeSet<InputsDigest> = self.tasks.values().filter(open).map(|t| t.inputs).collect();
        self.inputs.retain(|inputs| needed.contains(inputs));
        self.awards.clear();
        let (tasks, jobs) = (self.tasks.values().cloned().collect(), self.jobs.values().cloned().collect());
        Restored { ledger, head, tasks, jobs }
    }
}

fn replay(ledger: &mut Ledger, decided: &Decided) {
    let header = &decided.block.header;
    let ops = ops_of(decided, ledger);
    let voters: Vec<AccountId> =
        decided.block.last_commit.iter().flat_map(|c| c.votes.iter().map(|vote| vote.signer)).collect();
    let body = Body { time: header.time, proposer: header.proposer, voters: &voters, ops: &ops };
    let applied = ledger.apply(body).unwrap();
    assert_eq!(applied.state_root, header.state, "a replay gives the same state");
}

/// A block's ops, signatures checked.
pub fn ops_of(decided: &Decided, ledger: &Ledger) -> Vec<SignedOp> {
    decided.block.ops.iter().map(|op| op.clone().verify(ledger.network()).unwrap()).collect()
}

fn head_of(decided: &Decided) -> Head {
    let header = &decided.block.header;
    let certificate = Some(decided.certificate.clone());
    Head { height: header.height, hash: decided.certificate.block, time: header.time, certificate }
}
