//! Committees of several, with their ledgers: the same on every machine, whoever dies, lies, is cut off or hands over.

#![expect(clippy::print_stdout, reason = "figures are printed")]

mod handover;
mod liars;
mod limits;
mod many;
mod memory;
mod partings;

use dpgn_sim::{Adversary, Chance, Faults, Lie, World, buy, each_seed, run};

/// Coordinators of the usual network here; after them come two provers and a requester.
const MEMBERS: usize = 4;
const REQUESTER: usize = MEMBERS + 2;

/// So many coordinators, two provers and a requester that wants so many proofs.
fn governed(seed: u64, members: usize, wanted: u64, faults: impl FnOnce(&mut Chance) -> Faults) -> World {
    let mut world = World::of_committee(seed, members, &[Adversary::None; 2], 1, faults);
    buy(&mut world, members + 2..members + 3, wanted);
    world
}

/// The heights of all honest coordinators that are up.
fn heights(world: &World) -> impl Iterator<Item = u64> {
    let honest = world.nodes.iter().filter(|node| node.coordinates && node.host.lie.is_none());
    honest.map(|node| node.engine().map_or(0, |engine| engine.head().height.get()))
}

fn lowest(world: &World) -> u64 {
    heights(world).min().unwrap_or(0)
}

fn highest(world: &World) -> u64 {
    heights(world).max().unwrap_or(0)
}

/// How long it takes from a time on until all honest coordinators stand above what any had decided by then; somebody wants
/// a proof, so that there is work.
fn recovers(world: &mut World, from_ms: u64, within_ms: u64) -> Result<u64, String> {
    world.run_until(from_ms)?;
    let requester = world.nodes.iter().position(|node| !node.coordinates && node.sells.is_none());
    world.want(requester.ok_or("nobody wants anything")?, 999, from_ms + 10);
    let before = highest(world);
    while lowest(world) <= before {
        let next = world.now_ms() + 10;
        world.run_until(next)?;
        if next > from_ms + within_ms {
            let stand: Vec<u64> = heights(world).collect();
            return Err(format!(
                "{within_ms} ms after {from_ms}, the honest stand at {stand:?}: not all above {before}"
            ));
        }
    }
    Ok(world.now_ms() - from_ms)
}

/// The network is parted again and again, some nodes here and some there, and the nodes may see it. Gives the time at which
/// all of that is over.
fn parted_again_and_again(world: &mut World, is_seen: bool) -> u64 {
    for nth in 0..4 {
        let side: Vec<usize> = (0..world.nodes.len()).filter(|_| world.chance.permille(500)).collect();
        let (from, long) = (1_000 + nth * 7_000, world.chance.between(500, 6_000));
        if is_seen {
            world.part_seen(side, from, from + long);
        } else {
            world.part(side, from, from + long);
        }
    }
    world.faults.until_ms.max(28_000)
}

/// Figures of many worlds.
#[derive(Default)]
struct Tally {
    seeds: u64,
    heights: usize,
    deaths: u64,
    completed: u64,
    failed: u64,
    convicted: usize,
    worst_ms: u64,
}

impl Tally {
    /// Runs a world through its bad times and to its end.
    fn run(&mut self, world: &mut World, well_ms: u64) -> Result<(), String> {
        let took = recovers(world, well_ms, 60_000)?;
        self.worst_ms = self.worst_ms.max(took);
        let outcome = run(world)?;
        self.seeds += 1;
        self.heights += world.checker.heights();
        self.deaths += world.deaths();
        self.completed += outcome.completed;
        self.failed += outcome.failed;
        self.convicted += world.checker.convicted().len();
        Ok(())
    }

    fn print(&self, what: &str) {
        let Self { seeds, heights, deaths, completed, failed, convicted, worst_ms } = self;
        println!(
            "{what}: {seeds} seeds clean, {heights} heights, {deaths} deaths, {completed} of {} tasks completed, {convicted} \
             members convicted; all above {worst_ms} ms after healing at worst",
            completed + failed
        );
    }
}

#[test]
fn a_committee_of_four_decides_as_one_would() {
    each_seed("a_committee_of_four", 3, |seed| {
        let mut world = governed(seed, MEMBERS, 3, |_| Faults::NONE);
        let outcome = run(&mut world)?;
        (outcome.completed == 3).then_some(()).ok_or_else(|| format!("{outcome:?}, {:?}", world.checker.lost()))
    });
}

#[test]
fn whatever_goes_wrong_a_committee_agrees() {
    let mut tally = Tally::default();
    each_seed("whatever_goes_wrong_a_committee", 10, |seed| {
        let mut world = governed(seed, MEMBERS, 3, Faults::random);
        let well = world.faults.until_ms;
        tally.run(&mut world, well)
    });
    tally.print("four honest members");
    let all = tally.completed + tally.failed;
    assert!(all < 30 || tally.completed * 10 >= all * 8, "{} of {all} tasks completed", tally.completed);
}

/// Any one of four dies, five times, the proposer included.
#[test]
fn no_award_is_lost_when_one_coordinator_of_four_dies() {
    each_seed("no_award_is_lost_when_one_coordinator_of_four_dies", 8, |seed| {
        let mut world = governed(seed, MEMBERS, 3, |_| Faults { until_ms: 20_000, ..Faults::NONE });
        world.dies(seed as usize % MEMBERS, 5, 20_000);
        let outcome = run(&mut world)?;
        let lost = world.checker.lost();
        let kept = lost.is_empty() && outcome.completed == 3;
        kept.then_some(()).ok_or_else(|| format!("{outcome:?}, {lost:?}"))
    });
}

/// A lie and a liar that the seed says. Ops of the first prover are those that are left out.
fn lied_to(seed: u64, members: usize, faults: impl FnOnce(&mut Chance) -> Faults) -> (World, Lie) {
    let mut world = governed(seed, members, 1, faults);
    let all = Lie::all(world.account(members));
    let lie = all[seed as usize % all.len()];
    world.lies(seed as usize / all.len() % members, lie);
    (world, lie)
}
