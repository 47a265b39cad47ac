//! Late proofs: whoever was too slow may still deliver and be paid, and whoever lies so stakes as much as any other.

use crate::support::*;
use dpgn_market::{AwardEnd, Refused, Status};
use dpgn_protocol::{
    award::AwardId,
    bounded::List,
    finding::{Finding, Judged},
    ids::{ProofHash, TaskId},
    ops::{Action, DeclineReason},
    units::Credits,
};

/// What each of these awards stakes.
const STAKE: u64 = 800_000;

/// A task that may be shown to many provers, whose awards these have lost by silence after `Start`, one after the other.
fn silent(provers: &[u8]) -> (World, TaskId) {
    let mut world = World::with_asks(&[]);
    let mut bid = world.bid();
    bid.disclosures_max = 10;
    let task = world.open(bid);
    for &n in provers {
        world.ask_all(&[(n, 100_000)]);
        world.next();
        assert_eq!(world.prover_of(task), Some(who(n)));
        world.start(n, task);
        world.wait(8);
        assert_eq!(world.prover_of(task), None);
    }
    (world, task)
}

/// A late delivery of these bytes.
fn late(world: &World, n: u8, task: TaskId, proof: ProofHash) -> Action {
    let Action::Deliver { award, len, .. } = world.delivers_late(n, task) else { unreachable!() };
    Action::Deliver { award, proof, len }
}

fn garbage(n: u8) -> ProofHash {
    ProofHash::from_bytes([n; 32])
}

fn judge(world: &mut World, task: TaskId, proof: ProofHash, finding: Finding) {
    let award = world.award_of(task);
    let findings = List::new(vec![Judged { award, proof, finding }]).unwrap();
    world.say(vec![(COORDINATOR, Action::Judge { findings })]);
}

/// Garbage that came late cost nothing: what its award had staked was lost before.
#[test]
fn a_false_late_proof_costs_the_collateral_again() {
    let (mut world, task) = silent(&[ALICE]);
    let before = world.wealth(ALICE);
    world.say(vec![(ALICE, late(&world, ALICE, task, garbage(1)))]);
    assert_eq!(world.ledger.account(who(ALICE)).unwrap().collateral, Credits::new(STAKE), "it is staked again");
    judge(&mut world, task, garbage(1), Finding::False);
    let lost = before - world.wealth(ALICE);
    println!("garbage that comes late costs {lost}; its award had staked {STAKE}");
    // And the fee of an op that no live award obliges to.
    assert_eq!((lost, world.status(task)), (STAKE + 100, Status::Pending));
}

/// One garbage late proof took the only place, and an honest one behind it was refused.
#[test]
fn a_false_late_proof_keeps_no_honest_one_out() {
    let (mut world, task) = silent(&[ALICE, BOB]);
    world.ask_all(&[(CAROL, 100_000)]);
    world.next();
    let before = [ALICE, BOB].map(|n| world.wealth(n));
    world.say(vec![(ALICE, late(&world, ALICE, task, garbage(1)))]);
    world.say(vec![(BOB, late(&world, BOB, task, proof(task)))]);
    assert_eq!(world.prover_of(task), Some(who(CAROL)), "both wait for the live award");
    world.say(vec![(CAROL, world.declines(task, DeclineReason::Unable))]);
    assert_eq!((world.stage(task), world.prover_of(task)), ("delivered", Some(who(ALICE))));
    judge(&mut world, task, garbage(1), Finding::False);
    assert_eq!(world.prover_of(task), Some(who(BOB)), "the next one is judged in its place");
    judge(&mut world, task, proof(task), Finding::Valid);
    let now = [ALICE, BOB].map(|n| world.wealth(n));
    let (lost, earned) = (before[0] - now[0], now[1] - before[1]);
    println!("a garbage late proof loses {lost}, the honest one behind it earns {earned}");
    assert_eq!((lost, earned, world.status(task)), (STAKE + 100, 400_000 - 100, Status::Completed));
}

/// A late proof that is being judged leaves the places behind it open: its end may come after the deadline.
#[test]
fn an_honest_late_proof_is_kept_while_a_false_one_is_judged() {
    let (mut world, task) = silent(&[ALICE, BOB]);
    world.say(vec![(ALICE, late(&world, ALICE, task, garbage(1)))]);
    assert_eq!(world.stage(task), "delivered");
    world.say(vec![(BOB, late(&world, BOB, task, proof(task)))]);
    let deadline = world.ledger.task(task).unwrap().task.bid.deadline;
    while world.ledger.time() <= deadline {
        world.wait(10);
    }
    judge(&mut world, task, garbage(1), Finding::Malformed);
    judge(&mut world, task, proof(task), Finding::Valid);
    assert_eq!(world.status(task), Status::Completed);
}

#[test]
fn four_late_proofs_wait_at_most_and_one_of_each_prover() {
    let provers = [21, 22, 23, 24, 25];
    let (mut world, task) = silent(&provers);
    world.ask_all(&[(30, 100_000)]);
    world.next();
    for n in 21..=24 {
        world.say(vec![(n, late(&world, n, task, garbage(n)))]);
    }
    let full = Refused::NotLate { award: AwardId { task, number: 5 }, account: who(25) };
    assert_eq!(world.refused(25, late(&world, 25, task, proof(task))), full);
    let twice = Refused::NotLate { award: AwardId { task, number: 1 }, account: who(21) };
    assert_eq!(world.refused(21, late(&world, 21, task, garbage(9))), twice);
    let locked = world.ledger.supply().collateral;
    println!("four that wait and the live award have {locked} at stake");
    assert_eq!(locked, Credits::new(5 * STAKE));
}

/// Who has nothing left to stake is not heard, and a sponsor stakes for a late proof only if it signs the delivery.
#[test]
fn nobody_else_stakes_for_a_late_proof_unasked() {
    let mut world = World::with_asks(&[]);
    let op = world.sponsored_ask(NEWCOMER, CAROL, 100_000);
    world.block(100, &[op]);
    let task = world.open_usual();
    assert_eq!(world.prover_of(task), Some(who(NEWCOMER)));
    world.start(NEWCOMER, task);
    world.wait(8);
    let ended = world.ledger.task(task).unwrap().task.attempts[0].award.clone();
    let before = world.wealth(CAROL);
    let Action::Deliver { proof, len, .. } = world.deliver(task) else { unreachable!() };
    let deliver = Action::Deliver { award: AwardId { task, number: ended.number }, proof, len };
    let newcomer = key(NEWCOMER);
    let own = world.op_with(NEWCOMER, world.ledger.free_nonces(newcomer.account())[0], deliver.clone());
    let refused = world.ledger.check(&own, world.ledger.time());
    assert!(matches!(refused, Err(Refused::InsufficientFunds { .. })), "{refused:?}");
    let op = world.sponsored(NEWCOMER, CAROL, deliver);
    world.block(100, &[op]);
    let locked = world.ledger.account(who(CAROL)).unwrap().collateral;
    assert_eq!((world.stage(task), locked), ("delivered", Credits::new(STAKE)));
    world.say(world.judges(task, &[(COORDINATOR, Finding::Valid)]));
    assert_eq!(world.wealth(CAROL), before - 100, "all but the fee comes back");
}

/// A task is not taken back while a late proof waits; the live award's end has it judged, and then the way is free.
#[test]
fn late_proofs_are_judged_before_a_task_is_taken_back() {
    let (mut world, task) = silent(&[ALICE]);
    world.ask_all(&[(BOB, 100_000)]);
    world.next();
    world.start(BOB, task);
    world.say(vec![(ALICE, late(&world, ALICE, task, garbage(1)))]);
    assert_eq!(world.refused(REQUESTER, Action::Cancel { task }), Refused::LateProof(task));
    world.say(vec![(BOB, world.declines(task, DeclineReason::Unable))]);
    assert!(matches!(world.refused(REQUESTER, Action::Cancel { task }), Refused::Step(_)), "it is being judged");
    judge(&mut world, task, garbage(1), Finding::False);
    world.say(vec![(REQUESTER, Action::Cancel { task })]);
    assert_eq!((world.stage(task), world.ledger.supply().collateral), ("cancelled", Credits::ZERO));
}

/// The committee never agrees on a late proof: what was staked for it goes back.
#[test]
fn a_late_proof_that_nobody_judges_costs_nothing() {
    let (mut world, task) = silent(&[ALICE]);
    let before = world.wealth(ALICE);
    world.say(vec![(ALICE, late(&world, ALICE, task, proof(task)))]);
    let ends = ended(&world.wait(3_700));
    assert_eq!(ends, [(who(ALICE), AwardEnd::Missed(dpgn_market::Window::Verdict), 0)]);
    assert_eq!((before - world.wealth(ALICE), world.stage(task)), (100, "failed"));
}

/// A requester that guaranteed its own prover's ask hid that by having the prover stake for the late proof.
#[test]
fn a_late_proof_hides_no_guarantor() {
    let mut world = World::with_asks(&[]);
    let op = world.sponsored_ask(ALICE, REQUESTER, 100_000);
    world.block(100, &[op]);
    let task = world.open_usual();
    world.start(ALICE, task);
    world.wait(8);
    world.say(vec![(ALICE, world.delivers_late(ALICE, task))]);
    world.say(world.judges(task, &[(COORDINATOR, Finding::Valid)]));
    assert_eq!(world.status(task), Status::Completed);
    let weight = world.ledger.reputation(who(ALICE)).weight;
    println!("a late proof for one's own guarantor makes a name of weight {weight}");
    assert_eq!(weight, Credits::ZERO);
}
