//! Those who lie. They see more than is fair: heights and rounds of others, and all that any of them was sent.

use crate::{
    forge,
    host::{Host, Packet, block},
    plan::{MS, Manner, SECOND},
    world::{Event, Overheard, World},
};
use dpgn_protocol::{
    block::{Header, Vote},
    council::{CheckedWord, Prevote, Proposal, Word},
    ids::BlockHash,
    units::Height,
};

/// What liars remember of blocks and votes.
const SEEN_MAX: usize = 64;
const OVERHEARD_MAX: usize = 300;

pub fn prevote(host: &Host, height: u64, round: u32, block: Option<BlockHash>) -> Word {
    Word::Prevote(host.sign(Prevote { height: Height::new(height), round, block }))
}

pub fn precommit(host: &Host, height: u64, round: u32, block: Option<BlockHash>) -> Word {
    Word::Precommit(host.sign(Vote { height: Height::new(height), round, block }))
}

fn proposal(host: &Host, height: u64, round: u32, pol_round: Option<u32>, block: BlockHash) -> Word {
    Word::Proposal(host.sign(Proposal { height: Height::new(height), round, pol_round, block }))
}

impl World {
    /// Says a word to one machine, if it passes that one's edge.
    pub fn whisper(&mut self, from: usize, to: usize, word: Word) {
        if let Some(checked) = self.edge(word) {
            self.send(self.now, from, to, Packet::Say(checked));
        }
    }

    pub fn overhear(&mut self, me: usize, from: usize, packet: Packet) {
        if matches!(self.hosts[me].manner, Manner::Splitter | Manner::Silent) {
            return;
        }
        match packet {
            Packet::Body(header) => self.remember(header),
            Packet::Say(word) => match word.into_word() {
                CheckedWord::Proposal(p) => self.vote_wildly(me, p.height.get(), p.round, Some(p.block)),
                CheckedWord::Precommit(vote) => {
                    let (height, round, block, by) = (vote.height.get(), vote.round, vote.block, vote.signer());
                    self.answer_vote(me, Overheard::Precommit(vote), self.is_honest(by), (height, round, block));
                }
                CheckedWord::Prevote(vote) => {
                    let (height, round, block, by) = (vote.height.get(), vote.round, vote.block, vote.signer());
                    self.answer_vote(me, Overheard::Prevote(vote), self.is_honest(by), (height, round, block));
                }
                CheckedWord::Polka(_) | CheckedWord::Round(_) => {}
            },
            Packet::WantBody(hash) => {
                let known = self.seen.iter().find(|h| h.hash().ok() == Some(hash)).cloned();
                if let (Some(header), true) = (known, self.random.chance(300)) {
                    self.send(self.now, me, from, Packet::Body(header));
                }
            }
            Packet::Decided(_) | Packet::WantDecided(_) => {}
        }
    }

    fn remember(&mut self, header: Header) {
        if self.seen.len() >= SEEN_MAX {
            self.seen.remove(0);
        }
        self.seen.push(header);
    }

    fn answer_vote(&mut self, me: usize, vote: Overheard, honest: bool, what: (u64, u32, Option<BlockHash>)) {
        // Liars don't answer each other: among 22 members that would never end.
        if !honest {
            return;
        }
        if self.overheard.len() >= OVERHEARD_MAX {
            self.overheard.remove(0);
        }
        self.overheard.push(vote);
        let crowd = if self.hosts.len() > 10 { 30 } else { 150 };
        if self.random.chance(crowd) {
            self.vote_wildly(me, what.0, what.1, what.2);
        }
    }

    /// A vote of each kind for everybody: mostly what was heard, often another, or none.
    fn vote_wildly(&mut self, me: usize, height: u64, round: u32, heard: Option<BlockHash>) {
        let is_colluder = self.hosts[me].manner == Manner::Colluder;
        let others = self.seen.iter().filter(|h| h.height.get() == height);
        let others: Vec<_> = others.filter_map(|h| h.hash().ok()).collect();
        for to in 0..self.hosts.len() {
            for is_precommit in [false, true] {
                if !is_colluder && self.random.chance(400) {
                    continue;
                }
                let block = match self.random.below(10) {
                    _ if is_colluder => heard,
                    0..6 => heard,
                    6..8 => None,
                    _ => self.random.pick(&others).copied(),
                };
                let say = if is_precommit { precommit } else { prevote };
                let word = say(&self.hosts[me], height, round, block);
                self.whisper(me, to, word);
            }
        }
    }

    /// A liar's time has come; it comes again soon.
    pub fn lie(&mut self, me: usize) {
        let slow = if self.hosts.len() > 10 { 4 } else { 1 };
        let next = self.now + (5 * MS + self.random.below(40 * MS)) * slow;
        self.at(next, Event::Lie { node: me });
        let target = self.random.index(self.hosts.len());
        let Some((height, round)) = self.hosts[target].core.as_ref().and_then(|core| core.round()) else { return };
        let (height, round) = (height.get(), round + u32::try_from(self.random.below(3)).unwrap());
        match self.hosts[me].manner {
            Manner::Splitter => self.split(me, target, height),
            Manner::Colluder => self.collude(me, target, height, round),
            Manner::Liar => {
                let office = self.office(height);
                if office.turns.proposer(Height::new(height), round) == self.hosts[me].account {
                    self.propose_wildly(me, target, height, round);
                }
                if self.random.chance(400) {
                    self.forge_certificate(me);
                }
                self.junk(me, target, height);
            }
            Manner::Honest | Manner::Silent | Manner::Twins | Manner::Amnesia => {}
        }
    }

    /// A block in time for some clocks and not for others, once for each height.
    fn split(&mut self, me: usize, target: usize, height: u64) {
        let (account, office) = (self.hosts[me].account, self.office(height));
        if office.turns.proposer(Height::new(height), 0) != account {
            return;
        }
        let is_new = self.hosts[me].replies.insert((account, height), self.now).is_none();
        if !is_new {
            return;
        }
        let time = self.now + self.plan.drift + self.plan.skew * 3 / 8;
        let header = block(height, self.hosts[target].head(), time, account, 1, true);
        let hash = header.hash().unwrap();
        self.broadcast(self.now, me, &Packet::Body(header), None);
        let host = &self.hosts[me];
        for word in [proposal(host, height, 0, None, hash), prevote(host, height, 0, Some(hash))] {
            let checked = self.edge(word).unwrap();
            self.broadcast(self.now, me, &Packet::Say(checked), None);
        }
    }

    /// Two blocks of all kinds, told to some, with bodies or without.
    fn propose_wildly(&mut self, me: usize, target: usize, height: u64, round: u32) {
        let (head, head_time) = (self.hosts[target].head(), self.hosts[target].head_time());
        let mut blocks = Vec::new();
        for _ in 0..2 {
            let (salt, kind) = (self.random.below(u64::MAX), self.random.below(10));
            let time = match kind {
                1 => self.now + 3 * SECOND,
                2 => self.now + self.plan.drift,
                3 => head_time + 1,
                6 => head_time,
                _ => self.now.max(head_time + 1),
            };
            let by = if kind == 4 { self.hosts[target].account } else { self.hosts[me].account };
            let header = block(height, head, time, by, salt, kind != 5);
            self.remember(header.clone());
            blocks.push(header);
        }
        if self.random.chance(300) {
            // Somebody's block again, of this height or of one below.
            let is_old = self.random.chance(300);
            let known = self.seen.iter().rev().find(|h| is_old || h.height.get() == height).cloned();
            blocks[0] = known.unwrap_or_else(|| blocks[0].clone());
        }
        let pol_round =
            self.random.chance(400).then(|| u32::try_from(self.random.below(u64::from(round) + 3)).unwrap());
        for to in 0..self.hosts.len() {
            let header = self.random.pick(&blocks).unwrap().clone();
            let word = proposal(&self.hosts[me], height, round, pol_round, header.hash().unwrap());
            if self.random.chance(850) {
                self.whisper(me, to, word);
            }
            if self.random.chance(700) {
                self.send(self.now, me, to, Packet::Body(header));
            }
        }
    }

    fn forge_certificate(&mut self, me: usize) {
        let Some(word) = forge::certificate(self, me) else { return };
        let Some(checked) = self.edge(word) else { return };
        for to in 0..self.hosts.len() {
            if self.random.chance(500) {
                self.send(self.now, me, to, Packet::Say(checked.clone()));
            }
        }
    }

    /// Far rounds, far heights, forged names.
    fn junk(&mut self, me: usize, target: usize, height: u64) {
        for _ in 0..3 {
            let to = self.random.index(self.hosts.len());
            let round = if self.random.chance(20) { u32::MAX } else { u32::try_from(self.random.below(40)).unwrap() };
            let height = height + self.random.below(4);
            let block = self.seen.last().and_then(|h| h.hash().ok());
            let say = if self.random.chance(500) { prevote } else { precommit };
            let mut word = say(&self.hosts[me], height, round, block);
            if let (Word::Precommit(raw) | Word::Prevote(raw), true) = (&mut word, self.random.chance(200)) {
                raw.signer = self.hosts[target].account;
            }
            self.whisper(me, to, word);
        }
    }

    /// To the even one block, to the odd another, and all votes that they need.
    fn collude(&mut self, me: usize, target: usize, height: u64, round: u32) {
        let office = self.office(height);
        if office.turns.proposer(Height::new(height), round) != self.hosts[me].account {
            return;
        }
        let (head, time) = (self.hosts[target].head(), self.now.max(self.hosts[target].head_time() + 1));
        let by = self.hosts[me].account;
        let blocks = [0, 1].map(|salt| block(height, head, time, by, salt, true));
        let colluders = (0..self.hosts.len()).filter(|n| self.hosts[*n].manner == Manner::Colluder);
        let colluders: Vec<_> = colluders.collect();
        for to in 0..self.hosts.len() {
            let header = blocks[to % 2].clone();
            let hash = header.hash().unwrap();
            self.send(self.now, me, to, Packet::Body(header));
            let mut words = vec![proposal(&self.hosts[me], height, round, None, hash)];
            for one in &colluders {
                words.push(prevote(&self.hosts[*one], height, round, Some(hash)));
                words.push(precommit(&self.hosts[*one], height, round, Some(hash)));
            }
            for word in words {
                self.whisper(me, to, word);
            }
        }
    }
}
