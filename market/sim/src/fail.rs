//! Why a simulation can't go on: always a fault of the simulation, never of a strategy.

use dpgn_market::{BlockError, GenesisError};
use dpgn_protocol::{
    bounded::{TextError, TooMany},
    codec::EncodeError,
    ids::AccountId,
    ops::OpError,
    verifier_data::VerifierDataError,
};
use std::fmt;

/// The reason why a simulation can't go on.
#[derive(Debug)]
pub enum Fail {
    /// An account speaks whose key is not known.
    NoKey(AccountId),
    /// The committee is empty.
    NoCommittee,
    /// A part of the simulation could not be made or applied.
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl fmt::Display for Fail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey(account) => write!(f, "nobody has the key of {account}"),
            Self::NoCommittee => f.write_str("a committee of nobody"),
            Self::Other(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Fail {}

macro_rules! from {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Fail {
            fn from(error: $error) -> Self {
                Self::Other(error.into())
            }
        }
    )*};
}

from!(
    BlockError,
    GenesisError,
    EncodeError,
    OpError,
    TextError,
    TooMany,
    VerifierDataError,
    dpgn_protocol::committee::CommitteeError,
    std::io::Error,
    serde_json::Error,
);
