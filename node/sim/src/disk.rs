//! A disk: what is on it survives a power cut, the rest doesn't.

use dpgn_market::Ledger;
use dpgn_node::{
    driver::{self, Archive, Log, inputs_needed, restore},
    engine::{Commit, Head, JobRecord, Jump, Kept, SealRecord, TaskRecord},
};
use dpgn_protocol::{
    block::Decided,
    codec,
    genesis::Genesis,
    ids::{InputsDigest, ProofHash, RecipeDigest, TaskId},
    receipt::Handover,
    units::Height,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    sync::Arc,
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
    /// The lowest height whose block is kept; 0 if none was pruned.
    pub first: Height,
    /// Whether all blocks are kept.
    pub archive: bool,
    /// The number of snapshots that were taken from others in place of blocks.
    pub jumps: usize,
    snapshots: BTreeMap<Height, Vec<u8>>,
    handovers: BTreeMap<Height, Handover>,
    /// Handovers of a trail to a snapshot that is not taken yet.
    trail: BTreeMap<Height, Handover>,
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
    pub(crate) kept: Option<Arc<Kept>>,
    pub(crate) tasks: Vec<TaskRecord>,
    pub(crate) jobs: Vec<JobRecord>,
    pub(crate) seals: Vec<SealRecord>,
}

impl Archive for Disk {
    type Error = Infallible;

    fn blocks_from(&self, height: Height) -> Result<Vec<Decided>, Infallible> {
        Ok(self.blocks.range(height..).take(16).map(|(_, decided)| decided.clone()).collect())
    }

    fn first(&self) -> Result<Height, Infallible> {
        Ok(self.first)
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
        self.keep_handovers(commit.handover);
        self.log = self.log.split_off(&height.next());
        self.blocks.insert(height, commit.decided);
        self.tasks.extend(commit.tasks.into_iter().map(|task| (task.task, task)));
        while self.snapshots.len() > 2 {
            self.snapshots.pop_first();
        }
        if let (false, 2, Some((oldest, _))) = (self.archive, self.snapshots.len(), self.snapshots.first_key_value()) {
            self.first = *oldest;
            self.blocks = self.blocks.split_off(oldest);
        }
    }

    /// A snapshot of others with its block, in one transaction.
    pub(crate) fn jump(&mut self, jump: Jump) {
        let height = jump.decided.block.header.height;
        self.snapshots = BTreeMap::from([(height, codec::encode(&*jump.ledger).unwrap())]);
        self.log = self.log.split_off(&height.next());
        let above = self.blocks.last_key_value().map_or(Height::new(1), |(tip, _)| tip.next());
        let trail = std::mem::take(&mut self.trail);
        self.keep_handovers(trail.into_iter().filter(|(at, _)| (above..height).contains(at)).map(|(_, one)| one));
        self.keep_handovers(jump.handover);
        self.blocks = BTreeMap::from([(height, jump.decided)]);
        self.first = height;
        self.jumps += 1;
        self.tasks.extend(jump.tasks.into_iter().map(|task| (task.task, task)));
    }

    /// Handovers that lead towards a snapshot.
    pub(crate) fn keep_trail(&mut self, handovers: Vec<Handover>) {
        self.trail.extend(handovers.into_iter().map(|handover| (handover.header.height, handover)));
    }

    fn keep_handovers(&mut self, handovers: impl IntoIterator<Item = Handover>) {
        self.handovers.extend(handovers.into_iter().map(|handover| (handover.header.height, handover)));
    }

    /// Handovers above a height: few, so that following them takes several answers.
    pub(crate) fn handovers_above(&self, height: Height) -> Vec<Handover> {
        self.handovers.range(height.next()..).take(2).map(|(_, handover)| handover.clone()).collect()
    }

    /// Cuts the power: what was not durable is gone.
    pub(crate) fn power_cut(&mut self) {
        match self.forgets {
            Forgets::Nothing => {}
            Forgets::Chain => {
                let last = self.blocks.last_key_value().map_or(0, |(last, _)| last.get());
                let kept = last.saturating_sub(3);
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
        let driver::Restored { ledger, head, kept } = restore(genesis, self).unwrap();
        self.trail.clear();
        let needed = inputs_needed(self.tasks.values());
        self.inputs.retain(|inputs| needed.contains(inputs));
        self.awards.clear();
        let (tasks, jobs) = (self.tasks.values().cloned().collect(), self.jobs.values().cloned().collect());
        let seals = self.seals.values().copied().collect();
        Restored { ledger, head, kept, tasks, jobs, seals }
    }
}
