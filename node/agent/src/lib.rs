//! An agent: a prover that speaks HTTP alone and proves behind the account of the node whose gateway it asks.
//!
//! ```no_run
//! use dpgn_agent::{ProverConfig, ProverNode};
//! use uuid::Uuid;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let node = ProverNode::new(ProverConfig {
//!     node_id: Uuid::new_v4(),
//!     gpu_enabled: false,
//!     max_concurrent_proofs: 1,
//!     supported_privacy_levels: vec![1, 2, 3],
//!     coordinator_url: "http://localhost:8080".to_string(),
//!     reward_address: String::new(),
//! })
//! .await?;
//! node.start().await?;
//! # Ok(())
//! # }
//! ```
//!
//! It keeps nothing but finished proofs that it could not hand in yet. So it survives the gateway's restarts and its own, and
//! several of them are one prover with as many hands: each is drained by itself.
//!
//! What must never happen: a witness in a log, in a file, or on a connection that others can read.
//!
//! The first line of your `main` is `if dpgn_prover::worker_main() { return; }`, or set the worker program in
//! [`AgentOptions::prover`].

mod backoff;
mod client;
mod config;
mod error;
mod finished;
mod lane;
mod node;
mod shared;
mod task;
mod text;

pub use client::AssignedTask;
pub use config::{AgentOptions, ProverConfig};
pub use error::{AgentError, CallError};
pub use node::ProverNode;
pub use shared::Stats;
pub use task::{TaskError, prove_once};
