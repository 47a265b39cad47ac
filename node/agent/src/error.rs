//! Why an agent does not run, and why one call of it came to nothing.

use dpgn_prover::OptionsError;
use std::{io, path::PathBuf};

/// Why an agent does not start, or had to stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// The number of proofs at once is out of range.
    #[error("max_concurrent_proofs is 1 to {max}; got {got}")]
    Concurrency {
        /// The number that was given.
        got: usize,
        /// The most that is allowed.
        max: u16,
    },
    /// A prover that proves nothing is of no use.
    #[error("supported_privacy_levels names no level")]
    NoLevels,
    /// A level that nobody proves.
    #[error("privacy level {0} is reserved: levels 1 to 5 are proved")]
    Level(u8),
    /// The URL of the gateway is of no use.
    #[error("coordinator_url {url}: {reason}")]
    Url {
        /// The URL, as it was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The options of the prover are wrong.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The client for HTTP could not be made.
    #[error("the HTTP client: {0}")]
    Client(String),
    /// The directory of finished proofs is of no use.
    #[error("{}: {source}", path.display())]
    Dir {
        /// The path of the directory.
        path: PathBuf,
        /// The reason that the system gave.
        source: io::Error,
    },
    /// The gateway refuses this prover, and will go on refusing it.
    #[error("the gateway refuses: {0}")]
    Refused(#[from] CallError),
}

/// Why one call of the gateway came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The gateway could not be reached, or broke off.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// The gateway answered with a problem.
    #[error("{detail} ({code}; {hint})")]
    Problem {
        /// The status of the response.
        status: u16,
        /// The code of the problem.
        code: String,
        /// What is wrong.
        detail: String,
        /// What to do next.
        hint: String,
        /// The seconds after which another try makes sense, if it says so.
        retry_after: Option<u64>,
    },
    /// The answer is none that a gateway gives.
    #[error("it answers what no gateway of DPGN does: {0}")]
    Malformed(String),
}

impl CallError {
    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            // What a proxy says while its gateway is away.
            Self::Malformed(_) => true,
            Self::Problem { status, .. } => *status == 408 || *status == 429 || *status >= 500,
        }
    }

    /// Whether the gateway does not know this prover, or no longer.
    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self, Self::Problem { code, .. } if code == "unknown_prover")
    }
}
