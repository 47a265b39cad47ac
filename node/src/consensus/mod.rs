//! How a height is decided: a pure core that turns inputs into outputs, hosted by the runtime.
//!
//! The core says what must be stored, signed and sent; it does none of it. What it asks to be stored must be
//! durable before the next input is fed: a vote that is not on disk was never given. Nothing here knows what
//! a block means: validity is the ledger's, and comes in as a verdict on a value.
//!
//! [`Solo`] decides for a committee of one. [`bft`] decides for several, some of which may lie; it has inputs and outputs of
//! its own, for members also speak with each other.

pub mod bft;
mod solo;

pub use solo::Solo;

use dpgn_protocol::{
    block::{Block, Certificate, Decided, Vote},
    committee::Committee,
    ids::BlockHash,
    units::Height,
};

/// An input of the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The height below is decided and applied: this committee decides this one.
    Start {
        /// The height that is being decided.
        height: Height,
        /// The committee that decides it.
        committee: Committee,
        /// The vote of this node at this height before it stopped, if there was one.
        voted: Option<Box<(Vote, Block)>>,
    },
    /// The value that was asked for.
    Value(Box<Block>),
    /// This vote, and the body it is for, are on disk.
    Stored(Vote),
}

/// An output of the core: the host carries outputs out in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Asks the host for a block of this height when there is reason to make one: it is this node's turn.
    GetValue {
        /// The height that is being decided.
        height: Height,
        /// The round of the height, from 0.
        round: u32,
    },
    /// Put vote and body on disk, then feed [`Input::Stored`].
    Store(Vote, Box<Block>),
    /// The committee has decided the height.
    Decided(Box<Decided>),
}

/// Why the core refused an input: the host has a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsensusError {
    /// A value or vote for a height that isn't being decided.
    #[error("height {got} is not the one being decided ({expected})")]
    WrongHeight {
        /// The height of what came.
        got: Height,
        /// The height that is being decided.
        expected: Height,
    },
    /// A second value after a vote was given.
    #[error("block {got:?} comes after the vote for {voted:?}")]
    AlreadyVoted {
        /// The hash of the block that came.
        got: BlockHash,
        /// The hash of the block that was voted for.
        voted: BlockHash,
    },
    /// A header or vote could not be encoded.
    #[error(transparent)]
    Encode(#[from] dpgn_protocol::codec::EncodeError),
}

fn certificate(
    vote: Vote,
    block: BlockHash,
    votes: Vec<dpgn_protocol::sign::Unverified>,
) -> Result<Certificate, ConsensusError> {
    let votes = dpgn_protocol::bounded::List::new(votes).map_err(dpgn_protocol::codec::EncodeError::from)?;
    Ok(Certificate { height: vote.height, round: vote.round, block, votes })
}
