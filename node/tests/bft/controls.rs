//! Worlds that break one rule: a checker that never fires checks nothing.

use crate::{
    checks::Kind,
    plan::{Broken, MS, Manner, Plan},
    run,
    world::World,
};
use std::collections::BTreeMap;

/// It takes a crash between two certain outputs: of the first thousand worlds, the one that the search begins with shows it.
const NESTED: std::ops::Range<u64> = 366..1_000;

/// Runs worlds until one ends as it must; prints what all have come to.
fn fires(name: &str, expected: &[Kind], seeds: std::ops::Range<u64>, plan: impl Fn(u64) -> Plan) {
    let mut ends = BTreeMap::<_, u64>::new();
    for seed in seeds {
        let end = run(&mut World::new(plan(seed))).err().map(|violation| violation.kind);
        *ends.entry(end).or_default() += 1;
        if end.is_some_and(|end| expected.contains(&end)) {
            break;
        }
    }
    println!("{name}: {ends:?}");
    assert!(expected.iter().any(|kind| ends.contains_key(&Some(*kind))), "{name}: {ends:?}");
}

#[test]
fn two_colluders_of_four_split_the_chain() {
    use Manner::{Colluder, Honest};
    fires("two of four collude", &[Kind::Disagreement], 0..5, |seed| Plan {
        powers: vec![1; 4],
        manners: vec![Colluder, Colluder, Honest, Honest],
        ..Plan::bad(seed, 4, 0)
    });
}

#[test]
fn a_wiped_log_signs_twice() {
    let plan = |seed| Plan { broken: Some(Broken::Wiped), crashes: 60, ..Plan::bad(seed, 4, 1) };
    fires("the log is wiped", &[Kind::DoubleSign], 0..10, plan);
}

#[test]
fn words_sent_before_they_are_stored_are_signed_twice() {
    let plan = |seed| Plan { broken: Some(Broken::SentFirst), crashes: 60, ..Plan::bad(seed, 4, 1) };
    fires("sent before stored", &[Kind::DoubleSign], 0..60, plan);
}

#[test]
fn a_clock_that_decides_stalls_the_chain() {
    use Manner::{Honest, Splitter};
    fires("a clock decides what is valid", &[Kind::Stall], 0..10, |seed| Plan {
        manners: vec![Splitter, Honest, Honest, Honest],
        skew: 400 * MS,
        broken: Some(Broken::ClockDecides),
        ..Plan::calm(seed, 4)
    });
}

#[test]
fn the_same_clocks_only_delay_if_they_say_not_yet() {
    use Manner::{Honest, Splitter};
    for seed in 0..5 {
        let manners = vec![Splitter, Honest, Honest, Honest];
        run(&mut World::new(Plan { manners, skew: 400 * MS, ..Plan::calm(seed, 4) })).unwrap();
    }
}

#[test]
fn two_silent_of_four_stall_the_chain() {
    use Manner::{Honest, Silent};
    fires("two of four are silent", &[Kind::Stall], 0..3, |seed| Plan {
        powers: vec![1; 4],
        manners: vec![Silent, Silent, Honest, Honest],
        ..Plan::bad(seed, 4, 0)
    });
}

/// A log in another order than the engine's cannot be replayed. What the prototype signed twice by, the belts now catch.
#[test]
fn inputs_fed_while_outputs_wait_cannot_be_replayed() {
    let plan =
        |seed: u64| Plan { broken: Some(Broken::Nested), crashes: 20 + seed % 50, ..Plan::handover(3 * seed + 2) };
    fires("fed while outputs wait", &[Kind::DoubleSign, Kind::Stopped], NESTED, plan);
}
