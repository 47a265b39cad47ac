//! Members that forget, and members that are two: what they say may be wrong, and splits nothing.

use crate::{MEMBERS, Tally, governed};
use dpgn_sim::{Faults, Lie, each_seed};

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
