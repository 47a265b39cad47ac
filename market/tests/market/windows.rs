//! Silence: decided by the ledger, not by opinion, and by no single proposer.

use crate::support::*;
use dpgn_market::{AwardEnd, Body, Event, Fault, Refused, Stage, Status, Window};
use dpgn_protocol::{
    award::AwardId,
    finding::Finding,
    genesis::Params,
    units::{Millis, Timestamp},
};

fn missed(window: Window) -> AwardEnd {
    AwardEnd::Missed(window)
}

#[test]
fn who_does_not_start_loses_the_award_and_no_less_than_a_decline_costs() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 110_000)]);
    let before = (world.balance(ALICE), world.reputation(ALICE));
    let task = world.open_usual();
    // 15 s, and 4 s to build 2^12 rows.
    assert!(ended(&world.wait(19)).is_empty());
    let events = world.wait(3);
    assert_eq!(ended(&events), [(who(ALICE), missed(Window::Start), 20_000)]);
    assert!(events.contains(&Event::Withdrawn { prover: who(ALICE) }), "it isn't there: it must ask again");
    assert_eq!(world.balance(ALICE), before.0 - 20_000);
    assert!(world.reputation(ALICE) < before.1);
    assert_eq!(world.prover_of(task), Some(who(BOB)), "awarded again in the same block");
    world.prove(task, BOB);
    assert_eq!(world.status(task), Status::Completed);
}

#[test]
fn who_falls_silent_loses_all_its_awards_and_their_collateral() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let tasks = [world.open_usual(), world.open_usual()];
    tasks.iter().for_each(|&task| assert_eq!(world.prover_of(task), Some(who(ALICE))));
    tasks.iter().for_each(|&task| drop(world.start(ALICE, task)));
    assert!(ended(&world.wait_alive(12, &[ALICE])).is_empty(), "one sign of life keeps both");
    world.ask_all(&[(BOB, 110_000)]);
    let events = world.wait(8);
    let gone = (who(ALICE), missed(Window::Alive), 800_000);
    assert_eq!(ended(&events), [gone, gone]);
    for task in tasks {
        assert_eq!(world.prover_of(task), Some(who(BOB)));
        world.prove(task, BOB);
    }
    assert!(world.ledger.supply().is_conserved());
}

#[test]
fn being_alive_is_not_progress() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    world.start(ALICE, task);
    let due = world.ledger.task(task).unwrap().award.unwrap().due;
    let left = due.since(world.ledger.time()).get() / 1_000;
    assert!(ended(&world.wait_alive(left, &[ALICE])).is_empty());
    let mut events = Vec::new();
    while ended(&events).is_empty() {
        assert!(world.ledger.time() < due.after(Millis::from_secs(10)));
        events = world.wait_alive(2, &[ALICE]);
    }
    assert_eq!(ended(&events), [(who(ALICE), missed(Window::Due), 800_000)]);
}

#[test]
fn an_op_is_in_time_until_two_blocks_have_gone_by_without_it() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    let start_by = world.ledger.task(task).unwrap().award.unwrap().start_by;
    while world.ledger.time() <= start_by {
        assert!(ended(&world.wait(1)).is_empty());
    }
    world.start(ALICE, task);
    assert_eq!(world.stage(task), "in progress", "one block was after the time, the second brought the op");
}

#[test]
fn one_proposer_of_four_cannot_close_a_window() {
    let mut world = World::with(4, Params::default());
    world.register();
    world.ask_all(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    let start_by = world.ledger.task(task).unwrap().award.unwrap().start_by;
    world.wait(14);
    let block_by = |world: &mut World, member: u8| {
        let time = world.ledger.time().after(Millis::from_secs(1));
        let (parent, last_commit) = (below(&world.ledger), commit(&world.ledger));
        let body = Body { parent, time, proposer: who(member), last_commit, ops: &[] };
        world.ledger.apply(body).unwrap().events
    };
    for _ in 0..30 {
        assert!(ended(&block_by(&mut world, 1)).is_empty());
    }
    assert!(world.ledger.time() > start_by.after(Millis::from_secs(10)));
    assert!(ended(&block_by(&mut world, 2)).len() == 1, "a second of four: more than a third");
}

#[test]
fn standing_still_closes_no_window() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    world.start(ALICE, task);
    let due = world.ledger.task(task).unwrap().award.unwrap().due;
    // The laptop sleeps for five minutes: all but the idle interval is added.
    world.block(300_000, &[]);
    assert_eq!(world.ledger.task(task).unwrap().award.unwrap().due, due.after(Millis::from_secs(298)));
    assert!(ended(&world.wait_alive(10, &[ALICE])).is_empty());
    world
        .ledger
        .check(&world.op_with(ALICE, world.ledger.free_nonces(who(ALICE))[0], world.deliver(task)), due)
        .unwrap();
}

#[test]
fn a_late_proof_is_kept_and_paid_if_the_replacement_fails() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    world.start(ALICE, task);
    world.ask_all(&[(BOB, 110_000)]);
    world.wait(8);
    assert_eq!(world.prover_of(task), Some(who(BOB)));
    let deliver = world.delivers_late(ALICE, task);
    let events = world.say(vec![(ALICE, deliver.clone())]).events;
    assert!(matches!(events[..], [Event::KeptLate { .. }]), "{events:?}");
    assert_eq!(
        world.refused(ALICE, deliver.clone()),
        Refused::NotLate { award: AwardId { task, number: 1 }, account: who(ALICE) }
    );
    assert_eq!(world.prover_of(task), Some(who(BOB)));

    let events = world.wait(22);
    assert_eq!(ended(&events), [(who(BOB), missed(Window::Start), 22_000)]);
    assert_eq!((world.stage(task), world.prover_of(task)), ("delivered", Some(who(ALICE))));
    let before = world.wealth(ALICE);
    world.say(world.judges(task, &[(COORDINATOR, Finding::Valid)]));
    assert_eq!(world.wealth(ALICE), before + 400_000, "the price; what its award staked is lost all the same");
    assert_eq!(world.balance(ALICE), world.wealth(ALICE), "what it staked again comes back");
}

#[test]
fn a_replacement_that_delivers_leaves_nothing_for_the_late() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    world.start(ALICE, task);
    world.ask_all(&[(BOB, 110_000)]);
    world.wait(8);
    let deliver = world.delivers_late(ALICE, task);
    world.say(vec![(ALICE, deliver)]);
    let before = world.wealth(ALICE);
    world.prove(task, BOB);
    assert_eq!((world.wealth(ALICE), world.balance(ALICE)), (before, before), "what it staked comes back");
    assert!(world.ledger.task(task).unwrap().task.late().next().is_none());
}

#[test]
fn after_the_deadline_late_is_too_late() {
    let quick = Params { heartbeat: Millis::from_secs(5), start_window: Millis::from_secs(2), ..Params::default() };
    let mut world = World::with(1, quick);
    world.register();
    world.ask_all(&[(ALICE, 100_000)]);
    let mut bid = world.bid();
    bid.deadline = world.ledger.time().after(Millis::from_secs(25));
    let task = world.open(bid);
    world.start(ALICE, task);
    world.ask_all(&[(BOB, 110_000)]);
    world.wait(7);
    assert_eq!(world.prover_of(task), Some(who(BOB)));
    world.start(BOB, task);
    let deliver = world.delivers_late(ALICE, task);
    let op = world.op(ALICE, deliver);
    assert_eq!(world.ledger.check(&op, world.ledger.time()), Ok(()));
    world.wait_alive(18, &[BOB]);
    assert_eq!(world.prover_of(task), Some(who(BOB)), "its window has passed, and is not closed yet");
    let refused = Err(Refused::NotLate { award: AwardId { task, number: 1 }, account: who(ALICE) });
    assert_eq!(world.ledger.check(&op, world.ledger.time()), refused);
}

#[test]
fn a_bad_late_proof_has_no_third_try() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    world.start(ALICE, task);
    world.wait(8);
    assert_eq!(world.status(task), Status::Pending);
    let deliver = world.delivers_late(ALICE, task);
    world.say(vec![(ALICE, deliver.clone())]);
    assert_eq!(world.stage(task), "delivered", "nobody else is at it: taken up at once");
    world.say(world.judges(task, &[(COORDINATOR, Finding::False)]));
    assert_eq!(world.status(task), Status::Pending);
    assert_eq!(
        world.refused(ALICE, deliver),
        Refused::NotLate { award: AwardId { task, number: 1 }, account: who(ALICE) }
    );
}

#[test]
fn a_task_whose_provers_failed_until_the_deadline_is_their_fault() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let mut bid = world.bid();
    bid.deadline = world.ledger.time().after(Millis::from_secs(27));
    let task = world.open(bid);
    world.wait(28);
    let stage = &world.ledger.task(task).unwrap().task.stage;
    assert!(matches!(stage, Stage::Failed { fault: Fault::Prover, .. }), "{stage:?}");
}

#[test]
fn the_ledger_says_when_it_needs_a_block() {
    let mut world = World::with_asks(&[]);
    assert_eq!(world.ledger.next_deadline(), None, "nothing can become overdue");
    let bid = world.bid();
    let deadline = bid.deadline;
    world.open(bid);
    assert_eq!(world.ledger.next_deadline(), Some(deadline));
    world.ask_all(&[(ALICE, 100_000)]);
    let soon = world.ledger.time().after(world.ledger.params().block_interval);
    assert_eq!(world.ledger.next_deadline(), Some(soon), "the ask counts then");
    world.next();
    let beat = world.ledger.time().after(Millis::from_secs(2));
    assert_eq!(world.ledger.next_deadline(), Some(beat), "a live award's time must go on");
    // Made only when asked for, its blocks close the window without standing still.
    let mut ends = 0;
    while ends == 0 {
        let next: Timestamp = world.ledger.next_deadline().unwrap();
        let ms = next.since(world.ledger.time()).get();
        ends = ended(&world.block(ms, &[]).events).len();
    }
    let waited = world.ledger.time().since(beat).get();
    assert!((17_000..23_000).contains(&waited), "{waited}");
}
