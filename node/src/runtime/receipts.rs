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
    ids::OpId,
    merkle,
    ops::RawOp,
    outcome::Outcome,
    receipt::Receipt,
};

/// Bytes of a receipt that is kept: an op, its outcome, and a certificate.
pub(super) const KEPT_BYTES_MAX: usize = 256 << 10;

/// The receipts of own tasks that a block settles, to be written with it.
pub(super) fn kept_receipts(commit: &Commit) -> Vec<RecordChange> {
    let height = commit.decided.block.header.height;
    let settled = commit.tasks.iter().filter_map(|task| task.state.paid()?.settled);
    let ops = settled.filter(|settled| settled.height == height).map(|settled| settled.op);
    let kept = |op: OpId| {
        let kept = receipt_in(&commit.decided, &commit.outcomes, op).and_then(|receipt| Ok(codec::encode(&receipt)?));
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

/// The receipt of an op in a block, without the handovers before it.
pub(super) fn receipt_in(decided: &Decided, outcomes: &[Outcome], op: OpId) -> Result<Receipt, ReceiptMissing> {
    let (height, ops) = (decided.block.header.height, &decided.block.ops);
    let index = ops.iter().position(|o| o.id() == op).ok_or(ReceiptMissing::NoOp(height))?;
    let leaf = |(op, outcome): (&RawOp, &Outcome)| Ok(merkle::leaf(op.id(), &codec::encode(outcome)?));
    let leaves = ops.iter().zip(outcomes).map(leaf).collect::<Result<Vec<_>, EncodeError>>()?;
    let path = merkle::path(&leaves, index).ok_or(ReceiptMissing::NoOp(height))?;
    let outcome = outcomes.get(index).cloned().ok_or(ReceiptMissing::NoOp(height))?;
    let op = ops.get(index).cloned().ok_or(ReceiptMissing::NoOp(height))?;
    let (header, certificate) = (decided.block.header.clone(), decided.certificate.clone());
    Ok(Receipt { op, outcome, path, header, certificate, history: List::default() })
}
