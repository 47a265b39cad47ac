//! Committees that are elected by their own ledger, and hand over: to half others, to all others, from one to four to one to
//! seven.

use crate::{Tally, governed, parted_again_and_again};
use dpgn_protocol::units::{Credits, Millis};
use dpgn_sim::{Chance, Faults, Lie, World, each_seed};

/// Coordinators with power and without: the first of them are in office.
const COORDINATORS: usize = 8;
/// The bond of the first members, micro-credits.
const BOND: Credits = Credits::new(20_000_000);
/// Proofs that are wanted while committees change: without work there are no heights.
const WANTED: u64 = 8;

/// A world of eight coordinators, whose first committee has these powers and whose epochs are short.
fn elected(seed: u64, powers: &[u64], seats: u32, faults: impl FnOnce(&mut Chance) -> Faults) -> World {
    let mut world = governed(seed, COORDINATORS, WANTED, faults);
    world.seats(powers);
    let params = &mut world.genesis.params;
    // An epoch is short, and as long as it takes a candidate to say that it stands.
    (params.epoch_blocks, params.block_interval, params.idle_interval) = (5, Millis::new(200), Millis::new(500));
    (params.seats, params.committee_min) = (seats, u32::try_from(powers.len()).unwrap_or(seats));
    (params.member_bond, params.bond_min) = (BOND, Credits::new(1_000_000));
    world
}

/// Of four members two leave, and two others take their seats.
fn half(seed: u64, faults: impl FnOnce(&mut Chance) -> Faults) -> World {
    let mut world = elected(seed, &[1; 4], 4, faults);
    (4..6).for_each(|node| world.bonds(node, BOND, 1_000));
    (2..4).for_each(|node| world.bonds(node, Credits::ZERO, 3_000));
    world
}

/// All four leave, and four others take their seats: a third of the power at each border.
fn all(seed: u64, faults: impl FnOnce(&mut Chance) -> Faults) -> World {
    let mut world = elected(seed, &[1; 4], 4, faults);
    (4..8).for_each(|node| world.bonds(node, BOND, 1_000));
    (0..4).for_each(|node| world.bonds(node, Credits::ZERO, 3_000));
    world
}

/// One member, then four, then one again, then seven.
fn grows_and_shrinks(seed: u64, faults: impl FnOnce(&mut Chance) -> Faults) -> World {
    let mut world = elected(seed, &[1], 7, faults);
    (1..4).for_each(|node| world.bonds(node, BOND, 500));
    (1..4).for_each(|node| world.bonds(node, Credits::ZERO, 12_000));
    (1..7).for_each(|node| world.bonds(node, BOND, 26_000));
    world
}

/// The sizes of committees, in order, each new one once.
fn sizes(world: &World) -> Vec<usize> {
    let mut sizes: Vec<usize> = world.checker.offices().map(|office| office.members().len()).collect();
    sizes.dedup();
    sizes
}

fn seated(world: &World) -> Vec<usize> {
    (0..COORDINATORS).filter(|node| world.power_of(*node).is_some()).collect()
}

/// Runs worlds until they are well, and then until these have the seats and nobody else.
fn hands_over(
    test: &str,
    usual: u64,
    expected: impl AsRef<[usize]>,
    make: impl Fn(u64, fn(&mut Chance) -> Faults) -> World,
) {
    let (mut tally, mut borders, mut shown) = (Tally::default(), 0, Vec::new());
    each_seed(test, usual, |seed| {
        let mut world = make(seed, Faults::random);
        let well = if seed % 2 == 0 { parted_again_and_again(&mut world, seed % 4 == 0) } else { 30_000 };
        world.run_until(well)?;
        for nth in 0..200 {
            if seated(&world) == expected.as_ref() {
                break;
            }
            let now = world.now_ms();
            world.want(COORDINATORS + 2, 500 + nth, now + 1);
            world.run_until(now + 1_000)?;
        }
        if seated(&world) != expected.as_ref() {
            return Err(format!("{:?} have the seats: {:?}", seated(&world), sizes(&world)));
        }
        let now = world.now_ms();
        tally.run(&mut world, now)?;
        borders += world.checker.offices().count();
        shown = sizes(&world);
        Ok(())
    });
    tally.print(test);
    println!("{borders} handovers; in the last world committees of {shown:?}");
}

#[test]
fn half_of_the_seats_are_handed_over() {
    hands_over("half_of_the_seats", 1, [0, 1, 4, 5], |seed, faults| half(seed, faults));
}

#[test]
fn all_seats_are_handed_over() {
    hands_over("all_seats", 1, [4, 5, 6, 7], |seed, faults| all(seed, faults));
}

#[test]
fn a_committee_grows_and_shrinks() {
    hands_over("a_committee_grows", 1, [0, 1, 2, 3, 4, 5, 6], |seed, faults| grows_and_shrinks(seed, faults));
}

/// One of the members that stay lies while others come and go: its old words go round beyond the border.
#[test]
fn lies_across_a_border_split_nothing() {
    let (mut tally, mut borders) = (Tally::default(), 0);
    each_seed("lies_across_a_border", 2, |seed| {
        let mut world = half(seed, Faults::random);
        let ways = Lie::all(world.account(COORDINATORS));
        // Old words first: they are what borders are about.
        let lie = if seed % 4 == 0 { Lie::OldVotes } else { ways[seed as usize % ways.len()] };
        let liar = [0, 1, 2, 3, 4, 5][(seed / 4) as usize % 6];
        world.lies(liar, lie);
        let well = world.faults.until_ms;
        tally.run(&mut world, well).map_err(|why| format!("{lie:?} by node {liar}: {why}"))?;
        borders += world.checker.offices().count();
        Ok(())
    });
    tally.print("lies across borders");
    println!("{borders} handovers");
}
