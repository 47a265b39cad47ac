//! The one way bytes become values and values become bytes.
//!
//! Layout: one version byte, then bincode with fixed-width little-endian integers: each value has exactly
//! one encoding, and any language can write it. Nothing is decoded without a limit on what it may take.

use serde::{Serialize, de::DeserializeOwned};
use std::io::{self, BufWriter, Write};

/// The protocol version this build speaks: the first byte of every encoding.
pub const VERSION: u8 = 1;

/// Why bytes are not a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The input has more bytes than the type may have.
    #[error("{got} bytes are too many: the limit is {limit}")]
    TooLarge {
        /// The number of bytes that came.
        got: usize,
        /// The most bytes that the type may have.
        limit: usize,
    },
    /// A version this build does not speak. Not a fault of the sender.
    #[error("protocol version {0} is not spoken here (this build speaks {VERSION})")]
    UnknownVersion(u8),
    /// The input has no byte at all.
    #[error("empty")]
    Empty,
    /// The bytes are not an encoding of the type.
    #[error("malformed: {0}")]
    Malformed(String),
    /// Bytes are left over after the value.
    #[error("{0} bytes are left over")]
    Trailing(usize),
    /// The bytes decode, but are not the value's one encoding.
    #[error("not the canonical encoding")]
    NotCanonical,
}

impl DecodeError {
    /// Whether the bytes are of another protocol version: nobody's fault, and to be ignored, never punished.
    pub const fn is_unknown_version(&self) -> bool {
        match self {
            Self::UnknownVersion(_) => true,
            Self::TooLarge { .. } | Self::Empty | Self::Malformed(_) | Self::Trailing(_) | Self::NotCanonical => false,
        }
    }
}

/// A value that could not be encoded: it holds more than its own type allows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot be encoded: {0}")]
pub struct EncodeError(String);

impl From<crate::bounded::TooMany> for EncodeError {
    fn from(error: crate::bounded::TooMany) -> Self {
        Self(error.to_string())
    }
}

/// Something that is sent whole and has a limit of its own.
pub trait Wire: Serialize + DeserializeOwned {
    /// The most bytes its encoding may have.
    const MAX_BYTES: usize;

    /// Encodes the value into its one form.
    fn to_bytes(&self) -> Result<Vec<u8>, EncodeError> {
        encode(self)
    }

    /// Decodes bytes that somebody sent.
    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode(bytes, Self::MAX_BYTES)
    }
}

/// The largest thing ever decoded whole: a snapshot of the ledger. Messages have tighter limits of their own.
const CEILING: usize = 1 << 30;

fn config() -> bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Fixint,
    bincode::config::Limit<CEILING>,
> {
    bincode::config::standard().with_little_endian().with_fixed_int_encoding().with_limit::<CEILING>()
}

/// The bytes of a value.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = vec![VERSION];
    bincode::serde::encode_into_std_write(value, &mut bytes, config()).map_err(|e| EncodeError(e.to_string()))?;
    Ok(bytes)
}

/// Bytes of a value that are hashed at once: a value is written in pieces of a few bytes, each of which would cost a call.
/// Few enough that an allocator has such a piece of memory at hand.
const HASHED_AT_ONCE: usize = 1_000;

/// The BLAKE3 of a value's bytes in a domain, without holding them all.
pub fn hash<T: Serialize>(domain: &'static str, value: &T) -> Result<[u8; 32], EncodeError> {
    Ok(measure(blake3::Hasher::new_derive_key(domain), value)?.0)
}

/// The BLAKE3 of a value's bytes by a new hasher, and the number of these bytes, without holding them all.
pub(crate) fn measure<T: Serialize>(hasher: blake3::Hasher, value: &T) -> Result<([u8; 32], usize), EncodeError> {
    let mut pieces = BufWriter::with_capacity(HASHED_AT_ONCE, hasher);
    let mut write = || {
        pieces.write_all(&[VERSION])?;
        let body = bincode::serde::encode_into_std_write(value, &mut pieces, config());
        pieces.flush()?;
        Ok(body)
    };
    let failed = |e: io::Error| EncodeError(e.to_string());
    let body = write().map_err(failed)?.map_err(|e| EncodeError(e.to_string()))?;
    Ok((*pieces.get_ref().finalize().as_bytes(), body + 1))
}

/// Checks the version byte alone. It comes before every other check, so that what a later version allows
/// (a longer message, another signature) is never taken for a fault of its sender.
pub(crate) fn check_version(bytes: &[u8]) -> Result<(), DecodeError> {
    match bytes.first() {
        None => Err(DecodeError::Empty),
        Some(&VERSION) => Ok(()),
        Some(&version) => Err(DecodeError::UnknownVersion(version)),
    }
}

/// The value of exactly these bytes, if they are at most `limit`. Checks version, size and encoding, in this
/// order.
pub fn decode<T: Serialize + DeserializeOwned>(bytes: &[u8], limit: usize) -> Result<T, DecodeError> {
    check_version(bytes)?;
    if bytes.len() > limit.min(CEILING) {
        return Err(DecodeError::TooLarge { got: bytes.len(), limit: limit.min(CEILING) });
    }
    let body = &bytes[1..];
    let (value, used) =
        bincode::serde::decode_from_slice(body, config()).map_err(|e| DecodeError::Malformed(e.to_string()))?;
    if used != body.len() {
        return Err(DecodeError::Trailing(body.len() - used));
    }
    // Fixed-width integers leave little room for a second encoding; this closes what is left.
    match encode(&value) {
        Ok(again) if again == bytes => Ok(value),
        _ => Err(DecodeError::NotCanonical),
    }
}
