//! Attacks on the place of a sealed ask: somebody takes the room, the time or the collateral that its prover needs to serve
//! what it wins, and has its deposit burned. A rule that is taken out makes its test fail.

use crate::{sealed::*, support::*};
use dpgn_market::{Ineligible, Refused};
use dpgn_protocol::{
    bounded::List,
    ids::TaskId,
    ops::{Action, Ask, DeclineReason, Offer, SealedRound},
    units::{Credits, Level, Millis},
};

const PRICE: u64 = 300_000;

fn asks_with(world: &mut World, n: u8, change: impl FnOnce(&mut Ask)) {
    let mut ask = ask(100_000, world.ledger.time());
    change(&mut ask);
    world.say(vec![(n, asks(ask))]);
}

/// What Alice loses by a round that she has won, if this happens while prices are opened.
fn loses_by(world: &mut World, task: TaskId, what: impl FnOnce(&mut World)) -> u64 {
    let before = world.wealth(ALICE);
    seal_all(world, task, &[(ALICE, PRICE), (BOB, 500_000)]);
    next_phase(world, task);
    what(world);
    open_all(world, task, &[(ALICE, PRICE), (BOB, 500_000)]);
    if world.prover_of(task) == Some(who(ALICE)) {
        world.prove(task, ALICE);
        assert_eq!(world.wealth(ALICE) + 100 - before, 500_000, "paid by the second price");
        return 0;
    }
    before - 100 - world.wealth(ALICE)
}

/// A rival fills all awards that a prover can hold by bids for it alone.
#[test]
fn a_rival_that_fills_the_room_takes_no_deposit() {
    for (capacity, lanes) in [(1, 1), (8, 1), (8, 8)] {
        let mut world = World::with_asks(&[(BOB, 150_000)]);
        asks_with(&mut world, ALICE, |ask| (ask.capacity, ask.lanes) = (capacity, lanes));
        // Alice alone makes it: behind seven others she would be late.
        let task = sealed_bid(&mut world, |bid| bid.deadline = bid.deadline.before(Millis::from_secs(545)));
        let mut held = 0;
        let lost = loses_by(&mut world, task, |world| {
            for _ in 0..4 {
                let own = |world: &mut World| {
                    let mut bid = world.bid();
                    bid.allow = List::new(vec![who(ALICE)]).unwrap();
                    (12, bids(bid))
                };
                let all: Vec<_> = (0..3).map(|_| own(world)).collect();
                world.say(all);
            }
            held = world.ledger.awards_of(who(ALICE)).count();
        });
        println!("with room for {capacity} and {lanes} lanes a rival fills {held}: the winner loses {lost}");
        // A sealed ask takes time that later awards wait, and no room.
        assert_eq!((lost, held), (0, usize::from(capacity)));
    }
}

/// A sponsor's other asks are awarded until it has no collateral left for the sealed one.
#[test]
fn a_rival_that_uses_up_the_collateral_takes_no_deposit() {
    let mut world = World::with_asks(&[(BOB, 150_000)]);
    let ops = [world.sponsored_ask(ALICE, CAROL, 100_000), world.sponsored_ask(31, CAROL, 100_000)];
    world.block(100, &ops);
    let rest = world.balance(CAROL) - 2_800_100;
    world.say(vec![(CAROL, Action::Transfer { to: who(12), amount: Credits::new(rest) })]);
    let task = sealed_bid(&mut world, |_| ());
    let mut left = 0;
    let lost = loses_by(&mut world, task, |world| {
        let rivals: Vec<_> = (0..4).map(|_| world.open_for(12, &[31])).collect();
        assert_eq!(world.prover_of(rivals[0]), Some(who(31)));
        left = world.balance(CAROL);
    });
    println!("its guarantor has {left} left when a proof of {PRICE} is won: the winner loses {lost}");
    assert_eq!((lost, left), (0, 0));
}

/// An ask that says how much it stakes at most was sealed all the same, and burned when it won.
#[test]
fn nobody_seals_what_it_would_not_stake() {
    let mut world = World::with_asks(&[]);
    asks_with(&mut world, ALICE, |ask| ask.collateral_max = Credits::new(1_999_999));
    asks_with(&mut world, BOB, |ask| ask.collateral_max = Credits::new(2_000_000));
    let task = sealed_bid(&mut world, |_| ());
    let refused = world.refused(ALICE, seals(ALICE, task, PRICE));
    println!("a round that pays {REWARD} at most: {refused}");
    assert!(matches!(refused, Refused::Unfit { why: Ineligible::CollateralMax { .. }, .. }));
    seal_all(&mut world, task, &[(BOB, PRICE)]);
    // What is kept for it cannot be spent, or sealed for another bid.
    let all = Credits::new(world.balance(BOB) - 600_000);
    world.say(vec![(BOB, Action::Transfer { to: who(12), amount: all })]);
    let other = sealed_bid(&mut world, |_| ());
    let refused = world.refused(BOB, seals(BOB, other, PRICE));
    assert!(matches!(refused, Refused::Unfit { why: Ineligible::Collateral { .. }, .. }), "{refused}");
}

/// Once it had seen the other prices, a prover said that it was slower than the deadline allows, and was excused. It is
/// awarded the bid as it was when it sealed, and giving that back costs its deposit.
#[test]
fn whoever_says_later_that_it_is_slower_is_not_excused() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 150_000)]);
    let task = sealed_bid(&mut world, |_| ());
    let before = world.wealth(ALICE);
    seal_all(&mut world, task, &[(ALICE, PRICE), (BOB, 500_000)]);
    next_phase(&mut world, task);
    let slow = Offer { level: Level::new(1).unwrap(), per_kilorow: Credits::new(100_000), rows_per_second: 1 };
    asks_with(&mut world, ALICE, |ask| ask.offers = List::new(vec![slow]).unwrap());
    open_all(&mut world, task, &[(ALICE, PRICE), (BOB, 500_000)]);
    let terms = world.ledger.task(task).unwrap().award.unwrap().award.terms;
    world.say(vec![(ALICE, world.declines(task, DeclineReason::Unable))]);
    let lost = before - world.wealth(ALICE);
    println!("who has sealed and says that it takes an hour has {} ms, and loses {lost} if it leaves", terms.declared);
    // The fees of two ops, and a twentieth of the price that it would have been paid.
    assert_eq!((terms.declared, lost), (Millis::new(4_000), DEPOSIT + 200 + 500_000 / 20));
}

/// A sealed ask counted as if it took as long as the proof that waits behind it: a hundredth here.
#[test]
fn a_small_proof_behind_a_sealed_ask_for_a_large_one_is_promised_both() {
    let mut world = World::with_asks(&[]);
    let offer =
        |rows_per_second| Offer { level: Level::new(1).unwrap(), per_kilorow: Credits::new(100_000), rows_per_second };
    let at_speed = |ask: &mut Ask, speed| (ask.offers, ask.lanes) = (List::new(vec![offer(speed)]).unwrap(), 1);
    asks_with(&mut world, ALICE, |ask| at_speed(ask, 10));
    let task = sealed_bid(&mut world, |_| ());
    seal_all(&mut world, task, &[(ALICE, PRICE)]);
    asks_with(&mut world, ALICE, |ask| at_speed(ask, 1_024));
    world.next();
    let behind = world.open_for(12, &[ALICE]);
    let terms = world.ledger.task(behind).unwrap().award.unwrap().award.terms;
    println!("4 s behind a sealed ask of 410 s are promised {} ms", terms.queued);
    assert!(terms.queued >= Millis::new(409_600 + 4_000), "{}", terms.queued);
}

/// Sixteen names fill a round and open prices above what it pays: none of them can win, and each got its deposit back. So
/// whoever stands at a high price kept everybody else out for the fees of thirty-two ops.
#[test]
fn a_round_that_is_filled_by_asks_that_cannot_win_costs_their_deposits() {
    let sybils: Vec<_> = (24..40).map(|n| (n, 250_000)).collect();
    let mut world = World::with_asks(&[&[(ALICE, 200_000), (BOB, 70_000)], &sybils[..]].concat());
    let wealth = |world: &World| sybils.iter().map(|(n, _)| world.wealth(*n)).sum::<u64>();
    let before = wealth(&world);
    let task = sealed_bid(&mut world, |_| ());
    let above: Vec<_> = sybils.iter().map(|&(n, _)| (n, REWARD + 1)).collect();
    seal_all(&mut world, task, &above);
    let refused = world.refused(BOB, seals(BOB, task, 280_000));
    next_phase(&mut world, task);
    let ops: Vec<_> = above.iter().map(|&(n, price)| world.op(n, opens(n, task, price))).collect();
    world.block(100, &ops);
    while world.prover_of(task).is_none() {
        world.wait(1);
    }
    let lost = before - wealth(&world);
    println!("an honest ask in a full round: {refused}; sixteen that ask more than it pays lose {lost}");
    assert!(lost >= 16 * DEPOSIT, "{lost}");
}

/// Who guarantees for a prover takes its guarantee back while prices are opened, for the fee of an op; or asks with more
/// behind them fill the book until the prover's gives way.
#[test]
fn nobody_takes_an_ask_away_from_under_a_sealed_one() {
    let mut world = World::with_asks(&[(BOB, 150_000)]);
    let sponsored = world.sponsored_ask(ALICE, CAROL, 100_000);
    world.block(100, &[sponsored]);
    let task = sealed_bid(&mut world, |_| ());
    let before = world.wealth(CAROL);
    let by_release = loses_by(&mut world, task, |world| {
        world.say(vec![(CAROL, Action::Release { prover: who(ALICE) })]);
    });
    println!("its guarantor, for {}: the winner loses {by_release}", before - world.wealth(CAROL));

    let params = dpgn_protocol::genesis::Params { asks_max: 2, ..Default::default() };
    let mut world = World::with(1, params);
    world.register();
    world.ask_all(&[(ALICE, 100_000), (BOB, 150_000)]);
    let rest = Credits::new(world.balance(ALICE) - 10_000_000);
    world.say(vec![(ALICE, Action::Transfer { to: who(12), amount: rest })]);
    let task = sealed_bid(&mut world, |_| ());
    let before = world.wealth(CAROL);
    let by_a_full_book = loses_by(&mut world, task, |world| world.ask_all(&[(CAROL, 2_000_000)]));
    println!("who fills the book, for {}: the winner loses {by_a_full_book}", before - world.wealth(CAROL));
    assert_eq!((by_release, by_a_full_book), (0, 0));
}

/// A rival opens bids with long rounds, in which provers seal their asks, and takes them back before any is opened. Meanwhile
/// all their room was kept, and whoever needed a proof had it from the rival.
#[test]
fn rounds_keep_nobody_from_other_work() {
    let mut world = World::with_asks(&[(ALICE, 10_000), (BOB, 11_000), (CAROL, 200_000)]);
    let before = world.wealth(12);
    let long = Millis::from_secs(120);
    let rounds: Vec<_> = (0..4)
        .map(|_| {
            let mut bid = world.bid();
            bid.sealed = Some(SealedRound { seal: long, open: long, deposit: Credits::new(DEPOSIT) });
            opened(&world.say(vec![(12, bids(bid))]))[0]
        })
        .collect();
    for &task in &rounds {
        seal_all(&mut world, task, &[(ALICE, 40_000), (BOB, 44_000)]);
    }
    let task = world.open_usual();
    let price = world.ledger.task(task).unwrap().award.unwrap().award.price;
    for &task in &rounds {
        world.say(vec![(12, Action::Cancel { task })]);
    }
    println!("for {} a rival keeps four rounds open for two minutes; a proof costs {price}", before - world.wealth(12));
    assert_eq!(world.prover_of(task), Some(who(ALICE)));
}

/// A prover that had sealed an ask began a large proof that was awarded after that, won, was late, and lost its deposit: it
/// could not see which lane its sealed ask needs, and by when.
#[test]
fn a_prover_knows_what_its_sealed_asks_may_need() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 150_000)]);
    let task = sealed_bid(&mut world, |_| ());
    seal_all(&mut world, task, &[(ALICE, PRICE), (BOB, 500_000)]);
    let since = world.ledger.time();
    let other = world.open_for(12, &[ALICE]);
    next_phase(&mut world, task);
    let [turn] = world.ledger.sealed_turns(who(ALICE))[..] else { panic!() };
    let turn_of = |world: &World, task| world.ledger.task(task).unwrap().task.turn_of(who(ALICE)).unwrap();
    assert_eq!((turn.task, turn.since, turn.declared), (task, since, Millis::new(4_000)));
    assert!(turn.since < turn_of(&world, other), "it has its turn before what was awarded later");
    open_all(&mut world, task, &[(ALICE, PRICE), (BOB, 500_000)]);
    let due = world.ledger.task(task).unwrap().award.unwrap().due;
    println!("told to be due at {}, due at {due}", turn.due);
    assert!(turn.due <= due && turn_of(&world, task) == since);
    assert_eq!(world.ledger.sealed_turns(who(ALICE)), [], "it is an award now");
}
