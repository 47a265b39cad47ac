//! Errors of a start: why a node does not come to be.

use crate::{config::Role, keys::KeyError, network::NetworkError, runtime::error::DiskError, sale::TermsError};
use dpgn_protocol::{
    ids::NetworkId,
    units::{Height, Millis},
};
use dpgn_prover::OptionsError;
use std::{io, path::PathBuf};

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// The data directory is in use, damaged, or of another network.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The genesis cannot be encoded.
    #[error("the genesis cannot be encoded: {0}")]
    Genesis(#[from] dpgn_protocol::codec::EncodeError),
    /// The checkpoint that the owner believes does not belong to what is here.
    #[error("the checkpoint: {0}")]
    Checkpoint(#[from] OtherCheckpoint),
    /// The network did not start.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The prover's options are refused.
    #[error("prover: {0}")]
    Prover(#[from] OptionsError),
    /// A role whose work is done by workers, in a program that has none.
    #[error(
        "a {role} needs workers, and this program is built without plonky2: name a program that has it, such as \
         dpgn-worker, in `ProverOptions::program`"
    )]
    NoWorkers {
        /// The first of the node's roles that needs them.
        role: Role,
    },
    /// The terms on which the node sells could not be made.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// The control socket could not be opened.
    #[error("the control socket in {dir}: {source}", dir = dir.display())]
    Control {
        /// The data directory of the node.
        dir: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// Why a checkpoint does not belong to a network and its blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OtherCheckpoint {
    /// The checkpoint is of another network.
    #[error("it is of network {got}, the genesis makes {expected}")]
    Network {
        /// The network that the checkpoint names.
        got: NetworkId,
        /// The network of the genesis.
        expected: NetworkId,
    },
    /// The checkpoint has other epochs than its network.
    #[error("its epochs are of {got} blocks, the network's of {expected}")]
    Epochs {
        /// The blocks of an epoch that the checkpoint names.
        got: u64,
        /// The blocks of an epoch in the genesis.
        expected: u64,
    },
    /// The checkpoint says another time for which stake stays locked than its network.
    #[error("its unlock_time is {got} ms, the network's {expected} ms")]
    Unlock {
        /// The time that the checkpoint names.
        got: Millis,
        /// The time in the genesis.
        expected: Millis,
    },
    /// The checkpoint is of a time that is still to come.
    #[error("it is of a time that comes in {ms} ms, by this machine's clock")]
    Future {
        /// The time until then.
        ms: Millis,
    },
    /// The checkpoint is not of the last block of an epoch.
    #[error("its height is {height}, and checkpoints are made at the last block of an epoch, of {epochs} each")]
    NoBorder {
        /// The height of the checkpoint.
        height: Height,
        /// The blocks of an epoch.
        epochs: u64,
    },
    /// The blocks on this disk led to another committee.
    #[error("at height {height} the blocks in this data directory led to another committee than it names")]
    History {
        /// The height of the checkpoint.
        height: Height,
    },
}

/// Why a configuration makes no node.
#[derive(Debug, thiserror::Error)]
pub enum ConfiguredError {
    /// The key file is missing or refused.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The genesis file is missing or malformed.
    #[error(transparent)]
    Genesis(crate::TomlFileError),
    /// The checkpoint's file is missing or malformed.
    #[error(transparent)]
    Checkpoint(crate::TomlFileError),
}
