//! Unusable messages: whose fault it is that a message says nothing to this node.

use dpgn_protocol::{codec::DecodeError, council::WordError, ops::OpError, sign::SignError};

/// Why a message is not passed to the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// The sender could have known that it is false or malformed.
    Guilty,
    /// The sender could not have known, or the message is merely of no use here.
    Harmless,
}

impl From<DecodeError> for Unusable {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::UnknownVersion(_) => Self::Harmless,
            DecodeError::TooLarge { .. }
            | DecodeError::Empty
            | DecodeError::Malformed(_)
            | DecodeError::Trailing(_)
            | DecodeError::NotCanonical => Self::Guilty,
        }
    }
}

impl From<SignError> for Unusable {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Decode(error) => error.into(),
            SignError::BadKey(_) | SignError::Encode(_) | SignError::BadSignature(_) => Self::Guilty,
        }
    }
}

impl From<OpError> for Unusable {
    fn from(error: OpError) -> Self {
        match error {
            OpError::Sign(error) => error.into(),
            OpError::Endorsement => Self::Guilty,
        }
    }
}

impl From<WordError> for Unusable {
    fn from(error: WordError) -> Self {
        match error {
            WordError::Sign(error) => error.into(),
            WordError::Order(_) | WordError::NoPrecommit(_) => Self::Guilty,
        }
    }
}
