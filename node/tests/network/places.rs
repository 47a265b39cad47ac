//! Places for connections: many honest nodes behind one address all find one, and strangers leave some for the
//! committee.

use crate::node::{Node, soon, until};
use dpgn_node::network::{Acceptance, Topic};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Twenty nodes behind one address fell silent: gossipsub held it against each of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_nodes_behind_one_address_hear_each_other() {
    let hub = Node::start(1, |config| config.limits.loopback_is_exempt = false);
    let address = hub.address().await;
    let mut nodes = Vec::new();
    for seed in 2..22 {
        nodes.push(Node::start(seed, |config| {
            config.bootstrap = vec![address.clone()];
            config.limits.loopback_is_exempt = false;
        }));
    }
    hub.settle(20).await;
    for node in &nodes {
        until("some peers", async || node.network.peers().await.len() >= 4).await;
    }
    tokio::time::sleep(Duration::from_millis(600)).await;
    let speaker = nodes.remove(0);
    let start = Instant::now();
    let mut hears = JoinSet::new();
    for mut node in nodes {
        hears.spawn(async move {
            let (_, data, token) = node.gossip().await;
            node.network.judge(token, Acceptance::Accept);
            (node, data)
        });
    }
    let mut hub = hub;
    speaker.network.publish(Topic::Ops, b"to all".to_vec()).unwrap();
    let (_, _, token) = hub.gossip().await;
    hub.network.judge(token, Acceptance::Accept);
    let heard = hears.join_all().await;
    assert!(heard.len() == 19 && heard.iter().all(|(_, data)| data == b"to all"));
    let counted = hub.network.metrics();
    println!("twenty nodes behind one address: all hear a word after {:?}, {} bans", start.elapsed(), counted.bans);
    assert!(hub.network.peers().await.iter().all(|peer| peer.score >= 0.0));
    assert_eq!(counted.bans, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_subnet_has_its_share_and_a_coordinator_finds_a_place_in_a_full_house() {
    let node = Node::start(1, |config| {
        config.limits.loopback_is_exempt = false;
        config.limits.connections_per_subnet_max = 8;
        config.limits.connections_in_max = 12;
        config.limits.connections_in_kept = 2;
    });
    let address = node.address().await;
    let quiet = |config: &mut dpgn_node::network::NetworkConfig| {
        config.kad_server = false;
        config.limits.peers_wanted = 0;
    };
    let mut strangers = Vec::new();
    for seed in 10..30 {
        let stranger = Node::start(seed, quiet);
        stranger.network.dial(address.clone()).await.ok();
        strangers.push(stranger);
    }
    let known = async || node.network.peers().await.len();
    until("the strangers", async || known().await >= 8).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(known().await, 8, "one subnet's share");
    let member = Node::start(2, quiet);
    node.network.favour([member.account()]);
    until("the coordinator", async || {
        soon("an end of the dial", member.network.dial(address.clone())).await.ok();
        node.knows(member.account()).await
    })
    .await;
    println!("of twenty strangers of one subnet 8 have a place, and a coordinator of the same has one, too");
    assert_eq!(node.network.metrics().bans, 0);
}

/// Handshakes that are begun and never ended give their places back within seconds, whoever began them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_handshakes_give_their_places_back() {
    let node = Node::start(1, |config| config.limits.loopback_is_exempt = false);
    let address = node.address().await;
    let port = address.iter().find_map(|part| match part {
        libp2p::multiaddr::Protocol::Tcp(port) => Some(port),
        _ => None,
    });
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(tokio::net::TcpStream::connect(("127.0.0.1", port.unwrap())).await.unwrap());
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let (start, honest) = (Instant::now(), Node::start(2, |_| {}));
    let first = soon("an end of the dial", honest.network.dial(address.clone())).await;
    assert!(first.is_err(), "the subnet's handshakes are all taken: {first:?}");
    until("a place", async || {
        soon("an end of the dial", honest.network.dial(address.clone())).await.ok();
        node.knows(honest.account()).await
    })
    .await;
    println!("behind 40 silent handshakes of its own subnet a node is let in after {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    drop(silent);
}

/// Strangers that have all places and do nothing kept a newcomer out for as long as they liked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newcomer_finds_a_place_among_idle_strangers() {
    let node = Node::start(1, |config| {
        config.limits.connections_in_max = 12;
        config.limits.connections_in_kept = 4;
        config.timing.idle_stranger_ms = 1_500;
    });
    let address = node.address().await;
    let quiet = |config: &mut dpgn_node::network::NetworkConfig| {
        config.kad_server = false;
        config.limits.peers_wanted = 0;
    };
    let mut strangers = Vec::new();
    for seed in 10..18 {
        let stranger = Node::start(seed, quiet);
        stranger.network.dial(address.clone()).await.unwrap();
        strangers.push(stranger);
    }
    until("the strangers", async || node.network.peers().await.len() == 8).await;
    let (start, newcomer) = (Instant::now(), Node::start(2, quiet));
    until("a place", async || {
        soon("an end of the dial", newcomer.network.dial(address.clone())).await.ok();
        tokio::time::sleep(Duration::from_millis(200)).await;
        node.knows(newcomer.account()).await
    })
    .await;
    let peers = node.network.peers().await.len();
    println!("among eight idle strangers a newcomer has a place after {:?}; {peers} peers are here", start.elapsed());
    assert!(peers <= 9 && start.elapsed() < Duration::from_secs(6), "{peers}");
    assert_eq!(node.network.metrics().bans, 0);
    drop(strangers);
}
