//! What the ledger's events mean to the owner of a node.

use super::{
    super::{
        notice::Notice,
        record::{Paid, PurchaseState, SettledAt},
    },
    failure::Failure,
};
use dpgn_market::{AwardEnd, Event, Window};
use dpgn_protocol::{
    finding::Finding,
    ids::{OpId, TaskId},
    ops::SignedOp,
    outcome::Outcome,
    units::Height,
};

/// The ops of a block, and what each of them did.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Done<'a> {
    /// The ops in their order.
    pub(in crate::engine) ops: &'a [SignedOp],
    /// Their outcomes, in the same order.
    pub(in crate::engine) outcomes: &'a [Outcome],
}

/// The task that an event moves on, and how it stands after it, or why the market is done with it.
pub(super) fn state_after(
    event: &Event,
    done: Done<'_>,
    height: Height,
) -> Option<(TaskId, Result<PurchaseState, Failure>)> {
    match event {
        Event::Opened { task, .. } => Some((*task, Ok(PurchaseState::Open))),
        Event::Settled(s) => done.settling(s.task).map(|op| {
            let settled = Some(SettledAt { height, op });
            let paid = Paid { proof: s.proof, prover: s.prover, price: s.price, quality: s.quality, settled };
            (s.task, Ok(PurchaseState::Paid(paid)))
        }),
        Event::Failed { task, fault, .. } => Some((*task, Err(Failure::from(*fault)))),
        Event::Cancelled { task, .. } => Some((*task, Err(Failure::Cancelled))),
        Event::Registered { .. }
        | Event::Asked { .. }
        | Event::Withdrawn { .. }
        | Event::Awarded { .. }
        | Event::Started { .. }
        | Event::Delivered { .. }
        | Event::KeptLate { .. }
        | Event::AwardEnded { .. }
        | Event::Reopened { .. }
        | Event::Round { .. }
        | Event::Raised { .. }
        | Event::Ticketed { .. }
        | Event::TicketReturned { .. }
        | Event::Stake(_)
        | Event::EpochEnded { .. } => None,
    }
}

impl Done<'_> {
    /// The op that settled a task.
    fn settling(self, task: TaskId) -> Option<OpId> {
        let mut all = self.ops.iter().zip(self.outcomes);
        all.find(|(_, outcome)| outcome.settlement_of(task).is_some()).map(|(op, _)| op.id())
    }
}

fn ended(end: AwardEnd) -> String {
    match end {
        AwardEnd::Missed(Window::Verdict) => "the committee did not agree on the proof".to_owned(),
        AwardEnd::Missed(window @ (Window::Start | Window::Alive | Window::Due)) => {
            format!("the prover missed its {window:?} window")
        }
        AwardEnd::Declined(reason) => format!("the prover declined: {reason:?}"),
        AwardEnd::BadProof(Finding::Absent) => "the proof did not reach the committee".to_owned(),
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
        | Event::Round { .. }
        | Event::Raised { .. }
        | Event::Ticketed { .. }
        | Event::TicketReturned { .. }
        | Event::Stake(_)
        | Event::EpochEnded { .. } => return None,
    })
}
