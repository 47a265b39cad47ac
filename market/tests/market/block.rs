//! Blocks: all or nothing, the same from proposal to replay, bounded, and what epochs forget.

use crate::support::*;
use dpgn_market::{BlockDraft, BlockError, Body, Event, GenesisError, Ledger, Refused};
use dpgn_protocol::{
    bounded::{List, Text},
    committee::{Committee, Member},
    genesis::{Allocation, Genesis, Params},
    ids::{AccountId, BlockHash},
    limits::{BLOCK_BYTES_MAX, BLOCK_OPS_MAX},
    merkle,
    ops::{Action, SignedOp},
    outcome::Outcome,
    refusal::RefusalCode,
    units::{Credits, Millis, Power, Ppm, Timestamp},
};

fn pay(n: u64) -> Action {
    Action::Transfer { to: who(BOB), amount: Credits::new(n) }
}

fn body<'a>(world: &World, ops: &'a [SignedOp]) -> Body<'a> {
    let time = world.ledger.time().after(Millis::new(100));
    Body { parent: below(&world.ledger), time, proposer: who(COORDINATOR), last_commit: commit(&world.ledger), ops }
}

fn propose(world: &World, ops: &[SignedOp]) -> BlockDraft {
    world.ledger.propose(body(world, ops)).unwrap()
}

#[test]
fn an_invalid_block_changes_nothing() {
    let mut world = World::with_asks(&[]);
    let good = world.op(ALICE, pay(1));
    let root = world.ledger.root().unwrap();
    let (now, later) = (world.ledger.time(), world.ledger.time().after(Millis::new(100)));
    let ops = std::slice::from_ref(&good);

    let stale = Body { time: now, ..body(&world, ops) };
    assert_eq!(world.ledger.apply(stale), Err(BlockError::Time { got: now, after: now }));
    let stranger = Body { proposer: who(BOB), ..body(&world, ops) };
    assert_eq!(world.ledger.apply(stranger), Err(BlockError::Proposer(who(BOB))));
    let many = vec![good.clone(); BLOCK_OPS_MAX + 1];
    let many = Body { ops: &many, ..body(&world, ops) };
    assert_eq!(world.ledger.apply(many), Err(BlockError::TooManyOps { got: BLOCK_OPS_MAX + 1, max: BLOCK_OPS_MAX }));
    let twice = [good.clone(), good.clone()];
    let Err(BlockError::Admission { index: 1, reason, .. }) =
        world.ledger.apply(Body { ops: &twice, time: later, ..body(&world, ops) })
    else {
        panic!("an op twice in one block")
    };
    assert!(matches!(reason, Refused::NonceOld { .. }), "{reason}");
    assert_eq!(world.ledger.root().unwrap(), root);
}

#[test]
fn a_block_on_another_parent_leaves_another_state() {
    let mut world = World::with_asks(&[]);
    let ops = [world.op(ALICE, pay(1))];
    let here = body(&world, &ops);
    let parent = BlockHash::from_bytes([7; 32]);
    let other = Body { parent, last_commit: commit_of(&world.ledger, parent), ..here };
    let [here, other] = [here, other].map(|body| world.ledger.propose(body).unwrap());
    assert_eq!(here.applied.outcomes, other.applied.outcomes);
    assert_ne!(here.applied.state_root, other.applied.state_root, "its header names a state that nobody else finds");
    assert_eq!(world.block(100, &ops).state_root, here.applied.state_root);
    assert_eq!((world.ledger.parent(), other.next.parent()), (here.next.parent(), BlockHash::from_bytes([7; 32])));
}

#[test]
fn a_refused_op_costs_its_nonce_and_fee_and_does_nothing_else() {
    let mut world = World::with_asks(&[]);
    let op = world.op(ALICE, pay(RICHES));
    let applied = world.block(100, &[op]);
    assert_eq!(applied.outcomes, [Outcome::Refused(RefusalCode::InsufficientFunds)]);
    assert_eq!(world.balance(ALICE), RICHES - 100);

    // Free if it is owed, not free if it is nonsense.
    let task = {
        world.ask_all(&[(ALICE, 100_000)]);
        world.open_usual()
    };
    world.start(ALICE, task);
    let before = world.balance(ALICE);
    let op = world.op(ALICE, world.starts(ALICE, task));
    assert_eq!(world.block(100, &[op]).outcomes, [Outcome::Refused(RefusalCode::StartKnown)]);
    assert_eq!(world.balance(ALICE), before, "its proposer may have held it back");
    let Action::Deliver { award, proof, len } = world.deliver(task) else { panic!() };
    let op = world.op(ALICE, Action::Deliver { award, proof, len: len + 1 });
    assert_eq!(world.block(100, &[op]).outcomes, [Outcome::Refused(RefusalCode::ProofLength)]);
    assert_eq!(world.balance(ALICE), before - 100);
}

#[test]
fn what_is_proposed_is_what_is_applied() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let bid = world.bid();
    let ops = [world.op(REQUESTER, bids(bid)), world.op(ALICE, pay(RICHES)), world.op(CAROL, pay(5))];
    let draft = propose(&world, &ops);
    assert_eq!(draft.ops, [ops[0].clone(), ops[2].clone()]);
    assert_eq!(draft.left_out.len(), 1);
    assert!(matches!(draft.left_out[0].reason, Refused::InsufficientFunds { .. }));
    assert!(draft.left_out[0].reason.may_pass_later());
    let applied = world.ledger.apply(Body { ops: &draft.ops, ..body(&world, &[]) }).unwrap();
    assert_eq!(applied, draft.applied);
    assert_eq!(world.ledger, draft.next);
    let path = merkle::path(&applied.leaves, 1).unwrap();
    assert_eq!(path.root(applied.leaves[1]), Some(applied.ops_root));
}

#[test]
fn a_bid_may_come_before_its_circuit() {
    let mut world = World::new();
    let bid = world.bid();
    let ops = [world.op(REQUESTER, bids(bid)), world.op(REQUESTER, circuit(0))];
    let draft = propose(&world, &ops);
    assert!(draft.left_out.is_empty());
    assert!(matches!(draft.applied.outcomes[..], [Outcome::Applied, Outcome::Opened(_)]));
}

#[test]
fn a_flood_leaves_room_for_live_awards() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    let mut ops: Vec<_> = (2..=20).flat_map(|n| (0..60).map(move |_| n)).map(|n| world.op(n, pay(1))).collect();
    ops.push(world.op(ALICE, world.starts(ALICE, task)));
    let draft = propose(&world, &ops);
    assert!(matches!(draft.ops[0].op().action, Action::Start { .. }), "first of all");
    let bytes: usize = draft.ops.iter().map(SignedOp::size).sum();
    assert!(bytes < BLOCK_BYTES_MAX * 3 / 4 && draft.ops.len() <= BLOCK_OPS_MAX * 3 / 4, "{bytes}");
    assert!(draft.left_out.iter().all(|l| l.reason == Refused::NoRoom));
    assert_eq!(draft.ops.len() + draft.left_out.len(), ops.len());
}

#[test]
fn an_epoch_pays_the_committee_and_forgets() {
    let params = Params { epoch_blocks: 10, keep_epochs: 1, ..Params::default() };
    let mut world = World::with(3, params);
    world.register();
    world.ask_all(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    world.prove(task, ALICE);
    let poor = AccountId::from_bytes([200; 32]);
    let registered = world.ledger.circuit(circuit_id(0)).unwrap().last_used;
    let fees = world.ledger.supply().fees.get();
    let before = world.balance(1);
    let mut events = Vec::new();
    while world.ledger.height().get() < 10 {
        events.extend(world.wait(1));
    }
    assert!(events.iter().any(|e| matches!(e, Event::EpochEnded { .. })));
    assert_eq!(world.balance(1), before + fees / 3);
    assert_eq!(world.ledger.supply().fees.get(), fees % 3);
    assert!(world.ledger.task(task).is_some() && world.ledger.circuit(circuit_id(0)).is_some());
    assert!(world.ledger.account(poor).is_none());
    let again = world.open_usual();
    world.say(vec![(REQUESTER, Action::Cancel { task: again })]);
    assert!(world.ledger.circuit(circuit_id(0)).unwrap().last_used > registered, "a bid keeps its circuit");
    world.wait(40);
    assert!(world.ledger.task(task).is_none() && world.ledger.circuit(circuit_id(0)).is_none());
    assert_eq!(world.ledger.tasks_of(who(REQUESTER)).count(), 0);
}

#[test]
fn an_empty_account_is_forgotten_and_nothing_old_comes_back() {
    let params = Params { epoch_blocks: 5, keep_epochs: 1, op_life: Millis::from_secs(3_600), ..Params::default() };
    let mut world = World::with(1, params);
    let first = world.op(CAROL, Action::Transfer { to: who(BOB), amount: Credits::new(RICHES - 100) });
    world.block(100, std::slice::from_ref(&first));
    assert_eq!(world.balance(CAROL), 0);
    world.wait(20);
    assert!(world.ledger.account(who(CAROL)).is_none());
    world.say(vec![(BOB, Action::Transfer { to: who(CAROL), amount: Credits::new(RICHES) })]);
    let replayed = world.ledger.check(&first, world.ledger.time());
    assert!(matches!(replayed, Err(Refused::NonceOld { nonce: 0, .. })), "{replayed:?}");
}

#[test]
fn a_snapshot_is_the_ledger() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    world.open_usual();
    let bytes = dpgn_protocol::codec::encode(&world.ledger).unwrap();
    let again: Ledger = dpgn_protocol::codec::decode(&bytes, 1 << 20).unwrap();
    assert_eq!(again, world.ledger);
    assert_eq!(again.root(), world.ledger.root());
}

#[test]
fn a_genesis_that_makes_no_sense_makes_no_network() {
    let genesis = |params: Params, credits: &[(u8, u64)]| {
        let member = Member { account: who(1), power: Power::new(1) };
        let account = |&(n, credits): &(u8, u64)| Allocation { account: who(n), credits: Credits::new(credits) };
        Ledger::new(&Genesis {
            name: Text::new("test").unwrap(),
            time: Timestamp::new(START),
            committee: Committee::new(vec![member]).unwrap(),
            accounts: List::new(credits.iter().map(account).collect()).unwrap(),
            params,
        })
    };
    let usual = Params::default;
    assert!(genesis(usual(), &[(1, 1)]).is_ok());
    assert_eq!(genesis(usual(), &[(1, 1), (1, 1)]), Err(GenesisError::AccountTwice(who(1))));
    assert_eq!(genesis(usual(), &[(1, u64::MAX), (2, 1)]), Err(GenesisError::TooManyCredits));
    let weights = Params { price_weight: Ppm::ONE, ..usual() };
    let what = "price_weight and reputation_weight";
    assert_eq!(genesis(weights, &[]), Err(GenesisError::Weights { what, got: 1_300_000 }));
    let prior = Params { reputation_prior: Ppm::new(1_000_001), ..usual() };
    assert!(matches!(genesis(prior, &[]), Err(GenesisError::TooLarge { what: "reputation_prior", .. })));
    let slack = Params { slack: Ppm::new(999_999), ..usual() };
    assert!(matches!(genesis(slack, &[]), Err(GenesisError::TooSmall { what: "slack", .. })));
    let epoch = Params { epoch_blocks: 0, ..usual() };
    assert!(matches!(genesis(epoch, &[]), Err(GenesisError::TooSmall { what: "epoch_blocks", got: 0, min: 1 })));
}
