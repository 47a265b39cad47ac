//! One task's way, and how it ends.

use crate::support::*;
use dpgn_market::{Event, Fault, Refused, Stage, Status};
use dpgn_protocol::{ops::Action, ops::DeclineReason, outcome::Outcome, units::Credits, units::Millis};

#[test]
fn a_task_is_proved_and_paid() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let before = (world.balance(REQUESTER), world.balance(ALICE));
    let task = world.open_usual();
    assert_eq!(world.status(task), Status::Assigned);
    let alice = world.ledger.account(who(ALICE)).unwrap();
    assert_eq!(alice.collateral.get(), 800_000, "reward x (1 - reputation of a newcomer)");
    assert_eq!(alice.awards, [task]);

    let applied = world.prove(task, ALICE);
    let settlement = applied.outcomes[0].settlement_of(task).unwrap();
    assert_eq!((settlement.price.get(), settlement.refund.get()), (400_000, 600_000));
    assert!(applied.events.iter().any(|e| matches!(e, Event::Settled(s) if s.task == task)));
    assert_eq!(world.status(task), Status::Completed);
    // Settling is free for the committee.
    assert_eq!(world.balance(REQUESTER), before.0 - 400_000 - world.fee_of(task));
    assert_eq!(world.balance(ALICE), before.1 + 400_000);
    assert!(world.reputation(ALICE) > 200_000);
    assert!(world.ledger.task(task).unwrap().award.is_none());
    assert_eq!(world.ledger.task_by_alias(who(REQUESTER), bid(1, world.ledger.time()).alias), Some(task));
    assert_eq!(world.ledger.tasks_of(who(REQUESTER)).count(), 1);
}

#[test]
fn proving_for_oneself_makes_no_name() {
    let mut world = World::with_asks(&[(REQUESTER, 100_000)]);
    let before = world.reputation(REQUESTER);
    let task = world.open_usual();
    world.prove(task, REQUESTER);
    assert_eq!(world.status(task), Status::Completed);
    assert_eq!(world.reputation(REQUESTER), before);
    let task = world.open_usual();
    world.start(REQUESTER, task);
    world.wait(8);
    assert_eq!(world.status(task), Status::Pending);
    assert_eq!(world.reputation(REQUESTER), before);
}

#[test]
fn an_open_bid_is_taken_back_for_its_fee() {
    let mut world = World::with_asks(&[]);
    let before = world.balance(REQUESTER);
    let task = world.open_usual();
    assert_eq!(world.status(task), Status::Pending);
    world.say(vec![(REQUESTER, Action::Cancel { task })]);
    assert_eq!(world.balance(REQUESTER), before - world.fee_of(task) - 100);
    assert_eq!(world.status(task), Status::Failed);
    assert_eq!(world.refused(REQUESTER, Action::Cancel { task }), Refused::UnknownTask(task));
}

/// Whoever would prove it otherwise must never pay a prover for the same proof.
#[test]
fn a_recall_loses_against_an_award_and_wins_before_one() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    let recall = || Action::Recall(task);
    assert!(world.ledger.task(task).unwrap().award.is_some());
    let refused = world.refused(REQUESTER, recall());
    assert!(
        refused.may_pass_later() && refused.to_string() == "a task that is assigned cannot be recalled",
        "{refused}"
    );
    world.start(ALICE, task);
    assert_eq!(world.refused(REQUESTER, recall()).to_string(), "a task that is in progress cannot be recalled");
    let deliver = world.deliver(task);
    world.say(vec![(ALICE, deliver)]);
    assert!(matches!(world.refused(REQUESTER, recall()), Refused::Step(_)));

    let mut world = World::with_asks(&[]);
    let before = world.balance(REQUESTER);
    let task = world.open_usual();
    assert!(matches!(world.refused(ALICE, Action::Recall(task)), Refused::NotTheRequester { .. }));
    world.say(vec![(REQUESTER, Action::Recall(task))]);
    assert_eq!(world.balance(REQUESTER), before - world.fee_of(task) - 100, "the escrow is back, the fees are gone");
    let stage = &world.ledger.task(task).unwrap().task.stage;
    assert!(matches!(stage, Stage::Cancelled { paid: Credits::ZERO, .. }), "{stage:?}");
    assert_eq!(world.refused(REQUESTER, Action::Recall(task)), Refused::UnknownTask(task));
}

#[test]
fn cancelling_an_award_pays_the_prover_for_its_time() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    world.start(ALICE, task);
    let view = world.ledger.task(task).unwrap().award.unwrap();
    let (started, declared) = (view.award.started.unwrap(), view.award.terms.declared);
    world.wait_alive(2, &[ALICE]);
    let before = (world.balance(REQUESTER), world.balance(ALICE));
    world.say(vec![(REQUESTER, Action::Cancel { task })]);
    let paid = 400_000 * world.ledger.time().since(started).get() / declared.get();
    assert!(paid > 0 && paid < 400_000);
    assert_eq!(world.balance(ALICE), before.1 + 800_000 + paid);
    assert_eq!(world.balance(REQUESTER), before.0 - 100 + 1_000_000 + 150_000 - paid);
    let stage = &world.ledger.task(task).unwrap().task.stage;
    assert!(matches!(stage, Stage::Cancelled { paid: p, .. } if *p == Credits::new(paid)), "{stage:?}");
}

#[test]
fn after_delivery_nobody_takes_anything_back() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    world.start(ALICE, task);
    let deliver = world.deliver(task);
    world.say(vec![(ALICE, deliver)]);
    let refused = world.refused(REQUESTER, Action::Cancel { task }).to_string();
    assert_eq!(refused, "a task that is delivered cannot be cancelled");
    let refused = world.refused(ALICE, world.declines(task, DeclineReason::Unable)).to_string();
    assert_eq!(refused, "a task that is delivered cannot be declined");
}

#[test]
fn a_bid_that_nobody_serves_ends_at_its_deadline() {
    let mut world = World::with_asks(&[]);
    let before = world.balance(REQUESTER);
    let mut bid = world.bid();
    bid.deadline = world.ledger.time().after(Millis::from_secs(5));
    let task = world.open(bid);
    world.block(4_800, &[]);
    assert_eq!(world.status(task), Status::Pending);
    let events = world.block(100, &[]).events;
    assert!(events.iter().any(|e| matches!(e, Event::Failed { fault: Fault::Network, .. })), "{events:?}");
    assert_eq!(world.status(task), Status::Failed);
    assert_eq!(world.balance(REQUESTER), before - world.fee_of(task));
}

#[test]
fn a_prover_that_is_unable_before_it_starts_loses_a_little_of_both() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 110_000)]);
    let task = world.open_usual();
    let (credits, reputation) = (world.balance(ALICE), world.reputation(ALICE));
    world.say(vec![(ALICE, world.declines(task, DeclineReason::Unable))]);
    let fee = world.ledger.decline_fee(Credits::new(400_000)).get();
    assert_eq!(world.balance(ALICE), credits + 800_000 - fee);
    assert!(world.reputation(ALICE) < reputation);
    assert_eq!(world.prover_of(task), Some(who(BOB)), "the next best has it in the same block");
    assert_eq!(world.ledger.task(task).unwrap().task.disclosures, 0);
}

#[test]
fn a_fault_that_only_two_can_see_costs_both_a_fee_and_the_prover_a_little_of_its_name() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 110_000)]);
    let task = world.open_usual();
    let (requester, alice, reputation) = (world.wealth(REQUESTER), world.balance(ALICE), world.reputation(ALICE));
    let burned = world.ledger.supply().burned.get();
    world.say(vec![(ALICE, world.declines(task, DeclineReason::NoRecipe))]);
    assert_eq!(world.balance(ALICE), alice + 800_000 - 20_000);
    assert_eq!(world.wealth(REQUESTER), requester - 20_000);
    assert_eq!(world.ledger.supply().burned.get(), burned + 40_000);
    assert!(world.reputation(ALICE) < reputation);
    assert_eq!(world.ledger.account(who(REQUESTER)).unwrap().bad_bids, 0);
}

#[test]
fn a_bid_that_several_provers_complain_of_ends_and_counts() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 110_000), (CAROL, 120_000), (24, 130_000)]);
    world.make_names(&[ALICE, BOB, CAROL]);
    let task = world.open_usual();
    for prover in [ALICE, BOB, CAROL] {
        assert_eq!(world.prover_of(task), Some(who(prover)));
        world.say(vec![(prover, world.declines(task, DeclineReason::WrongRecipe))]);
    }
    let stage = &world.ledger.task(task).unwrap().task.stage;
    assert!(matches!(stage, Stage::Failed { fault: Fault::Requester, .. }), "{stage:?}");
    assert_eq!(world.ledger.account(who(REQUESTER)).unwrap().bad_bids, 1);
}

#[test]
fn many_provers_of_one_owner_are_one_voice() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (24, 140_000)]);
    let sponsored: Vec<_> = [(BOB, 110_000), (CAROL, 120_000)].map(|(n, p)| world.sponsored_ask(n, ALICE, p)).into();
    world.block(100, &sponsored);
    world.make_names(&[ALICE, BOB, CAROL]);
    let task = world.open_usual();
    for prover in [ALICE, BOB, CAROL] {
        assert_eq!(world.prover_of(task), Some(who(prover)));
        world.say(vec![(prover, world.declines(task, DeclineReason::NoRecipe))]);
    }
    assert_eq!(world.ledger.task(task).unwrap().task.complaints, 1);
    assert_eq!(world.prover_of(task), Some(who(24)));
}

#[test]
fn the_inputs_are_shown_no_more_often_than_allowed() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 110_000), (CAROL, 120_000)]);
    let task = world.open_usual();
    for prover in [ALICE, BOB] {
        world.start(prover, task);
        world.say(vec![(prover, world.declines(task, DeclineReason::Unable))]);
    }
    let stage = &world.ledger.task(task).unwrap().task.stage;
    assert!(matches!(stage, Stage::Failed { fault: Fault::Prover, .. }), "two disclosures: {stage:?}");
}

#[test]
fn a_sponsor_pays_for_a_newcomer() {
    let mut world = World::with_asks(&[]);
    let newcomer = key(NEWCOMER).account();
    assert!(world.ledger.account(newcomer).is_none());
    let nonce = world.ledger.free_nonces(newcomer)[0];
    let broke = world.sponsored_ask(NEWCOMER, 98, 100_000);
    let (account, available, required) = (who(98), Credits::ZERO, Credits::new(1_100));
    let refused = Err(Refused::InsufficientFunds { account, available, required });
    assert_eq!(world.ledger.check(&broke, world.ledger.time()), refused, "a sponsor needs credits");
    let op = world.sponsored_ask(NEWCOMER, BOB, 100_000);
    // Some blocks go by before it is decided.
    world.wait(20);
    let before = world.balance(BOB);
    let applied = world.block(100, std::slice::from_ref(&op));
    assert_eq!(applied.outcomes, [Outcome::Applied]);
    assert_eq!(world.balance(BOB), before - 1_100, "the fee, and what an account opens with");
    assert_eq!(world.ledger.account(newcomer).unwrap().balance, Credits::new(1_000));

    let task = world.open_usual();
    assert_eq!(world.prover_of(task), Some(newcomer));
    assert_eq!(world.balance(BOB), before - 1_100 - 800_000, "the sponsor of the ask puts up the collateral");
    let again = world.ledger.check(&op, world.ledger.time());
    assert_eq!(again, Err(Refused::NonceOld { nonce, base: nonce + 1 }));
}
