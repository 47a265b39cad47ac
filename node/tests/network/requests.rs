//! Requests: answered, refused, too large, too late.

use crate::node::{Node, soon};
use dpgn_node::network::{NetworkConfig, RequestError, RespondError};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

async fn pair(edit: impl FnOnce(&mut NetworkConfig), edit_other: impl FnOnce(&mut NetworkConfig)) -> (Node, Node) {
    let (asker, owner) = (Node::start(1, edit), Node::start(2, edit_other));
    asker.dial(&owner).await;
    (asker, owner)
}

fn ask(asker: &Node, owner: &Node, data: Vec<u8>) -> JoinHandle<Result<Vec<u8>, RequestError>> {
    let (network, account) = (asker.network.clone(), owner.account());
    tokio::spawn(async move { soon("an end of the request", network.request(account, data)).await })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_goes_one_way_and_blocks_the_other() {
    let (asker, mut owner) = pair(|_| {}, |_| {}).await;
    let answer = ask(&asker, &owner, vec![1; 1 << 20]);
    let (from, data, token) = owner.asked().await;
    assert_eq!((from, data.len()), (asker.account(), 1 << 20));
    owner.network.respond(token, vec![2; 4 << 20]).unwrap();
    assert_eq!(answer.await.unwrap().unwrap(), vec![2; 4 << 20]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_ends_in_time_and_a_dropped_token_at_once() {
    let (asker, mut owner) = pair(|config| config.timing.request_ms = 700, |_| {}).await;
    let (start, answer) = (Instant::now(), ask(&asker, &owner, b"say nothing".to_vec()));
    let (_, _, held) = owner.asked().await;
    assert_eq!(answer.await.unwrap(), Err(RequestError::TimedOut { after_ms: 700 }));
    assert!(start.elapsed() >= Duration::from_millis(650));
    owner.network.respond(held, b"too late".to_vec()).unwrap();

    let answer = ask(&asker, &owner, b"drop this".to_vec());
    drop(owner.asked().await.2);
    assert_eq!(answer.await.unwrap(), Err(RequestError::Refused));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_large_is_refused_on_both_sides() {
    let (asker, mut owner) =
        pair(|config| config.limits.response_bytes_max = 10_000, |config| config.limits.request_bytes_max = 1_000)
            .await;
    let most = (1 << 20) + 4_096;
    let error = asker.network.request(owner.account(), vec![0; most + 1]).await.unwrap_err();
    assert_eq!(error, RequestError::TooLarge { what: "request", got: most + 1, limit: most });

    // The owner takes less than the asker sends: the stream is cut, the loop goes on.
    let error = ask(&asker, &owner, vec![0; 1_001]).await.unwrap().unwrap_err();
    assert!(matches!(error, RequestError::Refused | RequestError::Broken { .. }), "{error}");

    let answer = ask(&asker, &owner, b"how much?".to_vec());
    let (_, _, token) = owner.asked().await;
    owner.network.respond(token, vec![0; 10_001]).unwrap();
    assert_eq!(
        answer.await.unwrap().unwrap_err(),
        RequestError::TooLarge { what: "response", got: 10_001, limit: 10_000 }
    );

    let answer = ask(&asker, &owner, b"and now?".to_vec());
    let (_, _, token) = owner.asked().await;
    let (got, limit) = ((4 << 20) + 1, 4 << 20);
    assert_eq!(owner.network.respond(token, vec![0; got]), Err(RespondError::TooLarge { got, limit }));
    assert_eq!(answer.await.unwrap(), Err(RequestError::Refused));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_peer_cannot_take_all_places() {
    let (asker, mut owner) = pair(|_| {}, |config| config.limits.requests_in_per_peer_max = 2).await;
    let first = ask(&asker, &owner, b"1".to_vec());
    let second = ask(&asker, &owner, b"2".to_vec());
    let (one, two) = (owner.asked().await.2, owner.asked().await.2);
    assert_eq!(ask(&asker, &owner, b"3".to_vec()).await.unwrap(), Err(RequestError::Refused));
    owner.network.respond(one, Vec::new()).unwrap();
    owner.network.respond(two, Vec::new()).unwrap();
    assert!(first.await.unwrap().is_ok() && second.await.unwrap().is_ok());
    // Answered ones have made room.
    let fourth = ask(&asker, &owner, b"4".to_vec());
    let (_, _, token) = owner.asked().await;
    owner.network.respond(token, b"yes".to_vec()).unwrap();
    assert_eq!(fourth.await.unwrap().unwrap(), b"yes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_events_nobody_reads_says_busy_and_stays_up() {
    let (asker, owner) = pair(|_| {}, |config| config.limits.events_max = 16).await;
    let asked: Vec<_> = (0..40).map(|n| ask(&asker, &owner, vec![n])).collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(owner.network.metrics().requests_received >= 40);
    assert!(owner.network.metrics().overloaded > 0 || owner.network.metrics().requests_refused > 0);
    assert!(owner.knows(asker.account()).await, "the loop still answers");
    drop(owner.events);
    for answer in asked {
        assert!(answer.await.unwrap().is_err());
    }
}
