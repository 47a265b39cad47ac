//! Lanes: time that an award waits for one counts against what its prover has promised, wherever it is hidden.

use crate::support::*;
use dpgn_market::Stage;
use dpgn_protocol::{
    bounded::List,
    finding::Finding,
    ids::TaskId,
    ops::{Action, Ask},
};

/// The seconds that a proof takes.
const PROOF_S: u64 = 40;
/// The rows of the sample circuit.
const ROWS: u32 = 1 << 12;

/// An ask of one machine with one lane, which holds four awards and declares so many lanes.
fn one_lane(world: &World, declared: u16) -> Ask {
    let mut ask = ask(1_000, world.ledger.time());
    let mut offers = ask.offers.to_vec();
    offers.iter_mut().for_each(|offer| offer.rows_per_second = ROWS.div_ceil(PROOF_S as u32));
    (ask.offers, ask.lanes, ask.capacity) = (List::new(offers).unwrap(), declared, 4);
    ask
}

fn with_one_lane(declared: u16) -> World {
    let mut world = World::with_asks(&[]);
    let ask = one_lane(&world, declared);
    world.say(vec![(ALICE, asks(ask))]);
    world.next();
    world
}

fn delivers(world: &mut World, task: TaskId) {
    let deliver: Action = world.deliver(task);
    world.say(vec![(ALICE, deliver)]);
    world.say(world.judges(task, &[(COORDINATOR, Finding::Valid)]));
}

fn quality_of(world: &World, task: TaskId) -> u32 {
    let settled = match &world.ledger.task(task).unwrap().task.stage {
        Stage::Completed { settlement, .. } => Some(settlement),
        _ => None,
    };
    settled.unwrap().quality.get()
}

/// Four awards on one lane, one proof after the other: the quality of each, and the prover's name and punctuality.
fn serves_four(declared: u16) -> (Vec<u32>, u32, u32) {
    let mut world = with_one_lane(declared);
    let mut tasks = Vec::new();
    for requester in 12..=15 {
        tasks.push(world.open_for(requester, &[]));
        world.next();
    }
    tasks.iter().for_each(|task| drop(world.start(ALICE, *task)));
    for &task in &tasks {
        world.wait_alive(PROOF_S, &[ALICE]);
        delivers(&mut world, task);
    }
    let reputation = world.ledger.reputation(who(ALICE));
    (tasks.iter().map(|task| quality_of(&world, *task)).collect(), reputation.value.get(), reputation.punctuality.get())
}

/// One lane was declared as four: each award was promised soon, waited for the others, and came late.
#[test]
fn lanes_that_are_not_there_cost_a_name() {
    let [honest, liar] = [1, 4].map(serves_four);
    println!("four awards on one lane: qualities {:?}, a name of {}", honest.0, honest.1);
    println!("declared as four lanes:  qualities {:?}, a name of {}", liar.0, liar.1);
    println!("punctuality {} and {}", honest.2, liar.2);
    assert_eq!(honest.2, 1_000_000, "a wait that was promised costs none");
    assert!(liar.0.iter().zip(&honest.0).skip(1).all(|(liar, honest)| liar + 50_000 < *honest));
    assert!(liar.1 + 10_000 < honest.1 && liar.2 < 900_000);
}

/// Time before `Start` counted for nothing: an award that waited for a lane was started when the lane was free.
#[test]
fn waiting_before_start_counts_as_waiting_after_it() {
    let [at_once, waited] = [0, 18].map(|before_start| {
        let mut world = with_one_lane(4);
        let task = world.open_usual();
        world.wait(before_start);
        world.start(ALICE, task);
        world.wait_alive(2 * PROOF_S - before_start, &[ALICE]);
        delivers(&mut world, task);
        let reputation = world.ledger.reputation(who(ALICE));
        (quality_of(&world, task), reputation.punctuality.get(), reputation.time.get())
    });
    println!(
        "80 s for a proof of 40 s: quality, punctuality and time are {at_once:?}; with `Start` after 18 s {waited:?}"
    );
    assert_eq!(at_once, waited);
}

/// One lane holds a proof of 400 s when it is awarded one of 40 s: by its own time alone the second would be due after
/// twice that, long before its turn comes.
#[test]
fn a_small_award_behind_a_large_one_is_due_after_both() {
    let mut world = World::with_asks(&[]);
    let quick = one_lane(&world, 1);
    let mut slow = quick.clone();
    let mut offers = slow.offers.to_vec();
    offers.iter_mut().for_each(|offer| offer.rows_per_second /= 10);
    slow.offers = List::new(offers).unwrap();
    let [large, small] = [(slow, 12), (quick, 13)].map(|(ask, requester)| {
        world.say(vec![(ALICE, asks(ask))]);
        world.next();
        let task = world.open_for(requester, &[]);
        world.next();
        task
    });
    world.start(ALICE, large);
    world.start(ALICE, small);
    let terms = |task| world.ledger.task(task).unwrap().award.unwrap().award.terms;
    let (first, second) = (terms(large), terms(small));
    println!("declared {} and {} ms, promised {} and {}", first.declared, second.declared, first.queued, second.queued);
    assert_eq!(second.queued, first.declared.saturating_add(second.declared));

    world.wait_alive(10 * PROOF_S, &[ALICE]);
    delivers(&mut world, large);
    world.wait_alive(PROOF_S, &[ALICE]);
    delivers(&mut world, small);
    let reputation = world.ledger.reputation(who(ALICE));
    assert_eq!(reputation.punctuality.get(), 1_000_000, "both came when they were promised");
}
