//! Why the market decides as it does: quotes, tasks explained, auctions recomputed.

use crate::support::*;
use dpgn_market::{
    AuctionReplayed, AuctionScope, Auditor, AwardEnd, Basis, Body, Fault, Ineligible, Obstacle, StandsAt,
    TaskExplained, UnbuiltBid, Verdict, Wanted, Window,
};
use dpgn_protocol::{
    ids::TaskId,
    ops::{Bid, Builder},
    units::{Credits, Degree, Level, Millis, Priority},
};
use uuid::Uuid;

fn wanted(reward: Option<u64>) -> Wanted {
    Wanted {
        level: Level::new(1).unwrap(),
        degree: Degree::new(12).unwrap(),
        builder: Builder::new("r1cs@1").unwrap(),
        circuit: Some(circuit_id(0)),
        recipe: None,
        recipe_len: 1_000,
        inputs_len: 1_000,
        deadline: Millis::from_secs(600),
        priority: Priority::MIN,
        reward: reward.map(Credits::new),
    }
}

/// A world in which these provers have asked, and their asks count.
fn market(asks_of: &[(u8, u64)]) -> World {
    let mut world = World::with_asks(asks_of);
    world.next();
    world
}

#[test]
fn a_quote_says_what_the_auction_then_does() {
    let mut world = market(&[(21, 100_000), (22, 110_000), (23, 120_000), (24, 200_000)]);
    let quote = world.ledger.quote(&wanted(None));
    let able = quote.able.unwrap();
    let prices = [able.lowest, able.quarter, able.median, able.three_quarters, able.highest].map(Credits::get);
    assert_eq!((able.count, prices), (4, [400_000, 400_000, 440_000, 480_000, 800_000]));
    assert_eq!((quote.reward.get(), quote.basis, quote.paid, quote.going), (480_000, Basis::Asks, None, None));
    let (expected, answers) = (quote.expected.unwrap(), quote.answers);
    assert_eq!((answers.eligible, answers.asks.len()), (3, 0));
    assert_eq!(answers.refused.iter().map(|r| (r.obstacle, r.asks)).collect::<Vec<_>>(), [(Obstacle::Price, 1)]);

    let before = world.balance(REQUESTER);
    let mut bid = world.bid();
    (bid.reward, bid.deadline) = (quote.reward, world.ledger.time().after(Millis::from_secs(600)));
    let asked_at = world.ledger.time();
    let Bid { recipe, recipe_len, inputs_len, level, reward, raise, priority, .. } = bid;
    let deadline = Millis::from_secs(600);
    let unbuilt = UnbuiltBid { recipe, recipe_len, inputs_len, level, reward, raise, priority, deadline };
    let told = world.ledger.cost(&unbuilt);
    let task = world.open(bid);
    let live = world.ledger.task(task).unwrap().award.unwrap();
    assert_eq!(live.award.prover, expected.winner.terms.prover);
    // The bid pays for its bytes as well, and a block of this world comes 100 ms after the last.
    let (cost, bytes) = (before - world.balance(REQUESTER), world.size_of_a_bid());
    assert_eq!(cost, quote.locked.get() + quote.fee.get() + bytes);
    assert_eq!(cost, told.least.get() + bytes, "it is known before the circuit is built");
    assert!(told.whole > told.least, "a recipe that nobody has bid for may be of a new circuit");
    let again = world.ledger.cost(&unbuilt);
    assert_eq!(again.whole, again.least, "now the ledger remembers it");
    let (here, quoted) = (Millis::new(100), world.ledger.params().block_interval);
    let within = |expected: Millis| expected.saturating_add(here);
    assert_eq!(live.due.since(asked_at).saturating_add(quoted), within(expected.done_within));
    assert_eq!(live.start_by.since(asked_at).saturating_add(quoted), within(expected.starts_within));
    let (starts, done) = (expected.starts_in.get(), expected.done_in.get());
    println!("expected: starts in {starts} ms, paid in {done} ms, due within {} ms", expected.done_within);
    let block = quoted.get();
    assert_eq!((starts, done), (block, block + 4_000 + 2 * block));

    let prover = world.prover_of(task).unwrap();
    world.prove(task, (21..=24).find(|&n| who(n) == prover).unwrap());
    let quote = world.ledger.quote(&wanted(Some(400_000)));
    assert_eq!(quote.paid.map(|paid| (paid.count, paid.median.get())), Some((1, 400_000)));
    assert_eq!((quote.going.unwrap().price.get(), quote.basis, quote.reward.get()), (400_000, Basis::Named, 400_000));
}

#[test]
fn few_dear_asks_do_not_drive_a_proposed_reward_up() {
    let honest = [(21, 100_000), (22, 110_000), (23, 120_000)];
    let decoys = [(24, 10_000_000), (25, 10_000_000)];
    let reward = |asks: &[(u8, u64)]| market(asks).ledger.quote(&wanted(None)).reward.get();
    let (fair, driven) = (reward(&honest), reward(&[honest.as_slice(), &decoys].concat()));
    println!("proposed {fair}, with two of five asks at 40 credits {driven}: {} times", driven / fair);
    assert_eq!((fair, driven), (480_000, 4 * 480_000));
    assert!(driven <= 4 * fair);
}

#[test]
fn without_asks_a_quote_says_so() {
    let mut world = World::with_asks(&[]);
    let quote = world.ledger.quote(&wanted(None));
    assert_eq!((quote.basis, quote.expected, quote.asked), (Basis::Nothing, None, None));
    asks_of_slow(&mut world);
    let quote = world.ledger.quote(&wanted(None));
    assert_eq!((quote.basis, quote.able, quote.reward.get()), (Basis::Book, None, 400_000));
    assert_eq!(quote.answers.refused.iter().map(|r| r.obstacle).collect::<Vec<_>>(), [Obstacle::TooSlow]);
}

#[test]
fn a_quote_names_the_prices_and_what_a_new_circuit_costs() {
    let mut world = market(&[(ALICE, 120_000), (BOB, 100_000)]);
    let quote = world.ledger.quote(&wanted(Some(400_000)));
    let asked = quote.asked.unwrap();
    assert_eq!((asked.count, asked.lowest.get(), asked.highest.get()), (2, 400_000, 480_000));
    // An op, a hundredth of the reward, a sixth of an hour, and 2,000 bytes that provers fetch.
    assert_eq!((quote.fee.get(), quote.registration), (100 + 4_000 + 167 + 8, None));
    let recipe = world.bid().recipe;
    let unknown = Wanted { circuit: None, recipe: Some(recipe), ..wanted(None) };
    let quoted = world.ledger.quote(&unknown).registration.unwrap().get();
    let before = world.balance(REQUESTER);
    world.say(vec![(REQUESTER, circuit(1))]);
    let paid = before - world.balance(REQUESTER);
    println!("a new circuit: quoted {quoted}, paid {paid} for verifier data of {} bytes", paid - 100);
    assert_eq!(quoted, 100 + 3_500);
    world.open_usual();
    assert_eq!(world.ledger.quote(&unknown).registration, None, "a bid has told which circuit it is");
}

fn asks_of_slow(world: &mut World) {
    let mut slow = ask(100_000, world.ledger.time());
    slow.offers = dpgn_protocol::bounded::List::new(
        slow.offers.iter().map(|offer| dpgn_protocol::ops::Offer { rows_per_second: 1, ..*offer }).collect(),
    )
    .unwrap();
    world.say(vec![(ALICE, asks(slow))]);
    world.next();
}

/// All of an auction.
const ALL: AuctionScope = AuctionScope { task: None, prover: None, asks_max: u64::MAX, skip: 0, most: u64::MAX };

fn explain(world: &World, task: TaskId, about: u8) -> TaskExplained {
    world.ledger.explain_task(task, Some(who(about)), 10).unwrap()
}

#[test]
fn a_task_says_why_it_is_awarded_to_one_and_not_to_another() {
    let mut world = market(&[(ALICE, 100_000), (BOB, 150_000), (CAROL, 400_000)]);
    let task = world.open_usual();
    let told = explain(&world, task, BOB);
    let award = told.award.unwrap();
    assert_eq!((award.prover, told.standing), (who(ALICE), StandsAt::Start));
    for scored in [award.terms, award.runner_up.unwrap()] {
        let parts = scored.for_price + scored.for_reputation;
        let score = i64::from(scored.terms.score.get());
        println!("{} = {} for the price, {} for the name", score, scored.for_price, scored.for_reputation);
        assert!((parts..=parts + 1).contains(&score), "each part is rounded down");
    }
    assert_eq!((told.about.unwrap().verdict, told.answers), (Verdict::Taken { by: who(ALICE) }, None));
    assert_eq!(explain(&world, task, ALICE).about.unwrap().verdict, Verdict::Has);
    let (dear, missing) =
        (world.answer(task, CAROL).unwrap_err(), world.ledger.answers_to(task, 10, Some(who(NEWCOMER))));
    assert!(matches!(dear, Ineligible::Price { .. }) && dear.to_string().contains("at most"), "{dear}");
    assert_eq!(missing.unwrap().asks.len(), 3, "of a task that is held: what they would answer");

    world.start(ALICE, task);
    world.wait(8);
    let told = explain(&world, task, ALICE);
    let end = AwardEnd::Missed(Window::Alive);
    assert_eq!(told.about.unwrap().verdict, Verdict::Had { end });
    assert_eq!((told.attempts.len(), told.attempts[0].end, told.fault), (1, end, Some(Fault::Prover)));
    assert_eq!(told.award.unwrap().prover, who(BOB));
}

#[test]
fn a_task_that_waits_says_what_each_ask_answers() {
    let mut world = market(&[(ALICE, 400_000), (BOB, 500_000)]);
    let task = world.open_usual();
    let Verdict::Refused { answer } = explain(&world, task, BOB).about.unwrap().verdict else { panic!("too dear") };
    assert!(matches!(answer.refused, Some(Ineligible::Price { .. })) && answer.why.unwrap().contains("at most"));
    assert_eq!(explain(&world, task, NEWCOMER).about.unwrap().verdict, Verdict::NoAsk);
    world.ask_all(&[(ALICE, 100_000), (BOB, 150_000)]);
    let told = explain(&world, task, BOB);
    let Verdict::Outscored { own, by } = told.about.unwrap().verdict else { panic!("alice is cheaper") };
    assert!(own.terms.score < by.terms.score && by.terms.prover == who(ALICE));
    assert!(matches!(explain(&world, task, ALICE).about.unwrap().verdict, Verdict::Best { .. }));
    assert_eq!((told.standing, told.answers.unwrap().eligible), (StandsAt::NextAuction, 2));
}

/// A task that was over was explained by the asks of the day: the one that had lost was the best of them.
#[test]
fn a_task_that_is_over_says_so() {
    let mut world = market(&[(ALICE, 100_000), (BOB, 150_000)]);
    let task = world.open_usual();
    world.prove(task, ALICE);
    world.ask_all(&[(BOB, 1)]);
    world.next();
    let told = explain(&world, task, BOB);
    assert_eq!(told.about.unwrap().verdict, Verdict::Over { paid: Some(who(ALICE)) });
    assert_eq!((told.answers, told.closed.is_some()), (None, true));
    assert!(told.awarded.is_some_and(|height| height < told.height), "where to look for what decided");
    assert_eq!(explain(&world, task, ALICE).about.unwrap().verdict, Verdict::Has);
    let (late, lost) = (world.open_usual(), Verdict::Over { paid: None });
    world.say(vec![(REQUESTER, dpgn_protocol::ops::Action::Cancel { task: late })]);
    assert_eq!(explain(&world, late, BOB).about.unwrap().verdict, lost);
}

#[test]
fn a_task_that_waits_says_for_what() {
    let mut world = World::with_asks(&[]);
    let task = world.open_usual();
    assert_eq!(explain(&world, task, ALICE).standing, StandsAt::NoAsks);
    world.ask_all(&[(ALICE, 500_000)]);
    assert_eq!(explain(&world, task, ALICE).standing, StandsAt::NoneCan);
    world.ask_all(&[(BOB, 100_000)]);
    assert_eq!(explain(&world, task, BOB).standing, StandsAt::NextAuction, "in which its ask counts");
    assert_eq!(explain(&world, task, BOB).fault, Some(Fault::Network));
    world.next();
    world.prove(task, BOB);
    assert!(matches!(explain(&world, task, BOB).standing, StandsAt::Paid { .. }));
    assert_eq!(explain(&world, task, BOB).about.unwrap().verdict, Verdict::Has);
}

#[test]
fn an_auction_is_recomputed_from_its_block_alone() {
    let mut world = market(&[(ALICE, 100_000), (BOB, 150_000), (CAROL, 400_000)]);
    let ops: Vec<_> = (0..3).map(|_| world.bid()).map(bids).collect();
    let ops: Vec<_> = ops.into_iter().map(|bid| world.op(REQUESTER, bid)).collect();
    let (before, time) = (world.ledger.clone(), world.ledger.time().after(Millis::new(100)));
    world.block(100, &ops);
    let replay = |scope| -> AuctionReplayed {
        let (mut ledger, mut auditor) = (before.clone(), Auditor::new(scope));
        let last_commit = commit(&before);
        let body = Body { parent: below(&before), time, proposer: who(1), last_commit, ops: &ops };
        ledger.apply_audited(body, &mut auditor).unwrap();
        assert_eq!(ledger.root(), world.ledger.root());
        auditor.found().unwrap()
    };
    let found = replay(ALL);
    println!("{} awards, recomputed: {:#?}", found.made.len(), found.recomputed);
    assert!(found.agrees && found.made.len() == 3 && found.recomputed == found.made && found.by_rounds.is_empty());
    assert_eq!((found.waiting, found.bids.len(), found.height), (3, 3, world.ledger.height()));
    assert_eq!((found.bids_left_out, found.asks_left_out, found.next), (0, 0, None));
    for (bid, award) in found.bids.iter().zip(&found.made).take(2) {
        assert_eq!((bid.task, bid.winner.unwrap().terms.prover), (award.task, award.prover));
        assert_eq!(world.prover_of(bid.task), Some(award.prover));
        assert_eq!(bid.answers.asks.last().unwrap().prover, who(CAROL));
    }
    println!("18 entries on {} pages of four", in_parts(&found, replay));
}

/// What is left out is counted, pages add up to the whole, and one bid or one prover can be had alone.
fn in_parts(whole: &AuctionReplayed, replay: impl Fn(AuctionScope) -> AuctionReplayed) -> u64 {
    // Three entries for a bid, and one for each of two answers.
    let cut = replay(AuctionScope { asks_max: 2, most: (3 + 2) + (3 + 1), ..ALL });
    let shown: Vec<_> = cut.bids.iter().map(|bid| bid.answers.asks.len()).collect();
    // The second bid's other answer is on the next page; the third answer of each is on none.
    assert_eq!((shown, cut.bids_left_out, cut.asks_left_out, cut.next), (vec![2, 1], 1, 1 + 2, Some(9)));
    assert!(cut.agrees && cut.made == whole.made && cut.waiting == 3);
    let (mut pages, mut answers, mut skip) = (0, Vec::new(), Some(0));
    while let Some(from) = skip {
        let page = replay(AuctionScope { skip: from, most: 4, ..ALL });
        answers.extend(page.bids.into_iter().flat_map(|bid| bid.answers.asks.into_iter().map(move |a| (bid.task, a))));
        (pages, skip) = (pages + 1, page.next);
    }
    let all = whole.bids.iter().flat_map(|bid| bid.answers.asks.iter().map(|a| (bid.task, a.clone())));
    assert_eq!((answers, pages), (all.collect::<Vec<_>>(), 5));

    let task = whole.bids[1].task;
    let carols = whole.bids[1].answers.asks.iter().find(|answer| answer.prover == who(CAROL)).unwrap();
    let one = replay(AuctionScope { task: Some(task), prover: Some(who(CAROL)), ..ALL });
    assert_eq!((one.bids.len(), one.bids[0].task, one.bids_left_out, one.asks_left_out), (1, task, 0, 0));
    assert_eq!(one.bids[0].answers.asks.iter().collect::<Vec<_>>(), [carols]);
    let nobody = replay(AuctionScope { prover: Some(who(NEWCOMER)), ..ALL });
    assert_eq!(nobody.bids.iter().map(|bid| bid.answers.asks.len()).collect::<Vec<_>>(), [0, 0, 0]);
    pages
}

/// The usual round costs what its quote says besides, and a deadline that is near leaves time for the proof.
#[test]
fn a_sealed_round_costs_and_lasts_what_is_quoted() {
    let mut world = market(&[(ALICE, 100_000)]);
    let degree = world.ledger.circuit(circuit_id(0)).unwrap().degree;
    let bid = |world: &mut World, seconds: u64| Bid {
        reward: Credits::new(400_000),
        deadline: world.ledger.time().after(Millis::from_secs(seconds)),
        ..world.bid()
    };
    let plain = bid(&mut world, 600);
    let round = world.ledger.usual_round(&plain, degree);
    let quoted = world.ledger.quote(&wanted(Some(400_000))).round;
    assert_eq!(quoted.lasts, round.seal.saturating_add(round.open));
    let pays = |world: &mut World, bid: Bid| {
        let task = world.open(bid);
        world.fee_of(task)
    };
    let alone = pays(&mut world, plain.clone());
    let sealed = pays(&mut world, Bid { sealed: Some(round), alias: Uuid::from_u128(77), ..plain });
    println!("a round costs {} and lasts {} ms", quoted.fee, quoted.lasts);
    // The bytes that say so, 20 or so, are paid for too.
    assert!((quoted.fee.get()..quoted.fee.get() + 500).contains(&(sealed - alone)), "{sealed} after {alone}");

    let hurried = bid(&mut world, 20);
    let short = world.ledger.usual_round(&hurried, degree);
    assert!(short.seal < round.seal && short.seal.get() * 2 <= 10_000, "{} ms", short.seal);
    pays(&mut world, Bid { sealed: Some(short), ..hurried });
}
