//! Blocks: ops in the order that was decided, and the committee's signatures that say so.

pub use crate::vote::Vote;
use crate::{
    bounded::List,
    codec::{self, EncodeError},
    committee::Committee,
    ids::{AccountId, BlockHash, BodyHash, CertificateHash, CommitteeHash, NetworkId, OpsRoot, StateRoot, hash},
    limits::{BLOCK_OPS_MAX, COMMITTEE_MAX},
    ops::RawOp,
    sign::{SignError, Unverified},
    units::{Epoch, Height, Timestamp},
};
use serde::{Deserialize, Serialize};

/// A block's header: its hash is the block's name and what the committee votes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The network this block belongs to; a header of another network is refused.
    pub network: NetworkId,
    /// The position in the chain; the first block has height 1.
    pub height: Height,
    /// The hash of the block below; all zero for the first block.
    pub parent: BlockHash,
    /// The time of the block, later than the parent's.
    pub time: Timestamp,
    /// The epoch that the height falls into.
    pub epoch: Epoch,
    /// The coordinator whose turn it was to propose.
    pub proposer: AccountId,
    /// The parent's certificate as the body holds it; all zero for the first block.
    pub last_commit: CertificateHash,
    /// The body's bytes: no relay can change them under the committee's signatures.
    pub body: BodyHash,
    /// The Merkle root over the leaves `(op, outcome)`.
    pub ops: OpsRoot,
    /// The hash of the ledger after this block.
    pub state: StateRoot,
    /// The hash of the committee that decides the next height.
    pub next_committee: CommitteeHash,
}

impl Header {
    /// Computes the block's name: the hash that parents and votes point to.
    pub fn hash(&self) -> Result<BlockHash, EncodeError> {
        Ok(BlockHash::from_bytes(hash("dpgn block v1", &[&codec::encode(self)?])))
    }
}

/// A block: its header, and the parts that the header names by their hashes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// The header, which names all other parts.
    pub header: Header,
    /// The certificate of the parent, which shows who was present at its decision; none for the first block.
    pub last_commit: Option<Certificate>,
    /// The ops, in the order in which they are applied.
    pub ops: List<RawOp, BLOCK_OPS_MAX>,
}

impl Block {
    /// The name of a body of these parts.
    pub fn body_hash(
        last_commit: Option<&Certificate>,
        ops: &List<RawOp, BLOCK_OPS_MAX>,
    ) -> Result<BodyHash, EncodeError> {
        Ok(BodyHash::from_bytes(codec::hash("dpgn body v1", &(last_commit, ops))?))
    }

    /// Whether the body is the one that the header names. Whoever passes a block on can check it.
    pub fn is_whole(&self) -> bool {
        let last_commit = match &self.last_commit {
            Some(certificate) => certificate.hash().ok(),
            None => Some(CertificateHash::from_bytes([0; 32])),
        };
        last_commit == Some(self.header.last_commit)
            && Self::body_hash(self.last_commit.as_ref(), &self.ops).ok() == Some(self.header.body)
    }
}

/// Votes of more than two thirds of the power for one block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The height that the vote is for.
    pub height: Height,
    /// The round of that height, from 0; a height has several if a proposer is silent.
    pub round: u32,
    /// The hash of the header that is voted for.
    pub block: BlockHash,
    /// Signed [`Vote`]s for exactly this, by account, each once.
    pub votes: List<Unverified, COMMITTEE_MAX>,
}

/// Why a certificate does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// A vote is badly signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A vote is for something else.
    #[error("the vote of {0} is for another block")]
    OtherVote(AccountId),
    /// A vote of somebody who has none, or has voted already.
    #[error("the vote of {0} does not count")]
    NoVote(AccountId),
    /// The votes do not add up to more than two thirds of the power.
    #[error("the votes are not more than two thirds of the power")]
    NoQuorum,
}

impl CertificateError {
    /// Whether a vote is of another protocol version: nobody's fault, and to be ignored, never punished.
    pub const fn is_unknown_version(&self) -> bool {
        match self {
            Self::Sign(error) => error.is_unknown_version(),
            Self::OtherVote(_) | Self::NoVote(_) | Self::NoQuorum => false,
        }
    }
}

impl Certificate {
    /// Checks that this committee decided this block.
    pub fn check(&self, network: NetworkId, committee: &Committee) -> Result<(), CertificateError> {
        let mut last = None;
        for raw in self.votes.iter() {
            let account = raw.signer;
            if last >= Some(account) || committee.power(account).is_none() {
                return Err(CertificateError::NoVote(account));
            }
            last = Some(account);
            let vote = raw.clone().verify::<Vote>(network)?;
            if (vote.height, vote.round, vote.block) != (self.height, self.round, Some(self.block)) {
                return Err(CertificateError::OtherVote(account));
            }
        }
        if !committee.is_quorum(self.votes.iter().map(|v| v.signer)) {
            return Err(CertificateError::NoQuorum);
        }
        Ok(())
    }

    /// The hash by which the next header names this certificate.
    pub fn hash(&self) -> Result<CertificateHash, EncodeError> {
        Ok(CertificateHash::from_bytes(hash("dpgn certificate v1", &[&codec::encode(self)?])))
    }
}

/// A block and the votes that decided it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The block that was decided.
    pub block: Block,
    /// The committee's votes for exactly this block.
    pub certificate: Certificate,
}
