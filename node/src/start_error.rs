//! Errors of a start: why a node does not come to be.

use crate::{keys::KeyError, network::NetworkError, runtime::error::DiskError, sale::TermsError};
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
    /// The network did not start.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The prover's options are refused.
    #[error("prover: {0}")]
    Prover(#[from] OptionsError),
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

/// Why a configuration makes no node.
#[derive(Debug, thiserror::Error)]
pub enum ConfiguredError {
    /// The key file is missing or refused.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The genesis file is missing or malformed.
    #[error(transparent)]
    Genesis(#[from] crate::TomlFileError),
}
