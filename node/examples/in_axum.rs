//! A coordinator below `/proofs` of an application's own axum router, until Ctrl-C.
//!
//! `cargo run -p dpgn-gateway --example in_axum`, then `curl localhost:3001/proofs/api/v1/status` with the header that it prints

#![expect(clippy::print_stdout, reason = "an example speaks to its terminal")]

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::Response,
    routing::get,
};
use dpgn_gateway::coordinator::{CoordinatorState, SharedState, router};
use std::sync::Arc;
use tokio::{net::TcpListener, sync::Mutex};
use uuid::Uuid;

/// Lets in whoever shows the token. The routes themselves ask for none, and whoever reaches them spends the node's credits.
async fn guarded(State(token): State<blake3::Hash>, request: Request, next: Next) -> Result<Response, StatusCode> {
    let shown = request.headers().get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let is_right = shown.is_some_and(|shown| blake3::hash(shown.as_bytes()) == token); // compared in constant time
    if is_right { Ok(next.run(request).await) } else { Err(StatusCode::UNAUTHORIZED) }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    if dpgn_prover::worker_main() {
        return Ok(());
    }
    let state: SharedState = Arc::new(Mutex::new(CoordinatorState::new()));
    let named = std::env::var("PROOFS_TOKEN").ok().filter(|token| !token.is_empty());
    let token = named.unwrap_or_else(|| Uuid::new_v4().to_string());
    let guard = from_fn_with_state(blake3::hash(token.as_bytes()), guarded);
    let app = Router::new().route("/", get(async || "my own page")).nest("/proofs", router(state.clone()).layer(guard));
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3001".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("http://{}/proofs/api/v1/status", listener.local_addr()?);
    println!("Authorization: Bearer {token}");
    tokio::select! {
        served = axum::serve(listener, app) => served?,
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    state.lock().await.shutdown().await;
    Ok(())
}
