//! The status of a task, as users and programs read it.

use serde::{Deserialize, Serialize};

/// The status of a task, in the five words that users know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The task waits for an award.
    Pending,
    /// A prover holds the award and has not started yet.
    Assigned,
    /// The task is being proved, or its proof is being verified.
    InProgress,
    /// The proof was found valid and is paid.
    Completed,
    /// The task ended without a proof, or was taken back.
    Failed,
}

impl Status {
    /// The status as users write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Assigned => "assigned",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// Whether the task has ended.
    pub const fn is_over(self) -> bool {
        match self {
            Self::Completed | Self::Failed => true,
            Self::Pending | Self::Assigned | Self::InProgress => false,
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
