//! A prover in a sealed round: what it has sealed it opens, whatever becomes of its prices and of itself.

use crate::bench::{Bench, OTHER, PROVER, account, ask, bid_of, draft};
use dpgn_market::Phase;
use dpgn_node::engine::{DiskEffect, Effect, PeerEffect};
use dpgn_protocol::{
    ids::TaskId,
    ops::{Action, Op},
    units::Millis,
};

/// A bid for which asks are sealed, and a rival whose standing ask is dearer.
fn sealed_bid(bench: &mut Bench, reward: u64) -> TaskId {
    bench.ask_of(OTHER, ask(150_000, 8));
    let draft = draft(reward, reward, 4, bench.now.after(Millis::from_secs(300)));
    let degree = draft.degree;
    let mut bid = bid_of(draft);
    bid.sealed = Some(bench.ledger.usual_round(&bid, degree));
    bench.send_bid(bid)
}

fn phase(bench: &Bench, task: TaskId) -> Option<Phase> {
    bench.ledger.task(task)?.task.round.as_ref().map(|round| round.phase)
}

fn has_sealed(bench: &Bench, task: TaskId) -> bool {
    bench
        .ledger
        .task(task)
        .is_some_and(|view| view.task.round.as_ref().is_some_and(|round| round.asks.contains_key(&account(PROVER))))
}

/// The price is on disk before the ask is said, and the prover opens it at that price after it was restarted with others:
/// it wins, and has lost nothing.
#[test]
fn a_restarted_prover_opens_what_it_has_sealed() {
    let mut bench = Bench::new(PROVER, Some(ask(100_000, 8)));
    bench.run_ms(2_000);
    let task = sealed_bid(&mut bench, 1_000_000);
    let wealth = bench.wealth(PROVER);
    bench.until(5, |b| has_sealed(b, task));
    let place = |is: &dyn Fn(&Effect) -> bool| bench.effects.iter().position(is).expect("it is done");
    let saved = place(&|e| matches!(e, Effect::Disk(DiskEffect::SaveSeal(record)) if record.task == task));
    let is_seal = |op: &Op| matches!(op.action, Action::Seal { .. });
    let said = place(&|e| match e {
        Effect::Peer(PeerEffect::GossipOps(ops)) => {
            ops.iter().any(|op| is_seal(op.clone().verify(bench.ledger.network()).expect("signed").op()))
        }
        _ => false,
    });
    assert!(saved < said, "the record is effect {saved}, the op {said}");

    bench.restart(PROVER, Some(ask(120_000, 8)));
    bench.until(30, |b| phase(b, task) == Some(Phase::Decided));
    let award = bench.ledger.task(task).and_then(|view| view.task.stage.award().cloned()).expect("it is awarded");
    assert_eq!(award.prover, account(PROVER));
    let lost = wealth - bench.wealth(PROVER);
    println!("paid {} of at most 1,000,000; fees {lost}", award.price);
    assert!(award.price.get() > 1_000 && lost < 10_000, "{lost} lost");
    bench.until(5, |b| b.effects.iter().any(|e| matches!(e, Effect::Disk(DiskEffect::ForgetSeal(t)) if *t == task)));
}

/// A prover whose ask costs more than the round pays keeps out of it, and so does one that is told to.
#[test]
fn a_prover_that_cannot_win_seals_nothing() {
    let mut bench = Bench::new(PROVER, Some(ask(2_000_000, 8)));
    bench.run_ms(2_000);
    let task = sealed_bid(&mut bench, 1_000_000);
    bench.until(30, |b| phase(b, task) == Some(Phase::Over));
    assert!(!bench.effects.iter().any(|e| matches!(e, Effect::Disk(DiskEffect::SaveSeal(_)))));
}

/// Rounds that are taken back before prices are opened lock what their provers have put up; half of it stays for awards.
#[test]
fn rounds_lock_half_of_a_provers_credits_at_most() {
    let mut bench = Bench::new(PROVER, Some(ask(100_000, 8)));
    bench.run_ms(2_000);
    let has = |bench: &Bench| bench.ledger.account(account(PROVER)).map_or(0, |account| account.collateral.get());
    let (small, large) = (sealed_bid(&mut bench, 10_000_000), sealed_bid(&mut bench, 20_000_000));
    bench.until(5, |b| has_sealed(b, small) || has_sealed(b, large));
    bench.run_ms(3_000);
    println!("rounds of 10 and 20 credits lock {} of 100,000,000", has(&bench));
    assert_eq!([small, large].map(|task| has_sealed(&bench, task)), [true, false]);
    assert!(has(&bench) <= 50_000_000);
}
