//! One peer that signs transfers of many accounts, and hears which blocks hold them.

use super::processes::{PAYERS, Processes, key};
use dpgn_node::network::{Acceptance, Event, Network, NetworkConfig, Topic, spawn};
use dpgn_protocol::{
    block::Decided,
    bounded::List,
    ids::{NetworkId, OpId},
    limits::NONCE_WINDOW,
    ops::{Action, Op, RawOp, SignedOp},
    sign::Keypair,
    units::{Credits, Millis, Timestamp},
    wire::{OpBatch, Wire},
};
use std::{
    collections::HashMap,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::sync::mpsc;

/// The pause between two transfers that are sent one by one.
const QUIET: Duration = Duration::from_millis(100);
/// The pause between two batches under load.
const BEAT: Duration = Duration::from_millis(20);
/// Ops in one gossiped message.
const BATCH: usize = 500;
/// The time after which an op that no block holds is sent again, as nodes do with their own: a full pool drops others.
const AGAIN: Duration = Duration::from_secs(3);
/// Blocks that wait to be looked at.
const BLOCKS_MAX: usize = 1_024;
/// The time after which a block that does not come fails the bench.
const PATIENCE: Duration = Duration::from_secs(30);

/// A peer that feeds the committee, and keeps the time of each transfer that it has sent.
pub struct Feeder {
    network: Network,
    id: NetworkId,
    blocks: mpsc::Receiver<(Instant, Decided)>,
    payers: Vec<Payer>,
    sent: HashMap<OpId, Sent>,
}

/// An op that no block holds yet.
struct Sent {
    /// The time at which it was sent first.
    first: Instant,
    /// The time at which it was sent last.
    last: Instant,
    payer: usize,
    op: SignedOp,
}

struct Payer {
    keys: Keypair,
    nonce: u64,
    /// Ops that no block holds yet.
    open: u64,
}

/// What came of the load.
pub struct Load {
    /// From publication to the decided block, of each op that one holds.
    pub times: Vec<Duration>,
    pub heights: u64,
    /// Ops sent again, which no block held for long.
    pub again: u64,
    pub bytes: u64,
    pub took: Duration,
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Timestamp::new(u64::try_from(since.as_millis()).expect("fits"))
}

/// Bytes that the loopback interface has carried.
fn loopback_bytes() -> u64 {
    let all = std::fs::read_to_string("/proc/net/dev").expect("Linux");
    let line = all.lines().find(|line| line.trim_start().starts_with("lo:")).expect("a loopback interface");
    line.split_whitespace().nth(1).and_then(|bytes| bytes.parse().ok()).expect("a number")
}

impl Feeder {
    /// Joins the network, and waits until its blocks are heard here.
    pub async fn join(nodes: &Processes) -> Self {
        let id = nodes.genesis.network().expect("sound");
        let mut config = NetworkConfig::new(id);
        config.bootstrap.clone_from(&nodes.addresses);
        let (network, mut events) = spawn(&key("feeder", 0), config).expect("starts");
        let mut gossip = events.take_gossip().expect("once");
        tokio::spawn(async move { while events.recv().await.is_some() {} });
        let (heard, blocks) = mpsc::channel(BLOCKS_MAX);
        let judge = network.clone();
        tokio::spawn(async move {
            while let Some(event) = gossip.recv().await {
                let Event::Gossip { topic, data, token, .. } = event else { continue };
                judge.judge(token, Acceptance::Accept);
                if topic == Topic::Blocks {
                    let _ = heard.try_send((Instant::now(), Decided::from_bytes(&data).expect("a block")));
                }
            }
        });
        let payers = (0..PAYERS).map(|n| Payer { keys: key("payer", n), nonce: 0, open: 0 }).collect();
        let mut feeder = Self { network, id, blocks, payers, sent: HashMap::new() };
        feeder.settle_in().await;
        feeder
    }

    /// Sends transfers until one is decided, and then until all are.
    async fn settle_in(&mut self) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let op = self.sign(0);
            self.publish(vec![op]);
            tokio::time::sleep(Duration::from_millis(500)).await;
            if self.drain(&mut Vec::new()) > 0 {
                tokio::time::sleep(Duration::from_secs(2)).await;
                self.drain(&mut Vec::new());
                // What was said before anybody listened is lost.
                self.sent.clear();
                self.payers.swap_remove(0);
                return;
            }
        }
        panic!("no block holds an op after {PATIENCE:?}");
    }

    fn sign(&mut self, payer: usize) -> SignedOp {
        let to = self.payers[(payer + 1) % self.payers.len()].keys.account();
        let Payer { keys, nonce, open } = &mut self.payers[payer];
        let action = Action::Transfer { to, amount: Credits::new(1) };
        let op = Op { nonce: *nonce, expires: now().after(Millis::from_secs(300)), sponsor: None, action };
        (*nonce, *open) = (*nonce + 1, *open + 1);
        let op = SignedOp::new(keys.sign(self.id, op).expect("encodes"));
        let at = Instant::now();
        self.sent.insert(op.id(), Sent { first: at, last: at, payer, op: op.clone() });
        op
    }

    fn publish(&mut self, ops: Vec<SignedOp>) {
        let ops: Vec<RawOp> = ops.iter().map(SignedOp::to_raw).collect();
        let batch = OpBatch { sent: now(), ops: List::new(ops).expect("few") };
        self.network.publish(Topic::Ops, batch.to_bytes().expect("fits")).expect("published");
    }

    /// Takes the blocks that have come; says how many.
    fn drain(&mut self, times: &mut Vec<Duration>) -> u64 {
        let mut heights = 0;
        while let Ok((at, decided)) = self.blocks.try_recv() {
            heights += 1;
            self.took(at, &decided, times);
        }
        heights
    }

    fn took(&mut self, at: Instant, decided: &Decided, times: &mut Vec<Duration>) {
        for op in decided.block.ops.iter() {
            if let Some(sent) = self.sent.remove(&op.id()) {
                self.payers[sent.payer].open -= 1;
                times.push(at.duration_since(sent.first));
            }
        }
    }

    /// Sends a batch of those ops again that no block holds for long.
    fn send_again(&mut self) -> u64 {
        let late = self.sent.values_mut().filter(|sent| sent.last.elapsed() >= AGAIN).take(BATCH);
        let ops: Vec<SignedOp> = late
            .map(|sent| {
                sent.last = Instant::now();
                sent.op.clone()
            })
            .collect();
        let count = ops.len() as u64;
        if !ops.is_empty() {
            self.publish(ops);
        }
        count
    }

    /// Transfers one after the other, each after a quiet time.
    pub async fn one_by_one(&mut self, count: usize) -> Vec<Duration> {
        let mut times = Vec::new();
        for n in 0..count {
            tokio::time::sleep(QUIET).await;
            self.drain(&mut Vec::new());
            let op = self.sign(n % self.payers.len());
            self.publish(vec![op]);
            while times.len() == n {
                let block = tokio::time::timeout(PATIENCE, self.blocks.recv()).await.expect("a block comes");
                let (at, decided) = block.expect("the network runs");
                self.took(at, &decided, &mut times);
            }
        }
        times
    }

    /// Transfers at a rate, for a while, and what blocks hold of them until then.
    pub async fn load(&mut self, span: Duration, rate: usize) -> Load {
        let (begun, before) = (Instant::now(), loopback_bytes());
        let (mut times, mut heights, mut again, mut sent, mut payer) = (Vec::new(), 0, 0, 0, 0);
        while begun.elapsed() < span {
            let due = (begun.elapsed().as_secs_f64() * rate as f64) as usize;
            let mut ops = Vec::new();
            for _ in 0..self.payers.len() {
                if sent >= due || ops.len() == BATCH {
                    break;
                }
                payer = (payer + 1) % self.payers.len();
                if self.payers[payer].open < NONCE_WINDOW / 2 {
                    ops.push(self.sign(payer));
                    sent += 1;
                }
            }
            if !ops.is_empty() {
                self.publish(ops);
            }
            again += self.send_again();
            heights += self.drain(&mut times);
            if sent >= due {
                tokio::time::sleep(BEAT).await;
            } else {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        Load { times, heights, again, bytes: loopback_bytes() - before, took: begun.elapsed() }
    }

    /// Leaves the network.
    pub async fn leave(self) {
        self.network.shutdown().await;
    }
}
