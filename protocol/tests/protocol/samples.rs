//! One value of every type and variant that is ever encoded.

use dpgn_protocol::{
    award::{AwardId, StartStatement},
    block::{Block, Certificate, Decided, Header, Vote},
    bounded::{Bytes, List, Text},
    checkpoint::Checkpoint,
    codec::{self, DecodeError},
    committee::{Committee, Member},
    council::*,
    finding::{Finding, Judged},
    genesis::{Allocation, Genesis, Params},
    ids::*,
    merkle,
    ops::*,
    outcome::{Judgement, Outcome, Settlement},
    payout::PayeeAddress,
    receipt::{Handover, Receipt},
    refusal::RefusalCode,
    sign::{Keypair, Message, Unverified},
    snapshot::SnapshotHead,
    state_chunk::{ChunkRange, MapTop, StateChunk, StateEntry, StateKey, StateManifest},
    state_tree::{Part, Sibling},
    units::*,
    wire::{BlobRequest, OpBatch, Progress, ProofStage, Refusal, Request, Response, Wire},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// A value's bytes, and what decoding them says.
pub struct Sample {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    /// Decodes under the type's own limit, and encodes again.
    pub again: fn(&[u8], usize) -> Result<Vec<u8>, DecodeError>,
}

fn sample<T: Serialize + DeserializeOwned>(name: &'static str, value: &T) -> Sample {
    let again = |bytes: &[u8], limit| codec::decode::<T>(bytes, limit).map(|v| codec::encode(&v).unwrap());
    Sample { name, bytes: codec::encode(value).unwrap(), again }
}

pub fn key(n: u8) -> Keypair {
    Keypair::from_seed(&[n; 32])
}

pub fn network() -> NetworkId {
    NetworkId::from_bytes([1; 32])
}

pub fn list<T, const MAX: usize>(items: impl IntoIterator<Item = T>) -> List<T, MAX> {
    List::new(items.into_iter().collect()).unwrap()
}

pub fn task() -> TaskId {
    TaskId::from_bytes([2; 32])
}

fn proof() -> ProofHash {
    ProofHash::from_bytes([3; 32])
}

pub fn signed<T: Message>(n: u8, message: T) -> Unverified {
    key(n).sign(network(), message).unwrap().into_raw()
}

pub fn award() -> AwardId {
    AwardId { task: task(), number: 3 }
}

pub fn start() -> StartStatement {
    StartStatement { award: award() }
}

pub fn vote(block: u8) -> Vote {
    Vote { height: Height::new(7), round: 1, block: Some(BlockHash::from_bytes([block; 32])) }
}

pub fn prevote(block: u8) -> Prevote {
    let Vote { height, round, block } = vote(block);
    Prevote { height, round, block }
}

pub fn proposal(block: u8) -> Proposal {
    Proposal { height: Height::new(7), round: 1, pol_round: Some(0), block: BlockHash::from_bytes([block; 32]) }
}

/// The prevotes of these keys, which stand in the order of their accounts, for one block.
pub fn polka(voters: &[u8]) -> Polka {
    let Prevote { height, round, block } = prevote(1);
    let mut votes: Vec<_> = voters.iter().map(|&n| signed_by(n, prevote(1))).collect();
    votes.sort_by_key(|v| v.signer);
    Polka { height, round, block: block.unwrap(), votes: list(votes) }
}

pub fn signed_by<T: Message>(n: u8, message: T) -> SignedBy {
    let Unverified { signer, signature, .. } = signed(n, message);
    SignedBy { signer, signature }
}

/// A prevote of key 1 for a block and a precommit of key 2 for none.
pub fn round_certificate() -> RoundCertificate {
    let Vote { height, round, block } = vote(1);
    let prevote = RoundVote { precommit: false, block, by: signed_by(1, prevote(1)) };
    let none = Vote { height, round, block: None };
    let mut votes = [prevote, RoundVote { precommit: true, block: None, by: signed_by(2, none) }];
    votes.sort_by_key(|v| v.by.signer);
    RoundCertificate { height, round, reason: RoundReason::Skip, votes: list(votes) }
}

/// One of each word.
pub fn words() -> Vec<Word> {
    vec![
        Word::Precommit(signed(1, vote(1))),
        Word::Prevote(signed(1, prevote(1))),
        Word::Proposal(signed(1, proposal(1))),
        Word::Polka(polka(&[1, 2, 3])),
        Word::Round(round_certificate()),
    ]
}

pub fn bid() -> Bid {
    Bid {
        alias: Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef),
        circuit: CircuitId::from_bytes([5; 32]),
        recipe: RecipeDigest::from_bytes([6; 32]),
        recipe_len: 1_000,
        builder: Builder::new("r1cs@1").unwrap(),
        statement: PublicInputsDigest::from_bytes([7; 32]),
        free: list([1, 5]),
        inputs: InputsDigest::from_bytes([8; 32]),
        inputs_len: 2_000,
        level: Level::new(3).unwrap(),
        reward: Credits::new(1_000_000),
        raise: Some(Raise { step: Credits::new(1), every: Millis::new(2), reward_max: Credits::new(3) }),
        priority: Priority::new(9).unwrap(),
        deadline: Timestamp::new(1_700_000_600_000),
        disclosures_max: 2,
        reputation_min: Ppm::new(200_000),
        collateral_min: Credits::new(8),
        allow: list([key(4).account()]),
        deny: list([key(5).account(), key(6).account()]),
        sealed: Some(SealedRound { seal: Millis::new(4), open: Millis::new(5), deposit: Credits::new(6) }),
    }
}

pub fn ask() -> Ask {
    let offer = Offer { level: Level::new(3).unwrap(), per_kilorow: Credits::new(10), rows_per_second: 2_000 };
    Ask {
        offers: list([offer]),
        flat: Credits::new(7),
        degree_max: Degree::new(16).unwrap(),
        capacity: 2,
        lanes: 1,
        collateral_max: Credits::new(9),
        builders: list([Builder::new("r1cs@1").unwrap()]),
        warm: list([CircuitId::from_bytes([5; 32])]),
        expires: Timestamp::new(1_700_000_900_000),
    }
}

/// One of each action.
pub fn actions() -> Vec<(&'static str, Action)> {
    let (task, amount, candidate) = (task(), Credits::new(5), key(4).account());
    let circuit = Circuit { verifier_data: Bytes::new(vec![1, 2, 3]).unwrap() };
    let award = award();
    let findings = list([Finding::Valid, Finding::Absent].map(|finding| Judged { award, proof: proof(), finding }));
    vec![
        ("transfer", Action::Transfer { to: candidate, amount }),
        ("circuit", Action::Circuit(circuit)),
        ("bid", Action::Bid(Box::new(bid()))),
        ("ask", Action::Ask(Box::new(ask()))),
        ("seal", Action::Seal { task, commitment: [9; 32] }),
        ("open", Action::Open { task, price: amount, salt: [10; 32] }),
        ("cancel", Action::Cancel { task }),
        ("start", Action::Start { award, statement: signed(4, start()) }),
        ("decline", Action::Decline { award, reason: DeclineReason::WrongInputs }),
        ("alive", Action::Alive),
        ("deliver", Action::Deliver { award, proof: proof(), len: 120_000 }),
        ("judge", Action::Judge { findings }),
        ("bond", Action::Bond { amount }),
        ("vote", Action::Vote { candidate, amount }),
        ("unbond", Action::Unbond { candidate, amount }),
        (
            "evidence",
            Action::Evidence { kind: WordKind::Precommit, first: signed(1, vote(1)), second: signed(1, vote(2)) },
        ),
        ("release", Action::Release { prover: candidate }),
        ("payee", Action::Payee { address: PayeeAddress::from_bytes([11; 20]) }),
        ("ticket", Action::Ticket { circuit: CircuitId::from_bytes([5; 32]) }),
        ("candidate", Action::Candidate),
        ("recall", Action::Recall(task)),
    ]
}

pub fn op(action: Action) -> Op {
    Op { nonce: 64, expires: Timestamp::new(1_700_000_060_000), sponsor: None, action }
}

/// An op, sponsored or not.
pub fn raw_op(sponsor: Option<u8>) -> RawOp {
    let op = Op { sponsor: sponsor.map(|n| key(n).account()), ..op(Action::Alive) };
    let mut raw = RawOp { op: signed(4, op), endorsement: None };
    raw.endorsement = sponsor.map(|n| signed(n, Endorsement { op: raw.id() }));
    raw
}

pub fn committee() -> Committee {
    let mut members: Vec<_> = (1..=4).map(|n| Member { account: key(n).account(), power: Power::new(1) }).collect();
    members.sort_by_key(|m| m.account);
    Committee::new(members).unwrap()
}

pub fn header() -> Header {
    Header {
        network: network(),
        height: Height::new(7),
        parent: BlockHash::from_bytes([11; 32]),
        time: Timestamp::new(1_700_000_000_000),
        epoch: Epoch::new(1),
        proposer: key(1).account(),
        last_commit: CertificateHash::from_bytes([12; 32]),
        body: BodyHash::from_bytes([12; 32]),
        ops: OpsRoot::from_bytes([13; 32]),
        state: StateRoot::from_bytes([14; 32]),
        next_committee: committee().hash(),
    }
}

/// The votes of these members of the committee for a header.
pub fn certificate(header: &Header, voters: &[u8]) -> Certificate {
    let (height, round, block) = (header.height, 0, header.hash().unwrap());
    let mut votes: Vec<_> = voters.iter().map(|&n| signed(n, Vote { height, round, block: Some(block) })).collect();
    votes.sort_by_key(|v| v.signer);
    Certificate { height, round, block, votes: list(votes) }
}

pub fn genesis() -> Genesis {
    let allocation = Allocation { account: key(4).account(), credits: Credits::new(100) };
    Genesis {
        name: Text::new("sample").unwrap(),
        time: Timestamp::new(1_700_000_000_000),
        committee: committee(),
        accounts: list([allocation]),
        params: Params::default(),
    }
}

pub fn outcomes() -> Vec<(&'static str, Outcome)> {
    let settlement = Settlement {
        task: task(),
        requester: key(3).account(),
        prover: key(4).account(),
        circuit: CircuitId::from_bytes([5; 32]),
        statement: PublicInputsDigest::from_bytes([7; 32]),
        level: Level::new(3).unwrap(),
        proof: proof(),
        proof_len: 120_000,
        price: Credits::new(400),
        refund: Credits::new(600),
        quality: Ppm::new(900_000),
        delivered: Timestamp::new(1_700_000_030_000),
    };
    let (task, prover, slashed) = (task(), key(4).account(), Credits::new(8));
    let failed = Judgement::Failed { award: award(), prover, finding: Finding::WrongTag, slashed };
    vec![
        ("applied", Outcome::Applied),
        ("opened", Outcome::Opened(task)),
        ("judged", Outcome::Judged(list([Judgement::Settled(Box::new(settlement)), failed]))),
        ("refused", Outcome::Refused(RefusalCode::NonceUsed)),
    ]
}

/// The blocks of an epoch in the network of the sample receipt, and so the first border.
pub const BORDER: Height = Height::new(6);

/// A receipt for the second of three ops, which has paid for a task, two committees away from the genesis.
pub fn receipt() -> Receipt {
    receipt_of(outcomes().swap_remove(2).1)
}

/// Likewise, of an op that had this outcome.
pub fn receipt_of(outcome: Outcome) -> Receipt {
    let ops = [raw_op(None), raw_op(Some(5)), raw_op(Some(6))];
    let leaf = |op: &RawOp| merkle::leaf(op.id(), &codec::encode(&outcome).unwrap());
    let leaves: Vec<_> = ops.iter().map(leaf).collect();
    let handover_header = Header { height: BORDER, epoch: Epoch::new(0), ..header() };
    let handover = Handover {
        certificate: certificate(&handover_header, &[1, 2, 3]),
        header: handover_header,
        committee: committee(),
    };
    let header = Header { ops: merkle::root(&leaves), ..header() };
    Receipt {
        task: task(),
        op: ops[1].clone(),
        outcome,
        path: merkle::path(&leaves, 1).unwrap(),
        certificate: certificate(&header, &[2, 3, 4]),
        header,
        history: list([handover]),
    }
}

/// A checkpoint before the sample receipt's first handover.
pub fn checkpoint() -> Checkpoint {
    Checkpoint {
        network: network(),
        height: Height::new(0),
        time: Timestamp::new(1_699_999_000_000),
        epoch_blocks: BORDER.get(),
        unlock_time: Millis::new(2_000_000),
        committee: committee(),
    }
}

/// A state of one account and nothing else.
pub fn manifest() -> StateManifest {
    let key = || StateKey::new(vec![1; 32]).unwrap();
    let mut maps = [MapTop::default(); Part::ALL.len()];
    maps[0] = MapTop { entries: 1, top: Some([2; 32]) };
    let ranges = list([ChunkRange { part: Part::Accounts, first: key(), last: key() }]);
    StateManifest { head: Bytes::new(vec![3, 4]).unwrap(), maps, ranges }
}

fn chunk() -> StateChunk {
    let entry = StateEntry { key: StateKey::new(vec![1; 32]).unwrap(), value: Bytes::new(vec![5, 6]).unwrap() };
    let sibling = |bit| Sibling { bit, hash: [7; 32] };
    StateChunk { entries: list([entry]), left: list([sibling(9)]), right: list([sibling(4), sibling(2)]) }
}

pub fn all() -> Vec<Sample> {
    let decided = || {
        let header = header();
        let parent = Header { height: Height::new(6), ..header.clone() };
        let block = Block { last_commit: Some(certificate(&parent, &[1, 2, 3])), ops: list([raw_op(None)]), header };
        Decided { certificate: certificate(&block.header, &[1, 2, 3]), block }
    };
    let mut all = Vec::new();
    let names = ["said precommit", "said prevote", "said proposal", "said polka", "said round certificate"];
    all.extend(names.into_iter().zip(words()).map(|(name, word)| sample(name, &Said::Word(word))));
    all.extend(actions().into_iter().map(|(name, action)| Sample { name, ..sample("op", &op(action)) }));
    all.extend(outcomes().into_iter().map(|(name, outcome)| Sample { name, ..sample("outcome", &outcome) }));
    all.extend([
        sample("start statement", &start()),
        sample("precommit", &vote(1)),
        sample("precommit for none", &Vote { block: None, ..vote(1) }),
        sample("prevote", &prevote(1)),
        sample("proposal", &proposal(1)),
        sample("proposal of a new block", &Proposal { pol_round: None, ..proposal(1) }),
        sample("endorsement", &Endorsement { op: OpId::from_bytes([15; 32]) }),
        sample("raw op", &raw_op(None)),
        sample("raw op with sponsor", &raw_op(Some(5))),
        sample("genesis", &genesis()),
        sample("header", &header()),
        sample("decided", &decided()),
        sample("receipt", &receipt()),
        sample("checkpoint", &checkpoint()),
        sample("op batch", &OpBatch { sent: Timestamp::new(7), ops: list([raw_op(None), raw_op(Some(5))]) }),
        sample("progress", &Progress { task: task(), stage: ProofStage::Quotient, permille: 500, sequence: 3 }),
        sample("request head", &Request::Head),
        sample("request blocks", &Request::Blocks { from: Height::new(3) }),
        sample("request push proof", &Request::PushProof { task: task(), proof: Bytes::new(vec![1, 2]).unwrap() }),
        sample("request proof", &Request::Proof { task: task(), proof: proof() }),
        sample(
            "response head",
            &Response::Head { height: Height::new(3), block: Some(BlockHash::from_bytes([1; 32])) },
        ),
        sample("response blocks", &Response::Blocks(list([decided()]))),
        sample("response accepted", &Response::Accepted),
        sample("response proof", &Response::Proof(Bytes::new(vec![1, 2]).unwrap())),
        sample("response refused", &Response::Refused(Refusal::Busy)),
        sample("request snapshot", &Request::Snapshot { above: Height::new(3) }),
        sample("request handovers", &Request::Handovers { above: Height::new(3) }),
        sample("request chunk", &Request::Chunk { manifest: ManifestHash::from_bytes([17; 32]), index: 2 }),
        sample(
            "response snapshot",
            &Response::Snapshot(Box::new(SnapshotHead { decided: decided(), manifest: manifest() })),
        ),
        sample("response handovers", &Response::Handovers(list(receipt().history.iter().take(2).cloned()))),
        sample("response chunk", &Response::Chunk(Bytes::new(chunk().to_bytes().unwrap()).unwrap())),
        sample("response pruned", &Response::Pruned { first: Height::new(3) }),
        sample("blob recipe", &BlobRequest::Recipe { recipe: RecipeDigest::from_bytes([6; 32]) }),
        sample("blob inputs", &BlobRequest::Inputs { task: task(), start: signed(4, start()) }),
        sample("said body", &Said::Body(Box::new(decided().block))),
        sample("said want body", &Said::WantBody { height: Height::new(7), block: BlockHash::from_bytes([1; 32]) }),
        sample("said decided", &Said::Decided(Box::new(decided()))),
        sample("state manifest", &manifest()),
        sample("state chunk", &chunk()),
    ]);
    all
}
