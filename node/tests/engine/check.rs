//! What must hold in every run, whatever goes wrong. The first violation is kept.

use crate::node::Node;
use dpgn_market::{Ledger, Stage};
use dpgn_node::engine::{Notice, Token};
use dpgn_protocol::{
    ids::{AccountId, BlockHash, PublicInputsDigest, TaskId},
    ops::{Action, SignedOp},
    outcome::Settlement,
    units::Height,
};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct Checker {
    liars: BTreeSet<AccountId>,
    blocks: BTreeMap<Height, BlockHash>,
    settled: BTreeMap<TaskId, Settlement>,
    /// What each wanted proof was bought as.
    bought: BTreeMap<u64, TaskId>,
    /// Questions for inputs, and why they must be refused.
    asked: BTreeMap<(usize, Token), Option<&'static str>>,
    shown: u64,
    /// Awards that came to nothing, and why.
    lost: BTreeSet<(TaskId, AccountId, String)>,
    violation: Option<String>,
}

impl Checker {
    pub fn new(nodes: &[Node]) -> Self {
        let liars = nodes.iter().filter(|n| n.manner.earns_nothing()).map(|n| n.keys.account()).collect();
        Self { liars, ..Self::default() }
    }

    pub fn violated(&mut self, what: String) {
        self.violation.get_or_insert(what);
    }

    pub fn violation(&self) -> Option<&str> {
        self.violation.as_deref()
    }

    pub fn settled(&self) -> &BTreeMap<TaskId, Settlement> {
        &self.settled
    }

    /// Awards that came to nothing, and why.
    pub fn lost(&self) -> &BTreeSet<(TaskId, AccountId, String)> {
        &self.lost
    }

    /// How often inputs were shown.
    pub fn shown(&self) -> u64 {
        self.shown
    }

    /// A replica has applied a block.
    pub fn applied(&mut self, node: usize, ledger: &Ledger, block: BlockHash) {
        let height = ledger.height();
        if !ledger.supply().is_conserved() {
            self.violated(format!("node {node}, height {height}: {:?}", ledger.supply()));
        }
        // The header, and so the block's name, holds the state root; the engine has compared it with its own.
        let first = *self.blocks.entry(height).or_insert(block);
        if first != block {
            self.violated(format!("node {node}: {block:?} at height {height}, where {first:?} was decided"));
        }
        let mut bids = BTreeSet::<(AccountId, PublicInputsDigest)>::new();
        for (task, view) in ledger.tasks() {
            if !bids.insert((view.requester, view.bid.statement)) {
                self.violated(format!("{task} is bought a second time"));
            }
            if let Stage::Completed { settlement, .. } = &view.stage {
                self.paid(settlement);
            }
        }
    }

    fn paid(&mut self, settlement: &Settlement) {
        let first = self.settled.entry(settlement.task).or_insert_with(|| settlement.clone());
        if first != settlement {
            let why = format!("{} is paid twice: {first:?}, {settlement:?}", settlement.task);
            self.violated(why);
        }
        if self.liars.contains(&settlement.prover) {
            self.violated(format!("{}, who lies, is paid for {}", settlement.prover, settlement.task));
        }
    }

    pub fn notice(&mut self, notice: &Notice) {
        match notice {
            Notice::Settled(settlement) => self.paid(settlement),
            Notice::AwardEnded { task, prover, why } => {
                self.lost.insert((*task, *prover, why.clone()));
                if why.contains("found the proof") && !self.liars.contains(prover) {
                    self.violated(format!("{prover}, who is honest: {why}"));
                }
            }
            _ => {}
        }
    }

    /// A node has taken a purchase on.
    pub fn bought(&mut self, number: u64, task: TaskId) {
        self.bought.insert(number, task);
    }

    /// Somebody asks a node for inputs; this is what its ledger says of that.
    pub fn asked(&mut self, at: (usize, Token), from: AccountId, task: TaskId, start: &SignedOp, ledger: &Ledger) {
        let view = ledger.task(task).map(|view| view.task);
        let award = view.and_then(|task| task.stage.award()).map(|award| award.prover);
        let is_started = view.is_some_and(|task| matches!(task.stage, Stage::InProgress(_)));
        let says_start = start.signer() == from && matches!(start.op().action, Action::Start { task: t } if t == task);
        let why = match () {
            () if award != Some(from) => Some("is not awarded the task"),
            () if !says_start => Some("shows no Start"),
            () if !is_started && ledger.check(start, ledger.time()).is_err() => {
                Some("shows a Start that cannot be applied")
            }
            () => None,
        };
        self.asked.insert(at, why);
    }

    /// A node serves inputs.
    pub fn served(&mut self, node: usize, token: Token) {
        self.shown += 1;
        if let Some(why) = self.asked.remove(&(node, token)).flatten() {
            self.violated(format!("node {node} shows inputs to somebody who {why}"));
        }
    }
}
