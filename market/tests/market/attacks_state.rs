//! Attacks on what the ledger keeps: tables that are full for good. Each is filled as cheaply as it can be; then an
//! honest newcomer gets in. A rule that is taken out makes its test fail.
//!
//! Tables are as large as those of the usual genesis in release builds, and a 256th of it in others, which count the
//! whole state anew after every op.

use crate::support::*;
use dpgn_market::{BlockError, Body, Event, Fault, Refused};
use dpgn_protocol::{
    genesis::Params,
    ids::AccountId,
    limits::BLOCK_BYTES_MAX,
    ops::{Action, SignedOp},
    outcome::Outcome,
    sign::Keypair,
    units::{Credits, Millis},
};

/// The part of a usual table that is filled.
const SCALE: u32 = if cfg!(debug_assertions) { 256 } else { 1 };
/// Attackers, each with as many free nonces as an account has.
const ATTACKERS: std::ops::RangeInclusive<u8> = 2..=9;
/// Ops of one attacker in one block: as many as bids of all attackers fit into the bytes of a block.
const EACH: usize = 40;

/// A world whose tables are `SCALE` times smaller than usual, and whose epochs are long.
fn small(change: impl FnOnce(&mut Params)) -> World {
    let usual = Params::default();
    let mut params = Params {
        accounts_max: usual.accounts_max / SCALE,
        tasks_max: usual.tasks_max / SCALE,
        ended_max: usual.ended_max / SCALE,
        asks_max: usual.asks_max / SCALE,
        circuits_max: usual.circuits_max / SCALE,
        account_tasks_max: 1 << 20,
        epoch_blocks: 1 << 20,
        ..usual
    };
    change(&mut params);
    let mut world = World::with(1, params);
    world.register();
    world
}

/// Blocks of ops that attackers say in turn, until `n` are applied or one is refused; what they lose by it.
fn flood(world: &mut World, n: usize, mut say: impl FnMut(&mut World, usize) -> Action) -> (usize, u64) {
    let wealth = |world: &World| ATTACKERS.map(|n| world.wealth(n)).sum::<u64>();
    let (before, mut done) = (wealth(world), 0);
    while done < n {
        let turns: Vec<u8> = ATTACKERS.flat_map(|by| [by; EACH]).take(n - done).collect();
        let mut ops: Vec<SignedOp> = Vec::new();
        for (i, by) in turns.into_iter().enumerate() {
            let action = say(world, done + i);
            ops.push(world.op(by, action));
        }
        let applied = world.block(200, &ops);
        let refused = applied.outcomes.iter().filter(|o| matches!(o, Outcome::Refused(_))).count();
        done += applied.outcomes.len() - refused;
        if refused > 0 {
            break;
        }
    }
    (done, before - wealth(world))
}

fn fresh(n: usize) -> AccountId {
    let mut bytes = [0xee; 32];
    bytes[..8].copy_from_slice(&(n as u64).to_be_bytes());
    AccountId::from_bytes(bytes)
}

fn credits(micro: u64) -> String {
    format!("{}.{:03} credits", micro / 1_000_000, micro / 1_000 % 1_000)
}

/// 131,032 transfers of 1 µ, 13.3 credits in all, and nobody could open an account any more.
#[test]
fn an_account_is_opened_however_many_there_are() {
    let mut world = small(|_| ());
    let dust = Action::Transfer { to: fresh(0), amount: Credits::new(999) };
    assert!(matches!(world.refused(ALICE, dust), Refused::OutOfRange { min: 1_000, .. }));
    let room = world.ledger.params().accounts_max as usize - world.ledger.accounts_len();
    let open = |_: &mut World, n| Action::Transfer { to: fresh(n), amount: Credits::new(1_000) };
    let (taken, cost) = flood(&mut world, room, open);
    let (max, now) = (world.ledger.params().accounts_max, world.ledger.accounts_len());
    println!("{taken} accounts cost {}, {} for a usual table", credits(cost), credits(cost * u64::from(SCALE)));
    assert_eq!((taken, now), (room, max as usize));
    assert_eq!(cost, 1_100 * taken as u64);

    let burned = world.ledger.supply().burned;
    let newcomer = who(NEWCOMER);
    world.say(vec![(ALICE, Action::Transfer { to: newcomer, amount: Credits::new(1_000) })]);
    assert_eq!(world.ledger.account(newcomer).unwrap().balance, Credits::new(1_000));
    assert_eq!(world.ledger.accounts_len(), max as usize, "the poorest gave way");
    assert_eq!(world.ledger.supply().burned.get() - burned.get(), 1_000 + 50);
    // A sponsor brings another in.
    let op = world.sponsored_ask(98, BOB, 100_000);
    assert_eq!(world.block(100, &[op]).outcomes, [Outcome::Applied]);
    assert!(world.ledger.account(who(98)).is_some());
    // Who is busy or rich stays.
    assert!((1..=40).all(|n| world.ledger.account(who(n)).is_some()));
}

/// What the dust in them is worth goes when nobody has used them for long.
#[test]
fn accounts_with_less_than_the_least_are_forgotten_with_their_dust() {
    let params = Params { epoch_blocks: 5, keep_epochs: 1, ..Params::default() };
    let mut world = World::with(1, params);
    world.say(vec![(ALICE, Action::Transfer { to: who(NEWCOMER), amount: Credits::new(1_100) })]);
    world.say(vec![(NEWCOMER, Action::Transfer { to: who(BOB), amount: Credits::new(300) })]);
    let burned = world.ledger.supply().burned.get();
    assert_eq!(world.ledger.account(who(NEWCOMER)).unwrap().balance.get(), 700);
    world.wait(16);
    assert!(world.ledger.account(who(NEWCOMER)).is_none());
    assert_eq!(world.ledger.supply().burned.get(), burned + 700);
}

/// A member is paid at the end of the epoch, however poor it is until then.
#[test]
fn a_poor_member_keeps_its_account() {
    let params = Params { epoch_blocks: 5, keep_epochs: 1, ..Params::default() };
    let mut world = World::with(1, params);
    let all = world.balance(COORDINATOR) - 100;
    world.say(vec![(COORDINATOR, Action::Transfer { to: who(BOB), amount: Credits::new(all) })]);
    world.wait(30);
    assert_eq!(world.balance(COORDINATOR), 50, "half of the fee that it paid");
}

/// 8,192 bids of reward 1 that live for a day, 0.84 credits, and no bid got in, not even one of 50 credits.
#[test]
fn a_bid_gets_in_however_many_there_are() {
    let mut world = small(|_| ());
    let max = world.ledger.params().tasks_max as usize;
    let cheap = |world: &mut World, _| {
        let mut bid = world.bid();
        (bid.reward, bid.deadline) = (Credits::new(1), world.ledger.time().after(Millis::from_secs(24 * 3_600)));
        bids(bid)
    };
    let (taken, cost) = flood(&mut world, max, cheap);
    println!("{taken} bids for a day cost {}, {} for a usual table", credits(cost), credits(cost * u64::from(SCALE)));
    assert_eq!(taken, max);
    assert!(cost * u64::from(SCALE) > 200_000_000);
    // One more of the same does not get in; an honest one of ten minutes does, at the usual fee.
    let again = cheap(&mut world, 0);
    assert!(matches!(world.refused(ALICE, again), Refused::Full { what: "open tasks", .. }));
    let mut bid = world.bid();
    bid.reward = Credits::new(4_000);
    let applied = world.say(vec![(REQUESTER, bids(bid))]);
    let task = opened(&applied)[0];
    let gone = applied.events.iter().find_map(|event| match event {
        Event::Failed { task, fault, refund } => Some((*task, *fault, *refund)),
        _ => None,
    });
    let (displaced, fault, refund) = gone.unwrap();
    println!("an honest bid of ten minutes pays {} and takes the place of {displaced}", world.fee_of(task));
    assert_eq!((fault, refund), (Fault::Displaced, Credits::new(1)));
    assert_eq!(world.ledger.task(displaced).unwrap().task.reserve(), Credits::ZERO);
    assert_eq!(world.stage(task), "pending");
}

/// A task that is being worked at keeps its place, whatever is paid.
#[test]
fn nobody_is_displaced_from_an_award() {
    let mut world = World::with(1, Params { tasks_max: 1, ..Params::default() });
    world.register();
    world.ask_all(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    assert_eq!(world.prover_of(task), Some(who(ALICE)));
    let mut bid = world.bid();
    bid.reward = Credits::new(50 * REWARD);
    assert_eq!(world.refused(BOB, bids(bid)), Refused::Full { what: "open tasks", max: 1 });
}

/// A bid of a day costs more than one of a minute, and one with long lists more than one without.
#[test]
fn a_bid_pays_for_its_bytes_and_its_life() {
    let mut world = World::with_asks(&[]);
    let fee = |world: &mut World, seconds, lists: usize| {
        let mut bid = world.bid();
        bid.deadline = world.ledger.time().after(Millis::new(100)).after(Millis::from_secs(seconds));
        bid.deny = dpgn_protocol::bounded::List::new((0..lists).map(fresh).collect()).unwrap();
        let task = world.open(bid);
        world.fee_of(task)
    };
    let (short, long) = (fee(&mut world, 60, 0), fee(&mut world, 24 * 3_600, 0));
    let listed = fee(&mut world, 60, 64);
    println!("a bid of a minute costs {short}, of a day {long}, with 64 accounts on a list {listed}");
    assert_eq!((long - short, listed - short), (24_000 - 17, 64 * 32));
    let soon = world.ledger.time().after(Millis::new(1_000));
    let mut bid = world.bid();
    bid.deadline = soon;
    assert!(matches!(world.refused(REQUESTER, bids(bid)), Refused::OutOfRange { what: "the deadline", .. }));
}

/// 4,096 asks of accounts that held nothing filled the book; each new ask was refused.
#[test]
fn an_ask_gets_in_however_many_there_are() {
    let mut world = small(|params| params.accounts_max = 1 << 17);
    let max = world.ledger.params().asks_max as usize;
    // One owner guarantees for all of them.
    let before = world.wealth(2);
    let sybils: Vec<_> = (0..max).map(|n| Keypair::from_seed(fresh(n).as_bytes())).collect();
    for sybils in sybils.chunks(200) {
        let cheap = asks(ask(1, world.ledger.time()));
        let asks: Vec<_> = sybils.iter().map(|keys| world.sponsored_key(keys, 2, cheap.clone())).collect();
        let applied = world.block(200, &asks);
        assert!(applied.outcomes.iter().all(|o| *o == Outcome::Applied));
    }
    let cost = before - world.wealth(2);
    println!("{max} asks cost {}; behind each are {} of one owner", credits(cost), world.wealth(2) / max as u64);
    assert_eq!(world.ledger.asks().count(), max);
    let now = world.ledger.time();
    let all = world.wealth(ALICE) - 2 * world.wealth(2) / max as u64;
    world.say(vec![(ALICE, Action::Transfer { to: who(BOB), amount: Credits::new(all) })]);
    let events = world.say(vec![(ALICE, asks(ask(1, now)))]).events;
    assert!(matches!(events[..], [Event::Withdrawn { .. }, Event::Asked { .. }]), "{events:?}");
    assert_eq!(world.ledger.asks().count(), max);
    // Who holds less than is behind any of them does not get in.
    let most = world.wealth(ALICE) - 1_200;
    world.say(vec![(ALICE, Action::Transfer { to: who(NEWCOMER), amount: Credits::new(1_000) })]);
    assert!(most > 0);
    assert!(matches!(world.refused(NEWCOMER, asks(ask(1, now))), Refused::Full { what: "asks", .. }));
}

/// 160,512 ended tasks, 16.2 credits, made every empty block take a second, and a snapshot that nobody could read.
#[test]
fn ended_tasks_are_few_and_small() {
    let mut world = small(|_| ());
    let max = world.ledger.params().ended_max as usize;
    let mine = world.open_usual();
    world.say(vec![(REQUESTER, Action::Cancel { task: mine })]);
    let bytes = |world: &World| dpgn_protocol::codec::encode(&world.ledger).unwrap().len();
    let (mut last, empty, mut ended) = (Vec::new(), bytes(&world), 0);
    let turn = |world: &mut World, _| {
        let mut bid = world.bid();
        (bid.reward, bid.deadline) = (Credits::new(1), world.ledger.time().after(Millis::from_secs(3)));
        bids(bid)
    };
    let mut cost = 0;
    while ended < max + EACH {
        let few = 64.min(world.ledger.params().tasks_max as usize);
        cost += flood(&mut world, few, turn).1;
        ended += few;
        last = world.block(4_000, &[]).events;
    }
    assert!(last.iter().any(|e| matches!(e, Event::Failed { fault: Fault::Network, .. })));
    let each = (bytes(&world) - empty) / max;
    println!("{ended} tasks ended, for {}; {max} are kept, {each} bytes each", credits(cost));
    assert_eq!(world.ledger.tasks().count(), max);
    assert!(world.ledger.task(mine).is_none(), "the first to end is the first to go");
    assert_eq!(world.ledger.task_by_alias(who(REQUESTER), bid(1, world.ledger.time()).alias), None);
    assert!(each < 500);
}

/// A full table of circuits refused every other.
#[test]
fn a_circuit_gets_in_however_many_there_are() {
    let mut world = World::with(1, Params { circuits_max: 3, epoch_blocks: 5, ..Params::default() });
    world.register();
    let used = world.open_usual();
    world.wait(6);
    world.say(vec![(BOB, circuit(1))]);
    world.wait(6);
    world.say(vec![(BOB, circuit(2))]);
    world.say(vec![(CAROL, circuit(3))]);
    let known = |n| world.ledger.circuit(circuit_id(n)).is_some();
    assert_eq!([0, 1, 2, 3].map(known), [true, false, true, true], "the longest unused goes, but for one in use");
    assert_eq!(world.stage(used), "pending");
}

/// A proposer dated the chain into next year, and every window and deadline had passed.
#[test]
fn no_block_is_dated_far_ahead() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let latest = world.ledger.latest_time();
    let (parent, last_commit) = (below(&world.ledger), commit(&world.ledger));
    let at = |time| Body { parent, time, proposer: who(COORDINATOR), last_commit, ops: &[] };
    let next_year = world.ledger.time().after(Millis::from_secs(365 * 24 * 3_600));
    for time in [next_year, latest.after(Millis::new(1))] {
        assert_eq!(world.ledger.apply(at(time)), Err(BlockError::TimeStep { got: time, latest }));
    }
    println!("a block is at most {} ms ahead of its parent", latest.since(world.ledger.time()).get());
    assert!(world.ledger.apply(at(latest)).is_ok());
}

/// Members checked the bytes of a body by their own limits: what one takes and another refuses splits them.
#[test]
fn no_block_has_more_bytes_than_a_block_may_have() {
    let mut world = World::with_asks(&[]);
    let verifier_data = dpgn_protocol::bounded::Bytes::new(vec![1; 55_000]).unwrap();
    let large = Action::Circuit(dpgn_protocol::ops::Circuit { verifier_data });
    let ops: Vec<_> = (2..=5).map(|n| world.op(n, large.clone())).collect();
    let time = world.ledger.time().after(Millis::new(100));
    let (parent, last_commit) = (below(&world.ledger), commit(&world.ledger));
    let body = |ops| Body { parent, time, proposer: who(COORDINATOR), last_commit, ops };
    // Header and commit have 24 KiB at most.
    let got = ops.iter().map(SignedOp::size).sum::<usize>() + (24 << 10);
    for op in &ops {
        assert!(dpgn_protocol::codec::encode(&op.to_raw()).unwrap().len() <= op.size(), "no op has more than its size");
    }
    println!("ops of {got} bytes make no block, a quarter less do");
    let refused = Err(BlockError::TooManyBytes { got, max: BLOCK_BYTES_MAX });
    assert_eq!(world.ledger.apply(body(&ops)), refused);
    assert!(world.ledger.apply(body(&ops[..3])).is_ok());
}
