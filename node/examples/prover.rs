//! A prover that speaks HTTP alone: it proves for the node whose gateway it asks, until Ctrl-C.
//!
//! `dpgn node run` in one terminal, `cargo run -p dpgn-gateway --example prover` in another. A gateway that asks
//! for a token is shown the one in `PROOFS_TOKEN`.

#![expect(clippy::print_stdout, reason = "an example speaks to its terminal")]

use dpgn_agent::{AgentOptions, ProverConfig, ProverNode};
use uuid::Uuid;
use zeroize::Zeroizing;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    if dpgn_prover::worker_main() {
        return Ok(());
    }
    let config = ProverConfig {
        node_id: Uuid::new_v4(),
        gpu_enabled: false,
        max_concurrent_proofs: 1,
        supported_privacy_levels: vec![1, 2, 3],
        coordinator_url: std::env::args().nth(1).unwrap_or_else(|| "http://localhost:8080".to_owned()),
        reward_address: String::new(),
    };
    let token = std::env::var("PROOFS_TOKEN").ok().map(Zeroizing::new);
    let node = ProverNode::with(config, AgentOptions { token, ..AgentOptions::default() }).await?;
    let stopping = node.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            // What it is at work at is proved and handed in first.
            stopping.drain();
        }
    });
    node.start().await?;
    println!("{:?}", node.stats());
    Ok(())
}
