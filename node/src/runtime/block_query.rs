//! Blocks as they are asked for, the newest first, read from disk.

use super::{disk::Disk, error::DiskError};
use crate::{
    error::PastError,
    store::StoreError,
    view::{BlockInfo, OpInfo},
};
use dpgn_market::OpKind;
use dpgn_protocol::{
    block::Decided,
    ids::{NetworkId, TaskId},
    ops::{Action, RawOp, SignedOp},
    units::Height,
    wire::Wire,
};

impl Disk {
    /// So many blocks below a height, or the last ones; fewer where none are kept.
    pub(super) fn blocks_below(&self, below: Option<Height>, limit: u16) -> Result<Vec<BlockInfo>, PastError> {
        let last = self.store.tip().map_err(DiskError::from)?.height;
        let from = below.map_or(last, |below| Height::new(below.get().saturating_sub(1)).min(last));
        let mut blocks = Vec::new();
        for height in (1..=from.get()).rev().take(usize::from(limit)).map(Height::new) {
            match self.store.block(height) {
                Ok(Some(decided)) => blocks.push(info(&decided)?),
                Ok(None) | Err(StoreError::Pruned { .. }) => break,
                Err(error) => return Err(DiskError::from(error).into()),
            }
        }
        Ok(blocks)
    }

    /// So many ops of the block at a height, from a place on.
    pub(super) fn ops_of(
        &self,
        network: NetworkId,
        height: Height,
        skip: u32,
        limit: u16,
    ) -> Result<Vec<OpInfo>, PastError> {
        let last = self.store.tip().map_err(DiskError::from)?.height;
        let decided = match self.store.block(height) {
            Ok(Some(decided)) => decided,
            Ok(None) => return Err(PastError::NoBlock { height, last }),
            Err(StoreError::Pruned { first, .. }) => return Err(PastError::Pruned { height, first }),
            Err(error) => return Err(DiskError::from(error).into()),
        };
        let ops = (0..).zip(decided.block.ops.iter()).skip(skip as usize).take(usize::from(limit));
        Ok(ops.filter_map(|(place, raw)| op_info(network, place, raw)).collect())
    }
}

/// What is told of an op. Every op of a decided block has been verified: none is left out.
fn op_info(network: NetworkId, place: u32, raw: &RawOp) -> Option<OpInfo> {
    let bytes = raw.op.body.len();
    let signed = raw.clone().verify(network).ok()?;
    Some(OpInfo {
        place,
        id: signed.id(),
        kind: OpKind::of(&signed.op().action),
        signer: signed.signer(),
        sponsor: signed.op().sponsor,
        task: task_of(network, &signed),
        bytes,
    })
}

/// The one task that an op is about.
fn task_of(network: NetworkId, signed: &SignedOp) -> Option<TaskId> {
    match &signed.op().action {
        Action::Bid(_) => Some(signed.task_id(network)),
        Action::Seal { task, .. } | Action::Open { task, .. } | Action::Cancel { task } | Action::Recall(task) => {
            Some(*task)
        }
        Action::Start { award, .. } | Action::Decline { award, .. } | Action::Deliver { award, .. } => Some(award.task),
        Action::Judge { findings } => match &**findings {
            [judged] => Some(judged.award.task),
            [] | [_, _, ..] => None,
        },
        Action::Transfer { .. }
        | Action::Circuit(_)
        | Action::Ask(_)
        | Action::Alive
        | Action::Bond { .. }
        | Action::Vote { .. }
        | Action::Unbond { .. }
        | Action::Evidence { .. }
        | Action::Release { .. }
        | Action::Payee { .. }
        | Action::Ticket { .. }
        | Action::Candidate => None,
    }
}

fn info(decided: &Decided) -> Result<BlockInfo, PastError> {
    let header = &decided.block.header;
    let bytes = decided.to_bytes().map_err(|error| DiskError::from(StoreError::from(error)))?.len();
    Ok(BlockInfo {
        height: header.height,
        hash: decided.certificate.block,
        parent: header.parent,
        time: header.time,
        epoch: header.epoch,
        proposer: header.proposer,
        round: decided.certificate.round,
        votes: decided.certificate.votes.len(),
        ops: decided.block.ops.len(),
        bytes,
    })
}
