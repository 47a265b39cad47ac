//! Committees with a member that lies: what the honest have is one ledger, and nobody loses an award by a minority.

use crate::{MEMBERS, Tally, governed, lied_to};
use dpgn_sim::{Chance, Faults, Forgets, Lie, World, each_seed, run};

/// The number of lies that one machine can tell: each is tried once.
const LIES: u64 = 19;

#[test]
fn one_liar_of_four_costs_nobody_an_award() {
    let (mut heights, mut convicted) = (0, 0);
    each_seed("one_liar_of_four_costs_nobody_an_award", LIES, |seed| {
        let (mut world, lie) = lied_to(seed, MEMBERS, |_| Faults::NONE);
        let outcome = run(&mut world).map_err(|why| format!("{lie:?}: {why}"))?;
        heights += world.checker.heights();
        convicted += world.checker.convicted().len();
        let is_well = outcome.completed == 1 && world.checker.lost().is_empty();
        is_well.then_some(()).ok_or_else(|| format!("{lie:?}: {outcome:?}, {:?}", world.checker.lost()))
    });
    println!("one liar: {heights} heights, {convicted} liars convicted");
}

#[test]
fn whatever_else_goes_wrong_one_liar_splits_nothing() {
    let mut tally = Tally::default();
    each_seed("whatever_else_goes_wrong_one_liar", 1, |seed| {
        let (mut world, lie) = lied_to(seed, MEMBERS, Faults::random);
        let well = world.faults.until_ms;
        tally.run(&mut world, well).map_err(|why| format!("{lie:?}: {why}"))
    });
    tally.print("one liar and faults");
    let all = tally.completed + tally.failed;
    assert!(all < 30 || tally.completed * 10 >= all * 8, "{} of {all} tasks completed", tally.completed);
}

/// What a world comes to that breaks a rule: the first violation among these seeds.
pub fn breaks(seeds: std::ops::Range<u64>, world: impl Fn(u64) -> World) -> Option<String> {
    seeds.into_iter().find_map(|seed| run(&mut world(seed)).err())
}

#[test]
fn two_of_four_that_lie_together_split_the_ledger() {
    let why = breaks(0..5, |seed| {
        let mut world = governed(seed, MEMBERS, 1, |_| Faults::NONE);
        (0..2).for_each(|node| world.lies(node, Lie::SaysTwoThings));
        world
    });
    let why = why.unwrap_or_default();
    println!("{why}");
    assert!(why.contains("was decided"), "{why}");
}

/// Of two, so that the others stand still meanwhile: where they go on, a member that has started signs nothing they have left behind.
#[test]
fn a_log_that_is_forgotten_signs_twice() {
    let why = breaks(0..20, |seed| {
        let faults = |chance: &mut Chance| Faults { crashes: 0, ..Faults::random(chance) };
        let mut world = governed(seed, MEMBERS, 1, faults);
        for node in 0..2 {
            world.nodes[node].host.disk.forgets = Forgets::Log;
            world.dies(node, 20, 30_000);
        }
        world
    });
    let why = why.unwrap_or_default();
    println!("{why}");
    assert!(why.contains("signs two words"), "{why}");
}
