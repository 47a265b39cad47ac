//! Receipts: what a requester can show anybody, checked against the committee's signatures alone.
//!
//! Trust starts at a [`Checkpoint`], the genesis' by default, and passes from committee to committee through headers that name
//! the next. It holds for as long as the checkpoint's committee has something to lose.
//!
//! A committee is good for the heights of its epoch alone, and one handover stands at every border, though the committee
//! stays the same: members that have left may sell their keys, and whoever buys them could sign any later height.

use crate::{
    block::{Certificate, CertificateError, Header},
    bounded::List,
    checkpoint::{Checkpoint, TooOld},
    codec::{self, DecodeError, EncodeError, Wire},
    committee::Committee,
    ids::{CommitteeHash, NetworkId, TaskId},
    limits::{RECEIPT_BYTES_MAX, RECEIPT_HISTORY_MAX},
    merkle::{self, Path},
    ops::{OpError, RawOp},
    outcome::{Outcome, Settlement},
    refusal::RefusalCode,
    units::{Height, Timestamp},
};
use serde::{Deserialize, Serialize};

/// The payment of a task: the op that brought it about, what it did, and why that is so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The task that was paid for.
    pub task: TaskId,
    /// The op by which the committee agreed on the task's proof.
    pub op: RawOp,
    /// The outcome of the op.
    pub outcome: Outcome,
    /// The Merkle path from the op's leaf to the header's root.
    pub path: Path,
    /// The header of the block that holds the op.
    pub header: Header,
    /// The committee's votes for it.
    pub certificate: Certificate,
    /// The handovers at all borders between epochs from a checkpoint's to the block's, in order. They lead there from any later
    /// checkpoint as well.
    pub history: List<Handover, RECEIPT_HISTORY_MAX>,
}

/// The last header of an epoch, which names the committee of the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// The last header of the epoch.
    pub header: Header,
    /// The old committee's votes for it.
    pub certificate: Certificate,
    /// The committee that decides the heights of the next epoch.
    pub committee: Committee,
}

/// Why a receipt does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The checkpoint is too old to be believed.
    #[error(transparent)]
    TooOld(#[from] TooOld),
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
    /// A committee has decided a height of a later epoch than its own.
    #[error("height {height} is not of the epoch of the committee that has signed it, which ends at {border}")]
    OutOfOffice {
        /// The height of the header in question.
        height: Height,
        /// The last height of the committee's epoch.
        border: Height,
    },
    /// A handover is at another height than the last of an epoch.
    #[error("the handover at height {height} should be at {border}, the last height of its epoch")]
    NoBorder {
        /// The height of the handover.
        height: Height,
        /// The last height of the epoch.
        border: Height,
    },
    /// Signatures of the op do not hold.
    #[error("the op: {0}")]
    Op(#[from] OpError),
    /// The path does not lead to the header's root.
    #[error("the op and its outcome are not in the block")]
    NotInBlock,
    /// The ledger has refused the op, so it has paid for nothing.
    #[error("the ledger has refused the op: {0}")]
    Refused(RefusalCode),
    /// The op has done something else than to pay for the task.
    #[error("the op has not paid for task {0}")]
    NotPaid(TaskId),
}

/// A committee in office.
#[derive(Clone, Copy)]
pub(crate) struct Office<'a> {
    pub(crate) network: NetworkId,
    pub(crate) epoch_blocks: u64,
    pub(crate) committee: &'a Committee,
    /// It decides the heights above this one.
    pub(crate) above: Height,
}

impl<'a> Office<'a> {
    fn of(trusted: &'a Checkpoint) -> Self {
        let Checkpoint { network, height, epoch_blocks, ref committee, .. } = *trusted;
        Self { network, epoch_blocks, committee, above: height }
    }

    /// The last height that it decides.
    pub(crate) fn border(&self) -> Height {
        self.above.next_border(self.epoch_blocks)
    }

    /// Checks that this committee has decided a header, and that it was its turn.
    pub(crate) fn decided(&self, header: &Header, certificate: &Certificate) -> Result<(), ReceiptError> {
        let (height, border) = (header.height, self.border());
        if header.network != self.network {
            return Err(ReceiptError::OtherNetwork { got: header.network, expected: self.network });
        }
        if height <= self.above {
            return Err(ReceiptError::Order(height));
        }
        if height > border {
            return Err(ReceiptError::OutOfOffice { height, border });
        }
        if certificate.height != height || certificate.block != header.hash()? {
            return Err(ReceiptError::OtherBlock(height));
        }
        certificate.check(self.network, self.committee).map_err(|reason| ReceiptError::Certificate { height, reason })
    }

    /// The committee that comes after it.
    pub(crate) fn hand_over(self, handover: &'a Handover) -> Result<Self, ReceiptError> {
        let Handover { header, certificate, committee } = handover;
        let (height, border) = (header.height, self.border());
        if height > self.above && height < border {
            return Err(ReceiptError::NoBorder { height, border });
        }
        self.decided(header, certificate)?;
        let (got, named) = (committee.hash(), header.next_committee);
        if got != named {
            return Err(ReceiptError::OtherCommittee { height, got, named });
        }
        Ok(Self { committee, above: height, ..self })
    }
}

impl Receipt {
    /// Checks everything there is to check without the network: that the checkpoint is young enough, all committees since then,
    /// the committee's votes for the block, the op's place in it, the signatures of the op, and that it has paid for the task.
    /// Returns what was paid. Who checks says what time it is.
    pub fn check(&self, trusted: &Checkpoint, now: Timestamp) -> Result<&Settlement, ReceiptError> {
        trusted.check_age(now)?;
        self.check_at_any_age(trusted)
    }

    /// Checks all but the checkpoint's age, for whoever knows that its committee has stayed honest, or has had this very
    /// receipt when the checkpoint was young.
    pub fn check_at_any_age(&self, trusted: &Checkpoint) -> Result<&Settlement, ReceiptError> {
        let (got, expected) = (self.header.network, trusted.network);
        if got != expected {
            return Err(ReceiptError::OtherNetwork { got, expected });
        }
        // What leads to the checkpoint is of no use to whoever believes that.
        let since = self.history.iter().skip_while(|handover| handover.header.height <= trusted.height);
        let office = since.into_iter().try_fold(Office::of(trusted), Office::hand_over)?;
        office.decided(&self.header, &self.certificate)?;
        let leaf = merkle::leaf(self.op.id(), &codec::encode(&self.outcome)?);
        if self.path.root(leaf) != Some(self.header.ops) {
            return Err(ReceiptError::NotInBlock);
        }
        self.op.clone().verify(trusted.network)?;
        if let Outcome::Refused(code) = self.outcome {
            return Err(ReceiptError::Refused(code));
        }
        self.outcome.settlement_of(self.task).ok_or(ReceiptError::NotPaid(self.task))
    }

    /// The bytes of a receipt's file: [`RECEIPT_MAGIC`], and the receipt as the codec writes it.
    pub fn to_file(&self) -> Result<Vec<u8>, EncodeError> {
        Ok([RECEIPT_MAGIC, &self.to_bytes()?].concat())
    }

    /// Reads the bytes of a receipt's file. None has more than [`RECEIPT_FILE_BYTES_MAX`]: whoever reads one stops there.
    pub fn from_file(bytes: &[u8]) -> Result<Self, ReceiptFileError> {
        let encoded = bytes.strip_prefix(RECEIPT_MAGIC).ok_or(ReceiptFileError::NoReceipt)?;
        Ok(Self::from_bytes(encoded)?)
    }
}

impl Wire for Receipt {
    const MAX_BYTES: usize = RECEIPT_BYTES_MAX;
}

/// The bytes that a receipt's file begins with. The version is the codec's, in the next byte.
pub const RECEIPT_MAGIC: &[u8] = b"dpgn receipt\n";

/// The most bytes that a receipt's file has.
pub const RECEIPT_FILE_BYTES_MAX: usize = RECEIPT_MAGIC.len() + RECEIPT_BYTES_MAX;

/// Why a file is no receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptFileError {
    /// The file begins with something else.
    #[error("this is no file of a receipt")]
    NoReceipt,
    /// The rest of the file is no receipt, or one of another version.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}
