//! Whole lives of small networks, one for each seed.

use crate::{
    disk::Forgets,
    faults::{Faults, Manner},
    setup,
    world::World,
};
use dpgn_node::engine::{Backlog, End};

/// Virtual time by which every task must have ended, and by which nothing may be left over after that.
const ENDED_BY_MS: u64 = 400_000;
const IDLE_WITHIN_MS: u64 = 150_000;

/// Seeds that are tried: more than the few of every run with `DPGN_SIM_SEEDS=1000`.
fn seeds(usual: u64) -> impl Iterator<Item = u64> {
    let from = std::env::var("DPGN_SIM_FROM").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let count = std::env::var("DPGN_SIM_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(usual);
    from..from + count
}

/// What a run came to.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    hash: blake3::Hash,
    effects: u64,
    completed: u64,
    failed: u64,
    shown: u64,
}

/// Every one of `requesters` buys this many proofs in the first half of the bad time.
fn buy(world: &mut World, requesters: std::ops::Range<usize>, each: u64) {
    for node in requesters {
        for number in 0..each {
            let when = world.chance.between(500, 1_000 + world.faults.until_ms / 2);
            world.want(node, node as u64 * 100 + number, when);
        }
    }
}

/// Runs until every task has ended and nothing is left over; the first violation otherwise.
fn run(world: &mut World) -> Result<Outcome, String> {
    while world.is_bad() || !is_over(world) {
        advance(world)?;
        if world.now_ms() > ENDED_BY_MS {
            return Err("a task does not end".to_owned());
        }
    }
    let last = world.now_ms() + IDLE_WITHIN_MS;
    while !is_idle(world) {
        advance(world)?;
        if world.now_ms() > last {
            let left: Vec<_> = world.nodes.iter().filter_map(|n| Some(n.live.as_ref()?.engine.backlog())).collect();
            return Err(format!("something is left over: {left:?}"));
        }
    }
    outcome(world)
}

fn advance(world: &mut World) -> Result<(), String> {
    world.step();
    world.checker.violation().map_or(Ok(()), |why| Err(format!("at {} ms: {why}", world.now_ms())))
}

/// Whether every proof that is wanted has been bought, and every purchase has ended.
fn is_over(world: &World) -> bool {
    let ended = |number: &u64, node: usize| {
        let Some(live) = &world.nodes[node].live else { return false };
        let record = live.engine.tasks().find(|r| r.statement == setup::statement(*number));
        record.is_some_and(|r| matches!(r.end, End::Done(_) | End::Failed(_)))
    };
    world.wanted.iter().all(|(number, node)| ended(number, *node))
}

/// Whether all are up, equally high, and wait for nothing.
fn is_idle(world: &World) -> bool {
    let engines: Option<Vec<_>> = world.nodes.iter().map(|n| n.live.as_ref().map(|l| &l.engine)).collect();
    let idle = Backlog::default();
    engines.is_some_and(|all| all.iter().all(|e| e.backlog() == idle && e.head() == all[0].head()))
}

fn outcome(world: &World) -> Result<Outcome, String> {
    let (mut completed, mut failed) = (0, 0);
    for node in &world.nodes {
        let Some(live) = &node.live else { continue };
        for record in live.engine.tasks() {
            match &record.end {
                End::Done(_) => completed += 1,
                End::Failed(_) => failed += 1,
                end => return Err(format!("{} is {end:?}", record.task)),
            }
        }
        if !node.disk.inputs.is_empty() || !node.disk.awards.is_empty() {
            return Err(format!("inputs stay with {}", node.keys.account()));
        }
        if !node.disk.jobs.is_empty() {
            return Err(format!("records of awards stay with {}", node.keys.account()));
        }
    }
    if completed != world.checker.settled().len() as u64 {
        return Err(format!("{completed} proofs are had, {} were paid", world.checker.settled().len()));
    }
    let (hash, effects) = (world.trace.hash(), world.trace.effects());
    Ok(Outcome { hash, effects, completed, failed, shown: world.checker.shown() })
}

/// Three honest provers, two requesters with three tasks each, and everything that can go wrong.
fn troubled(seed: u64) -> World {
    let mut world = World::new(seed, &[Manner::Honest; 3], 2, Faults::random);
    buy(&mut world, 4..6, 3);
    world
}

/// One liar, the cheapest, beside honest provers; nothing else goes wrong.
fn lied_to(seed: u64, manner: Manner) -> World {
    let mut world = World::new(seed, &[manner, Manner::Honest, Manner::Honest], 1, |_| Faults::NONE);
    buy(&mut world, 4..5, 2);
    world
}

#[test]
fn whatever_goes_wrong_no_credit_does() {
    let (mut completed, mut all) = (0, 0);
    for seed in seeds(30) {
        let outcome = run(&mut troubled(seed)).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        completed += outcome.completed;
        all += outcome.completed + outcome.failed;
    }
    assert!(completed * 10 >= all * 8, "{completed} of {all} tasks completed");
}

#[test]
fn the_same_seed_is_the_same_run() {
    let (first, second) = (run(&mut troubled(5)), run(&mut troubled(5)));
    assert_eq!(first, second);
    assert_ne!(first, run(&mut troubled(6)));
}

#[test]
fn a_liar_is_never_paid_and_another_prover_completes_its_tasks() {
    for manner in [Manner::False, Manner::Stingy, Manner::Idle, Manner::Silent, Manner::Nosy] {
        for seed in seeds(2) {
            let outcome =
                run(&mut lied_to(seed, manner)).unwrap_or_else(|why| panic!("{manner:?}, seed {seed}: {why}"));
            assert_eq!((outcome.completed, outcome.failed), (2, 0), "{manner:?}, seed {seed}");
        }
    }
}

#[test]
fn no_award_is_lost_when_the_coordinator_dies() {
    for seed in seeds(12) {
        let mut world = World::new(seed, &[Manner::Honest; 2], 1, |_| Faults { until_ms: 20_000, ..Faults::NONE });
        buy(&mut world, 3..4, 4);
        world.dies(0, 5, 20_000);
        let outcome = run(&mut world).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        let lost = world.checker.lost();
        assert!(lost.is_empty() && outcome.completed == 4, "seed {seed}: {outcome:?}, {lost:?}");
    }
}

#[test]
fn every_task_completes_though_its_requester_dies() {
    for seed in seeds(8) {
        let mut world = World::new(seed, &[Manner::Honest; 3], 1, |_| Faults { until_ms: 20_000, ..Faults::NONE });
        buy(&mut world, 4..5, 4);
        world.dies(4, 5, 20_000);
        let outcome = run(&mut world).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        assert_eq!(outcome.completed, 4, "seed {seed}: {outcome:?}, {:?}", world.checker.lost());
    }
}

#[test]
fn every_task_completes_though_a_prover_dies() {
    for seed in seeds(8) {
        let mut world = World::new(seed, &[Manner::Honest; 3], 1, |_| Faults { until_ms: 20_000, ..Faults::NONE });
        buy(&mut world, 4..5, 4);
        world.dies(1, 5, 20_000);
        let outcome = run(&mut world).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        assert_eq!(outcome.completed, 4, "seed {seed}: {outcome:?}, {:?}", world.checker.lost());
    }
}

#[test]
fn liars_gain_nothing_from_trouble() {
    for seed in seeds(6) {
        let manners = [Manner::False, Manner::Stingy, Manner::Silent, Manner::Nosy, Manner::Honest, Manner::Honest];
        let mut world = World::new(seed, &manners, 2, Faults::random);
        buy(&mut world, 7..9, 2);
        run(&mut world).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
    }
}

/// The checkers can fail: a node whose disk forgets breaks what they hold.
fn caught(mut broken: impl FnMut(u64) -> World) -> Vec<String> {
    (0..12).filter_map(|seed| run(&mut broken(seed)).err()).collect()
}

#[test]
fn control_a_coordinator_that_forgets_blocks_decides_others() {
    let caught = caught(|seed| {
        let mut world = troubled(seed);
        world.nodes[0].disk.forgets = Forgets::Chain;
        world
    });
    assert!(caught.iter().any(|why| why.contains("where") || why.contains("halts")), "{caught:?}");
}

#[test]
fn control_a_requester_that_forgets_its_records_buys_twice() {
    let caught = caught(|seed| {
        let mut world = troubled(seed);
        world.nodes[4].disk.forgets = Forgets::Tasks;
        world.nodes[5].disk.forgets = Forgets::Tasks;
        world
    });
    assert!(caught.iter().any(|why| why.contains("second time")), "{caught:?}");
}
