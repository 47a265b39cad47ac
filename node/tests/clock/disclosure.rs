//! The requester's side: inputs go out only against a `Start` that binds, and it counts for itself.

use crate::bench::{Bench, OTHER, PROVER, REQUESTER, THIRD, account, ask, draft};
use dpgn_node::engine::{BlobAnswer, Command, DiskEffect, Effect, Input, PurchaseState};
use dpgn_protocol::{
    ids::TaskId,
    ops::{Action, DeclineReason, SignedOp},
    units::Millis,
};

const MINUTE: Millis = Millis::from_secs(60);

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
fn shows(bench: &mut Bench, from: usize, task: TaskId, start: &SignedOp) -> bool {
    bench.effects.clear();
    let start = Box::new(start.clone());
    bench.feed(Input::InputsAsked { from: account(from), token: 5, task, start });
    let streams: Vec<_> = bench.effects.iter().filter(|e| matches!(e, Effect::Stream(..))).collect();
    assert_eq!(streams.len(), 1, "one answer");
    matches!(streams[0], Effect::Stream(5, BlobAnswer::Inputs(_)))
}

#[test]
fn a_start_that_lives_too_short_to_be_decided_shows_nothing() {
    let (mut bench, task) = bought(2, PROVER);
    let params = bench.ledger.params().clone();
    let needed = 8 * params.block_interval.get() + 3_000;
    for life in [1, 25, 200, needed - 1] {
        let start = bench.op(PROVER, 0, Millis::new(life), Action::Start { task });
        assert!(!shows(&mut bench, PROVER, task, &start), "a Start that lives {life} ms");
    }
    let start = bench.op(PROVER, 0, Millis::new(needed), Action::Start { task });
    assert!(shows(&mut bench, PROVER, task, &start));
    println!("lives of a Start that show the inputs: {needed} ms and more; below: 0 disclosures");
}

#[test]
fn nothing_that_cannot_be_decided_shows_anything() {
    let (mut bench, task) = bought(2, PROVER);
    let used = bench.op(PROVER, 0, MINUTE, Action::Start { task });
    let ask_again = Action::Ask(Box::new({
        let mut ask = ask(1_000, 4);
        ask.expires = bench.now.after(MINUTE);
        ask
    }));
    bench.decide_of(PROVER, ask_again);
    assert!(!shows(&mut bench, PROVER, task, &used), "another op has its nonce");
    let other = bench.op(OTHER, 0, MINUTE, Action::Start { task });
    assert!(!shows(&mut bench, OTHER, task, &other), "not the holder of the award");
    let good = bench.op(PROVER, 0, MINUTE, Action::Start { task });
    assert!(!shows(&mut bench, OTHER, task, &good), "the holder's Start in another's hand");
    let odd = bench.op(PROVER, 0, MINUTE, Action::Alive);
    assert!(!shows(&mut bench, PROVER, task, &odd), "no Start");
    let elsewhere = bench.op(PROVER, 0, MINUTE, Action::Start { task: TaskId::from_bytes([1; 32]) });
    assert!(!shows(&mut bench, PROVER, task, &elsewhere), "a Start for another task");
    // The window for `Start` closes before a block could decide it.
    let windows = bench.ledger.task(task).unwrap().award.unwrap();
    let until = windows.start_by.since(bench.now).get() - 1_000;
    bench.run_ms(until);
    assert!(awarded_to(&bench, task, PROVER));
    let start = bench.op(PROVER, 0, MINUTE, Action::Start { task });
    assert!(!shows(&mut bench, PROVER, task, &start), "too late to be decided");
}

#[test]
fn a_second_start_gets_nothing_that_the_first_did_not() {
    let (mut bench, task) = bought(2, PROVER);
    let first = bench.op(PROVER, 0, MINUTE, Action::Start { task });
    let second = bench.op(PROVER, 1, MINUTE, Action::Start { task });
    assert!(shows(&mut bench, PROVER, task, &first));
    let saved = bench.effects.iter().position(|e| matches!(e, Effect::Disk(DiskEffect::SaveTask(_))));
    let streamed = bench.effects.iter().position(|e| matches!(e, Effect::Stream(..)));
    assert!(saved.is_some() && saved < streamed, "it is on disk before the first byte leaves");
    assert!(shows(&mut bench, PROVER, task, &first), "the same again: a broken stream");
    assert!(!shows(&mut bench, PROVER, task, &second));
    let shown = bench.engine.task(task).unwrap().shown.len();
    println!("three questions with two Starts by one prover: {shown} disclosure");
    assert_eq!(shown, 1);
    // Once the ledger has counted it, any Start of the holder will do: it may have restarted.
    bench.decide(first);
    assert!(shows(&mut bench, PROVER, task, &second));
    assert_eq!(bench.engine.task(task).unwrap().shown.len(), 1);
}

#[test]
fn no_more_provers_see_the_inputs_than_the_bid_allows() {
    let (mut bench, task) = bought(2, PROVER);
    let provers = [PROVER, OTHER];
    bench.ask_of(OTHER, ask(2_000, 4));
    let mut seen = 0;
    for (n, prover) in provers.into_iter().enumerate() {
        bench.until(3, |b| awarded_to(b, task, prover));
        // `Start` to the requester, `Decline` to the ledger, with one nonce: the ledger counts nothing.
        let start = bench.op(prover, 0, MINUTE, Action::Start { task });
        let decline = bench.op(prover, 0, MINUTE, Action::Decline { task, reason: DeclineReason::Unable });
        if n == 1 {
            bench.ask_of(THIRD, ask(3_000, 4));
        }
        // It is there first: the `Start` that the requester passes on finds its nonce used.
        bench.send(decline);
        seen += usize::from(shows(&mut bench, prover, task, &start));
        if n == 0 {
            bench.run_ms(300);
        }
    }
    // A third has the award, and asks at once.
    bench.until(3, |b| awarded_to(b, task, THIRD));
    let start = bench.op(THIRD, 0, MINUTE, Action::Start { task });
    seen += usize::from(shows(&mut bench, THIRD, task, &start));
    // The requester knows that this is of no use.
    bench.run_ms(1_500);
    let counted = bench.ledger.task(task).unwrap().task.disclosures;
    println!(
        "Start and Decline with one nonce: {seen} provers saw the inputs, allowed 2, the ledger counted {counted}"
    );
    assert_eq!((seen, counted), (2, 0));
    assert!(matches!(bench.engine.task(task).unwrap().state, PurchaseState::Failed(_)), "it takes the task back");
    let start = bench.op(THIRD, 0, MINUTE, Action::Start { task });
    assert!(!shows(&mut bench, THIRD, task, &start));
}
