//! Committees of several: the same ledger on every machine, whoever dies.

use dpgn_sim::{Adversary, Faults, World, buy, each_seed, run};

/// Coordinators of the networks here; the provers come after them.
const MEMBERS: usize = 4;

/// Four coordinators, two provers and a requester that wants three proofs.
fn governed(seed: u64, faults: impl FnOnce(&mut dpgn_sim::Chance) -> Faults) -> World {
    let mut world = World::of_committee(seed, MEMBERS, &[Adversary::None; 2], 1, faults);
    buy(&mut world, MEMBERS + 2..MEMBERS + 3, 3);
    world
}

#[test]
fn a_committee_of_four_decides_as_one_would() {
    each_seed("a_committee_of_four", 3, |seed| {
        let mut world = governed(seed, |_| Faults::NONE);
        let outcome = run(&mut world)?;
        (outcome.completed == 3).then_some(()).ok_or_else(|| format!("{outcome:?}, {:?}", world.checker.lost()))
    });
}

#[test]
fn whatever_goes_wrong_a_committee_agrees() {
    let (mut completed, mut all) = (0, 0);
    each_seed("whatever_goes_wrong_a_committee", 10, |seed| {
        let outcome = run(&mut governed(seed, Faults::random))?;
        completed += outcome.completed;
        all += outcome.completed + outcome.failed;
        Ok(())
    });
    assert!(all < 30 || completed * 10 >= all * 8, "{completed} of {all} tasks completed");
}

/// Any one of four dies, five times, the proposer included.
#[test]
fn no_award_is_lost_when_one_coordinator_of_four_dies() {
    each_seed("no_award_is_lost_when_one_coordinator_of_four_dies", 8, |seed| {
        let mut world = governed(seed, |_| Faults { until_ms: 20_000, ..Faults::NONE });
        world.dies(seed as usize % MEMBERS, 5, 20_000);
        let outcome = run(&mut world)?;
        let lost = world.checker.lost();
        let kept = lost.is_empty() && outcome.completed == 3;
        kept.then_some(()).ok_or_else(|| format!("{outcome:?}, {lost:?}"))
    });
}
