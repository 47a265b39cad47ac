//! What a member of the committee is told while a height is decided: by consensus, by other members, by its own checks.

use super::{halt::InvalidBlock, validate::Valid};
use dpgn_protocol::{
    block::{Block, Certificate},
    council::WordKind,
    ids::{AccountId, BlockHash},
    sign::Unverified,
    units::Height,
};

/// What concerns the height that is being decided, from consensus or from a member. What is for another height is dropped.
#[derive(Clone, Debug)]
pub enum CouncilInput {
    /// It is this node's turn to propose.
    Turn {
        /// The height of the block.
        height: Height,
        /// The round that the block is for; after round 0 an empty block is better than none.
        round: u32,
        /// The certificate of the block below with the votes that have come since; absent if there is no better one than
        /// the head's.
        last_commit: Option<Certificate>,
    },
    /// Consensus wants a verdict on a proposed block.
    Proposed {
        /// The height of the block.
        height: Height,
        /// The round in which it is proposed.
        round: u32,
        /// The hash of its header.
        block: BlockHash,
        /// The member that has proposed it.
        by: AccountId,
    },
    /// More than two thirds have prevoted a block.
    Polka {
        /// The height of the block.
        height: Height,
        /// The hash of its header.
        block: BlockHash,
    },
    /// Members with more than a third of the power have voted: there is work, whatever this node knows of it.
    Called {
        /// The height that they have voted at.
        height: Height,
    },
    /// The certificate of the block below, with votes that have come since.
    LateVotes(Certificate),
    /// The committee has decided a block.
    Agreed(Certificate),
    /// A member has sent a body, which is whole.
    Body {
        /// The member that says it.
        from: AccountId,
        /// The hash of the header.
        hash: BlockHash,
        /// The block itself.
        block: Box<Block>,
    },
    /// A body that was a candidate before this node stopped.
    Recalled {
        /// The hash of the header.
        hash: BlockHash,
        /// The block itself.
        block: Box<Block>,
    },
    /// A member lacks a body.
    BodyWanted {
        /// The member that says it.
        from: AccountId,
        /// The height of the block.
        height: Height,
        /// The hash of its header.
        block: BlockHash,
    },
    /// Send the body of a candidate to all members.
    SendBody {
        /// The hash of its header.
        block: BlockHash,
    },
    /// A check of a body has ended.
    Checked {
        /// The hash of the header.
        block: BlockHash,
        /// What the block does, or why it may not follow its parent.
        result: Result<Box<Valid>, Box<InvalidBlock>>,
    },
    /// A check of a body has broken off: it says nothing about the block.
    Unchecked {
        /// The hash of the header.
        block: BlockHash,
    },
    /// A member speaks of a height that is decided here.
    Behind {
        /// The member that says it.
        peer: AccountId,
        /// The height that it speaks of.
        height: Height,
    },
    /// A member speaks of a height above the next: blocks are missing here.
    Ahead {
        /// The member that says it.
        peer: AccountId,
        /// The height that it speaks of.
        height: Height,
    },
    /// A member has signed two words where one is allowed.
    Equivocated {
        /// The kind of both words.
        kind: WordKind,
        /// The word that came first.
        first: Unverified,
        /// The word that came later.
        second: Unverified,
    },
}
