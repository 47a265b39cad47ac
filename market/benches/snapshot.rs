//! What a snapshot costs, in chunks and beside it, in the same run, as the one encoding that it is on a node's disk:
//! `cargo bench -p dpgn-market --bench snapshot`. `DPGN_ACCOUNTS=1000000` goes further than the usual 100,000.
//!
//! Memory is the peak above what the process had before, which Linux counts. What one way has made is kept until the
//! other is done, so that neither gets the other's memory.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it cannot go on")]

#[expect(dead_code, reason = "a ledger of accounts needs no orders, the circuit aside")]
#[path = "../tests/market/orders.rs"]
mod orders;

use dpgn_market::{Assembly, Body, Ledger};
use dpgn_protocol::{
    bounded::{List, Text},
    codec,
    committee::{Committee, Member},
    genesis::{Allocation, Genesis, Params},
    ids::{AccountId, BlockHash, hash},
    limits::STATE_CHUNK_BYTES_MAX,
    ops::{Action, Op, SignedOp},
    sign::Keypair,
    state_chunk::StateManifest,
    units::{Credits, Millis, Power, Timestamp},
    wire::Wire,
};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// Accounts that sign ops.
const RICH: usize = 1_000;
/// Ops of the blocks that fill a ledger.
const FILLING: usize = 500;
/// Bytes of an encoded ledger at most.
const WHOLE_BYTES_MAX: usize = 1 << 30;
/// What tells Linux to count the peak of memory anew.
const FORGET_PEAK: &str = "5";
const MIB: f64 = (1 << 20) as f64;

/// A ledger, and the keys of those who sign.
struct World {
    ledger: Ledger,
    /// Accounts that sign ops.
    rich: Vec<Keypair>,
    made: u64,
}

impl World {
    /// A ledger with accounts that sign, and a circuit.
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

    /// An op of one of the rich, in turn.
    fn op(&self, n: usize, action: Action) -> SignedOp {
        let keys = &self.rich[n % RICH];
        let nonce = self.ledger.free_nonces(keys.account())[n / RICH];
        let expires = self.ledger.time().after(Millis::from_secs(60));
        SignedOp::new(keys.sign(self.ledger.network(), Op { nonce, expires, sponsor: None, action }).unwrap())
    }

    /// A block's content, 200 ms after the last.
    fn body<'a>(&self, ops: &'a [SignedOp]) -> Body<'a> {
        let time = self.ledger.time().after(Millis::new(200));
        let parent = BlockHash::from_bytes([0; 32]);
        // Leaked: a bench ends soon.
        let last_commit = self.ledger.assumed_commit(parent).map(|commit| &*Box::leak(Box::new(commit)));
        Body { parent, time, proposer: self.rich[0].account(), last_commit, ops }
    }

    /// Applies a block.
    fn block(&mut self, ops: &[SignedOp]) {
        let body = self.body(ops);
        self.ledger.apply(body).unwrap();
    }

    /// A transfer that makes an account.
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
}

/// Bytes of memory that this process has now, and the most that it had.
fn memory() -> (usize, usize) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<usize>().ok().map(|kib| kib << 10)
    };
    (field("VmRSS:").unwrap_or(0), field("VmHWM:").unwrap_or(0))
}

/// What came of a run, the time it took, and the memory that it took at its peak.
fn measured<T>(run: impl FnOnce() -> T) -> (T, Duration, usize) {
    // Where this is not allowed, the peak is that of the whole run.
    std::fs::write("/proc/self/clear_refs", FORGET_PEAK).ok();
    let (before, begun) = (memory().0, Instant::now());
    let result = black_box(run());
    (result, begun.elapsed(), memory().1.saturating_sub(before))
}

fn row(what: &str, chunks: (Duration, usize), whole: (Duration, usize)) {
    let seconds = chunks.0.as_secs_f64() / whole.0.as_secs_f64().max(1e-9);
    let bytes = chunks.1 as f64 / whole.1.max(1) as f64;
    println!(
        "{what:>18} {:>9.3} {:>9.3} {seconds:>7.2} {:>9.1} {:>9.1} {bytes:>7.3}",
        chunks.0.as_secs_f64(),
        whole.0.as_secs_f64(),
        chunks.1 as f64 / MIB,
        whole.1 as f64 / MIB
    );
}

/// A ledger from chunks that another makes, and the time that taking them and finishing took.
fn assemble(ledger: &Ledger, manifest: &StateManifest) -> (Ledger, Duration, Duration) {
    let mut taking = Duration::ZERO;
    let mut assembly = Assembly::new(manifest.clone(), ledger.root().unwrap()).unwrap();
    for index in assembly.missing().collect::<Vec<_>>().into_iter().rev() {
        let bytes = ledger.chunk(manifest, index).unwrap().to_bytes().unwrap();
        let begun = Instant::now();
        assembly.take(index, &bytes).unwrap();
        taking += begun.elapsed();
    }
    let begun = Instant::now();
    let ledger = assembly.finish().unwrap();
    (ledger, taking, begun.elapsed())
}

fn main() {
    let accounts = std::env::var("DPGN_ACCOUNTS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let mut world = World::new();
    world.grow(accounts);
    let root = world.ledger.root().unwrap();
    let ledger = world.ledger.clone();
    let (manifest, planning, _) = measured(|| ledger.manifest().unwrap());
    let chunks = manifest.ranges.len() as u32;
    let mut sizes = Vec::new();
    let ((), making, making_memory) = measured(|| {
        let bytes = (0..chunks).map(|index| ledger.chunk(&manifest, index).unwrap().to_bytes().unwrap().len());
        sizes.extend(bytes);
    });
    let (whole, encoding, encoding_memory) = measured(|| codec::encode(&ledger).unwrap());
    let (sent, largest) = (sizes.iter().sum::<usize>(), sizes.iter().max().copied().unwrap_or(0));
    assert!(largest <= STATE_CHUNK_BYTES_MAX);
    println!(
        "{} accounts: {chunks} chunks, {:.1} MiB (the whole: {:.1}), the largest of {largest} bytes; manifest of {} bytes in {} µs",
        ledger.accounts_len(),
        sent as f64 / MIB,
        whole.len() as f64 / MIB,
        manifest.to_bytes().unwrap().len(),
        planning.as_micros()
    );
    let ((again, taking, finishing), _, taking_memory) = measured(|| assemble(&ledger, &manifest));
    let (read, reading, reading_memory) = measured(|| {
        let read: Ledger = codec::decode(&whole, WHOLE_BYTES_MAX).unwrap();
        assert_eq!(read.root().unwrap(), root);
        read
    });
    assert!(
        again.root().unwrap() == root && codec::encode(&again).unwrap() == whole && read.accounts_len() >= accounts
    );
    let heads = ("seconds:", "chunks", "whole", "ratio", "MiB: ch.", "whole", "ratio");
    println!(
        "{:>18} {:>9} {:>9} {:>7} {:>9} {:>9} {:>7}",
        heads.0, heads.1, heads.2, heads.3, heads.4, heads.5, heads.6
    );
    row("make", (making, making_memory), (encoding, encoding_memory));
    row("check and assemble", (taking + finishing, taking_memory), (reading, reading_memory));
    println!(
        "a chunk is made in {:.0} µs and taken in {:.0} µs; to finish takes {:.3} s",
        making.as_secs_f64() * 1e6 / f64::from(chunks),
        taking.as_secs_f64() * 1e6 / f64::from(chunks),
        finishing.as_secs_f64()
    );
}
