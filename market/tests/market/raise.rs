//! Rewards that rise: only while nobody asks low enough, a step at a time, to a limit that is locked from the beginning.

use crate::support::*;
use dpgn_market::{AwardEnd, Event, Obstacle, Refused, StandsAt, Status};
use dpgn_protocol::{
    bounded::List,
    ids::TaskId,
    ops::{Action, Bid, DeclineReason, Raise},
    units::{Credits, Millis},
};

/// From 100,000 up to a million by 100,000 every five seconds.
fn rising(world: &mut World) -> Bid {
    let raise = Raise { step: Credits::new(100_000), every: Millis::from_secs(5), reward_max: Credits::new(1_000_000) };
    Bid { reward: Credits::new(100_000), raise: Some(raise), ..world.bid() }
}

fn reward(world: &World, task: TaskId) -> u64 {
    world.ledger.task(task).unwrap().task.bid.reward.get()
}

fn raised(events: &[Event]) -> Vec<u64> {
    let rise = |event: &Event| if let Event::Raised { reward, .. } = event { Some(reward.get()) } else { None };
    events.iter().filter_map(rise).collect()
}

/// The cheapest ask costs 400,000 for this circuit: the reward rises to that, and the winner is paid what it asked.
#[test]
fn a_reward_rises_until_somebody_asks_low_enough() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 120_000)]);
    let bid = rising(&mut world);
    let before = world.wealth(REQUESTER);
    let task = world.open(bid);
    let events = world.wait(30);
    let price = world.ledger.task(task).unwrap().award.unwrap().award.price;
    println!("rewards risen to: {:?}; awarded for {price}", raised(&events));
    assert_eq!((raised(&events), price.get()), (vec![200_000, 300_000, 400_000], 400_000));
    assert_eq!(world.prover_of(task), Some(who(ALICE)));
    world.prove(task, ALICE);
    let fee = world.ledger.task(task).unwrap().task.fee.get();
    assert_eq!(before - world.wealth(REQUESTER), 400_000 + fee, "the rest of what was locked goes back");
}

#[test]
fn a_reward_that_is_enough_does_not_rise() {
    let mut world = World::with_asks(&[(ALICE, 20_000)]);
    let bid = rising(&mut world);
    let task = world.open(bid);
    world.next();
    assert_eq!((world.prover_of(task), reward(&world, task)), (Some(who(ALICE)), 100_000));
    assert!(raised(&world.wait(10)).is_empty());
}

/// Nobody asks at all: it rises to its limit, and when its deadline has passed all that was locked goes back.
#[test]
fn a_reward_stops_at_its_limit_and_is_refunded() {
    let mut world = World::with_asks(&[]);
    let bid = rising(&mut world);
    let before = world.wealth(REQUESTER);
    let task = world.open(bid);
    let rises = raised(&world.wait(100));
    assert_eq!((rises.len(), rises.last()), (9, Some(&1_000_000)));
    world.wait(600);
    let fee = world.ledger.task(task).unwrap().task.fee.get();
    println!("nobody asks: {} rises, then refunded but for {fee} of fees", rises.len());
    assert_eq!((world.status(task), before - world.wealth(REQUESTER)), (Status::Failed, fee));
}

/// The next rise is counted from when the bid is open again: a prover that gives it back does not make it dearer.
#[test]
fn an_award_that_comes_to_nothing_raises_nothing_at_once() {
    let mut world = World::with_asks(&[(ALICE, 20_000), (BOB, 20_000)]);
    let bid = rising(&mut world);
    let task = world.open(bid);
    world.next();
    world.wait(8);
    let first = [ALICE, BOB].into_iter().find(|n| world.prover_of(task) == Some(who(*n))).unwrap();
    let events = world.say(vec![(first, world.declines(task, DeclineReason::Unable))]).events;
    assert!(matches!(ended(&events)[..], [(_, AwardEnd::Declined(_), _)]));
    assert_eq!(raised(&events), Vec::<u64>::new());
    assert!(world.prover_of(task).is_some_and(|prover| prover != who(first)), "the next has it for what it asked");
    assert_eq!(reward(&world, task), 100_000);
}

/// A proposer that is ahead of time makes a reward rise by a step a block, and no more: between two rises is an auction.
#[test]
fn a_proposer_that_is_ahead_of_time_makes_a_reward_rise_by_one_step() {
    let mut world = World::with_asks(&[]);
    let bid = rising(&mut world);
    let task = world.open(bid);
    let events = world.block(120_000, &[]).events;
    assert_eq!((raised(&events), reward(&world, task)), (vec![200_000], 200_000));
}

/// Provers that won and declined, for a thousand each, kept a reward at its first step to its deadline: each award began
/// the time to the next rise anew. Now it stands still while somebody has the task, and goes on after that.
#[test]
fn an_award_does_not_begin_the_time_to_a_rise_anew() {
    let mut world = World::with_asks(&[]);
    let bid = rising(&mut world);
    let task = world.open(bid);
    world.wait(4);
    world.ask_all(&[(ALICE, 20_000)]);
    world.next();
    assert_eq!(world.prover_of(task), Some(who(ALICE)));
    world.say(vec![(ALICE, world.declines(task, DeclineReason::Unable))]);
    let mut waited = 0;
    while raised(&world.wait(1)).is_empty() {
        waited += 1;
        assert!(waited < 10);
    }
    println!("given back after four of the five seconds: it rose within {} more", waited + 1);
    assert!(waited < 2);
}

/// A cheap prover was busy for 24 seconds, and the reward rose to the price of the next: the requester paid six times
/// as much to be served a few seconds earlier.
#[test]
fn a_reward_stands_still_while_a_cheap_prover_lacks_nothing_but_room() {
    let mut world = World::with_asks(&[(BOB, 120_000)]);
    let mut busy = ask(20_000, world.ledger.time());
    busy.capacity = 1;
    world.say(vec![(ALICE, asks(busy))]);
    let first = world.open_for(12, &[ALICE]);
    world.start(ALICE, first);
    let bid = rising(&mut world);
    let task = world.open(bid);
    let events = world.wait_alive(24, &[ALICE]);
    assert_eq!(world.prover_of(first), Some(who(ALICE)));
    let deliver = world.deliver(first);
    world.say(vec![(ALICE, deliver)]);
    world.say(world.judges(first, &[(COORDINATOR, dpgn_protocol::finding::Finding::Valid)]));
    world.next();
    let price = world.ledger.task(task).unwrap().award.unwrap().award.price.get();
    println!("busy for 24 seconds: {:?} rises, then served for {price}", raised(&events));
    assert_eq!((raised(&events), world.prover_of(task), price), (vec![], Some(who(ALICE)), 80_000));
}

/// Whoever is busy by its own bid and has no collateral for another asks for nothing, and would hold rewards back for the
/// fee of an ask.
#[test]
fn a_busy_ask_that_nobody_means_holds_no_reward_back() {
    for named in [vec![], vec![ALICE, BOB]] {
        let mut world = World::with_asks(&[(BOB, 120_000)]);
        let mut busy = ask(0, world.ledger.time());
        busy.capacity = 1;
        world.say(vec![(ALICE, asks(busy))]);
        let first = world.open_for(12, &[ALICE]);
        world.start(ALICE, first);
        let all = Credits::new(world.balance(ALICE) - 100);
        world.say(vec![(ALICE, Action::Transfer { to: who(CAROL), amount: all })]);
        let bid = Bid { allow: List::new(named.iter().map(|&n| who(n)).collect()).unwrap(), ..rising(&mut world) };
        let task = world.open(bid);
        let rises = raised(&world.wait_alive(24, &[ALICE]));
        println!("a decoy that is busy and has no collateral, {} named: risen to {rises:?}", named.len());
        assert_eq!((world.prover_of(first), world.prover_of(task)), (Some(who(ALICE)), Some(who(BOB))));
    }
}

#[test]
fn a_rise_that_is_none_is_refused() {
    let mut world = World::with_asks(&[]);
    let good = rising(&mut world);
    let raise = good.raise.unwrap();
    let (least, small) = (Credits::new(1), Credits::new(100_064));
    let bad = [
        (Raise { step: least, reward_max: Credits::new(100_065), ..raise }, "the number of rises"),
        (Raise { step: Credits::ZERO, ..raise }, "the step of the reward"),
        (Raise { reward_max: good.reward, ..raise }, "the highest reward"),
        (Raise { every: Millis::new(1), ..raise }, "the time between two rises"),
    ];
    for (raise, name) in bad {
        let refused = world.refused(REQUESTER, bids(Bid { raise: Some(raise), ..good.clone() }));
        assert!(matches!(refused, Refused::OutOfRange { what, .. } if what == name), "{refused}");
    }
    let most = Raise { step: least, reward_max: small, ..raise };
    world.open(Bid { raise: Some(most), ..good.clone() });
    let all = Raise { step: Credits::new(RICHES), reward_max: Credits::new(RICHES), ..raise };
    let good = rising(&mut world);
    let refused = world.refused(REQUESTER, bids(Bid { raise: Some(all), ..good }));
    assert!(matches!(refused, Refused::InsufficientFunds { .. }), "all that it may cost is locked: {refused}");
}

/// A task whose reward rose by itself was said to wait in vain, and its owner was warned of it.
#[test]
fn a_reward_that_rises_far_enough_does_not_wait_in_vain() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 300_000)]);
    let bid = rising(&mut world);
    let task = world.open(bid);
    let told = |world: &World| {
        let told = world.ledger.explain_task(task, None, 0).unwrap();
        let refused = told.answers.unwrap().refused;
        (told.standing, refused.iter().map(|r| (r.obstacle, r.is_lasting)).collect::<Vec<_>>(), told.rises_at.is_some())
    };
    let both = vec![(Obstacle::Price, true), (Obstacle::Rising, false)];
    assert_eq!(told(&world), (StandsAt::Rises, both, true), "400,000 is within reach, 1,200,000 is not");
    world.ask_all(&[(ALICE, 250_001)]);
    assert_eq!(told(&world), (StandsAt::NoneCan, vec![(Obstacle::Price, true)], true));
    world.wait(60);
    assert_eq!(reward(&world, task), 1_000_000);
    assert_eq!(told(&world), (StandsAt::NoneCan, vec![(Obstacle::Price, true)], false), "it has risen to its limit");
}

/// Somebody that is busy with a bid of its own for five hours asks for nothing, and means to serve nobody: all rewards on the
/// network stood still until it was done, and bids failed at their deadlines.
#[test]
fn who_stays_busy_by_its_own_bid_holds_a_reward_back_for_as_long_as_it_climbs() {
    let mut world = World::with_asks(&[(BOB, 120_000)]);
    let before = world.wealth(CAROL) + world.wealth(13);
    let mut slow = ask(0, world.ledger.time());
    let mut offers = slow.offers.to_vec();
    offers.iter_mut().for_each(|offer| offer.rows_per_second = 1);
    (slow.offers, slow.capacity) = (List::new(offers).unwrap(), 1);
    world.say(vec![(CAROL, asks(slow))]);
    let own = Bid {
        reward: Credits::new(1),
        deadline: world.ledger.time().after(Millis::from_secs(20_000)),
        allow: List::new(vec![who(CAROL)]).unwrap(),
        ..world.bid()
    };
    let own = opened(&world.say(vec![(13, bids(own))]))[0];
    world.start(CAROL, own);
    let mut busy = ask(0, world.ledger.time());
    (busy.capacity, busy.lanes) = (1, 4);
    world.say(vec![(CAROL, asks(busy))]);
    let (bid, began) = (rising(&mut world), world.ledger.time());
    let task = world.open(bid);
    while world.prover_of(task).is_none() && world.stage(task) == "pending" {
        world.wait_alive(2, &[CAROL]);
    }
    let late = world.ledger.time().since(began).get() / 1_000;
    let paid = before - world.wealth(CAROL) - world.wealth(13);
    println!("after {late} s the bid is {}; whoever held it up has paid {paid}", world.stage(task));
    // Four rises lead to Bob's price, and all nine take 45 seconds.
    assert_eq!(world.prover_of(task), Some(who(BOB)));
    assert!((20 + 45..20 + 45 + 6).contains(&late), "{late}");
}
