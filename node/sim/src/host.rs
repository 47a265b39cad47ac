//! A simulated host: a disk of maps, and a list of what is to be said and done, which the world takes from it.

use crate::{
    adversary::Adversary,
    disk::Disk,
    event::{BlobAsked, Errand, PeerAsked},
    lie::Lie,
    trace::Trace,
};
use dpgn_node::{
    consensus::bft::Record,
    driver::{Alarm, Host, Log},
    engine::{Accepted, Answer, BlobAnswer, DiskEffect, Kept, Notice, PeerEffect, Rejected, WorkEffect},
};
use dpgn_protocol::{
    bounded::{Bytes, List},
    council::{Said, Word},
    ids::{BlockHash, TaskId},
    limits::SYNC_BLOCKS_MAX,
    receipt::Handover,
    units::{Height, Millis, Timestamp},
    wire::{Refusal, Response},
};
use std::collections::{BTreeSet, VecDeque};

/// The power fails: the node is gone, and what is on its disk stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PowerCut;

impl std::fmt::Display for PowerCut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the power is cut")
    }
}

impl std::error::Error for PowerCut {}

/// A thing that a node has done and others notice.
pub(crate) enum Out {
    /// The node has put this block on its disk.
    Committed(Height, BlockHash),
    Say(PeerEffect),
    /// The node says this word, and its log does not hold it.
    Unlogged(Word),
    /// The node adds to the log of a height whose block is on its disk.
    LogsDecided(Height),
    SetAlarm(Height, Alarm, Millis),
    /// The node stops an alarm, or all of them.
    StopAlarm(Option<Alarm>),
    Answer(PeerAsked, Response),
    /// The node streams a blob, or refuses to.
    Stream(BlobAsked, bool),
    Work(WorkEffect),
    Reply(Errand, Result<Accepted, Rejected>),
    /// The block ends an epoch.
    HandedOver(Box<Handover>),
    Notice(Notice),
}

/// The host of one node. Its disk outlives the power, the rest does not matter.
#[derive(Default)]
pub struct SimHost {
    /// The content of the node's disk.
    pub disk: Disk,
    /// The way in which the node's owner has changed its program.
    pub adversary: Adversary,
    /// The way in which the node lies to the other members, if it coordinates and does.
    pub lie: Option<Lie>,
    pub(crate) ahead: Millis,
    pub(crate) now: Timestamp,
    /// Calls until the power fails.
    pub(crate) fuse: Option<u64>,
    pub(crate) out: VecDeque<Out>,
    pub(crate) trace: Trace,
    /// Awards of which a silent prover has what it came for.
    pub(crate) sated: BTreeSet<TaskId>,
}

/// Blocks in one answer here: few, so that catching up takes several.
const BLOCKS_MAX: usize = if SYNC_BLOCKS_MAX < 16 { SYNC_BLOCKS_MAX } else { 16 };

impl SimHost {
    /// Whether the node lies to the other members.
    pub(crate) fn is_liar(&self) -> bool {
        self.lie.is_some()
    }

    /// The word in something said that the log of its height does not hold; certificates are nobody's word.
    fn unlogged(&self, effect: &PeerEffect) -> Option<Word> {
        let PeerEffect::Say(_, said) = effect else { return None };
        let Said::Word(word) = &**said else { return None };
        let record = Record::Word(word.clone());
        let (place, _) = record.word().ok().flatten()?;
        let is_there = self.disk.log.get(&place.height).is_some_and(|log| log.records.contains(&record));
        (!is_there).then(|| word.clone())
    }

    /// Notes a call, and fails if the power does.
    fn call(&mut self, what: &dyn std::fmt::Debug) -> Result<(), PowerCut> {
        self.trace.note(self.now, what);
        match &mut self.fuse {
            Some(0) => Err(PowerCut),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Host for SimHost {
    type Error = PowerCut;
    type Peer = PeerAsked;
    type Blob = BlobAsked;
    type Owner = Errand;

    fn now(&self) -> Timestamp {
        self.now.after(self.ahead)
    }

    async fn change(&mut self, effect: DiskEffect) -> Result<(), PowerCut> {
        self.call(&effect)?;
        match effect {
            DiskEffect::Commit(commit) => {
                let (height, block) = (commit.decided.block.header.height, commit.decided.certificate.block);
                let handover = commit.handover.clone();
                self.disk.commit(*commit);
                self.out.push_back(Out::Committed(height, block));
                self.out.extend(handover.map(Box::new).map(Out::HandedOver));
            }
            DiskEffect::Jump(jump) => {
                let (height, block) = (jump.decided.block.header.height, jump.decided.certificate.block);
                self.disk.jump(*jump);
                self.out.push_back(Out::Committed(height, block));
            }
            DiskEffect::SaveTrail(handovers) => self.disk.keep_trail(handovers),
            DiskEffect::SaveTask(record) => drop(self.disk.tasks.insert(record.task, *record)),
            DiskEffect::SaveJob(record) => drop(self.disk.jobs.insert(record.award.task, *record)),
            DiskEffect::ForgetJob(task) => {
                self.disk.jobs.remove(&task);
                self.disk.awards.remove(&task);
                self.sated.remove(&task);
            }
            DiskEffect::SaveSeal(record) => drop(self.disk.seals.insert(record.task, record)),
            DiskEffect::ForgetSeal(task) => drop(self.disk.seals.remove(&task)),
            DiskEffect::ForgetInputs(inputs) => drop(self.disk.inputs.remove(&inputs)),
            // What has come within the hour stays, and no run here is that long.
            DiskEffect::Sweep { .. } => {}
        }
        Ok(())
    }

    async fn log(&mut self, height: Height) -> Result<Log, PowerCut> {
        self.call(&height)?;
        Ok(self.disk.log.get(&height).cloned().unwrap_or_default())
    }

    async fn append(&mut self, height: Height, more: Log) -> Result<(), PowerCut> {
        self.call(&more)?;
        if self.disk.blocks.last_key_value().is_some_and(|(last, _)| height <= *last) {
            // The store of a node refuses, and that ends the node.
            self.out.push_back(Out::LogsDecided(height));
        }
        let log = self.disk.log.entry(height).or_default();
        log.records.extend(more.records);
        log.bodies.extend(more.bodies);
        Ok(())
    }

    fn set_alarm(&mut self, height: Height, alarm: Alarm, after: Millis) -> Result<(), PowerCut> {
        self.call(&(height, alarm))?;
        self.out.push_back(Out::SetAlarm(height, alarm, after));
        Ok(())
    }

    fn stop_alarm(&mut self, alarm: Option<Alarm>) -> Result<(), PowerCut> {
        self.call(&alarm)?;
        self.out.push_back(Out::StopAlarm(alarm));
        Ok(())
    }

    fn say(&mut self, effect: PeerEffect) -> Result<(), PowerCut> {
        self.call(&effect)?;
        if self.lie == Some(Lie::Silent) {
            return Ok(());
        }
        self.out.extend(self.unlogged(&effect).map(Out::Unlogged));
        if self.adversary.says(&effect, &self.sated) {
            self.out.push_back(Out::Say(effect));
        }
        Ok(())
    }

    fn answer(&mut self, to: PeerAsked, answer: Answer) -> Result<(), PowerCut> {
        self.call(&answer)?;
        let response = match answer {
            Answer::Response(response) => response,
            Answer::Snapshot(kept) => kept.head(),
            Answer::Handovers(above) => Response::Handovers(List::new(self.disk.handovers_above(above)).unwrap()),
            Answer::Chunk { among, manifest, index } => Kept::chunk(&among, manifest, index),
            Answer::Blocks(from) if from < self.disk.first => Response::Pruned { first: self.disk.first },
            Answer::Blocks(from) => {
                let blocks = self.disk.blocks.range(from..).take(BLOCKS_MAX).map(|(_, block)| block.clone());
                Response::Blocks(List::new(blocks.collect()).unwrap())
            }
            Answer::Proof(proof) => {
                let bytes = self.disk.proofs.get(&proof).filter(|_| self.adversary.gives_proofs()).cloned();
                bytes.map_or(Response::Refused(Refusal::NotFound), |b| Response::Proof(Bytes::new(b).unwrap()))
            }
        };
        self.out.push_back(Out::Answer(to, response));
        Ok(())
    }

    fn stream(&mut self, to: BlobAsked, answer: BlobAnswer) -> Result<(), PowerCut> {
        self.call(&answer)?;
        let is_there = match answer {
            BlobAnswer::Recipe(recipe) => self.disk.recipes.contains(&recipe),
            BlobAnswer::Inputs(inputs) => self.disk.inputs.contains(&inputs),
            BlobAnswer::Refuse(_) => false,
        };
        self.out.push_back(Out::Stream(to, is_there));
        Ok(())
    }

    fn work(&mut self, effect: WorkEffect) -> Result<(), PowerCut> {
        self.call(&effect)?;
        self.out.push_back(Out::Work(effect));
        Ok(())
    }

    fn reply(&mut self, to: Errand, result: Result<Accepted, Rejected>) -> Result<(), PowerCut> {
        self.call(&result)?;
        self.out.push_back(Out::Reply(to, result));
        Ok(())
    }

    fn notify(&mut self, notice: Notice) -> Result<(), PowerCut> {
        self.call(&notice)?;
        self.out.push_back(Out::Notice(notice));
        Ok(())
    }
}
