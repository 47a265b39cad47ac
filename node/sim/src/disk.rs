//! A disk: what is on it survives a power cut, the rest doesn't.

use dpgn_market::Ledger;
use dpgn_node::{
    driver::{Archive, Log, inputs_needed, restore},
    engine::{Commit, Head, JobRecord, SealRecord, TaskRecord},
};
use dpgn_protocol::{
    block::Decided,
    codec,
    genesis::Genesis,
    ids::{InputsDigest, ProofHash, RecipeDigest, TaskId},
    units::Height,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
};

/// The writes that a broken disk says it has made and has not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Forgets {
    /// Nothing: the disk works.
    #[default]
    Nothing,
    /// The last blocks, and the log of consensus.
    Chain,
    /// The disk forgets the log of consensus alone.
    Log,
    /// The disk forgets records of own tasks.
    Tasks,
}

/// The disk of one node.
#[derive(Default)]
pub struct Disk {
    /// Decided blocks, by height.
    pub blocks: BTreeMap<Height, Decided>,
    snapshots: BTreeMap<Height, Vec<u8>>,
    pub(crate) log: BTreeMap<Height, Log>,
    /// The records of own tasks.
    pub tasks: BTreeMap<TaskId, TaskRecord>,
    /// The records of own awards.
    pub jobs: BTreeMap<TaskId, JobRecord>,
    /// Prices of own sealed asks.
    pub seals: BTreeMap<TaskId, SealRecord>,
    pub(crate) proofs: BTreeMap<ProofHash, Vec<u8>>,
    pub(crate) recipes: BTreeSet<RecipeDigest>,
    /// The commitments to the inputs of own tasks.
    pub inputs: BTreeSet<InputsDigest>,
    /// Awards whose inputs are here.
    pub awards: BTreeSet<TaskId>,
    /// The fault of the disk, if it is broken.
    pub forgets: Forgets,
}

/// The state of a node when it stopped.
pub(crate) struct Restored {
    pub(crate) ledger: Ledger,
    pub(crate) head: Head,
    pub(crate) tasks: Vec<TaskRecord>,
    pub(crate) jobs: Vec<JobRecord>,
    pub(crate) seals: Vec<SealRecord>,
}

impl Archive for Disk {
    type Error = Infallible;

    fn blocks_from(&self, height: Height) -> Result<Vec<Decided>, Infallible> {
        Ok(self.blocks.range(height..).take(16).map(|(_, decided)| decided.clone()).collect())
    }

    fn snapshots(&self) -> Result<Vec<(Height, Vec<u8>)>, Infallible> {
        Ok(self.snapshots.iter().rev().map(|(height, bytes)| (*height, bytes.clone())).collect())
    }
}

impl Disk {
    /// A block and all that belongs to it, in one transaction.
    pub(crate) fn commit(&mut self, commit: Commit) {
        let height = commit.decided.block.header.height;
        self.snapshots.extend(commit.snapshot.map(|ledger| (height, codec::encode(&*ledger).unwrap())));
        self.log = self.log.split_off(&height.next());
        self.blocks.insert(height, commit.decided);
        self.tasks.extend(commit.tasks.into_iter().map(|task| (task.task, task)));
    }

    /// Cuts the power: what was not durable is gone.
    pub(crate) fn power_cut(&mut self) {
        match self.forgets {
            Forgets::Nothing => {}
            Forgets::Chain => {
                let kept = self.blocks.len().saturating_sub(3) as u64;
                self.blocks.retain(|height, _| height.get() <= kept);
                self.snapshots.retain(|height, _| height.get() <= kept);
                self.log.clear();
            }
            Forgets::Log => self.log.clear(),
            Forgets::Tasks => self.tasks.clear(),
        }
    }

    /// The ledger after the last block, and the records; inputs that nobody needs are wiped.
    pub(crate) fn restore(&mut self, genesis: &Genesis) -> Restored {
        let (ledger, head) = restore(genesis, self).unwrap();
        let needed = inputs_needed(self.tasks.values());
        self.inputs.retain(|inputs| needed.contains(inputs));
        self.awards.clear();
        let (tasks, jobs) = (self.tasks.values().cloned().collect(), self.jobs.values().cloned().collect());
        let seals = self.seals.values().copied().collect();
        Restored { ledger, head, tasks, jobs, seals }
    }
}
