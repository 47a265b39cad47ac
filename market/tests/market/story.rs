//! One task's way, and the ways it can go wrong.

use crate::support::*;
use dpgn_market::{Event, Status};
use dpgn_protocol::{ops::Action, outcome::Outcome};

#[test]
fn a_task_is_proved_and_paid() {
    let mut world = World::new();
    world.register();
    let now = world.ledger.time();
    world.say(vec![(ALICE, asks(ask(100_000, now)))]);
    let before = (world.balance(REQUESTER), world.balance(ALICE));
    let bid = world.bid();
    let task = world.open(bid);
    assert_eq!(world.status(task), Status::Assigned);
    let alice = world.ledger.account(who(ALICE)).unwrap();
    assert_eq!(alice.collateral.get(), 800_000, "reward x (1 - reputation of a newcomer)");

    let applied = world.prove(task, ALICE);
    let [Outcome::Settled(settlement)] = &applied.outcomes[..] else { panic!("{:?}", applied.outcomes) };
    assert_eq!((settlement.price.get(), settlement.refund.get()), (400_000, 600_000));
    assert!(applied.events.iter().any(|e| matches!(e, Event::Settled(s) if s.task == task)));
    assert_eq!(world.status(task), Status::Completed);
    // The bid's fee: 100 and one percent of the reward. Settling is free for the committee.
    assert_eq!(world.balance(REQUESTER), before.0 - 400_000 - 10_100);
    assert_eq!(world.balance(ALICE), before.1 + 400_000);
    assert!(world.reputation(ALICE) > 200_000);
    assert_eq!(world.ledger.task(task).unwrap().award.is_none(), true);
    let _ = Action::Alive;
}
