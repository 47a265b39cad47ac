//! Attacks on who pays: faults that cost their author nothing, and names and guarantees that others pay for. Each with
//! what it costs now; a rule that is taken out makes its test fail.

use crate::support::*;
use dpgn_market::{Event, Fault, Ineligible, Refused, Stage, Status};
use dpgn_protocol::{
    finding::Finding,
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
        world.say(vec![(prover, world.declines(task, DeclineReason::NoInputs))]);
        lost += had - world.wealth(prover);
    }
    let stage = &world.ledger.task(task).unwrap().task.stage;
    assert!(matches!(stage, Stage::Failed { .. }), "{stage:?}");
    let burned = world.ledger.supply().burned.get() - before;
    println!("no inputs for three provers: they lose {lost}, a requester without a balance {}", burned - lost);
    assert_eq!((lost, burned - lost), (330_000, 330_000));
    assert_eq!(world.balance(REQUESTER), REWARD + 150_000 - 330_000, "the rest comes back");
}

/// Faults are paid out of the escrow at last; then no price is awarded that the escrow no longer covers.
#[test]
fn no_price_is_awarded_that_is_not_there() {
    let mut world = World::with_asks(&[(ALICE, 250_000)]);
    let task = open_with_nothing_left(&mut world, REWARD, 9);
    world.start(ALICE, task);
    world.say(vec![(ALICE, world.declines(task, DeclineReason::NoInputs))]);
    world.ask_all(&[(BOB, 250_000), (CAROL, 190_000)]);
    world.next();
    let view = world.ledger.task(task).unwrap();
    let left = view.task.payable();
    println!("of an escrow of {REWARD} a fault has left {left}");
    assert_eq!(left, Credits::new(REWARD + 150_000 - 250_000));
    assert_eq!(world.prover_of(task), Some(who(CAROL)));
    assert_eq!(world.answer(task, BOB), Err(Ineligible::Price { price: Credits::new(REWARD), reward: left }));
    world.prove(task, CAROL);
    assert_eq!(world.balance(REQUESTER), left.get() - 760_000);
}

/// Three sybils that had asked for nothing said `NoRecipe`, and any bid ended at its requester's fault, for 3,000.
#[test]
fn the_word_of_newcomers_ends_no_bid() {
    let mut world = World::with_asks(&[(31, 0), (32, 0), (33, 0), (34, 0)]);
    let task = world.open_usual();
    let (before, burned) = (world.wealth(REQUESTER), world.ledger.supply().burned.get());
    while let Some(n) = (31..=34).find(|n| world.prover_of(task) == Some(who(*n))) {
        world.say(vec![(n, world.declines(task, DeclineReason::NoRecipe))]);
    }
    let (own, all) = (before - world.wealth(REQUESTER), world.ledger.supply().burned.get() - burned);
    println!("four sybils' word costs them {} and the requester {own}; the bid goes on", all - own);
    assert_eq!((own, all - own), (4_000, 4_000));
    assert_eq!(world.ledger.task(task).unwrap().task.complaints, 0);
    world.ask_all(&[(ALICE, 100_000)]);
    world.next();
    world.prove(task, ALICE);
    assert_eq!(world.status(task), Status::Completed);
}

/// With nobody else there, the bid ends at its deadline, and nobody is said to be at fault.
#[test]
fn what_newcomers_alone_say_is_nobodys_fault() {
    let mut world = World::with_asks(&[(31, 0), (32, 0)]);
    let task = world.open_usual();
    for n in [31, 32] {
        let n = if world.prover_of(task) == Some(who(n)) { n } else { 63 - n };
        world.say(vec![(n, world.declines(task, DeclineReason::NoRecipe))]);
    }
    world.wait(600);
    let stage = &world.ledger.task(task).unwrap().task.stage;
    assert!(matches!(stage, Stage::Failed { fault: Fault::Unclear, .. }), "{stage:?}");
    assert_eq!(world.ledger.account(who(REQUESTER)).unwrap().bad_bids, 0);
}

/// 101,000 paid in fees by one sybil bought a reputation of 0.92. A name is worth what was burned for it, and only by
/// many requesters that pay for themselves.
#[test]
fn a_name_costs_more_than_one_sybil_can_pay() {
    let fees_of_a_sybil = |sybils: u8| {
        let mut world = World::with_asks(&[(ALICE, 100_000)]);
        for requester in (2..2 + sybils).flat_map(|n| [n; 10]) {
            let task = world.open_for(requester, &[ALICE]);
            world.prove(task, ALICE);
        }
        (world.reputation(ALICE), world.ledger.reputation(who(ALICE)).weight.get())
    };
    let bought = [0, 1, 2, 8].map(fees_of_a_sybil);
    println!("ten bids, 101,000 in fees, of each of 0, 1, 2 and 8 sybils buy (reputation, weight): {bought:?}");
    let [(newcomer, _), (one, weight), _, (eight, _)] = bought;
    assert_eq!(weight, 2_500);
    assert!(newcomer == 100_000 && one < 300_000 && eight < 700_000);
}

/// The requester of a task, or whoever pays for its bid, guarantees for the prover: they are one.
#[test]
fn nobody_makes_a_name_for_whom_it_guarantees() {
    let mut world = World::with_asks(&[]);
    let op = world.sponsored_ask(BOB, CAROL, 100_000);
    world.block(100, &[op]);
    let newcomer = world.ledger.reputation(who(BOB));
    for _ in 0..3 {
        let task = world.open_for(CAROL, &[BOB]);
        world.prove(task, BOB);
    }
    let mut bid = world.bid();
    bid.reward = Credits::new(REWARD);
    let op = world.sponsored(12, CAROL, bids(bid));
    let task = opened(&world.block(100, &[op]))[0];
    world.prove(task, BOB);
    println!(
        "four tasks that the prover's guarantor has paid for leave it {}",
        world.ledger.reputation(who(BOB)).value
    );
    assert_eq!(world.ledger.reputation(who(BOB)), newcomer);
    let task = world.open_for(12, &[BOB]);
    world.prove(task, BOB);
    assert!(world.ledger.reputation(who(BOB)).value > newcomer.value, "a stranger's own money");
}

/// Whoever had failed took a new name, which was worth more.
#[test]
fn a_new_name_is_worth_less_than_one_that_has_just_failed_once() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 100_000)]);
    let task = world.open_for(12, &[ALICE]);
    world.prove(task, ALICE);
    let mut failed = vec![world.reputation(ALICE)];
    for requester in 13..=16 {
        world.open_for(requester, &[ALICE]);
        world.wait(22);
        failed.push(world.reputation(ALICE));
        world.ask_all(&[(ALICE, 100_000)]);
    }
    let new = world.reputation(BOB);
    println!("one proof, and then up to four failures: {failed:?}; a newcomer: {new}");
    assert!(failed.is_sorted_by(|a, b| a > b) && failed.iter().all(|failed| *failed > new));
    let t = world.ledger.reputation(who(ALICE));
    let own = (5 * u64::from(t.success.get()) + 3 * u64::from(t.quality.get()) + 2 * u64::from(t.time.get())) / 10;
    let sum = u64::from(t.prior.get()) * t.prior_weight.get() + own * t.weight.get();
    assert_eq!(u64::from(t.value.get()), sum / (t.prior_weight.get() + t.weight.get()), "every term is shown");
}

/// Of every fee half comes back to the committee, so a member paid half for a name. Only what is burned weighs.
#[test]
fn an_outcome_weighs_what_was_burned_for_it() {
    let mut world = World::with_asks(&[(ALICE, 1)]);
    let mut bid = world.bid();
    bid.reward = Credits::new(10_000);
    let before = world.ledger.supply();
    let task = world.open(bid);
    let burned = world.ledger.supply().burned.get() - before.burned.get();
    world.prove(task, ALICE);
    let weight = world.ledger.reputation(who(ALICE)).weight.get();
    println!("a bid that burns {burned} of its fees gives its prover a weight of {weight}");
    assert_eq!(weight, burned);
}

/// A late proof waits, and the escrow shrinks by a fault before it is taken up: it is paid what is left, and no block
/// fails for it.
#[test]
fn a_late_proof_is_paid_what_is_left() {
    let mut world = World::with_asks(&[(ALICE, 250_000)]);
    let task = open_with_nothing_left(&mut world, REWARD, 9);
    world.start(ALICE, task);
    world.ask_all(&[(BOB, 250_000)]);
    world.wait(8);
    assert_eq!(world.prover_of(task), Some(who(BOB)));
    world.say(vec![(ALICE, world.delivers_late(ALICE, task))]);
    world.start(BOB, task);
    world.say(vec![(BOB, world.declines(task, DeclineReason::NoInputs))]);
    assert_eq!(world.prover_of(task), Some(who(ALICE)), "the late proof is taken up");
    let (left, before) = (world.ledger.task(task).unwrap().task.escrow().get(), world.wealth(ALICE));
    world.say(world.judges(task, &[(COORDINATOR, Finding::Valid)]));
    println!("of a price of {REWARD} a late proof is paid {left}, all that a fault has left");
    assert_eq!(world.wealth(ALICE) - before, left);
    assert!(left < REWARD);
}

/// Whoever declared a millisecond was paid the whole price by a requester that changed its mind in the next block.
#[test]
fn a_declared_millisecond_is_not_paid_in_full_at_once() {
    let mut world = World::with_asks(&[]);
    let mut fast = ask(100_000, world.ledger.time());
    let mut offers = fast.offers.to_vec();
    offers.iter_mut().for_each(|offer| offer.rows_per_second = u32::MAX);
    fast.offers = dpgn_protocol::bounded::List::new(offers).unwrap();
    world.say(vec![(ALICE, asks(fast))]);
    let task = world.open_usual();
    assert!(world.ledger.task(task).unwrap().award.unwrap().award.terms.declared.get() <= 1);
    world.start(ALICE, task);
    let before = world.wealth(ALICE);
    world.say(vec![(REQUESTER, Action::Cancel { task })]);
    let paid = world.wealth(ALICE) - before;
    println!("of a price of 400,000 a tenth of a second of work is paid {paid}");
    // 2^12 rows take 2,048 ms at the nominal speed.
    assert_eq!(paid, 400_000_u64 * 48_828 / 1_000_000 + 1);
}

/// A sponsor signed one ask, and its prover took award after award on its credits until the ask expired.
#[test]
fn a_sponsor_takes_its_guarantee_back() {
    let mut world = World::with_asks(&[]);
    let op = world.sponsored_ask(NEWCOMER, CAROL, 100_000);
    world.block(100, &[op]);
    let first = world.open_usual();
    assert_eq!(world.prover_of(first), Some(who(NEWCOMER)));
    let release = Action::Release { prover: who(NEWCOMER) };
    let stranger = Refused::NotTheGuarantor { prover: who(NEWCOMER), account: who(BOB) };
    assert_eq!(world.refused(BOB, release.clone()), stranger);
    let events = world.say(vec![(CAROL, release.clone())]).events;
    assert_eq!(events, [Event::Withdrawn { prover: who(NEWCOMER) }]);
    let more: Vec<_> = (0..4).map(|_| world.open_usual()).collect();
    let locked = world.ledger.account(who(CAROL)).unwrap().collateral;
    println!("of five awards that the ask had room for, {locked} of its guarantor are locked for one");
    assert!(more.iter().all(|task| world.prover_of(*task).is_none()));
    assert_eq!(locked, Credits::new(800_000));
    assert!(matches!(world.refused(CAROL, release), Refused::NotTheGuarantor { .. }));
    world.prove(first, NEWCOMER);
    assert_eq!(world.status(first), Status::Completed, "the live award goes on");
}

/// A bid at which some names decline one after the other, each the only one that asks; their asks are guaranteed by Carol.
fn declined_by(world: &mut World, task: TaskId, names: std::ops::RangeInclusive<u8>, reason: DeclineReason) {
    for n in names {
        let op = world.sponsored_ask(n, CAROL, 0);
        world.block(100, &[op]);
        world.next();
        assert_eq!(world.prover_of(task), Some(who(n)), "the task has ended before {n}");
        world.say(vec![(n, world.declines(task, reason))]);
        world.say(vec![(CAROL, Action::Release { prover: who(n) })]);
    }
}

/// Thirty-two names at no price declined, a thousand each, and any bid was over, whatever it paid.
#[test]
fn no_number_of_declines_ends_a_bid() {
    let mut world = World::with_asks(&[]);
    let task = world.open_usual();
    let before = [world.wealth(CAROL), world.wealth(REQUESTER)];
    declined_by(&mut world, task, 41..=110, DeclineReason::Unable);
    let lost = [before[0] - world.wealth(CAROL), before[1] - world.wealth(REQUESTER)];
    let remembered = world.ledger.task(task).unwrap().task.attempts.len();
    println!("70 declines cost {} and the requester {}; {remembered} are remembered, the bid stands", lost[0], lost[1]);
    assert!(lost[0] >= 70_000 && lost[1] == 0 && remembered == 64);
    world.ask_all(&[(ALICE, 100_000)]);
    world.next();
    world.prove(task, ALICE);
    assert_eq!(world.status(task), Status::Completed);
}

/// Declines that blame the requester cost both the same: so many of them must not empty its escrow.
#[test]
fn the_word_of_many_costs_a_requester_no_more_than_that_of_a_few() {
    let mut world = World::with_asks(&[]);
    let task = world.open_usual();
    let before = [world.wealth(CAROL), world.wealth(REQUESTER)];
    declined_by(&mut world, task, 41..=110, DeclineReason::NoRecipe);
    let lost = [before[0] - world.wealth(CAROL), before[1] - world.wealth(REQUESTER)];
    println!("70 names say that they got no recipe: it costs them {} and the requester {}", lost[0], lost[1]);
    assert!(lost[0] >= 70_000 && lost[1] == 32_000);
    // It still ends, by its deadline.
    world.wait(600);
    assert_eq!(world.status(task), Status::Failed);
}
