//! How a proof is made: circuits, levels, our own prove loop, verification, worker processes. Knows no network.
//!
//! [`Prover`] is the service a node talks to: it builds, proves and verifies in processes of their own, so that
//! nothing foreign can take the node down. What happens inside them: [`circuit::build`] makes a circuit with the
//! config of its [`level::profile`], [`prove::prove`] proves it, [`verify::verify`] checks foreign bytes.

mod cache;
pub mod circuit;
mod error;
pub mod level;
mod options;
pub mod prove;
mod service;
#[cfg(test)]
mod testing;
pub mod verify;
pub mod worker;
mod worker_pool;

pub use error::ProverError;
pub use options::{OptionsError, ProverOptions};
pub use service::{ProveRequest, Prover};
pub use worker::{
    error::WorkerError,
    frame::FrameError,
    limits::{LimitError, harden_process},
    refused::{JobRefused, JobUnable},
    wire::{Built, Checked, Proved, RecipeAt, RecipeSource, Sandbox},
    worker_main,
};

/// The library that circuits are written for, in the version that builds and proves them here.
pub use plonky2;
