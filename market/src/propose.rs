//! Proposing a block: what can be applied, in an order that serves live awards first.
//!
//! Bounded in ops and bytes; a quarter of both is kept for ops of live awards, so that a flood of bids cannot
//! make a prover miss its window.

use crate::{
    block::{Applied, BlockError, Body},
    event::Event,
    ledger::Ledger,
    refused::Refused,
};
use dpgn_protocol::{
    duty::OpPriority,
    limits::{BLOCK_BYTES_MAX, BLOCK_OPS_MAX},
    ops::SignedOp,
    outcome::Outcome,
};

/// A block as it would be.
#[derive(Debug)]
pub struct Draft {
    /// The ops, in order.
    pub ops: Vec<SignedOp>,
    /// What was left out, and why.
    pub left_out: Vec<LeftOut>,
    /// What the block does.
    pub applied: Applied,
    /// The ledger after it.
    pub next: Ledger,
}

/// An op that is not in the block.
#[derive(Debug)]
pub struct LeftOut {
    /// Which.
    pub op: SignedOp,
    /// Why. [`Refused::may_pass_later`] says whether to keep it.
    pub reason: Refused,
}

/// Bytes of a block that are not ops: the header and the parent's certificate.
const FRAME_BYTES: usize = 24 << 10;

/// What is left of a block.
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
    /// Makes a block of `body.time` out of what can be applied. `body.ops` are the pool's, in its order.
    pub fn propose(&self, body: Body<'_>) -> Result<Draft, BlockError> {
        let room = Room { ops: BLOCK_OPS_MAX, bytes: BLOCK_BYTES_MAX - FRAME_BYTES };
        let mut block = Builder { next: self.clone(), ops: Vec::new(), outcomes: Vec::new(), events: Vec::new(), room };
        block.next.begin(&body)?;
        let (live, rest): (Vec<_>, Vec<_>) =
            body.ops.iter().cloned().partition(|op| self.priority(op) == OpPriority::Duty);
        let mut left_out = block.fill(live, &Room { ops: 0, bytes: 0 });
        let kept = Room { ops: BLOCK_OPS_MAX / 4, bytes: BLOCK_BYTES_MAX / 4 };
        let later = block.fill(rest, &kept);
        // What came before what it needs: a bid before its circuit.
        let (again, refused): (Vec<_>, Vec<_>) = later.into_iter().partition(|left| left.reason.may_pass_later());
        left_out.extend(refused);
        left_out.extend(block.fill(again.into_iter().map(|left| left.op).collect(), &kept));
        let Builder { mut next, ops, outcomes, events, .. } = block;
        let applied = next.finish(&ops, outcomes, events)?;
        Ok(Draft { ops, left_out, applied, next })
    }
}

impl Builder {
    /// Applies what can be applied while more than `kept` is left; returns the rest.
    fn fill(&mut self, ops: Vec<SignedOp>, kept: &Room) -> Vec<LeftOut> {
        let mut left_out = Vec::new();
        for op in ops {
            match self.try_apply(&op, kept) {
                Ok(()) => self.ops.push(op),
                Err(reason) => left_out.push(LeftOut { op, reason }),
            }
        }
        left_out
    }

    fn try_apply(&mut self, op: &SignedOp, kept: &Room) -> Result<(), Refused> {
        if self.room.ops <= kept.ops || self.room.bytes < kept.bytes + op.size() {
            return Err(Refused::NoRoom);
        }
        let now = self.next.time();
        self.next.admit(op, now)?;
        let plan = self.next.plan(op, now)?;
        self.outcomes.push(self.next.apply_op(op, Ok(plan), &mut self.events));
        self.room.ops -= 1;
        self.room.bytes -= op.size();
        Ok(())
    }
}
