//! A node of DPGN, the peer-to-peer market for zero-knowledge proofs.
//!
//! ```text
//!  handle, control socket        network (libp2p)        prover workers
//!            \                        |                       /
//!             `------------------ runtime -------------------'
//!                           |        |        |
//!                        engine  consensus  store
//!                       (pure)    (pure)    (redb)
//! ```
//!
//! Start one with [`Node::builder`], talk to it through its [`NodeHandle`].
//!
//! The first line of your `main` is `if dpgn_prover::worker_main() { return; }`, or set
//! [`ProverOptions::program`](dpgn_prover::ProverOptions::program): without either a node starts, but can neither
//! build, prove nor verify.
//!
//! The feature `plonky2`, on by default, is what such work is done with. Without it a program compiles hundreds of files less,
//! and always names another as its worker: who buys, sells or decides and names none is told [`SpawnError::NoWorkers`].

pub mod agents;
pub mod benchmark;
mod build_gate;
mod challenges;
pub mod checkpoint_file;
mod clock;
pub mod config;
pub mod consensus;
pub mod control;
pub mod driver;
pub mod engine;
mod error;
pub mod genesis_file;
mod handle;
pub mod keys;
pub mod local;
pub mod network;
mod node;
mod opening;
mod page;
mod past;
mod plan;
mod prepare;
mod prepare_error;
mod proof_check;
mod purchase;
mod room;
mod runtime;
mod sale;
mod start_error;
pub mod store;
mod task_ref;
mod toml_file;
pub mod view;
mod witness;

pub use engine::SNAPSHOT_EVERY;
pub use error::{
    CancelError, CheckpointError, CommandError, ExplainError, PastError, ProofError, ReceiptError, SubmitError,
    TaskError, TasksError, Unavailable,
};
pub use handle::{
    Bought, EXPLAINED_ASKS_MAX, HANDOVERS_PAGE_MAX, Missed, NodeHandle, Notices, PAGE_BLOCKS_MAX, PAGE_OPS_MAX,
    ProofFiles,
};
pub use node::{Node, NodeBuilder};
pub use page::{PAGE_TASKS_MAX, TaskCursor, TaskPage};
pub use past::{AUCTION_ENTRIES_MAX, STATEMENT_LINES_MAX};
pub use plan::{PlanSource, Planned};
pub use prepare_error::PrepareError;
pub use purchase::{Purchase, Source};
pub use runtime::error::{DiskError, ReceiptMissing, RuntimeError, Stopped};
pub use runtime::turns::LoopTimes;
pub use sale::{Shortfall, TermsError, shortfalls};
pub use start_error::{ConfiguredError, OtherCheckpoint, SpawnError};
pub use task_ref::{TaskRef, TaskRefError};
pub use toml_file::TomlFileError;
