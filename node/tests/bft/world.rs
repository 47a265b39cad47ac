//! Many machines in virtual time, with a network and disks as bad as the plan says.

use crate::{
    checks::{Checks, Kind},
    host::{Host, NETWORK, Packet},
    plan::{MS, Manner, Plan, SECOND, Us},
    random::Random,
};
use dpgn_node::consensus::bft::{Input, Timer};
use dpgn_protocol::{
    block::{Header, Vote},
    codec,
    committee::{Committee, Member},
    council::{Checked, Word},
    ids::{AccountId, BlockHash, hash},
    sign::{Keypair, Signed},
    turns::Turns,
    units::{Height, Power},
};
use std::{collections::BTreeMap, rc::Rc};

pub enum Event {
    Deliver { to: usize, from: usize, packet: Box<Packet> },
    Timer { node: usize, life: u32, height: Height, timer: Timer, id: u64 },
    Propose { node: usize, life: u32, turn: (Height, u32) },
    Judge { node: usize, life: u32, block: BlockHash },
    Show { node: usize, life: u32, height: Height, round: u32 },
    Poll { node: usize, life: u32 },
    Fuse { node: usize, outputs: u64 },
    Boot { node: usize },
    Partition { mask: u64 },
    Work,
    Lie { node: usize },
}

/// A committee with its turns.
pub struct Office {
    pub committee: Committee,
    pub turns: Turns,
}

pub struct World {
    pub plan: Plan,
    pub hosts: Vec<Host>,
    pub now: Us,
    pub random: Random,
    pub checks: Checks,
    pub crashes: u64,
    pub events: u64,
    /// Changes with every delivery: two runs of one seed have the same.
    pub trace: u64,
    queue: BTreeMap<(Us, u64), Event>,
    sequence: u64,
    side: Vec<u64>,
    offices: BTreeMap<Vec<usize>, Rc<Office>>,
    /// What liars have seen: blocks, and votes.
    pub seen: Vec<Header>,
    pub overheard: Vec<Overheard>,
    /// What has come of each word at the edge.
    edges: BTreeMap<[u8; 32], Option<Checked>>,
}

#[derive(Clone)]
pub enum Overheard {
    Precommit(Signed<Vote>),
    Prevote(Signed<dpgn_protocol::council::Prevote>),
}

impl World {
    pub fn new(plan: Plan) -> Self {
        let mut random = Random::new(plan.seed);
        let nodes = plan.powers.len();
        let keys = |n: usize| Keypair::from_seed(&hash("key", &[&(n as u64).to_le_bytes()]));
        let host = |n: usize| Host::new(keys(n), plan.manners[n], plan.work_every == 0);
        let twins = (0..nodes).filter(|n| plan.manners[*n] == Manner::Twins);
        let hosts: Vec<_> = (0..nodes).chain(twins).map(host).collect();
        let mut world = Self {
            now: 0,
            checks: Checks::default(),
            crashes: 0,
            events: 0,
            trace: 0,
            queue: BTreeMap::new(),
            sequence: 0,
            side: vec![0; hosts.len()],
            offices: BTreeMap::new(),
            seen: Vec::new(),
            overheard: Vec::new(),
            edges: BTreeMap::new(),
            random: Random::new(random.below(u64::MAX)),
            hosts,
            plan,
        };
        world.misfortunes(&mut random);
        world
    }

    fn misfortunes(&mut self, random: &mut Random) {
        let all = self.hosts.len();
        for node in 0..all {
            let event = if self.hosts[node].runs() { Event::Boot { node } } else { Event::Lie { node } };
            self.at(if self.hosts[node].runs() { 0 } else { 10 * MS }, event);
        }
        let until = self.plan.bad_until;
        for _ in 0..self.plan.crashes {
            let (at, node, outputs) = (random.below(until), random.index(all), random.below(14));
            self.at(at, Event::Fuse { node, outputs });
        }
        let forgetful: Vec<_> = (0..all).filter(|n| self.hosts[*n].manner == Manner::Amnesia).collect();
        for node in forgetful {
            // Its accidents never end.
            for at in 0..150 {
                let (at, outputs) = (at * 500 * MS + random.below(SECOND), random.below(14));
                self.at(at, Event::Fuse { node, outputs });
            }
        }
        for _ in 0..self.plan.partitions {
            let (at, mask) = (random.below(until), random.below(1 << all.min(32)));
            let end = (at + random.below(4 * SECOND)).min(until);
            self.at(at, Event::Partition { mask });
            self.at(end, Event::Partition { mask: 0 });
        }
        if self.plan.work_every > 0 {
            self.at(self.plan.work_every, Event::Work);
        }
    }

    pub fn at(&mut self, time: Us, event: Event) {
        self.sequence += 1;
        self.queue.insert((time, self.sequence), event);
    }

    pub fn number(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    pub fn is_bad(&self) -> bool {
        self.now < self.plan.bad_until
    }

    /// The committee of a height.
    pub fn office(&mut self, height: u64) -> Rc<Office> {
        let members = self.plan.members(height);
        let (hosts, powers) = (&self.hosts, &self.plan.powers);
        let office = self.offices.entry(members).or_insert_with_key(|nodes| {
            let member = |n: &usize| Member { account: hosts[*n].account, power: Power::new(powers[*n]) };
            let mut members: Vec<_> = nodes.iter().map(member).collect();
            members.sort_by_key(|m| m.account);
            let committee = Committee::new(members).unwrap();
            Rc::new(Office { turns: Turns::new(&committee), committee })
        });
        office.clone()
    }

    /// The machines with this key: two, if they are twins.
    pub fn machines(&self, account: AccountId) -> Vec<usize> {
        (0..self.hosts.len()).filter(|n| self.hosts[*n].account == account).collect()
    }

    pub fn is_honest(&self, account: AccountId) -> bool {
        self.hosts.iter().any(|host| host.account == account && host.is_honest())
    }

    pub fn violated(&mut self, kind: Kind, what: String) {
        self.checks.violated(self.now, kind, what);
    }

    /// Heights of the honest.
    pub fn heights(&self) -> Vec<u64> {
        self.hosts.iter().filter(|h| h.is_honest()).map(|h| h.disk.chain.len() as u64).collect()
    }

    // --- Network ---

    pub fn send(&mut self, time: Us, from: usize, to: usize, packet: Packet) {
        if from == to || !self.hosts[to].runs() && self.hosts[to].manner == Manner::Silent {
            return;
        }
        let mut delay = self.plan.delay;
        if self.is_bad() {
            delay = self.plan.bad_delay;
            if self.side[from] != self.side[to] || self.random.chance(self.plan.loss_permille) {
                return;
            }
            if self.random.chance(self.plan.doubled_permille) {
                let later = time + self.random.between(delay);
                self.at(later, Event::Deliver { to, from, packet: Box::new(packet.clone()) });
            }
        }
        let later = time + self.random.between(delay);
        self.at(later, Event::Deliver { to, from, packet: Box::new(packet) });
    }

    /// To all machines, or to those of a committee.
    pub fn broadcast(&mut self, time: Us, from: usize, packet: &Packet, members: Option<&Committee>) {
        for to in 0..self.hosts.len() {
            if members.is_none_or(|c| c.power(self.hosts[to].account).is_some()) {
                self.send(time, from, to, packet.clone());
            }
        }
    }

    /// What passes the edge of whoever hears it. The same bytes always fare the same, so they are looked at once: liars say
    /// theirs to each machine, again and again.
    pub fn edge(&mut self, word: Word) -> Option<Checked> {
        let name = hash("word", &[&codec::encode(&word).ok()?]);
        self.edges.entry(name).or_insert_with(|| word.check(NETWORK).ok()).clone()
    }

    // --- Time ---

    pub fn step(&mut self) {
        let Some(((time, _), event)) = self.queue.pop_first() else {
            return self.violated(Kind::Stall, "nothing happens any more".into());
        };
        self.now = self.now.max(time);
        self.events += 1;
        match event {
            Event::Deliver { to, from, packet } => self.deliver(to, from, packet),
            Event::Timer { node, life, height, timer, id } => {
                if !self.lives(node, life) || self.hosts[node].timers.get(&timer) != Some(&id) {
                    return;
                }
                if let Some(busy) = self.busy(node) {
                    return self.at(busy, Event::Timer { node, life, height, timer, id });
                }
                self.hosts[node].timers.remove(&timer);
                self.feed(node, Input::Elapsed { height, timer });
            }
            Event::Propose { node, life, turn } => {
                if self.lives(node, life) && self.hosts[node].turn == Some(turn) {
                    self.propose(node, turn);
                }
            }
            Event::Judge { node, life, block } if self.lives(node, life) => self.judge(node, block),
            Event::Show { node, life, height, round } if self.lives(node, life) => {
                self.feed(node, Input::Show { height, round });
            }
            Event::Poll { node, life } if self.lives(node, life) => self.poll(node, life),
            Event::Judge { .. } | Event::Show { .. } | Event::Poll { .. } => {}
            Event::Fuse { node, outputs } => self.hosts[node].fuse = Some(outputs),
            Event::Boot { node } => self.boot(node),
            Event::Partition { mask } => {
                (0..self.side.len()).for_each(|n| self.side[n] = mask.checked_shr(n as u32).unwrap_or(0) & 1);
            }
            Event::Work => self.work(),
            Event::Lie { node } => self.lie(node),
        }
    }

    fn lives(&self, node: usize, life: u32) -> bool {
        self.hosts[node].life == life && self.hosts[node].core.is_some()
    }

    fn busy(&self, node: usize) -> Option<Us> {
        Some(self.hosts[node].busy).filter(|busy| *busy > self.now)
    }

    fn deliver(&mut self, to: usize, from: usize, packet: Box<Packet>) {
        if !self.hosts[to].runs() {
            return self.overhear(to, from, *packet);
        }
        if self.hosts[to].core.is_none() {
            return;
        }
        if let Some(busy) = self.busy(to) {
            return self.at(busy, Event::Deliver { to, from, packet });
        }
        let what = self.now ^ ((to as u64) << 48) ^ ((from as u64) << 56);
        self.trace = (self.trace ^ what).wrapping_mul(0x0100_0000_01b3).rotate_left(17);
        self.receive(to, from, *packet);
    }

    fn work(&mut self) {
        for node in 0..self.hosts.len() {
            if !(self.is_bad() && self.random.chance(200)) {
                self.hosts[node].has_work = true;
                self.arm(node);
            }
        }
        let every = self.plan.work_every;
        let next = self.now + every / 2 + self.random.below(every);
        self.at(next, Event::Work);
    }
}
