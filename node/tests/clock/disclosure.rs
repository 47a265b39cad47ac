//! The requester's side: inputs go out only against a `Start` that binds, and it counts for itself.

use crate::bench::{Bench, OTHER, PROVER, REQUESTER, THIRD, account, ask, draft};
use dpgn_market::Stage;
use dpgn_node::engine::{BlobAnswer, Command, DiskEffect, Effect, Input, PurchaseState};
use dpgn_protocol::{
    award::{AwardId, StartStatement},
    ids::TaskId,
    ops::{Action, DeclineReason},
    sign::Signed,
    units::{Millis, Ppm},
};

/// A requester whose only task is awarded to this prover.
fn bought(disclosures_max: u8, prover: usize) -> (Bench, TaskId) {
    let mut bench = Bench::new(REQUESTER, None);
    bench.ask_of(prover, ask(1_000, 4));
    let task = submit(&mut bench, 1_000_000, disclosures_max);
    bench.until(3, |b| awarded_to(b, task, prover));
    (bench, task)
}

fn submit(bench: &mut Bench, reward: u64, disclosures_max: u8) -> TaskId {
    let draft = draft(77, reward, disclosures_max, bench.now.after(Millis::from_secs(600)));
    bench.feed(Input::Command { token: 1, command: Command::Submit(Box::new(draft)) });
    let task = bench.engine.tasks().next().unwrap().task;
    bench.run_ms(1_500);
    task
}

fn awarded_to(bench: &Bench, task: TaskId, who: usize) -> bool {
    bench.ledger.task(task).unwrap().award.is_some_and(|view| view.award.prover == account(who))
}

/// Whether the requester shows its inputs to whoever shows this.
fn shows(bench: &mut Bench, from: usize, task: TaskId, start: &Signed<StartStatement>) -> bool {
    bench.effects.clear();
    let start = Box::new(start.clone());
    bench.feed(Input::InputsAsked { from: account(from), token: 5, task, start });
    let streams: Vec<_> = bench.effects.iter().filter(|e| matches!(e, Effect::Stream(..))).collect();
    assert_eq!(streams.len(), 1, "one answer");
    matches!(streams[0], Effect::Stream(5, BlobAnswer::Inputs(_)))
}

fn disclosures(bench: &Bench, task: TaskId) -> u8 {
    bench.ledger.task(task).unwrap().task.disclosures
}

#[test]
fn a_start_for_anything_but_the_askers_live_award_shows_nothing() {
    let (mut bench, task) = bought(2, PROVER);
    let award = bench.award(task);
    bench.decide_of(PROVER, bench.starts(PROVER, task));
    let strange = [
        (OTHER, bench.start(OTHER, award), "not the holder of the award"),
        (OTHER, bench.start(PROVER, award), "the holder's Start in another's hand"),
        (PROVER, bench.start(PROVER, AwardId { number: 2, ..award }), "a Start for a later award"),
        (PROVER, bench.start(PROVER, AwardId { task: TaskId::from_bytes([1; 32]), ..award }), "for another task"),
    ];
    let seen = strange.iter().filter(|(from, start, _)| shows(&mut bench, *from, task, start)).count();
    println!("of {} Starts for something else {seen} showed the inputs", strange.len());
    assert_eq!(seen, 0);
    let good = bench.start(PROVER, award);
    assert!(shows(&mut bench, PROVER, task, &good));
}

/// A prover showed its `Start`, had the inputs at once, and sent a `Decline` that was decided first: it had read them for
/// a decline fee, and its collateral was gone when its word came. Now nothing is shown before a block holds it, and the
/// requester brings it.
#[test]
fn nothing_is_shown_before_a_block_holds_the_start() {
    let (mut bench, task) = bought(2, PROVER);
    let start = bench.start(PROVER, bench.award(task));
    let early = (0..5).filter(|_| shows(&mut bench, PROVER, task, &start)).count();
    let decline = Action::Decline { award: bench.award(task), reason: DeclineReason::Unable };
    bench.decide_of(PROVER, decline);
    let late = usize::from(shows(&mut bench, PROVER, task, &start));
    let lost = bench.ended(task);
    println!(
        "a Start and a Decline at once: the inputs were shown {early} times before it and {late} after; lost {} of {}",
        lost.slashed, lost.staked
    );
    assert_eq!((early, late), (0, 0));
    assert_eq!(lost.slashed, lost.staked.share(Ppm::new(250_000)), "the requester has brought it, and it binds");

    let (mut bench, task) = bought(2, PROVER);
    let start = bench.start(PROVER, bench.award(task));
    assert!(!shows(&mut bench, PROVER, task, &start));
    bench.run_ms(1_500);
    let stage = &bench.ledger.task(task).unwrap().task.stage;
    assert!(matches!(stage, Stage::InProgress(_)), "the requester brings it: {stage:?}");
    assert!(shows(&mut bench, PROVER, task, &start));
}

#[test]
fn a_disclosure_is_on_disk_before_the_first_byte_leaves_and_counts_once() {
    let (mut bench, task) = bought(2, PROVER);
    let start = bench.start(PROVER, bench.award(task));
    bench.decide_of(PROVER, bench.starts(PROVER, task));
    assert!(shows(&mut bench, PROVER, task, &start));
    let saved = bench.effects.iter().position(|e| matches!(e, Effect::Disk(DiskEffect::SaveTask(_))));
    let streamed = bench.effects.iter().position(|e| matches!(e, Effect::Stream(..)));
    assert!(saved.is_some() && saved < streamed);
    assert!(shows(&mut bench, PROVER, task, &start), "the same again: a broken stream");
    assert_eq!((bench.engine.task(task).unwrap().shown.len(), disclosures(&bench, task)), (1, 1));
}

#[test]
fn no_more_provers_see_the_inputs_than_the_bid_allows() {
    let (mut bench, task) = bought(2, PROVER);
    bench.ask_of(OTHER, ask(2_000, 4));
    let mut seen = 0;
    for prover in [PROVER, OTHER, THIRD] {
        let is_over = |b: &Bench| b.ledger.task(task).unwrap().task.stage.ended().is_some();
        bench.until(3, |b| awarded_to(b, task, prover) || is_over(b));
        if is_over(&bench) {
            break;
        }
        if prover == OTHER {
            bench.ask_of(THIRD, ask(3_000, 4));
        }
        let start = bench.start(prover, bench.award(task));
        bench.decide_of(prover, bench.starts(prover, task));
        seen += usize::from(shows(&mut bench, prover, task, &start));
        bench.decide_of(prover, Action::Decline { award: bench.award(task), reason: DeclineReason::Unable });
    }
    bench.run_ms(1_500);
    let counted = disclosures(&bench, task);
    println!("three provers that start and leave: {seen} saw the inputs, allowed 2, the ledger counted {counted}");
    assert_eq!((seen, counted), (2, 2));
    assert!(matches!(bench.engine.task(task).unwrap().state, PurchaseState::Failed(_)));
}
