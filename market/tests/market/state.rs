//! The state as a tree: one root, whatever way led there, from which one account or task can be shown alone.

use crate::support::{ALICE, BOB, NEWCOMER, REQUESTER, World, who};
use dpgn_market::Ledger;
use dpgn_protocol::{
    codec,
    ids::TaskId,
    state_tree::{Part, Shown, StateProof},
};

/// A thin client has a root, and is handed this.
fn handed(proof: &StateProof) -> StateProof {
    codec::decode(&codec::encode(proof).unwrap(), 1 << 16).unwrap()
}

#[test]
fn one_account_is_shown_to_who_knows_the_root_alone() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    world.open_usual();
    let root = world.ledger.root().unwrap();
    let (known, unknown) =
        (world.ledger.prove_account(who(BOB)).unwrap(), world.ledger.prove_account(who(NEWCOMER)).unwrap());
    let bytes = codec::encode(&known).unwrap().len();
    let shown = handed(&known).shows(root, who(BOB).as_bytes());
    println!("an account among {} is shown by {bytes} bytes", world.ledger.accounts_len());
    assert!(matches!(shown, Some(Shown::Value(_))));
    assert_eq!(handed(&unknown).shows(root, who(NEWCOMER).as_bytes()), Some(Shown::Absent));
    // Neither says anything of another state, another map, or what it is not about.
    world.wait(1);
    let later = world.ledger.root().unwrap();
    assert_eq!(known.shows(later, who(BOB).as_bytes()), None);
    let elsewhere = StateProof { part: Part::Asks, ..known.clone() };
    assert_eq!(elsewhere.shows(root, who(BOB).as_bytes()), None);
    assert_ne!(known.shows(root, who(REQUESTER).as_bytes()), shown);
}

#[test]
fn one_task_is_shown_open_and_ended() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    let shown = |world: &World, task: TaskId| {
        let proof = world.ledger.prove_task(task).unwrap();
        (proof.part, proof.shows(world.ledger.root().unwrap(), task.as_bytes()).unwrap())
    };
    let (part, open) = shown(&world, task);
    assert!(part == Part::Open && open != Shown::Absent);
    world.prove(task, ALICE);
    let (part, ended) = shown(&world, task);
    assert!(part == Part::Ended && ended != Shown::Absent && ended != open);
    assert_eq!(shown(&world, TaskId::from_bytes([1; 32])), (Part::Open, Shown::Absent));
}

#[test]
fn what_is_read_from_a_snapshot_goes_on_as_what_was_written() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 110_000)]);
    let first = world.open_usual();
    world.start(ALICE, first);
    world.open_usual();
    let bytes = codec::encode(&world.ledger).unwrap();
    let again: Ledger = codec::decode(&bytes, 1 << 20).unwrap();
    assert!(again.is_consistent() && world.ledger.is_consistent());
    assert_eq!(again.next_deadline(), world.ledger.next_deadline());
    let mut other = World::with_asks(&[]);
    other.ledger = again;
    // Windows close in both, and money moves.
    for _ in 0..12 {
        let (here, there) = (world.block(2_000, &[]), other.block(2_000, &[]));
        assert_eq!((here.state_root, here.events), (there.state_root, there.events));
    }
    assert_ne!(world.stage(first), "in progress", "its prover has missed a window");
}
