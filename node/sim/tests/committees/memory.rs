//! Members that forget, and members that are two: what they say may be wrong, and splits nothing.

use crate::{MEMBERS, Tally, governed};
use dpgn_sim::{Faults, Forgets, Lie, World, each_seed, run};

/// Amnesia: a lock that is broken across rounds is no two words of one round, so nobody is convicted of it. One such member among
/// four makes no difference. Words are lost all the time, so that there are later rounds.
#[test]
fn a_member_that_forgets_its_locks_splits_nothing_and_is_not_convicted() {
    let (mut tally, mut broken) = (Tally::default(), 0);
    each_seed("a_member_that_forgets_its_locks", 2, |seed| {
        let lossy = |chance: &mut dpgn_sim::Chance| Faults { lost: 250, delay_ms_max: 600, ..Faults::random(chance) };
        let mut world = governed(seed, MEMBERS, 2, lossy);
        world.lies(seed as usize % MEMBERS, Lie::ForgetsLocks);
        let well = world.faults.until_ms;
        tally.run(&mut world, well)?;
        broken += world.broken_locks();
        let convicted = world.checker.convicted();
        convicted.is_empty().then_some(()).ok_or_else(|| format!("{convicted:?} convicted of amnesia"))
    });
    tally.print("a member without locks");
    println!("it prevoted {broken} times what it should not have");
}

/// A member whose disk loses the log says two things of one round, and may be convicted of it.
#[test]
fn a_member_that_loses_its_log_splits_nothing() {
    let mut tally = Tally::default();
    let mut loses = |seed: u64| {
        let mut world = governed(seed, MEMBERS, 2, Faults::random);
        world.lies(seed as usize % MEMBERS, Lie::LosesLog);
        let well = world.faults.until_ms;
        tally.run(&mut world, well)
    };
    // It hears from others what it has forgotten, and says it again.
    assert_eq!(loses(11), Ok(()));
    each_seed("a_member_that_loses_its_log", 1, loses);
    tally.print("a member without a log");
}

/// Cuts a node off until then, whatever it does meanwhile.
fn cut_off(world: &mut World, node: usize, until_ms: u64) -> Result<(), String> {
    while world.now_ms() < until_ms {
        let now = world.now_ms();
        world.part([node], now, now + 20);
        world.run_until(now + 10)?;
    }
    Ok(())
}

/// The disk of an honest member is set back by three blocks, as by a backup, and nobody reaches it when it starts, while there is
/// much to do. It knows that it may have signed there, and waits until others say how high they are.
#[test]
fn a_member_that_was_set_back_signs_no_height_again() {
    each_seed("a_member_that_was_set_back", 4, |seed| {
        let mut world = governed(seed, MEMBERS, 4, |_| Faults { until_ms: 30_000, ..Faults::NONE });
        let back = seed as usize % MEMBERS;
        world.run_until(5_000)?;
        world.nodes[back].host.disk.forgets = Forgets::Chain;
        world.dies_between(back, 1, 5_000, 8_000);
        while world.deaths() == 0 {
            let next = world.now_ms() + 10;
            world.run_until(next)?;
        }
        world.nodes[back].host.disk.forgets = Forgets::Nothing;
        while world.nodes[back].engine().is_none() {
            let next = world.now_ms() + 10;
            cut_off(&mut world, back, next)?;
        }
        let until = world.now_ms() + 4_000;
        cut_off(&mut world, back, until)?;
        run(&mut world)?;
        world.checker.convicted().is_empty().then_some(()).ok_or_else(|| "an honest member is convicted".to_owned())
    });
}

/// Two machines with one key, each with a disk of its own: a standby that was started while the first still ran.
#[test]
fn twins_split_nothing() {
    let mut tally = Tally::default();
    each_seed("twins_split_nothing", 2, |seed| {
        let mut world = governed(seed, MEMBERS, 2, Faults::random);
        world.twin(seed as usize % MEMBERS);
        let well = world.faults.until_ms;
        tally.run(&mut world, well)
    });
    tally.print("twins");
}
