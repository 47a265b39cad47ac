//! Attacks on an award's turn: somebody makes an honest prover late for one award by another, whose inputs it keeps back. A
//! rule that is taken out makes its test fail.

use crate::support::*;
use dpgn_protocol::{
    bounded::List,
    finding::Finding,
    ids::TaskId,
    ops::{Action, Ask, Bid},
    units::{Millis, Timestamp},
};

/// The seconds that a proof takes.
const PROOF_S: u64 = 512;
/// What the prover here asks for a second of its lane, as provers do that come with usual prices.
const SECOND: u64 = 1_000;
/// What is kept before the end of a window for the op that speaks up in it.
const MARGIN: Millis = Millis::from_secs(1);

/// Alice has one lane, which makes a proof in 512 seconds, and holds four awards.
fn one_lane() -> World {
    let mut world = World::with_asks(&[]);
    let mut ask: Ask = ask(PROOF_S * SECOND / 4, world.ledger.time());
    let mut offers = ask.offers.to_vec();
    offers.iter_mut().for_each(|offer| offer.rows_per_second = (1 << 12) / PROOF_S as u32);
    (ask.offers, ask.lanes, ask.capacity) = (List::new(offers).unwrap(), 1, 4);
    world.say(vec![(ALICE, asks(ask))]);
    world.next();
    world
}

/// A bid that ends after so many seconds, with inputs of so many bytes.
fn bid_for(world: &mut World, requester: u8, seconds: u64, inputs_len: u64) -> TaskId {
    let deadline = world.ledger.time().after(Millis::from_secs(seconds));
    let bid = Bid { deadline, inputs_len, ..world.bid() };
    opened(&world.say(vec![(requester, bids(bid))]))[0]
}

/// The shortest life of such a bid that Alice's ask can serve now.
fn shortest(world: &World, inputs_len: u64) -> u64 {
    let serves = |seconds: u64| {
        let mut copy = World::new();
        copy.ledger = world.ledger.clone();
        let task = bid_for(&mut copy, 13, seconds, inputs_len);
        copy.prover_of(task) == Some(who(ALICE))
    };
    let (mut short, mut long) = (0, 86_000);
    while long - short > 1 {
        let middle = (short + long) / 2;
        (short, long) = if serves(middle) { (short, middle) } else { (middle, long) };
    }
    long
}

fn due(world: &World, task: TaskId) -> Timestamp {
    world.ledger.task(task).unwrap().award.unwrap().due.before(MARGIN)
}

fn wait_until(world: &mut World, at: Timestamp) {
    while world.ledger.time().after(Millis::from_secs(2)) < at {
        world.wait_alive(2, &[ALICE]);
    }
    if world.ledger.time() < at {
        world.block(at.since(world.ledger.time()).get(), &[]);
    }
}

/// Proves one award, and delivers it if it is in time.
fn proves(world: &mut World, task: TaskId) -> bool {
    let done = world.ledger.time().after(Millis::from_secs(PROOF_S));
    if done > due(world, task) {
        return false;
    }
    wait_until(world, done);
    let deliver: Action = world.deliver(task);
    world.say(vec![(ALICE, deliver)]);
    world.say(world.judges(task, &[(COORDINATOR, Finding::Valid)]));
    true
}

/// The first requester claims inputs of 64 MiB and sends them at the last moment. The bid of the second is awarded to the
/// same lane, and ends as soon as the ledger lets it. Neither can go first: the other would be late.
#[test]
fn whoever_sends_its_inputs_late_makes_nobody_late_behind_it() {
    let mut world = one_lane();
    let before = [ALICE, 12].map(|n| world.wealth(n));
    let inputs = 64 << 20;
    let life = shortest(&world, inputs);
    let slow = bid_for(&mut world, 12, life, inputs);
    world.start(ALICE, slow);
    // The base of a window, and the bytes at the least rate.
    let last = world.ledger.time().after(Millis::from_secs(15 + 256));
    let life = shortest(&world, 1_000);
    let behind = bid_for(&mut world, 13, life, 1_000);
    assert_eq!(world.prover_of(behind), Some(who(ALICE)));
    world.start(ALICE, behind);

    let last = last.min(due(&world, slow).before(Millis::from_secs(PROOF_S)));
    let is_first = world.ledger.time().after(Millis::from_secs(PROOF_S)) <= last;
    wait_until(&mut world, last);
    let made = [proves(&mut world, slow), !is_first && proves(&mut world, behind)];
    while world.prover_of(behind) == Some(who(ALICE)) {
        world.wait_alive(2, &[ALICE]);
    }
    let price = PROOF_S * SECOND;
    let earned = made.iter().filter(|made| **made).count() as u64 * price;
    let (lost, paid) = (before[0] + earned - world.wealth(ALICE), before[1] - world.wealth(12) - price);
    println!("a bid behind late inputs lives {life} s at least: {made:?} are made in time, the prover loses {lost}");
    println!("whoever sent its inputs late has paid {paid} beside the price");
    assert_eq!((made, lost), ([true, true], 0));
}

/// What Alice is paid by four requesters that take their tasks back, each so many seconds after all have started; as a share
/// of one price.
fn paid_for_leaving(cancels: &[(usize, u64)]) -> f64 {
    let mut world = one_lane();
    let life = 10 * PROOF_S;
    let mut tasks = Vec::new();
    for requester in 12..=15 {
        tasks.push((requester, bid_for(&mut world, requester, life, 1_000)));
        world.next();
    }
    tasks.iter().for_each(|(_, task)| drop(world.start(ALICE, *task)));
    let (before, began) = (world.wealth(ALICE), world.ledger.time());
    for &(nth, seconds) in cancels {
        wait_until(&mut world, began.after(Millis::from_secs(seconds)));
        let (requester, task) = tasks[nth];
        world.say(vec![(requester, Action::Cancel { task })]);
    }
    (world.wealth(ALICE) - before) as f64 / (PROOF_S * SECOND) as f64
}

/// All that wait for a lane start at once, and each was paid as if a proof of its own were being made: a prover with one lane
/// and a long queue lived on those that lose patience.
#[test]
fn who_takes_a_waiting_task_back_pays_for_no_work_of_others() {
    let at_once: Vec<_> = (0..4).rev().map(|nth| (nth, PROOF_S)).collect();
    let paid = paid_for_leaving(&at_once);
    println!("four leave when one proof could be made: they pay {paid:.2} prices");
    // Three give way at the beginning, so that the last is proved first, and leaves just before it is done.
    let last: Vec<_> = [(0, 2), (1, 2), (2, 2), (3, PROOF_S - 2)].into();
    let given_way = paid_for_leaving(&last);
    println!("the last leaves after all others have, when its proof is nearly done: they pay {given_way:.2} prices");
    assert!(paid < 2.1 && given_way > 0.9);
}
