//! Windows close on nobody who is honest: whatever a prover waits for, it gives the award back before.

use crate::bench::{Bench, PROVER, ask};
use dpgn_market::{AwardEnd, Stage};
use dpgn_node::engine::{Done, Effect, Input, JobError, PeerEffect, WorkEffect};
use dpgn_protocol::{
    codec,
    ids::TaskId,
    ops::{Action, DeclineReason, Op},
    sign::Message,
    units::{Credits, Millis},
};

const HOUR: Millis = Millis::from_secs(3_600);

/// A prover that has just been awarded a task, and what it had before.
fn awarded() -> (Bench, TaskId, u64) {
    let mut bench = Bench::new(PROVER, Some(ask(1_000, 4)));
    let task = bench.bid(HOUR);
    assert!(bench.has(|w| matches!(w, WorkEffect::GetRecipe { .. })), "it is awarded and begins");
    let before = bench.wealth(PROVER);
    (bench, task, before)
}

/// The award was given back for this reason, no window closed, and it has cost no more than giving back does: the
/// decline fee before `Start`, after it an eighth of the collateral where only two can see who is at fault, and less
/// than all of it for the prover's own doing.
fn assert_given_back(bench: &Bench, task: TaskId, reason: DeclineReason, before: u64) {
    let attempt = bench.ended(task);
    let (cost, staked) = (before - bench.wealth(PROVER), attempt.staked.get());
    println!("{reason:?}: credits lost by the honest prover: {cost} of {staked} at stake, of {before} in all");
    assert_eq!(attempt.end, AwardEnd::Declined(reason));
    assert_eq!(cost, attempt.slashed.get());
    // A newcomer stakes twice its price.
    let fee = bench.ledger.decline_fee(Credits::new(staked / 2)).get();
    let most = match (attempt.is_started, reason) {
        (false, _) => fee,
        (true, DeclineReason::Unable) => staked - 1,
        (true, _) => fee.max(staked / 8),
    };
    assert!(cost <= most, "{cost}, not {most} at most");
    let stopped = bench.has(|w| matches!(w, WorkEffect::StopProving(t) if *t == task));
    assert!(stopped, "what was under way is stopped");
}

#[test]
fn who_holds_the_inputs_takes_an_eighth_of_the_collateral_at_most() {
    let (mut bench, task, before) = awarded();
    bench.begin_asking(task);
    // The stream of the inputs is open, and nothing comes.
    bench.until(60, |b| b.has_ended(task));
    assert_given_back(&bench, task, DeclineReason::NoInputs, before);
}

#[test]
fn who_drips_the_inputs_or_refuses_them_gains_nothing_by_new_tries() {
    for error in [JobError::Unreachable, JobError::Refused] {
        let (mut bench, task, before) = awarded();
        bench.begin_asking(task);
        while !bench.has_ended(task) {
            bench.run_ms(3_000);
            bench.done(Done::Inputs(task, Err(error)));
        }
        assert_given_back(&bench, task, DeclineReason::NoInputs, before);
    }
}

#[test]
fn who_holds_the_recipe_takes_the_decline_fee_and_no_more() {
    let (mut bench, task, before) = awarded();
    bench.until(30, |b| b.has_ended(task));
    assert_given_back(&bench, task, DeclineReason::NoRecipe, before);
    assert!(!bench.ended(task).is_started);
}

#[test]
fn a_fetch_has_a_deadline_within_its_window_and_the_ledgers_least_rate() {
    let (mut bench, task, _) = awarded();
    bench.begin_asking(task);
    let fetches: Vec<(u64, u64)> = bench
        .work
        .iter()
        .filter_map(|work| match work {
            WorkEffect::GetRecipe { deadline, rate_min, .. } | WorkEffect::GetInputs { deadline, rate_min, .. } => {
                Some((deadline.since(bench.now).get(), *rate_min))
            }
            _ => None,
        })
        .collect();
    let params = bench.ledger.params();
    println!("fetches (ms, bytes per second): {fetches:?}");
    assert_eq!(fetches.len(), 2);
    for (within, rate) in fetches {
        assert!(within > 0 && within <= params.start_window.get() + 1_000 && rate == params.recipe_bytes_per_second);
    }
}

/// A requester of a later version, and a disk that is full: given back at once, for what giving back costs.
#[test]
fn what_time_does_not_mend_is_given_back_at_once() {
    for error in [JobError::OtherVersion, JobError::NoRoom] {
        let (mut bench, task, before) = awarded();
        bench.done(Done::Recipe(task, Err(error)));
        bench.until(2, |b| b.has_ended(task));
        assert_given_back(&bench, task, DeclineReason::Unable, before);
        let (mut bench, task, before) = awarded();
        bench.begin_asking(task);
        bench.done(Done::Inputs(task, Err(error)));
        bench.until(2, |b| b.has_ended(task));
        assert_given_back(&bench, task, DeclineReason::Unable, before);
    }
}

#[test]
fn a_build_that_does_not_end_is_the_provers_own_doing() {
    let (mut bench, task, before) = awarded();
    bench.done(Done::Recipe(task, Ok(())));
    bench.until(30, |b| b.has_ended(task));
    assert_given_back(&bench, task, DeclineReason::Unable, before);
}

#[test]
fn workers_that_are_always_busy_let_no_window_close() {
    let (mut bench, task, before) = awarded();
    while !bench.has_ended(task) {
        // Something else, its owner's own purchase perhaps, has every worker.
        bench.done(Done::Recipe(task, Ok(())));
        bench.done(Done::Built(task, Err(JobError::Busy)));
        bench.run_ms(500);
    }
    assert_given_back(&bench, task, DeclineReason::Unable, before);
}

#[test]
fn a_proof_that_takes_too_long_is_given_up_before_it_is_due() {
    let (mut bench, task, before) = awarded();
    bench.begin_proving(task);
    assert!(bench.proves(task));
    bench.until(60, |b| b.has_ended(task));
    assert_given_back(&bench, task, DeclineReason::Unable, before);
    let lasted = bench.ended(task).lasted;
    println!("it proved on for {lasted} ms, and said all the time that it was alive");
    assert!(lasted > Millis::from_secs(3 * 4), "it had all the slack first");
}

/// Whether the engine has said that it gives an award back.
fn declines(bench: &Bench) -> bool {
    let says = |effect: &Effect| match effect {
        Effect::Peer(PeerEffect::GossipOps(ops)) => ops.iter().any(|op| {
            let op: Op = codec::decode(&op.op.body, Op::MAX_BYTES).unwrap();
            matches!(op.action, Action::Decline { .. })
        }),
        _ => false,
    };
    bench.effects.iter().any(says)
}

#[test]
fn a_machine_that_was_suspended_blames_nobody_but_itself() {
    let (mut bench, task, before) = awarded();
    bench.run_ms(1_000);
    bench.suspend_ms(6_000);
    // It wakes, and no block has come yet.
    bench.is_cut_off = false;
    bench.feed(Input::Tick);
    assert!(declines(&bench), "it knows at once");
    bench.reconnect();
    bench.until(2, |b| b.has_ended(task));
    assert_given_back(&bench, task, DeclineReason::Unable, before);
}

#[test]
fn no_award_is_given_back_while_the_network_stands_still() {
    let (mut bench, task, _) = awarded();
    // No block for five minutes, though the machine runs: the ledger will not count that time.
    for _ in 0..3_000 {
        bench.now = bench.now.after(Millis::new(100));
        bench.feed(Input::Tick);
    }
    assert!(!declines(&bench), "time that stands still does not count");
    bench.begin_proving(task);
    assert!(bench.proves(task));
    let held = bench.ledger.task(task).unwrap().task;
    assert!(matches!(held.stage, Stage::InProgress(_)) && held.attempts.is_empty(), "{:?}", held.stage);
}
