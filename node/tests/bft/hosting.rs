//! What a machine does for its core: a host as the runtime is one, in small.

use crate::{
    checks::Kind,
    host::{NETWORK, Packet, SHOW_AFTER, block, is_own, is_valid},
    plan::{Broken, MS, Manner, SECOND, Us},
    world::{Event, World},
};
use dpgn_node::consensus::bft::{Input, Output, Record, Timer, TimerKind};
use dpgn_protocol::{
    block::{Certificate, Header},
    council::Word,
    ids::{AccountId, BlockHash},
    units::Height,
};

/// Outputs that one step gives at most, in all worlds: a bound that a flood would break.
const OUTPUTS_MAX: usize = 600;

impl World {
    pub fn boot(&mut self, node: usize) {
        if self.hosts[node].core.is_some() {
            return;
        }
        self.hosts[node].reboot();
        let life = self.hosts[node].life;
        self.at(self.now + 100 * MS, Event::Poll { node, life });
        self.start(node);
    }

    /// Starts the height above the last block.
    fn start(&mut self, node: usize) {
        let height = self.hosts[node].next();
        let committee = self.office(height).committee.clone();
        let host = &mut self.hosts[node];
        host.forget_height();
        let head = host.head();
        host.bodies.retain(|_, b| b.height.get() > height || b.height.get() == height && b.parent == head);
        let (log, has_work) = (host.disk.log.clone(), host.has_work);
        let height = Height::new(height);
        self.feed(node, Input::Start { height, committee, log });
        if has_work {
            self.feed(node, Input::Arm { height });
        }
    }

    pub fn arm(&mut self, node: usize) {
        if self.hosts[node].core.is_none() {
            return;
        }
        let height = Height::new(self.hosts[node].next());
        self.feed(node, Input::Arm { height });
        if let Some(turn) = self.hosts[node].turn {
            self.pace(node, self.now, turn);
        }
    }

    /// The queue of inputs: all that one brings about is carried out before the next is fed.
    pub fn feed(&mut self, node: usize, input: Input) {
        let is_nested = self.plan.broken == Some(Broken::Nested);
        if self.hosts[node].is_carrying && !is_nested {
            return self.hosts[node].inbox.push_back(input);
        }
        let was_carrying = std::mem::replace(&mut self.hosts[node].is_carrying, true);
        self.fed(node, input);
        while let Some(input) = self.hosts[node].inbox.pop_front() {
            self.fed(node, input);
        }
        self.hosts[node].is_carrying = was_carrying;
    }

    fn fed(&mut self, node: usize, input: Input) {
        let Some(core) = &mut self.hosts[node].core else { return };
        match core.step(input) {
            Ok(mut outputs) => {
                assert!(outputs.len() <= OUTPUTS_MAX, "{} outputs", outputs.len());
                if self.plan.broken == Some(Broken::SentFirst) {
                    outputs.sort_by_key(|output| matches!(output, Output::Persist(_)));
                }
                self.carry(node, outputs);
            }
            Err(error) if self.hosts[node].is_honest() => {
                self.violated(Kind::Stopped, format!("node {node}: {error}"));
            }
            // A twin or an amnesiac that contradicts itself is stopped by its own core.
            Err(_) => self.crash(node),
        }
    }

    fn carry(&mut self, node: usize, outputs: Vec<Output>) {
        for output in outputs {
            if self.hosts[node].fuse == Some(0) {
                // Power may fail before or after the disk has it.
                if let (Output::Persist(records), true) = (output, self.random.chance(500)) {
                    self.persist(node, records);
                }
                return self.crash(node);
            }
            if let Some(outputs) = &mut self.hosts[node].fuse {
                *outputs -= 1;
            }
            self.carry_out(node, output);
            if self.checks.violation.is_some() || self.hosts[node].core.is_none() {
                return;
            }
        }
    }

    fn carry_out(&mut self, node: usize, output: Output) {
        let time = self.hosts[node].busy.max(self.now);
        let life = self.hosts[node].life;
        match output {
            Output::Persist(records) => self.persist(node, records),
            Output::GetValue { height, round } => {
                self.hosts[node].turn = Some((height, round));
                self.pace(node, time, (height, round));
            }
            Output::Judge { round, block, by, .. } => {
                self.hosts[node].pending.insert(block, (round, by));
                self.judge(node, block);
            }
            Output::Polka { block, .. } => {
                self.hosts[node].polkas.insert(block);
                self.judge(node, block);
            }
            Output::Send(word) => self.say(node, time, word),
            Output::SendBody { height, block } => {
                if let Some(body) = self.hosts[node].bodies.get(&block).cloned() {
                    let office = self.office(height.get());
                    self.broadcast(time, node, &Packet::Body(body), Some(&office.committee));
                }
            }
            Output::Schedule { height, timer } => self.schedule(node, time, height, timer),
            Output::Cancel(timer) => drop(self.hosts[node].timers.remove(&timer)),
            Output::CancelAll => self.hosts[node].timers.clear(),
            Output::Arm { .. } => {
                self.hosts[node].has_work = true;
                if let Some(turn) = self.hosts[node].turn {
                    self.pace(node, time, turn);
                }
            }
            Output::ShowLater { height, round } => {
                self.at(time + SHOW_AFTER, Event::Show { node, life, height, round });
            }
            Output::Evidence(pairs) => {
                if self.hosts[node].is_honest() {
                    let hosts = &self.hosts;
                    let honest = |account| hosts.iter().any(|h| h.account == account && h.is_honest());
                    self.checks.accused(self.now, node, &pairs, honest);
                }
            }
            Output::Behind { peer, height } => self.help(node, time, peer, height.get()),
            Output::Ahead { peer, .. } => {
                if time >= self.hosts[node].asked + 50 * MS {
                    self.hosts[node].asked = time;
                    let want = Packet::WantDecided(self.hosts[node].next());
                    for to in self.machines(peer) {
                        self.send(time, node, to, want.clone());
                    }
                }
            }
            Output::Decided(certificate) => self.decided(node, certificate),
        }
    }

    fn say(&mut self, node: usize, time: Us, word: Word) {
        let host = &self.hosts[node];
        if host.is_honest() && is_own(&word, host.account) {
            let is_checked = !matches!(self.plan.broken, Some(Broken::Wiped | Broken::SentFirst));
            let log = is_checked.then_some(host.disk.log.as_slice());
            self.checks.said(self.now, node, &word, log);
        }
        let Some(checked) = self.edge(word) else {
            return self.violated(Kind::Other, format!("node {node} says what does not hold"));
        };
        let office = self.office(checked.height().get());
        self.broadcast(time, node, &Packet::Say(checked), Some(&office.committee));
    }

    fn persist(&mut self, node: usize, records: Vec<Record>) {
        let host = &mut self.hosts[node];
        for record in &records {
            if let Record::Value { block, valid: true, .. } = record {
                let Some(body) = host.bodies.get(block).cloned() else {
                    return self.violated(Kind::Other, format!("node {node} logs a value that it does not have"));
                };
                host.disk.bodies.insert(*block, body);
            }
        }
        host.disk.log.extend(records);
        host.busy = host.busy.max(self.now) + self.plan.fsync;
    }

    fn schedule(&mut self, node: usize, time: Us, height: Height, timer: Timer) {
        let mut end = time + self.plan.wait(timer);
        if timer == (Timer { kind: TimerKind::Propose, round: 0 }) {
            end += (self.hosts[node].head_time() + self.plan.block_interval).saturating_sub(time);
        }
        let (id, life) = (self.number(), self.hosts[node].life);
        self.hosts[node].timers.insert(timer, id);
        self.at(end, Event::Timer { node, life, height, timer, id });
    }

    fn crash(&mut self, node: usize) {
        self.crashes += 1;
        let forgets = self.plan.broken == Some(Broken::Wiped) || self.hosts[node].manner == Manner::Amnesia;
        let host = &mut self.hosts[node];
        host.core = None;
        host.life += 1;
        host.fuse = None;
        host.inbox.clear();
        if forgets {
            host.disk.log.clear();
        }
        let again = self.now + 1 + self.random.below(3 * SECOND);
        self.at(again, Event::Boot { node });
    }

    // --- Blocks ---

    fn pace(&mut self, node: usize, time: Us, turn: (Height, u32)) {
        let host = &self.hosts[node];
        if turn.1 == 0 && !host.has_work {
            return;
        }
        let earliest = if turn.1 == 0 { host.head_time() + self.plan.block_interval } else { 0 };
        let life = host.life;
        self.at(time.max(earliest), Event::Propose { node, life, turn });
    }

    pub fn propose(&mut self, node: usize, (height, round): (Height, u32)) {
        let salt = self.random.below(u64::MAX);
        let host = &mut self.hosts[node];
        host.turn = None;
        if height.get() != host.next() {
            return;
        }
        let time = host.clock(self.now, self.plan.skew, node).max(host.head_time() + 1);
        let header = block(height.get(), host.head(), time, host.account, salt, true);
        let hash = header.hash().unwrap();
        host.bodies.insert(hash, header.clone());
        host.busy = host.busy.max(self.now) + self.plan.judging;
        let (time, office) = (host.busy, self.office(height.get()));
        self.broadcast(time, node, &Packet::Body(header), Some(&office.committee));
        self.feed(node, Input::Propose { height, round, block: hash });
    }

    /// Judges a block whose body is there. What depends on a clock or on who sent it is "not yet", never "invalid".
    pub fn judge(&mut self, node: usize, hash: BlockHash) {
        let host = &self.hosts[node];
        let Some(&(round, by)) = host.pending.get(&hash) else { return };
        let Some(body) = host.bodies.get(&hash).cloned() else {
            let time = host.busy.max(self.now);
            for to in self.machines(by) {
                self.send(time, node, to, Packet::WantBody(hash));
            }
            return;
        };
        let (clock, drift) = (host.clock(self.now, self.plan.skew, node), self.plan.drift);
        let too_early = body.time.get().saturating_sub(clock + drift);
        let mut is_valid = is_valid(&body);
        if self.plan.broken == Some(Broken::ClockDecides) {
            is_valid &= body.proposer == by && too_early == 0;
        } else if !host.polkas.contains(&hash) {
            if body.proposer != by {
                return;
            }
            if too_early > 0 {
                let life = host.life;
                return self.at(self.now + too_early, Event::Judge { node, life, block: hash });
            }
        }
        let follows = body.height.get() == host.next() && body.parent == host.head();
        let valid = is_valid && follows && body.time.get() > host.head_time();
        let height = Height::new(host.next());
        let host = &mut self.hosts[node];
        host.pending.remove(&hash);
        host.busy = host.busy.max(self.now) + self.plan.judging;
        self.feed(node, Input::Judged { height, round, block: hash, by, valid });
    }

    fn decided(&mut self, node: usize, certificate: Certificate) {
        let Some(header) = self.hosts[node].bodies.get(&certificate.block).cloned() else {
            return self.violated(Kind::Other, format!("node {node} decides a block that it does not have"));
        };
        let (height, round) = (certificate.height, certificate.round);
        let office = self.office(height.get());
        if !self.checks.holds(&certificate, &office.committee) {
            return self.violated(Kind::Other, format!("node {node}: a certificate at {height} does not hold"));
        }
        *self.checks.rounds.entry(round).or_default() += 1;
        let is_proposer = office.turns.proposer(height, round) == self.hosts[node].account;
        self.commit(node, header, certificate, is_proposer);
    }

    fn commit(&mut self, node: usize, header: Header, certificate: Certificate, gossips: bool) {
        if self.hosts[node].is_honest() {
            let valid = is_valid(&header) && header.parent == self.hosts[node].head();
            self.checks.decided(self.now, node, &header, &certificate, valid);
        }
        let host = &mut self.hosts[node];
        host.busy = host.busy.max(self.now) + self.plan.fsync;
        host.disk.chain.push((header.clone(), certificate.clone()));
        host.disk.log.clear();
        host.disk.bodies.clear();
        host.has_work = self.plan.work_every == 0;
        if gossips {
            let time = host.busy;
            self.broadcast(time, node, &Packet::Decided(Box::new((header, certificate))), None);
        }
        self.start(node);
    }

    // --- Peers ---

    pub fn receive(&mut self, node: usize, from: usize, packet: Packet) {
        let next = self.hosts[node].next();
        match packet {
            Packet::Say(word) => self.feed(node, Input::Heard(word)),
            Packet::Body(header) => {
                let height = header.height.get();
                if height == next || height == next + 1 {
                    let hash = header.hash().unwrap();
                    self.hosts[node].bodies.insert(hash, header);
                    self.judge(node, hash);
                }
            }
            Packet::WantBody(hash) => {
                if let Some(header) = self.hosts[node].bodies.get(&hash).cloned() {
                    self.send(self.now, node, from, Packet::Body(header));
                }
            }
            Packet::Decided(decided) => {
                let (header, certificate) = *decided;
                let office = self.office(next);
                let is_next = header.height.get() == next && certificate.height == header.height;
                let is_named = header.hash().ok() == Some(certificate.block) && header.network == NETWORK;
                if is_next && is_named && self.checks.holds(&certificate, &office.committee) {
                    self.commit(node, header, certificate, false);
                }
            }
            Packet::WantDecided(height) => {
                let above = usize::try_from(height.saturating_sub(1)).unwrap();
                let blocks: Vec<_> = self.hosts[node].disk.chain.iter().skip(above).take(8).cloned().collect();
                for decided in blocks {
                    self.send(self.now, node, from, Packet::Decided(Box::new(decided)));
                }
            }
        }
    }

    /// Sends a straggler the block that it lacks.
    fn help(&mut self, node: usize, time: Us, peer: AccountId, height: u64) {
        let last = self.hosts[node].replies.insert((peer, height), time);
        if last.is_some_and(|last| time < last + 100 * MS) {
            return;
        }
        let at = usize::try_from(height.saturating_sub(1)).unwrap();
        let Some(decided) = self.hosts[node].disk.chain.get(at).cloned() else { return };
        for to in self.machines(peer) {
            self.send(time, node, to, Packet::Decided(Box::new(decided.clone())));
        }
    }

    /// Asks somebody for the next block, and for bodies that have not come.
    pub fn poll(&mut self, node: usize, life: u32) {
        let host = &self.hosts[node];
        let missing = host.pending.keys().filter(|hash| !host.bodies.contains_key(hash));
        let mut wants: Vec<_> = missing.map(|hash| Packet::WantBody(*hash)).collect();
        wants.push(Packet::WantDecided(host.next()));
        for want in wants {
            let to = self.random.index(self.hosts.len());
            self.send(self.now, node, to, want);
        }
        self.at(self.now + 500 * MS, Event::Poll { node, life });
    }
}
