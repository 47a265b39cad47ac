//! What must hold in every run, whatever goes wrong. The first violation is kept.

use dpgn_market::{Ledger, Stage};
use dpgn_node::{
    consensus::bft::{Record, RecordedWord},
    engine::Notice,
};
use dpgn_protocol::{
    award::{AwardId, StartStatement},
    checkpoint::Checkpoint,
    committee::Committee,
    council::Word,
    ids::{AccountId, BlockHash, OpId, PublicInputsDigest, TaskId},
    ops::SignedOp,
    outcome::Settlement,
    receipt::Handover,
    sign::Signed,
    units::Height,
};
use std::collections::{BTreeMap, BTreeSet};

/// The record of what a run has done so far, and of what it must not do.
#[derive(Default)]
pub struct Checker {
    liars: BTreeSet<AccountId>,
    blocks: BTreeMap<Height, BlockHash>,
    settled: BTreeMap<TaskId, Settlement>,
    /// Wanted proofs that were bought.
    bought: BTreeSet<u64>,
    shown: u64,
    /// Awards that came to nothing, and why.
    lost: BTreeSet<(TaskId, AccountId, String)>,
    /// Members who lie, and those of them that were convicted of it.
    distrusted: BTreeSet<AccountId>,
    convicted: BTreeSet<AccountId>,
    /// The words that honest members have signed: one of each place.
    signed: BTreeMap<RecordedWord, Vec<u8>>,
    /// The committee of each epoch that was handed over to, by the first height that it decides.
    offices: BTreeMap<Height, Committee>,
    /// The highest block that was decided when an op was first told to others.
    told: BTreeMap<OpId, Height>,
    /// Tasks that no ask could take, and why.
    stalled: BTreeMap<TaskId, String>,
    /// The height of each replica when it was last looked at.
    heights: BTreeMap<usize, Height>,
    violation: Option<String>,
}

impl Checker {
    /// A checker that knows who never earns its pay.
    pub(crate) fn new(liars: impl IntoIterator<Item = AccountId>) -> Self {
        Self { liars: liars.into_iter().collect(), ..Self::default() }
    }

    pub(crate) fn violated(&mut self, what: String) {
        self.violation.get_or_insert(what);
    }

    /// The first violation, if there was one.
    pub fn violation(&self) -> Option<&str> {
        self.violation.as_deref()
    }

    /// The settlements that were seen, by task.
    pub fn settled(&self) -> &BTreeMap<TaskId, Settlement> {
        &self.settled
    }

    /// Awards that came to nothing, and why.
    pub fn lost(&self) -> &BTreeSet<(TaskId, AccountId, String)> {
        &self.lost
    }

    /// Tasks whose owners were told that no ask can take them, and why.
    pub fn stalled(&self) -> &BTreeMap<TaskId, String> {
        &self.stalled
    }

    /// The number of times that inputs were shown.
    pub fn shown(&self) -> u64 {
        self.shown
    }

    /// Whether a replica stands elsewhere than when it was last looked at.
    pub(crate) fn is_news(&mut self, node: usize, height: Height) -> bool {
        self.heights.insert(node, height) != Some(height)
    }

    /// A replica stands here, after a block.
    pub(crate) fn applied(&mut self, node: usize, ledger: &Ledger, block: BlockHash) {
        let height = ledger.height();
        if !ledger.supply().is_conserved() {
            self.violated(format!("node {node}, height {height}: {:?}", ledger.supply()));
        }
        // The header, and so the block's name, holds the state root; the engine has compared it with its own.
        self.committed(node, height, block);
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

    /// A node has put a block on its disk.
    pub(crate) fn committed(&mut self, node: usize, height: Height, block: BlockHash) {
        let first = *self.blocks.entry(height).or_insert(block);
        if first != block {
            self.violated(format!("node {node}: {block:?} at height {height}, where {first:?} was decided"));
        }
    }

    /// A node has ended an epoch: what it keeps for whoever wants to follow holds, and is the same everywhere.
    pub(crate) fn handed_over(&mut self, node: usize, trusted: &Checkpoint, handover: &Handover) {
        let Handover { header, certificate, committee } = handover;
        self.offices.entry(trusted.height.next()).or_insert_with(|| trusted.committee.clone());
        let below = self.offices.range(..=header.height).next_back();
        let Some((_, office)) = below else { return };
        let is_decided = certificate.check(trusted.network, office).is_ok();
        let is_named = header.hash().is_ok_and(|hash| hash == certificate.block);
        if !is_decided || !is_named || header.next_committee != committee.hash() {
            return self.violated(format!("node {node}: the handover at height {} doesn't hold", header.height));
        }
        if committee.sum(self.distrusted.iter().copied()).saturating_mul(3) >= committee.total() {
            return self.violated(format!("liars have a third of the power after height {}", header.height));
        }
        if self.offices.entry(header.height.next()).or_insert_with(|| committee.clone()) != committee {
            self.violated(format!("node {node}: another committee after height {}", header.height));
        }
    }

    /// The committees that have been in office, in order, the first one too once it has handed over.
    pub fn offices(&self) -> impl Iterator<Item = &Committee> {
        self.offices.values()
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

    pub(crate) fn notice(&mut self, notice: &Notice) {
        match notice {
            Notice::Settled(settlement) => self.paid(settlement),
            Notice::AwardEnded { task, prover, why } => {
                self.lost.insert((*task, *prover, why.clone()));
                if why.contains("found the proof") && !self.liars.contains(prover) {
                    self.violated(format!("{prover}, who is honest: {why}"));
                }
            }
            Notice::Stalled { task, why } => drop(self.stalled.insert(*task, why.clone())),
            Notice::Block { .. }
            | Notice::Jumped { .. }
            | Notice::Opened { .. }
            | Notice::Awarded { .. }
            | Notice::Started { .. }
            | Notice::Progress { .. }
            | Notice::Delivered { .. }
            | Notice::Completed { .. }
            | Notice::ProvingLocally { .. }
            | Notice::ProvedLocally { .. }
            | Notice::Failed { .. } => {}
        }
    }

    /// A node tells others of its ops.
    pub(crate) fn tells(&mut self, ops: &[SignedOp]) {
        let head = self.blocks.last_key_value().map_or(Height::new(0), |(height, _)| *height);
        for op in ops {
            self.told.entry(op.id()).or_insert(head);
        }
    }

    /// The height of the highest block that was decided when an op was first told to others.
    pub fn first_told(&self, op: OpId) -> Option<Height> {
        self.told.get(&op).copied()
    }

    /// A node has taken a purchase on.
    pub(crate) fn bought(&mut self, number: u64) {
        self.bought.insert(number);
    }

    /// A member lies: what it says of others is no fault of theirs, and it may be accused.
    pub(crate) fn distrusts(&mut self, account: AccountId) {
        self.distrusted.insert(account);
    }

    pub(crate) fn is_distrusted(&self, account: AccountId) -> bool {
        self.distrusted.contains(&account)
    }

    /// Somebody shows that a member has signed two words of one place.
    pub(crate) fn convicts(&mut self, account: AccountId) {
        self.convicted.insert(account);
    }

    /// Members that were convicted of lying.
    pub fn convicted(&self) -> &BTreeSet<AccountId> {
        &self.convicted
    }

    /// An honest member says a word: of its own it has one for each place.
    pub(crate) fn said(&mut self, node: usize, own: AccountId, word: &Word) {
        let record = Record::Word(word.clone());
        let Ok(Some((place, body))) = record.word() else { return };
        if place.signer == own && self.signed.entry(place).or_insert_with(|| body.to_vec()).as_slice() != body {
            self.violated(format!("node {node} signs two words: {place:?}"));
        }
    }

    /// A member says a word that its log doesn't hold; only those of others need not be there.
    pub(crate) fn unlogged(&mut self, node: usize, own: AccountId, word: &Word) {
        let record = Record::Word(word.clone());
        if let Ok(Some((place, _))) = record.word()
            && place.signer == own
        {
            self.violated(format!("node {node} says what its log does not hold: {place:?}"));
        }
    }

    /// The blocks that were decided.
    pub fn heights(&self) -> usize {
        self.blocks.len()
    }

    /// The block of a height, if some node has decided one.
    pub(crate) fn a_block_at(&self, height: Height) -> Option<BlockHash> {
        self.blocks.get(&height).copied()
    }

    /// The purchases that nodes have taken on.
    pub fn purchases(&self) -> usize {
        self.bought.len()
    }

    /// Why inputs must be refused to whoever asks a node for them, as its ledger has it.
    pub(crate) fn forbids(
        from: AccountId,
        task: TaskId,
        start: &Signed<StartStatement>,
        ledger: &Ledger,
    ) -> Option<&'static str> {
        let live = ledger.task(task).and_then(|view| view.task.stage.award());
        let named = live.map(|live| AwardId { task, number: live.number });
        match () {
            () if live.map(|live| live.prover) != Some(from) => Some("is not awarded the task"),
            () if start.signer() != from || Some(start.award) != named => Some("shows no Start for its award"),
            () => None,
        }
    }

    /// Takes note that a node serves inputs.
    pub(crate) fn served(&mut self, node: usize, forbidden: Option<&'static str>) {
        self.shown += 1;
        if let Some(why) = forbidden {
            self.violated(format!("node {node} shows inputs to somebody who {why}"));
        }
    }
}
