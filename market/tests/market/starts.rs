//! `Start` is a statement: either side brings it, once, in time or late, and it counts whatever else its prover says.

use crate::support::*;
use dpgn_market::Refused;
use dpgn_protocol::{
    award::{AwardId, StartStatement},
    ids::{NetworkId, TaskId},
    ops::{Action, DeclineReason},
};

/// Somebody, and what it says.
type Said = (u8, Action);

fn disclosures(world: &World, task: TaskId) -> u8 {
    world.ledger.task(task).unwrap().task.disclosures
}

#[test]
fn either_side_brings_it_once_and_pays_nothing() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    let start = world.starts(ALICE, task);
    let before = (world.balance(REQUESTER), world.balance(ALICE));
    world.say(vec![(REQUESTER, start.clone())]);
    assert_eq!((world.stage(task), disclosures(&world, task)), ("in progress", 1));
    assert_eq!((world.balance(REQUESTER), world.balance(ALICE)), before, "nobody pays a fee for it");
    let known = Refused::StartKnown(world.award_of(task));
    assert_eq!(world.refused(ALICE, start.clone()), known);
    assert_eq!(world.refused(REQUESTER, start), known);
}

#[test]
fn a_word_about_another_award_starts_nothing() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let (task, other) = (world.open_usual(), world.open_usual());
    let [award, elsewhere] = [task, other].map(|task| world.award_of(task));
    let sign = |by: u8, award, network| key(by).sign(network, StartStatement { award }).unwrap().into_raw();
    let network = world.ledger.network();
    let strange = Refused::StatementElsewhere { award, signer: who(ALICE) };
    let start = |statement| Action::Start { award, statement };
    assert_eq!(world.refused(ALICE, start(sign(ALICE, elsewhere, network))), strange);
    let next = AwardId { number: 2, ..award };
    let early = Action::Start { award: next, statement: sign(ALICE, next, network) };
    assert_eq!(world.refused(ALICE, early), Refused::NotAwarded { award: next, account: who(ALICE) });
    let forged = sign(ALICE, award, NetworkId::from_bytes([9; 32]));
    assert!(matches!(world.refused(REQUESTER, start(forged)), Refused::Statement(_)));
}

/// A `Start` and a `Decline` with one nonce: the inputs were shown to twelve provers where two were allowed, none was
/// counted, and none paid more than a fee.
#[test]
fn a_start_that_comes_beside_a_decline_counts_and_costs_as_much() {
    let lost = |order: fn(Said, Said) -> Vec<Vec<Said>>| {
        let mut world = World::with_asks(&[(ALICE, 100_000)]);
        let task = world.open_usual();
        let before = world.wealth(ALICE);
        let start = (REQUESTER, world.starts(ALICE, task));
        let decline = (ALICE, world.declines(task, DeclineReason::Unable));
        order(start, decline).into_iter().for_each(|block| drop(world.say(block)));
        assert_eq!(disclosures(&world, task), 1);
        before - world.wealth(ALICE)
    };
    let first = lost(|start, decline| vec![vec![start, decline]]);
    let last = lost(|start, decline| vec![vec![decline, start]]);
    let later = lost(|start, decline| vec![vec![decline], vec![], vec![start]]);
    println!("`Start` before a decline costs {first}, after it in one block {last}, two blocks later {later}");
    assert_eq!([first, last, later], [200_000; 3], "a quarter of what was at stake");
}

/// Two provers that take the inputs and decline at once use up the two disclosures that the bid allows.
#[test]
fn disclosures_that_are_told_late_end_the_task() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 100_000), (CAROL, 100_000)]);
    let task = world.open_usual();
    let mut words = Vec::new();
    for _ in 0..2 {
        let prover = [ALICE, BOB, CAROL].into_iter().find(|n| world.prover_of(task) == Some(who(*n))).unwrap();
        words.push((REQUESTER, world.starts(prover, task)));
        world.say(vec![(prover, world.declines(task, DeclineReason::Unable))]);
    }
    let third = [ALICE, BOB, CAROL].into_iter().find(|n| world.prover_of(task) == Some(who(*n)));
    let third = third.expect("the ledger knows of no disclosure yet");
    let before = (world.wealth(third), world.balance(REQUESTER) + world.ledger.task(task).unwrap().task.escrow().get());
    world.say(words);
    assert_eq!((disclosures(&world, task), world.stage(task)), (2, "failed"));
    assert_eq!(world.wealth(third), before.0, "it has seen nothing and done nothing wrong");
    assert!(world.balance(REQUESTER) >= before.1, "all that was left of the reward goes back, and no fee is paid");
}

/// A prover that was shown nothing said `Start` and a decline, and so used up a stranger's disclosures: two sybils ended
/// any bid for two decline fees.
#[test]
fn a_late_start_is_the_requesters_to_tell() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 100_000)]);
    let task = world.open_usual();
    for prover in [ALICE, BOB] {
        if world.prover_of(task) != Some(who(prover)) {
            continue;
        }
        let start = world.starts(prover, task);
        world.say(vec![(prover, world.declines(task, DeclineReason::Unable))]);
        let refused = Refused::NotTheRequester { task, account: who(prover) };
        assert_eq!(world.refused(prover, start), refused);
    }
    assert_eq!(disclosures(&world, task), 0);
}

/// A requester that had read a late proof told of an early disclosure, and had its task ended and the proof for nothing.
#[test]
fn a_late_proof_is_judged_though_disclosures_are_used_up() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 110_000), (CAROL, 120_000)]);
    let task = world.open_usual();
    let start = world.starts(ALICE, task);
    world.say(vec![(ALICE, world.declines(task, DeclineReason::Unable))]);
    world.start(BOB, task);
    world.wait(8);
    assert_eq!(world.prover_of(task), Some(who(CAROL)));
    let before = world.wealth(CAROL);
    world.say(vec![(BOB, world.delivers_late(BOB, task))]);
    world.say(vec![(REQUESTER, start)]);
    assert_eq!((world.stage(task), world.prover_of(task)), ("delivered", Some(who(BOB))));
    assert_eq!(world.wealth(CAROL), before, "it has started nothing and loses nothing");
}

/// Who misses the window for `Start` and has shown one all the same loses what it would have lost.
#[test]
fn a_start_told_after_its_window_binds_its_signer() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    let before = world.wealth(ALICE);
    let start = world.starts(ALICE, task);
    world.wait(30);
    let missed = before - world.wealth(ALICE);
    world.say(vec![(REQUESTER, start)]);
    let told = before - world.wealth(ALICE);
    println!("a missed `Start` costs {missed}; once it is shown that there was one, {told}");
    assert_eq!((missed, told, disclosures(&world, task)), (20_000, 800_000, 1));
}
