//! What an auction looks at, counted: what has changed, and nothing else.

#[path = "../../../tests/market/orders.rs"]
#[expect(dead_code, reason = "the tests of the whole market use the rest")]
mod orders;

use super::*;
use crate::state::{book::Standing, circuit::Registered, task::Task};
use dpgn_protocol::{
    bounded::{List, Text},
    committee::{Committee, Member},
    genesis::{Allocation, Genesis, Params},
    ids::{AccountId, hash},
    ops::{Action, Ask, Bid, Op, SignedOp},
    sign::Keypair,
    units::{Credits, Epoch, Millis, Power, Timestamp},
};

const BIDS: u32 = 200;
const ASKS: u32 = 50;
/// What an ask asks for 1,024 rows, too much for the bids here; a proof has four times as many.
const DEAR: u64 = 1_000_000;
const REWARD: u64 = 1_000;

fn prover(n: u32) -> AccountId {
    AccountId::from_bytes(hash("prover", &[&n.to_le_bytes()]))
}

struct Market {
    ledger: Ledger,
    requester: Keypair,
    bids: u32,
}

impl Market {
    /// A ledger with many bids that nobody serves.
    fn new() -> Self {
        let mut market = Self::without_orders();
        (0..ASKS).for_each(|n| market.ask(n, DEAR, |_| ()));
        for _ in 0..BIDS {
            market.bid(|_| ());
        }
        market
    }

    fn without_orders() -> Self {
        let requester = Keypair::from_seed(&[1; 32]);
        let rich = |account| Allocation { account, credits: Credits::new(1 << 40) };
        let accounts = (0..ASKS).map(prover).chain([requester.account()]).map(rich).collect();
        let ledger = Ledger::new(&Genesis {
            name: Text::new("looks").unwrap(),
            time: Timestamp::new(1_000_000),
            committee: Committee::new(vec![Member { account: requester.account(), power: Power::new(1) }]).unwrap(),
            accounts: List::new(accounts).unwrap(),
            params: Params { account_tasks_max: BIDS * 2, ..Params::default() },
        });
        Self { ledger: ledger.unwrap(), requester, bids: 0 }
    }

    fn ask(&mut self, n: u32, per_kilorow: u64, change: impl FnOnce(&mut Ask)) {
        self.ask_behind(n, n, per_kilorow, change);
    }

    /// An ask that another prover guarantees.
    fn ask_behind(&mut self, sponsor: u32, n: u32, per_kilorow: u64, change: impl FnOnce(&mut Ask)) {
        let (now, guarantor) = (self.ledger.time(), prover(sponsor));
        let mut ask = orders::ask(per_kilorow, now);
        change(&mut ask);
        let height = self.ledger.height();
        self.ledger.stand(prover(n), Standing { ask: Box::new(ask), since: now, guarantor, height });
    }

    fn bid(&mut self, change: impl FnOnce(&mut Bid)) -> TaskId {
        self.bids += 1;
        let now = self.ledger.time();
        let mut bid = Bid { reward: Credits::new(REWARD), ..orders::bid(self.bids.into(), now) };
        change(&mut bid);
        let Action::Circuit(circuit) = orders::circuit(0) else { unreachable!() };
        let (_, circuit) = Registered::read(&circuit, Epoch::new(0), &self.ledger.params).unwrap();
        let action = Action::Bid(Box::new(bid.clone()));
        let op = Op { nonce: self.bids.into(), expires: now, sponsor: None, action };
        let op = SignedOp::new(self.requester.sign(self.ledger.network(), op).unwrap());
        let (id, mut task) = (op.task_id(self.ledger.network()), Task::new(&op, &bid, &circuit, now, Credits::ZERO));
        let take = |ledger: &mut Ledger, amount| ledger.take(self.requester.account(), amount).unwrap();
        task.lock(take(&mut self.ledger, bid.reward), take(&mut self.ledger, Credits::new(1_000)));
        self.ledger.add_task(id, task);
        id
    }

    /// Leaves a prover so many micro-credits.
    fn leave(&mut self, n: u32, amount: u64) {
        let rest = self.ledger.balance(prover(n)).saturating_sub(Credits::new(amount));
        let coins = self.ledger.take(prover(n), rest).unwrap();
        self.ledger.pools.burn(coins);
    }

    /// The auction of the next block: the bids it looked at, and its awards.
    fn auction(&mut self) -> (usize, u32) {
        let auction = self.auction_counted();
        (auction.looked, auction.awards)
    }

    fn auction_counted(&mut self) -> Auction {
        let (time, alone) = (self.ledger.time().after(Millis::new(200)), self.requester.account());
        self.ledger.clock.advance(time, alone, std::iter::empty(), Millis::new(2_000));
        let mut events = Vec::new();
        let before = self.ledger.clone();
        let auction = self.ledger.award_changed(0, &mut events).unwrap();
        assert_eq!(events, before.award_all(&mut |_, _, _, _| {}).unwrap(), "as by looking at all pairs");
        auction
    }
}

#[test]
fn an_auction_looks_at_what_has_changed() {
    let mut market = Market::new();
    let first = market.auction();
    let still = market.auction();
    market.ask(0, DEAR, |_| ());
    let (renewed, later) = (market.auction(), market.auction());
    println!("{BIDS} bids and {ASKS} asks that do not match: looked at {}, then {}", first.0, still.0);
    println!("an ask is renewed, too dear as before: looked at {} and {}", renewed.0, later.0);
    assert_eq!((first, still), ((BIDS as usize, 0), (0, 0)));
    assert_eq!((renewed, later), ((0, 0), (0, 0)));
    // It has room for four, and half of what is free in one block, rounded up.
    market.ask(0, REWARD / 4, |_| ());
    let served = [market.auction(), market.auction(), market.auction(), market.auction()];
    println!("an ask that serves all has room for four: looked at, and awarded: {served:?}");
    assert_eq!(served, [(2, 2), (1, 1), (1, 1), (0, 0)]);
    market.bid(|_| ());
    assert_eq!([market.auction(), market.auction()], [(1, 0), (0, 0)], "a new bid looks once");
}

#[test]
fn a_bid_for_named_provers_is_called_by_these_alone() {
    let mut market = Market::new();
    market.auction();
    let named = market.bid(|bid| {
        bid.reward = Credits::new(2 * REWARD);
        bid.allow = List::new(vec![prover(7), prover(8), prover(7)]).unwrap();
    });
    assert_eq!([market.auction(), market.auction()], [(1, 0), (0, 0)], "both are too dear for it");
    market.ask(9, REWARD / 4, |ask| ask.capacity = 1);
    assert_eq!(market.auction(), (1, 1), "another prover is cheap, and serves another bid");
    market.ask(8, REWARD / 4, |ask| ask.capacity = 1);
    assert_eq!(market.auction(), (1, 1), "one of the two is");
    assert_eq!(market.ledger.open().get(&named).and_then(|task| task.stage.award()).unwrap().prover, prover(8));
}

/// An ask without collateral lies on no shelf, costs no bid anything, and is back when the credits are.
#[test]
fn spent_guarantors_leave_the_shelves_until_they_have_credits_again() {
    let mut market = Market::new();
    market.auction();
    for n in 0..ASKS {
        market.ask(n, REWARD / 4, |_| ());
        let all = market.ledger.balance(prover(n));
        let coins = market.ledger.take(prover(n), all).unwrap();
        market.ledger.pools.burn(coins);
    }
    let place = Place::of_task(market.ledger.open().values().next().unwrap());
    assert_eq!([market.auction(), market.auction()], [(0, 0), (0, 0)]);
    let on_shelf = |market: &Market| market.ledger.book.shelves.get(&place).map_or(0, |shelf| shelf.len());
    println!("{ASKS} asks without a credit: {} lie on the shelf", on_shelf(&market));
    assert_eq!(on_shelf(&market), 0);
    let coins = market.ledger.take(market.requester.account(), Credits::new(2_000)).unwrap();
    market.ledger.give(prover(3), coins);
    assert_eq!(market.auction(), (1, 1), "credits for the least collateral of one award");
    market.ledger.shelve(None);
    assert_eq!(on_shelf(&market), 0, "and they are locked now");
}

/// A guarantor that has enough for most bids is awarded one that asks for more as soon as it has that.
#[test]
fn a_balance_that_becomes_enough_for_one_bid_wakes_it() {
    let mut market = Market::without_orders();
    market.ask(3, REWARD / 4, |_| ());
    let all = market.ledger.balance(prover(3));
    let coins = market.ledger.take(prover(3), all).unwrap();
    market.ledger.pools.burn(coins);
    let give = |market: &mut Market, amount| {
        let coins = market.ledger.take(market.requester.account(), Credits::new(amount)).unwrap();
        market.ledger.give(prover(3), coins);
        market.auction()
    };
    assert_eq!(
        [give(&mut market, 20_000), market.auction()],
        [(0, 0), (0, 0)],
        "the ask is known before the bid comes"
    );
    market.bid(|bid| (bid.reward, bid.collateral_min) = (Credits::new(2 * REWARD), Credits::new(50_000)));
    assert_eq!(market.auction(), (1, 0), "its ask lacks collateral");
    assert_eq!(give(&mut market, 20_000), (0, 0), "more, and not enough");
    assert_eq!(give(&mut market, 9_999), (0, 0));
    assert_eq!(give(&mut market, 1), (1, 1));
}

/// 270 bids of one block, each with a collateral that nobody has, cost a judgement of every ask each.
#[test]
fn bids_that_nobody_can_stake_enough_for_do_not_cost_all_asks_each() {
    const HAVE: u64 = 100_000;
    let judged = |sponsored: bool, wanted: u64| {
        let mut market = Market::without_orders();
        for n in 0..ASKS {
            let sponsor = if sponsored { 0 } else { n };
            market.ask_behind(sponsor, n, REWARD / 8, |_| ());
            market.leave(n, HAVE);
        }
        market.auction();
        for _ in 0..BIDS {
            market.bid(|bid| bid.collateral_min = Credits::new(wanted));
        }
        let auction = market.auction_counted();
        assert_eq!((auction.looked, auction.awards), (BIDS as usize, 0));
        auction.judged
    };
    // More than the shelf takes them for to have, and a little more than they have, which the shelf has to learn.
    for wanted in [1 << 40, HAVE + 1] {
        let (own, sponsored) = (judged(false, wanted), judged(true, wanted));
        println!(
            "{BIDS} bids for a collateral of {wanted} beside {ASKS} asks that have {HAVE}: {own} asks are judged, \
             {sponsored} if one account guarantees for all; every pair is {}",
            BIDS * ASKS
        );
        // Each bid looks at the cheapest and at the best.
        assert!(own <= 2 * ASKS as usize && sponsored <= 2 * BIDS as usize, "{own} {sponsored}");
    }
}

/// Asks at no price, each with the least collateral and no more, stood before all others: every honest bid judged each of
/// them, since they lacked what the award displaces.
#[test]
fn cheap_asks_that_cannot_stake_what_they_displace_are_left_out() {
    let mut market = Market::without_orders();
    let asleep = market.bid(|bid| bid.reward = Credits::new(3 * REWARD));
    let (level, degree) = market.ledger.open().get(&asleep).map(|task| (task.bid.level, task.degree)).unwrap();
    market.ledger.rates.settle(level, degree, Credits::new(REWARD * 4), Millis::new(4_000));
    for n in 1..ASKS {
        market.ask(n, 0, |_| ());
        market.leave(n, REWARD * 2);
    }
    market.ask(0, REWARD, |ask| ask.capacity = 1_000);
    let bids = 100;
    for _ in 0..bids {
        market.bid(|bid| bid.reward = Credits::new(8 * REWARD));
    }
    let auction = market.auction_counted();
    println!(
        "{bids} bids beside {} asks at no price that lack collateral: {} asks are judged, {} bids are awarded",
        ASKS - 1,
        auction.judged,
        auction.awards
    );
    assert!(auction.awards == bids && auction.judged <= 8 * bids as usize, "{} {}", auction.awards, auction.judged);
    // The rate falls until they have enough: they call.
    for _ in 0..200 {
        market.ledger.book.shelves.note_rates(&market.ledger.rates.clone());
        market.ledger.rates.settle(level, degree, Credits::new(1), Millis::new(4_000));
    }
    assert_eq!(market.auction(), (1, 1), "the bid that paid too little for the honest one");
}

/// Every bid for a builder that nobody has made a shelf of its own, out of all asks.
#[test]
fn a_builder_that_nobody_has_costs_no_look_at_an_ask() {
    let mut market = Market::new();
    let builder = |n: u32| dpgn_protocol::ops::Builder::new(format!("nobody@{n}")).unwrap();
    for n in 0..100 {
        market.bid(|bid| bid.builder = builder(n));
    }
    let auction = market.auction_counted();
    let places: Vec<Place> = market.ledger.waiting.open_places().collect();
    let asks: usize = places.iter().map(|place| market.ledger.book.builders_of(place).count()).sum();
    println!("shelves for {} builders are made of {asks} asks in all, of which there are {ASKS}", places.len());
    assert_eq!((auction.looked, asks), (BIDS as usize + 100, ASKS as usize));
}
