//! Verdicts: only the committee's, only about this delivery, and only more than two thirds of the power.

use crate::support::*;
use dpgn_market::{AwardEnd, Refused, Status};
use dpgn_protocol::{
    bounded::List,
    genesis::Params,
    ids::TaskId,
    ops::Action,
    outcome::Outcome,
    sign::{SignError, Signature},
    verdict::Finding::{self, False, Malformed, Valid, WrongTag},
};

/// Four members, and a delivery of Alice's that waits for them.
fn delivered() -> (World, TaskId) {
    let mut world = World::with(4, Params::default());
    world.register();
    world.ask_all(&[(ALICE, 100_000), (BOB, 110_000)]);
    let task = world.open_usual();
    world.start(ALICE, task);
    let deliver = world.deliver(task);
    world.say(vec![(ALICE, deliver)]);
    (world, task)
}

#[test]
fn two_thirds_are_not_enough() {
    let (mut world, task) = delivered();
    let settle = world.settle(task, ALICE, &[(1, Valid), (2, Valid), (3, False)]);
    assert_eq!(world.refused(1, settle), Refused::Undecided { valid: 2, invalid: 1, total: 4 });
    let settle = world.settle(task, ALICE, &[(1, Valid), (2, Valid), (3, Valid), (4, False)]);
    world.say(vec![(4, settle)]);
    assert_eq!(world.status(task), Status::Completed);
}

#[test]
fn a_bad_proof_costs_the_collateral_and_moves_on() {
    let (mut world, task) = delivered();
    let (credits, reputation) = (world.balance(ALICE), world.reputation(ALICE));
    let settle = world.settle(task, ALICE, &[(1, WrongTag), (2, WrongTag), (3, Malformed), (4, Valid)]);
    let applied = world.say(vec![(2, settle)]);
    let [Outcome::Failed { prover, finding, slashed, .. }] = applied.outcomes[..] else { panic!() };
    assert_eq!((prover, finding, slashed.get()), (who(ALICE), WrongTag, 800_000));
    assert_eq!(ended(&applied.events), [(who(ALICE), AwardEnd::BadProof(WrongTag), 800_000)]);
    assert_eq!(world.balance(ALICE), credits);
    assert!(world.reputation(ALICE) < reputation);
    assert_eq!(world.prover_of(task), Some(who(BOB)));
    assert!(world.ledger.ask_of(who(ALICE)).is_some(), "it is there, if not honest");
}

#[test]
fn strange_verdicts_do_not_count() {
    let (mut world, task) = delivered();
    let all = |f: Finding| [(1, f), (2, f), (3, f)];

    let settle = world.settle(task, ALICE, &all(Valid));
    assert_eq!(world.refused(ALICE, settle.clone()), Refused::NotInCommittee(who(ALICE)), "a prover settles nothing");

    let settle_by_prover = world.settle(task, ALICE, &[(1, Valid), (2, Valid), (ALICE, Valid)]);
    assert_eq!(world.refused(1, settle_by_prover), Refused::NotInCommittee(who(ALICE)));

    let twice = world.settle(task, ALICE, &[(1, Valid), (2, Valid), (2, Valid)]);
    assert_eq!(world.refused(1, twice), Refused::VerdictElsewhere(who(2)));

    let of_bob = world.settle(task, BOB, &all(Valid));
    assert_eq!(world.refused(1, of_bob), Refused::VerdictElsewhere(who(1)));

    let other = world.open_usual();
    let Action::Settle { verdicts, .. } = world.settle(other, ALICE, &all(Valid)) else { panic!() };
    assert_eq!(world.refused(1, Action::Settle { task, verdicts }), Refused::VerdictElsewhere(who(1)));

    let Action::Settle { verdicts, .. } = settle else { panic!() };
    let mut forged = verdicts.into_vec();
    let mut signature = forged[1].signature.to_bytes();
    signature[0] ^= 1;
    forged[1].signature = Signature::from_bytes(&signature);
    let forged = Action::Settle { task, verdicts: List::new(forged).unwrap() };
    assert_eq!(world.refused(1, forged), Refused::Verdict(SignError::BadSignature(who(2))));

    let none = Action::Settle { task, verdicts: List::default() };
    assert_eq!(world.refused(1, none), Refused::Undecided { valid: 0, invalid: 0, total: 4 });
    assert_eq!(world.stage(task), "delivered");
}

#[test]
fn nothing_is_settled_before_delivery_or_twice() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    world.start(ALICE, task);
    let settle = world.settle(task, ALICE, &[(COORDINATOR, Valid)]);
    let refused = world.refused(COORDINATOR, settle.clone()).to_string();
    assert_eq!(refused, "a task that is in progress cannot settle");
    let deliver = world.deliver(task);
    world.say(vec![(ALICE, deliver)]);
    world.say(vec![(COORDINATOR, settle.clone())]);
    assert_eq!(world.refused(COORDINATOR, settle), Refused::UnknownTask(task));
}
