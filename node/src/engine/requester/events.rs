//! What the ledger's events mean to the owner of a node.

use super::{
    super::{
        notice::Notice,
        record::{Paid, PurchaseState},
    },
    failure::Failure,
};
use dpgn_market::{AwardEnd, Event};
use dpgn_protocol::{
    ids::{OpId, TaskId},
    ops::{Action, SignedOp},
    units::Height,
};

/// The task that an event moves on, and how it stands after it.
pub(super) fn state_after(event: &Event, ops: &[SignedOp], height: Height) -> Option<(TaskId, PurchaseState)> {
    match event {
        Event::Opened { task, .. } => Some((*task, PurchaseState::Open)),
        Event::Settled(s) => settle_op(ops, s.task).map(|op| {
            let paid = Paid { proof: s.proof, prover: s.prover, price: s.price, height, op };
            (s.task, PurchaseState::Paid(paid))
        }),
        Event::Failed { task, fault, .. } => Some((*task, PurchaseState::Failed(Failure::from(*fault).to_string()))),
        Event::Cancelled { task, .. } => Some((*task, PurchaseState::Failed(Failure::Cancelled.to_string()))),
        Event::Registered { .. }
        | Event::Asked { .. }
        | Event::Withdrawn { .. }
        | Event::Awarded { .. }
        | Event::Started { .. }
        | Event::Delivered { .. }
        | Event::KeptLate { .. }
        | Event::AwardEnded { .. }
        | Event::Reopened { .. }
        | Event::EpochEnded { .. } => None,
    }
}

/// The op that settled a task.
fn settle_op(ops: &[SignedOp], task: TaskId) -> Option<OpId> {
    let settles = |op: &&SignedOp| matches!(op.op().action, Action::Settle { task: t, .. } if t == task);
    ops.iter().find(settles).map(SignedOp::id)
}

fn ended(end: AwardEnd) -> String {
    match end {
        AwardEnd::Missed(window) => format!("the prover missed its {window:?} window"),
        AwardEnd::Declined(reason) => format!("the prover declined: {reason:?}"),
        AwardEnd::BadProof(finding) => format!("the committee found the proof {finding:?}"),
    }
}

/// The notice that an event gives whoever listens; none if it is of no interest.
pub(super) fn notice(event: &Event) -> Option<Notice> {
    Some(match event {
        Event::Opened { task, requester } => Notice::Opened { task: *task, requester: *requester },
        Event::Awarded { task, prover, price, due, .. } => {
            Notice::Awarded { task: *task, prover: *prover, price: *price, due: *due }
        }
        Event::Started { task, prover } => Notice::Started { task: *task, prover: *prover },
        Event::Delivered { task, prover, proof, .. } => {
            Notice::Delivered { task: *task, prover: *prover, proof: *proof }
        }
        Event::AwardEnded { task, prover, end, .. } => {
            Notice::AwardEnded { task: *task, prover: *prover, why: ended(*end) }
        }
        Event::Settled(settlement) => Notice::Settled(settlement.clone()),
        Event::Failed { task, fault, .. } => Notice::Failed { task: *task, why: Failure::from(*fault).to_string() },
        Event::Cancelled { task, .. } => Notice::Failed { task: *task, why: Failure::Cancelled.to_string() },
        Event::Registered { .. }
        | Event::Asked { .. }
        | Event::Withdrawn { .. }
        | Event::KeptLate { .. }
        | Event::Reopened { .. }
        | Event::EpochEnded { .. } => return None,
    })
}
