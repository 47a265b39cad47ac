//! Peers find each other, gossip flows once it is judged, and networks keep apart.

use crate::node::{NETWORK, Node, soon, until};
use dpgn_node::network::{Acceptance, ConnectError, Event, PublishError, Topic};
use dpgn_protocol::{
    ids::{AccountId, NetworkId},
    sign::Keypair,
};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_nodes_hear_what_one_says_and_each_passes_it_on() {
    let hub = Node::start(1, |_| {});
    let address = hub.address().await;
    let mut nodes = vec![hub];
    for seed in 2..=5 {
        nodes.push(Node::start(seed, |config| config.bootstrap = vec![address.clone()]));
    }
    for node in &nodes {
        node.settle(4).await;
    }
    for topic in Topic::ALL {
        let said = Instant::now();
        nodes[2].network.publish(topic, format!("{topic:?}").into_bytes()).unwrap();
        for listener in [0, 1, 3, 4] {
            let (heard, data, token) = nodes[listener].gossip().await;
            assert_eq!((heard, data), (topic, format!("{topic:?}").into_bytes()));
            nodes[listener].network.judge(token, Acceptance::Accept);
        }
        assert!(said.elapsed() < Duration::from_secs(1), "{topic:?} took {:?}", said.elapsed());
    }
    for node in nodes {
        node.network.shutdown().await;
    }
}

/// A line `left – middle – right`: what `right` hears, `middle` has passed on.
async fn line() -> (Node, Node, Node) {
    let left = Node::start(1, |config| config.kad_server = false);
    let middle = Node::start(2, |config| config.kad_server = false);
    let right = Node::start(3, |config| config.kad_server = false);
    left.dial(&middle).await;
    right.dial(&middle).await;
    middle.settle(2).await;
    (left, middle, right)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_accepted_messages_travel_on() {
    let (left, mut middle, mut right) = line().await;
    for verdict in [Some(Acceptance::Reject), Some(Acceptance::Ignore), None] {
        left.network.publish(Topic::Ops, format!("{verdict:?}").into_bytes()).unwrap();
        let (_, _, token) = middle.gossip().await;
        match verdict {
            Some(verdict) => middle.network.judge(token, verdict),
            None => drop(token),
        }
    }
    right.hears_nothing().await;
    left.network.publish(Topic::Ops, b"true".to_vec()).unwrap();
    let (_, _, token) = middle.gossip().await;
    middle.network.judge(token, Acceptance::Accept);
    assert_eq!(right.gossip().await.1, b"true");

    let counted = middle.network.metrics();
    assert_eq!((counted.gossip_accepted, counted.gossip_rejected, counted.gossip_ignored), (1, 1, 2));
    let score = middle.network.peers().await.into_iter().find(|peer| peer.account == left.account()).unwrap().score;
    assert!(score < 0.0, "a rejected message costs its sender: {score}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vote_said_twice_is_heard_twice_and_an_op_once() {
    let left = Node::start(1, |_| {});
    let mut right = Node::start(2, |_| {});
    left.dial(&right).await;
    right.settle(1).await;
    for topic in [Topic::Votes, Topic::Ops] {
        for _ in 0..2 {
            left.network.publish(topic, b"again".to_vec()).unwrap();
        }
    }
    let mut heard = Vec::new();
    for _ in 0..3 {
        let (topic, data, _) = right.gossip().await;
        assert_eq!(data, b"again");
        heard.push(topic);
    }
    heard.sort();
    assert_eq!(heard, [Topic::Ops, Topic::Votes, Topic::Votes]);
    right.hears_nothing().await;
}

#[tokio::test]
async fn publishing_to_nobody_is_no_error_and_too_much_is() {
    let node = Node::start(1, |config| config.limits.gossip_bytes_max = 2_000);
    node.network.publish(Topic::Ops, vec![0; 2_000]).unwrap();
    until("the counter", async || node.network.metrics().gossip_unheard == 1).await;
    let refused = node.network.publish(Topic::Votes, vec![0; 1_961]);
    assert_eq!(refused, Err(PublishError::TooLarge { got: 1_961, limit: 1_960 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_largest_message_arrives() {
    let left = Node::start(1, |_| {});
    let mut right = Node::start(2, |_| {});
    left.dial(&right).await;
    right.settle(1).await;
    let size = 256 << 10;
    left.network.publish(Topic::Blocks, vec![7; size]).unwrap();
    assert_eq!(right.gossip().await.1.len(), size);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_meet_over_quic() {
    let quic = |config: &mut dpgn_node::network::NetworkConfig| {
        config.listen = vec!["/ip4/127.0.0.1/udp/0/quic-v1".parse().unwrap()];
    };
    let (left, mut right) = (Node::start(1, quic), Node::start(2, quic));
    left.dial(&right).await;
    right.settle(1).await;
    left.network.publish(Topic::Blocks, b"over quic".to_vec()).unwrap();
    assert_eq!(right.gossip().await.1, b"over quic");
    let answer = tokio::spawn({
        let (network, account) = (left.network.clone(), right.account());
        async move { network.request(account, b"there?".to_vec()).await }
    });
    let (_, _, token) = right.asked().await;
    right.network.respond(token, b"here".to_vec()).unwrap();
    assert_eq!(answer.await.unwrap().unwrap(), b"here");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_found_through_a_bootstrap_node() {
    let hub = Node::start(1, |_| {});
    let address = hub.address().await;
    // Not in the hub's table, so that the sought one doesn't come by itself.
    let seeker = Node::start(2, |config| {
        config.kad_server = false;
        config.limits.peers_wanted = 0;
        config.bootstrap = vec![address.clone()];
    });
    seeker.settle(1).await;
    let mut sought = Node::start(3, |config| {
        config.limits.peers_wanted = 0;
        config.bootstrap = vec![address.clone()];
    });
    hub.settle(2).await;
    assert!(!seeker.knows(sought.account()).await, "they haven't met");

    let answer = tokio::spawn({
        let (network, account) = (seeker.network.clone(), sought.account());
        async move { network.request(account, b"found you".to_vec()).await }
    });
    let (from, data, token) = sought.asked().await;
    assert_eq!((from, data.as_slice()), (seeker.account(), b"found you".as_slice()));
    sought.network.respond(token, Vec::new()).unwrap();
    answer.await.unwrap().unwrap();

    let nobody = Keypair::from_seed(&[99; 32]).account();
    assert_eq!(soon("an end", seeker.network.connect(nobody)).await, Err(ConnectError::NotFound));
    assert_eq!(seeker.network.connect(seeker.account()).await, Err(ConnectError::Itself));
    let mut no_key = [0; 32];
    no_key[0] = 2;
    assert_eq!(seeker.network.connect(AccountId::from_bytes(no_key)).await, Err(ConnectError::NoPeer));
}

/// In containers bootstrap nodes have names, and addresses that are the site's own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bootstrap_node_that_is_known_by_its_name_is_asked_for_others() {
    let hub = Node::start(1, |_| {});
    let named = hub.address().await.to_string().replacen("/ip4/127.0.0.1/", "/dns4/localhost/", 1);
    assert!(named.starts_with("/dns4/"), "{named}");
    let start = |seed| {
        Node::start(seed, |config| {
            config.limits.peers_wanted = 0;
            config.bootstrap = vec![named.parse().unwrap()];
        })
    };
    let (seeker, mut sought) = (start(2), start(3));
    hub.settle(2).await;
    let answer = tokio::spawn({
        let (network, account) = (seeker.network.clone(), sought.account());
        async move { network.request(account, b"found you".to_vec()).await }
    });
    let (from, _, token) = sought.asked().await;
    assert_eq!(from, seeker.account());
    sought.network.respond(token, Vec::new()).unwrap();
    answer.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_of_another_network_is_sent_away() {
    let mut ours = Node::start(1, |_| {});
    let stranger = Node::start(2, |config| config.network = NetworkId::from_bytes([0xcd; 32]));
    assert_ne!(stranger.account(), ours.account());
    stranger.network.dial(ours.address().await).await.unwrap();
    until("a farewell", async || {
        ours.network.metrics().strangers + stranger.network.metrics().strangers > 0
            && !ours.knows(stranger.account()).await
            && !stranger.knows(ours.account()).await
    })
    .await;
    stranger.network.publish(Topic::Ops, b"hello".to_vec()).unwrap();
    ours.hears_nothing().await;
    assert_eq!(NETWORK, NetworkId::from_bytes([0xab; 32]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bootstrap_node_that_comes_back_is_dialled_again() {
    let hub = Node::start(1, |_| {});
    let address = hub.address().await;
    let node = Node::start(2, |config| config.bootstrap = vec![address.clone()]);
    node.settle(1).await;
    let account = hub.account();
    soon("shutdown", hub.network.shutdown()).await;
    until("its absence", async || !node.knows(account).await).await;
    let hub = Node::start(1, |config| config.listen = vec![address.clone()]);
    until("its return", async || node.knows(hub.account()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutdown_ends_every_task_and_frees_the_port() {
    let mut left = Node::start(1, |_| {});
    let right = Node::start(2, |_| {});
    let address = right.address().await;
    left.dial(&right).await;
    right.settle(1).await;
    soon("shutdown", right.network.shutdown()).await;
    soon("news of it", async {
        while !matches!(left.events.recv().await.unwrap(), Event::PeerDisconnected { peer } if peer == right.account())
        {
        }
    })
    .await;
    assert_eq!(right.network.publish(Topic::Ops, Vec::new()), Err(PublishError::Stopped));
    assert_eq!(right.network.connect(left.account()).await, Err(ConnectError::Stopped));
    assert!(right.network.peers().await.is_empty());
    let port = address.iter().find_map(|part| match part {
        libp2p::multiaddr::Protocol::Tcp(port) => Some(port),
        _ => None,
    });
    std::net::TcpListener::bind(("127.0.0.1", port.unwrap())).unwrap();

    // Dropping the last handle does the same.
    let (network, mut events) = (left.network, left.events);
    drop(network);
    soon("the end of events", async { while events.recv().await.is_some() {} }).await;
}
