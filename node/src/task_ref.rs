//! How a node's owner names a task: by the network's name for it, or by the owner's own.

use dpgn_protocol::ids::TaskId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// A task by its network-wide id or by the requester's own name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TaskRef {
    /// The requester's name, unique among the tasks of its account.
    Alias(Uuid),
    /// The network's name for it.
    Id(TaskId),
}

/// A text that names no task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a task is named by its UUID or by its id of 64 hexadecimal digits")]
pub struct TaskRefError;

impl FromStr for TaskRef {
    type Err = TaskRefError;

    fn from_str(text: &str) -> Result<Self, TaskRefError> {
        match (text.parse(), text.parse()) {
            (Ok(alias), _) => Ok(Self::Alias(alias)),
            (_, Ok(id)) => Ok(Self::Id(id)),
            (Err(_), Err(_)) => Err(TaskRefError),
        }
    }
}

impl fmt::Display for TaskRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alias(alias) => alias.fmt(f),
            Self::Id(id) => id.fmt(f),
        }
    }
}
