//! A chain of many epochs that one member decides, honest peers that serve it, and liars that each lie in their own way.

#![expect(clippy::wildcard_enum_match_arm, reason = "a story looks at what it is about, and at nothing else")]

mod attacks;
mod origin;
mod story;

use super::{
    super::{Engine, Head, Input, Snapshots, Start, commit::Jump, effect::DiskEffect, kept::Kept},
    *,
};
use crate::genesis_file::new_network;
use dpgn_market::Body;
use dpgn_protocol::{
    block::{Block, Certificate, Decided, Header, Vote},
    bounded::{Bytes, List},
    genesis::{Genesis, Params},
    ids::{BlockHash, CertificateHash},
    receipt::Handover,
    sign::Keypair,
    state_chunk::StateManifest,
    units::Epoch,
};
use std::sync::Arc;

const EVERY: u64 = 4;
const EPOCH: u64 = 6;

fn keys(n: u8) -> Keypair {
    Keypair::from_seed(&[n; 32])
}

/// What honest peers have: blocks, handovers, and snapshots.
struct Served {
    genesis: Genesis,
    blocks: Vec<Decided>,
    handovers: Vec<Handover>,
    kept: Vec<Arc<Kept>>,
    height: Height,
}

fn certificate(network: dpgn_protocol::ids::NetworkId, header: &Header, by: &[Keypair]) -> Certificate {
    let block = header.hash().unwrap();
    let vote = Vote { height: header.height, round: 0, block: Some(block) };
    let mut votes: Vec<_> = by.iter().map(|keys| keys.sign(network, vote).unwrap().into_raw()).collect();
    votes.sort_by_key(|vote| vote.signer);
    let votes = List::new(votes).unwrap();
    Certificate { height: header.height, round: 0, block, votes }
}

/// A chain of empty blocks up to this height, with so many accounts that its state has several chunks.
fn chain(height: u64, accounts: u32) -> Served {
    chain_of(&[keys(1)], height, accounts)
}

/// The same of several members, whose votes all are there.
fn chain_of(deciders: &[Keypair], height: u64, accounts: u32) -> Served {
    let members: Vec<AccountId> = deciders.iter().map(Keypair::account).collect();
    let proposer = members[0];
    let named = |n: u32| {
        let mut seed = [9; 32];
        seed[..4].copy_from_slice(&n.to_le_bytes());
        Keypair::from_seed(&seed).account()
    };
    let all: Vec<AccountId> = (0..accounts).map(named).chain(members.iter().copied()).collect();
    let params = Params { epoch_blocks: EPOCH, ..Params::default() };
    let mut genesis = new_network("test", &members, &all, params).unwrap();
    // Whom a node asks follows from the time: so a test is the same whenever it runs.
    genesis.time = Timestamp::new(1_790_000_000_000);
    let mut ledger = Ledger::new(&genesis).unwrap();
    let network = ledger.network();
    let (mut parent, mut last_commit): (BlockHash, Option<Certificate>) = (BlockHash::from_bytes([0; 32]), None);
    let (mut blocks, mut handovers, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for n in 1..=height {
        let time = ledger.time().after(Millis::from_secs(1));
        let commit = last_commit
            .as_ref()
            .map(|last| dpgn_protocol::commit::Commit::check(last, network, ledger.deciders()).unwrap());
        let body = Body { parent, time, proposer, last_commit: commit.as_ref(), ops: &[] };
        let draft = ledger.propose(body).unwrap();
        let ops = List::default();
        let header = Header {
            network,
            height: Height::new(n),
            parent,
            time,
            epoch: draft.applied.epoch,
            proposer,
            last_commit: match &last_commit {
                Some(last) => last.hash().unwrap(),
                None => CertificateHash::from_bytes([0; 32]),
            },
            body: Block::body_hash(last_commit.as_ref(), &ops).unwrap(),
            ops: draft.applied.ops_root,
            state: draft.applied.state_root,
            next_committee: draft.next.committee().hash(),
        };
        let certificate = certificate(network, &header, deciders);
        ledger = draft.next;
        parent = certificate.block;
        let decided = Decided { block: Block { header, last_commit, ops }, certificate: certificate.clone() };
        handovers.extend(super::super::follow::handover_of(&ledger, &decided));
        last_commit = Some(certificate);
        blocks.push(decided.clone());
        if n.is_multiple_of(EVERY) {
            kept.push(Arc::new(Kept::new(decided, Arc::new(ledger.clone()))));
        }
    }
    Served { genesis, blocks, handovers, kept, height: Height::new(height) }
}

/// The way in which a peer serves a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Peer {
    Honest,
    /// It answers nothing but the head.
    Silent,
    /// It damages chunks.
    Damages,
    /// It forges the manifest.
    Forges,
    /// A committee of which it has the keys, and which is not in office, has signed its snapshot.
    Retired,
    /// It leaves out a handover.
    Hole,
    /// It has no such state any more.
    Lacks,
}

impl Peer {
    fn answer(self, served: &Served, request: &Request) -> Result<Response, CallError> {
        use dpgn_protocol::wire::Refusal;
        let answer = match request {
            Request::Snapshot { above } => match served.kept.last().filter(|kept| kept.height() > *above) {
                Some(kept) => kept.head(),
                None => Response::Refused(Refusal::NotFound),
            },
            Request::Handovers { above } => {
                let above = served.handovers.iter().filter(|handover| handover.header.height > *above);
                let page = above.skip(usize::from(self == Self::Hole)).take(2).cloned().collect();
                Response::Handovers(List::new(page).unwrap())
            }
            Request::Chunk { manifest, index } => Kept::chunk(&served.kept, *manifest, *index),
            request => panic!("{request:?}"),
        };
        let answer = match (self, answer) {
            (Self::Silent, Response::Chunk(_) | Response::Handovers(_)) => return Err(CallError::Unreachable),
            (Self::Lacks, Response::Chunk(_)) => Response::Refused(Refusal::NotFound),
            (Self::Damages, Response::Chunk(bytes)) => {
                let mut bytes = bytes.into_vec();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                Response::Chunk(Bytes::new(bytes).unwrap())
            }
            (Self::Forges, Response::Snapshot(mut head)) => {
                head.manifest = StateManifest { head: Bytes::new(vec![1]).unwrap(), ..head.manifest };
                Response::Snapshot(head)
            }
            (Self::Retired, Response::Snapshot(mut head)) => {
                let header = &mut head.decided.block.header;
                header.epoch = Epoch::new(99);
                head.decided.certificate = certificate(header.network, &header.clone(), &[keys(66)]);
                Response::Snapshot(head)
            }
            (_, answer) => answer,
        };
        match answer {
            Response::Refused(refusal) => Err(CallError::Refused(refusal)),
            answer => Ok(answer),
        }
    }
}

/// What became of a node that joins.
struct Joined {
    jump: Option<Box<Jump>>,
    engine: Engine,
    penalised: BTreeSet<AccountId>,
    /// Chunks that each peer was asked for.
    chunks: std::collections::BTreeMap<AccountId, usize>,
    /// The time that it took, in seconds.
    seconds: u64,
}

/// A node that has nothing but the genesis.
fn newcomer(served: &Served, snapshots: Snapshots) -> Engine {
    let (height, hash, time) = (Height::new(0), BlockHash::from_bytes([0; 32]), served.genesis.time);
    Engine::new(Start {
        keys: keys(50),
        ledger: Ledger::new(&served.genesis).unwrap(),
        head: Head { height, hash, time, certificate: None },
        tasks: Vec::new(),
        jobs: Vec::new(),
        seals: Vec::new(),
        sells: None,
        coordinates: false,
        snapshots,
    })
}

fn joins(served: &Served, peers: &[Peer], takes: bool) -> Joined {
    let begin = served.genesis.time.after(Millis::from_secs(1_000));
    let mut engine = newcomer(served, Snapshots { every: EVERY, takes, ..Snapshots::default() });
    let (mut penalised, mut chunks) = (BTreeSet::new(), std::collections::BTreeMap::new());
    for second in 0..300 {
        let now = begin.after(Millis::from_secs(second));
        let mut inputs = vec![Input::Tick];
        if second == 0 {
            inputs.extend((0..peers.len()).map(|n| Input::PeerUp(account(n))));
        }
        while let Some(input) = inputs.pop() {
            for effect in engine.step(now, input) {
                match effect {
                    Effect::Peer(PeerEffect::Ask { to, call: call @ Call::Head(_), .. }) => {
                        let response = Response::Head { height: served.height, block: None };
                        assert!((0..peers.len()).any(|n| account(n) == to));
                        inputs.push(Input::Answered { call, result: Ok(response) });
                    }
                    // None has the first block any more.
                    Effect::Peer(PeerEffect::Ask { call: call @ Call::Blocks(_), .. }) => {
                        let result = Ok(Response::Pruned { first: served.height });
                        inputs.push(Input::Answered { call, result });
                    }
                    Effect::Peer(PeerEffect::Ask { to, call, request }) => {
                        *chunks.entry(to).or_default() += usize::from(matches!(call, Call::Chunk { .. }));
                        let peer = (0..peers.len()).find(|n| account(*n) == to).unwrap();
                        let result = peers[peer].answer(served, &request);
                        inputs.insert(0, Input::Answered { call, result });
                    }
                    Effect::Work(WorkEffect::Snapshot(order)) => {
                        inputs.insert(0, Input::Snapshot(Box::new(order.check())));
                    }
                    Effect::Peer(PeerEffect::Penalise(peer, _)) => drop(penalised.insert(peer)),
                    Effect::Disk(DiskEffect::Jump(jump)) => {
                        return Joined { jump: Some(jump), engine, penalised, chunks, seconds: second };
                    }
                    _ => {}
                }
            }
        }
    }
    Joined { jump: None, engine, penalised, chunks, seconds: 300 }
}

fn account(n: usize) -> AccountId {
    keys(100 + n as u8).account()
}

#[test]
fn a_new_node_takes_a_snapshot_from_several_peers() {
    let served = chain(50, 20_000);
    let joined = joins(&served, &[Peer::Honest; 3], true);
    let jump = joined.jump.unwrap();
    let kept = served.kept.last().unwrap();
    assert_eq!((jump.decided.block.header.height, jump.decided.certificate.block), (Height::new(48), kept.block()));
    assert_eq!(jump.ledger.root().unwrap(), jump.decided.block.header.state);
    assert_eq!(joined.engine.head().height, Height::new(48));
    assert!(jump.handover.is_some(), "48 is a border");
    assert!(joined.penalised.is_empty());
    println!("{} chunks, asked of each: {:?}", joined.chunks.values().sum::<usize>(), joined.chunks.values());
    assert!(joined.chunks.len() == 3 && joined.chunks.values().all(|asked| *asked > 0), "side by side");
}

/// Each lie by itself beside an honest peer, whichever of them is asked first.
#[test]
fn whoever_lies_about_a_snapshot_is_told_apart_and_an_honest_peer_serves_it() {
    let served = chain(50, 20_000);
    for lie in [Peer::Damages, Peer::Forges, Peer::Retired, Peer::Hole] {
        // The last one is the first that comes, and is asked.
        let peers = [Peer::Honest, lie, lie, lie, lie, lie];
        let joined = joins(&served, &peers, true);
        let (by, fault) = joined.engine.snapshot_fault().unwrap_or_else(|| panic!("{lie:?} was not met"));
        println!("{lie:?}: {fault}; {} penalised, {} s", joined.penalised.len(), joined.seconds);
        assert!(joined.penalised.contains(by) && !joined.penalised.contains(&account(0)), "{lie:?}");
        let is_it = match lie {
            Peer::Damages => matches!(fault, SnapshotFault::Chunk(_)),
            Peer::Forges => matches!(fault, SnapshotFault::Manifest(_)),
            Peer::Retired => matches!(fault, SnapshotFault::Head(_)),
            Peer::Hole => matches!(fault, SnapshotFault::Handover(_)),
            Peer::Honest | Peer::Silent | Peer::Lacks => false,
        };
        assert!(is_it, "{lie:?}: {fault}");
        assert!(joined.jump.is_some() && joined.seconds < 60, "{lie:?}");
    }
}

#[test]
fn silent_peers_and_those_that_lack_a_state_cost_their_patience_alone() {
    let served = chain(50, 20_000);
    for useless in [Peer::Silent, Peer::Lacks] {
        let joined = joins(&served, &[Peer::Honest, useless, useless, useless], true);
        println!("three that are {useless:?}: {} s", joined.seconds);
        assert!(joined.jump.is_some() && joined.penalised.is_empty() && joined.seconds < 120, "{useless:?}");
    }
}

#[test]
fn an_archive_takes_no_snapshot() {
    let served = chain(50, 10);
    assert!(joins(&served, &[Peer::Honest], false).jump.is_none());
}

/// The memory that chunks take which are asked for or wait is bounded, however many a state has.
#[test]
fn few_chunks_are_under_way_at_once() {
    let served = chain(28, 20_000);
    let kept = served.kept.last().unwrap();
    let Response::Snapshot(head) = kept.head() else { panic!("no head") };
    let assembly = dpgn_market::Assembly::new(head.manifest, head.decided.block.header.state).unwrap();
    let mut download = Download::new(Timestamp::new(1), account(0), head.decided, assembly).unwrap();
    let peers: BTreeSet<AccountId> = (0..40).map(account).collect();
    let (mut effects, mut rests) = (Vec::new(), Rests::default());
    assert!(download.tick(Timestamp::new(1), &peers, &mut rests, &mut effects).is_none());
    assert_eq!(effects.len(), download.progress().of.min(4), "half of the places are for peers that have sent one");
    println!("{} of {} chunks asked for at once", effects.len(), download.progress().of);
}
