//! Attacks on the auction itself: asks that nobody means, bids that bind more than they show. A rule that is taken out
//! makes its test fail.

use crate::support::*;
use dpgn_market::{AwardView, Ineligible, Terms};
use dpgn_protocol::{
    bounded::List,
    ids::TaskId,
    ops::{Action, Ask, Bid, DeclineReason, Offer},
    units::{Credits, Level, Millis, Ppm},
};

/// What an honest proof costs in these stories.
const HONEST: u64 = 100_000;

fn asks_with(world: &mut World, n: u8, per_kilorow: u64, change: impl FnOnce(&mut Ask)) {
    let mut ask = ask(per_kilorow, world.ledger.time());
    change(&mut ask);
    world.say(vec![(n, asks(ask))]);
}

/// An ask at this price that takes `slow` times the usual time.
fn asks_slowly(world: &mut World, n: u8, per_kilorow: u64, slow: u32) {
    let speed =
        Offer { level: Level::new(1).unwrap(), per_kilorow: Credits::new(per_kilorow), rows_per_second: 1_024 / slow };
    asks_with(world, n, per_kilorow, |a| a.offers = List::new(vec![speed]).unwrap());
}

fn opens_with(world: &mut World, change: impl FnOnce(&mut Bid)) -> TaskId {
    let mut bid = world.bid();
    change(&mut bid);
    world.open(bid)
}

fn award(world: &World, task: TaskId) -> AwardView<'_> {
    world.ledger.task(task).unwrap().award.unwrap()
}

fn verdict_on(world: &World, task: TaskId, n: u8) -> Result<Terms, Ineligible> {
    world.answer(task, n)
}

/// A world in which Alice has been paid for some proofs, so that its shelf has a going rate.
fn with_a_past() -> World {
    let mut world = World::with_asks(&[(ALICE, HONEST)]);
    for _ in 0..3 {
        let task = world.open_usual();
        world.prove(task, ALICE);
    }
    world
}

/// One ask at price 0 made the effective reward 4 micro-credits, which no honest ask was below: it alone could be
/// awarded, and held the task for a collateral of 1,000.
#[test]
fn a_decoy_shuts_nobody_out_and_stakes_what_it_displaces() {
    for sybils in [&[0][..], &[0, 1]] {
        let mut world = with_a_past();
        for (n, price) in (BOB..).zip(sybils) {
            asks_with(&mut world, n, *price, |_| ());
        }
        let task = world.open_usual();
        let staked = award(&world, task).award.collateral().get();
        assert_eq!(world.prover_of(task), Some(who(BOB)), "the cheapest, as it says");
        let honest = verdict_on(&world, task, ALICE).unwrap();
        world.start(BOB, task);
        let before = world.ledger.account(who(BOB)).unwrap();
        // Silent after its `Start`.
        while world.prover_of(task) == Some(who(BOB)) {
            world.wait(1);
        }
        let lost = before.collateral.get();
        assert_eq!(world.ledger.account(who(BOB)).unwrap().balance, before.balance, "nothing came back");
        println!(
            "decoys at {sybils:?} beside an honest price of {}: the winner stakes {staked} and loses {lost}",
            honest.price
        );
        assert!(staked >= 4 * HONEST && lost == staked, "{staked} {lost}");
    }
}

/// Whoever says that it takes long holds the task for long.
#[test]
fn a_slow_decoy_stakes_more() {
    let stakes = [1, 2, 4, 8].map(|slow| {
        let mut world = with_a_past();
        asks_slowly(&mut world, BOB, 0, slow);
        let task = world.open_usual();
        assert_eq!(world.prover_of(task), Some(who(BOB)));
        award(&world, task).award.collateral().get()
    });
    println!("a decoy that takes 1, 2, 4, 8 times the usual time stakes {stakes:?} of a reward of {REWARD}");
    assert_eq!(stakes, [400_000, 800_000, REWARD, REWARD], "never more than the bid pays");
}

/// Thirty-two newcomers at no price win one after the other and decline, which ends any bid: a thousand each. Now giving
/// back costs a share of what the award holds up, if its price says less.
#[test]
fn a_decoy_that_declines_pays_for_what_it_held_up() {
    let mut world = with_a_past();
    asks_with(&mut world, BOB, 0, |_| ());
    let task = world.open_usual();
    assert_eq!(world.prover_of(task), Some(who(BOB)));
    let before = world.wealth(BOB);
    world.say(vec![(BOB, world.declines(task, DeclineReason::Unable))]);
    let lost = before - world.wealth(BOB);
    println!("a decoy at no price declines: it loses {lost}, so that 32 lose {} of a reward of {REWARD}", 32 * lost);
    assert_eq!(lost, 4 * HONEST / 2 / 20, "a twentieth of half of its collateral");
}

/// The price that others are paid counts beside the lowest one, and a naive reward still pays a bounded multiple.
#[test]
fn a_name_is_worth_a_multiple_of_the_lowest_and_the_going_price() {
    let mut world = with_a_past();
    let wins_at = |world: &mut World, times: u64| {
        asks_with(world, BOB, HONEST, |_| ());
        asks_with(world, ALICE, HONEST * times / 10, |_| ());
        let task = opens_with(world, |bid| bid.reward = Credits::new(50 * REWARD));
        let winner = world.prover_of(task).unwrap();
        let n = if winner == who(ALICE) { ALICE } else { BOB };
        world.say(vec![(n, world.declines(task, DeclineReason::Unable))]);
        world.say(vec![(REQUESTER, Action::Cancel { task })]);
        winner == who(ALICE)
    };
    let most = (10..60).filter(|tenths| wins_at(&mut world, *tenths)).max().unwrap();
    println!("the best name wins at up to {most} tenths of the lowest and going price");
    // 1 + 4 x 0.3 / 0.7.
    assert!((11..=27).contains(&most), "{most}");
}

/// A settlement between a requester and itself would set the going rate for the fee of a bid.
#[test]
fn nobody_sets_a_going_rate_alone() {
    let mut world = with_a_past();
    let level = Level::new(1).unwrap();
    let degree = world.ledger.circuit(circuit_id(0)).unwrap().degree;
    let before = world.ledger.going_rate(level, degree).unwrap();
    asks_with(&mut world, ALICE, 50 * HONEST, |_| ());
    asks_with(&mut world, REQUESTER, 20 * HONEST, |_| ());
    for _ in 0..3 {
        let task = opens_with(&mut world, |bid| {
            bid.reward = Credits::new(80 * HONEST);
            bid.allow = List::new(vec![who(REQUESTER)]).unwrap();
        });
        world.prove(task, REQUESTER);
    }
    assert_eq!(world.ledger.going_rate(level, degree), Some(before), "not with oneself");
    let task = opens_with(&mut world, |bid| {
        bid.reward = Credits::new(200 * HONEST);
        bid.allow = List::new(vec![who(ALICE)]).unwrap();
    });
    world.prove(task, ALICE);
    let after = world.ledger.going_rate(level, degree).unwrap();
    println!("one proof for {} moves the rate from {} to {}", 200 * HONEST, before.price, after.price);
    assert!(after.price > before.price && after.price.get() <= 2 * before.price.get());
}

/// 256 MiB of inputs take 17 minutes at the least rate, and the prover's time for proving was that of the transfer.
#[test]
fn large_inputs_have_their_own_time() {
    let due = |bytes: u64| {
        let mut world = World::with_asks(&[(ALICE, HONEST)]);
        let task = opens_with(&mut world, |bid| {
            bid.inputs_len = bytes;
            bid.deadline = bid.deadline.after(Millis::from_secs(3_000));
        });
        let view = award(&world, task);
        (view.start_by.since(view.award.at).get(), view.due.since(view.award.at).get())
    };
    let (small, large) = (due(1 << 10), due(256 << 20));
    println!("due in {} ms with small inputs, in {} ms with large ones", small.1, large.1);
    assert_eq!(small.0, large.0, "the inputs come after `Start`");
    assert_eq!(large.1 - small.1, 1_024_000 - 4);
    let mut world = World::with_asks(&[(ALICE, HONEST)]);
    let task = opens_with(&mut world, |bid| bid.inputs_len = 256 << 20);
    assert!(matches!(verdict_on(&world, task, ALICE), Err(Ineligible::TooSlow { .. })), "ten minutes are too short");
}

/// A requester claimed 256 MiB and sent nothing: for 2,500 in fees it kept one prover after the other from proving, each for
/// 17 minutes.
#[test]
fn who_claims_bytes_pays_for_the_time_that_provers_wait_for_them() {
    // What the provers here ask for a second of a lane.
    const SECOND: u64 = 1_000;
    // Without a byte: 15 s, and 4 s to build.
    const BASE: u64 = 19;
    let mut world = World::with_asks(&[(ALICE, 1_000), (BOB, 1_001), (CAROL, 1_002)]);
    let before = world.wealth(REQUESTER);
    let task = opens_with(&mut world, |bid| {
        bid.recipe_len = 256 << 20;
        bid.deadline = bid.deadline.after(Millis::from_secs(6_000));
    });
    let mut waited = Vec::new();
    for n in [ALICE, BOB, CAROL] {
        assert_eq!(world.prover_of(task), Some(who(n)));
        let (at, start_by) = (world.ledger.time(), award(&world, task).start_by);
        while world.ledger.time().after(Millis::new(2_000)) < start_by {
            world.block(2_000, &[]);
        }
        waited.push(world.ledger.time().since(at).get() / 1_000);
        world.say(vec![(n, world.declines(task, DeclineReason::NoRecipe))]);
    }
    let paid = before - world.wealth(REQUESTER);
    let harm = waited.iter().map(|waited| waited.saturating_sub(BASE)).sum::<u64>() * SECOND;
    println!("provers wait {waited:?} s for 256 MiB, worth {harm} beyond the base; whoever claims them pays {paid}");
    assert!(paid > harm && waited[1..].iter().all(|waited| *waited <= BASE), "{paid} {harm}");
    let fee_of = |mib: u64| {
        let mut world = World::with_asks(&[]);
        let task = opens_with(&mut world, |bid| bid.recipe_len = mib << 20);
        world.fee_of(task)
    };
    let fees = [1, 2, 11].map(fee_of);
    println!("a bid with a recipe of 1, 2 and 11 MiB pays {fees:?}");
    assert_eq!((fees[1] - fees[0], fees[2] - fees[0]), (4_096, 40_960));
}

/// Whoever orders a block saw the bids in it, and could ask a micro-credit less than the best of the others.
#[test]
fn nobody_reacts_to_a_bid_within_its_block() {
    let mut world = World::with_asks(&[(ALICE, HONEST)]);
    let now = world.ledger.time();
    let (bid, under) = (world.bid(), ask(HONEST - 1, now));
    let applied = world.say(vec![(REQUESTER, bids(bid)), (BOB, asks(under))]);
    let (seen, later) = (opened(&applied)[0], world.open_usual());
    println!("in the block of the bid: {}, in the next: {}", world.prover_of(seen) == Some(who(BOB)), true);
    assert_eq!(world.prover_of(seen), Some(who(ALICE)));
    assert_eq!(world.prover_of(later), Some(who(BOB)));
}

/// A burst gave a prover with one lane four proofs at once, and the time of one for each.
#[test]
fn a_proof_that_waits_for_its_lane_is_given_the_time() {
    let mut world = World::with_asks(&[]);
    asks_with(&mut world, ALICE, HONEST, |a| (a.lanes, a.capacity) = (1, 8));
    let mut times = Vec::new();
    for _ in 0..4 {
        let task = world.open_usual();
        let view = award(&world, task);
        times.push(view.due.since(view.award.at).get());
    }
    let late = opens_with(&mut world, |bid| bid.deadline = bid.deadline.before(Millis::from_secs(560)));
    println!("due in {times:?} ms");
    // 4 s of work, with a slack of three.
    assert!(times.is_sorted() && times.windows(2).all(|pair| pair[1] - pair[0] == 12_000));
    assert!(matches!(verdict_on(&world, late, ALICE), Err(Ineligible::TooSlow { .. })), "its lane is free too late");
}

/// A bid may ask for as much collateral as it likes; whoever served none of its inputs burned an eighth of it.
#[test]
fn an_ask_bounds_what_one_award_may_cost_it() {
    let mut world = World::with_asks(&[]);
    asks_with(&mut world, ALICE, HONEST, |a| a.collateral_max = Credits::new(900_000));
    let greedy = opens_with(&mut world, |bid| bid.collateral_min = Credits::new(50 * REWARD));
    let (max, required) = (Credits::new(900_000), Credits::new(50 * REWARD));
    assert_eq!(verdict_on(&world, greedy, ALICE), Err(Ineligible::CollateralMax { max, required }));
    let fair = opens_with(&mut world, |bid| bid.collateral_min = Credits::new(850_000));
    let staked = award(&world, fair).award.collateral().get();
    println!("of bids that ask for 50,000,000 and 850,000 the second is awarded, for {staked}");
    assert_eq!(staked, 850_000);
}

/// Newcomers at any price do not get a bid that asks for a name.
#[test]
fn a_bid_may_ask_for_a_reputation() {
    let mut world = with_a_past();
    asks_with(&mut world, BOB, 1, |_| ());
    let required = Ppm::new(world.reputation(ALICE));
    let task = opens_with(&mut world, |bid| bid.reputation_min = required);
    let has = world.ledger.params().reputation_prior;
    println!("a newcomer at a micro-credit has {has}: {:?}", verdict_on(&world, task, BOB));
    assert_eq!(verdict_on(&world, task, BOB), Err(Ineligible::Reputation { has, required }));
    assert_eq!(world.prover_of(task), Some(who(ALICE)));
}
