//! Attacks on challenges, each with what it gains. A rule that is taken out makes its test fail.
//!
//! A proof costs whoever makes it what it sells for: the going rate. That is what a prover loses by serving a challenge at
//! half of it.

use crate::{challenges::*, support::*};
use dpgn_market::{Body, Ledger, Refused};
use dpgn_protocol::{
    bounded::{Bytes, List},
    genesis::Params,
    ids::{AccountId, BlockHash, CircuitId},
    ops::{Action, Ask, Circuit, Offer},
    sign::Keypair,
    units::{Credits, Level, Millis},
    verifier_data,
};

/// The price at which Alice sells, and so the going rate.
const GOING: i64 = 4_000;

/// The provers that the next block would draw, if it stood on this parent.
fn drawn_on(ledger: &Ledger, parent: BlockHash) -> Vec<AccountId> {
    let time = ledger.time().after(Millis::new(100));
    let last_commit = commit_of(ledger, parent);
    let body = Body { parent, time, proposer: who(COORDINATOR), last_commit, ops: &[] };
    let applied = ledger.clone().apply(body).unwrap();
    drawn(&applied.events).into_iter().map(|(_, prover, _)| prover).collect()
}

/// The last block before a draw.
fn before_draw(world: &mut World) {
    while !world.ledger.height().get().is_multiple_of(world.ledger.params().epoch_blocks) {
        world.next();
    }
}

/// A proposer makes the last block of an epoch again and again until the order of the draw is to its liking.
#[test]
fn who_grinds_a_draw_wins_what_costs_more_than_it_pays() {
    // The shelf pays for one challenge, and eight newcomers want it.
    let mut world = busy(1, &[]);
    let newcomers: Vec<u8> = (22..30).collect();
    world.ask_all(&newcomers.iter().map(|n| (*n, 2_000)).collect::<Vec<_>>());
    world.say(newcomers.iter().map(|n| (*n, ticket())).collect());
    before_draw(&mut world);
    let mut tries = 0;
    let parent = (0..=u8::MAX).map(|n| BlockHash::from_bytes([n; 32])).find(|parent| {
        tries += 1;
        drawn_on(&world.ledger, *parent) == [who(BOB)]
    });
    let parent = parent.unwrap();
    let wealth = world.wealth(BOB) as i64;
    let time = world.ledger.time().after(Millis::new(100));
    let last_commit = commit_of(&world.ledger, parent);
    let body = Body { parent, time, proposer: who(COORDINATOR), last_commit, ops: &[] };
    let [(task, ..)] = drawn(&world.ledger.apply(body).unwrap().events)[..] else { panic!() };
    world.prove(task, BOB);
    let gain = world.wealth(BOB) as i64 - wealth - GOING;
    let weight = world.ledger.reputation(who(BOB)).weight;
    println!("after {tries} blocks that are thrown away, an award: gain {gain}, and a name of weight {weight}");
    assert!(gain < 0, "{gain}");
    assert!(weight.get() as i64 <= -gain, "the name costs no less than it weighs");
}

/// A guarantor puts a thousand names into one draw.
#[test]
fn a_thousand_names_of_one_guarantor_take_part_once() {
    let params = Params { asks_max: 2_000, ..challenging() };
    let mut world = World::with(1, params);
    world.register();
    world.ask_all(&[(ALICE, 1_000)]);
    for _ in 0..4 {
        let task = world.open_for(REQUESTER, &[ALICE]);
        world.prove(task, ALICE);
    }
    let names: Vec<_> = (0..1_000_u32)
        .map(|n| Keypair::from_seed(&[&n.to_le_bytes()[..], &[9; 28]].concat().try_into().unwrap()))
        .collect();
    for some in names.chunks(200) {
        let now = world.ledger.time();
        let ops: Vec<_> = some.iter().map(|name| world.sponsored_key(name, BOB, asks(ask(2_000, now)))).collect();
        world.block(100, &ops);
    }
    world.next();
    let mut refused = 0;
    for name in &names {
        let op = world.sponsored_key(name, BOB, ticket());
        match world.ledger.check(&op, world.ledger.time()) {
            Ok(()) => drop(world.block(1, &[op])),
            Err(why) => {
                assert!(matches!(why, Refused::TicketKnown { .. }), "{why}");
                refused += 1;
            }
        }
    }
    let locked = world.ledger.account(who(BOB)).unwrap().collateral;
    let events = to_draw(&mut world);
    println!("of 1,000 names {} take part, {locked} locked; {} drawn", 1_000 - refused, drawn(&events).len());
    assert!(refused >= 999 && drawn(&events).len() <= 1, "{refused}");
}

/// Somebody wants newcomers to get nothing: it draws challenges and lets them come to nothing.
#[test]
fn who_fails_challenges_on_purpose_pays_and_takes_nothing_from_the_pool() {
    let mut world = busy(3, &[(BOB, 2_000)]);
    let (wealth, funded) = (world.wealth(BOB) as i64, pool(&world));
    let mut drawn_so_far = 0;
    for _ in 0..5 {
        let now = world.ledger.time();
        if world.ledger.ask_of(who(BOB)).is_none() {
            world.say(vec![(BOB, asks(ask(2_000, now)))]);
        }
        world.say(vec![(BOB, ticket())]);
        drawn_so_far += drawn(&to_draw(&mut world)).len() as i64;
        world.wait(40);
    }
    let lost = wealth - world.wealth(BOB) as i64;
    println!("{drawn_so_far} challenges that nobody begins cost {lost}, and the shelf still has {}", pool(&world));
    assert_eq!((drawn_so_far, pool(&world)), (5, funded));
    assert!(lost > drawn_so_far * 1_000, "{lost}");
}

/// Names that challenges have made are used up in one large task.
#[test]
fn a_name_made_of_challenges_pays_for_no_default() {
    let mut world = busy(4, &[(BOB, 2_000)]);
    let spent = world.wealth(BOB) as i64;
    let mut served = 0;
    let may_go_on = |world: &World| {
        let op = world.op_with(BOB, world.ledger.free_nonces(who(BOB))[0], ticket());
        world.ledger.check(&op, world.ledger.time()).is_ok()
    };
    while may_go_on(&world) {
        world.say(vec![(BOB, ticket())]);
        for (task, ..) in drawn(&to_draw(&mut world)) {
            world.prove(task, BOB);
            served += 1;
        }
        assert!(served < 10);
    }
    let spent = spent - world.wealth(BOB) as i64 + served * GOING;
    let named = world.ledger.reputation(who(BOB));
    println!(
        "{served} challenges: a loss of {spent}, a name of weight {} and reputation {}",
        named.weight, named.value
    );
    assert!(named.weight.get() as i64 <= spent, "a name costs no less than it weighs");
    assert!(named.weight < world.ledger.params().prior_weight, "and is no whole one");
    // It asks little for a task that is worth a lot to somebody.
    let mut bid = world.bid();
    bid.reward = Credits::new(50_000_000);
    bid.allow = List::new(vec![who(BOB)]).unwrap();
    let offer = Offer { level: Level::new(1).unwrap(), per_kilorow: Credits::new(10_000_000), rows_per_second: 1_024 };
    let large = Ask { offers: List::new(vec![offer]).unwrap(), ..ask(0, world.ledger.time()) };
    world.say(vec![(BOB, asks(large))]);
    world.next();
    let before = world.wealth(BOB) as i64;
    let task = world.open(bid);
    let price = world.ledger.task(task).unwrap().award.unwrap().award.price.get() as i64;
    world.start(BOB, task);
    world.wait(10);
    let lost = before - world.wealth(BOB) as i64;
    println!("a default on a task of {price} costs {lost}");
    assert!(lost > price && price == 40_000_000, "the collateral is more than anything that can be won");
}

/// Verifier data of the sample at level 2.
fn level_two() -> (Action, CircuitId) {
    let mut bytes = SAMPLE.to_vec();
    // The challenges, and the queries of FRI's config, which stands there twice.
    for (at, number) in [(584, 3_u64), (618, 32), (663, 32)] {
        bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
    }
    let circuit = verifier_data::read(&bytes, &Default::default()).unwrap();
    assert_eq!(circuit.level.get(), 2);
    (Action::Circuit(Circuit { verifier_data: Bytes::new(bytes).unwrap() }), circuit.circuit)
}

/// Sells proofs of the second circuit to a friend at any price: the going rate of a shelf that nobody else uses.
fn deal(world: &mut World, circuit: CircuitId, price: u64) {
    let offer = Offer { level: Level::new(2).unwrap(), per_kilorow: Credits::new(price / 4), rows_per_second: 1_024 };
    let dear = Ask { offers: List::new(vec![offer]).unwrap(), ..ask(0, world.ledger.time()) };
    world.say(vec![(CAROL, asks(dear))]);
    let mut bid = world.bid();
    (bid.circuit, bid.level, bid.reward) = (circuit, Level::new(2).unwrap(), Credits::new(price));
    bid.allow = List::new(vec![who(CAROL)]).unwrap();
    let task = opened(&world.say(vec![(24, bids(bid))]))[0];
    world.next();
    world.prove(task, CAROL);
}

/// What an owner gains that makes the going rate of an empty shelf by a sale at this price, and has the network buy a proof
/// there from another of its names; and what others have paid for challenges before and after. Its proofs cost nothing.
fn play_an_empty_shelf(price: u64) -> (i64, u64, u64) {
    let (registers, circuit) = level_two();
    let mut listed_two = listed(0);
    listed_two.circuit = circuit;
    let params = Params { challenge_circuits: List::new(vec![listed(0), listed_two]).unwrap(), ..challenging() };
    let mut world = World::with(1, params);
    world.register();
    world.ask_all(&[(ALICE, 1_000)]);
    for _ in 0..2 {
        let task = world.open_for(REQUESTER, &[ALICE]);
        world.prove(task, ALICE);
    }
    world.say(vec![(REQUESTER, registers)]);
    let others = pool(&world);
    let wealth = |world: &World| [BOB, CAROL, 24].iter().map(|n| world.wealth(*n) as i64).sum::<i64>();
    let before = wealth(&world);
    deal(&mut world, circuit, price);
    let now = world.ledger.time();
    world.say(vec![(BOB, asks(ask(2_000, now)))]);
    world.say(vec![(BOB, Action::Ticket { circuit })]);
    for (task, ..) in drawn(&to_draw(&mut world)) {
        world.prove(task, BOB);
    }
    (wealth(&world) - before, others, pool(&world))
}

/// What all others have paid for challenges would be whose who makes a going rate where nobody else trades.
#[test]
fn an_empty_shelf_pays_for_challenges_out_of_its_own_fees() {
    let gains = [100, 400, 1_000, 10_000].map(|price| (price, play_an_empty_shelf(price)));
    for (price, (gain, before, after)) in gains {
        println!("a sale at {price}: gain {gain} of {before} that wait elsewhere, {after} left");
        assert!(gain < 0, "{gain}");
        assert_eq!(after, before, "what others have paid is still there");
    }
}

/// An owner drives the going rate of a busy shelf up before a draw.
#[test]
fn a_driven_rate_takes_what_a_few_challenges_cost_and_no_more() {
    let mut world = busy(16, &[]);
    to_draw(&mut world);
    to_draw(&mut world);
    let held = pool(&world);
    let wealth = |world: &World| [BOB, CAROL, 24].iter().map(|n| world.wealth(*n) as i64).sum::<i64>();
    let before = wealth(&world);
    // Two sales among friends at 17 times the rate, each of which doubles it.
    for price in [17_000_u64, 34_000] {
        world.ask_all(&[(CAROL, price)]);
        world.next();
        let mut bid = world.bid();
        (bid.reward, bid.allow) = (Credits::new(4 * price), List::new(vec![who(CAROL)]).unwrap());
        let task = opened(&world.say(vec![(24, bids(bid))]))[0];
        world.prove(task, CAROL);
    }
    world.ask_all(&[(BOB, 2_000)]);
    world.say(vec![(BOB, ticket())]);
    let events = to_draw(&mut world);
    let paid: i64 = drawn(&events).iter().map(|(_, _, price)| *price as i64).sum();
    for (task, ..) in drawn(&events) {
        world.prove(task, BOB);
    }
    let gain = wealth(&world) - before;
    println!(
        "a shelf that holds {held} pays {paid}; gain before the cost of three proofs {gain}, after it {}",
        gain - 3 * GOING
    );
    assert!(paid > 0 && held as i64 == 4 * GOING / 2, "four challenges' worth is there, however many sales there were");
    assert!(gain < held as i64 && gain - 3 * GOING < 0, "{gain}");
}
