//! Restore: from what is on disk to the ledger a node had when it stopped.
//!
//! The newest snapshot whose hash its block names, and the blocks after it, applied one by one. A snapshot that
//! does not hold is passed over: older blocks say the same, only slower.

use crate::engine::{self, Head, InvalidBlock, Kept, PurchaseState, TaskRecord};
use dpgn_market::{GenesisError, Ledger};
use dpgn_protocol::{
    block::Decided,
    codec::{self, EncodeError},
    genesis::Genesis,
    ids::{BlockHash, InputsDigest, NetworkId},
    ops::{OpError, RawOp, SignedOp},
    units::Height,
};
use std::{collections::BTreeSet, sync::Arc};

/// The place where blocks and snapshots are kept.
pub trait Archive {
    /// Why they cannot be read.
    type Error: std::error::Error;

    /// Reads some blocks in order from this height up; none only if there is none.
    fn blocks_from(&self, height: Height) -> Result<Vec<Decided>, Self::Error>;

    /// The lowest height whose block is kept, and all above it: 1 if none was pruned.
    fn first(&self) -> Result<Height, Self::Error>;

    /// The snapshots kept, the latest first.
    fn snapshots(&self) -> Result<Vec<(Height, Vec<u8>)>, Self::Error>;
}

/// Why what is on disk leads to no ledger.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError<E: std::error::Error> {
    /// Blocks or snapshots cannot be read.
    #[error(transparent)]
    Archive(E),
    /// The genesis is no start of a ledger.
    #[error("the genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// The genesis cannot be encoded.
    #[error("the genesis: {0}")]
    Encode(#[from] EncodeError),
    /// No snapshot on disk holds, and the blocks that would lead there from the genesis are pruned.
    #[error("no snapshot on disk can be used, and blocks are kept from height {first} on")]
    Pruned {
        /// The lowest height whose block is kept.
        first: Height,
    },
    /// An op of a block on disk is badly signed.
    #[error("block {height} on disk cannot be replayed: {reason}")]
    Op {
        /// The height of the block.
        height: Height,
        /// The fault of the op.
        reason: OpError,
    },
    /// A block on disk cannot be applied.
    #[error("block {height} on disk cannot be replayed: {reason}")]
    Block {
        /// The height of the block.
        height: Height,
        /// The reason why it cannot be applied.
        reason: Box<InvalidBlock>,
    },
}

/// The ledger that a node had when it stopped.
pub struct Restored {
    /// The ledger after the last block.
    pub ledger: Ledger,
    /// The last block.
    pub head: Head,
    /// The snapshot that it was restored from, to be served; absent if it was the genesis.
    pub kept: Option<Arc<Kept>>,
}

/// The ledger after the last block on disk, and that block.
pub fn restore<A: Archive>(genesis: &Genesis, archive: &A) -> Result<Restored, RestoreError<A::Error>> {
    let network = genesis.network()?;
    let (mut ledger, decided) = newest(genesis, archive, Height::new(u64::MAX))?;
    let mut head = decided.as_ref().map_or_else(|| genesis_head(genesis), head_of);
    let kept = decided.map(|decided| Arc::new(Kept::new(decided, Arc::new(ledger.clone()))));
    loop {
        let blocks = archive.blocks_from(head.height.next()).map_err(RestoreError::Archive)?;
        if blocks.is_empty() {
            return Ok(Restored { ledger, head, kept });
        }
        for decided in blocks {
            let height = decided.block.header.height;
            let ops = verify_ops(&decided, network).map_err(|reason| RestoreError::Op { height, reason })?;
            engine::apply(&mut ledger, &decided.block, &ops)
                .map_err(|reason| RestoreError::Block { height, reason: Box::new(reason) })?;
            head = head_of(&decided);
        }
    }
}

/// The newest snapshot up to a height that holds, with its block, or the genesis.
pub(super) fn newest<A: Archive>(
    genesis: &Genesis,
    archive: &A,
    most: Height,
) -> Result<(Ledger, Option<Decided>), RestoreError<A::Error>> {
    let first = archive.first().map_err(RestoreError::Archive)?;
    for (height, bytes) in archive.snapshots().map_err(RestoreError::Archive)? {
        if height > most || height < first {
            continue;
        }
        let blocks = archive.blocks_from(height).map_err(RestoreError::Archive)?;
        let named = blocks.into_iter().next().filter(|decided| decided.block.header.height == height);
        let Some(decided) = named else { continue };
        match codec::decode::<Ledger>(&bytes, usize::MAX) {
            Ok(ledger) if ledger.root().ok() == Some(decided.block.header.state) => {
                return Ok((ledger, Some(decided)));
            }
            Ok(_) => tracing::warn!(%height, "a snapshot is not the state its block names; an older one is tried"),
            Err(error) => tracing::warn!(%height, %error, "a snapshot is damaged; an older one is tried"),
        }
    }
    if first > Height::new(1) {
        return Err(RestoreError::Pruned { first });
    }
    Ok((Ledger::new(genesis)?, None))
}

/// The head of a chain without a block.
fn genesis_head(genesis: &Genesis) -> Head {
    Head { height: Height::new(0), hash: BlockHash::from_bytes([0; 32]), time: genesis.time, certificate: None }
}

/// The head of a chain that ends with this block.
pub fn head_of(decided: &Decided) -> Head {
    let header = &decided.block.header;
    let certificate = Some(decided.certificate.clone());
    Head { height: header.height, hash: decided.certificate.block, time: header.time, certificate }
}

/// A block's ops, once their signatures are checked.
pub fn verify_ops(decided: &Decided, network: NetworkId) -> Result<Vec<SignedOp>, OpError> {
    decided.block.ops.iter().cloned().map(|op: RawOp| op.verify(network)).collect()
}

/// Inputs that a node must keep over a restart: those of own open tasks. Those of awards are asked for again.
pub fn inputs_needed<'a>(tasks: impl IntoIterator<Item = &'a TaskRecord>) -> BTreeSet<InputsDigest> {
    let is_open = |task: &&TaskRecord| match task.state {
        PurchaseState::Announced | PurchaseState::Open | PurchaseState::Paid(_) | PurchaseState::ProvingLocally => true,
        PurchaseState::Done(_) | PurchaseState::Failed(_) | PurchaseState::ProvedLocally(_) => false,
    };
    tasks.into_iter().filter(is_open).map(|task| task.inputs).collect()
}
