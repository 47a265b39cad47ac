//! Council streams among honest members: everybody hears everybody in order, and whoever was away is soon back.

use crate::node::{Node, SILENCE, soon, until};
use dpgn_node::network::{Acceptance, NetworkConfig, SayError, Topic};
use dpgn_protocol::{ids::AccountId, sign::Keypair};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Seeds in the order of their accounts: of each pair the earlier one opens the stream.
pub fn seeds() -> Vec<u8> {
    let mut seeds: Vec<u8> = (1..=32).collect();
    seeds.sort_by_key(|seed| Keypair::from_seed(&[*seed; 32]).account());
    seeds
}

/// Members that count each other, and have all streams open. They know one of them, and find the others.
pub async fn members(count: usize, edit: impl Fn(&mut NetworkConfig)) -> Vec<Node> {
    let seeds = seeds();
    let first = Node::start(seeds[0], &edit);
    let address = first.address().await;
    let mut nodes = vec![first];
    for seed in &seeds[1..count] {
        nodes.push(Node::start(*seed, |config| {
            config.bootstrap = vec![address.clone()];
            edit(config);
        }));
    }
    let accounts: BTreeSet<AccountId> = nodes.iter().map(Node::account).collect();
    for node in &nodes {
        node.network.council(&accounts);
    }
    for node in &nodes {
        until("every stream", async || node.network.council_open().len() == count - 1).await;
    }
    nodes
}

fn numbered(n: u32, len: usize) -> Vec<u8> {
    [&n.to_be_bytes(), vec![7; len - 4].as_slice()].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_members_all_speak_and_each_is_heard_in_order() {
    const FRAMES: u32 = 300;
    let start = Instant::now();
    let nodes = members(4, |_| {}).await;
    println!("four members have all their streams after {:?}", start.elapsed());
    let start = Instant::now();
    for node in &nodes {
        for n in 0..FRAMES {
            // Now and then the body of a block.
            let frame = numbered(n, if n % 100 == 50 { 192 << 10 } else { 300 });
            assert_eq!(node.network.say_all(frame), Ok(BTreeSet::new()));
        }
    }
    let mut hears = JoinSet::new();
    for mut node in nodes {
        hears.spawn(async move {
            let mut next: BTreeMap<AccountId, u32> = BTreeMap::new();
            for _ in 0..3 * FRAMES {
                let (from, data) = node.said().await;
                let next = next.entry(from).or_default();
                assert_eq!(data[..4], next.to_be_bytes(), "in order");
                *next += 1;
            }
            assert!(next.len() == 3 && next.values().all(|heard| *heard == FRAMES), "{next:?}");
            node
        });
    }
    let nodes = hears.join_all().await;
    println!("12 x {FRAMES} frames, 36 of them of 192 KiB, were heard after {:?}", start.elapsed());
    for node in nodes {
        let counted = node.network.metrics();
        assert_eq!((counted.council_sent, counted.council_received), (900, 900));
        assert_eq!((counted.council_dropped, counted.council_refused, counted.bans), (0, 0, 0));
        soon("shutdown with open streams", node.network.shutdown()).await;
        assert!(node.network.council_open().is_empty());
        assert_eq!(node.network.say_all(vec![1]), Err(SayError::Stopped));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_is_held_against_its_limit_and_its_addressee() {
    let mut nodes = members(2, |config| config.limits.council_frame_bytes_max = 2_000).await;
    let (to, network) = (nodes[1].account(), nodes[0].network.clone());
    assert_eq!(network.say(to, vec![1; 2_001]), Err(SayError::TooLarge { got: 2_001, limit: 2_000 }));
    assert_eq!(network.say(network.local_peer(), vec![1]), Err(SayError::NoMember(network.local_peer())));
    assert_eq!(network.say(to, Vec::new()), Ok(true), "it says only that this node lives");
    assert_eq!(network.say(to, vec![1; 2_000]), Ok(true));
    assert_eq!(nodes[1].said().await, (network.local_peer(), vec![1; 2_000]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_on_which_nothing_is_said_stay_open() {
    let nodes = members(2, |config| {
        config.timing.council_alive_ms = 100;
        config.timing.council_frame_ms = 400;
    })
    .await;
    for _ in 0..100 {
        assert!(nodes.iter().all(|node| node.network.council_open().len() == 1));
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    assert!(nodes.iter().all(|node| node.network.metrics().council_received == 0), "signs of life are no frames");
}

/// Either side of a pair is shut down and started again: its stream is back soon, and carries what was said meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn either_side_that_restarts_is_back_within_two_seconds() {
    for restarts in [0, 1] {
        let mut nodes = members(2, |_| {}).await;
        let accounts: BTreeSet<AccountId> = nodes.iter().map(Node::account).collect();
        let mut stays = nodes.remove(1 - restarts);
        let gone = nodes.remove(0);
        let (account, address, known) = (gone.account(), gone.address().await, stays.address().await);
        soon("shutdown", gone.network.shutdown()).await;
        until("its absence", async || stays.network.council_open().is_empty()).await;
        // For as long as another member takes to start again: pauses have grown.
        tokio::time::sleep(Duration::from_millis(4_000)).await;
        assert_eq!(stays.network.say(account, b"meanwhile".to_vec()), Ok(false));
        let start = Instant::now();
        let mut back = Node::start(seeds()[restarts], |config| {
            config.listen = vec![address];
            config.bootstrap = vec![known];
        });
        back.network.council(&accounts);
        assert_eq!(back.said().await.1, b"meanwhile");
        until("its stream", async || back.network.council_open().len() == 1).await;
        assert_eq!(back.network.say(stays.account(), b"I am back".to_vec()), Ok(true));
        assert_eq!(stays.said().await.1, b"I am back");
        let took = start.elapsed();
        println!("the {} account was restarted: heard again after {took:?}", ["smaller", "larger"][restarts]);
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
}

/// A node that has started is connected before it knows who its members are; others' pauses had grown until then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_names_its_members_late_need_not_wait() {
    let seeds = seeds();
    let (small, large) = (Node::start(seeds[0], |_| {}), Node::start(seeds[1], |_| {}));
    let accounts = BTreeSet::from([small.account(), large.account()]);
    small.network.council(&accounts);
    small.dial(&large).await;
    tokio::time::sleep(Duration::from_millis(4_000)).await;
    assert!(small.network.council_open().is_empty(), "it is reset at the door");
    let start = Instant::now();
    large.network.council(&accounts);
    until("a stream", async || small.network.council_open().len() == 1).await;
    let (took, refused) = (start.elapsed(), large.network.metrics().council_refused);
    println!("after {refused} streams were reset, a member named the other: a stream is open after {took:?}");
    assert!(took < Duration::from_millis(1_500) && refused <= 10, "{took:?}, {refused}");
}

/// A member that was away for long is not fed with what was decided long ago.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_long_before_a_stream_is_not_said_any_more() {
    let seeds = seeds();
    let (small, mut large) = (Node::start(seeds[0], |_| {}), Node::start(seeds[1], |_| {}));
    let (account, accounts) = (large.account(), BTreeSet::from([small.account(), large.account()]));
    small.network.council(&accounts);
    assert_eq!(small.network.say(account, b"old".to_vec()), Ok(false));
    tokio::time::sleep(Duration::from_millis(5_100)).await;
    assert_eq!(small.network.say(account, b"new".to_vec()), Ok(false));
    large.network.council(&accounts);
    small.dial(&large).await;
    assert_eq!(large.said().await.1, b"new");
    assert_eq!(small.network.metrics().council_dropped, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_is_named_no_more_is_cut() {
    let mut nodes = members(3, |_| {}).await;
    let all: BTreeSet<AccountId> = nodes.iter().map(Node::account).collect();
    let last = nodes[2].account();
    let rest: BTreeSet<AccountId> = all.iter().copied().filter(|member| *member != last).collect();
    let start = Instant::now();
    for node in &nodes[..2] {
        node.network.council(&rest);
        assert_eq!(node.network.say(last, vec![1]), Err(SayError::NoMember(last)));
    }
    until("the cut", async || nodes[2].network.council_open().is_empty()).await;
    println!("a member was named no more: both its streams were closed after {:?}", start.elapsed());
    assert_eq!(nodes[2].network.say_all(b"hello?".to_vec()), Ok(rest.clone()));
    let heard = tokio::time::timeout(SILENCE, nodes[1].said()).await;
    assert!(heard.is_err(), "heard {heard:?}");
    assert!(nodes[0].network.say_all(b"still here".to_vec()).unwrap().is_empty());
    assert_eq!(nodes[1].said().await.1, b"still here");
    assert_eq!(nodes[1].network.metrics().bans + nodes[0].network.metrics().bans, 0);
    // Named again, it is back.
    for node in &nodes[..2] {
        node.network.council(&all);
    }
    until("its return", async || nodes[2].network.council_open() == rest).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_meet_over_quic() {
    let quic = |config: &mut NetworkConfig| config.listen = vec!["/ip4/127.0.0.1/udp/0/quic-v1".parse().unwrap()];
    let mut nodes = members(2, quic).await;
    for (from, to) in [(0, 1), (1, 0)] {
        let account = nodes[to].account();
        assert_eq!(nodes[from].network.say(account, vec![9; 200_000]), Ok(true));
        assert_eq!(nodes[to].said().await.1, [9; 200_000]);
    }
}

/// Printed, and judged only by its order: what a round trip costs beside one by gossip.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn round_trips_beside_gossip() {
    const TRIPS: u32 = 200;
    let mut nodes = members(2, |_| {}).await;
    nodes[0].settle(1).await;
    let (mut there, mut here) = (nodes.remove(1), nodes.remove(0));
    let (to, back) = (there.account(), here.account());
    let echo = tokio::spawn(async move {
        for _ in 0..TRIPS {
            let (_, data) = there.said().await;
            there.network.say(back, data).unwrap();
        }
        for _ in 0..TRIPS {
            let (topic, data, token) = there.gossip().await;
            there.network.judge(token, Acceptance::Ignore);
            there.network.publish(topic, data).unwrap();
        }
        there
    });
    let (mut over_stream, mut by_gossip) = (Vec::new(), Vec::new());
    for n in 0..TRIPS {
        let start = Instant::now();
        here.network.say(to, numbered(n, 300)).unwrap();
        here.said().await;
        over_stream.push(start.elapsed());
    }
    for n in 0..TRIPS {
        let start = Instant::now();
        here.network.publish(Topic::Votes, numbered(n, 300)).unwrap();
        let (_, _, token) = here.gossip().await;
        here.network.judge(token, Acceptance::Ignore);
        by_gossip.push(start.elapsed());
    }
    for (what, times) in [("over the stream", &mut over_stream), ("by gossip", &mut by_gossip)] {
        times.sort();
        println!("{TRIPS} round trips of 300 bytes {what}: p50 {:?}, p99 {:?}", times[100], times[198]);
    }
    drop(echo.await.unwrap());
}
