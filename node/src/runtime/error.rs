//! Why a node does not start, or stops by itself.

use crate::{
    driver::{DriveError, RestoreError},
    store::{BlobError, StoreError},
};
use dpgn_protocol::{codec::EncodeError, units::Height};
use tokio::task::JoinError;

/// Why the node stopped by itself.
pub type Stopped = DriveError<RuntimeError>;

/// Why the host of the engine, which is disk, network and workers, could not go on.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The disk refused, or holds what cannot be used.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A thread that worked at the disk died.
    #[error("disk work ended early: {0}")]
    Panicked(#[from] JoinError),
    /// The task of the network ended.
    #[error("the network has stopped")]
    Network,
}

/// Why what is on disk is of no use.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// The database refused or is damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A blob's file refused or is damaged.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A record that this version did not write.
    #[error("a record of the {what} is damaged: {reason}")]
    Record {
        /// The kind of the damaged record.
        what: &'static str,
        /// The fault of the record.
        reason: String,
    },
    /// The ledger cannot be encoded for a snapshot.
    #[error("the ledger cannot be encoded: {0}")]
    Snapshot(#[from] EncodeError),
    /// The thread that read the disk died.
    #[error("reading the data directory: {0}")]
    Died(#[from] JoinError),
    /// Blocks and snapshots do not lead to a ledger.
    #[error(transparent)]
    Restore(#[from] Box<RestoreError<StoreError>>),
}

/// Why a receipt cannot be put together from what is on disk.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptMissing {
    /// The database refused or is damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An outcome cannot be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The block is not on disk.
    #[error("block {0} is not on disk")]
    NoBlock(Height),
    /// The node took a snapshot in place of the block that paid.
    #[error("this node has not seen the block that paid: it took a snapshot in its place")]
    Unseen,
    /// The block does not hold the op.
    #[error("block {0} does not hold the op that settled the task")]
    NoOp(Height),
    /// The node believes a checkpoint, and knows what came before it from members whose stake was free.
    #[error("this node joined by a checkpoint at height {first}, and vouches for no committee before that")]
    Unvouched {
        /// The height of the checkpoint.
        first: Height,
    },
    /// There are more borders between epochs since the checkpoint than a receipt crosses.
    #[error("{borders} epochs have ended since the checkpoint; a receipt tells of {limit} at most")]
    History {
        /// The number of borders since the checkpoint.
        borders: u64,
        /// The number that a receipt crosses at most.
        limit: usize,
    },
    /// The checkpoint is not below the block.
    #[error("the checkpoint at height {since} is not older than the block that has paid, at height {height}")]
    Late {
        /// The height of the checkpoint.
        since: Height,
        /// The height of the block that has paid.
        height: Height,
    },
    /// The disk does not hold all handovers since the checkpoint.
    #[error("of {borders} handovers since the checkpoint {found} are on disk")]
    Gap {
        /// The number of borders since the checkpoint.
        borders: u64,
        /// The number of handovers on disk.
        found: usize,
    },
}
