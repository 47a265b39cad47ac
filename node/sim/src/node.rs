//! A node: what it is, its host, and, while it has power, its driver.

use crate::{
    disk::Restored,
    event::{BlobAsked, PeerAsked, Stimulus, Told},
    host::{PowerCut, SimHost},
};
use dpgn_node::{
    consensus::Consensus,
    driver::{Alarm, DriveError, Driver},
    engine::{Engine, Selling, Snapshots, Start},
};
use dpgn_protocol::{
    genesis::Genesis,
    ids::TaskId,
    ops::Ask,
    sign::Keypair,
    units::{Credits, Timestamp},
};
use futures::FutureExt;
use std::collections::BTreeMap;

/// Blocks between two snapshots in a world, unless it is said otherwise: few, since its chains are short.
const EVERY: u64 = 64;

/// The machine of a node: what its workers can do.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    /// Proofs made at once, as the node believes; more wait in a queue.
    pub workers: usize,
    /// Workers that are not there, since the owner's own work takes them.
    pub busy_workers: usize,
    /// The shortest and the longest time that a proof takes, ms.
    pub prove_ms: (u64, u64),
    /// The shortest and the longest time that a circuit takes to build, ms.
    pub build_ms: (u64, u64),
}

impl Default for Machine {
    fn default() -> Self {
        Self { workers: 64, busy_workers: 0, prove_ms: (300, 5_000), build_ms: (50, 800) }
    }
}

/// One node of a world.
pub struct Node {
    /// The key of the node.
    pub keys: Keypair,
    /// The ask it keeps standing, if it is a prover.
    pub sells: Option<Ask>,
    /// Whether it pools, proposes and judges.
    pub coordinates: bool,
    /// Blocks between two snapshots.
    pub snapshot_every: u64,
    /// The machine that the node runs on.
    pub machine: Machine,
    /// The disk of the node, and the rest of its host.
    pub host: SimHost,
    /// The bond that the owner wants; absent if it never cared.
    pub(crate) bond: Option<Credits>,
    pub(crate) life: u64,
    /// The machine is suspended until then, ms.
    pub(crate) asleep_until: u64,
    pub(crate) driver: Option<Driver<SimHost>>,
    /// The proofs under way: which run of which award.
    pub(crate) proving: BTreeMap<TaskId, u64>,
    /// The time at which each of its workers is free again, ms.
    pub(crate) workers: Vec<u64>,
    /// The alarms of consensus that run, and when each was set.
    pub(crate) alarms: BTreeMap<Alarm, u64>,
}

impl Node {
    pub(crate) fn new(keys: Keypair) -> Self {
        Self {
            keys,
            sells: None,
            coordinates: false,
            snapshot_every: EVERY,
            machine: Machine::default(),
            host: SimHost::default(),
            bond: None,
            life: 0,
            asleep_until: 0,
            driver: None,
            proving: BTreeMap::new(),
            workers: Vec::new(),
            alarms: BTreeMap::new(),
        }
    }

    /// The engine, while the node has power.
    pub fn engine(&self) -> Option<&Engine> {
        self.driver.as_ref().map(Driver::engine)
    }

    /// Begins a life with what is on disk.
    pub(crate) fn boot(&mut self, genesis: &Genesis) {
        let Restored { ledger, head, kept, tasks, jobs, seals } = self.host.disk.restore(genesis);
        let network = ledger.network();
        let (keys, sells, coordinates) = (self.keys.clone(), self.sells.clone(), self.coordinates);
        let workers = u16::try_from(self.machine.workers).unwrap_or(u16::MAX);
        let sells = sells.map(|terms| Selling::all(terms, workers));
        let (every, takes) = (self.snapshot_every, !self.host.disk.archive);
        let snapshots = Snapshots { every, takes, kept, ..Snapshots::default() };
        let engine = Engine::new(Start { keys, ledger, head, tasks, jobs, seals, sells, coordinates, snapshots });
        self.life += 1;
        self.host.fuse = None;
        self.driver = Some(Driver::new(engine, Consensus::new(self.keys.clone(), network)));
    }

    /// Tells the node something, and has it do all that follows; the world finds what it did with its host.
    pub(crate) fn drive(&mut self, now: Timestamp, stimulus: Stimulus) -> Result<(), DriveError<PowerCut>> {
        let Some(driver) = &mut self.driver else { return Ok(()) };
        self.host.now = now;
        let host = &mut self.host;
        let done = match stimulus {
            Stimulus::Input(input) => driver.feed(host, input).now_or_never(),
            Stimulus::Told(Told::Input(input)) => driver.feed(host, input).now_or_never(),
            Stimulus::Told(Told::Word(word)) => driver.heard(host, word).now_or_never(),
            Stimulus::Alarm(height, alarm) => driver.alarm(host, height, alarm).now_or_never(),
            Stimulus::Asked(from, request, to) => driver.asked(host, from, request, to).now_or_never(),
            Stimulus::BlobAsked(from, question, to) => driver.blob_asked(host, from, question, to).now_or_never(),
            Stimulus::Command(command, to) => driver.command(host, command, to).now_or_never(),
        };
        // A simulated host is always ready.
        done.unwrap_or(Ok(()))
    }

    /// The power fails; whoever waits for an answer is returned.
    pub(crate) fn power_cut(&mut self) -> (Vec<PeerAsked>, Vec<BlobAsked>) {
        self.host.disk.power_cut();
        self.proving.clear();
        self.workers.clear();
        self.alarms.clear();
        self.driver.take().map(Driver::into_open_questions).unwrap_or_default()
    }
}
