//! What goes over the control socket, both ways.

use super::error::{ControlError, Warning};
use crate::{
    engine::Notice,
    page::{TaskCursor, TaskPage},
    purchase::Purchase,
    task_ref::TaskRef,
    view::{Balance, NodeStatus, TaskInfo},
};
use dpgn_protocol::{ids::AccountId, units::Credits};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A request of the node's owner.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum ControlRequest {
    /// Ask how the node is.
    Status,
    /// Buy a proof of a circuit.
    Submit(Box<Purchase>),
    /// Ask for own tasks, the newest first.
    Tasks {
        /// Where the page begins: the cursor of the page before, or none for the newest.
        after: Option<TaskCursor>,
        /// The most tasks wanted; the node sends fewer if it must.
        limit: u16,
    },
    /// Ask how one own task stands.
    Task {
        /// The task, by id or alias.
        task: TaskRef,
    },
    /// Ask where the proof of an own task lies; waits for nothing.
    Proof {
        /// The task, by id or alias.
        task: TaskRef,
    },
    /// Take the bid of a task back.
    Cancel {
        /// The task, by id or alias.
        task: TaskRef,
    },
    /// Ask what an account has.
    Balance {
        /// The account that is asked about.
        account: AccountId,
    },
    /// Send credits to an account.
    Transfer {
        /// The account that is paid.
        to: AccountId,
        /// The amount, in micro-credits.
        amount: Credits,
    },
    /// Send notices from now on, and answer nothing else on this connection.
    Watch,
}

/// A reply of the node.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum ControlReply {
    /// Answers `Status`: how the node is.
    Status(Box<NodeStatus>),
    /// Answers `Submit`: the bid is on its way.
    Submitted {
        /// The task as it stands.
        task: Box<TaskInfo>,
        /// The lint's findings, none of which stopped it.
        warnings: Vec<Warning>,
    },
    /// Answers `Tasks`: a page of own tasks.
    Tasks(TaskPage),
    /// Answers `Task`: how it stands.
    Task(Box<TaskInfo>),
    /// Answers `Proof`: where its files lie.
    Proof {
        /// The path of the proof.
        proof: PathBuf,
        /// The path of the verifier data, which check the proof.
        verifier_data: PathBuf,
    },
    /// Answers `Balance`: what the account has.
    Balance(Balance),
    /// Answers `Cancel`, `Transfer` and `Watch`: it is done.
    Done,
    /// Something happened; sent after `Watch`.
    Notice {
        /// The notice of what happened.
        notice: Box<Notice>,
    },
    /// The answer to any request that was not carried out.
    Error(ControlError),
}
