//! Who is in a world beside the usual: first committees of any power, candidates for the next, machines with one key.

use crate::{
    event::{Errand, Event, Stimulus},
    lie::Lie,
    node::Node,
    setup,
    world::World,
};
use dpgn_market::Ledger;
use dpgn_node::engine::{Command, StakeOrder};
use dpgn_protocol::{
    bounded::List,
    genesis::Allocation,
    ids::AccountId,
    units::{Credits, Millis, Power},
};

/// The pause after which an owner looks whether its bond is what it is to be, ms.
const LOOK_AGAIN_MS: u64 = 1_500;

impl World {
    /// The first nodes are the first committee, with these powers. Before anything has happened.
    pub fn seats(&mut self, powers: &[u64]) {
        self.genesis.committee = setup::committee(powers);
    }

    /// Gives an account the usual credits. Before anything has happened.
    pub(crate) fn grants(&mut self, account: AccountId) {
        let mut accounts: Vec<Allocation> = self.genesis.accounts.iter().copied().collect();
        // Two liars may have the same weak key.
        if accounts.iter().all(|other| other.account != account) {
            accounts.push(Allocation { account, credits: setup::GRANT });
        }
        self.genesis.accounts = List::new(accounts).unwrap();
    }

    /// A second machine with the key of a coordinator, and a disk of its own; neither knows of the other. Before anything
    /// has happened.
    pub fn twin(&mut self, node: usize) -> usize {
        let (twin, mut machine) = (self.nodes.len(), Node::new(self.nodes[node].keys.clone()));
        machine.coordinates = true;
        self.nodes.push(machine);
        self.lies(node, Lie::Twin);
        self.lies(twin, Lie::Twin);
        self.at(1, Event::Boot(twin));
        twin
    }

    /// The clock of a node is this much ahead.
    pub fn clock_ahead(&mut self, node: usize, ms: u64) {
        self.nodes[node].host.ahead = Millis::new(ms);
    }

    /// The owner of a node wants its bond to be this much, from this time on: a bond makes a candidate, none lets it go.
    pub fn bonds(&mut self, node: usize, bond: Credits, at_ms: u64) {
        self.at(at_ms, Event::Bond(node, bond));
    }

    /// An owner changes its mind about its bond.
    pub(crate) fn wish(&mut self, node: usize, bond: Credits) {
        if self.nodes[node].bond.replace(bond).is_none() {
            self.look(node);
        }
    }

    /// An owner looks again and again at what is bonded, and orders what is missing once nothing is under way.
    pub(crate) fn look(&mut self, node: usize) {
        self.after(LOOK_AGAIN_MS, Event::Look(node));
        let (Some(wanted), Some(engine)) = (self.nodes[node].bond, self.nodes[node].engine()) else { return };
        let (account, has) = (self.account(node), bond_of(engine.ledger(), self.account(node)));
        if has == wanted || engine.backlog().sent > 0 {
            return;
        }
        let order = match wanted.checked_sub(has) {
            Some(amount) => StakeOrder::Bond { amount },
            None => StakeOrder::Unbond { candidate: account, amount: has.checked_sub(wanted).unwrap_or_default() },
        };
        self.drive(node, Stimulus::Command(Command::Stake(order), Errand::Bond));
    }

    /// What a node's account has bonded, as some coordinator has it that is up.
    pub fn bond_of(&self, node: usize) -> Credits {
        let engine = self.nodes.iter().filter(|n| !n.host.is_liar()).find_map(Node::engine);
        engine.map_or(Credits::ZERO, |engine| bond_of(engine.ledger(), self.account(node)))
    }

    /// Whether it has a seat, as some honest node has it that is up, and with which power.
    pub fn power_of(&self, node: usize) -> Option<Power> {
        let engine = self.nodes.iter().filter(|n| !n.host.is_liar()).find_map(Node::engine)?;
        engine.ledger().committee().power(self.account(node))
    }
}

fn bond_of(ledger: &Ledger, account: AccountId) -> Credits {
    let candidates = ledger.election().candidates;
    candidates.iter().find(|candidate| candidate.account == account).map_or(Credits::ZERO, |candidate| candidate.bond)
}
