//! The loop under load: nothing long runs on it, so nobody waits for long.

mod common;

use common::{buy, mesh, over, preimage};
use dpgn_node::{NodeHandle, TaskRef};
use dpgn_protocol::units::{Height, Millis};
use std::time::{Duration, Instant};

/// What 99 of 100 turns must stay below. A turn waits for its block to be on disk, so the very longest is the
/// disk's, which other programs share: it is printed, and not judged.
const TURN_MAX: Duration = Duration::from_millis(500);

/// Purchases, and an owner that asks for everything all the time.
#[tokio::test(flavor = "multi_thread")]
async fn turns_of_the_loop_are_short_under_load() {
    let dir = tempfile::tempdir().unwrap();
    let mesh = mesh(&dir, 2).await;
    let first = buy(&mesh.requester, preimage(b"first")).await;
    let mut tasks = Vec::new();
    for n in 0..6_u8 {
        let mut purchase = preimage(&[n; 40]);
        purchase.deadline = Millis::from_secs(300);
        tasks.push(mesh.requester.submit(purchase).await.unwrap().task.task);
    }
    let asking = tokio::spawn(ask_all_the_time(mesh.requester.clone(), TaskRef::Id(first.task)));
    for task in tasks {
        over(&mesh.requester, TaskRef::Id(task)).await;
    }
    asking.abort();
    let begun = Instant::now();
    let receipt = mesh.requester.receipt(TaskRef::Id(first.task), Height::new(0)).await.unwrap();
    let (took, height) = (begun.elapsed(), mesh.requester.status().await.unwrap().height);
    println!("a receipt of block {}, read at height {height}: {took:?}", receipt.header.height);
    for (name, node) in
        [("coordinator", &mesh.coordinator), ("prover", &mesh.provers[0]), ("requester", &mesh.requester)]
    {
        let times = node.loop_times();
        println!("{name}, turns of the loop (99 % within {:?}):\n{times}", times.permille(990));
        assert!(times.permille(990) < TURN_MAX, "{name}: {times}");
    }
    mesh.shutdown().await;
}

async fn ask_all_the_time(node: NodeHandle, task: TaskRef) {
    loop {
        let _ = tokio::join!(node.receipt(task, Height::new(0)), node.tasks(None, 64), node.status());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
