//! Why a replica stops: it can no longer tell what is true.

use dpgn_market::BlockError;
use dpgn_protocol::{
    block::CertificateError,
    ids::{BlockHash, CommitteeHash, NetworkId, OpsRoot, StateRoot},
    ops::OpError,
    units::{Epoch, Height},
};

/// Why a replica cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HaltReason {
    /// The committee decided a block that this replica cannot apply: one of the two is broken.
    #[error("the committee decided block {height}, which is invalid here: {reason}")]
    Invalid {
        /// The height of the block.
        height: Height,
        /// Why it cannot be applied.
        reason: Box<InvalidBlock>,
    },
    /// The blocks lead to another committee than the owner's checkpoint names.
    #[error(
        "block {height} leaves another committee than this node's checkpoint names: the blocks that peers sent are of another \
         history than the checkpoint"
    )]
    OtherCheckpoint {
        /// The height of the block, and of the checkpoint.
        height: Height,
    },
    /// The committee decided a block that this member had found invalid.
    #[error("the committee decided block {block:?} at height {height}, which this node had found invalid")]
    Disagreed {
        /// The height of the block.
        height: Height,
        /// The hash of its header.
        block: BlockHash,
    },
    /// The committee decided a block that this node has no verdict on: its check has broken off, each time.
    #[error(
        "the committee decided block {block:?} at height {height}, whose check breaks off on this node: a fault of this program"
    )]
    Unchecked {
        /// The height of the block.
        height: Height,
        /// The hash of its header.
        block: BlockHash,
    },
}

/// Why a block may not follow the one below it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBlock {
    /// The block is of another network.
    #[error("it is of network {got}")]
    Network {
        /// The network that its header names.
        got: NetworkId,
    },
    /// The block is not the next one.
    #[error("its height is {got}, the next one is {expected}")]
    Height {
        /// The height that its header names.
        got: Height,
        /// The height above the head.
        expected: Height,
    },
    /// The block was made on top of another block.
    #[error("its parent is {got:?}, the head is {head:?}")]
    Parent {
        /// The parent that its header names.
        got: BlockHash,
        /// The block it would have to stand on.
        head: BlockHash,
    },
    /// The certificate of the block below does not hold under the committee that has decided that.
    #[error("the certificate of the block below: {0}")]
    LastCommit(#[from] CertificateError),
    /// An op of the block is badly signed.
    #[error("an op is badly signed: {0}")]
    Op(#[from] OpError),
    /// The ledger refuses the block.
    #[error(transparent)]
    Refused(#[from] BlockError),
    /// The block leaves another state than its header names.
    #[error("it leaves {got:?}, its header says {named:?}")]
    OtherState {
        /// The facts that follow from applying the block.
        got: Box<Left>,
        /// The facts that the block's header names.
        named: Box<Left>,
    },
}

/// The facts that a block leaves behind and its header commits to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// The epoch of the block.
    pub epoch: Epoch,
    /// The Merkle root over its ops and their outcomes.
    pub ops: OpsRoot,
    /// The hash of the ledger after it.
    pub state: StateRoot,
    /// The committee that decides the next height.
    pub committee: CommitteeHash,
}
