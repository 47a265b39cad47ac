//! What can go wrong with the store. An error means that nothing has changed.

use super::kind::RecordKind;
use dpgn_protocol::{
    codec::EncodeError,
    council::WordKind,
    ids::{BlockHash, NetworkId},
    units::Height,
};
use std::{io, path::PathBuf};

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the store open.
    #[error("{} is in use by another process: is a node running on it? Stop that one, or choose another data directory", dir.display())]
    Locked {
        /// The data directory of the store.
        dir: PathBuf,
    },
    /// The file cannot be created or opened.
    #[error("{}: {source}", path.display())]
    Unusable {
        /// The path of the file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The data directory belongs to another network.
    #[error("{} belongs to network {got}, the genesis is of network {expected}: choose another data directory or genesis", dir.display())]
    OtherNetwork {
        /// The data directory of the store.
        dir: PathBuf,
        /// The network that the directory belongs to.
        got: NetworkId,
        /// The network that it should belong to.
        expected: NetworkId,
    },
    /// The tables have a layout this build does not know.
    #[error("{} has layout {got}, this build reads layout {expected}", dir.display())]
    OtherSchema {
        /// The data directory of the store.
        dir: PathBuf,
        /// The number of the layout that it has.
        got: u32,
        /// The number of the layout that this build reads.
        expected: u32,
    },
    /// The file is not what was written.
    #[error(
        "the store is damaged: {0}. Move dpgn.redb away: blocks come again from the network, own tasks and jobs do \
         not; a coordinator runs without that role until its height is above the one that the others have now, or it \
         may sign twice and lose its bond"
    )]
    Corrupt(String),
    /// The disk failed or is full.
    #[error("the store's disk: {0}")]
    Io(io::Error),
    /// The database refused for another reason.
    #[error("the store's database: {0}")]
    Database(String),
    /// A block that isn't the next one.
    #[error("block {got} cannot be stored: the next height is {expected}")]
    OutOfOrder {
        /// The height of the block.
        got: Height,
        /// The height that comes next.
        expected: Height,
    },
    /// A block that is no longer kept.
    #[error("block {height} is pruned: blocks are kept from height {first} on")]
    Pruned {
        /// The height that was asked for.
        height: Height,
        /// The lowest height whose block is kept.
        first: Height,
    },
    /// A block on top of another one than ours.
    #[error("block {height} is on top of {got:?}, not of {expected:?}")]
    OtherParent {
        /// The height of the block.
        height: Height,
        /// The parent that the block names.
        got: BlockHash,
        /// The hash of the last block here.
        expected: BlockHash,
    },
    /// A block that is to begin the chain anew comes without the ledger after it.
    #[error("block {0} comes without its snapshot")]
    NoSnapshot(Height),
    /// A certificate for another block than the one it came with.
    #[error("the certificate at height {0} is for another block")]
    OtherCertificate(Height),
    /// A second word where this node has signed one. To sign it would be equivocation.
    #[error("at height {height}, round {round}, this node has signed another {kind:?}")]
    SecondWord {
        /// The height of both words.
        height: Height,
        /// The round of both words.
        round: u32,
        /// The kind of both words.
        kind: WordKind,
    },
    /// An entry of the log at a height that is decided already.
    #[error("height {height} is decided (the last block is {tip}): an entry of its log comes too late")]
    LogTooLate {
        /// The height of the entry.
        height: Height,
        /// The height of the last block here.
        tip: Height,
    },
    /// An entry of the log is too large.
    #[error("an entry of {bytes} bytes is too large for the log of height {height}")]
    LogEntryTooLarge {
        /// The height of the entry.
        height: Height,
        /// The length of the entry, in bytes.
        bytes: usize,
    },
    /// A record's key or value is too large.
    #[error("a {kind:?} record of {key} + {value} bytes is too large")]
    RecordTooLarge {
        /// The kind of the record.
        kind: RecordKind,
        /// The length of its key, in bytes.
        key: usize,
        /// The length of its value, in bytes.
        value: usize,
    },
    /// A value holds more than its type allows.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl From<redb::Error> for StoreError {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::Corrupted(reason) => Self::Corrupt(reason),
            redb::Error::Io(source) => Self::Io(source),
            other => Self::Database(other.to_string()),
        }
    }
}

macro_rules! from_redb {
    ($($error:ident)*) => {$(
        impl From<redb::$error> for StoreError {
            fn from(error: redb::$error) -> Self {
                redb::Error::from(error).into()
            }
        }
    )*};
}

from_redb!(TransactionError TableError StorageError CommitError);
