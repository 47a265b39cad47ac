//! Committees with a member that lies, and networks that are parted for a while: what the honest have is one ledger, and
//! nobody loses an award by a minority.

use dpgn_sim::{Adversary, Chance, Faults, Forgets, Lie, World, buy, each_seed, run};

/// Coordinators of the networks here; after them come two provers and a requester.
const MEMBERS: usize = 4;
const REQUESTER: usize = MEMBERS + 2;
/// The number of proofs that the requester wants.
const WANTED: u64 = 1;

/// Four coordinators, two provers and a requester that wants some proofs.
fn governed(seed: u64, faults: impl FnOnce(&mut Chance) -> Faults) -> World {
    let mut world = World::of_committee(seed, MEMBERS, &[Adversary::None; 2], 1, faults);
    buy(&mut world, REQUESTER..REQUESTER + 1, WANTED);
    world
}

/// The same, where one coordinator lies: the seed says who and how. Ops of the first prover are those that are left out.
fn lied_to(seed: u64, faults: impl FnOnce(&mut Chance) -> Faults) -> (World, Lie) {
    let mut world = governed(seed, faults);
    let all = Lie::all(world.account(MEMBERS));
    let lie = all[seed as usize % all.len()];
    world.lies(seed as usize / all.len() % MEMBERS, lie);
    (world, lie)
}

/// The lowest head of all honest coordinators that are up.
fn lowest(world: &World) -> u64 {
    let heads = world.nodes[..MEMBERS].iter().filter(|node| node.host.lie.is_none());
    heads.map(|node| node.engine().map_or(0, |engine| engine.head().height.get())).min().unwrap_or(0)
}

fn highest(world: &World) -> u64 {
    let heads = world.nodes[..MEMBERS].iter().filter_map(|node| node.engine());
    heads.map(|engine| engine.head().height.get()).max().unwrap_or(0)
}

/// How long it takes from a time on until all honest coordinators stand above what any had decided by then; somebody wants
/// a proof, so that there is work.
fn recovers(world: &mut World, from_ms: u64, within_ms: u64) -> Result<u64, String> {
    world.run_until(from_ms)?;
    world.want(REQUESTER, 999, from_ms + 10);
    let before = highest(world);
    while lowest(world) <= before {
        let next = world.now_ms() + 10;
        world.run_until(next)?;
        if next > from_ms + within_ms {
            return Err(format!("{within_ms} ms after {from_ms} nothing is decided above height {before}"));
        }
    }
    Ok(world.now_ms() - from_ms)
}

#[test]
fn one_liar_of_four_costs_nobody_an_award() {
    let (mut heights, mut convicted) = (0, 0);
    each_seed("one_liar_of_four_costs_nobody_an_award", 14, |seed| {
        let (mut world, lie) = lied_to(seed, |_| Faults::NONE);
        let outcome = run(&mut world).map_err(|why| format!("{lie:?}: {why}"))?;
        heights += world.checker.heights();
        convicted += world.checker.convicted().len();
        let is_well = outcome.completed == WANTED && world.checker.lost().is_empty();
        is_well.then_some(()).ok_or_else(|| format!("{lie:?}: {outcome:?}, {:?}", world.checker.lost()))
    });
    println!("one liar: {heights} heights, {convicted} liars convicted");
}

#[test]
fn whatever_else_goes_wrong_one_liar_splits_nothing() {
    let (mut heights, mut completed, mut all) = (0, 0, 0);
    each_seed("whatever_else_goes_wrong_one_liar", 1, |seed| {
        let (mut world, lie) = lied_to(seed, Faults::random);
        let outcome = run(&mut world).map_err(|why| format!("{lie:?}: {why}"))?;
        heights += world.checker.heights();
        completed += outcome.completed;
        all += outcome.completed + outcome.failed;
        Ok(())
    });
    println!("one liar and faults: {heights} heights, {completed} of {all} tasks completed");
    assert!(all < 30 || completed * 10 >= all * 8, "{completed} of {all} tasks completed");
}

/// Two and two decide nothing, however long; when they meet again they go on at once.
#[test]
fn a_committee_parted_in_halves_waits_and_goes_on() {
    let (mut worst, mut lost) = (0, 0);
    each_seed("a_committee_parted_in_halves", 2, |seed| {
        let mut world = governed(seed, |_| Faults { until_ms: 20_000, ..Faults::NONE });
        let (from, long) = (world.chance.between(1_000, 8_000), world.chance.between(2_000, 12_000));
        let mate = 1 + seed as usize % 3;
        world.part([0, mate, MEMBERS, REQUESTER], from, from + long);
        world.run_until(from + 1_000)?;
        let before = highest(&world);
        world.run_until(from + long)?;
        if highest(&world) != before {
            return Err(format!("half a committee decides height {}", highest(&world)));
        }
        worst = worst.max(recovers(&mut world, from + long, 30_000)?);
        run(&mut world)?;
        lost += world.checker.lost().len();
        Ok(())
    });
    println!("two and two: all go on {worst} ms after they meet at the latest; {lost} awards were lost");
}

/// Three of four go on; nobody who is with them loses an award, and the fourth catches up.
#[test]
fn a_member_that_is_cut_off_holds_nobody_up() {
    let mut worst = 0;
    each_seed("a_member_that_is_cut_off", 2, |seed| {
        let mut world = governed(seed, |_| Faults { until_ms: 20_000, ..Faults::NONE });
        let (from, long) = (world.chance.between(1_000, 8_000), world.chance.between(2_000, 12_000));
        world.part([seed as usize % MEMBERS], from, from + long);
        worst = worst.max(recovers(&mut world, from + long, 30_000)?);
        let outcome = run(&mut world)?;
        let is_well = outcome.completed == WANTED + 1 && world.checker.lost().is_empty();
        is_well.then_some(()).ok_or_else(|| format!("{outcome:?}, {:?}", world.checker.lost()))
    });
    println!("one and three: all go on {worst} ms after they meet at the latest");
}

/// A member that is behind takes blocks from others on a slow network, and has work of its own meanwhile: it decides nothing
/// that is decided, for the store would refuse what it says there and end the node.
#[test]
fn a_member_that_catches_up_leaves_decided_heights_alone() {
    each_seed("a_member_that_catches_up", 2, |seed| {
        let mut world = governed(seed, |_| Faults { delay_ms_max: 600, until_ms: 20_000, ..Faults::NONE });
        world.part([seed as usize % MEMBERS], 500, 12_000);
        for nth in 0..4 {
            world.want(REQUESTER, 900 + nth, 11_400 + 200 * nth);
        }
        run(&mut world).map(|_| ())
    });
}

/// All at once: one lies, the network is parted again and again, messages are lost, machines die.
#[test]
fn a_liar_in_a_parted_network_splits_nothing() {
    let (mut worst, mut heights) = (0, 0);
    each_seed("a_liar_in_a_parted_network", 2, |seed| {
        let (mut world, lie) = lied_to(seed, Faults::random);
        for nth in 0..4 {
            let side: Vec<usize> = (0..=REQUESTER).filter(|_| world.chance.permille(500)).collect();
            let long = world.chance.between(500, 6_000);
            world.part(side, 1_000 + nth * 7_000, 1_000 + nth * 7_000 + long);
        }
        let well = world.faults.until_ms + 8_000;
        let told = |why| format!("{lie:?}: {why}");
        worst = worst.max(recovers(&mut world, well, 60_000).map_err(told)?);
        run(&mut world).map_err(told)?;
        heights += world.checker.heights();
        Ok(())
    });
    println!("a liar, partings and faults: {heights} heights, all go on {worst} ms after they meet at the latest");
}

/// What a world comes to that breaks a rule: the first violation among these seeds.
fn breaks(seeds: std::ops::Range<u64>, world: impl Fn(u64) -> World) -> Option<String> {
    seeds.into_iter().find_map(|seed| run(&mut world(seed)).err())
}

#[test]
fn two_of_four_that_lie_together_split_the_ledger() {
    let why = breaks(0..5, |seed| {
        let mut world = governed(seed, |_| Faults::NONE);
        (0..2).for_each(|node| world.lies(node, Lie::SaysTwoThings));
        world
    });
    let why = why.unwrap_or_default();
    println!("{why}");
    assert!(why.contains("was decided"), "{why}");
}

#[test]
fn a_log_that_is_forgotten_signs_twice() {
    let why = breaks(0..20, |seed| {
        let faults = |chance: &mut Chance| Faults { crashes: 0, ..Faults::random(chance) };
        let mut world = governed(seed, faults);
        world.nodes[0].host.disk.forgets = Forgets::Log;
        world.dies(0, 20, 30_000);
        world
    });
    let why = why.unwrap_or_default();
    println!("{why}");
    assert!(why.contains("signs two words"), "{why}");
}
