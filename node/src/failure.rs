//! Failures as their owner is told them: what was wrong and where, whose fault it is, what to do next.
//!
//! Errors are typed where they happen; only here, at the edge, they become words.

use serde::{Deserialize, Serialize};

/// Why something was not done, for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Whose fault it is, and so the program's exit code.
    pub fault: Fault,
    /// What was wrong, and where.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

/// Whose fault a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// What was asked makes no sense, or the input is bad.
    Input,
    /// The network, a peer or this node failed.
    Network,
}

impl Fault {
    /// What the program exits with. 0 is "done".
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Network => 1,
            Self::Input => 2,
        }
    }
}

impl Failure {
    /// Bad input.
    pub fn input(message: impl ToString) -> Self {
        Self { fault: Fault::Input, message: message.to_string(), hint: None }
    }

    /// The network or a peer failed.
    pub fn network(message: impl ToString) -> Self {
        Self { fault: Fault::Network, message: message.to_string(), hint: None }
    }

    /// With what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
