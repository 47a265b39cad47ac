//! The auction without a ledger gives what a scan of its book gives, and refuses what it has no room for.

use crate::support::who;
use dpgn_market::{
    AskOrder, AuctionAward, AuctionConfig, AuctionEngine, BidOrder, ConfigError, OrderBook, OrderError,
    ReputationConfig, ReputationConfigError, ReputationTracker, TrackedProof, TrackerFull,
};
use dpgn_protocol::{
    ids::{AccountId, TaskId, hash},
    units::{Credits, Degree, Level, Millis, Ppm, Priority},
};
use std::{cmp::Reverse, collections::BTreeMap};

const PROVERS: u64 = 200;
const BIDS: u64 = 400;
/// A proof that nobody makes better.
const PERFECT: TrackedProof = TrackedProof { quality: Ppm::ONE, time: Ppm::ONE, punctuality: Ppm::ONE };

/// Numbers from a seed: splitmix64.
fn draw(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % below
}

fn prover(n: u64) -> AccountId {
    AccountId::from_bytes(hash("prover", &[&n.to_le_bytes()]))
}

fn degree(n: u64) -> Degree {
    Degree::new(12 + n as u8).unwrap()
}

/// Few prices and names, so that there are ties.
fn market(seed: &mut u64) -> (OrderBook, ReputationTracker) {
    let (mut book, mut tracker) =
        (OrderBook::new(BIDS as usize, 2 * PROVERS as usize), ReputationTracker::new(PROVERS as usize));
    for n in 0..PROVERS {
        for requester in 0..draw(seed, 4) {
            let some = Ppm::new(250_000 * draw(seed, 5) as u32);
            let proof = TrackedProof { quality: some, time: some, punctuality: Ppm::ONE };
            tracker.succeed(prover(n), who(requester as u8), Credits::new(2_500), proof).unwrap();
        }
        for size in 0..2 {
            let price = Credits::new(100 * draw(seed, 20));
            let (time, capacity) = (Millis::new(draw(seed, 5)), 1 + draw(seed, 3) as u32);
            let ask = AskOrder { prover: prover(n), level: Level::MIN, degree: degree(size), price, time, capacity };
            book.ask(ask).unwrap();
        }
    }
    for n in 0..BIDS {
        let bid = BidOrder {
            task: TaskId::from_bytes(hash("task", &[&n.to_le_bytes()])),
            level: Level::MIN,
            degree: degree(draw(seed, 2)),
            reward: Credits::new(1 + 100 * draw(seed, 30)),
            priority: Priority::new(draw(seed, 3) as u8).unwrap(),
            reputation_min: Ppm::new(100_000 * draw(seed, 4) as u32),
            time_max: Millis::new(1 + draw(seed, 5)),
        };
        book.bid(bid).unwrap();
    }
    (book, tracker)
}

/// The awards by looking at every ask for each bid, as the scores are written down.
fn scan(book: &OrderBook, tracker: &ReputationTracker) -> Vec<(TaskId, AccountId)> {
    let asks: Vec<_> = book.asks().collect();
    let mut left: BTreeMap<_, _> = asks.iter().map(|ask| ((ask.prover, ask.degree), ask.capacity)).collect();
    let mut awards = Vec::new();
    for bid in book.bids() {
        let reputation = |ask: &AskOrder| tracker.reputation(ask.prover).value;
        let fits = |ask: &&&AskOrder| {
            ask.degree == bid.degree
                && ask.price <= bid.reward
                && ask.time <= bid.time_max
                && reputation(ask) >= bid.reputation_min
                && left[&(ask.prover, ask.degree)] > 0
        };
        let eligible: Vec<_> = asks.iter().filter(fits).collect();
        let Some(lowest) = eligible.iter().map(|ask| ask.price.get()).min() else { continue };
        let effective = i128::from(bid.reward.get().min(4 * lowest.max(1)));
        let score = |ask: &AskOrder| {
            let (price, reputation) = (i128::from(ask.price.get()), i128::from(reputation(ask).get()));
            700_000 * 1_000_000 * (effective - price) + 300_000 * reputation * effective
        };
        // Here every ask was first taken in the order of the provers' numbers, so the earlier one is the earlier number.
        let age = |ask: &AskOrder| (0..PROVERS).find(|n| prover(*n) == ask.prover);
        let key = |ask: &&&&AskOrder| (score(ask), reputation(ask), Reverse(age(ask)));
        let best = eligible.iter().max_by_key(key).unwrap();
        *left.get_mut(&(best.prover, best.degree)).unwrap() -= 1;
        awards.push((bid.task, best.prover));
    }
    awards
}

#[test]
fn a_book_is_awarded_as_by_a_scan() {
    let engine = AuctionEngine::with_config(AuctionConfig::default()).unwrap();
    let (mut seed, mut awarded) = (3, 0);
    for _ in 0..3 {
        let (book, tracker) = market(&mut seed);
        let found = engine.run_auction_with_reputation(&book, &tracker, usize::MAX);
        let pairs = |found: &[AuctionAward]| found.iter().map(|a| (a.task, a.prover)).collect::<Vec<_>>();
        assert_eq!(pairs(&found), scan(&book, &tracker));
        assert_eq!(engine.run_auction_with_reputation(&book, &tracker, 10), found[..10], "the first ten");
        awarded += found.len();
    }
    println!("{awarded} awards of a book without a ledger are those of a scan");
}

#[test]
fn a_book_refuses_what_it_has_no_room_for() {
    let mut seed = 5;
    let (mut book, mut tracker) = market(&mut seed);
    let (bid, ask) = (*book.bids().next().unwrap(), *book.asks().next().unwrap());
    assert_eq!(book.bid(bid), Err(OrderError::BidTwice(bid.task)));
    let another = BidOrder { task: TaskId::from_bytes([0; 32]), ..bid };
    assert_eq!(book.bid(another), Err(OrderError::Full { what: "bids", max: BIDS as usize }));
    assert_eq!(book.cancel_bid(bid.task), Some(bid));
    assert_eq!(book.bid(BidOrder { reward: Credits::ZERO, ..another }), Err(OrderError::NoReward));
    assert_eq!(book.bid(another), Ok(()));
    assert_eq!(book.ask(AskOrder { capacity: 0, ..ask }), Err(OrderError::NoCapacity));
    let newcomer = AskOrder { prover: who(1), ..ask };
    assert_eq!(book.ask(newcomer), Err(OrderError::Full { what: "asks", max: 2 * PROVERS as usize }));
    assert_eq!(book.cancel_ask(ask.prover, ask.level, ask.degree), Some(ask));
    assert_eq!((book.ask(newcomer), book.ask(newcomer)), (Ok(()), Ok(())), "an ask is renewed in its place");
    let full = Err(TrackerFull { max: PROVERS as usize });
    for n in 0..PROVERS {
        tracker.fail(prover(n), who(1), Credits::new(1)).unwrap();
    }
    assert_eq!(tracker.fail(who(1), who(2), Credits::new(1)), full);
    assert_eq!(tracker.reputation(who(1)).value, tracker.reputation(who(1)).prior, "and knows it as a newcomer");
}

#[test]
fn a_full_tracker_takes_a_newcomer_once_somebody_is_forgotten() {
    let mut tracker = ReputationTracker::new(2);
    let [old, light, new] = [1, 2, 3].map(prover);
    tracker.succeed(old, who(1), Credits::new(2_500), PERFECT).unwrap();
    tracker.succeed(light, who(1), Credits::new(10), PERFECT).unwrap();
    let full = Err(TrackerFull { max: 2 });
    assert_eq!(tracker.succeed(new, who(1), Credits::new(2_500), PERFECT), full);
    assert_eq!(tracker.succeed(light, who(1), Credits::new(10), PERFECT), Ok(()), "who is known needs no room");
    let (lightest, had) = tracker.provers().min_by_key(|(_, reputation)| reputation.weight).unwrap();
    assert_eq!((lightest, had.weight), (light, Credits::new(20)));
    assert_eq!((tracker.forget(lightest), tracker.forget(lightest)), (Some(had), None));
    assert_eq!(tracker.reputation(light), tracker.reputation(new), "it is a newcomer again");
    assert_eq!(tracker.succeed(new, who(1), Credits::new(2_500), PERFECT), Ok(()));
    assert_eq!(tracker.fail(light, who(1), Credits::new(10)), full);
    assert_eq!(tracker.provers().count(), 2);
    assert_eq!(tracker.reputation(old).value, tracker.reputation(new).value, "nobody else has changed");
}

#[test]
fn one_requester_lifts_a_prover_as_far_as_the_numbers_say() {
    let lifted = |mut tracker: ReputationTracker, requesters: u8| {
        for n in 0..1_000 {
            tracker.succeed(prover(1), who(n as u8 % requesters), Credits::new(2_500), PERFECT).unwrap();
        }
        tracker.reputation(prover(1)).value
    };
    let usual = ReputationConfig::default();
    let by = |config| ReputationTracker::with_config(1, config).unwrap();
    let [alone, same, four] =
        [(ReputationTracker::new(1), 1), (by(usual), 1), (by(usual), 4)].map(|(tracker, n)| lifted(tracker, n));
    assert_eq!((alone, same, four), (Ppm::new(280_000), Ppm::new(280_000), Ppm::new(550_000)));
    let known = lifted(by(ReputationConfig { requester_weight_max: Credits::new(90_000), ..usual }), 1);
    assert_eq!(known, Ppm::new(910_000), "(0.1 · 10,000 + 1 · 90,000) / 100,000");
    println!(
        "a thousand perfect proofs: {alone} by one requester, {four} by four, {known} by one that may give 90,000"
    );
    let mut fading = by(usual);
    fading.succeed(prover(1), who(1), Credits::new(2_500), PERFECT).unwrap();
    (0..69).for_each(|_| fading.next_epoch());
    assert_eq!(fading.reputation(prover(1)).weight, Credits::new(1_249), "half is left");
}

#[test]
fn a_reputation_has_weights_that_are_a_whole() {
    let usual = ReputationConfig::default();
    let refused = |config| ReputationTracker::with_config(1, config).unwrap_err();
    let heavy = ReputationConfig { time_weight: Ppm::new(200_001), ..usual };
    assert_eq!(refused(heavy), ReputationConfigError::Weights { got: 1_000_001 });
    let more = Ppm::new(1_000_001);
    let prior = ReputationConfig { prior: more, ..usual };
    assert_eq!(refused(prior), ReputationConfigError::TooLarge { what: "prior", got: more });
    let keep = ReputationConfig { epoch_keep: more, ..usual };
    assert_eq!(refused(keep), ReputationConfigError::TooLarge { what: "epoch_keep", got: more });
    // No prior at all: what is known counts in full.
    let config = ReputationConfig { prior_weight: Credits::ZERO, requester_weight_max: Credits::MAX, ..usual };
    let mut tracker = ReputationTracker::with_config(1, config).unwrap();
    assert_eq!(tracker.reputation(prover(1)).value, usual.prior);
    tracker.succeed(prover(1), who(1), Credits::new(1), PERFECT).unwrap();
    assert_eq!(tracker.reputation(prover(1)).value, Ppm::ONE);
    tracker.fail(prover(1), who(1), Credits::MAX).unwrap();
    assert_eq!(tracker.reputation(prover(1)).value, Ppm::new(0));
}

#[test]
fn weights_are_a_whole_and_price_has_one() {
    let with = |price, reputation| {
        let (price_weight, reputation_weight) = (Ppm::new(price), Ppm::new(reputation));
        AuctionEngine::with_config(AuctionConfig { price_weight, reputation_weight })
    };
    assert!(with(700_000, 300_000).is_ok() && with(1_000_000, 0).is_ok());
    assert_eq!(with(700_000, 300_001), Err(ConfigError::Weights { got: 1_000_001 }));
    assert_eq!(with(u32::MAX, u32::MAX), Err(ConfigError::Weights { got: 2 * u64::from(u32::MAX) }));
    assert_eq!(with(0, 1_000_000), Err(ConfigError::NoPriceWeight));
}
