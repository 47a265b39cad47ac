//! Attacks on who pays: faults that cost their author nothing, and names and guarantees that others pay for. Each with
//! what it costs now; a rule that is taken out makes its test fail.

use crate::support::*;
use dpgn_market::{Ineligible, Stage};
use dpgn_protocol::{
    ids::TaskId,
    ops::{Action, DeclineReason},
    units::Credits,
};

/// Opens a bid of a requester that has nothing besides what it locks for it.
fn open_with_nothing_left(world: &mut World, reward: u64, disclosures_max: u8) -> TaskId {
    let mut bid = world.bid();
    (bid.reward, bid.disclosures_max) = (Credits::new(reward), disclosures_max);
    let task = world.open(bid);
    let rest = world.balance(REQUESTER) - 100;
    world.say(vec![(REQUESTER, Action::Transfer { to: who(40), amount: Credits::new(rest) })]);
    assert_eq!(world.balance(REQUESTER), 0);
    task
}

/// A requester that had spent its balance served no inputs: 300,000 of three provers were burned, and nothing of its own.
#[test]
fn an_empty_balance_pays_for_its_faults() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 110_000), (CAROL, 120_000)]);
    let task = open_with_nothing_left(&mut world, REWARD, 3);
    let (before, mut lost) = (world.ledger.supply().burned.get(), 0);
    for prover in [ALICE, BOB, CAROL] {
        assert_eq!(world.prover_of(task), Some(who(prover)));
        world.start(prover, task);
        let had = world.wealth(prover);
        world.say(vec![(prover, Action::Decline { task, reason: DeclineReason::NoInputs })]);
        lost += had - world.wealth(prover);
    }
    let stage = &world.ledger.task(task).unwrap().task.stage;
    assert!(matches!(stage, Stage::Failed { .. }), "{stage:?}");
    let burned = world.ledger.supply().burned.get() - before;
    println!("no inputs for three provers: they lose {lost}, a requester without a balance {}", burned - lost);
    assert_eq!((lost, burned - lost), (330_000, 330_000));
    assert_eq!(world.balance(REQUESTER), REWARD + 3_000 - 330_000, "the rest comes back");
}

/// Faults are paid out of the escrow at last; then no price is awarded that the escrow no longer covers.
#[test]
fn no_price_is_awarded_that_is_not_there() {
    let mut world = World::with_asks(&[(ALICE, 225_000)]);
    let task = open_with_nothing_left(&mut world, REWARD, 9);
    world.start(ALICE, task);
    world.say(vec![(ALICE, Action::Decline { task, reason: DeclineReason::NoInputs })]);
    world.ask_all(&[(BOB, 225_000), (CAROL, 190_000)]);
    let view = world.ledger.task(task).unwrap();
    let left = view.task.payable();
    println!("of an escrow of {REWARD} a fault has left {left}");
    assert_eq!(left, Credits::new(REWARD + 3_000 - 225_000));
    assert_eq!(world.prover_of(task), Some(who(CAROL)));
    let explained = world.ledger.explain_award(task).unwrap();
    let bob = explained.standing.iter().find(|c| c.prover == who(BOB)).unwrap();
    assert_eq!(bob.terms, Err(Ineligible::Price { price: Credits::new(900_000), reward: left }));
    world.prove(task, CAROL);
    assert_eq!(world.balance(REQUESTER), left.get() - 760_000);
}
