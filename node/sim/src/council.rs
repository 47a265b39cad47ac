//! How what members say to each other travels.

use crate::{
    event::{Event, Told},
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
    /// The members that hear what a node says to one, or to all; a machine has no connection to another with its own key.
    pub(crate) fn listeners(&self, node: usize, to: Option<AccountId>) -> Vec<usize> {
        let own = self.account(node);
        let members = (0..self.nodes.len()).filter(|n| self.nodes[*n].coordinates && self.account(*n) != own);
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
