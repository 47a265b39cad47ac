//! Why a worker gave no answer. Never a statement about the job: no worker, no verdict.

use super::frame::FrameError;
use std::{io, time::Duration};

/// Why a worker gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkerError {
    /// This program can't be its own worker.
    #[error("no worker program is configured, and this program's main does not call dpgn_prover::worker_main first")]
    NoWorkerMain,
    /// This program has nothing to build, prove or verify with.
    #[error("no worker program is configured, and this program is built without plonky2")]
    WithoutPlonky2,
    /// The process could not be started.
    #[error("cannot start worker {program}: {kind}")]
    Spawn {
        /// The path of the program that was to be started.
        program: String,
        /// The system's reason.
        kind: io::ErrorKind,
    },
    /// The recipe's file could not be read to be sent.
    #[error("the recipe's file cannot be read: {kind}")]
    Unreadable {
        /// The system's reason.
        kind: io::ErrorKind,
    },
    /// The caller has changed its mind.
    #[error("cancelled")]
    Cancelled,
    /// The worker took too long and was killed.
    #[error("no answer within {} ms", after.as_millis())]
    TimedOut {
        /// The time that the job had.
        after: Duration,
    },
    /// The worker asked for more memory than it may have.
    #[error("out of memory: the worker's limit is {limit} bytes")]
    OutOfMemory {
        /// The most bytes of memory that the worker may have.
        limit: u64,
    },
    /// The worker aborted itself.
    #[error("the worker aborted")]
    Aborted,
    /// A signal ended the worker. 9 that we did not send is most often the kernel, out of memory.
    #[error("the worker was killed by signal {signal}")]
    Killed {
        /// The number of the signal.
        signal: i32,
    },
    /// The worker ended by itself in the middle of a job; a panic is code 101.
    #[error("the worker exited with code {code}")]
    Exited {
        /// The exit code of its process.
        code: i32,
    },
    /// The worker's frames break the protocol of the pipe.
    #[error("worker protocol: {0}")]
    Protocol(#[from] FrameError),
}
