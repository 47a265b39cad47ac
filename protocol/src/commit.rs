//! A commit: which members are known to have voted for a block, once somebody has checked their signatures.
//!
//! A block carries the certificate of its parent, and the ledger reads from it who was present. The ledger checks no
//! signatures of members: it takes a [`Commit`], which only a check of the certificate makes, as it takes ops whose
//! signatures have been checked. The check costs a strict verification for each vote, some 40 microseconds.

use crate::{
    block::{Certificate, CertificateError},
    committee::Committee,
    ids::{AccountId, BlockHash, CommitteeHash, NetworkId},
    units::Height,
};

/// A certificate that has been checked: votes of more than two thirds of a committee's power for one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    height: Height,
    block: BlockHash,
    committee: CommitteeHash,
    voters: Vec<AccountId>,
}

impl Commit {
    /// Checks all signatures of a certificate, and that they are enough.
    pub fn check(
        certificate: &Certificate,
        network: NetworkId,
        committee: &Committee,
    ) -> Result<Self, CertificateError> {
        certificate.check(network, committee)?;
        let voters = certificate.votes.iter().map(|vote| vote.signer);
        Ok(Self::assumed(certificate.height, certificate.block, committee, voters))
    }

    /// A commit that nobody has signed: for blocks that are never decided, as those of a dry run, a simulation without keys or
    /// a test.
    pub fn assumed(
        height: Height,
        block: BlockHash,
        committee: &Committee,
        voters: impl IntoIterator<Item = AccountId>,
    ) -> Self {
        Self { height, block, committee: committee.hash(), voters: voters.into_iter().collect() }
    }

    /// The height that was decided.
    pub fn height(&self) -> Height {
        self.height
    }

    /// The block that was decided.
    pub fn block(&self) -> BlockHash {
        self.block
    }

    /// The committee that has decided it.
    pub fn committee(&self) -> CommitteeHash {
        self.committee
    }

    /// The members whose votes are in it.
    pub fn voters(&self) -> &[AccountId] {
        &self.voters
    }
}
