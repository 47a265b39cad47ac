//! The chain: this node's replica of the ledger.
//!
//! A block is applied only on top of its parent, under a certificate of the committee in office, and only if
//! it leaves the state its header names.

use super::halt::{InvalidBlock, Left};
use dpgn_market::{Applied, BlockError, Body, Ledger};
use dpgn_protocol::{
    block::{Block, Certificate, CertificateError, Decided},
    codec::EncodeError,
    commit::Commit,
    ids::BlockHash,
    ops::SignedOp,
    units::{Height, Timestamp},
};
use std::sync::Arc;

/// The last applied block: the head of this replica's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The height of the block; 0 for the genesis.
    pub height: Height,
    /// The hash of the block; all zero for the genesis.
    pub hash: BlockHash,
    /// The time in its header.
    pub time: Timestamp,
    /// The certificate that decided it; none for the genesis.
    pub certificate: Option<Certificate>,
}

/// The fate of a block that came.
pub(super) enum Taken {
    /// The block was applied.
    Applied(Box<Applied>),
    /// The block is known already.
    Old,
    /// Blocks before this one are missing.
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
    /// The body is not the one that was decided.
    #[error("block {0}: the body is not the one that its header names")]
    OtherBody(Height),
    /// The committee decided what this replica finds invalid: it or we are broken.
    #[error("the committee decided block {height}, which is invalid here: {reason}")]
    Invalid { height: Height, reason: Box<InvalidBlock> },
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

pub(super) struct Chain {
    /// Shared with whoever reads it outside the engine; replaced as a whole by each block.
    pub(super) ledger: Arc<Ledger>,
    pub(super) head: Head,
}

impl Chain {
    pub(super) fn new(ledger: Ledger, head: Head) -> Self {
        Self { ledger: Arc::new(ledger), head }
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
        if !decided.block.is_whole() {
            return Err(ChainError::OtherBody(height));
        }
        decided
            .certificate
            .check(self.ledger.network(), self.ledger.committee())
            .map_err(|reason| ChainError::NotDecided { height, reason })?;
        let applied =
            self.apply(decided, ops).map_err(|reason| ChainError::Invalid { height, reason: Box::new(reason) })?;
        self.head = Head { height, hash, time: header.time, certificate: Some(decided.certificate.clone()) };
        Ok(Taken::Applied(Box::new(applied)))
    }

    /// Goes on to a block that was checked when it was proposed.
    pub(super) fn advance(&mut self, block: &Block, certificate: &Certificate, ledger: Arc<Ledger>) {
        let header = &block.header;
        let (height, hash, time) = (header.height, certificate.block, header.time);
        self.ledger = ledger;
        self.head = Head { height, hash, time, certificate: Some(certificate.clone()) };
    }

    fn apply(&mut self, decided: &Decided, ops: &[SignedOp]) -> Result<Applied, InvalidBlock> {
        let header = &decided.block.header;
        if header.parent != self.head.hash {
            return Err(InvalidBlock::Parent { got: header.parent, head: self.head.hash });
        }
        let mut next = Ledger::clone(&self.ledger);
        let applied = apply(&mut next, &decided.block, ops)?;
        self.ledger = Arc::new(next);
        Ok(applied)
    }
}

/// Applies a block to its parent's ledger, if it leaves what its header names.
pub(crate) fn apply(ledger: &mut Ledger, block: &Block, ops: &[SignedOp]) -> Result<Applied, InvalidBlock> {
    apply_by(ledger, block, ops, |ledger, body| ledger.apply(body))
}

/// The same, for whoever looks on while the block is applied.
pub(crate) fn apply_by(
    ledger: &mut Ledger,
    block: &Block,
    ops: &[SignedOp],
    apply: impl FnOnce(&mut Ledger, Body<'_>) -> Result<Applied, BlockError>,
) -> Result<Applied, InvalidBlock> {
    let header = &block.header;
    let (network, deciders) = (ledger.network(), ledger.deciders());
    let commit = block.last_commit.as_ref().map(|last| Commit::check(last, network, deciders)).transpose()?;
    let last_commit = commit.as_ref();
    let body = Body { parent: header.parent, time: header.time, proposer: header.proposer, last_commit, ops };
    let applied = apply(ledger, body)?;
    let named = Left { epoch: header.epoch, ops: header.ops, state: header.state, committee: header.next_committee };
    let (ops, state, committee) = (applied.ops_root, applied.state_root, ledger.committee().hash());
    let got = Left { epoch: applied.epoch, ops, state, committee };
    if got != named {
        return Err(InvalidBlock::OtherState { got: Box::new(got), named: Box::new(named) });
    }
    Ok(applied)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesis_file::new_network;
    use dpgn_protocol::{
        block::{Header, Vote},
        bounded::List,
        genesis::Params,
        ids::CertificateHash,
        ops::{Action, Op},
        sign::Keypair,
        units::{Credits, Millis},
    };

    fn keys() -> Keypair {
        Keypair::from_seed(&[1; 32])
    }

    /// A chain at its genesis, and the first block with one op, decided.
    fn chain_and_block() -> (Chain, Decided, Vec<SignedOp>) {
        let (own, other) = (keys().account(), Keypair::from_seed(&[2; 32]).account());
        let genesis = new_network("test", &[own], &[own, other], Params::default()).unwrap();
        let ledger = Ledger::new(&genesis).unwrap();
        let (network, time) = (ledger.network(), genesis.time.after(Millis::new(1)));
        let action = Action::Transfer { to: other, amount: Credits::new(5) };
        let op = Op { nonce: ledger.free_nonces(own)[0], expires: time.after(Millis::new(9)), sponsor: None, action };
        let ops = vec![SignedOp::new(keys().sign(network, op).unwrap())];
        let parent = BlockHash::from_bytes([0; 32]);
        let draft = ledger.propose(Body { parent, time, proposer: own, last_commit: None, ops: &ops }).unwrap();
        let raw = List::new(ops.iter().map(SignedOp::to_raw).collect()).unwrap();
        let header = Header {
            network,
            height: Height::new(1),
            parent,
            time,
            epoch: draft.applied.epoch,
            proposer: own,
            last_commit: CertificateHash::from_bytes([0; 32]),
            body: Block::body_hash(None, &raw).unwrap(),
            ops: draft.applied.ops_root,
            state: draft.applied.state_root,
            next_committee: draft.next.committee().hash(),
        };
        let hash = header.hash().unwrap();
        let vote = Vote { height: Height::new(1), round: 0, block: Some(hash) };
        let votes = List::new(vec![keys().sign(network, vote).unwrap().into_raw()]).unwrap();
        let certificate = Certificate { height: vote.height, round: 0, block: hash, votes };
        let block = Block { header, last_commit: None, ops: raw };
        let head = Head { height: Height::new(0), hash: block.header.parent, time: genesis.time, certificate: None };
        (Chain::new(ledger, head), Decided { block, certificate }, ops)
    }

    #[test]
    fn a_decided_block_is_applied_once() {
        let (mut chain, decided, ops) = chain_and_block();
        assert!(matches!(chain.take(&decided, &ops), Ok(Taken::Applied(_))));
        assert_eq!(chain.head.height, Height::new(1));
        assert!(matches!(chain.take(&decided, &ops), Ok(Taken::Old)));
    }

    #[test]
    fn another_body_under_the_same_signatures_is_the_senders_fault() {
        let (mut chain, mut decided, _) = chain_and_block();
        decided.block.ops = List::default();
        assert!(matches!(chain.take(&decided, &[]), Err(ChainError::OtherBody(_))));
        let (mut chain, mut decided, ops) = chain_and_block();
        decided.block.last_commit = Some(decided.certificate.clone());
        assert!(matches!(chain.take(&decided, &ops), Err(ChainError::OtherBody(_))));
    }

    #[test]
    fn a_block_nobody_decided_is_not_applied() {
        let (mut chain, mut decided, ops) = chain_and_block();
        decided.certificate.votes = List::default();
        assert!(matches!(chain.take(&decided, &ops), Err(ChainError::NotDecided { .. })));
        let (mut chain, mut decided, ops) = chain_and_block();
        decided.block.header.time = decided.block.header.time.after(Millis::new(1));
        assert!(matches!(chain.take(&decided, &ops), Err(ChainError::OtherBlock(_))));
        assert_eq!(chain.head.height, Height::new(0));
    }
}
