//! Attacks on a coordinator's time: what costs nothing must not make it look through its pool for a block.

use super::super::{CouncilInput, Engine, Head, Input, Snapshots, Start};
use crate::genesis_file::new_network;
use dpgn_market::{Body, Ledger};
use dpgn_protocol::{
    award::{AwardId, StartStatement},
    bounded::{Bytes, List},
    finding::{Finding, Judged},
    genesis::{Genesis, Params},
    ids::{AccountId, BlockHash, NetworkId, TaskId, proof_hash},
    limits::{BLOCK_BYTES_MAX, NONCE_WINDOW, PROOF_BYTES_MAX},
    ops::{Action, Circuit, Endorsement, Op, RawOp, SignedOp},
    sign::Keypair,
    units::{Credits, Height, Millis, Timestamp},
    wire::Request,
};
use std::time::Instant;

const OWN: u64 = 0;
/// Accounts up to this one have credits, the others are strangers.
const PAYERS: u64 = 40;

fn keys(n: u64) -> Keypair {
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&n.to_le_bytes());
    Keypair::from_seed(&seed)
}

struct Attacked {
    engine: Engine,
    network: NetworkId,
    begin: Timestamp,
    interval: u64,
}

/// A coordinator whose turn it is.
fn attacked() -> Attacked {
    let accounts: Vec<AccountId> = (0..=PAYERS).map(|n| keys(n).account()).collect();
    let genesis: Genesis = new_network("attacked", &[keys(OWN).account()], &accounts, Params::default()).unwrap();
    let ledger = Ledger::new(&genesis).unwrap();
    let hash = BlockHash::from_bytes([0; 32]);
    let head = Head { height: Height::new(0), hash, time: genesis.time, certificate: None };
    let (network, interval) = (ledger.network(), genesis.params.block_interval.get());
    let (keys, tasks, jobs, seals) = (keys(OWN), Vec::new(), Vec::new(), Vec::new());
    let start = Start {
        keys,
        ledger,
        head,
        tasks,
        jobs,
        seals,
        sells: None,
        coordinates: true,
        snapshots: Snapshots::default(),
    };
    let mut engine = Engine::new(start);
    let begin = genesis.time.after(Millis::new(interval));
    engine.step(begin, Input::Tick);
    engine.step(begin, Input::Council(CouncilInput::Turn { height: Height::new(1), round: 0, last_commit: None }));
    Attacked { engine, network, begin, interval }
}

impl Attacked {
    /// Feeds one input a millisecond; how often the coordinator has tried for a block.
    fn tries(&mut self, count: u64, input: impl Fn(&Self, u64, Timestamp) -> Input) -> usize {
        let mut times = std::collections::BTreeSet::new();
        for n in 0..count {
            let now = self.begin.after(Millis::new(n));
            let input = input(self, n, now);
            self.engine.step(now, input);
            times.extend(self.engine.coordinator.as_ref().unwrap().tried);
        }
        times.len()
    }

    /// An op that can be applied at once.
    fn now(&self, signer: u64, now: Timestamp) -> SignedOp {
        let nonce = self.engine.ledger().free_nonces(keys(signer).account())[0];
        let action = Action::Transfer { to: keys(OWN).account(), amount: Credits::new(1) };
        let op = Op { nonce, expires: now.after(Millis::from_secs(60)), sponsor: None, action };
        SignedOp::new(keys(signer).sign(self.network, op).unwrap())
    }

    /// An op that waits: its nonce is far ahead of its signer's.
    fn ahead(&self, signer: u64, nth: u64, now: Timestamp, sponsor: Option<u64>) -> SignedOp {
        let action = Action::Transfer { to: keys(OWN).account(), amount: Credits::new(1) };
        let paid_by = sponsor.map(|sponsor| keys(sponsor).account());
        let (nonce, expires) = (10 * NONCE_WINDOW + nth, now.after(Millis::from_secs(60)));
        let op = Op { nonce, expires, sponsor: paid_by, action };
        let mut raw: RawOp = SignedOp::new(keys(signer).sign(self.network, op).unwrap()).to_raw();
        let consent = sponsor.map(|by| keys(by).sign(self.network, Endorsement { op: raw.id() }).unwrap().into_raw());
        raw.endorsement = consent;
        raw.verify(self.network).unwrap()
    }
}

#[test]
fn questions_for_inputs_that_are_refused_bring_nothing_into_the_pool() {
    let mut attacked = attacked();
    let tries = attacked.tries(2_000, |attacked, n, _| {
        let task = TaskId::from_bytes([5; 32]);
        let statement = StartStatement { award: AwardId { task, number: 1 } };
        let start = Box::new(keys(n % PAYERS + 1).sign(attacked.network, statement).unwrap());
        Input::InputsAsked { from: keys(999).account(), token: n, task, start }
    });
    let pooled = attacked.engine.backlog().pooled;
    println!("2,000 questions for inputs, all refused: {pooled} ops pooled, {tries} tries for a block");
    assert_eq!((pooled, tries), (0, 0));
}

/// Such ops are no reason to try for a block: in a committee each would make one that is empty, height after height.
#[test]
fn what_can_only_wait_makes_nobody_try_for_a_block() {
    let mut attacked = attacked();
    let count = 2_000;
    let tries = attacked.tries(count, |attacked, n, now| {
        // Sixteen of each payer: all of them have room in the pool, for a while.
        Input::Ops(vec![attacked.ahead(n % PAYERS + 1, n / PAYERS, now, None)])
    });
    let (intervals, pooled) = (count / attacked.interval, attacked.engine.backlog().pooled);
    println!(
        "{count} ops in {intervals} intervals that no block can hold yet: {pooled} pooled, {tries} tries for a block"
    );
    assert_eq!(tries, 0, "{pooled} ops wait");
    assert!(pooled > 0, "they were taken in");
    let now = attacked.begin.after(Millis::new(count));
    let op = attacked.now(1, now);
    attacked.engine.step(now, Input::Ops(vec![op]));
    assert!(attacked.engine.coordinator.as_ref().unwrap().tried.is_some(), "one that can be applied is a reason");
}

/// 128 accounts that could pay an op's fee, and not that of its bytes, filled a coordinator with 270 MiB for nothing.
#[test]
fn what_waits_takes_few_bytes_however_long_it_is() {
    let mut attacked = attacked();
    let sent = 16 * PAYERS;
    attacked.tries(sent, |attacked, n, now| {
        let action = Action::Circuit(Circuit { verifier_data: Bytes::new(vec![n as u8; 60 << 10]).unwrap() });
        let (nonce, expires) = (10 * NONCE_WINDOW + n, now.after(Millis::from_secs(60)));
        let op = Op { nonce, expires, sponsor: None, action };
        Input::Ops(vec![SignedOp::new(keys(n % PAYERS + 1).sign(attacked.network, op).unwrap())])
    });
    let pool = &attacked.engine.coordinator.as_ref().unwrap().pool;
    println!("{sent} ops of 60 KiB that no block can hold yet: {} pooled, {} KiB", pool.len(), pool.bytes() >> 10);
    assert!(pool.bytes() <= 4 << 20);
}

#[test]
fn what_waits_takes_little_room_however_many_keys_sign_it() {
    let pooled_of = |sponsor: Option<u64>| {
        let mut attacked = attacked();
        attacked.tries(500, |attacked, n, now| Input::Ops(vec![attacked.ahead(1_000 + n, n, now, sponsor)]));
        attacked.engine.backlog().pooled
    };
    let (of_nobody, of_one) = (pooled_of(None), pooled_of(Some(1)));
    println!("500 strangers' ops that wait: {of_nobody} pooled; with one sponsor for all of them: {of_one}");
    assert_eq!((of_nobody, of_one), (0, 16));
}

/// Forty accounts filled the room for ops that wait with circuits that they could not pay for, for nothing, and kept out what
/// provers and members owe and say a block too early.
#[test]
fn a_duty_that_waits_finds_room_however_much_else_waits() {
    let mut attacked = attacked();
    attacked.tries(2 * PAYERS, |attacked, n, now| {
        let action = Action::Circuit(Circuit { verifier_data: Bytes::new(vec![n as u8; 60 << 10]).unwrap() });
        let (nonce, expires) = (10 * NONCE_WINDOW + n, now.after(Millis::from_secs(60)));
        let op = Op { nonce, expires, sponsor: None, action };
        Input::Ops(vec![SignedOp::new(keys(n % PAYERS + 1).sign(attacked.network, op).unwrap())])
    });
    let Attacked { engine, network, begin, .. } = &mut attacked;
    let ledger = engine.ledger().clone();
    let nonces = ledger.free_nonces(keys(OWN).account());
    let pool = &mut engine.coordinator.as_mut().unwrap().pool;
    let before = pool.len();
    for nonce in nonces.iter().take(16) {
        let award = AwardId { task: TaskId::from_bytes([*nonce as u8; 32]), number: 1 };
        let judged = Judged { award, proof: proof_hash(b""), finding: Finding::Valid };
        let action = Action::Judge { findings: List::new(vec![judged; 64]).unwrap() };
        let op = Op { nonce: *nonce, expires: begin.after(Millis::from_secs(60)), sponsor: None, action };
        pool.insert(*begin, &ledger, SignedOp::new(keys(OWN).sign(*network, op).unwrap()));
    }
    let taken = pool.len() - before;
    println!("beside {before} ops of 60 KiB that wait, {taken} of 16 findings that come a block early find room");
    assert_eq!(taken, 16);
}

/// 64 deliveries that were judged without a member left as many of its ops in the pools of others until these expired: as
/// many as an account may have there, so it was mute for a minute.
#[test]
fn findings_that_nobody_waits_for_are_forgotten_after_a_block() {
    let Attacked { engine, network, begin, .. } = &mut attacked();
    let stale = |nonce| {
        let award = AwardId { task: TaskId::from_bytes([nonce as u8; 32]), number: 1 };
        let judged = Judged { award, proof: proof_hash(b""), finding: Finding::Valid };
        let action = Action::Judge { findings: List::new(vec![judged]).unwrap() };
        let op = Op { nonce, expires: begin.after(Millis::from_secs(60)), sponsor: None, action };
        SignedOp::new(keys(OWN).sign(*network, op).unwrap())
    };
    let nonces = engine.ledger().free_nonces(keys(OWN).account());
    let ledger = engine.ledger().clone();
    let pool = &mut engine.coordinator.as_mut().unwrap().pool;
    nonces.iter().take(16).for_each(|nonce| pool.insert(*begin, &ledger, stale(*nonce)));
    let before = pool.len();
    pool.applied(*begin, &ledger, &[]);
    println!("findings that nobody waits for: {before} pooled, after a block {}", pool.len());
    assert_eq!((before, pool.len()), (16, 0));
}

/// A look at each of thousands of ops after each block took more time than the block.
#[test]
fn a_large_pool_is_looked_through_once_a_second_and_a_block_is_made_of_its_front() {
    let left_of = |ops: u64| {
        let Attacked { engine, network, begin, .. } = &mut attacked();
        let (ledger, expires) = (engine.ledger().clone(), begin.after(Millis::new(500)));
        let pool = &mut engine.coordinator.as_mut().unwrap().pool;
        for n in 0..ops {
            let action = Action::Transfer { to: keys(OWN).account(), amount: Credits::new(1) };
            let op = Op { nonce: n / PAYERS, expires, sponsor: None, action };
            pool.insert(*begin, &ledger, SignedOp::new(keys(n % PAYERS + 1).sign(*network, op).unwrap()));
        }
        let front: usize = pool.for_a_block().iter().map(SignedOp::size).sum();
        let mut left = |after| {
            pool.applied(begin.after(Millis::new(after)), &ledger, &[]);
            pool.len()
        };
        (front, [left(0), left(600), left(1_000)])
    };
    let ((front, large), (_, small)) = (left_of(2_000), left_of(400));
    println!("of 2,000 ops a block is made of {} KiB; at 0, 600 and 1,000 ms {large:?} are left", front >> 10);
    assert!(front > BLOCK_BYTES_MAX && front <= 2 * BLOCK_BYTES_MAX);
    assert_eq!((large, small), ([2_000, 2_000, 0], [400, 0, 0]), "they are over after 500 ms");
}

/// Each of these could be applied alone, and of one account's no two: whoever sends as many as stand in front must not
/// keep others' ops behind them.
#[test]
fn ops_that_exclude_each_other_keep_nobody_from_the_next_block() {
    let mut attacked = attacked();
    let now = attacked.begin.after(Millis::new(attacked.interval));
    let mut ops = Vec::new();
    for signer in 1..=24 {
        let balance = attacked.engine.ledger().balance(keys(signer).account());
        for nonce in 0..NONCE_WINDOW {
            let action = Action::Transfer { to: keys(OWN).account(), amount: Credits::new(balance.get() / 4 * 3) };
            let op = Op { nonce, expires: now.after(Millis::from_secs(60)), sponsor: None, action };
            ops.push(SignedOp::new(keys(signer).sign(attacked.network, op).unwrap()));
        }
    }
    let honest = attacked.now(30, now);
    ops.push(honest.clone());
    let ledger = attacked.engine.ledger().clone();
    ops.iter().for_each(|op| attacked.engine.coordinator.as_mut().unwrap().pool.insert(now, &ledger, op.clone()));
    let is_in_front = |attacked: &Attacked| {
        let pool = &attacked.engine.coordinator.as_ref().unwrap().pool;
        pool.for_a_block().iter().any(|op| op.id() == honest.id())
    };
    assert!(!is_in_front(&attacked), "{} ops stand before it", ops.len() - 1);
    let pool = &attacked.engine.coordinator.as_ref().unwrap().pool;
    let behind = pool.len() - pool.for_a_block().len();
    attacked.engine.step(now, Input::Tick);
    assert!(attacked.engine.coordinator.as_ref().unwrap().tried.is_some(), "a block was made");
    assert!(is_in_front(&attacked), "what could not follow gives way");
    let left = attacked.engine.backlog().pooled;
    println!("of {} ops that exclude each other {left} are left", ops.len() - 1);
    assert!(left <= behind + 24 * (1 + 16), "they take no more room than others that wait");
}

/// The sweep put them back without asking for room: six thousand transfers of which one of each account could be paid, and the
/// pool was shut to everybody for as long as they live.
#[test]
fn ops_that_a_sweep_finds_waiting_take_no_more_room_than_others() {
    const ACCOUNTS: u64 = 24;
    let mut attacked = attacked();
    let now = attacked.begin.after(Millis::new(attacked.interval));
    let mut ledger = attacked.engine.ledger().clone();
    let pool = &mut attacked.engine.coordinator.as_mut().unwrap().pool;
    let mut firsts = Vec::new();
    for signer in 1..=ACCOUNTS {
        let balance = ledger.balance(keys(signer).account());
        for nonce in 0..NONCE_WINDOW {
            let action = Action::Transfer { to: keys(OWN).account(), amount: Credits::new(balance.get() / 4 * 3) };
            let op = Op { nonce, expires: now.after(Millis::from_secs(60)), sponsor: None, action };
            let op = SignedOp::new(keys(signer).sign(attacked.network, op).unwrap());
            pool.insert(now, &ledger, op.clone());
            firsts.extend((nonce == 0).then_some(op));
        }
    }
    assert_eq!(pool.len() as u64, ACCOUNTS * NONCE_WINDOW, "each is good alone");
    let body = Body {
        parent: BlockHash::from_bytes([0; 32]),
        time: now,
        proposer: keys(OWN).account(),
        last_commit: None,
        ops: &firsts,
    };
    ledger.apply(body).unwrap();
    pool.applied(now.after(Millis::from_secs(2)), &ledger, &firsts);
    println!("{} of {} are left", pool.len(), ACCOUNTS * NONCE_WINDOW);
    assert!(pool.len() as u64 <= ACCOUNTS * 16);
}

#[test]
fn a_proof_of_no_award_costs_nothing_however_long_it_is() {
    let mut attacked = attacked();
    let mut bytes = Vec::from_iter((0..100).map(|n: u8| vec![n; PROOF_BYTES_MAX]));
    let begun = Instant::now();
    bytes.iter().for_each(|bytes| assert_ne!(proof_hash(bytes).as_bytes(), &[0; 32]));
    let hashing = begun.elapsed();
    let begun = Instant::now();
    for (n, bytes) in bytes.drain(..).enumerate() {
        let (from, task) = (keys(999).account(), TaskId::from_bytes([5; 32]));
        let request = Request::PushProof { task, proof: Bytes::new(bytes).unwrap() };
        attacked.engine.step(attacked.begin, Input::Asked { from, token: n as u64, request });
    }
    let refusing = begun.elapsed();
    println!("100 proofs of 1 MiB for no award: refused in {refusing:?}; to hash them takes {hashing:?}");
    // What is left is the time to let the bytes go.
    assert!(refusing < hashing, "{refusing:?}");
}
