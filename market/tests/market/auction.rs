//! Who gets what: score, ties, eligibility, order of service, due times.

use crate::support::*;
use dpgn_market::{AwardView, Ineligible, Ledger, Terms};
use dpgn_protocol::{
    bounded::List,
    genesis::Params,
    ids::{AccountId, TaskId},
    ops::{Action, Ask, Builder, DeclineReason, Offer},
    units::{Credits, Degree, Level, Millis, Priority},
};
use proptest::prelude::*;

fn asks_with(world: &mut World, n: u8, price: u64, change: impl FnOnce(&mut Ask)) {
    let mut ask = ask(price, world.ledger.time());
    change(&mut ask);
    world.say(vec![(n, asks(ask))]);
}

fn award(ledger: &Ledger, task: TaskId) -> AwardView<'_> {
    ledger.task(task).unwrap().award.unwrap()
}

fn why_not(world: &World, task: TaskId, n: u8) -> Ineligible {
    world.answer(task, n).unwrap_err()
}

#[test]
fn the_cheaper_of_equals_wins_and_the_next_is_runner_up() {
    let mut world = World::with_asks(&[(ALICE, 120_000), (BOB, 100_000), (CAROL, 110_000)]);
    let task = world.open_usual();
    let view = award(&world.ledger, task);
    assert_eq!(view.award.prover, who(BOB));
    assert_eq!(view.award.price, Credits::new(400_000), "paid as asked");
    assert_eq!(view.award.runner_up.map(|r| r.prover), Some(who(CAROL)));
    // 0.7 x (1 - 0.4) + 0.3 x 0.1
    assert_eq!(view.award.terms.score.get(), 450_000);
}

#[test]
fn a_good_name_is_worth_a_higher_price() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    for requester in 12..=20 {
        let task = world.open_for(requester, &[ALICE]);
        world.prove(task, ALICE);
    }
    world.ask_all(&[(ALICE, 110_000), (BOB, 100_000)]);
    let task = world.open_usual();
    assert_eq!(world.prover_of(task), Some(who(ALICE)));
    let mean = world.ledger.reputation(who(ALICE));
    assert!(mean.value.get() > 600_000 && mean.success.get() == 1_000_000, "{mean:?}");
    let (collateral, price) = (award(&world.ledger, task).award.collateral(), Credits::new(440_000));
    assert_eq!(collateral, price.saturating_add(price.share(mean.earned.complement())), "and needs less collateral");
    assert!((440_000..600_000).contains(&collateral.get()), "{collateral}");
}

#[test]
fn ties_go_to_the_warm_then_the_older_then_the_id() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    world.ask_all(&[(BOB, 100_000)]);
    let first = world.open_usual();
    assert_eq!(world.prover_of(first), Some(who(ALICE)), "the older");
    asks_with(&mut world, BOB, 100_000, |a| a.warm = List::new(vec![circuit_id(0)]).unwrap());
    let second = world.open_usual();
    assert_eq!(world.prover_of(second), Some(who(BOB)), "the warm");

    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 100_000)]);
    let task = world.open_usual();
    assert_eq!(world.prover_of(task), Some(who(ALICE).min(who(BOB))));
}

#[test]
fn renewing_at_the_same_price_keeps_the_place() {
    let mut world = World::with_asks(&[(ALICE, 100_000)]);
    world.ask_all(&[(BOB, 100_000)]);
    let since = world.ledger.ask_of(who(ALICE)).unwrap().since;
    asks_with(&mut world, ALICE, 100_000, |a| a.capacity = 9);
    assert_eq!(world.ledger.ask_of(who(ALICE)).unwrap().since, since);
    asks_with(&mut world, ALICE, 99_000, |_| ());
    assert!(world.ledger.ask_of(who(ALICE)).unwrap().since > since);
}

#[test]
fn an_ask_that_does_not_fit_says_why() {
    let mut world = World::with_asks(&[]);
    let two = Level::new(2).unwrap();
    let offer = Offer { level: two, per_kilorow: Credits::new(1), rows_per_second: 1 };
    asks_with(&mut world, 21, 1, |a| a.offers = List::new(vec![offer]).unwrap());
    asks_with(&mut world, 22, 1, |a| a.degree_max = Degree::new(11).unwrap());
    asks_with(&mut world, 23, 1, |a| a.builders = List::new(vec![Builder::new("other@1").unwrap()]).unwrap());
    asks_with(&mut world, 24, 250_001, |_| ());
    asks_with(&mut world, 25, 1, |_| ());
    let slow = Offer { level: Level::new(1).unwrap(), per_kilorow: Credits::new(1), rows_per_second: 6 };
    asks_with(&mut world, 26, 1, |a| a.offers = List::new(vec![slow]).unwrap());
    asks_with(&mut world, 27, 100_000, |_| ());
    world.say(vec![(27, Action::Transfer { to: who(28), amount: Credits::new(RICHES - 200_300) })]);
    let mut bid = world.bid();
    bid.deny = List::new(vec![who(25)]).unwrap();
    let task = world.open(bid);
    assert_eq!(world.prover_of(task), None);
    assert_eq!(why_not(&world, task, 21), Ineligible::Level(Level::new(1).unwrap()));
    assert_eq!(why_not(&world, task, 22), Ineligible::Degree { max: 11 });
    assert_eq!(why_not(&world, task, 23), Ineligible::Builder);
    let (price, reward) = (Credits::new(1_000_004), Credits::new(REWARD));
    assert_eq!(why_not(&world, task, 24), Ineligible::Price { price, reward });
    assert_eq!(why_not(&world, task, 25), Ineligible::Excluded);
    // 19 s for `Start`, 4 ms for the inputs, the proof, and an idle block.
    let interval = world.ledger.params().block_interval.get();
    let (needed, left) = (Millis::new(19_003 + 4 + 682_667 + 2_000), Millis::new(599_900 - interval));
    assert_eq!(why_not(&world, task, 26), Ineligible::TooSlow { needed, left });
    let (available, required) = (Credits::new(200_100), Credits::new(800_000));
    assert_eq!(why_not(&world, task, 27), Ineligible::Collateral { available, required });
}

#[test]
fn an_allow_list_lets_nobody_else_in() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 150_000)]);
    let mut bid = world.bid();
    bid.allow = List::new(vec![who(BOB)]).unwrap();
    let task = world.open(bid);
    assert_eq!(world.prover_of(task), Some(who(BOB)));
    assert_eq!(why_not(&world, task, ALICE), Ineligible::Excluded);
}

#[test]
fn nobody_hoards_a_burst() {
    let mut world = World::with_asks(&[(ALICE, 100_000), (BOB, 150_000)]);
    let burst: Vec<_> = (0..7).map(|_| (REQUESTER, bids(world.bid()))).collect();
    world.say(burst);
    let held = |world: &World, n| world.ledger.awards_of(who(n)).count();
    assert_eq!((held(&world, ALICE), held(&world, BOB)), (2, 2), "half of a capacity of four");
    let soon = world.ledger.time().after(world.ledger.params().block_interval);
    assert_eq!(world.ledger.next_deadline(), Some(soon), "more can be awarded");
    world.wait(1);
    assert_eq!((held(&world, ALICE), held(&world, BOB)), (3, 3));
    world.wait(2);
    assert_eq!((held(&world, ALICE), held(&world, BOB)), (4, 3), "seven in all");
}

#[test]
fn priority_then_reward_are_served_first() {
    let mut world = World::with_asks(&[]);
    let mut bid_of = |priority, reward| {
        let mut bid = world.bid();
        bid.priority = Priority::new(priority).unwrap();
        bid.reward = Credits::new(reward);
        world.open(bid)
    };
    let (usual, rich, hurried) = (bid_of(0, REWARD), bid_of(0, 2 * REWARD), bid_of(1, REWARD));
    asks_with(&mut world, ALICE, 100_000, |a| a.capacity = 1);
    world.next();
    assert_eq!(world.prover_of(hurried), Some(who(ALICE)));
    world.prove(hurried, ALICE);
    assert_eq!((world.prover_of(rich), world.prover_of(usual)), (Some(who(ALICE)), None));
}

#[test]
fn due_times_leave_room_for_the_runner_up() {
    // 19 s to start and 3 x 4 s to prove, for each: 31 s.
    let mut world = World::with_asks(&[]);
    for (n, price) in [(ALICE, 100_000), (BOB, 110_000)] {
        asks_with(&mut world, n, price, |a| (a.capacity, a.lanes) = (100, u16::MAX));
    }
    let mut open = |seconds| {
        let mut bid = world.bid();
        bid.deadline = world.ledger.time().after(Millis::from_secs(seconds));
        let deadline = bid.deadline;
        let task = world.open(bid);
        let view = award(&world.ledger, task);
        let secs = |ms: Millis| ms.get().div_ceil(1_000);
        (secs(view.due.since(view.award.at)), secs(deadline.since(view.due)), view.award.runner_up.is_some())
    };
    assert_eq!(open(600), (32, 569, true), "time enough for both");
    assert_eq!(open(50), (32, 19, false), "the winner keeps its time, and there is none for a second");
    assert_eq!(open(26), (26, 0, false), "at most the deadline");
}

#[test]
fn no_more_awards_than_a_block_may_make() {
    let mut world = World::with(1, Params { block_awards_max: 2, ..Params::default() });
    world.register();
    let provers: Vec<_> = (21..=25).map(|n| (n, 100_000)).collect();
    world.ask_all(&provers);
    let burst: Vec<_> = (0..3).map(|_| (REQUESTER, bids(world.bid()))).collect();
    let tasks = opened(&world.say(burst));
    let awarded = |world: &World| tasks.iter().filter(|&&t| world.prover_of(t).is_some()).count();
    assert_eq!(awarded(&world), 2);
    world.wait(1);
    assert_eq!(awarded(&world), 3);
}

/// The rule, written down a second time and without haste.
fn oracle(terms: &[Terms]) -> Option<AccountId> {
    let score = |t: &Terms| {
        let reward = u128::from(REWARD);
        700_000 * (reward - u128::from(t.price.get())) * 1_000_000 + 300_000 * u128::from(t.reputation.get()) * reward
    };
    let beats = |a: &Terms, b: &Terms| {
        if score(a) != score(b) {
            return score(a) > score(b);
        }
        if a.reputation != b.reputation {
            return a.reputation > b.reputation;
        }
        if a.warm != b.warm {
            return a.warm;
        }
        if a.asked != b.asked { a.asked < b.asked } else { a.prover < b.prover }
    };
    terms.iter().find(|a| terms.iter().all(|b| a.prover == b.prover || beats(a, b))).map(|t| t.prover)
}

/// What everybody offered: the winner's terms as recorded, the others' as they still stand.
fn terms_at_award(world: &World, task: TaskId) -> Vec<Terms> {
    let winner = award(&world.ledger, task).award.terms;
    let answers = world.ledger.answers_to(task, usize::MAX, None).unwrap();
    let others = answers.asks.iter().filter(|answer| answer.prover != winner.prover);
    others.filter_map(|answer| Some(answer.terms?.terms)).chain([winner]).collect()
}

fn number(account: AccountId) -> u8 {
    (1..=40).find(|&n| who(n) == account).unwrap()
}

fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed | 1;
    for i in (1..items.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        items.swap(i, (state >> 33) as usize % (i + 1));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(48), ..ProptestConfig::default() })]

    /// The award follows the rule, no matter in which order bid and asks stand in a block.
    #[test]
    fn the_award_does_not_depend_on_the_order_within_a_block(
        prices in prop::collection::vec((99_998u64..100_002, any::<bool>(), 1u16..3), 1..12),
        seed in any::<u64>(),
    ) {
        let mut world = World::with_asks(&[]);
        let now = world.ledger.time();
        let mut ops = Vec::new();
        for (n, (price, warm, capacity)) in (21..).zip(prices) {
            let mut ask = ask(price, now);
            ask.capacity = capacity;
            ask.warm = List::new(if warm { vec![circuit_id(0)] } else { Vec::new() }).unwrap();
            ops.push(world.op(n, asks(ask)));
        }
        ops.push(world.op(REQUESTER, bids(bid(1, now))));
        let before = world.ledger.clone();
        world.block(100, &ops);
        world.next();
        let root = world.ledger.root();

        world.ledger = before;
        shuffle(&mut ops, seed);
        world.block(100, &ops);
        world.next();
        prop_assert_eq!(world.ledger.root(), root);

        let task = world.ledger.tasks().next().unwrap().0;
        let winner = award(&world.ledger, task).award;
        let (first, second) = (winner.prover, winner.runner_up.map(|r| r.prover));
        // Without the award, the rule names the same two.
        let reason = DeclineReason::Unable;
        let terms = terms_at_award(&world, task);
        prop_assert_eq!(oracle(&terms), Some(first));
        let rest: Vec<_> = terms.into_iter().filter(|t| t.prover != first).collect();
        prop_assert_eq!(oracle(&rest), second);
        world.say(vec![(number(first), world.declines(task, reason))]);
        prop_assert_eq!(world.prover_of(task), second, "the runner-up takes over");
    }
}
