//! Blocks that are refused, each with its typed reason, at the check that every proposed block goes through.
//!
//! One rule taken out makes its line fail. The blocks are as a liar would make them: whole, well signed, and wrong in one
//! thing.

use super::*;
use crate::{engine::halt::Left, genesis_file::new_network};
use dpgn_market::{BlockError, Body, Refused};
use dpgn_protocol::{
    award::AwardId,
    block::{Certificate, CertificateError, Header, Vote},
    bounded::{Bytes, List},
    codec,
    commit::Commit,
    council::WordKind,
    finding::{Finding, Judged},
    genesis::Params,
    ids::{AccountId, CertificateHash, CommitteeHash, NetworkId, OpsRoot, ProofHash, StateRoot, TaskId},
    limits::{BLOCK_BYTES_MAX, NONCE_WINDOW},
    merkle,
    ops::{Action, Circuit, Op},
    outcome::Outcome,
    refusal::RefusalCode,
    sign::{Keypair, SignError, Unverified},
    units::{Credits, Epoch, Height, Millis, Timestamp},
};

/// The blocks of an epoch here.
const EPOCH: u64 = 4;
const YEAR: Millis = Millis::from_secs(365 * 24 * 3_600);

fn keys(n: u8) -> Keypair {
    Keypair::from_seed(&[n; 32])
}

fn who(n: u8) -> AccountId {
    keys(n).account()
}

/// A chain of four members, and one more account.
struct Chain {
    ledger: Arc<Ledger>,
    head: Head,
    below: Option<Header>,
}

impl Chain {
    fn new() -> Self {
        let accounts: Vec<_> = (1..=5).map(who).collect();
        let params = Params { epoch_blocks: EPOCH, ..Params::default() };
        let genesis = new_network("refused", &accounts[..4], &accounts, params).unwrap();
        let ledger = Arc::new(Ledger::new(&genesis).unwrap());
        let hash = BlockHash::from_bytes([0; 32]);
        let head = Head { height: Height::new(0), hash, time: genesis.time, certificate: None };
        Self { ledger, head, below: None }
    }

    /// A chain with a few blocks, in whose second epoch the fourth member is in office no more: it has signed two words.
    fn with_a_retired_member() -> Self {
        let mut chain = Self::new();
        let [first, second] = [1, 2].map(|n| chain.precommit(4, Height::new(1), BlockHash::from_bytes([n; 32])));
        let evidence = Action::Evidence { kind: WordKind::Precommit, first, second };
        chain.grow(&[1, 2, 3, 4], |chain| vec![chain.op(1, evidence.clone())]);
        while chain.head.height.get() <= EPOCH {
            chain.grow(&[1, 2, 3, 4], |_| Vec::new());
        }
        assert_eq!((chain.ledger.committee().power(who(4)), chain.ledger.committee().members().len()), (None, 3));
        chain
    }

    fn precommit(&self, n: u8, height: Height, block: BlockHash) -> Unverified {
        let vote = Vote { height, round: 0, block: Some(block) };
        keys(n).sign(self.ledger.network(), vote).unwrap().into_raw()
    }

    fn op(&self, n: u8, action: Action) -> SignedOp {
        let (nonce, expires) = (self.ledger.free_nonces(who(n))[0], self.head.time.after(Millis::from_secs(60)));
        SignedOp::new(keys(n).sign(self.ledger.network(), Op { nonce, expires, sponsor: None, action }).unwrap())
    }

    /// The votes of these for the block below the next one.
    fn commit(&self, voters: &[u8]) -> Option<Certificate> {
        let (height, block) = (self.head.height, self.head.hash);
        let mut votes: Vec<_> = voters.iter().map(|n| self.precommit(*n, height, block)).collect();
        votes.sort_by_key(|vote| vote.signer);
        self.below.as_ref().map(|_| Certificate { height, round: 0, block, votes: List::new(votes).unwrap() })
    }

    /// The next block, whose header says what its ops do.
    fn honest(&self, last_commit: Option<Certificate>, ops: &[SignedOp]) -> Block {
        let (network, deciders) = (self.ledger.network(), self.ledger.deciders());
        let commit = last_commit.as_ref().map(|last| Commit::check(last, network, deciders).unwrap());
        let (parent, time, proposer) = (self.head.hash, self.head.time.after(Millis::new(100)), who(1));
        let mut next = Ledger::clone(&self.ledger);
        let applied = next.apply(Body { parent, time, proposer, last_commit: commit.as_ref(), ops }).unwrap();
        let (epoch, ops_root, state) = (applied.epoch, applied.ops_root, applied.state_root);
        let left = Left { epoch, ops: ops_root, state, committee: next.committee().hash() };
        self.block(last_commit, ops, left)
    }

    /// The next block with these parts, whole.
    fn block(&self, last_commit: Option<Certificate>, ops: &[SignedOp], left: Left) -> Block {
        let raw = List::new(ops.iter().map(SignedOp::to_raw).collect()).unwrap();
        let header = Header {
            network: self.ledger.network(),
            height: self.head.height.next(),
            parent: self.head.hash,
            time: self.head.time.after(Millis::new(100)),
            epoch: left.epoch,
            proposer: who(1),
            last_commit: CertificateHash::from_bytes([0; 32]),
            body: Block::body_hash(None, &raw).unwrap(),
            ops: left.ops,
            state: left.state,
            next_committee: left.committee,
        };
        whole(Block { header, last_commit, ops: raw })
    }

    fn check(&self, block: Block) -> Result<Valid, InvalidBlock> {
        assert!(block.is_whole());
        let (hash, heard) = (block.header.hash().unwrap(), vec![None; block.ops.len()]);
        let (parent, head) = (self.ledger.clone(), self.head.clone());
        BlockOrder { hash, block: Box::new(block), parent, head, heard }.check()
    }

    /// Goes on by an honest block, below which these have voted.
    fn grow(&mut self, voters: &[u8], ops: impl Fn(&Self) -> Vec<SignedOp>) {
        let block = self.honest(self.commit(voters), &ops(self));
        let valid = self.check(block.clone()).unwrap();
        assert!(!valid.applied.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Refused(_))));
        let Header { height, time, .. } = block.header;
        self.head = Head { height, hash: block.header.hash().unwrap(), time, certificate: None };
        (self.ledger, self.below) = (valid.ledger, Some(block.header));
    }

    /// Why the next block is refused, if this is changed in an honest one.
    fn refused(&self, change: impl FnOnce(&mut Block)) -> InvalidBlock {
        let mut block = self.honest(self.commit(&[1, 2, 3]), &[]);
        change(&mut block);
        self.check(whole(block)).unwrap_err()
    }
}

/// The block with a header that names its body.
fn whole(mut block: Block) -> Block {
    block.header.last_commit = match &block.last_commit {
        Some(last) => last.hash().unwrap(),
        None => CertificateHash::from_bytes([0; 32]),
    };
    block.header.body = Block::body_hash(block.last_commit.as_ref(), &block.ops).unwrap();
    block
}

#[test]
fn a_block_out_of_its_place_or_time_is_refused() {
    let mut chain = Chain::new();
    chain.grow(&[], |_| Vec::new());
    assert!(chain.check(chain.honest(chain.commit(&[1, 2, 3]), &[])).is_ok());
    let (next, time, hash) = (chain.head.height.next(), chain.head.time, chain.head.hash);

    let got = NetworkId::from_bytes([9; 32]);
    assert_eq!(chain.refused(|b| b.header.network = got), InvalidBlock::Network { got });
    for got in [chain.head.height, next.next()] {
        assert_eq!(chain.refused(|b| b.header.height = got), InvalidBlock::Height { got, expected: next });
    }
    let got = BlockHash::from_bytes([9; 32]);
    assert_eq!(chain.refused(|b| b.header.parent = got), InvalidBlock::Parent { got, head: hash });

    let at = |got: Timestamp| chain.refused(|b| b.header.time = got);
    let (next_year, latest) = (time.after(YEAR), chain.ledger.latest_time());
    assert_eq!(at(next_year), InvalidBlock::Refused(BlockError::TimeStep { got: next_year, latest }));
    assert_eq!(at(time), InvalidBlock::Refused(BlockError::Time { got: time, after: time }));
    assert_eq!(chain.refused(|b| b.header.proposer = who(5)), InvalidBlock::Refused(BlockError::Proposer(who(5))));
}

#[test]
fn a_block_with_a_wrong_last_commit_is_refused() {
    let chain = {
        let mut chain = Chain::with_a_retired_member();
        chain.grow(&[1, 2, 3], |_| Vec::new());
        chain
    };
    let honest = chain.commit(&[1, 2, 3]).unwrap();
    assert!(chain.check(chain.honest(Some(honest.clone()), &[])).is_ok());
    let with = |last: Certificate| chain.refused(|b| b.last_commit = Some(last));
    let fault = |last: Certificate| {
        let refused = with(last);
        let InvalidBlock::LastCommit(reason) = refused else { panic!("{refused}") };
        reason
    };
    let (height, parent) = (chain.head.height, chain.head.hash);

    let missing = BlockError::Commit { height: height.next(), has_one: false };
    assert_eq!(chain.refused(|b| b.last_commit = None), InvalidBlock::Refused(missing));
    assert_eq!(fault(chain.commit(&[1, 2]).unwrap()), CertificateError::NoQuorum, "too few votes");
    // It was a member when the epoch before was decided.
    assert_eq!(fault(chain.commit(&[1, 2, 4]).unwrap()), CertificateError::NoVote(who(4)), "a retired member's vote");
    assert_eq!(fault(chain.commit(&[1, 2, 5]).unwrap()), CertificateError::NoVote(who(5)), "a stranger's vote");
    assert_eq!(fault(chain.commit(&[1, 1, 2, 3]).unwrap()), CertificateError::NoVote(who(1)), "a vote twice");

    let votes_for = |height, block| {
        let mut votes: Vec<_> = [1, 2, 3].map(|n| chain.precommit(n, height, block)).to_vec();
        votes.sort_by_key(|vote| vote.signer);
        List::new(votes).unwrap()
    };
    // Votes of old, and for another block, under a certificate that claims to be of this one.
    let first = honest.votes[0].signer;
    for (at, block) in [(Height::new(1), parent), (height, BlockHash::from_bytes([9; 32]))] {
        let replayed = Certificate { votes: votes_for(at, block), ..honest.clone() };
        assert_eq!(fault(replayed), CertificateError::OtherVote(first), "a replayed vote");
    }
    let mut forged = honest.votes.to_vec();
    forged[1].signature = forged[0].signature;
    let signer = forged[1].signer;
    let forged = Certificate { votes: List::new(forged).unwrap(), ..honest.clone() };
    assert_eq!(fault(forged), CertificateError::Sign(SignError::BadSignature(signer)), "a forged vote");

    // Certificates that hold, for another block than the one below.
    for (at, block) in [(Height::new(1), parent), (height, BlockHash::from_bytes([9; 32]))] {
        let other = Certificate { height: at, round: 0, block, votes: votes_for(at, block) };
        let refused = BlockError::OtherCommit { got: block, at, parent, height };
        assert_eq!(with(other), InvalidBlock::Refused(refused));
    }
}

#[test]
fn a_block_with_forged_or_false_ops_is_refused() {
    let mut chain = Chain::new();
    chain.grow(&[], |_| Vec::new());
    let commit = chain.commit(&[1, 2, 3]);

    // A finding of a member that it has not signed.
    let award = AwardId { task: TaskId::from_bytes([7; 32]), number: 1 };
    let judged = Judged { award, proof: ProofHash::from_bytes([8; 32]), finding: Finding::Valid };
    let judge = chain.op(2, Action::Judge { findings: List::new(vec![judged]).unwrap() });
    let mut forged = judge.to_raw();
    forged.op.signer = who(1);
    let refused = chain.refused(|b| b.ops = List::new(vec![forged]).unwrap());
    assert_eq!(refused, InvalidBlock::Op(OpError::Sign(SignError::BadSignature(who(1)))));

    // A finding about nothing that the ledger knows is refused in the block. A header that says it was taken names a root that
    // nobody else finds.
    let block = chain.honest(commit.clone(), std::slice::from_ref(&judge));
    let valid = chain.check(block.clone()).unwrap();
    assert_eq!(valid.applied.outcomes, [Outcome::Refused(RefusalCode::NothingJudged)]);
    let taken = codec::encode(&Outcome::Judged(List::default())).unwrap();
    let mut false_outcome = block;
    false_outcome.header.ops = merkle::root(&[merkle::leaf(judge.id(), &taken)]);
    assert!(matches!(chain.check(false_outcome), Err(InvalidBlock::OtherState { .. })));

    // An op whose nonce is far ahead may not stand in a block at all.
    let far = Op {
        nonce: 10 * NONCE_WINDOW,
        expires: chain.head.time.after(Millis::from_secs(60)),
        sponsor: None,
        action: Action::Transfer { to: who(1), amount: Credits::new(1) },
    };
    let far = SignedOp::new(keys(5).sign(chain.ledger.network(), far).unwrap());
    let refused = chain.refused(|b| b.ops = List::new(vec![far.to_raw()]).unwrap());
    let InvalidBlock::Refused(BlockError::Admission { index: 0, reason, .. }) = refused else { panic!("{refused}") };
    assert!(matches!(reason, Refused::NonceTooFar { .. }), "{reason}");

    for change in [
        (|b| b.header.state = StateRoot::from_bytes([9; 32])) as fn(&mut Block),
        |b| b.header.ops = OpsRoot::from_bytes([9; 32]),
        |b| b.header.next_committee = CommitteeHash::from_bytes([9; 32]),
        |b| b.header.epoch = Epoch::new(9),
    ] {
        assert!(matches!(chain.refused(change), InvalidBlock::OtherState { .. }));
    }
}

/// It would be decided, and no message could carry it to whoever was away.
#[test]
fn an_oversized_block_is_refused() {
    let mut chain = Chain::new();
    chain.grow(&[], |_| Vec::new());
    let large = |n| {
        let verifier_data = Bytes::new(vec![n; 64 << 10]).unwrap();
        chain.op(n, Action::Circuit(Circuit { verifier_data })).to_raw()
    };
    let ops = List::new([1, 2, 3].map(large).to_vec()).unwrap();
    let refused = chain.refused(|b| b.ops = ops);
    let InvalidBlock::Refused(BlockError::TooManyBytes { got, max }) = refused else { panic!("{refused}") };
    println!("a block of {got} bytes");
    assert!(got > max && max == BLOCK_BYTES_MAX);
}
