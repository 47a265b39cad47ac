//! How a proof is made: circuits, levels, our own prove loop, verification, worker processes. Knows no network.
//!
//! [`Prover`] is the service a node talks to: it builds, proves and verifies in processes of their own, so that
//! nothing foreign can take the node down. What happens inside them: [`circuit::build`] makes a circuit with the
//! config of its [`level::profile`], [`prove::prove`] proves it, [`verify::verify`] checks foreign bytes.
//!
//! Without the feature `plonky2`, which is on by default, all that happens inside workers is left out, and plonky2 with it. The
//! service is there, and its workers are another program that has it.

#[cfg_attr(not(feature = "plonky2"), expect(dead_code, reason = "workers alone keep circuits, and read them"))]
mod cache;
pub mod circuit;
mod environment;
mod error;
#[cfg(feature = "plonky2")]
pub mod level;
pub mod memory;
mod options;
mod progress;
#[cfg(feature = "plonky2")]
pub mod prove;
mod service;
mod statement;
#[cfg(test)]
#[cfg(feature = "plonky2")]
mod testing;
#[cfg(feature = "plonky2")]
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
    wire::{ArithmeticName, Built, Checked, Proved, RecipeAt, RecipeSource, Sandbox},
    worker_main,
};

/// Whether this program has plonky2, without which it is nobody's worker: it names another in [`ProverOptions::program`].
pub const HAS_PLONKY2: bool = cfg!(feature = "plonky2");

/// The library that circuits are written for, in the version that builds and proves them here.
#[cfg(feature = "plonky2")]
pub use plonky2;

/// Progress of a proof, as a worker tells of it. How proofs are made is left out of this build.
#[cfg(not(feature = "plonky2"))]
pub mod prove {
    pub use crate::progress::Progress;
}

/// The statement that a worker holds a proof against. How proofs are verified is left out of this build.
#[cfg(not(feature = "plonky2"))]
pub mod verify {
    pub use crate::statement::Statement;
}
