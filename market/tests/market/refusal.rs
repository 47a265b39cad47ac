//! Bad orders: each a typed error with its numbers; nothing is charged, nothing changes.

use crate::support::*;
use dpgn_market::Refused;
use dpgn_protocol::{
    bounded::{Bytes, List},
    genesis::Params,
    ids::{AccountId, CircuitId, TaskId},
    ops::{Action, Ask, Bid, Circuit, DeclineReason, Op, SignedOp},
    units::{Credits, Level, Millis, Timestamp},
};

fn bad_bid(world: &mut World, change: impl FnOnce(&mut Bid)) -> Refused {
    let mut bid = world.bid();
    change(&mut bid);
    let root = world.ledger.root();
    let refused = world.refused(REQUESTER, bids(bid));
    assert_eq!(world.ledger.root(), root);
    refused
}

fn bad_ask(world: &mut World, change: impl FnOnce(&mut Ask)) -> Refused {
    let mut ask = ask(1, world.ledger.time());
    change(&mut ask);
    world.refused(ALICE, asks(ask))
}

#[test]
fn bids_that_make_no_sense() {
    let world = &mut World::with_asks(&[]);
    let unknown = CircuitId::from_bytes([1; 32]);
    assert_eq!(bad_bid(world, |b| b.circuit = unknown), Refused::UnknownCircuit(unknown));
    let (one, two) = (Level::new(1).unwrap(), Level::new(2).unwrap());
    assert_eq!(bad_bid(world, |b| b.level = two), Refused::LevelMismatch { bid: two, circuit: one });
    let available = Credits::new(world.balance(REQUESTER));
    // The reward, the reserve of three declines at a twentieth of it, and the fees: of any op, of the reward, of the bytes, of
    // ten minutes, and of 2,000 bytes that provers fetch.
    let (bytes, minutes) = (world.size_of_a_bid(), 1_000 * 600_000u64);
    let fees = 100 + available.get().div_ceil(100) + bytes + minutes.div_ceil(3_600_000) + 8;
    assert_eq!(
        bad_bid(world, |b| b.reward = available),
        Refused::InsufficientFunds {
            account: who(REQUESTER),
            available,
            required: Credits::new(available.get() + 3 * (available.get() / 20 + 1) + fees),
        }
    );
    assert!(matches!(bad_bid(world, |b| b.reward = Credits::new(u64::MAX)), Refused::InsufficientFunds { .. }));
    let what = |refused: Refused| match refused {
        Refused::OutOfRange { what, .. } => what,
        other => panic!("{other}"),
    };
    assert_eq!(what(bad_bid(world, |b| b.reward = Credits::ZERO)), "the reward");
    assert_eq!(what(bad_bid(world, |b| b.disclosures_max = 0)), "disclosures_max");
    assert_eq!(what(bad_bid(world, |b| b.recipe_len = 0)), "the recipe's length");
    assert_eq!(what(bad_bid(world, |b| b.recipe_len = u64::MAX)), "the recipe's length");
    assert_eq!(what(bad_bid(world, |b| b.inputs_len = u64::MAX)), "the inputs' length");
    assert_eq!(what(bad_bid(world, |b| b.deadline = Timestamp::new(START))), "the deadline");
    assert_eq!(what(bad_bid(world, |b| b.deadline = Timestamp::new(u64::MAX))), "the deadline");
}

#[test]
fn what_later_versions_know_is_refused_by_name() {
    let world = &mut World::with_asks(&[]);
    let inactive = |what| Refused::NotActive { what };
    assert_eq!(bad_bid(world, |b| b.free = List::new(vec![1]).unwrap()), inactive("a free public input"));
}

#[test]
fn a_task_id_is_good_once() {
    let mut world = World::with_asks(&[]);
    let bid = world.bid();
    let task = world.open(bid.clone());
    assert_eq!(world.refused(REQUESTER, bids(bid.clone())), Refused::AliasUsed(bid.alias));
    world.say(vec![(REQUESTER, Action::Cancel { task })]);
    assert_eq!(world.refused(REQUESTER, bids(bid.clone())), Refused::AliasUsed(bid.alias), "ended, not forgotten");
    world.say(vec![(BOB, bids(bid))]);
}

#[test]
fn asks_that_make_no_sense() {
    let world = &mut World::with_asks(&[]);
    let twice = |a: &mut Ask| a.offers = List::new(vec![a.offers[0], a.offers[0]]).unwrap();
    assert_eq!(bad_ask(world, twice), Refused::OfferTwice(Level::new(1).unwrap()));
    let what = |refused: Refused| match refused {
        Refused::OutOfRange { what, .. } => what,
        other => panic!("{other}"),
    };
    let stopped = |a: &mut Ask| {
        let mut offers = a.offers.to_vec();
        offers[1].rows_per_second = 0;
        a.offers = List::new(offers).unwrap();
    };
    assert_eq!(what(bad_ask(world, stopped)), "rows_per_second");
    assert_eq!(what(bad_ask(world, |a| a.offers = List::default())), "the number of offers");
    assert_eq!(what(bad_ask(world, |a| a.builders = List::default())), "the number of builders");
    assert_eq!(what(bad_ask(world, |a| a.expires = Timestamp::new(START))), "the ask's expiry");
    assert_eq!(what(bad_ask(world, |a| a.expires = Timestamp::new(u64::MAX))), "the ask's expiry");
}

#[test]
fn circuits_are_registered_once_and_read_in_full() {
    let world = &mut World::with_asks(&[]);
    assert_eq!(world.refused(BOB, circuit(0)), Refused::CircuitKnown(circuit_id(0)));
    let mut cut = circuit_bytes(0);
    cut.pop();
    let cut = Action::Circuit(Circuit { verifier_data: Bytes::new(cut).unwrap() });
    assert!(matches!(world.refused(BOB, cut), Refused::VerifierData(_)));

    let small = Params { degree_max: dpgn_protocol::units::Degree::new(11).unwrap(), ..Params::default() };
    let refused = World::with(1, small).refused(BOB, circuit(0)).to_string();
    assert!(refused.contains("12") && refused.contains("11"), "{refused}");
}

#[test]
fn strangers_have_no_say_in_an_award() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    let award = world.award_of(task);
    let refused = Refused::NotAwarded { award, account: who(BOB) };
    let of_bob = world.starts(BOB, task);
    let elsewhere = Refused::StatementElsewhere { award, signer: who(BOB) };
    assert_eq!(world.refused(BOB, of_bob), elsewhere);
    assert_eq!(world.refused(BOB, world.declines(task, DeclineReason::Unable)), refused);
    let deliver = world.deliver(task);
    assert_eq!(world.refused(BOB, deliver.clone()), refused);
    assert_eq!(world.refused(BOB, Action::Alive), Refused::NothingStarted(who(BOB)));
    let cancelled = world.refused(BOB, Action::Cancel { task });
    assert_eq!(cancelled, Refused::NotTheRequester { task, account: who(BOB) });
    let early = world.refused(ALICE, deliver).to_string();
    assert_eq!(early, "a task that is assigned cannot be delivered");
    assert_eq!(world.refused(ALICE, Action::Alive), Refused::NothingStarted(who(ALICE)));
    world.start(ALICE, task);
    assert_eq!(world.refused(ALICE, world.starts(ALICE, task)), Refused::StartKnown(award));
    assert!(matches!(world.refused(ALICE, Action::Alive), Refused::AliveTooSoon { .. }));
    let Action::Deliver { proof, len, .. } = world.deliver(task) else { panic!() };
    let longer = Action::Deliver { award, proof, len: len + 1 };
    assert_eq!(world.refused(ALICE, longer), Refused::ProofLength { got: len + 1, expected: len });
    let unknown = TaskId::from_bytes([0; 32]);
    assert_eq!(world.refused(ALICE, world.starts(ALICE, unknown)), Refused::UnknownTask(unknown));
}

#[test]
fn transfers_move_what_there_is() {
    let mut world = World::with_asks(&[]);
    let (to, amount) = (AccountId::from_bytes([200; 32]), Credits::new(1_000));
    assert_eq!(world.refused(BOB, Action::Transfer { to: who(BOB), amount }), Refused::ToOneself);
    let refused = world.refused(BOB, Action::Transfer { to, amount: Credits::new(RICHES) });
    let (available, required) = (Credits::new(RICHES), Credits::new(RICHES + 100));
    assert_eq!(refused, Refused::InsufficientFunds { account: who(BOB), available, required });
    assert!(matches!(world.refused(BOB, Action::Transfer { to, amount: Credits::ZERO }), Refused::OutOfRange { .. }));
    world.say(vec![(BOB, Action::Transfer { to, amount })]);
    assert_eq!(world.ledger.account(to).unwrap().balance, amount);
    assert_eq!(world.balance(BOB), RICHES - 1_100);
}

#[test]
fn ops_live_for_a_while_only() {
    let world = World::with_asks(&[]);
    let now = world.ledger.time();
    let (network, nonce) = (world.ledger.network(), world.ledger.free_nonces(who(BOB))[0]);
    let op = |expires| {
        let action = Action::Transfer { to: who(ALICE), amount: Credits::new(1) };
        SignedOp::new(key(BOB).sign(network, Op { nonce, expires, sponsor: None, action }).unwrap())
    };
    assert_eq!(world.ledger.check(&op(now), now), Err(Refused::Expired { expires: now, now }));
    let (latest, expires) = (now.after(Millis::from_secs(600)), now.after(Millis::from_secs(601)));
    assert_eq!(world.ledger.check(&op(expires), now), Err(Refused::LivesTooLong { expires, latest }));
    assert_eq!(world.ledger.check(&op(latest), now), Ok(()));
    let old = Timestamp::new(0);
    assert_eq!(world.ledger.check(&op(now), old), Err(Refused::Expired { expires: now, now }), "time never goes back");
}

#[test]
fn limits_hold() {
    let params = Params { account_tasks_max: 1, tasks_max: 2, asks_max: 1, circuits_max: 1, ..Params::default() };
    let mut world = World::with(1, params);
    world.register();
    let full = |what, max| Refused::Full { what, max };
    world.open_usual();
    assert_eq!(world.refused(BOB, circuit(1)), full("circuits", 1));
    let mut bid = world.bid();
    assert_eq!(world.refused(REQUESTER, bids(bid.clone())), full("open tasks of this account", 1));
    world.say(vec![(BOB, bids(bid.clone()))]);
    bid.deadline = bid.deadline.after(Millis::from_secs(60));
    assert_eq!(world.refused(CAROL, bids(bid)), full("open tasks", 2), "it pays less for its time");
    world.ask_all(&[(ALICE, 1_000_000)]);
    let now = world.ledger.time();
    assert_eq!(world.refused(BOB, asks(ask(1, now))), full("asks", 1));
    world.ask_all(&[(ALICE, 900_000)]);
}

#[test]
fn what_may_pass_later_is_kept() {
    let world = &mut World::with_asks(&[]);
    assert!(bad_bid(world, |b| b.circuit = CircuitId::from_bytes([1; 32])).may_pass_later());
    assert!(!bad_bid(world, |b| b.disclosures_max = 0).may_pass_later());
    assert!(!world.refused(BOB, circuit(0)).may_pass_later());
}
