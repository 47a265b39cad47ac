//! Why a worker gave no answer. Never a statement about the job: no worker, no verdict.

use super::frame::FrameError;
use std::{io, time::Duration};

/// Why a worker gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkerError {
    /// This program can't be its own worker.
    #[error("no worker program is configured, and this program's main does not call dpgn_prover::worker_main first")]
    NoWorkerMain,
    /// The process could not be started.
    #[error("cannot start worker {program}: {kind}")]
    Spawn {
        /// What was to be started.
        program: String,
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// The recipe's file could not be read to be sent.
    #[error("the recipe's file cannot be read: {kind}")]
    Unreadable {
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// The caller has changed its mind.
    #[error("cancelled")]
    Cancelled,
    /// It took too long and was killed.
    #[error("no answer within {} ms", after.as_millis())]
    TimedOut {
        /// How long it had.
        after: Duration,
    },
    /// It asked for more memory than it may have.
    #[error("out of memory: the worker's limit is {limit} bytes")]
    OutOfMemory {
        /// How many bytes it may have.
        limit: u64,
    },
    /// It gave itself up.
    #[error("the worker aborted")]
    Aborted,
    /// A signal ended it. 9 that we did not send is most often the kernel, out of memory.
    #[error("the worker was killed by signal {signal}")]
    Killed {
        /// The number of the signal.
        signal: i32,
    },
    /// It ended by itself in the middle of a job; a panic is code 101.
    #[error("the worker exited with code {code}")]
    Exited {
        /// Its exit code.
        code: i32,
    },
    /// What it said makes no sense.
    #[error("worker protocol: {0}")]
    Protocol(#[from] FrameError),
}
