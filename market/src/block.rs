//! Applying a block: ops in order, then windows, then the auction, then the epoch's border.
//!
//! A block that cannot be applied has changed nothing. Whether it can depends on the block and the state
//! before it alone.

use crate::{event::Event, funds::Supply, ledger::Ledger, refused::Refused};
use dpgn_protocol::{
    codec::{self, EncodeError},
    ids::{AccountId, OpId, OpsRoot, StateRoot},
    limits::BLOCK_OPS_MAX,
    merkle,
    ops::SignedOp,
    outcome::Outcome,
    units::{Epoch, Height, Timestamp},
};

/// What of a block the ledger needs. Signatures have been checked.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    /// Later than the last block.
    pub time: Timestamp,
    /// A member of the committee.
    pub proposer: AccountId,
    /// Whose votes the block holds for its parent.
    pub voters: &'a [AccountId],
    /// In order.
    pub ops: &'a [SignedOp],
}

/// What a block did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The block's height.
    pub height: Height,
    /// The block's epoch.
    pub epoch: Epoch,
    /// One per op.
    pub outcomes: Vec<Outcome>,
    /// The Merkle leaves, one per op: for receipts.
    pub leaves: Vec<[u8; 32]>,
    /// What changed, in order.
    pub events: Vec<Event>,
    /// What the header must say.
    pub ops_root: OpsRoot,
    /// What the header must say.
    pub state_root: StateRoot,
}

/// A block that is not valid. Nothing has been changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// Time does not rise.
    #[error("the block's time {got} is not later than {after}")]
    Time {
        /// The block's.
        got: Timestamp,
        /// The parent's.
        after: Timestamp,
    },
    /// Not one of the committee.
    #[error("the proposer {0} is not in the committee")]
    Proposer(AccountId),
    /// Too many ops.
    #[error("{got} ops, {max} is the limit")]
    TooManyOps {
        /// How many there are.
        got: usize,
        /// How many there may be.
        max: usize,
    },
    /// An op that has no place in any block.
    #[error("op {index} ({op}): {reason}")]
    Admission {
        /// Its place.
        index: usize,
        /// Its name.
        op: OpId,
        /// Why.
        reason: Refused,
    },
    /// Credits were made or lost: a fault in this program, never in a block.
    #[error("credits were made or lost: {0:?}")]
    Conservation(Supply),
    /// The state or an outcome cannot be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl Ledger {
    /// Applies a block, or leaves everything as it was.
    pub fn apply(&mut self, body: Body<'_>) -> Result<Applied, BlockError> {
        let mut next = self.clone();
        next.begin(&body)?;
        if body.ops.len() > BLOCK_OPS_MAX {
            return Err(BlockError::TooManyOps { got: body.ops.len(), max: BLOCK_OPS_MAX });
        }
        let (mut outcomes, mut events) = (Vec::new(), Vec::new());
        for (index, op) in body.ops.iter().enumerate() {
            next.admit(op, body.time).map_err(|reason| BlockError::Admission { index, op: op.id(), reason })?;
            let plan = next.plan(op, body.time);
            outcomes.push(next.apply_op(op, plan, &mut events));
            if cfg!(debug_assertions) {
                next.check_supply()?;
            }
        }
        let applied = next.finish(body.ops, outcomes, events)?;
        *self = next;
        Ok(applied)
    }

    /// Enters the next height.
    pub(crate) fn begin(&mut self, body: &Body<'_>) -> Result<(), BlockError> {
        if body.time <= self.time() {
            return Err(BlockError::Time { got: body.time, after: self.time() });
        }
        if self.committee.power(body.proposer).is_none() {
            return Err(BlockError::Proposer(body.proposer));
        }
        let voters = body.voters.iter().copied().filter(|&v| self.committee.power(v).is_some());
        self.clock.advance(body.time, body.proposer, voters, self.params.idle_interval);
        Ok(())
    }

    /// What follows from the ops.
    pub(crate) fn finish(
        &mut self,
        ops: &[SignedOp],
        outcomes: Vec<Outcome>,
        mut events: Vec<Event>,
    ) -> Result<Applied, BlockError> {
        self.close_windows(&mut events);
        self.auction(&mut events);
        self.end_epoch(&mut events);
        self.check_supply()?;
        let leaves = ops
            .iter()
            .zip(&outcomes)
            .map(|(op, outcome)| Ok(merkle::leaf(op.id(), &codec::encode(outcome)?)))
            .collect::<Result<Vec<_>, EncodeError>>()?;
        Ok(Applied {
            height: self.height(),
            epoch: self.epoch(),
            ops_root: merkle::root(&leaves),
            state_root: self.root()?,
            outcomes,
            leaves,
            events,
        })
    }

    pub(crate) fn check_supply(&self) -> Result<(), BlockError> {
        let supply = self.supply();
        if supply.is_conserved() { Ok(()) } else { Err(BlockError::Conservation(supply)) }
    }
}
