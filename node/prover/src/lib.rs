//! How a proof is made: circuits, levels, our own prove loop, verification, worker processes. Knows no network.
//!
//! [`Prover`] is the service a node talks to: it builds, proves and verifies in processes of their own, so that
//! nothing foreign can take the node down. What happens inside them: [`circuit::build`] makes a circuit with the
//! config of its [`level::profile`], [`prove::prove`] proves it, [`verify::verify`] checks foreign bytes.

mod cache;
pub mod circuit;
mod lane;
pub mod level;
mod options;
pub mod prove;
mod service;
#[cfg(test)]
mod testing;
pub mod verify;
mod witness_file;
pub mod worker;

pub use options::{OptionsError, ProverOptions};
pub use service::{ProveRequest, Prover, ProverError};
pub use witness_file::WitnessFile;
pub use worker::{
    error::WorkerError,
    frame::FrameError,
    wire::{Built, Checked, JobError, Proved, RecipeAt, RecipeSource},
    worker_main,
};
