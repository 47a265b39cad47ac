//! A prover that speaks HTTP alone: it proves for the node whose gateway it asks.
//!
//! `dpgn node run` in one terminal, `cargo run -p dpgn-gateway --example prover` in another.

use dpgn_agent::{ProverConfig, ProverNode};
use uuid::Uuid;

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
        coordinator_url: "http://localhost:8080".to_string(),
        reward_address: String::new(),
    };
    let node = ProverNode::new(config).await?;
    node.start().await?;
    Ok(())
}
