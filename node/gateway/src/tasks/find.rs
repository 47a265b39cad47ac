//! One task by any of its names: an own one by the node's record, any other as the ledger has it.

use crate::{
    dto::task::{TaskRow, TaskTold},
    problem::{Code, Problem},
    state::GatewayState,
};
use dpgn_market::Ledger;
use dpgn_node::{TaskError, TaskRef, view::TaskInfo};
use dpgn_protocol::ids::TaskId;
use std::sync::Arc;

/// A task that was found.
pub(crate) struct Found {
    pub(crate) id: TaskId,
    pub(crate) row: TaskRow,
    own: Option<TaskInfo>,
    ledger: Arc<Ledger>,
}

impl Found {
    /// Whether this node has bought it.
    pub(crate) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Whether nothing more comes: an own one that is paid is over once its proof is here and checked.
    pub(crate) fn is_over(&self) -> bool {
        let is_here = self.own.as_ref().is_none_or(|info| info.why.is_some() || info.proof_path.is_some());
        self.row.status.is_over() && is_here
    }

    /// All that is known of it.
    pub(crate) fn told(self) -> TaskTold {
        TaskTold::of(self.row, self.own.as_ref(), &self.ledger, self.id)
    }
}

/// Reads the name of a task.
pub(crate) fn named(name: &str) -> Result<TaskRef, Problem> {
    name.parse().map_err(|error| Problem::new(Code::Malformed, error))
}

/// Looks a task up by its id or, an own one, by its alias.
pub(crate) async fn find(state: &GatewayState, name: &str) -> Result<Found, Problem> {
    let name = named(name)?;
    let ledger = state.node().ledger().await?;
    match state.reads().turn(state.node().task(name)).await {
        Ok(info) => {
            let known = ledger.task(info.task).map(|view| view.task);
            let row = TaskRow::of_own(&info, state.node().account(), known);
            Ok(Found { id: info.task, row, own: Some(info), ledger })
        }
        Err(TaskError::Unknown(TaskRef::Id(id))) => {
            let known = ledger.task(id);
            let known = known.ok_or_else(|| Problem::new(Code::UnknownTask, format!("no task {id} is known here")))?;
            let row = TaskRow::of_ledger(id, known.task, state.hub().progress(id));
            Ok(Found { id, row, own: None, ledger })
        }
        Err(error) => Err(error.into()),
    }
}
