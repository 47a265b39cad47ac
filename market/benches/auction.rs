//! What an award costs by how many asks there are and how they lie: `cargo bench -p dpgn-market --bench auction`.
//!
//! One core. Each row plays the same bids, in turns, against three books of the same asks: the shelves of the ledger, a
//! scan of all asks by the same score, and a sorted book that knows prices alone. An award takes its ask out of the book.
//! Shelves and scan must name the same winner. Medians of some turns. Bytes are what the process has grown by, with each
//! ask on its shelf, in the first layout (the others take the same memory again), and with each bid in an order book. The
//! load of the machine is printed before and after: above one, somebody else had the core too. `DPGN_ASKS=1000000` goes
//! further than the usual 100,000.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it cannot go on")]

use dpgn_market::{AskOrder, AuctionConfig, AuctionEngine, BidOrder, OpenAuction, OrderBook, ReputationTracker};
use dpgn_protocol::{
    ids::{AccountId, TaskId, hash},
    units::{Credits, Degree, Level, Millis, Ppm, Priority, Timestamp},
};
use std::{cmp::Reverse, collections::BTreeMap, hint::black_box, time::Instant};

/// Turns that a median is taken of.
const TURNS: usize = 7;
/// Awards of a turn on shelves and in the sorted book, at most.
const AWARDS: usize = 20_000;
/// Asks that a turn of the scan looks at in all.
const SCANNED: usize = 20_000_000;

/// Numbers from a seed: splitmix64.
fn draw(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % below
}

/// An ask with the reputation of its prover.
#[derive(Clone, Copy)]
struct Rated {
    ask: AskOrder,
    asked: Timestamp,
    reputation: Ppm,
}

/// How asks lie.
#[derive(Clone, Copy)]
enum Layout {
    /// Spread at random.
    Random,
    /// The price rises with the reputation, so that all are the same to a bid whose effective reward is four times the
    /// lowest price.
    Line,
    /// The price rises with the square of the reputation: each is the best for somebody.
    Curve,
    /// All of one reputation.
    OneReputation,
    /// All of one price.
    OnePrice,
    /// Beside each ask that a bid in a hurry can have lies one as cheap, of a better reputation, that is too slow for it.
    SlowIsBetter,
}

const LAYOUTS: [(&str, Layout); 6] = [
    ("spread", Layout::Random),
    ("on a line", Layout::Line),
    ("on a curve", Layout::Curve),
    ("one reputation", Layout::OneReputation),
    ("one price", Layout::OnePrice),
    ("slow is better", Layout::SlowIsBetter),
];

fn ask(n: usize, layout: Layout, seed: &mut u64) -> Rated {
    let prover = AccountId::from_bytes(hash("prover", &[&n.to_le_bytes()]));
    let (price, time, reputation) = (1_000 + draw(seed, 1_000_000), draw(seed, 60_000), draw(seed, 1_000_001));
    let (price, time, reputation) = match layout {
        Layout::Random => (price, time, reputation),
        // Seven tenths of a price are worth three tenths of a reputation, times four times the lowest price.
        Layout::Line => (200_000 + 342_857 * reputation / 1_000_000, time, reputation),
        Layout::Curve => (150_000 + reputation * reputation / 3_000_000, time, reputation),
        Layout::OneReputation => (price, time, 500_000),
        Layout::OnePrice => (400_000, time, reputation),
        Layout::SlowIsBetter if n.is_multiple_of(2) => (price, 50_000, 500_000 + reputation / 2),
        Layout::SlowIsBetter => (price, 10_000, reputation / 2),
    };
    let (price, time) = (Credits::new(price), Millis::new(time));
    let ask = AskOrder { prover, level: Level::MIN, degree: Degree::MIN, price, time, capacity: 1 };
    Rated { ask, asked: Timestamp::new(n as u64), reputation: Ppm::new(reputation as u32) }
}

/// Bids of all rewards that some ask serves; a quarter asks for a name, a quarter is in a hurry.
fn bid(n: usize, seed: &mut u64) -> BidOrder {
    BidOrder {
        task: TaskId::from_bytes(hash("task", &[&n.to_le_bytes()])),
        level: Level::MIN,
        degree: Degree::MIN,
        reward: Credits::new(500_000 + draw(seed, 2_000_000)),
        priority: Priority::MIN,
        reputation_min: Ppm::new(if draw(seed, 4) == 0 { 300_000 } else { 0 }),
        time_max: Millis::new(if draw(seed, 4) == 0 { 40_000 } else { 60_000 }),
    }
}

fn shelves(asks: &[Rated]) -> OpenAuction {
    let engine = AuctionEngine::with_config(AuctionConfig::default()).unwrap();
    let mut shelves = engine.open(&OrderBook::new(0, asks.len()), &ReputationTracker::new(0));
    asks.iter().for_each(|rated| shelves.put(&rated.ask, rated.asked, rated.reputation).unwrap());
    shelves
}

/// The best ask for a bid by the score of the rules, by looking at each.
fn scan(asks: &[Rated], bid: &BidOrder) -> Option<usize> {
    let fits =
        |r: &Rated| r.ask.price <= bid.reward && r.reputation >= bid.reputation_min && r.ask.time <= bid.time_max;
    let lowest = asks.iter().filter(|rated| fits(rated)).map(|rated| rated.ask.price.get()).min()?;
    let effective = i128::from(bid.reward.get().min(4 * lowest.max(1)));
    let score = |r: &Rated| {
        700_000 * 1_000_000 * (effective - i128::from(r.ask.price.get()))
            + 300_000 * i128::from(r.reputation.get()) * effective
    };
    let key = |r: &Rated| (score(r), r.reputation, Reverse((r.asked, r.ask.prover)));
    (0..asks.len()).filter(|n| fits(&asks[*n])).max_by_key(|n| key(&asks[*n]))
}

/// The time of one of so many, in nanoseconds.
fn each(count: usize, run: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    run();
    begun.elapsed().as_secs_f64() * 1e9 / count as f64
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Bytes of memory that this process has.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).map_or(0, |pages| pages * 4_096)
}

/// The load of the machine over the last minute, as `uptime` has it.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or("unknown").to_owned()
}

/// The bytes that a bid takes in an order book.
fn bytes_of_a_bid(count: usize) -> usize {
    let (before, mut seed) = (memory(), 1);
    let mut book = OrderBook::new(count, 0);
    (0..count).for_each(|n| book.bid(bid(n, &mut seed)).unwrap());
    let bytes = memory().saturating_sub(before) / count;
    black_box(book.bids().count());
    bytes
}

fn row(count: usize, (name, layout): (&str, Layout)) {
    let mut seed = 1;
    let asks: Vec<Rated> = (0..count).map(|n| ask(n, layout, &mut seed)).collect();
    let bids: Vec<BidOrder> = (0..AWARDS.min(count / 4)).map(|n| bid(n, &mut seed)).collect();
    let before = memory();
    let mut book = shelves(&asks);
    let bytes = memory().saturating_sub(before) / count;
    let sorted: BTreeMap<(Credits, usize), Rated> =
        asks.iter().enumerate().map(|(n, rated)| ((rated.ask.price, n), *rated)).collect();
    // What somebody has put on a shelf and not yet searched is searched for the first time here.
    black_box(book.clone().award(&bids[0]));
    let index: BTreeMap<AccountId, usize> = asks.iter().enumerate().map(|(n, r)| (r.ask.prover, n)).collect();
    let mut times: [Vec<f64>; 5] = Default::default();
    for _ in 0..TURNS {
        let mut won = Vec::with_capacity(bids.len());
        times[0].push(each(bids.len(), || won.extend(bids.iter().map(|bid| book.award(bid).unwrap().prover))));
        let won_first: Vec<_> = won.iter().copied().take(3).collect();
        let back: Vec<&Rated> = won.iter().map(|prover| &asks[index[prover]]).collect();
        times[1].push(each(back.len(), || back.iter().for_each(|r| book.put(&r.ask, r.asked, r.reputation).unwrap())));
        times[2].push(each(back.len(), || {
            back.iter().for_each(|r| book.cancel(r.ask.prover, Level::MIN, Degree::MIN));
        }));
        back.iter().for_each(|r| book.put(&r.ask, r.asked, r.reputation).unwrap());

        let mut left = asks.clone();
        let some = &bids[..bids.len().min(SCANNED / count)];
        times[3].push(each(some.len(), || {
            for (n, bid) in some.iter().enumerate() {
                let gone = left.swap_remove(scan(&left, bid).unwrap());
                assert!(won_first.get(n).is_none_or(|won| *won == gone.ask.prover), "a scan names another winner");
            }
        }));

        let mut left = sorted.clone();
        let cheap = |left: &mut BTreeMap<(Credits, usize), Rated>, bid: &BidOrder| {
            left.first_entry().filter(|first| first.key().0 <= bid.reward).map(|first| first.remove())
        };
        times[4].push(each(bids.len(), || {
            bids.iter().for_each(|bid| {
                black_box(cheap(&mut left, bid).unwrap());
            })
        }));
    }
    let [award, put, cancel, scan, sorted] = times.map(median);
    println!(
        "{name:>14} {count:>9} {award:>9.0} {:>10.0} {scan:>12.0} {:>10.1} {sorted:>9.0} {:>8.1} {put:>8.0} {cancel:>8.0} {bytes:>6}",
        1e9 / award,
        scan / award,
        award / sorted,
    );
}

fn main() {
    let most = std::env::var("DPGN_ASKS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    println!("a bid takes {} bytes in an order book; load {}", bytes_of_a_bid(most), load());
    println!(
        "{:>14} {:>9} {:>9} {:>10} {:>12} {:>10} {:>9} {:>8} {:>8} {:>8} {:>6}",
        "layout",
        "asks",
        "award ns",
        "awards/s",
        "scan ns",
        "scan/award",
        "sorted ns",
        "award/so",
        "put ns",
        "cancel",
        "B/ask"
    );
    for layout in LAYOUTS {
        let mut count = 100;
        while count <= most {
            row(count, layout);
            count *= 10;
        }
    }
    println!("load {}", load());
}
