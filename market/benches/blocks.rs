//! What a block costs the ledger, by how much the ledger holds: `cargo bench -p dpgn-market --bench blocks`.
//!
//! Beside each row, in the same run: one hash over the whole state, which is what a root cost before it was a tree.
//! Medians of some blocks, in microseconds. `DPGN_ACCOUNTS=1000000` goes further than the usual 100,000.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it cannot go on")]

#[path = "../tests/market/orders.rs"]
mod orders;

use dpgn_market::{Body, Ledger};
use dpgn_protocol::{
    bounded::{List, Text},
    codec,
    committee::{Committee, Member},
    genesis::{Allocation, Genesis, Params},
    ids::{AccountId, hash},
    ops::{Action, Ask, Bid, Op, SignedOp},
    outcome::Outcome,
    sign::Keypair,
    units::{Credits, Millis, Power, Timestamp},
};
use std::{hint::black_box, time::Instant};

/// Accounts that sign ops.
const RICH: usize = 1_000;
/// Ops of the mixed block.
const MIXED: usize = 200;
/// Blocks that a median is taken of.
const BLOCKS: usize = 11;

struct World {
    ledger: Ledger,
    rich: Vec<Keypair>,
    made: u64,
}

impl World {
    fn new() -> Self {
        let rich: Vec<_> = (0..RICH as u64).map(|n| Keypair::from_seed(&hash("rich", &[&n.to_le_bytes()]))).collect();
        let member = Member { account: rich[0].account(), power: Power::new(1) };
        let grant = |keys: &Keypair| Allocation { account: keys.account(), credits: Credits::new(1 << 50) };
        let genesis = Genesis {
            name: Text::new("bench").unwrap(),
            time: Timestamp::new(1_700_000_000_000),
            committee: Committee::new(vec![member]).unwrap(),
            accounts: List::new(rich.iter().map(grant).collect()).unwrap(),
            params: Params { accounts_max: 1 << 21, epoch_blocks: 1 << 20, ..Params::default() },
        };
        let mut world = Self { ledger: Ledger::new(&genesis).unwrap(), rich, made: 0 };
        let op = world.op(0, orders::circuit(0));
        world.block(&[op]);
        world
    }

    fn op(&self, n: usize, action: Action) -> SignedOp {
        let keys = &self.rich[n % RICH];
        let nonce = self.ledger.free_nonces(keys.account())[n / RICH];
        let expires = self.ledger.time().after(Millis::from_secs(60));
        SignedOp::new(keys.sign(self.ledger.network(), Op { nonce, expires, sponsor: None, action }).unwrap())
    }

    fn body<'a>(&self, ops: &'a [SignedOp]) -> Body<'a> {
        let time = self.ledger.time().after(Millis::new(200));
        Body { time, proposer: self.rich[0].account(), voters: &[], ops }
    }

    fn block(&mut self, ops: &[SignedOp]) {
        let body = self.body(ops);
        self.ledger.apply(body).unwrap();
    }

    fn transfer_to_new(&mut self, n: usize) -> SignedOp {
        self.made += 1;
        let to = AccountId::from_bytes(hash("poor", &[&self.made.to_le_bytes()]));
        self.op(n, Action::Transfer { to, amount: Credits::new(1_000) })
    }

    /// Makes accounts until there are so many.
    fn grow(&mut self, accounts: usize) {
        while self.ledger.accounts_len() < accounts {
            let more = RICH.min(accounts - self.ledger.accounts_len());
            let ops: Vec<_> = (0..more).map(|n| self.transfer_to_new(n)).collect();
            self.block(&ops);
        }
    }

    /// Half transfers, of which half make accounts, a quarter asks, a quarter bids that nobody takes.
    fn mixed(&mut self) -> Vec<SignedOp> {
        let (now, last) = (self.ledger.time(), self.rich[RICH - 1].account());
        (0..MIXED)
            .map(|n| match n % 4 {
                0 => self.transfer_to_new(n),
                1 => self.op(n, Action::Transfer { to: last, amount: Credits::new(5) }),
                2 => self.op(n, orders::asks(ask(now))),
                _ => self.op(n, orders::bids(bid(n, now))),
            })
            .collect()
    }
}

/// A bid below every ask, so that books fill and nothing is awarded.
fn bid(alias: usize, now: Timestamp) -> Bid {
    let (reward, deadline) = (Credits::new(1_000), now.after(Millis::from_secs(3_600)));
    Bid { reward, deadline, ..orders::bid(alias as u128, now) }
}

/// An ask above every bid.
fn ask(now: Timestamp) -> Ask {
    orders::ask(1_000_000, now)
}

/// The median time of some runs, in microseconds.
fn median(mut run: impl FnMut() -> f64) -> f64 {
    let mut times: Vec<f64> = (0..BLOCKS).map(|_| run()).collect();
    times.sort_by(f64::total_cmp);
    times[BLOCKS / 2]
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let begun = Instant::now();
    let result = black_box(run());
    (result, begun.elapsed().as_secs_f64() * 1e6)
}

/// Bytes of memory that this process has.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).map_or(0, |pages| pages * 4_096)
}

fn row(world: &mut World, memory_before: usize) {
    let bytes = memory().saturating_sub(memory_before) / world.ledger.accounts_len();
    let clone = median(|| timed(|| world.ledger.clone()).1);
    let empty = median(|| {
        let mut next = world.ledger.clone();
        timed(|| next.apply(world.body(&[])).unwrap()).1
    });
    let propose = median(|| timed(|| world.ledger.propose(world.body(&[])).unwrap()).1);
    let ops = world.mixed();
    let mixed = median(|| {
        let mut next = world.ledger.clone();
        let (applied, time) = timed(|| next.apply(world.body(&ops)).unwrap());
        assert!(applied.outcomes.iter().all(|outcome| !matches!(outcome, Outcome::Refused(_))));
        time
    });
    let (whole, root_before) = timed(|| codec::hash("whole", &world.ledger).unwrap());
    black_box(whole);
    println!(
        "{:>9} {bytes:>7} {clone:>9.2} {empty:>9.1} {propose:>9.1} {mixed:>11.1} {root_before:>13.0} {:>7.0}",
        world.ledger.accounts_len(),
        root_before / empty
    );
}

fn main() {
    let most = std::env::var("DPGN_ACCOUNTS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let (before, mut world) = (memory(), World::new());
    println!(
        "{:>9} {:>7} {:>9} {:>9} {:>9} {:>11} {:>13} {:>7}",
        "accounts", "B each", "clone", "empty", "propose", "200 mixed", "whole hashed", "ratio"
    );
    let mut accounts = RICH;
    while accounts <= most {
        world.grow(accounts);
        row(&mut world, before);
        accounts *= 10;
    }
}
