//! A coordinator below `/proofs` of an application's own axum router, until Ctrl-C.
//!
//! `cargo run -p dpgn-gateway --example in_axum`, then `curl localhost:3001/proofs/api/v1/status`

#![expect(clippy::print_stdout, reason = "an example speaks to its terminal")]

use axum::{Router, routing::get};
use dpgn_gateway::coordinator::{CoordinatorState, SharedState, router};
use std::sync::Arc;
use tokio::{net::TcpListener, sync::Mutex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    if dpgn_prover::worker_main() {
        return Ok(());
    }
    let state: SharedState = Arc::new(Mutex::new(CoordinatorState::new()));
    let app = Router::new().route("/", get(async || "my own page")).nest("/proofs", router(state.clone()));
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3001".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("http://{}/proofs/api/v1/status", listener.local_addr()?);
    tokio::select! {
        served = axum::serve(listener, app) => served?,
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    state.lock().await.shutdown().await;
    Ok(())
}
