//! Networks that are parted for a while: nobody decides alone, and all go on when they meet again.

use crate::{MEMBERS, REQUESTER, Tally, governed, highest, lied_to, parted_again_and_again, recovers};
use dpgn_sim::{Faults, Lie, each_seed, run};

/// Two and two decide nothing, however long; when they meet again they go on at once.
#[test]
fn a_committee_parted_in_halves_waits_and_goes_on() {
    let (mut worst, mut lost) = (0, 0);
    each_seed("a_committee_parted_in_halves", 2, |seed| {
        let mut world = governed(seed, MEMBERS, 1, |_| Faults { until_ms: 20_000, ..Faults::NONE });
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

/// Two of four say nothing, or are suspended: nothing is decided, however much there is to do. When they are back all go on, and
/// nobody has lost a bond.
#[test]
fn two_silent_of_four_stall_the_chain_and_go_on_when_they_are_back() {
    let mut tally = Tally::default();
    each_seed("two_silent_of_four", 2, |seed| {
        let mut world = governed(seed, MEMBERS, 1, |_| Faults { until_ms: 20_000, ..Faults::NONE });
        let (from, long) = (world.chance.between(1_000, 8_000), world.chance.between(4_000, 30_000));
        let silent = [seed as usize % MEMBERS, (seed as usize + 1) % MEMBERS];
        world.run_until(from)?;
        let bonds = (0..MEMBERS).map(|node| world.bond_of(node)).collect::<Vec<_>>();
        if seed % 2 == 0 {
            silent.into_iter().for_each(|node| world.nodes[node].host.lie = Some(Lie::Silent));
        } else {
            silent.into_iter().for_each(|node| world.suspend(node, from, long));
        }
        world.want(REQUESTER, 998, from + 500);
        world.run_until(from + 1_000)?;
        let before = highest(&world);
        world.run_until(from + long - 10)?;
        if highest(&world) != before {
            return Err(format!("two of four decide height {}", highest(&world)));
        }
        silent.into_iter().for_each(|node| world.nodes[node].host.lie = None);
        tally.run(&mut world, from + long)?;
        let kept = (0..MEMBERS).map(|node| world.bond_of(node)).eq(bonds) && world.checker.convicted().is_empty();
        kept.then_some(()).ok_or_else(|| "somebody was slashed for silence".to_owned())
    });
    tally.print("two silent of four");
}

/// Three of four go on; nobody who is with them loses an award, and the fourth catches up.
#[test]
fn a_member_that_is_cut_off_holds_nobody_up() {
    let mut worst = 0;
    each_seed("a_member_that_is_cut_off", 2, |seed| {
        let mut world = governed(seed, MEMBERS, 1, |_| Faults { until_ms: 20_000, ..Faults::NONE });
        let (from, long) = (world.chance.between(1_000, 8_000), world.chance.between(2_000, 12_000));
        world.part([seed as usize % MEMBERS], from, from + long);
        worst = worst.max(recovers(&mut world, from + long, 30_000)?);
        let outcome = run(&mut world)?;
        let is_well = outcome.completed == 2 && world.checker.lost().is_empty();
        is_well.then_some(()).ok_or_else(|| format!("{outcome:?}, {:?}", world.checker.lost()))
    });
    println!("one and three: all go on {worst} ms after they meet at the latest");
}

/// A member that is behind takes blocks from others on a slow network, and has work of its own meanwhile: it decides nothing
/// that is decided, for the store would refuse what it says there and end the node.
#[test]
fn a_member_that_catches_up_leaves_decided_heights_alone() {
    each_seed("a_member_that_catches_up", 2, |seed| {
        let mut world = governed(seed, MEMBERS, 1, |_| Faults { delay_ms_max: 600, until_ms: 20_000, ..Faults::NONE });
        world.part([seed as usize % MEMBERS], 500, 12_000);
        for nth in 0..4 {
            world.want(REQUESTER, 900 + nth, 11_400 + 200 * nth);
        }
        run(&mut world).map(|_| ())
    });
}

/// All at once: one lies, the network is parted again and again, messages are lost, machines die. Partings are seen by the nodes
/// or not, and so are deaths.
#[test]
fn a_liar_in_a_parted_network_splits_nothing() {
    let mut tally = Tally::default();
    each_seed("a_liar_in_a_parted_network", 4, |seed| {
        let unseen = [0, 500, 1_000][seed as usize % 3];
        let (mut world, lie) = lied_to(seed, MEMBERS, |chance| Faults { unseen, ..Faults::random(chance) });
        let well = parted_again_and_again(&mut world, seed % 2 == 0);
        tally.run(&mut world, well).map_err(|why| format!("{lie:?}: {why}"))
    });
    tally.print("a liar, partings and faults");
}
