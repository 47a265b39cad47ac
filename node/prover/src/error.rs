//! Why a call to the prover has no result.

use crate::worker::{
    error::WorkerError,
    refused::{JobRefused, JobUnable},
};

/// Why a call has no result. Only [`ProverError::Refused`] says anything about what was handed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProverError {
    /// All workers are busy and all places to wait are taken.
    #[error("busy: {callers_max} jobs are running or waiting")]
    Busy {
        /// The most jobs that may run or wait at one time.
        callers_max: u32,
    },
    /// The prover is shutting down.
    #[error("the prover is shut down")]
    ShutDown,
    /// The worker gave no answer: it may be tried again.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// The job's recipe, inputs or proof are wrong: every honest prover finds the same.
    #[error(transparent)]
    Refused(#[from] JobRefused),
    /// This prover could not do the job, whatever was handed in.
    #[error(transparent)]
    Unable(#[from] JobUnable),
}
