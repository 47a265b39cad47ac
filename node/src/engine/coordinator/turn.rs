//! A turn to propose, and what comes of it.

use super::super::validate::Valid;
use dpgn_protocol::{
    block::{Block, Certificate},
    ids::BlockHash,
    units::Height,
};

/// A height and round in which consensus wants a block of this node's own.
pub(super) struct Turn {
    pub(super) height: Height,
    pub(super) round: u32,
    /// The certificate of the block below with later votes; absent if the head's is as good.
    pub(super) last_commit: Option<Certificate>,
}

/// A block of this node's own, applied as it was made.
pub(in crate::engine) struct Proposed {
    pub(in crate::engine) round: u32,
    pub(in crate::engine) hash: BlockHash,
    pub(in crate::engine) block: Box<Block>,
    pub(in crate::engine) valid: Valid,
}
