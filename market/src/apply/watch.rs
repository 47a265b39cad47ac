//! Watching: what a reader of old blocks sees while they are applied again, step by step.
//!
//! An audit calls the rules themselves and looks on; it decides nothing and changes nothing.

use super::event::Event;
use crate::state::ledger::Ledger;
use dpgn_protocol::{ops::SignedOp, outcome::Outcome};

/// A step of applying a block.
#[derive(Clone, Copy)]
pub(crate) enum Step<'a> {
    /// An op was applied or refused.
    Op(&'a SignedOp, &'a Outcome),
    /// What was overdue has ended.
    Windows,
    /// The auction was run.
    Auction,
    /// Challenges were drawn, if the block is the first of its epoch.
    Draw,
    /// The epoch has ended, if the block was its last.
    Epoch,
}

/// Whoever looks on while a block is applied. What it is shown may belong to a block that is refused in the end.
pub(crate) trait Watch {
    /// An admitted op is about to be applied to this ledger.
    fn op_begins(&mut self, _before: &Ledger, _op: &SignedOp) {}

    /// A step is done. The events are those of this step.
    fn step_ends(&mut self, _after: &Ledger, _step: Step<'_>, _events: &[Event]) {}
}

/// Nobody looks on.
impl Watch for () {}
