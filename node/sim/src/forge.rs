//! Blocks that liars make up: each looks like one of their own, and may not follow its parent, or was never decided.

use crate::{event::Told, lie::Lie, node::Node, setup, world::World};
use dpgn_market::{Body, Ledger};
use dpgn_node::{
    driver::verify_ops,
    engine::{Head, Input},
};
use dpgn_protocol::{
    block::{Block, Certificate, Decided, Vote},
    bounded::{Bytes, List},
    codec,
    commit::Commit,
    ids::{AccountId, BlockHash, CertificateHash, NetworkId, StateRoot},
    ops::{Action, Circuit, Op, RawOp, SignedOp},
    sign::{Keypair, Signature, Unverified},
    units::{Credits, Height, Millis, Timestamp},
};

/// Ops that are more than a block may hold, of 3.6 kB each.
const TOO_MANY: u64 = 60;

impl World {
    /// The block that a liar names in the place of one that its engine has made.
    pub(crate) fn in_its_place(&mut self, node: usize, lie: Lie, hash: BlockHash) -> Option<Block> {
        if !self.lies.forged.contains_key(&hash) {
            let made = other(&self.nodes[node], lie, hash)?;
            self.lies.forged.insert(hash, made);
        }
        self.lies.forged.get(&hash).cloned()
    }

    /// A hash that a body could be asked for by: the head's, that of a block below, or nobody's.
    pub(crate) fn any(&mut self, head: &Head) -> BlockHash {
        match self.chance.between(0, 3) {
            0 => head.hash,
            1 => self.checker.a_block_at(head.height.next()).unwrap_or(head.hash),
            2.. => BlockHash::from_bytes([self.chance.between(0, 256) as u8; 32]),
        }
    }

    /// A block that nobody has decided, and votes beside it that are too few, or for something else.
    pub(crate) fn undecided(&mut self, node: usize) -> Option<Decided> {
        let (kind, far) = (self.chance.between(0, 4), self.chance.between(1, 1_000));
        let this = &self.nodes[node];
        let (_, last) = this.host.disk.blocks.last_key_value()?;
        let (mut block, mut certificate) = (last.block.clone(), last.certificate.clone());
        if kind == 0 {
            // Another body under the same signatures.
            block.ops = List::default();
            return Some(Decided { block, certificate });
        }
        let height = if kind == 1 { far } else { 1 };
        block.header.height = Height::new(block.header.height.get() + height);
        block.header.parent = certificate.block;
        block.header.time = block.header.time.after(Millis::new(1));
        block.header.proposer = this.keys.account();
        let network = block.header.network;
        let block = sealed(Block { last_commit: Some(certificate.clone()), ops: List::default(), ..block });
        let hash = block.header.hash().ok()?;
        if kind != 2 {
            let vote = Vote { height: block.header.height, round: 0, block: Some(hash) };
            let own = this.keys.sign(network, vote).ok()?.into_raw();
            certificate = Certificate { votes: List::new(vec![own]).ok()?, ..certificate };
        }
        certificate = Certificate { height: block.header.height, round: 0, block: hash, ..certificate };
        Some(Decided { block, certificate })
    }

    /// Tells members and everybody else that a block is decided.
    pub(crate) fn spread(&mut self, node: usize, decided: Decided) {
        let Ok(ops) = verify_ops(&decided, self.genesis.network().unwrap()) else { return };
        let input = Input::Decided { from: self.account(node), decided: Box::new(decided), ops };
        self.gossip(node, &input);
        self.pass_on(node, &self.listeners(node, None), &Told::Input(input));
    }
}

/// Another block than this one of the node's own, which lies with its log.
fn other(node: &Node, lie: Lie, hash: BlockHash) -> Option<Block> {
    let ledger = node.engine()?.ledger();
    let block = node.host.disk.log.get(&ledger.height().next())?.bodies.get(&hash)?.clone();
    if block.header.proposer != node.keys.account() {
        return None;
    }
    match lie {
        // Empty, and a little later.
        Lie::SaysTwoThings => {
            let time = block.header.time.after(Millis::new(1));
            made_anew(ledger, Block { ops: List::default(), ..block }, time)
        }
        Lie::BackInTime => made_anew(ledger, block, ledger.time().after(Millis::new(1))),
        Lie::StandsStill => {
            let mut block = block;
            block.header.time = ledger.time();
            Some(block)
        }
        Lie::WeakKey => {
            let (mut ops, to, time) = (block.ops.into_vec(), node.keys.account(), block.header.time);
            ops.push(weak_op(to, time.after(Millis::from_secs(60))));
            made_anew(ledger, Block { ops: List::new(ops).ok()?, ..block }, time)
        }
        Lie::FalseState => {
            let mut block = block;
            block.header.state = StateRoot::from_bytes([13; 32]);
            Some(block)
        }
        Lie::TooLarge => {
            let ops = (0..TOO_MANY).map(|nth| own_op(&node.keys, block.header.network, &block, nth)).collect();
            Some(sealed(Block { ops: List::new(ops).ok()?, ..block }))
        }
        Lie::Garbage => {
            let elsewhere = NetworkId::from_bytes([9; 32]);
            let ops = List::new(vec![own_op(&node.keys, elsewhere, &block, 0)]).ok()?;
            Some(sealed(Block { ops, ..block }))
        }
        Lie::Silent
        | Lie::WithholdsBodies
        | Lie::AheadOfTime(_)
        | Lie::LeavesOut(_)
        | Lie::FalseFindings
        | Lie::OldVotes
        | Lie::AsksForBodies
        | Lie::ForgesDecided
        | Lie::ForgetsLocks
        | Lie::LosesLog
        | Lie::Twin => None,
    }
}

/// A block of the same proposer, height and parent at this time, and the state that it leaves. Ops whose signatures do not hold
/// stay in it, and change nothing in that state.
fn made_anew(ledger: &Ledger, block: Block, time: Timestamp) -> Option<Block> {
    let (network, deciders) = (ledger.network(), ledger.deciders());
    let commit = block.last_commit.as_ref().map(|last| Commit::check(last, network, deciders)).transpose().ok()?;
    let (mut ops, mut bad) = (Vec::new(), Vec::new());
    for raw in block.ops.into_vec() {
        match raw.clone().verify(network) {
            Ok(op) => ops.push(op),
            Err(_) => bad.push(raw),
        }
    }
    let mut header = block.header;
    let body = Body { parent: header.parent, time, proposer: header.proposer, last_commit: commit.as_ref(), ops: &ops };
    let draft = ledger.propose(body).ok()?;
    (header.time, header.ops, header.state) = (time, draft.applied.ops_root, draft.applied.state_root);
    header.next_committee = draft.next.committee().hash();
    let ops = draft.ops.iter().map(SignedOp::to_raw).chain(bad).collect();
    Some(sealed(Block { header, last_commit: block.last_commit, ops: List::new(ops).ok()? }))
}

/// The block with a header that names its body.
fn sealed(mut block: Block) -> Block {
    let none = CertificateHash::from_bytes([0; 32]);
    block.header.last_commit = block.last_commit.as_ref().map_or(none, |last| last.hash().unwrap());
    block.header.body = Block::body_hash(block.last_commit.as_ref(), &block.ops).unwrap();
    block
}

/// A large op of a liar's own, signed for a network.
fn own_op(keys: &Keypair, network: NetworkId, block: &Block, nonce: u64) -> RawOp {
    let verifier_data = Bytes::new(setup::SAMPLE.to_vec()).unwrap();
    let expires = block.header.time.after(Millis::from_secs(60));
    let op = Op { nonce, expires, sponsor: None, action: Action::Circuit(Circuit { verifier_data }) };
    RawOp { op: keys.sign(network, op).unwrap().into_raw(), endorsement: None }
}

/// An op that gives away all that the weak key has.
fn weak_op(to: AccountId, expires: Timestamp) -> RawOp {
    let op = Op {
        nonce: 1,
        expires,
        sponsor: None,
        action: Action::Transfer { to, amount: Credits::new(setup::GRANT.get() / 2) },
    };
    let (signer, mut signature) = (setup::weak_account(), [0; 64]);
    signature[..32].copy_from_slice(signer.as_bytes());
    let body = Bytes::new(codec::encode(&op).unwrap()).unwrap();
    RawOp { op: Unverified { signer, body, signature: Signature::from_bytes(&signature) }, endorsement: None }
}
