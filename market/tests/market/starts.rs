//! `Start` is a statement: either side brings it, once, while its award lives.

use crate::support::*;
use dpgn_market::Refused;
use dpgn_protocol::{
    award::{AwardId, StartStatement},
    ids::{NetworkId, TaskId},
    ops::{Action, DeclineReason},
};

fn disclosures(world: &World, task: TaskId) -> u8 {
    world.ledger.task(task).unwrap().task.disclosures
}

#[test]
fn either_side_brings_it_once_and_pays_nothing() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    let start = world.starts(ALICE, task);
    let before = (world.balance(REQUESTER), world.balance(ALICE));
    world.say(vec![(REQUESTER, start.clone())]);
    assert_eq!((world.stage(task), disclosures(&world, task)), ("in progress", 1));
    assert_eq!((world.balance(REQUESTER), world.balance(ALICE)), before, "nobody pays a fee for it");
    let known = Refused::StartKnown(world.award_of(task));
    assert_eq!(world.refused(ALICE, start.clone()), known);
    assert_eq!(world.refused(REQUESTER, start), known);
}

#[test]
fn a_word_about_another_award_starts_nothing() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let (task, other) = (world.open_usual(), world.open_usual());
    let [award, elsewhere] = [task, other].map(|task| world.award_of(task));
    let sign = |by: u8, award, network| key(by).sign(network, StartStatement { award }).unwrap().into_raw();
    let network = world.ledger.network();
    let strange = Refused::StatementElsewhere { award, signer: who(ALICE) };
    let start = |statement| Action::Start { award, statement };
    assert_eq!(world.refused(ALICE, start(sign(ALICE, elsewhere, network))), strange);
    let next = AwardId { number: 2, ..award };
    let early = Action::Start { award: next, statement: sign(ALICE, next, network) };
    assert_eq!(world.refused(ALICE, early), Refused::NotAwarded { award: next, account: who(ALICE) });
    let forged = sign(ALICE, award, NetworkId::from_bytes([9; 32]));
    assert!(matches!(world.refused(REQUESTER, start(forged)), Refused::Statement(_)));
}

/// A `Start` that comes when its award has ended, or is given back, is of no use: nobody has been shown anything for it.
#[test]
fn a_start_for_an_award_that_has_ended_does_nothing() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    let start = world.starts(ALICE, task);
    let award = world.award_of(task);
    world.say(vec![(ALICE, world.declines(task, DeclineReason::Unable))]);
    let refused = Refused::NotAwarded { award, account: who(ALICE) };
    assert_eq!(world.refused(REQUESTER, start.clone()), refused);
    assert_eq!(world.refused(ALICE, start), refused);
    assert_eq!(disclosures(&world, task), 0);
}
