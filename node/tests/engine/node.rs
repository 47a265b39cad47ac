//! A node: what it is, what it has on disk, and, while it lives, its engine.

use crate::{
    disk::{Disk, Restored},
    faults::Manner,
};
use dpgn_node::{
    consensus::Solo,
    engine::{Call, Done, Engine, Input, JobError, Start, Token},
};
use dpgn_protocol::{genesis::Genesis, ids::TaskId, ops::Ask, sign::Keypair};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Which node, and which of its lives: what was meant for an earlier life reaches nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    pub node: usize,
    pub life: u64,
}

pub struct Node {
    pub keys: Keypair,
    pub sells: Option<Ask>,
    pub coordinates: bool,
    pub manner: Manner,
    pub disk: Disk,
    pub life: u64,
    pub live: Option<Live>,
    /// Awards of which a silent prover has what it came for.
    pub sated: BTreeSet<TaskId>,
}

/// What a crash takes away.
pub struct Live {
    pub engine: Engine,
    pub solo: Solo,
    pub askers: BTreeMap<Token, Asker>,
    pub next_token: Token,
    /// What the node itself has brought about, to be fed before anything else.
    pub own: VecDeque<Input>,
    /// The proof that is being made of each award.
    pub proving: BTreeMap<TaskId, u64>,
    /// It dies after so many effects.
    pub fuse: Option<u64>,
}

/// To whom an answer goes.
pub enum Asker {
    Peer(At, Call),
    Blob(At, Blob),
    Owner(u64),
    Own(Call),
}

/// What is streamed, for which award.
#[derive(Clone, Copy)]
pub enum Blob {
    Recipe(TaskId),
    Inputs(TaskId),
    /// Inputs that a prover has no right to.
    Loot,
}

impl Blob {
    pub fn done(self, result: Result<(), JobError>) -> Input {
        match self {
            Self::Recipe(task) => Input::Done(Done::Recipe(task, result)),
            Self::Inputs(task) => Input::Done(Done::Inputs(task, result)),
            Self::Loot => Input::Tick,
        }
    }
}

impl Node {
    pub fn new(keys: Keypair) -> Self {
        let disk = Disk::default();
        let (sells, coordinates, manner) = (None, false, Manner::Honest);
        Self { keys, sells, coordinates, manner, disk, life: 0, live: None, sated: BTreeSet::new() }
    }

    /// Begins a life with what is on disk.
    pub fn boot(&mut self, genesis: &Genesis) {
        let Restored { ledger, head, tasks, jobs } = self.disk.restore(genesis);
        let network = ledger.network();
        let (keys, sells, coordinates) = (self.keys.clone(), self.sells.clone(), self.coordinates);
        let engine = Engine::new(Start { keys, ledger, head, tasks, jobs, sells, coordinates });
        self.life += 1;
        self.live = Some(Live {
            engine,
            solo: Solo::new(self.keys.clone(), network),
            askers: BTreeMap::new(),
            next_token: 1,
            own: VecDeque::new(),
            proving: BTreeMap::new(),
            fuse: None,
        });
    }

    /// The power fails; whoever waits for an answer is returned.
    pub fn crash(&mut self) -> Vec<Asker> {
        self.disk.crash();
        let live = self.live.take();
        live.map(|live| live.askers.into_values().collect()).unwrap_or_default()
    }
}

impl Live {
    pub fn token(&mut self, asker: Asker) -> Token {
        let token = self.next_token;
        self.next_token += 1;
        self.askers.insert(token, asker);
        token
    }
}
