//! Findings: only the committee's, only about this delivery, and only more than two thirds of the power end it.

use crate::support::*;
use dpgn_market::{AwardEnd, Refused, Status, Window};
use dpgn_protocol::{
    award::AwardId,
    bounded::List,
    finding::{
        Finding::{self, Absent, False, Malformed, Valid, WrongTag},
        Judged,
    },
    genesis::Params,
    ids::{ProofHash, TaskId},
    ops::Action,
    outcome::{Judgement, Outcome},
    refusal::RefusalCode,
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

fn judge(award: AwardId, proof: ProofHash, finding: Finding) -> Action {
    Action::Judge { findings: List::new(vec![Judged { award, proof, finding }]).unwrap() }
}

#[test]
fn two_thirds_are_not_enough() {
    let (mut world, task) = delivered();
    world.say(world.judges(task, &[(1, Valid), (2, Valid), (3, False)]));
    assert_eq!(world.stage(task), "delivered");
    let applied = world.say(world.judges(task, &[(4, Valid)]));
    let settlement = applied.outcomes[0].settlement_of(task).unwrap();
    assert_eq!((settlement.prover, world.status(task)), (who(ALICE), Status::Completed));
}

#[test]
fn a_bad_proof_costs_the_collateral_and_moves_on() {
    let (mut world, task) = delivered();
    let (credits, reputation) = (world.balance(ALICE), world.reputation(ALICE));
    let applied = world.say(world.judges(task, &[(4, Valid), (1, WrongTag), (2, WrongTag), (3, Malformed)]));
    let Some(Outcome::Judged(ends)) = applied.outcomes.last() else { panic!("{:?}", applied.outcomes) };
    let [Judgement::Failed { prover, finding, slashed, .. }] = ends[..] else { panic!("{ends:?}") };
    assert_eq!((prover, finding, slashed.get()), (who(ALICE), WrongTag, 800_000));
    assert_eq!(ended(&applied.events), [(who(ALICE), AwardEnd::BadProof(WrongTag), 800_000)]);
    assert_eq!(world.balance(ALICE), credits);
    assert!(world.reputation(ALICE) < reputation);
    assert_eq!(world.prover_of(task), Some(who(BOB)));
    assert!(world.ledger.ask_of(who(ALICE)).is_some(), "it is there, if not honest");
}

/// Findings about anything but this delivery say nothing; nor does a member's second word, or a stranger's.
#[test]
fn strange_findings_do_not_count() {
    let (mut world, task) = delivered();
    let (award, good) = (world.award_of(task), proof(task));
    assert_eq!(world.refused(ALICE, judge(award, good, Valid)), Refused::NotInCommittee(who(ALICE)));
    let nothing = Refused::NothingJudged(who(1));
    let other_award = AwardId { number: 2, ..award };
    let open = world.open_usual();
    let other_task = world.award_of(open);
    for elsewhere in [judge(other_award, good, Valid), judge(other_task, good, Valid)] {
        assert_eq!(world.refused(1, elsewhere), nothing);
    }
    assert_eq!(world.refused(1, judge(award, ProofHash::from_bytes([9; 32]), Valid)), nothing, "other bytes");
    assert_eq!(world.refused(1, Action::Judge { findings: List::default() }), nothing);
    world.say(vec![(1, judge(award, good, Valid))]);
    for again in [Valid, False, Absent] {
        assert_eq!(world.refused(1, judge(award, good, again)), nothing, "its second word");
    }
    // One that counts stands beside those that don't.
    let both = [(other_award, False), (award, Valid)].map(|(award, finding)| Judged { award, proof: good, finding });
    world.say(vec![(2, Action::Judge { findings: List::new(both.to_vec()).unwrap() })]);
    world.say(vec![(3, judge(award, good, Valid))]);
    assert_eq!(world.status(task), Status::Completed);
    assert_eq!(world.refused(4, judge(award, good, Valid)), Refused::NothingJudged(who(4)), "it is over");
}

#[test]
fn nothing_is_judged_before_delivery() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    let task = world.open_usual();
    world.start(ALICE, task);
    let refused = world.refused(COORDINATOR, judge(world.award_of(task), proof(task), Valid));
    assert_eq!(refused, Refused::NothingJudged(who(COORDINATOR)));
}

/// Two of four coordinators were silent, which cost an honest prover 800,000 micro-credits. Now a delivery waits for
/// them, and if they never come all get back what is theirs.
#[test]
fn the_committees_silence_costs_the_prover_nothing() {
    let (mut world, task) = delivered();
    let before = world.wealth(ALICE);
    world.say(world.judges(task, &[(1, Valid), (2, Valid)]));
    world.wait(1_000);
    assert_eq!(world.stage(task), "delivered", "it waits");
    let events = world.wait(2_700);
    let lost = before - world.wealth(ALICE);
    println!(
        "two of four silent for an hour: the prover loses {lost} of 800,000 at stake, the task {}",
        world.stage(task)
    );
    assert_eq!((lost, world.stage(task)), (0, "failed"));
    assert_eq!(ended(&events), [(who(ALICE), AwardEnd::Missed(Window::Verdict), 0)]);
}

/// Bytes that never come are the prover's fault, if more than two thirds say so, and not before the grace is over.
#[test]
fn a_delivery_without_bytes_costs_the_collateral() {
    let (mut world, task) = delivered();
    let absent = |world: &World| world.judges(task, &[(1, Absent), (2, Absent), (3, Absent)]);
    let (_, early) = absent(&world).remove(0);
    assert_eq!(world.refused(1, early), Refused::NothingJudged(who(1)), "it is too soon");
    world.wait(31);
    // The bytes came to one of them after all, and nobody held what it had said against it.
    world.say(world.judges(task, &[(1, Absent), (2, Absent)]));
    world.say(world.judges(task, &[(2, Valid), (4, Valid)]));
    assert_eq!(world.stage(task), "delivered");
    world.say(world.judges(task, &[(1, Valid)]));
    assert_eq!(world.status(task), Status::Completed);

    let (mut world, task) = delivered();
    world.wait(31);
    let events = world.say(world.judges(task, &[(1, Absent), (2, Absent), (3, Absent)])).events;
    assert_eq!(ended(&events), [(who(ALICE), AwardEnd::BadProof(Absent), 800_000)]);
}

/// A proposer that held a member's op back until nobody waited for it had the member fined.
#[test]
fn a_finding_that_comes_too_late_costs_its_member_nothing() {
    let (mut world, task) = delivered();
    let (_, late) = world.judges(task, &[(4, Valid)]).remove(0);
    world.say(world.judges(task, &[(1, Valid), (2, Valid), (3, Valid)]));
    assert_eq!(world.status(task), Status::Completed);
    let (before, op) = (world.balance(4), world.op(4, late));
    let applied = world.block(100, &[op]);
    assert!(matches!(applied.outcomes[..], [Outcome::Refused(RefusalCode::NothingJudged)]));
    println!("a finding that a proposer held back costs its member {}", before - world.balance(4));
    assert_eq!(world.balance(4), before);
}
