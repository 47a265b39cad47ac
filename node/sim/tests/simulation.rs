//! Whole lives of small networks, one for each seed.

use dpgn_sim::{Adversary, Faults, Forgets, World, buy, each_seed, run};

/// Tasks of ten seeds.
const TASKS_FOR_A_SHARE: u64 = 60;

/// Three honest provers, two requesters with three tasks each, and everything that can go wrong.
fn troubled(seed: u64) -> World {
    let mut world = World::new(seed, &[Adversary::None; 3], 2, Faults::random);
    buy(&mut world, 4..6, 3);
    world
}

/// One liar, the cheapest, beside honest provers; nothing else goes wrong.
fn lied_to(seed: u64, adversary: Adversary) -> World {
    let mut world = World::new(seed, &[adversary, Adversary::None, Adversary::None], 1, |_| Faults::NONE);
    buy(&mut world, 4..5, 2);
    world
}

#[test]
fn whatever_goes_wrong_no_credit_does() {
    let (mut completed, mut all) = (0, 0);
    each_seed("whatever_goes_wrong", 30, |seed| {
        let outcome = run(&mut troubled(seed))?;
        completed += outcome.completed;
        all += outcome.completed + outcome.failed;
        Ok(())
    });
    // A share needs a crowd; a seed that is replayed alone is none.
    assert!(all < TASKS_FOR_A_SHARE || completed * 10 >= all * 8, "{completed} of {all} tasks completed");
}

#[test]
fn the_same_seed_is_the_same_run() {
    let (first, second) = (run(&mut troubled(5)), run(&mut troubled(5)));
    assert_eq!(first, second);
    assert_ne!(first, run(&mut troubled(6)));
}

#[test]
fn a_liar_is_never_paid_and_another_prover_completes_its_tasks() {
    for adversary in [Adversary::False, Adversary::Stingy, Adversary::Idle, Adversary::Silent, Adversary::Nosy] {
        each_seed("a_liar_is_never_paid", 2, |seed| {
            let outcome = run(&mut lied_to(seed, adversary)).map_err(|why| format!("{adversary:?}: {why}"))?;
            let all = (outcome.completed, outcome.failed) == (2, 0);
            all.then_some(()).ok_or_else(|| format!("{adversary:?}: {outcome:?}"))
        });
    }
}

#[test]
fn no_award_is_lost_when_the_coordinator_dies() {
    each_seed("no_award_is_lost_when_the_coordinator_dies", 12, |seed| {
        let mut world = World::new(seed, &[Adversary::None; 2], 1, |_| Faults { until_ms: 20_000, ..Faults::NONE });
        buy(&mut world, 3..4, 4);
        world.dies(0, 5, 20_000);
        let outcome = run(&mut world)?;
        let lost = world.checker.lost();
        let kept = lost.is_empty() && outcome.completed == 4;
        kept.then_some(()).ok_or_else(|| format!("{outcome:?}, {lost:?}"))
    });
}

#[test]
fn every_task_completes_though_its_requester_dies() {
    each_seed("every_task_completes_though_its_requester_dies", 8, |seed| {
        let mut world = World::new(seed, &[Adversary::None; 3], 1, |_| Faults { until_ms: 20_000, ..Faults::NONE });
        buy(&mut world, 4..5, 4);
        world.dies(4, 5, 20_000);
        let outcome = run(&mut world)?;
        (outcome.completed == 4).then_some(()).ok_or_else(|| format!("{outcome:?}, {:?}", world.checker.lost()))
    });
}

#[test]
fn every_task_completes_though_a_prover_dies() {
    each_seed("every_task_completes_though_a_prover_dies", 8, |seed| {
        let mut world = World::new(seed, &[Adversary::None; 3], 1, |_| Faults { until_ms: 20_000, ..Faults::NONE });
        buy(&mut world, 4..5, 4);
        world.dies(1, 5, 20_000);
        let outcome = run(&mut world)?;
        (outcome.completed == 4).then_some(()).ok_or_else(|| format!("{outcome:?}, {:?}", world.checker.lost()))
    });
}

#[test]
fn liars_gain_nothing_from_trouble() {
    each_seed("liars_gain_nothing_from_trouble", 6, |seed| {
        let adversaries =
            [Adversary::False, Adversary::Stingy, Adversary::Silent, Adversary::Nosy, Adversary::None, Adversary::None];
        let mut world = World::new(seed, &adversaries, 2, Faults::random);
        buy(&mut world, 7..9, 2);
        run(&mut world).map(drop)
    });
}

/// The checkers can fail: a node whose disk forgets breaks what they hold.
fn caught(mut broken: impl FnMut(u64) -> World) -> Vec<String> {
    (0..12).filter_map(|seed| run(&mut broken(seed)).err()).collect()
}

#[test]
fn control_a_coordinator_that_forgets_blocks_decides_others() {
    let caught = caught(|seed| {
        let mut world = troubled(seed);
        world.nodes[0].host.disk.forgets = Forgets::Chain;
        world
    });
    assert!(caught.iter().any(|why| why.contains("where") || why.contains("halts")), "{caught:?}");
}

#[test]
fn control_a_requester_that_forgets_its_records_buys_twice() {
    let caught = caught(|seed| {
        let mut world = troubled(seed);
        world.nodes[4].host.disk.forgets = Forgets::Tasks;
        world.nodes[5].host.disk.forgets = Forgets::Tasks;
        world
    });
    assert!(caught.iter().any(|why| why.contains("second time")), "{caught:?}");
}
