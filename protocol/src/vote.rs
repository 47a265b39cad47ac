//! What a member of the committee signs about a height: a proposal, a prevote, a precommit; and when two such words convict.
//!
//! Of each height, round and kind an honest member signs one word, so that two which differ are evidence.

use crate::{
    ids::{AccountId, BlockHash, NetworkId},
    sign::{Message, SignError, Signed, Unverified},
    units::Height,
};
use serde::{Deserialize, Serialize};

/// A proposer's word for a block in one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The height that the block is for.
    pub height: Height,
    /// The round of that height, from 0.
    pub round: u32,
    /// The earlier round in which more than two thirds prevoted this block; none if it is new.
    pub pol_round: Option<u32>,
    /// The hash of the header that is proposed.
    pub block: BlockHash,
}

impl Message for Proposal {
    const DOMAIN: &'static str = "dpgn proposal v1";
    const MAX_BYTES: usize = 128;
}

/// A member's word that a block may be decided in this round, or that none may. It binds less than a [`Vote`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prevote {
    /// The height that the prevote is for.
    pub height: Height,
    /// The round of that height, from 0.
    pub round: u32,
    /// The hash of the header that is voted for; none if the member saw no block that it may vote for.
    pub block: Option<BlockHash>,
}

impl Message for Prevote {
    const DOMAIN: &'static str = "dpgn prevote v1";
    const MAX_BYTES: usize = 128;
}

/// A committee member's precommit in the sense of Tendermint: its word for a block, or for none in this round.
///
/// Both are one kind of message, so that a vote for a block and a vote for none at the same height and round are
/// [evidence](equivocation) against whoever has signed them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// The height that the vote is for.
    pub height: Height,
    /// The round of that height, from 0; a height has several if a proposer is silent.
    pub round: u32,
    /// The hash of the header that is voted for; none if the member will decide nothing in this round.
    pub block: Option<BlockHash>,
}

impl Message for Vote {
    const DOMAIN: &'static str = "dpgn precommit v1";
    const MAX_BYTES: usize = 128;
}

/// The kinds of words that a member signs at most once for each height and round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum WordKind {
    /// The word for deciding a block: a [`Vote`].
    Precommit,
    /// The word that a block may be decided: a [`Prevote`].
    Prevote,
    /// The word of a proposer: a [`Proposal`].
    Proposal,
}

/// Why two words are no evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoEvidence {
    /// A signature does not hold for this kind of word.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The words are of two members, two heights or two rounds: each may be honest.
    #[error("the words are not of one member, height and round")]
    Apart,
    /// The words say the same.
    #[error("the words say the same")]
    Same,
}

/// A member that has signed two words where one is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Equivocation {
    /// The account that has signed both words.
    pub account: AccountId,
    /// The height of both words.
    pub height: Height,
    /// The round of both words.
    pub round: u32,
}

/// Checks that two signed words of one kind cannot both be honest: one signer, height and round, and not the same said.
pub fn equivocation(
    kind: WordKind,
    network: NetworkId,
    first: &Unverified,
    second: &Unverified,
) -> Result<Equivocation, NoEvidence> {
    fn differ<T: Message + PartialEq>(
        network: NetworkId,
        first: &Unverified,
        second: &Unverified,
        place: impl Fn(&T) -> (Height, u32),
    ) -> Result<Equivocation, NoEvidence> {
        let first: Signed<T> = first.clone().verify(network)?;
        let second: Signed<T> = second.clone().verify(network)?;
        if (first.signer(), place(&first)) != (second.signer(), place(&second)) {
            return Err(NoEvidence::Apart);
        }
        if *first == *second {
            return Err(NoEvidence::Same);
        }
        let (height, round) = place(&first);
        Ok(Equivocation { account: first.signer(), height, round })
    }
    match kind {
        WordKind::Precommit => differ::<Vote>(network, first, second, |v| (v.height, v.round)),
        WordKind::Prevote => differ::<Prevote>(network, first, second, |v| (v.height, v.round)),
        WordKind::Proposal => differ::<Proposal>(network, first, second, |p| (p.height, p.round)),
    }
}
