//! Liars: what they send never stops honest nodes, and in the end they are sent away.

use crate::{
    liar::Liar,
    node::{Node, until},
};
use dpgn_node::network::{
    Acceptance, BlobSink, FetchError, NetworkConfig, Offence, Rate, RequestError, Topic, account_of, peer_of,
};
use futures::AsyncWriteExt as _;
use std::time::{Duration, Instant};

/// Two honest nodes and a liar connected to the first.
async fn scene(edit: impl FnOnce(&mut NetworkConfig)) -> (Node, Node, Liar) {
    let (victim, friend) = (Node::start(1, edit), Node::start(2, |_| {}));
    friend.dial(&victim).await;
    let liar = Liar::start(Some(victim.address().await)).await;
    victim.settle(2).await;
    (victim, friend, liar)
}

/// The honest ones still hear each other.
async fn still_heard(victim: &mut Node, friend: &Node, word: &str) {
    friend.network.publish(Topic::Ops, word.as_bytes().to_vec()).unwrap();
    loop {
        let (_, data, token) = victim.gossip().await;
        if data == word.as_bytes() {
            return victim.network.judge(token, Acceptance::Accept);
        }
        victim.network.judge(token, Acceptance::Reject);
    }
}

async fn sent_away(victim: &Node, liar: &Liar) {
    let account = account_of(&liar.peer).unwrap();
    until("a ban", async || victim.network.metrics().bans == 1 && !victim.knows(account).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_gossip_ends_nothing_but_its_sender() {
    let (mut victim, friend, liar) = scene(|_| {}).await;
    for n in 0..20 {
        // A vote without its frame: refused before anybody reads it.
        liar.say("votes", vec![n; 8]);
    }
    sent_away(&victim, &liar).await;
    still_heard(&mut victim, &friend, "after malformed gossip").await;
    assert!(victim.network.metrics().gossip_rejected >= 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn false_gossip_ends_nothing_but_its_sender() {
    let (mut victim, friend, liar) = scene(|_| {}).await;
    for n in 0..20 {
        liar.say("ops", vec![n; 100]);
    }
    still_heard(&mut victim, &friend, "among lies").await;
    for _ in 0..5 {
        if victim.network.metrics().bans == 0 {
            let (_, _, token) = victim.gossip().await;
            victim.network.judge(token, Acceptance::Reject);
        }
    }
    sent_away(&victim, &liar).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oversized_gossip_is_never_delivered() {
    let (mut victim, friend, liar) = scene(|_| {}).await;
    for n in 0..8 {
        liar.say("ops", vec![n; 2 << 20]);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(victim.network.metrics().gossip_received, 0);
    still_heard(&mut victim, &friend, "after oversized gossip").await;
}

/// What a peer says above its budget is dropped before gossipsub has seen it: nobody is banned for volume, others
/// are heard at once, and what a friend says is new although the flood said it first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_is_cut_unseen_and_nobody_is_banned() {
    let (mut victim, friend, liar) = scene(|config| {
        config.limits.gossip_rates.ops = Rate { per_s: 20, burst: 40, bytes_per_s: 1 << 20, bytes_burst: 1 << 20 };
    })
    .await;
    for n in 0..1_000_u32 {
        liar.say("ops", n.to_be_bytes().to_vec());
    }
    until("the flood", async || victim.network.metrics().overrun >= 900).await;
    // Among the thousand, and cut: so it is new when the friend says it.
    let word = 999_u32.to_be_bytes().to_vec();
    let start = Instant::now();
    friend.network.publish(Topic::Ops, word.clone()).unwrap();
    let mut before = 0;
    loop {
        let (_, data, token) = victim.gossip().await;
        victim.network.judge(token, Acceptance::Ignore);
        if data == word {
            break;
        }
        before += 1;
    }
    let (counted, took) = (victim.network.metrics(), start.elapsed());
    println!("of 1000 messages {} were cut unseen, {before} emitted, {} bans", counted.overrun, counted.bans);
    println!("a friend's copy of one that was cut came after {took:?}");
    assert!(before < 200 && counted.bans == 0, "{counted:?}");
    assert!(victim.knows(account_of(&liar.peer).unwrap()).await, "volume is no lie");
    assert!(took < Duration::from_secs(2), "{took:?}");
}

/// What fills one peer's room, or one topic's, starves no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_one_topic_delays_no_other_peer_and_no_other_topic() {
    let (mut victim, friend, liar) = scene(|_| {}).await;
    for n in 0..3_000_u32 {
        liar.say("ops", [&n.to_be_bytes(), [0; 3_000].as_slice()].concat());
    }
    until("the flood", async || victim.network.metrics().overloaded >= 500).await;
    for topic in [Topic::Blocks, Topic::Progress, Topic::Ops] {
        friend.network.publish(topic, b"word".to_vec()).unwrap();
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut places = Vec::new();
    for place in 0..200 {
        let (topic, data, token) = victim.gossip().await;
        victim.network.judge(token, Acceptance::Ignore);
        if data == b"word" {
            places.push((topic, place));
        }
    }
    println!("behind a full queue of the flood's, a friend's words were read at {places:?}");
    // Sixteen had been emitted before the friend spoke.
    assert_eq!(places.len(), 3);
    assert!(places.iter().all(|(_, place)| *place < 40), "{places:?}");
    assert_eq!(victim.network.metrics().bans, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_events_nobody_reads_takes_no_more_gossip_and_stays_up() {
    let (mut victim, friend, liar) = scene(|_| {}).await;
    for n in 0..500_u32 {
        liar.say("ops", n.to_be_bytes().to_vec());
    }
    until("the flood", async || victim.network.metrics().overloaded >= 200).await;
    assert!(victim.network.metrics().gossip_received <= 256);
    still_heard(&mut victim, &friend, "when events are read again").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claimed_lengths_cost_nothing_and_are_held_against_their_sender() {
    let (mut victim, friend, liar) = scene(|_| {}).await;
    let peer = peer_of(&victim.account()).unwrap();
    for _ in 0..8 {
        // Four gigabytes, says the length; then nothing.
        liar.write_raw(peer, "request", &[0xff; 4]).await;
    }
    // A blob question of four gigabytes is refused as malformed (4), until the ban cuts the connection.
    let answer = tokio::time::timeout(Duration::from_secs(5), liar.write_raw(peer, "blob", &[0xff; 4])).await.unwrap();
    assert!(answer.is_empty() || answer == [4], "{answer:?}");
    sent_away(&victim, &liar).await;
    still_heard(&mut victim, &friend, "after claimed lengths").await;
    assert_eq!(victim.network.metrics().requests_received, 0);
}

/// A peer of a later version answers in ways that this version does not know: it was banned after five answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_of_a_later_version_are_no_offence() {
    let (victim, _friend, later) = scene(|_| {}).await;
    for protocol in ["request", "blob"] {
        later.serve(protocol, |mut stream| async move {
            stream.write_all(&[77]).await?;
            stream.close().await
        });
    }
    let account = account_of(&later.peer).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (mut unsupported, mut unknown) = (0, 0);
    for _ in 0..10 {
        let answer = victim.network.request(account, b"a question".to_vec()).await;
        unsupported += usize::from(answer == Err(RequestError::Unsupported));
        let sink = BlobSink { path: dir.path().join("blob"), len_max: 9, digest: None, cancel: Default::default() };
        let blob = victim.network.fetch_blob(account, b"a blob".to_vec(), sink, |_| {}).await;
        unknown += usize::from(matches!(blob, Err(FetchError::UnknownStatus { status: 77 })));
    }
    let (bans, peers) = (victim.network.metrics().bans, victim.network.peers().await);
    let score = peers.iter().find(|peer| peer.account == account).map(|peer| peer.score);
    println!("{unsupported} answers and {unknown} blobs of a later version: {bans} bans, its score is {score:?}");
    assert_eq!((unsupported, unknown, bans, score), (10, 10, 0, Some(0.0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_asker_that_does_not_read_keeps_its_place_until_it_is_cut() {
    let (mut victim, _friend, liar) = scene(|config| {
        config.limits.requests_in_per_peer_max = 2;
        config.timing.request_ms = 1_500;
    })
    .await;
    let peer = peer_of(&victim.account()).unwrap();
    let mut held = Vec::new();
    for n in 0..2 {
        held.push(liar.ask_and_hold(peer, "request", &[n]).await.unwrap());
        let (_, _, token) = victim.asked().await;
        victim.network.respond(token, vec![0; 4 << 20]).unwrap();
    }
    // Answered, but four megabytes don't fit into a stream that nobody reads.
    let question = [0, 0, 0, 1, 9];
    assert_eq!(liar.write_raw(peer, "request", &question).await, [1], "busy");
    tokio::time::sleep(Duration::from_millis(1_600)).await;
    let last = liar.ask_and_hold(peer, "request", b"free again?").await.unwrap();
    assert_eq!(victim.asked().await.1, b"free again?");
    drop((held, last));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_caught_lying_is_banned_and_comes_back_later() {
    let (node, peer) = (Node::start(1, |config| config.timing.ban_ms = 1_500), Node::start(2, |_| {}));
    let address = node.address().await;
    peer.dial(&node).await;
    until("the peer", async || node.knows(peer.account()).await).await;
    node.network.penalise(peer.account(), Offence::Lied);
    assert!(node.knows(peer.account()).await, "once is not enough");
    node.network.penalise(peer.account(), Offence::Lied);
    until("a ban", async || !node.knows(peer.account()).await).await;
    peer.network.dial(address.clone()).await.ok();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!node.knows(peer.account()).await, "it is still banned");
    until("its return", async || {
        peer.network.dial(address.clone()).await.ok();
        node.knows(peer.account()).await
    })
    .await;
}

/// A relay's copy of what was heard from another just now costs it the message and no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_what_was_just_heard_costs_its_relay_no_more_than_its_size() {
    let mut heard = [0; 2];
    for (acceptance, count) in [Acceptance::Duplicate, Acceptance::Ignore].into_iter().zip(&mut heard) {
        let (mut victim, friend, _liar) = scene(|config| {
            config.limits.gossip_rates.ops = Rate { per_s: 1, burst: 40, bytes_per_s: 1 << 20, bytes_burst: 1 << 20 };
        })
        .await;
        for n in 0..30_u8 {
            friend.network.publish(Topic::Ops, vec![n; 8]).unwrap();
            let Ok((_, _, token)) = tokio::time::timeout(Duration::from_secs(1), victim.gossip()).await else { break };
            victim.network.judge(token, acceptance);
            *count += 1;
        }
    }
    println!("of 30 messages {} are heard if they are copies, {} if they are of no use", heard[0], heard[1]);
    assert!(heard[0] == 30 && heard[1] < 10, "{heard:?}");
}
