//! A prover whose award has ended goes on while its proof can still count, and no longer.

use crate::bench::{Bench, COORDINATOR, OTHER, PROVER, REQUESTER, account, ask};
use dpgn_market::{AwardEnd, Stage, Window};
use dpgn_node::engine::{Answer, DiskEffect, Done, Effect, Input, WorkEffect};
use dpgn_protocol::{
    ids::{ProofHash, TaskId},
    ops::{Action, Ask},
    units::Millis,
    wire::Request,
};

const TOKEN: u64 = 7;
const PROOF: ProofHash = ProofHash::from_bytes([5; 32]);

/// A prover that has started, was cut off until its award ended, and finds another at the task.
fn overtaken() -> (Bench, TaskId, u64) {
    let mut bench = Bench::new(PROVER, Some(ask(1_000, 20)));
    let task = bench.bid(Millis::from_secs(600));
    bench.begin_proving(task);
    bench.run_ms(1_000);
    bench.ask_of(OTHER, ask(2_000, 20));
    let before = bench.wealth(PROVER);
    bench.suspend_ms(12_000);
    bench.reconnect();
    bench.run_ms(500);
    assert_eq!(bench.ended(task).end, AwardEnd::Missed(Window::Alive));
    assert!(awarded_to(&bench, task, OTHER));
    assert!(!stopped(&bench, task), "it proves on");
    (bench, task, before)
}

fn awarded_to(bench: &Bench, task: TaskId, who: usize) -> bool {
    bench.ledger.task(task).unwrap().award.is_some_and(|view| view.award.prover == account(who))
}

fn stopped(bench: &Bench, task: TaskId) -> bool {
    bench.has(|work| matches!(work, WorkEffect::StopProving(t) if *t == task))
}

#[test]
fn a_late_proof_is_kept_and_paid_when_the_replacement_fails() {
    let (mut bench, task, _) = overtaken();
    let before = bench.wealth(PROVER);
    let len = bench.ledger.task(task).unwrap().task.proof_len;
    bench.done(Done::Proved(task, Ok((PROOF, len))));
    bench.until(3, |b| b.ledger.task(task).unwrap().task.late().next().is_some());
    // The other never starts.
    bench.until(60, |b| awarded_to(b, task, PROVER));
    assert!(matches!(bench.ledger.task(task).unwrap().task.stage, Stage::Delivered(..)));
    bench.settle(task, PROVER, PROOF);
    let earned = bench.wealth(PROVER) as i64 - before as i64;
    println!("late proof: earned {earned} after its award had ended");
    assert!(earned > 0);
    assert!(matches!(bench.ledger.task(task).unwrap().task.stage, Stage::Completed { .. }));
    bench.run_ms(500);
    assert_eq!(bench.engine.backlog().jobs, 0, "nothing is left over");
}

#[test]
fn proving_stops_when_anothers_proof_is_paid() {
    let (mut bench, task, _) = overtaken();
    let len = bench.ledger.task(task).unwrap().task.proof_len;
    bench.decide_of(OTHER, bench.starts(OTHER, task));
    let other = ProofHash::from_bytes([6; 32]);
    bench.decide_of(OTHER, Action::Deliver { award: bench.award(task), proof: other, len });
    assert!(!stopped(&bench, task), "the other's proof may be bad");
    bench.settle(task, OTHER, other);
    bench.run_ms(200);
    assert!(stopped(&bench, task));
    let forgets = |e: &Effect| matches!(e, Effect::Disk(DiskEffect::ForgetJob(t)) if *t == task);
    assert!(bench.effects.iter().any(forgets), "the inputs are wiped");
    assert_eq!(bench.engine.backlog().jobs, 0);
}

#[test]
fn a_late_proof_makes_room_for_a_live_award() {
    let (mut bench, late, _) = overtaken();
    // The prover asks again, and is awarded something new.
    bench.until(3, |b| b.ledger.ask_of(account(PROVER)).is_some());
    bench.ask_of(OTHER, Ask { capacity: 0, ..ask(2_000, 20) });
    let live = bench.bid(Millis::from_secs(600));
    assert!(awarded_to(&bench, live, PROVER));
    bench.begin_proving(live);
    assert!(bench.proves(live) && stopped(&bench, late));
}

/// A requester read the proof that had come late from its prover's disk, and never paid for it.
#[test]
fn the_bytes_of_a_late_proof_are_nobodys_before_it_is_paid() {
    let (mut bench, task, _) = overtaken();
    let len = bench.ledger.task(task).unwrap().task.proof_len;
    bench.done(Done::Proved(task, Ok((PROOF, len))));
    bench.until(3, |b| b.ledger.task(task).unwrap().task.late().next().is_some());
    let gets = |bench: &mut Bench, who: usize| {
        let before = bench.effects.len();
        let (from, request) = (account(who), Request::Proof { task, proof: PROOF });
        bench.feed(Input::Asked { from, token: TOKEN, request });
        bench.effects[before..].iter().any(|effect| matches!(effect, Effect::Answer(_, Answer::Proof(PROOF))))
    };
    let early = [REQUESTER, COORDINATOR].map(|who| gets(&mut bench, who));
    bench.until(60, |b| awarded_to(b, task, PROVER));
    let judged = [REQUESTER, COORDINATOR].map(|who| gets(&mut bench, who));
    bench.settle(task, PROVER, PROOF);
    let paid = [REQUESTER, COORDINATOR].map(|who| gets(&mut bench, who));
    println!(
        "requester and committee get a late proof: {early:?} early, {judged:?} as it is judged, {paid:?} once paid"
    );
    assert_eq!((early, judged, paid), ([false, false], [false, true], [true, true]));
}
