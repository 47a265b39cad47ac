//! What a block costs the ledger, by how much the ledger holds: `cargo bench -p dpgn-market --bench blocks`.
//!
//! Rows of more and more accounts, then books that are full of orders which do not match, then ended tasks beside them.
//! Columns: memory; a copy; an empty block, applied and proposed; a block of 200 mixed ops, whose signatures are checked
//! already; the check of these signatures, one by one, as a node does it once when it hears an op; an empty block in which
//! asks of the block before it are awarded bids that waited. Beside each, in the same run: one hash over the whole state, which
//! is what a root cost before it was a tree. Medians of some blocks, in microseconds. `DPGN_ACCOUNTS=1000000` goes
//! further than the usual 100,000.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it cannot go on")]

#[path = "../tests/market/orders.rs"]
mod orders;

use dpgn_market::{Body, Event, Ledger};
use dpgn_protocol::{
    bounded::{List, Text},
    codec,
    committee::{Committee, Member},
    genesis::{Allocation, Genesis, Params},
    ids::{AccountId, BlockHash, hash},
    ops::{Action, Bid, Op, RawOp, SignedOp},
    outcome::Outcome,
    sign::Keypair,
    units::{Credits, Millis, Power, Timestamp},
};
use std::{hint::black_box, time::Instant};

/// Accounts that sign ops.
const RICH: usize = 5_000;
/// Accounts that sign ops in the first row, and all its accounts.
const FEW: usize = 500;
const LEAST: usize = 1_000;
/// Orders of a full book, as the usual rules bound them.
const BIDS: usize = 8_192;
const ASKS: usize = 4_096;
/// Ended tasks of the last row.
const ENDED: usize = 100_000;
/// Ops of the blocks that fill a ledger.
const FILLING: usize = 300;
/// Asks that are cheap enough for the bids that wait.
const CHEAP: usize = 50;
/// What a bid pays.
const REWARD: u64 = 1_000;
/// Ops of the mixed block.
const MIXED: usize = 200;
/// Blocks that a median is taken of.
const BLOCKS: usize = 11;

struct World {
    ledger: Ledger,
    rich: Vec<Keypair>,
    made: u64,
    aliases: usize,
}

impl World {
    fn new(signers: usize) -> Self {
        let rich: Vec<_> =
            (0..signers as u64).map(|n| Keypair::from_seed(&hash("rich", &[&n.to_le_bytes()]))).collect();
        let member = Member { account: rich[0].account(), power: Power::new(1) };
        let grant = |keys: &Keypair| Allocation { account: keys.account(), credits: Credits::new(1 << 50) };
        let genesis = Genesis {
            name: Text::new("bench").unwrap(),
            time: Timestamp::new(1_700_000_000_000),
            committee: Committee::new(vec![member]).unwrap(),
            accounts: List::new(rich.iter().map(grant).collect()).unwrap(),
            params: Params {
                accounts_max: 1 << 21,
                epoch_blocks: 1 << 20,
                tasks_max: (BIDS + MIXED) as u32,
                ended_max: 1 << 20,
                ..Params::default()
            },
        };
        let mut world = Self { ledger: Ledger::new(&genesis).unwrap(), rich, made: 0, aliases: 0 };
        let op = world.op(0, orders::circuit(0));
        world.block(&[op]);
        world
    }

    fn op(&self, n: usize, action: Action) -> SignedOp {
        let keys = &self.rich[n % self.rich.len()];
        let nonce = self.ledger.free_nonces(keys.account())[n / self.rich.len()];
        let expires = self.ledger.time().after(Millis::from_secs(60));
        SignedOp::new(keys.sign(self.ledger.network(), Op { nonce, expires, sponsor: None, action }).unwrap())
    }

    fn body<'a>(&self, ops: &'a [SignedOp]) -> Body<'a> {
        let time = self.ledger.time().after(Millis::new(200));
        let parent = BlockHash::from_bytes([0; 32]);
        // Leaked: a bench ends soon.
        let last_commit = self.ledger.assumed_commit(parent).map(|commit| &*Box::leak(Box::new(commit)));
        Body { parent, time, proposer: self.rich[0].account(), last_commit, ops }
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
            let more = FILLING.min(accounts - self.ledger.accounts_len());
            let ops: Vec<_> = (0..more).map(|n| self.transfer_to_new(n)).collect();
            self.block(&ops);
        }
    }

    /// A bid that no ask here serves.
    fn bid(&mut self, n: usize) -> SignedOp {
        self.aliases += 1;
        let (reward, deadline) = (Credits::new(REWARD), self.ledger.time().after(Millis::from_secs(3_600)));
        let bid = orders::bid(self.aliases as u128, self.ledger.time());
        self.op(n, orders::bids(Bid { reward, deadline, ..bid }))
    }

    /// An ask at a price for 1,024 rows; a proof has four times as many.
    fn ask(&self, n: usize, per_kilorow: u64) -> SignedOp {
        self.op(n, orders::asks(orders::ask(per_kilorow, self.ledger.time())))
    }

    /// Fills the book with bids and asks that do not match.
    fn fill_books(&mut self) {
        for from in (0..BIDS).step_by(FILLING) {
            let ops: Vec<_> = (from..BIDS.min(from + FILLING)).map(|n| self.bid(n)).collect();
            self.block(&ops);
        }
        for from in (0..ASKS).step_by(FILLING) {
            let ops: Vec<_> = (from..ASKS.min(from + FILLING)).map(|n| self.ask(n, 1_000 * REWARD)).collect();
            self.block(&ops);
        }
        // The asks of a block call bids in the next.
        self.block(&[]);
        assert_eq!((self.ledger.tasks().count(), self.ledger.asks().count()), (BIDS, ASKS));
    }

    /// Opens tasks that their requesters take back, until so many have ended.
    fn end_tasks(&mut self) {
        for from in (0..ENDED).step_by(MIXED) {
            let ops: Vec<_> = (from..from + MIXED).map(|n| self.bid(n % RICH)).collect();
            let task = |op: &SignedOp| op.task_id(self.ledger.network());
            let tasks: Vec<_> = ops.iter().map(task).collect();
            self.block(&ops);
            let cancels = tasks.into_iter().enumerate();
            let ops: Vec<_> = cancels.map(|(n, task)| self.op((from + n) % RICH, Action::Cancel { task })).collect();
            self.block(&ops);
        }
    }

    /// Half transfers, of which half make accounts, a quarter asks, a quarter bids that nobody takes.
    fn mixed(&mut self) -> Vec<SignedOp> {
        let last = self.rich[self.rich.len() - 1].account();
        (0..MIXED)
            .map(|n| match n % 4 {
                0 => self.transfer_to_new(n),
                1 => self.op(n, Action::Transfer { to: last, amount: Credits::new(5) }),
                2 => self.ask(n, 1_000 * REWARD),
                _ => self.bid(n),
            })
            .collect()
    }

    /// The ledger after a block of asks that the next block awards what waits.
    fn with_cheap_asks(&self) -> World {
        let asks: Vec<_> = (0..CHEAP).map(|n| self.ask(n, REWARD / 4)).collect();
        let (ledger, rich) = (self.ledger.clone(), self.rich.clone());
        let mut next = Self { ledger, rich, made: self.made, aliases: self.aliases };
        next.block(&asks);
        next
    }
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

/// The load of the machine over the last minute, as `uptime` has it.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or("unknown").to_owned()
}

fn row(what: &str, world: &mut World, memory_before: usize) {
    let mebibytes = memory().saturating_sub(memory_before) >> 20;
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
    let raw: Vec<_> = ops.iter().map(SignedOp::to_raw).collect();
    let checked = |raw: Vec<RawOp>| raw.into_iter().all(|op| op.verify(world.ledger.network()).is_ok());
    let signatures = median(|| {
        let raw = raw.clone();
        let (is_valid, time) = timed(|| checked(raw));
        assert!(is_valid);
        time
    });
    let cheap = world.with_cheap_asks();
    let mut awards = 0;
    let awarding = median(|| {
        let mut next = cheap.ledger.clone();
        let (applied, time) = timed(|| next.apply(cheap.body(&[])).unwrap());
        awards = applied.events.iter().filter(|event| matches!(event, Event::Awarded { .. })).count();
        time
    });
    let (whole, root_before) = timed(|| codec::hash("whole", &world.ledger).unwrap());
    black_box(whole);
    println!(
        "{what:>24} {mebibytes:>5} {clone:>6.2} {empty:>8.1} {propose:>8.1} {mixed:>10.1} {signatures:>10.1} {awarding:>10.1} {awards:>6} \
         {root_before:>13.0} {:>6.0}",
        root_before / empty
    );
}

fn main() {
    let most = std::env::var("DPGN_ACCOUNTS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let before = memory();
    println!("load {}", load());
    println!(
        "{:>24} {:>5} {:>6} {:>8} {:>8} {:>10} {:>10} {:>10} {:>6} {:>13} {:>6}",
        "ledger",
        "MiB",
        "clone",
        "empty",
        "propose",
        "200 mixed",
        "signatures",
        "awarding",
        "awards",
        "whole hashed",
        "ratio"
    );
    let mut few = World::new(FEW);
    few.grow(LEAST);
    row(&format!("{LEAST} accounts"), &mut few, before);
    drop(few);
    let before = memory();
    let mut world = World::new(RICH);
    let mut accounts = 10 * LEAST;
    while accounts <= most {
        world.grow(accounts);
        row(&format!("{accounts} accounts"), &mut world, before);
        accounts *= 10;
    }
    world.fill_books();
    row(&format!("+ {BIDS} bids, {ASKS} asks"), &mut world, before);
    world.end_tasks();
    row(&format!("+ {ENDED} ended"), &mut world, before);
    println!("load {}", load());
}
