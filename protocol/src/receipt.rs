//! Receipts: what a requester can show anybody, checked against the committee's signatures alone.
//!
//! Trust starts at a checkpoint (a committee somebody believes in, the genesis' by default) and passes from
//! committee to committee through headers that name the next.

use crate::{
    block::{Certificate, CertificateError, Header},
    bounded::List,
    codec::{self, EncodeError},
    committee::Committee,
    ids::{CommitteeHash, NetworkId},
    limits::RECEIPT_HISTORY_MAX,
    merkle::{self, Path},
    ops::RawOp,
    outcome::Outcome,
    units::Height,
};
use serde::{Deserialize, Serialize};

/// An op, what it did, and why that is so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The op that the receipt speaks of.
    pub op: RawOp,
    /// The outcome of the op.
    pub outcome: Outcome,
    /// The Merkle path from the op's leaf to the header's root.
    pub path: Path,
    /// The header of the block that holds the op.
    pub header: Header,
    /// The committee's votes for it.
    pub certificate: Certificate,
    /// The committees from the checkpoint's to the block's, in order.
    pub history: List<Handover, RECEIPT_HISTORY_MAX>,
}

/// A header, decided by the old committee, that names the new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// The last header of the old committee.
    pub header: Header,
    /// The old committee's votes for it.
    pub certificate: Certificate,
    /// The committee that decides from the next height on.
    pub committee: Committee,
}

/// A committee that is believed at a height: trust starts here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The network that is trusted.
    pub network: NetworkId,
    /// The committee decides from the next height on.
    pub height: Height,
    /// The committee that decides the height after it.
    pub committee: Committee,
}

/// Why a receipt does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// A header cannot be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// A header is of another network.
    #[error("the receipt is from network {got}, not {expected}")]
    OtherNetwork {
        /// The network that the header names.
        got: NetworkId,
        /// The network of the checkpoint.
        expected: NetworkId,
    },
    /// A certificate does not hold, or is for another header.
    #[error("the certificate at height {height}: {reason}")]
    Certificate {
        /// The height of the header in question.
        height: Height,
        /// The fault of the certificate.
        reason: CertificateError,
    },
    /// A certificate is for another header.
    #[error("the certificate at height {0} is for another block")]
    OtherBlock(Height),
    /// A new committee is not the one the old one named.
    #[error("the committee after height {height} is {got}, named was {named}")]
    OtherCommittee {
        /// The height of the header in question.
        height: Height,
        /// The hash of the committee that was given.
        got: CommitteeHash,
        /// The hash that the header before it names.
        named: CommitteeHash,
    },
    /// Heights do not rise from the checkpoint to the block.
    #[error("height {0} is out of order")]
    Order(Height),
    /// The path does not lead to the header's root.
    #[error("the op and its outcome are not in the block")]
    NotInBlock,
}

impl Receipt {
    /// Checks everything there is to check without the network.
    pub fn check(&self, trusted: &Checkpoint) -> Result<(), ReceiptError> {
        let (mut committee, mut height) = (&trusted.committee, trusted.height);
        for handover in self.history.iter() {
            decided(trusted.network, committee, height, &handover.header, &handover.certificate)?;
            let (got, named) = (handover.committee.hash(), handover.header.next_committee);
            height = handover.header.height;
            if got != named {
                return Err(ReceiptError::OtherCommittee { height, got, named });
            }
            committee = &handover.committee;
        }
        decided(trusted.network, committee, height, &self.header, &self.certificate)?;
        let leaf = merkle::leaf(self.op.id(), &codec::encode(&self.outcome)?);
        if self.path.root(leaf) != Some(self.header.ops) {
            return Err(ReceiptError::NotInBlock);
        }
        Ok(())
    }
}

fn decided(
    network: NetworkId,
    committee: &Committee,
    above: Height,
    header: &Header,
    certificate: &Certificate,
) -> Result<(), ReceiptError> {
    let height = header.height;
    if header.network != network {
        return Err(ReceiptError::OtherNetwork { got: header.network, expected: network });
    }
    if height <= above {
        return Err(ReceiptError::Order(height));
    }
    if certificate.height != height || certificate.block != header.hash()? {
        return Err(ReceiptError::OtherBlock(height));
    }
    certificate.check(network, committee).map_err(|reason| ReceiptError::Certificate { height, reason })
}
