//! What is on disk about a height that is being decided: everything that the engine must be fed again after a crash.

use dpgn_protocol::{
    block::Vote,
    codec::{self, DecodeError},
    council::{Prevote, Proposal, Word, WordKind},
    ids::{AccountId, BlockHash},
    sign::{Message, Unverified},
    units::Height,
};
use serde::{Deserialize, Serialize};

/// An entry of the log of one height. The order of entries is part of what they say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// A word that counted: of this node's own, or of another member.
    Word(Word),
    /// A verdict on a block, which lies beside the record if it is valid.
    Value {
        /// The round of the proposal.
        round: u32,
        /// The hash of the block's header.
        block: BlockHash,
        /// The member that proposed it.
        by: AccountId,
        /// Whether it may follow its parent.
        valid: bool,
    },
    /// A timer has run out.
    Elapsed(Timer),
}

/// A timer of one height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timer {
    /// What is waited for.
    pub kind: TimerKind,
    /// The round in which the timer was started.
    pub round: u32,
}

/// What a timer waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TimerKind {
    /// A proposal of the round's proposer.
    Propose,
    /// Prevotes that agree, once enough have come.
    Prevote,
    /// Precommits that agree, once enough have come.
    Precommit,
    /// The time to say again what was said last: a word may have been lost.
    Rebroadcast,
}

/// Whose word a record holds, and what it is: a member says one of each height, round and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordedWord {
    /// The account that has signed the word.
    pub signer: AccountId,
    /// The height of the word.
    pub height: Height,
    /// The round of the word.
    pub round: u32,
    /// The kind of the word.
    pub kind: WordKind,
}

impl Record {
    /// The most bytes of an encoded record: a certificate of 64 votes, each with its signer and signature.
    pub const BYTES_MAX: usize = 16 << 10;

    /// Reads whose word the record holds, if it is one vote or proposal, and the bytes that were signed: a store that finds
    /// other bytes under the same name for its own node refuses the record. Signatures are not verified.
    pub fn word(&self) -> Result<Option<(RecordedWord, &[u8])>, DecodeError> {
        fn read<T: Message>(raw: &Unverified) -> Result<T, DecodeError> {
            codec::decode(&raw.body, T::MAX_BYTES)
        }
        let (raw, height, round, kind) = match self {
            Self::Word(Word::Precommit(raw)) => {
                let vote: Vote = read(raw)?;
                (raw, vote.height, vote.round, WordKind::Precommit)
            }
            Self::Word(Word::Prevote(raw)) => {
                let vote: Prevote = read(raw)?;
                (raw, vote.height, vote.round, WordKind::Prevote)
            }
            Self::Word(Word::Proposal(raw)) => {
                let proposal: Proposal = read(raw)?;
                (raw, proposal.height, proposal.round, WordKind::Proposal)
            }
            Self::Word(Word::Polka(_) | Word::Round(_)) | Self::Value { .. } | Self::Elapsed(_) => return Ok(None),
        };
        Ok(Some((RecordedWord { signer: raw.signer, height, round, kind }, &raw.body)))
    }
}
