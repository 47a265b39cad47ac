//! What members of the committee say to each other while they decide a height: signed words, certificates of words,
//! and bodies of blocks.
//!
//! Certificates carry signers and signatures alone: whoever checks one makes the bytes again that were signed, so
//! there is nothing in it that its signers have not said. [`Checked`] is a word whose signatures hold, and only
//! [`Word::check`] makes one. Whether its signers are members is not said by it: who decides a height beyond a border
//! between epochs is known only to whoever decides it.

pub use crate::vote::{Equivocation, NoEvidence, Prevote, Proposal, WordKind, equivocation};
use crate::{
    block::{Block, Decided, Vote},
    bounded::List,
    ids::{AccountId, BlockHash, NetworkId},
    limits::{BLOCK_BYTES_MAX, COMMITTEE_MAX},
    sign::{SignError, Signature, Signed, Unverified},
    units::Height,
    wire::Wire,
};
use serde::{Deserialize, Serialize};

/// A signature and whose it is; what it is over stands in the certificate around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedBy {
    /// The account that is said to have signed.
    pub signer: AccountId,
    /// The signature over domain, network, signer and the body that is made again.
    pub signature: Signature,
}

/// Prevotes for one block in one round: by more than two thirds of the power, if it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Polka {
    /// The height of the prevotes.
    pub height: Height,
    /// The round of the prevotes.
    pub round: u32,
    /// The block that all prevotes are for.
    pub block: BlockHash,
    /// The signatures of the prevotes, by account, each once.
    pub votes: List<SignedBy, COMMITTEE_MAX>,
}

/// The reason that a round may be entered or left for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoundReason {
    /// More than two thirds have precommitted in the round, for whatever: nobody needs to wait in it for long.
    Precommits,
    /// More than a third have voted in the round: one of them is honest, so whoever is behind may enter it.
    Skip,
}

/// A vote in a [`RoundCertificate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundVote {
    /// Whether the vote is a [`Vote`]; if not, it is a [`Prevote`].
    pub precommit: bool,
    /// The block that the vote is for; none if it is for none.
    pub block: Option<BlockHash>,
    /// The signature of the vote.
    pub by: SignedBy,
}

/// Votes that show how far a round has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundCertificate {
    /// The height of the votes.
    pub height: Height,
    /// The round of the votes.
    pub round: u32,
    /// What the votes are a reason for.
    pub reason: RoundReason,
    /// The votes, by account, each account once.
    pub votes: List<RoundVote, COMMITTEE_MAX>,
}

/// Something that members say about a height, in the form that goes over the wire and into the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Word {
    /// A signed [`Vote`].
    Precommit(Unverified),
    /// A signed [`Prevote`].
    Prevote(Unverified),
    /// A signed [`Proposal`].
    Proposal(Unverified),
    /// The prevotes of a block.
    Polka(Polka),
    /// The votes of a round.
    Round(RoundCertificate),
}

/// Everything that a stream between two members carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// A word about a height.
    Word(Word),
    /// The block whose hash a proposal names.
    Body(Box<Block>),
    /// Asks for the block of this hash.
    WantBody {
        /// The height of the block.
        height: Height,
        /// The hash of its header.
        block: BlockHash,
    },
    /// A decided block, for whoever lacks it.
    Decided(Box<Decided>),
}

impl Wire for Said {
    /// A block and its certificate, or a certificate of as many votes as a committee has members.
    const MAX_BYTES: usize = BLOCK_BYTES_MAX + (64 << 10);
}

/// Why a word is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordError {
    /// A signature does not hold, or is over something else.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The votes of a certificate are not in the order of their accounts, or one comes twice.
    #[error("the vote of {0} is not in its place in the certificate")]
    Order(AccountId),
    /// A certificate of precommits holds a prevote.
    #[error("the vote of {0} is no precommit")]
    NoPrecommit(AccountId),
}

impl WordError {
    /// Whether the word is of another protocol version: nobody's fault, and to be ignored, never punished.
    pub const fn is_unknown_version(&self) -> bool {
        match self {
            Self::Sign(error) => error.is_unknown_version(),
            Self::Order(_) | Self::NoPrecommit(_) => false,
        }
    }
}

/// A word whose signatures all hold. Its signers may be anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked(CheckedWord);

/// What a [`Checked`] word says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckedWord {
    /// A member's precommit, as verified.
    Precommit(Signed<Vote>),
    /// A member's prevote, as verified.
    Prevote(Signed<Prevote>),
    /// A proposer's proposal, as verified.
    Proposal(Signed<Proposal>),
    /// The prevotes of a block; whether they are enough is not checked.
    Polka(Polka),
    /// The votes of a round; whether they are enough is not checked.
    Round(RoundCertificate),
}

impl Checked {
    /// The word itself.
    pub const fn word(&self) -> &CheckedWord {
        &self.0
    }

    /// The word itself, by value.
    pub fn into_word(self) -> CheckedWord {
        self.0
    }

    /// The height that the word is about.
    pub fn height(&self) -> Height {
        match &self.0 {
            CheckedWord::Precommit(vote) => vote.height,
            CheckedWord::Prevote(vote) => vote.height,
            CheckedWord::Proposal(proposal) => proposal.height,
            CheckedWord::Polka(polka) => polka.height,
            CheckedWord::Round(certificate) => certificate.height,
        }
    }
}

impl Word {
    /// Checks every signature strictly, and the form of certificates: at most 64 signatures, some 3 ms.
    pub fn check(self, network: NetworkId) -> Result<Checked, WordError> {
        Ok(Checked(match self {
            Self::Precommit(raw) => CheckedWord::Precommit(raw.verify(network)?),
            Self::Prevote(raw) => CheckedWord::Prevote(raw.verify(network)?),
            Self::Proposal(raw) => CheckedWord::Proposal(raw.verify(network)?),
            Self::Polka(polka) => {
                polka.check(network)?;
                CheckedWord::Polka(polka)
            }
            Self::Round(certificate) => {
                certificate.check(network)?;
                CheckedWord::Round(certificate)
            }
        }))
    }
}

/// Checks that signers stand in the order of their accounts, each once: a certificate has one form.
fn in_order(signers: impl Iterator<Item = AccountId>) -> Result<(), WordError> {
    let mut last = None;
    for signer in signers {
        if last >= Some(signer) {
            return Err(WordError::Order(signer));
        }
        last = Some(signer);
    }
    Ok(())
}

impl Polka {
    fn check(&self, network: NetworkId) -> Result<(), WordError> {
        in_order(self.votes.iter().map(|v| v.signer))?;
        let prevote = Prevote { height: self.height, round: self.round, block: Some(self.block) };
        self.votes.iter().try_for_each(|v| Ok(v.signature.check(network, v.signer, &prevote)?))
    }
}

impl RoundCertificate {
    fn check(&self, network: NetworkId) -> Result<(), WordError> {
        in_order(self.votes.iter().map(|v| v.by.signer))?;
        let (height, round) = (self.height, self.round);
        self.votes.iter().try_for_each(|&RoundVote { precommit, block, by: SignedBy { signer, signature } }| {
            match (precommit, self.reason) {
                (true, _) => signature.check(network, signer, &Vote { height, round, block })?,
                (false, RoundReason::Skip) => signature.check(network, signer, &Prevote { height, round, block })?,
                (false, RoundReason::Precommits) => return Err(WordError::NoPrecommit(signer)),
            }
            Ok(())
        })
    }
}
