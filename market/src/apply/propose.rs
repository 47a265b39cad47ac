//! Proposes a block: what can be applied, in an order that serves live awards first.
//!
//! Bounded in ops and bytes; a quarter of both is kept for ops of live awards, so that a flood of bids cannot
//! make a prover miss its window.

use super::{
    block::{Applied, BlockError, Body, FRAME_BYTES},
    event::Event,
    plan::Plan,
    refused::Refused,
};
use crate::state::{inconsistent::Inconsistent, ledger::Ledger};
use dpgn_protocol::{
    duty::OpPriority,
    limits::{BLOCK_BYTES_MAX, BLOCK_OPS_MAX},
    ops::SignedOp,
    outcome::Outcome,
};

/// A block that a proposer would make.
#[derive(Debug)]
pub struct BlockDraft {
    /// The ops in the order in which they are applied.
    pub ops: Vec<SignedOp>,
    /// The ops that were left out, each with the reason.
    pub left_out: Vec<LeftOut>,
    /// The effects of the block.
    pub applied: Applied,
    /// The ledger after the block.
    pub next: Ledger,
}

/// An op that was left out of a proposed block.
#[derive(Debug)]
pub struct LeftOut {
    /// The op that was left out.
    pub op: SignedOp,
    /// The reason; [`Refused::may_pass_later`] says whether to keep the op for a later block.
    pub reason: Refused,
}

/// The room that is left in a block.
struct Room {
    ops: usize,
    bytes: usize,
}

struct Builder {
    next: Ledger,
    ops: Vec<SignedOp>,
    outcomes: Vec<Outcome>,
    events: Vec<Event>,
    room: Room,
}

impl Ledger {
    /// Makes a block of `body.time` out of the ops that can be applied. `body.ops` are those of the mempool, in its
    /// order.
    pub fn propose(&self, body: Body<'_>) -> Result<BlockDraft, BlockError> {
        let room = Room { ops: BLOCK_OPS_MAX, bytes: BLOCK_BYTES_MAX - FRAME_BYTES };
        let mut block = Builder { next: self.clone(), ops: Vec::new(), outcomes: Vec::new(), events: Vec::new(), room };
        block.next.begin(&body)?;
        let (live, rest): (Vec<_>, Vec<_>) =
            body.ops.iter().cloned().partition(|op| self.priority(op) == OpPriority::Duty);
        let mut left_out = block.fill(live, &Room { ops: 0, bytes: 0 })?;
        let kept = Room { ops: BLOCK_OPS_MAX / 4, bytes: BLOCK_BYTES_MAX / 4 };
        let later = block.fill(rest, &kept)?;
        // What came before what it needs: a bid before its circuit.
        let (again, refused): (Vec<_>, Vec<_>) = later.into_iter().partition(|left| left.reason.may_pass_later());
        left_out.extend(refused);
        left_out.extend(block.fill(again.into_iter().map(|left| left.op).collect(), &kept)?);
        let Builder { mut next, ops, outcomes, events, .. } = block;
        let applied = next.finish(&ops, outcomes, events, &mut ())?;
        Ok(BlockDraft { ops, left_out, applied, next })
    }
}

impl Builder {
    /// Applies what can be applied while more than `kept` is left; returns the rest.
    fn fill(&mut self, ops: Vec<SignedOp>, kept: &Room) -> Result<Vec<LeftOut>, Inconsistent> {
        let mut left_out = Vec::new();
        for op in ops {
            match self.check(&op, kept) {
                Ok(plan) => self.add(op, plan)?,
                Err(reason) => left_out.push(LeftOut { op, reason }),
            }
        }
        Ok(left_out)
    }

    /// Validates an op that has room above `kept`.
    fn check(&self, op: &SignedOp, kept: &Room) -> Result<Plan, Refused> {
        if self.room.ops <= kept.ops || self.room.bytes < kept.bytes + op.size() {
            return Err(Refused::NoRoom);
        }
        let now = self.next.time();
        self.next.admit(op, now)?;
        self.next.plan(op, now)
    }

    /// Applies a validated op.
    fn add(&mut self, op: SignedOp, plan: Plan) -> Result<(), Inconsistent> {
        self.outcomes.push(self.next.apply_op(&op, Ok(plan), &mut self.events)?);
        // `check` has found room for it.
        self.room.ops -= 1;
        self.room.bytes -= op.size();
        self.ops.push(op);
        Ok(())
    }
}
