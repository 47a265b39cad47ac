//! Nodes that come late: they take a snapshot from peers that have pruned the blocks, whatever is lost and whoever dies.

use dpgn_sim::{Adversary, Faults, World, each_seed, run};

const MEMBERS: usize = 4;
/// Blocks between two snapshots here.
const EVERY: u64 = 8;
/// Proofs that the busy requester wants.
const BUSY: u64 = 40;
/// The time at which those who were away come back, ms: some sixty blocks later, of which peers keep sixteen.
const BACK_MS: u64 = 60_000;

/// Four coordinators, a prover and two requesters, the first of which keeps the market busy. The last coordinator is away at
/// first, and so is the last node, who is new then and wants two proofs.
fn late(seed: u64, faults: impl FnOnce(&mut dpgn_sim::Chance) -> Faults) -> World {
    let mut world = World::of_committee(seed, MEMBERS, &[Adversary::None], 2, faults);
    world.nodes.iter_mut().for_each(|node| node.snapshot_every = EVERY);
    let (away, busy, new) = (MEMBERS - 1, MEMBERS + 1, MEMBERS + 2);
    world.part([away], 2_000, BACK_MS);
    world.part([new], 0, BACK_MS);
    for number in 0..BUSY {
        world.want(busy, 100 * busy as u64 + number, 1_500 + number * (BACK_MS + 20_000) / BUSY);
    }
    for number in 0..2 {
        world.want(new, 100 * new as u64 + number, BACK_MS + 15_000 + 2_000 * number);
    }
    world
}

fn jumps(world: &World) -> Vec<usize> {
    world.nodes.iter().map(|node| node.host.disk.jumps).collect()
}

#[test]
fn who_comes_late_takes_a_snapshot_and_goes_on() {
    each_seed("who_comes_late_takes_a_snapshot", 2, |seed| {
        let mut world = late(seed, |_| Faults { until_ms: BACK_MS + 20_000, ..Faults::NONE });
        let outcome = run(&mut world)?;
        let jumps = jumps(&world);
        println!("seed {seed}: {outcome:?}, snapshots taken by node {jumps:?}");
        // Whoever is slow to follow finds the blocks pruned once more.
        let is_good = jumps[MEMBERS - 1] >= 1 && jumps[MEMBERS + 2] >= 1 && outcome.completed == BUSY + 2;
        is_good.then_some(()).ok_or_else(|| format!("{jumps:?}, {outcome:?}"))
    });
}

/// A fifth of all is lost, and those who are late die while they take the snapshot.
#[test]
fn whatever_is_lost_and_whoever_dies_the_late_come_to_the_same_ledger() {
    let mut taken = 0;
    each_seed("whatever_is_lost_and_whoever_dies", 3, |seed| {
        let lossy = Faults { lost: 200, doubled: 100, delay_ms_max: 300, until_ms: BACK_MS + 25_000, ..Faults::NONE };
        let mut world = late(seed, |_| lossy);
        for node in [MEMBERS - 1, MEMBERS + 2] {
            world.dies_between(node, 6, BACK_MS, BACK_MS + 15_000);
        }
        let outcome = run(&mut world)?;
        let jumps = jumps(&world);
        println!(
            "seed {seed}: {} completed, {} failed, snapshots taken by node {jumps:?}",
            outcome.completed, outcome.failed
        );
        taken += jumps.iter().sum::<usize>();
        Ok(())
    });
    assert!(taken > 0);
}

/// A member that comes back decides with two others, the fourth being dead: its votes count, and it signs no height twice.
#[test]
fn a_member_that_has_jumped_votes_again() {
    let mut world = late(3, |_| Faults { until_ms: BACK_MS + 20_000, ..Faults::NONE });
    world.run_until(BACK_MS + 12_000).unwrap();
    assert!(world.nodes[MEMBERS - 1].host.disk.jumps >= 1);
    let height = |world: &World| world.nodes[0].engine().unwrap().head().height.get();
    world.part([1], BACK_MS + 12_000, BACK_MS + 40_000);
    let then = height(&world);
    world.run_until(BACK_MS + 38_000).unwrap();
    println!("without another member {} blocks were decided in 26 s", height(&world) - then);
    assert!(height(&world) > then + 8);
}
