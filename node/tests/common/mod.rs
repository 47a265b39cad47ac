//! What the tests of a whole mesh share: a quick market, small jobs, and a liar.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why")]

pub mod custom;
pub mod liar;

use dpgn_node::{
    NodeHandle, Purchase, Source, TaskRef,
    local::{Local, LocalOptions},
    view::{Status, TaskInfo},
};
use dpgn_protocol::{
    genesis::Params,
    units::{Credits, Level, Millis},
};
use dpgn_prover::ProverOptions;
use std::{path::PathBuf, time::Duration};

/// A market whose windows close while one waits.
pub fn quick() -> Params {
    Params {
        start_window: Millis::from_secs(4),
        heartbeat: Millis::from_secs(2),
        verdict_window: Millis::from_secs(4),
        idle_interval: Millis::new(400),
        block_interval: Millis::new(50),
        ..Params::default()
    }
}

/// The worker program: a test's own `main` is not ours.
pub fn options() -> ProverOptions {
    ProverOptions { program: Some(PathBuf::from(env!("CARGO_BIN_EXE_dpgn-node-worker"))), ..ProverOptions::default() }
}

/// A mesh whose blocks four coordinators decide together.
pub async fn governed(dir: &tempfile::TempDir, provers: usize) -> Local {
    let what = LocalOptions { coordinators: 4, provers, params: quick(), options: options() };
    Local::start(dir.path(), what).await.expect("the mesh starts")
}

pub async fn mesh(dir: &tempfile::TempDir, provers: usize) -> Local {
    let what = LocalOptions { coordinators: 1, provers, params: quick(), options: options() };
    Local::start(dir.path(), what).await.expect("the mesh starts")
}

/// Knowledge of these bytes, at a public level: the smallest real job.
pub fn preimage(bytes: &[u8]) -> Purchase {
    let envelope = [&[1], bytes].concat();
    Purchase {
        level: Level::new(1).expect("defined"),
        witness_is_public: true,
        ..Purchase::new(Source::Envelope(envelope), Credits::new(1_000_000))
    }
}

/// Buys, and waits until it is over.
pub async fn buy(node: &NodeHandle, purchase: Purchase) -> TaskInfo {
    let bought = node.submit(purchase).await.expect("the purchase is accepted");
    over(node, TaskRef::Id(bought.task.task)).await
}

/// Waits until a task is over.
pub async fn over(node: &NodeHandle, task: TaskRef) -> TaskInfo {
    let wait = node.wait(task);
    tokio::time::timeout(Duration::from_secs(120), wait).await.expect("it ends in time").expect("the node runs")
}

/// It was paid to this prover, and all credits are where they should be.
pub async fn assert_paid(mesh: &Local, info: &TaskInfo) {
    assert_eq!(info.status, Status::Completed, "{:?}", info.why);
    assert!(info.proof_path.as_ref().expect("a proof").is_file());
    assert_conserved(mesh).await;
}

pub async fn assert_conserved(mesh: &Local) {
    for node in [&mesh.coordinator, &mesh.requester] {
        let supply = node.supply().await.expect("the node runs");
        assert!(supply.is_conserved(), "{supply:?}");
    }
}
