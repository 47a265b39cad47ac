//! How a node proves: how much at a time, with what memory and time, and what is kept.

use crate::memory::Room;
#[cfg(feature = "plonky2")]
use crate::prove::{Arithmetic, ArithmeticError};
use std::{io, num::NonZeroUsize, path::PathBuf, thread::available_parallelism, time::Duration};

/// The options by which a node proves. The defaults are for a machine with 8 GiB of memory and nothing else to do.
#[derive(Clone, Debug)]
pub struct ProverOptions {
    /// Proofs made at one time, each in a worker of its own. One worker more builds circuits, one verifies, and one reads inputs.
    pub max_concurrent_proofs: u16,
    /// Callers that may wait for each pool of workers before others are refused.
    pub queue_len: u16,
    /// Memory of one worker that builds or proves, which refuses what [`crate::memory`] says it cannot hold.
    pub memory_bytes_max: u64,
    /// Memory of the worker that verifies, and the least of the one that reads inputs: it may have what builders have.
    pub light_memory_bytes_max: u64,
    /// The directory of built circuits; `None` keeps none on disk.
    pub cache_dir: Option<PathBuf>,
    /// Bytes of built circuits on disk. One of 2^16 rows has about 0.6 GB, of 2^14 rows 0.15 GB.
    pub cache_bytes_max: u64,
    /// Bytes of built circuits in each proving worker's memory: part of `memory_bytes_max`.
    pub memory_cache_bytes_max: u64,
    /// The worker program; `None` is this program itself, whose `main` must call `worker_main` first, and
    /// which has to be built with plonky2.
    pub program: Option<PathBuf>,
    /// The niceness of proving workers, 0 to 19: how far they stand back behind other processes.
    pub niceness: u8,
    /// The longest time that one build may take.
    pub build_timeout: Duration,
    /// The longest time that one proof may take, its build included.
    pub prove_timeout: Duration,
    /// The longest time that one verification may take.
    pub verify_timeout: Duration,
    /// The longest time that reading and checking inputs may take.
    pub read_timeout: Duration,
}

impl Default for ProverOptions {
    fn default() -> Self {
        Self {
            max_concurrent_proofs: 1,
            queue_len: 16,
            memory_bytes_max: 6 << 30,
            light_memory_bytes_max: 2 << 30,
            cache_dir: None,
            cache_bytes_max: 4 << 30,
            memory_cache_bytes_max: 1 << 30,
            program: None,
            niceness: 5,
            build_timeout: Duration::from_secs(600),
            prove_timeout: Duration::from_secs(1_800),
            verify_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
        }
    }
}

/// The least memory a worker can start with, and what each of its threads adds.
const MEMORY_BYTES_MIN: u64 = 32 << 20;
const THREAD_BYTES: u64 = 4 << 20;

/// Why the options are refused.
#[derive(Debug, thiserror::Error)]
pub enum OptionsError {
    /// No proof could ever be made.
    #[error("max_concurrent_proofs is at least 1")]
    NoWorkers,
    /// A worker would have less memory than it needs to start.
    #[error("{what} is at least {min}; got {got}")]
    Memory {
        /// The name of the option.
        what: &'static str,
        /// The bytes that were given.
        got: u64,
        /// The fewest bytes allowed.
        min: u64,
    },
    /// A niceness that no process has.
    #[error("niceness is 0 to 19; got {0}")]
    Niceness(u8),
    /// The environment names an arithmetic that there is not. A build without plonky2 leaves it to its workers to say so.
    #[cfg(feature = "plonky2")]
    #[error(transparent)]
    Arithmetic(#[from] ArithmeticError),
    /// A path that can't be used.
    #[error("{path}: {source}")]
    Path {
        /// The path that was given.
        path: PathBuf,
        /// The reason that the system gave.
        source: io::Error,
    },
}

impl ProverOptions {
    /// Threads of one proving worker: together they have one for each core.
    pub(crate) fn threads(&self) -> u32 {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        u32::try_from(cores / usize::from(self.max_concurrent_proofs.max(1))).unwrap_or(u32::MAX).max(1)
    }

    /// The memory of one proving worker, and the threads that share it.
    pub fn room(&self) -> Room {
        Room { bytes: self.memory_bytes_max, threads: self.threads() }
    }

    pub(crate) fn check(&self) -> Result<(), OptionsError> {
        if self.max_concurrent_proofs == 0 {
            return Err(OptionsError::NoWorkers);
        }
        // Workers choose by the same variable: what they could not use is told at the start.
        #[cfg(feature = "plonky2")]
        Arithmetic::chosen()?;
        if self.niceness > 19 {
            return Err(OptionsError::Niceness(self.niceness));
        }
        for (what, got, threads) in [
            ("memory_bytes_max", self.memory_bytes_max, self.threads()),
            ("light_memory_bytes_max", self.light_memory_bytes_max, 1),
        ] {
            let min = MEMORY_BYTES_MIN + THREAD_BYTES * u64::from(threads);
            if got < min {
                return Err(OptionsError::Memory { what, got, min });
            }
        }
        Ok(())
    }
}
