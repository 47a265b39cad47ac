//! Frozen state: the ledger's encoding and root at every stage of a task's life.
//!
//! A change here is a change of the protocol: two nodes that differ in it disagree on every block. If it is
//! meant, `BLESS=1 cargo test -p dpgn-market` writes `golden.txt` anew, and the change is there to be seen.

use crate::support::*;
use dpgn_protocol::{codec, finding::Finding, ops::Action, ops::DeclineReason};
use std::{fmt::Write as _, fs, path::Path};

/// A story that leads through all stages; after each step, the state.
fn current() -> String {
    let mut lines = String::new();
    let mut line = |name: &str, world: &World| {
        let bytes = codec::encode(&world.ledger).unwrap().len();
        writeln!(lines, "{name}: {bytes} bytes, root {}", world.ledger.root().unwrap()).unwrap();
    };
    let mut world = World::new();
    line("genesis", &world);
    world.register();
    line("circuit registered", &world);
    let task = world.open_usual();
    line("pending", &world);
    world.ask_all(&[(ALICE, 100_000), (BOB, 110_000), (CAROL, 120_000)]);
    line("asked", &world);
    world.next();
    line("assigned", &world);
    world.say(vec![(ALICE, world.declines(task, DeclineReason::NoRecipe))]);
    line("declined, assigned to the next", &world);
    world.start(BOB, task);
    line("in progress", &world);
    world.wait(8);
    line("silent, assigned to the last", &world);
    let late = world.delivers_late(BOB, task);
    world.say(vec![(BOB, late)]);
    line("late proof kept", &world);
    world.start(CAROL, task);
    let deliver = world.deliver(task);
    world.say(vec![(CAROL, deliver)]);
    line("delivered", &world);
    world.say(world.judges(task, &[(COORDINATOR, Finding::Valid)]));
    line("completed", &world);
    let task = world.open_usual();
    world.say(vec![(REQUESTER, Action::Cancel { task })]);
    line("cancelled", &world);
    world.wait(700);
    line("time has passed", &world);
    lines
}

#[test]
fn no_state_has_changed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/market/golden.txt");
    let current = current();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &current).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    let changed: Vec<_> = current.lines().filter(|line| !golden.lines().any(|g| g == *line)).collect();
    assert!(
        golden == current,
        "the state has changed: a new protocol version? If this is meant: BLESS=1 cargo test -p dpgn-market\n{}",
        changed.join("\n")
    );
}
