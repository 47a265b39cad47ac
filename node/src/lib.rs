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

mod benchmark;
pub mod config;
pub mod consensus;
pub mod control;
pub mod driver;
pub mod engine;
pub mod failure;
pub mod genesis_file;
mod handle;
pub mod keys;
pub mod local;
pub mod network;
mod node;
mod purchase;
mod runtime;
mod sale;
pub mod store;
pub mod view;

pub use handle::{Bought, NodeHandle, Purchase, Source};
pub use node::{ConfiguredError, Node, NodeBuilder, SpawnError};
pub use sale::TermsError;
