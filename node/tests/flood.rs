//! Floods against a mesh of whole nodes: what strangers without an account send in any amount stops nobody, is
//! passed on by nobody, and makes no honest node ban another.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on says why")]

mod common;

use common::{assert_paid, buy, liar::now, options, preimage, quick};
use dpgn_node::{
    NodeHandle,
    local::{Local, LocalOptions},
    network::{self, Acceptance, Event, GossipRates, Network, NetworkConfig, Rate, Topic},
};
use dpgn_protocol::{
    block::{Block, Certificate, Decided, Header},
    bounded::{Bytes, List},
    genesis::Params,
    ids::{AccountId, BlockHash, CertificateHash, CommitteeHash, NetworkId, OpsRoot, StateRoot},
    limits::BLOCK_OPS_MAX,
    ops::{Action, Circuit, Op, RawOp, SignedOp},
    sign::Keypair,
    units::{Credits, Epoch, Height, Millis, Timestamp},
    wire::{OpBatch, Response, Wire},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// A mesh whose windows are long enough for a machine that has much else to do.
async fn patient_mesh(dir: &tempfile::TempDir) -> Local {
    let window = Millis::from_secs(30);
    let params = Params { start_window: window, heartbeat: window, verdict_window: window, ..quick() };
    let what = LocalOptions { coordinators: 1, provers: 1, params, options: options() };
    Local::start(dir.path(), what).await.expect("the mesh starts")
}

/// A stranger's wire: it passes on nothing, and sends as fast as it likes.
async fn stranger(mesh: &Local, seed: u8) -> Network {
    let mut config = NetworkConfig::new(mesh.genesis.network().expect("encodes"));
    config.bootstrap = vec![mesh.bootstrap.clone()];
    config.limits.peers_wanted = 0;
    let any = Rate { per_s: 1 << 20, burst: 1 << 20, bytes_per_s: 1 << 30, bytes_burst: 1 << 30 };
    config.limits.gossip_rates = GossipRates { ops: any, votes: any, blocks: any, progress: any };
    let (wire, mut events) = network::spawn(&Keypair::from_seed(&[seed; 32]), config).expect("the network starts");
    wire.dial(mesh.bootstrap.clone()).await.expect("the coordinator is there");
    let judge = wire.clone();
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            if let Event::Gossip { token, .. } = event {
                judge.judge(token, Acceptance::Ignore);
            }
        }
    });
    wire
}

/// Sends what `next` makes, once per interval, until it is stopped; counts messages and bytes.
struct Flood {
    stop: CancellationToken,
    messages: Arc<AtomicU64>,
    bytes: Arc<AtomicU64>,
}

impl Flood {
    fn start(wire: Network, topic: Topic, every: Duration, next: impl Fn(u64) -> Vec<u8> + Send + 'static) -> Self {
        let flood = Self { stop: CancellationToken::new(), messages: Arc::default(), bytes: Arc::default() };
        let (stop, messages, bytes) = (flood.stop.clone(), flood.messages.clone(), flood.bytes.clone());
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(every);
            for n in 0.. {
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = tick.tick() => {}
                }
                let data = next(n);
                bytes.fetch_add(data.len() as u64, Ordering::Relaxed);
                messages.fetch_add(1, Ordering::Relaxed);
                wire.publish(topic, data).ok();
            }
        });
        flood
    }

    fn stop(&self) -> (u64, u64) {
        self.stop.cancel();
        (self.messages.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed) >> 20)
    }
}

fn signed(network: NetworkId, keys: &Keypair, nonce: u64, action: Action) -> RawOp {
    let op = Op { nonce, expires: now().after(Millis::from_secs(500)), sponsor: None, action };
    SignedOp::new(keys.sign(network, op).expect("encodes")).to_raw()
}

fn transfer() -> Action {
    Action::Transfer { to: AccountId::from_bytes([1; 32]), amount: Credits::new(1_000) }
}

fn batch(sent: u64, ops: Vec<RawOp>) -> Vec<u8> {
    OpBatch { sent: Timestamp::new(sent), ops: List::new(ops).expect("fits") }.to_bytes().expect("encodes")
}

/// A block of the far future that nobody has decided.
fn junk_block(network: NetworkId, by: AccountId, n: u64, ops: &List<RawOp, BLOCK_OPS_MAX>) -> Vec<u8> {
    let header = Header {
        network,
        height: Height::new(1 << 40),
        parent: BlockHash::from_bytes([0; 32]),
        time: Timestamp::new(n),
        epoch: Epoch::new(0),
        proposer: by,
        last_commit: CertificateHash::from_bytes([0; 32]),
        body: Block::body_hash(None, ops).expect("encodes"),
        ops: OpsRoot::from_bytes([0; 32]),
        state: StateRoot::from_bytes([0; 32]),
        next_committee: CommitteeHash::from_bytes([0; 32]),
    };
    let block = header.hash().expect("encodes");
    let certificate = Certificate { height: header.height, round: 0, block, votes: List::default() };
    let block = Block { header, last_commit: None, ops: ops.clone() };
    Decided { block, certificate }.to_bytes().expect("encodes")
}

/// Buys so many proofs, one after the other; how long it took.
async fn purchases(mesh: &Local, count: u8) -> Duration {
    let start = Instant::now();
    for n in 0..count {
        let info = buy(&mesh.requester, preimage(&[n, count, 7])).await;
        assert_paid(mesh, &info).await;
    }
    start.elapsed()
}

fn nodes(mesh: &Local) -> Vec<&NodeHandle> {
    [&mesh.coordinator, &mesh.requester].into_iter().chain(&mesh.provers).collect()
}

/// Only one flood at a time: each takes what the machine has.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// CPU seconds that this process, with all nodes and the flood itself, has used.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("readable");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<f64>().ok()).expect("ticks");
    (ticks(11) + ticks(12)) / 100.0
}

/// Honest nodes have banned nobody but, at most, the strangers, and still know each other.
async fn assert_all_here(mesh: &Local, strangers: u64) {
    for node in nodes(mesh) {
        assert!(node.metrics().bans <= strangers, "{:?}", node.metrics());
    }
    let peers = mesh.requester.status().await.expect("runs").peers;
    assert!(peers.contains(&mesh.coordinator.account()), "the requester has lost its coordinator");
}

/// 1,024 copies of one op in a message of 171 KB, six a second, stopped a mesh: every copy was verified. So did
/// blocks of the far future, whose ops were verified before their certificate.
#[tokio::test(flavor = "multi_thread")]
async fn copies_and_junk_blocks_do_not_slow_the_mesh() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = patient_mesh(&dir).await;
    let (id, keys) = (mesh.genesis.network().expect("encodes"), Keypair::from_seed(&[0x77; 32]));
    purchases(&mesh, 1).await;
    let used = cpu();
    let quiet = purchases(&mesh, 3).await;
    let quiet_cpu = cpu() - used;

    let copies: List<_, BLOCK_OPS_MAX> =
        List::new(vec![signed(id, &keys, 0, transfer()); BLOCK_OPS_MAX]).expect("fits");
    let blocks = stranger(&mesh, 0x77).await;
    let account = keys.account();
    // Made beforehand: the flood must not cost us its making.
    let junk: Vec<Vec<u8>> = (0..320).map(|n| junk_block(id, account, n, &copies)).collect();
    let flood_blocks =
        Flood::start(blocks, Topic::Blocks, Duration::from_millis(80), move |n| junk[n as usize % junk.len()].clone());
    let mut floods = vec![flood_blocks];
    let copied = batch(0, copies.to_vec());
    // Distinct and truly signed, but by an account that nobody knows: 1,024 signatures for nothing.
    let poor: Vec<RawOp> = (0..1_024).map(|nonce| signed(id, &keys, nonce, transfer())).collect();
    let unpaid = batch(0, poor);
    for (seed, message) in [(0x78, copied), (0x79, unpaid)] {
        let wire = stranger(&mesh, seed).await;
        floods.push(Flood::start(wire, Topic::Ops, Duration::from_millis(160), move |n| {
            // A new `sent` makes it a new message.
            let mut message = message.clone();
            message[1..9].copy_from_slice(&n.to_le_bytes());
            message
        }));
    }
    let used = cpu();
    tokio::time::sleep(Duration::from_secs(4)).await;
    let flood_cpu = (cpu() - used) / 4.0;
    let flooded = purchases(&mesh, 3).await;
    let sent: Vec<_> = floods.iter().map(Flood::stop).collect();
    let counted = mesh.coordinator.metrics();
    println!("CPU: {quiet_cpu:.1} s for three purchases in peace, {flood_cpu:.2} s per second for the flood alone");
    println!(
        "three purchases took {quiet:?} in peace and {flooded:?} under the flood of {sent:?} (messages, MB); accepted \
         {}, rejected {}, ignored {}, cut {}",
        counted.gossip_accepted, counted.gossip_rejected, counted.gossip_ignored, counted.overrun
    );
    assert!(counted.gossip_received > 20, "the flood has come: {counted:?}");
    assert!(flooded < quiet * 4 + Duration::from_secs(15), "{flooded:?} against {quiet:?}");
    assert_all_here(&mesh, 3).await;
    mesh.shutdown().await;
}

/// Three ops, sent again and again with another unsigned `sent`, were passed on each time: 435 MB in fifteen
/// seconds, until a requester banned its only honest peer for passing them on.
#[tokio::test(flavor = "multi_thread")]
async fn old_ops_in_new_messages_are_not_passed_on_and_no_relay_is_banned() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = patient_mesh(&dir).await;
    let id = mesh.genesis.network().expect("encodes");
    let nobody = Keypair::from_seed(&[0x55; 32]);
    let big = |keys: &Keypair, n: u8| {
        let verifier_data = Bytes::new(vec![n; 64 << 10]).expect("fits");
        signed(id, keys, u64::from(n), Action::Circuit(Circuit { verifier_data }))
    };
    // Of an account that nobody knows; and one that has credits, whose op the ledger would admit.
    let unknown = vec![big(&nobody, 1), big(&nobody, 2), big(&nobody, 3)];
    let known =
        vec![signed(id, &mesh.spare, 0, Action::Transfer { to: mesh.requester.account(), amount: Credits::new(1) })];
    let mut floods = Vec::new();
    for n in 0..3u8 {
        let wire = stranger(&mesh, 0x60 + n).await;
        let ops = if n == 2 { known.clone() } else { unknown.clone() };
        let message = batch(0, ops);
        floods.push(Flood::start(wire, Topic::Ops, Duration::from_millis(60), move |at| {
            let mut message = message.clone();
            message[1..9].copy_from_slice(&(at * 3 + u64::from(n)).to_le_bytes());
            message
        }));
    }
    let passed_on = || nodes(&mesh).iter().map(|node| node.metrics().gossip_accepted_bytes).sum::<u64>() >> 10;
    let before = passed_on();
    let start = Instant::now();
    purchases(&mesh, 3).await;
    tokio::time::sleep(Duration::from_secs(10).saturating_sub(start.elapsed())).await;
    let passed = passed_on() - before;
    let sent: Vec<_> = floods.iter().map(Flood::stop).collect();
    let bans: Vec<_> = nodes(&mesh).iter().map(|node| node.metrics().bans).collect();
    println!(
        "of {sent:?} (messages, MB) in {:?}, and three purchases, honest nodes passed on {passed} KB; bans {bans:?}",
        start.elapsed()
    );
    assert!(sent.iter().map(|(_, megabytes)| megabytes).sum::<u64>() > 30, "the flood was one: {sent:?}");
    assert!(passed < 1 << 10, "{passed} KB were passed on");
    assert!(bans.iter().all(|bans| *bans == 0), "{bans:?}");
    assert_all_here(&mesh, 0).await;
    mesh.shutdown().await;
}

/// Five requests of version 2 were a ban.
#[tokio::test(flavor = "multi_thread")]
async fn a_later_version_is_ignored_everywhere_and_never_punished() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = patient_mesh(&dir).await;
    let wire = stranger(&mesh, 0x33).await;
    let who = mesh.coordinator.account();
    for n in 0..8_u8 {
        let answer = wire.request(who, vec![2, n, 0, 0, 0]).await.map(|bytes| Response::from_bytes(&bytes));
        assert!(answer.is_err(), "{answer:?}");
        let sink =
            network::BlobSink { path: dir.path().join("none"), len_max: 1, digest: None, cancel: Default::default() };
        let blob = wire.fetch_blob(who, vec![2, n, 0, 0, 0], sink, |_| {}).await;
        assert!(matches!(blob, Err(network::FetchError::Refused(dpgn_protocol::wire::Refusal::Busy))), "{blob:?}");
        for topic in Topic::ALL {
            wire.publish(topic, vec![2, n, 0, 0, 0]).expect("the network runs");
        }
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let counted = mesh.coordinator.metrics();
    let score = mesh.coordinator.status().await.expect("runs").peers.contains(&wire.local_peer());
    println!(
        "56 messages of version 2: rejected {}, bans {}, still here: {score}",
        counted.gossip_rejected, counted.bans
    );
    assert_eq!((counted.gossip_rejected, counted.bans, score), (0, 0, true));
    mesh.shutdown().await;
}
