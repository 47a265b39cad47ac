//! Larger committees, of which nearly a third lie at once, in networks that are lossy and parted.

use crate::{Tally, governed, parted_again_and_again};
use dpgn_sim::{Faults, Lie, World, each_of};

/// The most that an honest clock is ahead of another, ms.
const SKEW_MS: u64 = 400;

/// A committee of which some lie, each in a way of its own, and in which clocks differ. The seed says who and how.
fn lied_to_by(seed: u64, members: usize, liars: usize) -> (World, Vec<Lie>) {
    let mut world = governed(seed, members, 2, Faults::random);
    let all = Lie::all(world.account(members));
    let skew = world.chance.between(0, SKEW_MS + 1);
    for node in 0..members {
        let ahead = world.chance.between(0, skew + 1);
        world.clock_ahead(node, ahead);
    }
    let (first, mut lies) = (world.chance.between(0, members as u64) as usize, Vec::new());
    for nth in 0..liars {
        let lie = all[world.chance.between(0, all.len() as u64) as usize];
        // One in every third seat, so that two liars don't always follow each other.
        world.lies((first + 3 * nth) % members, lie);
        lies.push(lie);
    }
    (world, lies)
}

fn tortured(test: &str, usual: u64, one_in: u64, members: usize, liars: usize) {
    let mut tally = Tally::default();
    each_of(test, usual, one_in, |seed| {
        let (mut world, lies) = lied_to_by(seed, members, liars);
        let mut well = world.faults.until_ms;
        if seed % 2 == 0 {
            well = parted_again_and_again(&mut world, seed % 4 == 0);
        }
        tally.run(&mut world, well).map_err(|why| format!("{lies:?}: {why}"))
    });
    tally.print(&format!("{members} members, {liars} of them liars"));
}

#[test]
fn seven_members_of_which_two_lie_have_one_ledger() {
    tortured("seven_members_of_which_two_lie", 2, 10, 7, 2);
}

#[test]
fn twenty_two_members_of_which_seven_lie_have_one_ledger() {
    tortured("twenty_two_members_of_which_seven_lie", 0, 100, 22, 7);
}
