//! A world: nodes, virtual time, and a network between them that is as bad as its faults say.

use crate::{
    check::Checker,
    faults::{Chance, Faults, Manner},
    node::{Asker, At, Blob, Node},
    report::Trace,
    setup,
};
use dpgn_node::engine::{Call, CallError, Command, Input, JobError};
use dpgn_protocol::{
    genesis::Genesis,
    ids::{AccountId, RecipeDigest, TaskId},
    ops::SignedOp,
    units::{Millis, Timestamp},
    wire::{Request, Response},
};
use std::collections::BTreeMap;

/// How often a node is told that time has passed.
const TICK_MS: u64 = 100;
/// How long a question goes unanswered before it counts as lost.
const PATIENCE_MS: u64 = 3_000;

/// What will happen.
pub enum Event {
    Tick(At),
    Input(At, Input),
    Gossip(usize, Input),
    Request(usize, At, Call, Request),
    BlobRequest(usize, At, Blob, BlobKind),
    /// A blob has come whole.
    Streamed(At, Blob),
    /// A proof is made, unless it was cancelled.
    Proved(At, TaskId, u64),
    /// The owner of a node wants a proof.
    Buy(usize, u64),
    /// A node dies after so many effects.
    Fuse(usize, u64),
    Boot(usize),
}

/// What is asked to be streamed.
pub enum BlobKind {
    Recipe(RecipeDigest),
    Inputs(TaskId, Box<SignedOp>),
}

pub struct World {
    pub genesis: Genesis,
    pub nodes: Vec<Node>,
    pub chance: Chance,
    pub faults: Faults,
    pub checker: Checker,
    pub trace: Trace,
    now_ms: u64,
    queue: BTreeMap<(u64, u64), Event>,
    queued: u64,
    /// Which node wants which proof.
    pub wanted: BTreeMap<u64, usize>,
}

impl World {
    /// A coordinator, provers of these manners, and these many requesters; all alive.
    pub fn new(seed: u64, provers: &[Manner], requesters: usize, faults: impl FnOnce(&mut Chance) -> Faults) -> Self {
        let all = 1 + provers.len() + requesters;
        let mut nodes: Vec<Node> = (0..all).map(|n| Node::new(setup::keys(n))).collect();
        nodes[0].coordinates = true;
        for (nth, manner) in provers.iter().enumerate() {
            nodes[1 + nth].sells = Some(setup::ask(nth as u64));
            nodes[1 + nth].manner = *manner;
        }
        for node in &mut nodes[1 + provers.len()..] {
            node.disk.recipes.insert(setup::RECIPE);
        }
        let mut chance = Chance::new(seed);
        let faults = faults(&mut chance);
        let genesis = setup::genesis(all);
        let (checker, trace) = (Checker::new(&nodes), Trace::default());
        let (queue, wanted) = (BTreeMap::new(), BTreeMap::new());
        let mut world = Self { genesis, nodes, chance, faults, checker, trace, now_ms: 0, queue, queued: 0, wanted };
        (0..all).for_each(|node| world.at(0, Event::Boot(node)));
        for _ in 0..faults.crashes {
            let node = world.chance.between(0, all as u64) as usize;
            world.dies(node, 1, faults.until_ms);
        }
        world
    }

    pub fn now(&self) -> Timestamp {
        setup::BEGIN.after(Millis::new(self.now_ms))
    }

    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// Whether things still go wrong.
    pub fn is_bad(&self) -> bool {
        self.now_ms < self.faults.until_ms
    }

    pub fn account(&self, node: usize) -> AccountId {
        self.nodes[node].keys.account()
    }

    pub fn node_of(&self, account: AccountId) -> Option<usize> {
        (0..self.nodes.len()).find(|node| self.account(*node) == account)
    }

    /// The node as it is now.
    pub fn this(&self, node: usize) -> At {
        At { node, life: self.nodes[node].life }
    }

    /// The `number`th proof is wanted by this node, from this time on.
    pub fn want(&mut self, node: usize, number: u64, at_ms: u64) {
        self.wanted.insert(number, node);
        self.at(at_ms, Event::Buy(node, number));
    }

    /// This node dies so many times, between any two effects.
    pub fn dies(&mut self, node: usize, times: u64, until_ms: u64) {
        for _ in 0..times {
            let (when, effects) = (self.chance.between(1_000, until_ms), self.chance.between(0, 12));
            self.at(when, Event::Fuse(node, effects));
        }
    }

    pub fn at(&mut self, ms: u64, event: Event) {
        self.queued += 1;
        self.queue.insert((ms, self.queued), event);
    }

    pub fn after(&mut self, ms: u64, event: Event) {
        self.at(self.now_ms + ms, event);
    }

    pub fn delay(&mut self) -> u64 {
        let most = if self.is_bad() { self.faults.delay_ms_max } else { Faults::NONE.delay_ms_max };
        self.chance.between(1, most + 1)
    }

    /// Whether chance strikes, while it may.
    pub fn strikes(&mut self, permille: u64) -> bool {
        self.is_bad() && self.chance.permille(permille)
    }

    /// Lets the next thing happen.
    pub fn step(&mut self) {
        let Some(((ms, _), event)) = self.queue.pop_first() else { return };
        self.now_ms = ms;
        match event {
            Event::Tick(at) => {
                if self.lives(at) {
                    self.feed(at.node, Input::Tick);
                    self.after(TICK_MS, Event::Tick(at));
                }
            }
            Event::Input(at, input) => {
                if self.lives(at) {
                    self.feed(at.node, input);
                }
            }
            Event::Gossip(node, input) => self.feed(node, input),
            Event::Request(to, asker, call, request) => self.requested(to, asker, call, request),
            Event::BlobRequest(to, asker, blob, kind) => self.blob_requested(to, asker, blob, kind),
            Event::Streamed(at, blob) => {
                if self.lives(at) {
                    self.streamed(at.node, blob);
                }
            }
            Event::Proved(at, task, salt) => {
                if self.lives(at) {
                    self.proved(at.node, task, salt);
                }
            }
            Event::Buy(node, number) => self.buy(node, number),
            Event::Fuse(node, effects) => {
                if let Some(live) = &mut self.nodes[node].live {
                    live.fuse = Some(effects);
                }
            }
            Event::Boot(node) => self.boot(node),
        }
    }

    pub fn lives(&self, at: At) -> bool {
        self.nodes[at.node].life == at.life && self.nodes[at.node].live.is_some()
    }

    /// Feeds one input, and then all that it brings about in the node itself.
    pub fn feed(&mut self, node: usize, input: Input) {
        let now = self.now();
        let mut next = Some(input);
        while let Some(input) = next {
            let Some(live) = &mut self.nodes[node].live else { return };
            for effect in live.engine.step(now, input) {
                self.trace.effect(now, node, &effect);
                if self.burnt(node) {
                    return self.crash(node);
                }
                self.carry_out(node, effect);
            }
            next = self.nodes[node].live.as_mut().and_then(|live| live.own.pop_front());
        }
    }

    fn burnt(&mut self, node: usize) -> bool {
        let Some(fuse) = self.nodes[node].live.as_mut().and_then(|live| live.fuse.as_mut()) else { return false };
        let is_burnt = *fuse == 0;
        *fuse = fuse.saturating_sub(1);
        is_burnt
    }

    pub fn crash(&mut self, node: usize) {
        let account = self.account(node);
        for asker in self.nodes[node].crash() {
            match asker {
                Asker::Peer(at, call) => self.unanswered(at, call),
                Asker::Blob(at, blob) => self.after(1, Event::Input(at, blob.done(Err(JobError::Unreachable)))),
                Asker::Owner(_) | Asker::Own(_) => {}
            }
        }
        for other in self.others(node) {
            self.after(50, Event::Input(self.this(other), Input::PeerDown(account)));
        }
        let pause = self.chance.between(200, 6_000);
        self.after(pause, Event::Boot(node));
    }

    fn boot(&mut self, node: usize) {
        self.nodes[node].boot(&self.genesis);
        let this = self.this(node);
        // Its first tick comes before anything else.
        self.feed(node, Input::Tick);
        self.after(TICK_MS, Event::Tick(this));
        for other in self.others(node) {
            self.after(60, Event::Input(this, Input::PeerUp(self.account(other))));
            self.after(60, Event::Input(self.this(other), Input::PeerUp(self.account(node))));
        }
        let wanted: Vec<u64> = self.wanted.iter().filter(|(_, by)| **by == node).map(|(n, _)| *n).collect();
        for number in wanted.into_iter().filter(|_| this.life > 1) {
            self.after(200, Event::Buy(node, number));
        }
    }

    pub fn others(&self, node: usize) -> Vec<usize> {
        (0..self.nodes.len()).filter(|other| *other != node && self.nodes[*other].live.is_some()).collect()
    }

    /// The owner buys unless the node says that it has done so.
    fn buy(&mut self, node: usize, number: u64) {
        let (now, attempt) = (self.now(), self.queued);
        let Some(live) = &mut self.nodes[node].live else { return };
        if live.engine.tasks().any(|record| record.statement == setup::statement(number)) {
            return;
        }
        let token = live.token(Asker::Owner(number));
        self.nodes[node].disk.inputs.insert(setup::inputs(number));
        let draft = Box::new(setup::draft(number, attempt, now));
        self.feed(node, Input::Command { token, command: Command::Submit(draft) });
    }

    fn requested(&mut self, to: usize, asker: At, call: Call, request: Request) {
        let from = self.account(asker.node);
        let Some(live) = &mut self.nodes[to].live else { return self.unanswered(asker, call) };
        let token = live.token(Asker::Peer(asker, call));
        self.feed(to, Input::Asked { from, token, request });
    }

    fn blob_requested(&mut self, to: usize, asker: At, blob: Blob, kind: BlobKind) {
        let from = self.account(asker.node);
        let Some(live) = &mut self.nodes[to].live else {
            return self.after(1, Event::Input(asker, blob.done(Err(JobError::Unreachable))));
        };
        let token = live.token(Asker::Blob(asker, blob));
        let input = match kind {
            BlobKind::Recipe(recipe) => Input::RecipeAsked { token, recipe },
            BlobKind::Inputs(task, start) => {
                let ledger = live.engine.ledger();
                self.checker.asked((to, token), from, task, &start, ledger);
                Input::InputsAsked { from, token, task, start }
            }
        };
        self.feed(to, input);
    }

    /// The asker learns late that there will be no answer.
    pub fn unanswered(&mut self, asker: At, call: Call) {
        let input = Input::Answered { call, result: Err(CallError::Unreachable) };
        self.after(PATIENCE_MS, Event::Input(asker, input));
    }

    /// The asker gets an answer, if it isn't lost.
    pub fn answered(&mut self, asker: At, call: Call, response: Response) {
        if self.strikes(self.faults.lost) {
            return self.unanswered(asker, call);
        }
        let result = match response {
            Response::Refused(refusal) => Err(CallError::Refused(refusal)),
            response => Ok(response),
        };
        let delay = self.delay();
        self.after(delay, Event::Input(asker, Input::Answered { call, result }));
    }
}
