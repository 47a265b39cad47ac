//! What the market leaves alone is proved here if its owner asked for that: never beside an award, one at a time, and on
//! from where it was after a restart.

use crate::bench::{Bench, OTHER, PROVER, REQUESTER, account, ask, bid_of, draft};
use dpgn_market::Status;
use dpgn_node::engine::{Check, Command, DiskEffect, Done, Effect, Input, JobError, Notice, PurchaseState, WorkEffect};
use dpgn_protocol::{
    bounded::List,
    finding::Finding,
    ids::{ProofHash, TaskId},
    ops::Action,
    units::Millis,
    wire::ProofStage,
};

const PROOF: ProofHash = ProofHash::from_bytes([3; 32]);
/// The time that the market is given, and the time to the deadline.
const MARKET_MS: u64 = 20_000;
const DEADLINE_MS: u64 = 600_000;

fn bench() -> Bench {
    Bench::new(REQUESTER, None)
}

/// Buys the `n`th thing, to be proved here after so long.
fn buy(bench: &mut Bench, n: u64, after_ms: u64, deadline_ms: u64) -> TaskId {
    let (before, now) = (tasks(bench), bench.now);
    let mut draft = draft(n, 1_000_000, 2, now.after(Millis::new(deadline_ms)));
    draft.prove_here_at = Some(now.after(Millis::new(after_ms)));
    // It never sells to itself.
    draft.deny = List::new(vec![account(REQUESTER)]).unwrap();
    bench.feed(Input::Command { token: 1, command: Command::Submit(Box::new(draft)) });
    let task = tasks(bench).into_iter().find(|task| !before.contains(task)).unwrap();
    bench.run_ms(1_500);
    task
}

fn tasks(bench: &Bench) -> Vec<TaskId> {
    bench.engine.tasks().map(|record| record.task).collect()
}

fn cancel(bench: &mut Bench, task: TaskId) {
    bench.feed(Input::Command { token: 2, command: Command::Cancel(task) });
}

fn state(bench: &Bench, task: TaskId) -> PurchaseState {
    bench.engine.task(task).unwrap().state.clone()
}

/// The proofs that were begun here so far.
fn begun(bench: &Bench) -> Vec<TaskId> {
    let order = |work: &WorkEffect| if let WorkEffect::ProveLocally(order) = work { Some(order.task) } else { None };
    bench.work.iter().filter_map(order).collect()
}

fn stops(bench: &Bench) -> usize {
    bench.work.iter().filter(|work| **work == WorkEffect::StopLocal).count()
}

fn recalls(bench: &Bench) -> usize {
    let raw = bench.effects.iter().filter_map(|effect| match effect {
        Effect::Disk(DiskEffect::Commit(commit)) => Some(&commit.decided.block.ops),
        _ => None,
    });
    let network = bench.ledger.network();
    let ops = raw.flat_map(|ops| ops.iter()).map(|op| op.clone().verify(network).unwrap());
    ops.filter(|op| matches!(op.op().action, Action::Recall(_))).count()
}

fn is_awarded(bench: &Bench, task: TaskId) -> bool {
    bench.ledger.task(task).unwrap().award.is_some()
}

/// A worker makes the proof that is under way, and it holds.
fn prove(bench: &mut Bench, task: TaskId) {
    bench.done(Done::ProvedLocally(task, Ok(PROOF)));
    let collects = |work: &WorkEffect| {
        matches!(work, WorkEffect::Collect { order, proof: None }
        if order.task == task && order.proof == PROOF && order.prover == account(REQUESTER))
    };
    assert!(bench.has(collects), "no proof counts before this node has checked it");
    bench.done(Done::Collected { task, check: Check::Found(Finding::Valid) });
}

#[test]
fn a_bid_that_nobody_takes_is_taken_back_and_proved_here() {
    let mut bench = bench();
    let before = bench.wealth(REQUESTER);
    let task = buy(&mut bench, 1, MARKET_MS, DEADLINE_MS);
    bench.run_ms(MARKET_MS - 3_000);
    assert_eq!((state(&bench, task), begun(&bench).len()), (PurchaseState::Open, 0), "the market has its time");
    bench.until(10, |bench| !begun(bench).is_empty());
    assert_eq!(bench.ledger.account(account(REQUESTER)).unwrap().escrowed.get(), 0, "the escrow is back first");
    let durable = |effect: &Effect| {
        matches!(effect, Effect::Disk(DiskEffect::Commit(commit))
        if commit.tasks.iter().any(|record| record.state == PurchaseState::ProvingLocally))
    };
    let begins = |effect: &Effect| matches!(effect, Effect::Work(WorkEffect::ProveLocally(_)));
    let at = |is: &dyn Fn(&Effect) -> bool| bench.effects.iter().position(is).unwrap();
    assert!(at(&durable) < at(&begins), "what is begun is on disk");
    assert!(!bench.notices.iter().any(|notice| matches!(notice, Notice::Failed { .. })), "it has not failed");

    bench.done(Done::ProvingLocally { task, proof_stage: ProofStage::Wires, permille: 300 });
    assert_eq!(bench.engine.progress(task).map(|said| said.permille), Some(300));
    prove(&mut bench, task);
    assert_eq!(state(&bench, task), PurchaseState::ProvedLocally(PROOF));
    assert_eq!(bench.notices.iter().filter(|notice| notice.task() == Some(task) && notice.ends_task()).count(), 1);
    assert!(bench.effects.iter().any(|effect| matches!(effect, Effect::Disk(DiskEffect::ForgetInputs(_)))));
    bench.run_ms(5_000);
    let fees = before - bench.wealth(REQUESTER);
    println!(
        "nobody was there for {MARKET_MS} ms: proved here for {fees} micro-credits of fees, {} recall",
        recalls(&bench)
    );
    assert_eq!((begun(&bench).len(), recalls(&bench)), (1, 1));
    assert!(fees < 100_000, "{fees}");
}

/// Workers that check may be busy: that is no word against a proof, and it is made once.
#[test]
fn a_check_that_finds_nothing_out_is_made_again_and_the_proof_is_not() {
    let mut bench = bench();
    let task = buy(&mut bench, 1, MARKET_MS, DEADLINE_MS);
    bench.until(60, |bench| !begun(bench).is_empty());
    bench.done(Done::ProvedLocally(task, Ok(PROOF)));
    for checks in 1..6 {
        let made = bench.work.iter().filter(|work| matches!(work, WorkEffect::Collect { .. })).count();
        assert_eq!((made, begun(&bench).len()), (checks, 1));
        bench.done(Done::Collected { task, check: Check::Unfinished });
        bench.run_ms(2_500);
    }
    bench.done(Done::Collected { task, check: Check::Found(Finding::Valid) });
    assert_eq!(state(&bench, task), PurchaseState::ProvedLocally(PROOF));
}

/// The bid is in blocks that this node has not heard of yet, and by its own clock too late: only the ledger tells.
#[test]
fn a_node_that_is_behind_proves_nothing_that_others_may_be_at() {
    let mut bench = bench();
    bench.is_cut_off = true;
    let task = buy(&mut bench, 1, 5_000, 30_000);
    bench.run_ms(40_000);
    assert_eq!((state(&bench, task), begun(&bench).len()), (PurchaseState::Announced, 0));
    bench.reconnect();
    bench.until(60, |bench| !begun(bench).is_empty());
    assert_eq!(state(&bench, task), PurchaseState::ProvingLocally, "nobody had it, as the ledger says");
}

/// The auction and the recall meet: an award that a block holds first is paid, and nothing is proved beside it.
#[test]
fn an_award_that_is_first_stands_and_the_bid_is_taken_back_once_it_has_ended() {
    let mut bench = bench();
    let task = buy(&mut bench, 1, MARKET_MS, DEADLINE_MS);
    bench.run_ms(MARKET_MS - 1_600);
    // What the engine sends now reaches no block before the award does.
    let mut recall = Vec::new();
    while recall.is_empty() {
        bench.now = bench.now.after(Millis::new(100));
        bench.feed(Input::Tick);
        recall = bench.hold();
    }
    let mut offer = ask(1_000, 4);
    offer.expires = bench.now.after(Millis::from_secs(600));
    let offer = bench.op(PROVER, 0, Millis::from_secs(30), Action::Ask(Box::new(offer)));
    bench.is_cut_off = true;
    bench.decide(offer);
    bench.run_ms(3_000);
    assert!(is_awarded(&bench, task), "the prover was quicker");
    recall.into_iter().for_each(|op| bench.send(op));
    bench.reconnect();
    bench.run_ms(1_000);
    assert!(is_awarded(&bench, task), "a recall takes no award back");
    assert_eq!((state(&bench, task), begun(&bench).len(), recalls(&bench)), (PurchaseState::Open, 0, 0));
    // The prover never starts; what it has lost is open again, and now nobody has it.
    bench.until(60, |bench| !begun(bench).is_empty());
    let lost = bench.notices.iter().filter(|notice| matches!(notice, Notice::AwardEnded { .. })).count();
    assert_eq!((lost, is_awarded(&bench, task), recalls(&bench)), (1, false, 1));
    assert_eq!(state(&bench, task), PurchaseState::ProvingLocally);
}

#[test]
fn one_proof_is_made_at_a_time_and_the_others_wait_in_order() {
    let mut bench = bench();
    let all: Vec<TaskId> = (1..=3).map(|n| buy(&mut bench, n, MARKET_MS, DEADLINE_MS)).collect();
    bench.run_ms(MARKET_MS + 5_000);
    assert!(all.iter().all(|task| state(&bench, *task) == PurchaseState::ProvingLocally));
    assert_eq!(begun(&bench), [all[0]], "the others wait");
    // It is being checked: as good as under way.
    bench.done(Done::ProvedLocally(all[0], Ok(PROOF)));
    bench.run_ms(3_000);
    assert_eq!(begun(&bench), [all[0]]);
    bench.done(Done::Collected { task: all[0], check: Check::Found(Finding::Valid) });
    bench.run_ms(3_000);
    assert_eq!(begun(&bench), all[..2]);
    bench.done(Done::ProvedLocally(all[1], Err(JobError::Busy)));
    bench.run_ms(3_000);
    assert_eq!(begun(&bench), [all[0], all[1], all[1]], "it keeps its place");
    prove(&mut bench, all[1]);
    bench.run_ms(3_000);
    assert_eq!(begun(&bench).last(), Some(&all[2]));
}

#[test]
fn who_takes_it_back_has_it_proved_nowhere() {
    // While the market has it.
    let mut bench = bench();
    let task = buy(&mut bench, 1, MARKET_MS, DEADLINE_MS);
    cancel(&mut bench, task);
    bench.run_ms(MARKET_MS + 5_000);
    assert!(matches!(state(&bench, task), PurchaseState::Failed(_)));
    assert!(begun(&bench).is_empty());

    // While a worker makes it: the worker is stopped, and until it is gone no other begins.
    let [first, second] = [2, 3].map(|n| buy(&mut bench, n, MARKET_MS, DEADLINE_MS));
    bench.until(30, |bench| begun(bench) == [first]);
    bench.effects.clear();
    cancel(&mut bench, first);
    assert_eq!(stops(&bench), 1);
    assert!(matches!(state(&bench, first), PurchaseState::Failed(why) if why.starts_with("taken back")));
    assert!(bench.effects.iter().any(|effect| matches!(effect, Effect::Disk(DiskEffect::ForgetInputs(_)))));
    bench.run_ms(5_000);
    assert_eq!(begun(&bench), [first]);
    bench.done(Done::ProvedLocally(first, Err(JobError::Cancelled)));
    bench.run_ms(3_000);
    assert_eq!(begun(&bench), [first, second]);

    // While it waits, and when it is made but not checked.
    let third = buy(&mut bench, 4, 0, DEADLINE_MS);
    bench.run_ms(3_000);
    cancel(&mut bench, third);
    bench.done(Done::ProvedLocally(second, Ok(PROOF)));
    cancel(&mut bench, second);
    bench.done(Done::Collected { task: second, check: Check::Found(Finding::Valid) });
    bench.run_ms(5_000);
    assert!([second, third].iter().all(|task| matches!(state(&bench, *task), PurchaseState::Failed(_))));
    assert_eq!((begun(&bench).len(), stops(&bench)), (2, 1));
}

#[test]
fn a_restart_at_any_step_goes_on_from_there() {
    let mut bench = bench();
    let before = bench.wealth(REQUESTER);
    let task = buy(&mut bench, 1, MARKET_MS, DEADLINE_MS);
    bench.restart(REQUESTER, None);
    bench.run_ms(MARKET_MS - 1_600);
    // The recall is under way when the power fails, and a block takes it up meanwhile or not.
    bench.until(5, |bench| bench.now >= bench.engine.task(task).unwrap().prove_here_at.unwrap());
    bench.restart(REQUESTER, None);
    bench.until(10, |bench| !begun(bench).is_empty());
    for times in 2..=3 {
        bench.restart(REQUESTER, None);
        bench.run_ms(1_000);
        assert_eq!(begun(&bench), vec![task; times], "what was being made is made anew");
        assert!(bench.engine.proves_here(task));
    }
    // It is made, and nobody has checked it.
    bench.done(Done::ProvedLocally(task, Ok(PROOF)));
    bench.restart(REQUESTER, None);
    bench.run_ms(1_000);
    assert_eq!(begun(&bench).len(), 4);
    prove(&mut bench, task);
    bench.restart(REQUESTER, None);
    bench.run_ms(30_000);
    assert_eq!((state(&bench, task), begun(&bench).len()), (PurchaseState::ProvedLocally(PROOF), 4));
    assert_eq!(recalls(&bench), 1);
    assert!(before - bench.wealth(REQUESTER) < 100_000);
}

#[test]
fn what_ends_without_a_proof_is_proved_here_whenever_it_ends() {
    let mut bench = bench();
    let task = buy(&mut bench, 1, DEADLINE_MS, 10_000);
    bench.until(20, |bench| !begun(bench).is_empty());
    assert_eq!((bench.ledger.task(task).unwrap().task.stage.status(), recalls(&bench)), (Status::Failed, 0));
    assert_eq!(state(&bench, task), PurchaseState::ProvingLocally);
}

#[test]
fn a_worker_that_fails_is_tried_again_but_not_for_ever() {
    let mut bench = bench();
    let task = buy(&mut bench, 1, 0, DEADLINE_MS);
    for times in 1..=3 {
        bench.until(10, |bench| begun(bench).len() == times);
        bench.done(Done::ProvedLocally(task, Err(JobError::Worker)));
    }
    assert!(matches!(state(&bench, task), PurchaseState::Failed(why) if why.contains("failed at it 3 times")));
    bench.run_ms(30_000);
    assert_eq!(begun(&bench).len(), 3);
    let gone = buy(&mut bench, 2, 0, DEADLINE_MS);
    bench.until(10, |bench| begun(bench).len() == 4);
    bench.done(Done::ProvedLocally(gone, Err(JobError::Unreachable)));
    assert!(matches!(state(&bench, gone), PurchaseState::Failed(why) if why.contains("no longer on this node's disk")));
}

/// Collateral hangs on awards: a proof for this node itself waits behind them.
#[test]
fn a_prover_makes_its_awards_first() {
    let mut bench = Bench::new(REQUESTER, Some(ask(1_000, 4)));
    let own = buy(&mut bench, 1, 0, DEADLINE_MS);
    bench.until(10, |bench| begun(bench) == [own]);
    let bid = bid_of(draft(7, 1_000_000, 4, bench.now.after(Millis::new(DEADLINE_MS))));
    bench.decide_of(OTHER, Action::Bid(Box::new(bid)));
    bench.until(10, |bench| stops(bench) == 1);
    bench.done(Done::ProvedLocally(own, Err(JobError::Cancelled)));
    bench.run_ms(3_000);
    assert_eq!(begun(&bench), [own], "it waits while an award is held");
    assert_eq!(state(&bench, own), PurchaseState::ProvingLocally);
    // The award is lost, since nothing is done for it here.
    bench.until(60, |bench| begun(bench).len() == 2);
    assert_eq!(begun(&bench), [own, own]);
}
