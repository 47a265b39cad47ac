//! How what members say to each other travels, and how a network is parted for a while.

use crate::{
    event::{Event, Told},
    parting::Parting,
    world::World,
};
use dpgn_node::{
    driver::verify_ops,
    engine::{CouncilInput, Input},
};
use dpgn_protocol::{
    council::{Said, equivocation},
    ids::AccountId,
    ops::{Action, SignedOp},
};

impl World {
    /// Between these times nothing passes between the nodes of this side and the others.
    pub fn part(&mut self, side: impl IntoIterator<Item = usize>, from_ms: u64, until_ms: u64) {
        self.partings.push(Parting { side: side.into_iter().collect(), from_ms, until_ms });
    }

    /// Whether nothing passes between two nodes now.
    pub(crate) fn are_parted(&self, one: usize, other: usize) -> bool {
        let now = self.now_ms();
        let going_on = |parting: &&Parting| (parting.from_ms..parting.until_ms).contains(&now);
        self.partings.iter().filter(going_on).any(|p| p.side.contains(&one) != p.side.contains(&other))
    }

    /// The members that hear what a node says to one, or to all.
    pub(crate) fn listeners(&self, node: usize, to: Option<AccountId>) -> Vec<usize> {
        let members = (0..self.nodes.len()).filter(|other| self.nodes[*other].coordinates && *other != node);
        members.filter(|other| to.is_none_or(|to| to == self.account(*other))).collect()
    }

    /// A member says something to another, or to all others; a liar says to each what it likes.
    pub(crate) fn tell(&mut self, node: usize, to: Option<AccountId>, said: Said) {
        let listeners = self.listeners(node, to);
        let Some(lie) = self.nodes[node].host.lie else {
            return if let Some(told) = self.edge(node, said) {
                self.pass_on(node, &listeners, &told)
            };
        };
        for listener in listeners {
            let twisted = self.twisted(node, lie, listener, said.clone());
            if let Some(told) = twisted.and_then(|said| self.edge(node, said)) {
                self.pass_on(node, &[listener], &told);
            }
        }
    }

    /// What is left of something said when signatures and bodies are checked.
    fn edge(&self, node: usize, said: Said) -> Option<Told> {
        let (from, network) = (self.account(node), self.genesis.network().unwrap());
        let input = match said {
            Said::Word(word) => return Some(Told::Word(word.check(network).unwrap())),
            Said::Body(block) if !block.is_whole() => return None,
            Said::Body(block) => CouncilInput::Body { from, hash: block.header.hash().unwrap(), block },
            Said::WantBody { height, block } => CouncilInput::BodyWanted { from, height, block },
            Said::Decided(decided) => {
                let ops = verify_ops(&decided, network).ok()?;
                return Some(Told::Input(Input::Decided { from, decided, ops }));
            }
        };
        Some(Told::Input(Input::Council(input)))
    }

    pub(crate) fn pass_on(&mut self, node: usize, listeners: &[usize], told: &Told) {
        for &other in listeners {
            let times = if self.strikes(self.faults.doubled) { 2 } else { 1 };
            for _ in 0..times {
                let is_there = self.nodes[other].driver.is_some() && !self.are_parted(node, other);
                if !self.strikes(self.faults.lost) && is_there {
                    let delay = self.delay();
                    self.after(delay, Event::Told(other, told.clone()));
                }
            }
        }
    }

    /// An honest node accuses nobody who is honest.
    pub(crate) fn accuses(&mut self, node: usize, op: &SignedOp) {
        let Action::Evidence { kind, first, second } = &op.op().action else { return };
        match equivocation(*kind, self.genesis.network().unwrap(), first, second) {
            Ok(found) if self.checker.is_distrusted(found.account) => self.checker.convicts(found.account),
            Ok(found) => self.checker.violated(format!("node {node} convicts {}, who is honest", found.account)),
            Err(why) => self.checker.violated(format!("node {node} shows evidence that is none: {why}")),
        }
    }
}
