//! Receipts: put together from a block when it settles an own task, and kept, since the block may be pruned.
//!
//! The handovers before it, which are never pruned, are added when a receipt is asked for.

use super::error::ReceiptMissing;
use crate::{
    engine::Commit,
    store::{RecordChange, RecordKind},
};
use dpgn_protocol::{
    block::Decided,
    bounded::List,
    codec::{self, EncodeError},
    ids::{OpId, TaskId},
    merkle,
    ops::RawOp,
    outcome::Outcome,
    receipt::Receipt,
};

/// Bytes of a receipt that is kept: an op, its outcome, and a certificate.
pub(super) const KEPT_BYTES_MAX: usize = 256 << 10;

/// The receipts of own tasks that a block settles, to be written with it: one for each op, whichever of its tasks it names.
pub(super) fn kept_receipts(commit: &Commit) -> Vec<RecordChange> {
    let height = commit.decided.block.header.height;
    let settled = commit.tasks.iter().filter_map(|task| Some((task.task, task.state.paid()?.settled?)));
    let ops = settled.filter(|(_, settled)| settled.height == height).map(|(task, settled)| (task, settled.op));
    let kept = |(task, op): (TaskId, OpId)| {
        let kept =
            receipt_in(&commit.decided, &commit.outcomes, task, op).and_then(|receipt| Ok(codec::encode(&receipt)?));
        match kept {
            Ok(value) => Some(RecordChange::Put { kind: RecordKind::Receipt, key: op.as_bytes().to_vec(), value }),
            Err(error) => {
                tracing::error!(%height, %error, "no receipt can be made of a block that settles a task of this node");
                None
            }
        }
    };
    ops.filter_map(kept).collect()
}

/// The receipt of a task that an op in a block has settled, without the handovers before it.
pub(super) fn receipt_in(
    decided: &Decided,
    outcomes: &[Outcome],
    task: TaskId,
    op: OpId,
) -> Result<Receipt, ReceiptMissing> {
    let (height, ops) = (decided.block.header.height, &decided.block.ops);
    let index = ops.iter().position(|o| o.id() == op).ok_or(ReceiptMissing::NoOp(height))?;
    let leaf = |(op, outcome): (&RawOp, &Outcome)| Ok(merkle::leaf(op.id(), &codec::encode(outcome)?));
    let leaves = ops.iter().zip(outcomes).map(leaf).collect::<Result<Vec<_>, EncodeError>>()?;
    let path = merkle::path(&leaves, index).ok_or(ReceiptMissing::NoOp(height))?;
    let outcome = outcomes.get(index).cloned().ok_or(ReceiptMissing::NoOp(height))?;
    let op = ops.get(index).cloned().ok_or(ReceiptMissing::NoOp(height))?;
    let (header, certificate) = (decided.block.header.clone(), decided.certificate.clone());
    Ok(Receipt { task, op, outcome, path, header, certificate, history: List::default() })
}
