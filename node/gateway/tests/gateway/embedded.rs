//! A coordinator inside an application of one's own.

use crate::{
    client::{get, send},
    scene::options,
};
use axum::Router;
use dpgn_gateway::coordinator::{CoordinatorState, SharedState, router};
use serde_json::json;
use std::{net::SocketAddr, sync::Arc};
use tokio::{net::TcpListener, sync::Mutex};

async fn served(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    at
}

const TASK: &str = "660e8400-e29b-41d4-a716-446655440001";

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_runs_in_an_application_of_its_own() {
    let state: SharedState = Arc::new(Mutex::new(CoordinatorState::new().prover(options())));
    let at = served(router(state.clone())).await;
    assert_eq!(get(at, "/health").await.json(), json!({"status": "ok"}));
    let task = json!({"task_id": TASK, "privacy_level": 2, "circuit_data": [1, 2, 3, 4], "reward_amount": 100,
        "requester": "client-001", "priority": 10});
    assert_eq!(send(at, "POST /tasks", "", &task.to_string()).await.json(), TASK);
    let done = get(at, &format!("/api/v1/tasks/{TASK}?wait=60")).await.json();
    assert_eq!(done["status"], "completed", "{done}");
    state.lock().await.shutdown().await;
}

/// What it has decided is there after a restart, and the routes work below a path of the application's.
#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_that_is_kept_goes_on_below_any_path() {
    let dir = tempfile::tempdir().expect("a directory");
    let account = async |state: &SharedState| {
        let at = served(Router::new().nest("/proofs", router(state.clone()))).await;
        get(at, "/proofs/api/v1/status").await.json()["account"].clone()
    };
    let kept = || Arc::new(Mutex::new(CoordinatorState::in_dir(dir.path()).prover(options())));
    let first = kept();
    let before = account(&first).await;
    first.lock().await.shutdown().await;
    let second = kept();
    assert_eq!(account(&second).await, before);
    let node = second.lock().await.node().await.expect("it runs");
    let third = Arc::new(Mutex::new(CoordinatorState::of(node)));
    assert_eq!(account(&third).await, before, "a node that runs already");
    second.lock().await.shutdown().await;
}
