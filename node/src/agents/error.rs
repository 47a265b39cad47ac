//! Why an agent was not served.

use super::faults::FALSE_MAX;
use crate::{engine::JobError, error::Unavailable};
use dpgn_protocol::ids::TaskId;
use uuid::Uuid;

/// Why what an agent asked for was refused.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// The node gave no answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// This node sells nothing, so nobody can prove for it.
    #[error("this node is no prover")]
    NotAProver,
    /// No agent of this name is registered.
    #[error("prover {0} is not registered here")]
    Unknown(Uuid),
    /// The agent has registered with another key, or with none.
    #[error("prover {0} is registered with another key, or without one")]
    WrongKey(Uuid),
    /// The agent has brought false proofs one after another, and gets no work for a while.
    #[error(
        "prover {prover} has brought {FALSE_MAX} false proofs or more in a row: nothing is heard of it for {seconds} s"
    )]
    Barred {
        /// The agent's own name.
        prover: Uuid,
        /// The seconds until it may come again.
        seconds: u64,
    },
    /// An agent that proves nothing is of no use.
    #[error("no level of 1 to 5 is named that it proves")]
    NoLevels,
    /// The number of proofs at once is out of range.
    #[error("capacity {got} is out of range: 1 to {max}")]
    Capacity {
        /// The number that was given.
        got: u16,
        /// The most that is allowed.
        max: u16,
    },
    /// There is no place for another agent.
    #[error("{max} provers are registered here, and all of them are there")]
    Full {
        /// The most that there may be.
        max: usize,
    },
    /// No proof of this name is to be made for an award of this node.
    #[error("no proof of task {0} is waited for: it is over, made already, or was never awarded to this node")]
    NoSuchProof(Uuid),
    /// Too many proofs are being checked.
    #[error("{max} proofs are being checked")]
    Busy {
        /// The most that are checked at once.
        max: usize,
    },
    /// The inputs or the circuit of the award could not be read.
    #[error("task {task}: {source}")]
    Unreadable {
        /// The task of the award.
        task: TaskId,
        /// The reason why.
        source: JobError,
    },
}

impl AgentError {
    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(error) => error.is_retryable(),
            Self::Barred { .. } | Self::Full { .. } | Self::Busy { .. } | Self::Unreadable { .. } => true,
            Self::NotAProver
            | Self::Unknown(_)
            | Self::WrongKey(_)
            | Self::NoLevels
            | Self::Capacity { .. }
            | Self::NoSuchProof(_) => false,
        }
    }
}
