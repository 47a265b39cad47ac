//! The chain: this node's replica of the ledger, and how it catches up.
//!
//! A block is applied only on top of its parent, under a certificate of the committee in office, and only if
//! it leaves the state its header names.

use super::effect::Effect;
use super::input::Call;
use dpgn_market::{Applied, Body, Ledger};
use dpgn_protocol::{
    block::{Certificate, CertificateError, Decided},
    codec::EncodeError,
    ids::{AccountId, BlockHash, CertificateHash},
    ops::SignedOp,
    units::{Height, Millis, Timestamp},
    wire::Request,
};

/// How long a peer may take to send blocks before another is asked.
const SYNC_PATIENCE: Millis = Millis::from_secs(10);

/// The last applied block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its position; 0 for the genesis.
    pub height: Height,
    /// Its name; all zero for the genesis.
    pub hash: BlockHash,
    /// When.
    pub time: Timestamp,
    /// What decided it; none for the genesis.
    pub certificate: Option<Certificate>,
}

/// What became of a block.
pub(super) enum Taken {
    /// It was applied.
    Applied(Box<Applied>),
    /// It is known already.
    Old,
    /// Blocks before it are missing.
    Early,
}

/// Why a block was not applied.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChainError {
    /// Whoever sent it could have seen that it is not decided.
    #[error("block {height}: {reason}")]
    NotDecided { height: Height, reason: CertificateError },
    /// The certificate is for another block.
    #[error("block {0}: the certificate is for another block")]
    OtherBlock(Height),
    /// The committee decided what this replica finds invalid: it or we are broken.
    #[error("the committee decided block {height}, which is invalid here: {reason}")]
    Invalid { height: Height, reason: String },
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

pub(super) struct Chain {
    pub(super) ledger: Ledger,
    pub(super) head: Head,
    syncing: Option<(AccountId, Timestamp)>,
}

impl Chain {
    pub(super) fn new(ledger: Ledger, head: Head) -> Self {
        Self { ledger, head, syncing: None }
    }

    /// Applies a decided block if it is the next one.
    pub(super) fn take(&mut self, decided: &Decided, ops: &[SignedOp]) -> Result<Taken, ChainError> {
        let header = &decided.block.header;
        let height = header.height;
        if height <= self.head.height {
            return Ok(Taken::Old);
        }
        if height > self.head.height.next() {
            return Ok(Taken::Early);
        }
        let hash = header.hash()?;
        if decided.certificate.block != hash || decided.certificate.height != height {
            return Err(ChainError::OtherBlock(height));
        }
        decided
            .certificate
            .check(self.ledger.network(), self.ledger.committee())
            .map_err(|reason| ChainError::NotDecided { height, reason })?;
        let applied = self.apply(decided, ops).map_err(|reason| ChainError::Invalid { height, reason })?;
        self.head = Head { height, hash, time: header.time, certificate: Some(decided.certificate.clone()) };
        Ok(Taken::Applied(Box::new(applied)))
    }

    fn apply(&mut self, decided: &Decided, ops: &[SignedOp]) -> Result<Applied, String> {
        let header = &decided.block.header;
        if header.parent != self.head.hash {
            return Err(format!("its parent is {:?}, the head is {:?}", header.parent, self.head.hash));
        }
        let last_commit = match &decided.block.last_commit {
            Some(certificate) => certificate.hash().map_err(|e| e.to_string())?,
            None => CertificateHash::from_bytes([0; 32]),
        };
        if last_commit != header.last_commit {
            return Err(format!("it holds certificate {last_commit:?}, its header says {:?}", header.last_commit));
        }
        let mut next = self.ledger.clone();
        let applied = apply(&mut next, decided, ops)?;
        self.ledger = next;
        Ok(applied)
    }

    /// Asks a peer for what is missing, unless one is being asked.
    pub(super) fn catch_up(&mut self, now: Timestamp, from: AccountId, effects: &mut Vec<Effect>) {
        if self.syncing.is_some_and(|(_, since)| now < since.after(SYNC_PATIENCE)) {
            return;
        }
        self.syncing = Some((from, now));
        let request = Request::Blocks { from: self.head.height.next() };
        effects.push(Effect::Ask { to: from, call: Call::Blocks(from), request });
    }

    /// The peer has sent what it sends at once; `more` says whether there may be more.
    pub(super) fn caught_up(&mut self, now: Timestamp, from: AccountId, more: bool, effects: &mut Vec<Effect>) {
        self.syncing = None;
        if more {
            self.catch_up(now, from, effects);
        }
    }
}

/// Applies a block to its parent's ledger, if it leaves what its header names.
pub(crate) fn apply(ledger: &mut Ledger, decided: &Decided, ops: &[SignedOp]) -> Result<Applied, String> {
    let header = &decided.block.header;
    let voters: Vec<AccountId> =
        decided.block.last_commit.iter().flat_map(|c| c.votes.iter().map(|vote| vote.signer)).collect();
    let body = Body { time: header.time, proposer: header.proposer, voters: &voters, ops };
    let applied = ledger.apply(body).map_err(|e| e.to_string())?;
    let named = (header.epoch, header.ops, header.state, header.next_committee);
    let got = (applied.epoch, applied.ops_root, applied.state_root, ledger.committee().hash());
    if got != named {
        return Err(format!("it leaves {got:?}, its header says {named:?}"));
    }
    Ok(applied)
}
