//! A world: nodes, virtual time, and a network between them that is as bad as its faults say.

use crate::{
    adversary::Adversary,
    check::Checker,
    event::{At, Errand, Event, Stimulus},
    faults::{Chance, Faults},
    lie::Lies,
    node::Node,
    parting::Partings,
    setup,
};
use dpgn_node::{
    driver::{Alarm, DriveError},
    engine::{BidDraft, Command, Input, JobError},
};
use dpgn_protocol::{
    genesis::Genesis,
    ids::AccountId,
    ops::Raise,
    units::{Credits, Height, Millis, Timestamp},
};
use std::collections::BTreeMap;

/// The time between two ticks of a node.
const TICK_MS: u64 = 100;

/// Nodes, a network between them, and time.
pub struct World {
    /// The genesis that all nodes start from.
    pub genesis: Genesis,
    /// The nodes: first the coordinators, then the provers, then the requesters.
    pub nodes: Vec<Node>,
    /// The source of all chance in the run.
    pub chance: Chance,
    /// The faults of the network, the workers and the machines.
    pub faults: Faults,
    /// The record of what has been seen so far.
    pub checker: Checker,
    /// The reward that every purchase offers, in micro-credits.
    pub reward: Credits,
    /// The rise of that reward.
    pub raise: Option<Raise>,
    pub(crate) lies: Lies,
    pub(crate) partings: Partings,
    now_ms: u64,
    deaths: u64,
    queue: BTreeMap<(u64, u64), Event>,
    queued: u64,
    /// The node that wants each proof, by the purchase's number.
    pub wanted: BTreeMap<u64, usize>,
}

impl World {
    /// A coordinator, provers of these kinds, and these many requesters; all have power.
    pub fn new(
        seed: u64,
        provers: &[Adversary],
        requesters: usize,
        faults: impl FnOnce(&mut Chance) -> Faults,
    ) -> Self {
        Self::of_committee(seed, 1, provers, requesters, faults)
    }

    /// The same with several coordinators, which come first among the nodes.
    pub fn of_committee(
        seed: u64,
        coordinators: usize,
        provers: &[Adversary],
        requesters: usize,
        faults: impl FnOnce(&mut Chance) -> Faults,
    ) -> Self {
        let all = coordinators + provers.len() + requesters;
        let mut nodes: Vec<Node> = (0..all).map(|n| Node::new(setup::keys(n))).collect();
        nodes.iter_mut().take(coordinators).for_each(|node| node.coordinates = true);
        for (nth, adversary) in provers.iter().enumerate() {
            nodes[coordinators + nth].sells = Some(setup::ask(nth as u64));
            nodes[coordinators + nth].host.adversary = *adversary;
        }
        for node in &mut nodes[coordinators + provers.len()..] {
            node.host.disk.recipes.insert(setup::RECIPE);
        }
        let mut chance = Chance::new(seed);
        let faults = faults(&mut chance);
        let genesis = setup::genesis(coordinators, all);
        let liars = nodes.iter().filter(|node| node.host.adversary.earns_nothing()).map(|node| node.keys.account());
        let checker = Checker::new(liars);
        let (queue, wanted, reward) = (BTreeMap::new(), BTreeMap::new(), Credits::new(1_000_000));
        let (now_ms, queued, raise) = (0, 0, None);
        let (lies, partings) = (Lies::default(), Partings::default());
        let mut world = Self {
            genesis,
            nodes,
            chance,
            faults,
            checker,
            reward,
            raise,
            lies,
            partings,
            now_ms,
            deaths: 0,
            queue,
            queued,
            wanted,
        };
        (0..all).for_each(|node| world.at(0, Event::Boot(node)));
        for _ in 0..faults.crashes {
            let node = world.chance.between(0, all as u64) as usize;
            world.dies(node, 1, faults.until_ms);
        }
        world
    }

    /// The time, as every node has it.
    pub fn now(&self) -> Timestamp {
        setup::BEGIN.after(Millis::new(self.now_ms))
    }

    /// The time that the world has been going on, ms.
    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// The power cuts so far.
    pub fn deaths(&self) -> u64 {
        self.deaths
    }

    /// Whether things still go wrong.
    pub fn is_bad(&self) -> bool {
        self.now_ms < self.faults.until_ms
    }

    /// The account of a node.
    pub fn account(&self, node: usize) -> AccountId {
        self.nodes[node].keys.account()
    }

    /// The node of an account.
    pub fn node_of(&self, account: AccountId) -> Option<usize> {
        (0..self.nodes.len()).find(|node| self.account(*node) == account)
    }

    /// The node as it is now.
    pub(crate) fn this(&self, node: usize) -> At {
        At { node, life: self.nodes[node].life }
    }

    /// The `number`th proof is wanted by this node, from this time on.
    pub fn want(&mut self, node: usize, number: u64, at_ms: u64) {
        self.wanted.insert(number, node);
        self.at(at_ms, Event::Buy(node, number));
    }

    /// The power of a node fails so many times, between any two calls of its host.
    pub fn dies(&mut self, node: usize, times: u64, until_ms: u64) {
        self.dies_between(node, times, 1_000, until_ms);
    }

    /// The same, not before a time.
    pub fn dies_between(&mut self, node: usize, times: u64, from_ms: u64, until_ms: u64) {
        for _ in 0..times {
            let (when, calls) = (self.chance.between(from_ms, until_ms), self.chance.between(0, 12));
            self.at(when, Event::Fuse(node, calls));
        }
    }

    /// A machine is suspended for a while, as a laptop is: nothing runs, and nothing is lost.
    pub fn suspend(&mut self, node: usize, at_ms: u64, for_ms: u64) {
        self.at(at_ms, Event::Suspend(node, for_ms));
    }

    /// Makes a node's machine sleep: what it was at goes on when it wakes.
    fn fall_asleep(&mut self, node: usize, ms: u64) {
        self.nodes[node].asleep_until = self.now_ms + ms;
        let at_work = |event: &Event| matches!(event, Event::Input(at, _) | Event::Proved(at, ..) if at.node == node);
        let keys: Vec<_> = self.queue.iter().filter(|(_, event)| at_work(event)).map(|(key, _)| *key).collect();
        for key in keys {
            if let Some(event) = self.queue.remove(&key) {
                self.at(key.0 + ms, event);
            }
        }
    }

    /// All credits of a node's account, free and locked, as the coordinator has it.
    pub fn worth(&self, node: usize) -> u64 {
        let account = self.nodes[0].engine().and_then(|engine| engine.ledger().account(self.account(node)));
        account.map_or(0, |a| a.balance.get() + a.escrowed.get() + a.collateral.get())
    }

    /// Lets everything happen that happens until then; the first violation otherwise.
    pub fn run_until(&mut self, ms: u64) -> Result<(), String> {
        while self.queue.first_key_value().is_some_and(|((at, _), _)| *at <= ms) {
            self.step();
            if let Some(why) = self.checker.violation() {
                return Err(format!("at {} ms: {why}", self.now_ms));
            }
        }
        self.now_ms = self.now_ms.max(ms);
        Ok(())
    }

    /// Sets an alarm of a node, in the place of the same one.
    pub(crate) fn set_alarm(&mut self, node: usize, height: Height, alarm: Alarm, after_ms: u64) {
        let (at, set) = (self.this(node), self.queued);
        self.nodes[node].alarms.insert(alarm, set);
        self.after(after_ms, Event::Alarm(at, height, alarm, set));
    }

    pub(crate) fn at(&mut self, ms: u64, event: Event) {
        self.queued += 1;
        self.queue.insert((ms, self.queued), event);
    }

    pub(crate) fn after(&mut self, ms: u64, event: Event) {
        self.at(self.now_ms + ms, event);
    }

    pub(crate) fn delay(&mut self) -> u64 {
        let most = if self.is_bad() { self.faults.delay_ms_max } else { Faults::NONE.delay_ms_max };
        self.chance.between(1, most + 1)
    }

    /// Whether chance strikes, while it may.
    pub(crate) fn strikes(&mut self, permille: u64) -> bool {
        self.is_bad() && self.chance.permille(permille)
    }

    /// Lets the next thing happen.
    pub fn step(&mut self) {
        let Some(((ms, _), event)) = self.queue.pop_first() else { return };
        self.now_ms = ms;
        // A suspended machine finds all of it when it wakes.
        if let Some(wakes) = event.node().map(|node| self.nodes[node].asleep_until).filter(|until| ms < *until) {
            return self.at(wakes, event);
        }
        match event {
            Event::Tick(at) => {
                if self.lives(at) {
                    self.misbehaves(at.node);
                    self.feed(at.node, Input::Tick);
                    self.after(TICK_MS, Event::Tick(at));
                }
            }
            Event::Input(at, input) => {
                if self.lives(at) {
                    self.feed(at.node, input);
                }
            }
            Event::Gossip(node, input) => self.feed(node, self.lets_hear(node, input)),
            Event::Told(node, told) => {
                self.remembers(node, &told);
                self.drive(node, Stimulus::Told(told));
            }
            Event::Alarm(at, height, alarm, set) => {
                if self.lives(at) && self.nodes[at.node].alarms.get(&alarm) == Some(&set) {
                    self.nodes[at.node].alarms.remove(&alarm);
                    self.drive(at.node, Stimulus::Alarm(height, alarm));
                }
            }
            Event::Request(to, asker, call, request) => self.requested(to, asker, call, request),
            Event::BlobRequest(to, asker, blob, kind, deadline) => self.blob_requested(to, asker, blob, kind, deadline),
            Event::Suspend(node, ms) => self.fall_asleep(node, ms),
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
            Event::Bond(node, bond) => self.wish(node, bond),
            Event::Look(node) => self.look(node),
            Event::Part(nth) => self.parts(nth),
            Event::Meet(nth) => self.meets(nth),
            Event::Fuse(node, calls) => {
                if self.nodes[node].driver.is_some() {
                    self.nodes[node].host.fuse = Some(calls);
                }
            }
            Event::Boot(node) => self.boot(node),
        }
    }

    pub(crate) fn lives(&self, at: At) -> bool {
        self.nodes[at.node].life == at.life && self.nodes[at.node].driver.is_some()
    }

    /// Feeds one input, and then all that it brings about.
    pub(crate) fn feed(&mut self, node: usize, input: Input) {
        self.drive(node, Stimulus::Input(input));
    }

    pub(crate) fn drive(&mut self, node: usize, stimulus: Stimulus) {
        let now = self.now();
        let driven = self.nodes[node].drive(now, stimulus);
        // What was done before the power failed is done.
        while let Some(out) = self.nodes[node].host.out.pop_front() {
            self.perform(node, out);
        }
        match driven {
            Ok(()) => self.inspect(node),
            Err(DriveError::Host(_)) => self.power_cut(node),
            // What it has said is not what its disk says.
            Err(_) if self.nodes[node].host.is_liar() => self.power_cut(node),
            Err(why @ (DriveError::Halt(_) | DriveError::Consensus(_))) => {
                self.checker.violated(format!("node {node} halts: {why}"));
            }
        }
    }

    /// Looks at the ledger of a node.
    fn inspect(&mut self, node: usize) {
        if let Some(engine) = self.nodes[node].driver.as_ref().map(|driver| driver.engine())
            && self.checker.is_news(node, engine.head().height)
        {
            self.checker.applied(node, engine.ledger(), engine.head().hash);
        }
    }

    fn power_cut(&mut self, node: usize) {
        let account = self.account(node);
        let (questions, blobs) = self.nodes[node].power_cut();
        self.deaths += 1;
        for asked in questions {
            self.unanswered(asked);
        }
        for asked in blobs {
            self.after(1, Event::Input(asked.at, asked.blob.done(Err(JobError::Unreachable))));
        }
        for other in self.others(node) {
            let is_seen = self.faults.unseen == 0 || !self.strikes(self.faults.unseen);
            if is_seen && !self.are_parted(node, other) {
                self.after(50, Event::Input(self.this(other), Input::PeerDown(account)));
            }
        }
        let pause = self.chance.between(200, 6_000);
        self.after(pause, Event::Boot(node));
    }

    fn boot(&mut self, node: usize) {
        self.nodes[node].boot(&self.genesis);
        self.inspect(node);
        let this = self.this(node);
        // Its first tick comes before anything else.
        self.feed(node, Input::Tick);
        self.after(TICK_MS, Event::Tick(this));
        for other in self.others(node) {
            self.link(node, other, 60);
        }
        let wanted: Vec<u64> = self.wanted.iter().filter(|(_, by)| **by == node).map(|(n, _)| *n).collect();
        for number in wanted.into_iter().filter(|_| this.life > 1) {
            self.after(200, Event::Buy(node, number));
        }
    }

    /// The nodes that run, but for those with the key of this one.
    pub(crate) fn others(&self, node: usize) -> Vec<usize> {
        let (own, runs) = (self.account(node), |other: &usize| self.nodes[*other].driver.is_some());
        (0..self.nodes.len()).filter(runs).filter(|other| self.account(*other) != own).collect()
    }

    /// The owner buys unless the node says that it has done so.
    fn buy(&mut self, node: usize, number: u64) {
        let (now, attempt) = (self.now(), self.queued);
        let Some(engine) = self.nodes[node].engine() else { return };
        if engine.tasks().any(|record| record.statement == setup::statement(number)) {
            return;
        }
        self.nodes[node].host.disk.inputs.insert(setup::inputs(number));
        let draft = Box::new(BidDraft { reward: self.reward, raise: self.raise, ..setup::draft(number, attempt, now) });
        self.drive(node, Stimulus::Command(Command::Submit(draft), Errand::Buy(number)));
    }
}
