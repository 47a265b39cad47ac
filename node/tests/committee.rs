//! Four coordinators decide together: real nodes, real proofs, and one of them is stopped.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why")]

mod common;

use common::{assert_paid, buy, governed, preimage};
use dpgn_node::{NodeHandle, engine::Notice, local::Local};
use dpgn_protocol::units::Credits;
use std::time::{Duration, Instant};

/// Payments whose way into a block is timed.
const PAYMENTS: usize = 20;

/// From the owner's word to a decided block on the requester's own disk, one payment after the other.
async fn times(mesh: &Local) -> Vec<Duration> {
    let mut times = Vec::new();
    for _ in 0..PAYMENTS {
        let mut notices = mesh.requester.watch();
        let begun = Instant::now();
        mesh.requester.transfer(mesh.coordinator.account(), Credits::new(5)).await.expect("it is sent");
        loop {
            match notices.next().await.expect("the node runs").expect("nothing is missed") {
                Notice::Block { ops, .. } if ops > 0 => break,
                _ => {}
            }
        }
        times.push(begun.elapsed());
        // A quiet time, so that each is the first op after it.
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    times.sort();
    times
}

/// All coordinators are at the same block in the end.
async fn assert_agreed(nodes: &[&NodeHandle]) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let mut heads = Vec::new();
        for node in nodes {
            let status = node.status().await.expect("the node runs");
            heads.push((status.height, status.head));
        }
        if heads.iter().all(|head| *head == heads[0]) {
            return;
        }
        assert!(Instant::now() < deadline, "{heads:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn four_coordinators_pay_for_a_proof_and_go_on_without_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let mesh = governed(&dir, 2).await;
    let info = buy(&mesh.requester, preimage(&[2, 3, 4])).await;
    assert_paid(&mesh, &info).await;
    let all = times(&mesh).await;
    let council = mesh.coordinator.status().await.expect("runs").council.expect("it is a member");
    assert_eq!((council.in_touch.len(), council.can_decide), (4, true));
    assert_eq!(mesh.requester.status().await.expect("runs").council, None);

    mesh.colleagues[0].shutdown().await;
    let three = times(&mesh).await;
    println!(
        "a payment is decided after {:?} at the median with four coordinators (worst {:?}), {:?} (worst {:?}) with three of them",
        all[PAYMENTS / 2],
        all[PAYMENTS - 1],
        three[PAYMENTS / 2],
        three[PAYMENTS - 1]
    );
    let info = buy(&mesh.requester, preimage(&[5, 6, 7])).await;
    assert_paid(&mesh, &info).await;
    assert_agreed(&[&mesh.coordinator, &mesh.colleagues[1], &mesh.colleagues[2], &mesh.requester]).await;
    mesh.shutdown().await;
}
