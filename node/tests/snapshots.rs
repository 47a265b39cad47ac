//! Nodes that are far behind, over real connections: a newcomer, and a coordinator that was away while the others went on.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why")]

mod common;

use common::{buy, options, preimage, quick};
use dpgn_node::{
    Node, NodeBuilder, NodeHandle, OtherCheckpoint, PastError, SpawnError, TaskRef,
    engine::Notice,
    genesis_file::new_network,
    keys,
    local::{address_of, loopback, terms},
    view::{NodeStatus, Status},
};
use dpgn_protocol::{
    checkpoint::Checkpoint,
    committee::{Committee, Member},
    genesis::{Genesis, Params},
    ids::{AccountId, NetworkId},
    sign::Keypair,
    units::{Credits, Height, Millis, Power},
};
use libp2p::Multiaddr;
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// Blocks between two snapshots here.
const EVERY: u64 = 8;
/// Blocks of an epoch here: the ledger forgets a task some epochs after it has ended, and a proof has to be fetched before.
const EPOCH: u64 = 40;

/// The parts of a network that a test begins with.
struct Network {
    genesis: Genesis,
    coordinators: Vec<Keypair>,
    prover: Keypair,
    newcomer: Keypair,
}

impl Network {
    fn new(coordinators: usize) -> Self {
        let key = || keys::generate().expect("randomness");
        let coordinators: Vec<Keypair> = (0..coordinators).map(|_| key()).collect();
        let (prover, newcomer) = (key(), key());
        let members: Vec<_> = coordinators.iter().map(Keypair::account).collect();
        let all: Vec<_> = members.iter().copied().chain([prover.account(), newcomer.account()]).collect();
        let params = Params { epoch_blocks: EPOCH, idle_interval: Millis::new(100), ..quick() };
        let genesis = new_network("snapshots", &members, &all, params).expect("a network");
        Self { genesis, coordinators, prover, newcomer }
    }

    fn node(&self, keys: &Keypair, dir: &Path, bootstrap: &[Multiaddr]) -> NodeBuilder {
        let dir = dir.join(keys.account().short());
        let node = Node::builder(keys.clone(), self.genesis.clone()).data_dir(dir).prover(options());
        let node = loopback(node).snapshot_every(EVERY).history(0);
        bootstrap.iter().cloned().fold(node, NodeBuilder::bootstrap)
    }
}

async fn status(node: &NodeHandle) -> NodeStatus {
    node.status().await.expect("the node runs")
}

/// Pays a little again and again, so that there is something to decide.
fn busy(node: &NodeHandle, to: AccountId) -> tokio::task::JoinHandle<()> {
    let node = node.clone();
    tokio::spawn(async move {
        loop {
            // Too much under way, or the node is about to stop.
            let _ = node.transfer(to, Credits::new(1)).await;
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    })
}

/// Waits until a node says so, and returns how long that took.
async fn until(node: &NodeHandle, what: &str, is: impl Fn(&NodeStatus) -> bool) -> Duration {
    let begun = Instant::now();
    loop {
        let now = status(node).await;
        if is(&now) {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < Duration::from_secs(90), "{what}: {now:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The blocks of two nodes at one height: the header names the state, so it is one ledger.
async fn assert_same(one: &NodeHandle, other: &NodeHandle) {
    for _ in 0..600 {
        let (one, other) = (status(one).await, status(other).await);
        if one.height == other.height {
            assert_eq!(one.head, other.head);
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("they are never at one height");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_takes_a_snapshot_follows_on_and_buys_a_proof() {
    let dir = tempfile::tempdir().expect("a directory");
    let network = Network::new(1);
    let first = network.node(&network.coordinators[0], dir.path(), &[]).coordinate(true).spawn().await.expect("starts");
    let bootstrap = [address_of(&first).await.expect("an address")];
    let sells = network.node(&network.prover, dir.path(), &bootstrap).sell(terms(Credits::new(10_000), 400, 1));
    let prover = sells.spawn().await.expect("starts");
    let load = busy(&first, network.newcomer.account());
    until(&first, "blocks", |now| now.height > Height::new(10 * EVERY)).await;

    let begun = Instant::now();
    let believed = first.checkpoint(None).await.expect("a checkpoint");
    assert!(believed.height >= Height::new(EPOCH));
    let with =
        |believed: &Checkpoint| network.node(&network.newcomer, dir.path(), &bootstrap).checkpoint(believed.clone());
    let newcomer = with(&believed).spawn().await.expect("starts");
    let mut notices = newcomer.watch();
    let jumped = async {
        loop {
            if let Notice::Jumped { from, height, .. } =
                notices.next().await.expect("the node runs").expect("nothing is missed")
            {
                return (from, height);
            }
        }
    };
    let (from, to) = tokio::time::timeout(Duration::from_secs(60), jumped).await.expect("it takes a snapshot");
    println!("a newcomer jumps from {from} to {to} after {:?}", begun.elapsed());
    assert!(to.get() >= 10 * EVERY && to.get().is_multiple_of(EVERY));
    until(&newcomer, "blocks after it", |now| now.height.get() > to.get() + 3).await;
    let past = newcomer.statement(network.newcomer.account(), Height::new(1), 10).await;
    assert!(matches!(past, Err(PastError::Pruned { first, .. }) if first >= to), "{past:?}");

    load.abort();
    let info = buy(&newcomer, preimage(&[2, 3, 4])).await;
    assert_eq!(info.status, Status::Completed, "{:?}", info.why);
    let settled = info.settled_height.expect("it is paid");
    let load = busy(&first, network.newcomer.account());
    until(&newcomer, "the block that paid is pruned", |now| now.first_block > settled).await;
    load.abort();
    assert_same(&first, &newcomer).await;
    let receipt = newcomer.receipt(TaskRef::Id(info.task), Height::new(0)).await.expect("a receipt outlives its block");
    let borders = settled.get().saturating_sub(1) / EPOCH;
    assert_eq!((receipt.header.height, receipt.history.len() as u64), (settled, borders), "with all handovers");

    // A checkpoint that its blocks did not lead through is no place to go on from.
    newcomer.shutdown().await;
    let members = vec![Member { account: network.newcomer.account(), power: Power::new(1) }];
    let other = Checkpoint { committee: Committee::new(members).expect("a committee"), ..believed.clone() };
    let refused = with(&other).spawn().await.err();
    assert!(
        matches!(refused, Some(SpawnError::Checkpoint(OtherCheckpoint::History { height })) if height == believed.height),
        "{refused:?}"
    );
    let foreign = Checkpoint { network: NetworkId::from_bytes([1; 32]), ..believed };
    let refused = with(&foreign).spawn().await.err();
    assert!(matches!(refused, Some(SpawnError::Checkpoint(OtherCheckpoint::Network { .. }))), "{refused:?}");

    // What it has taken it finds again, and serves.
    let again = network.node(&network.newcomer, dir.path(), &bootstrap).spawn().await.expect("starts");
    assert!(status(&again).await.height >= settled);
    assert_same(&first, &again).await;
    for node in [again, prover, first] {
        node.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_that_was_away_takes_a_snapshot_and_votes_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let network = Network::new(4);
    let mut nodes = Vec::new();
    let mut bootstrap = Vec::new();
    for keys in &network.coordinators {
        let node = network.node(keys, dir.path(), &bootstrap).coordinate(true).spawn().await.expect("starts");
        bootstrap.push(address_of(&node).await.expect("an address"));
        nodes.push(node);
    }
    let load = busy(&nodes[0], network.newcomer.account());
    until(&nodes[0], "blocks", |now| now.height > Height::new(3)).await;
    let away = nodes.pop().expect("four");
    let left = status(&away).await.height;
    away.shutdown().await;
    let far = Height::new(left.get() + 6 * EVERY);
    until(&nodes[0], "blocks of three", |now| now.height > far).await;

    let begun = Instant::now();
    let keys = &network.coordinators[3];
    let back = network.node(keys, dir.path(), &bootstrap[..3]).coordinate(true).spawn().await.expect("starts");
    let near = status(&nodes[0]).await.height;
    until(&back, "it is back", |now| now.height >= near).await;
    until(&nodes[0], "it has settled in", |now| now.height.get() > near.get() + 3).await;
    let first = status(&back).await.first_block;
    println!("a coordinator that was away from {left} on has blocks from {first} on after {:?}", begun.elapsed());
    assert!(first > left, "it has not seen the blocks between");

    // Without another of them nothing is decided but by its vote.
    nodes.pop().expect("three").shutdown().await;
    let then = status(&nodes[0]).await.height;
    until(&nodes[0], "blocks with its votes", |now| now.height.get() > then.get() + 10).await;
    load.abort();
    assert_same(&nodes[0], &back).await;
    for node in nodes.into_iter().chain([back]) {
        node.shutdown().await;
    }
}
