//! Signatures: who said exactly these bytes, on which network, as what kind of message.
//!
//! [`Unverified`] is what the wire brings; [`Signed`] is what has been checked, and only [`Unverified::verify`]
//! and [`Keypair::sign`] make one. There is one predicate, strict verification one by one: a batch check may
//! disagree with it on crafted keys and would split the ledger.

use crate::{
    bounded::Bytes,
    codec::{self, DecodeError, EncodeError},
    ids::{AccountId, NetworkId, hash},
    limits,
};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{fmt, ops::Deref};

/// Something that can be signed: its domain keeps it from being taken for anything else.
pub trait Message: Serialize + DeserializeOwned {
    /// The BLAKE3 context of its signatures.
    const DOMAIN: &'static str;
    /// The most bytes its encoding may have.
    const MAX_BYTES: usize;
}

/// Why a signed message is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The body is not a message of this kind.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The signer's bytes are no ed25519 key.
    #[error("the signer {0} is not an ed25519 public key")]
    BadKey(AccountId),
    /// The message that was to be under the signature cannot be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The signature does not hold for this signer, network and kind of message.
    #[error("the signature of {0} does not hold")]
    BadSignature(AccountId),
}

impl SignError {
    /// Whether the body is of another protocol version: nobody's fault, and to be ignored, never punished.
    pub const fn is_unknown_version(&self) -> bool {
        match self {
            Self::Decode(error) => error.is_unknown_version(),
            Self::BadKey(_) | Self::Encode(_) | Self::BadSignature(_) => false,
        }
    }
}

/// An ed25519 signature, held as its two halves.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Signature {
    r: [u8; 32],
    s: [u8; 32],
}

impl Signature {
    /// The signature in these 64 bytes, `R ‖ s`.
    pub fn from_bytes(bytes: &[u8; 64]) -> Self {
        let (mut r, mut s) = ([0; 32], [0; 32]);
        r.copy_from_slice(&bytes[..32]);
        s.copy_from_slice(&bytes[32..]);
        Self { r, s }
    }

    /// The 64 bytes of the signature, `R ‖ s`.
    pub fn to_bytes(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&self.r);
        bytes[32..].copy_from_slice(&self.s);
        bytes
    }

    /// Checks that `signer` has signed exactly this message: what a certificate carries is a signature without the bytes
    /// that it is over, which are made again.
    pub fn check<T: Message>(&self, network: NetworkId, signer: AccountId, message: &T) -> Result<(), SignError> {
        let body = codec::encode(message)?;
        check(signer, &digest(T::DOMAIN, network, signer, &body), self)
    }
}

impl fmt::Debug for Signature {
    /// The first eight hexadecimal digits: a log line may hold dozens of signatures.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", hex::encode(&self.r[..4]))
    }
}

fn digest(domain: &'static str, network: NetworkId, signer: AccountId, body: &[u8]) -> [u8; 32] {
    hash(domain, &[network.as_bytes(), signer.as_bytes(), body])
}

fn check(signer: AccountId, digest: &[u8; 32], signature: &Signature) -> Result<(), SignError> {
    let key = VerifyingKey::from_bytes(signer.as_bytes()).map_err(|_| SignError::BadKey(signer))?;
    key.verify_strict(digest, &ed25519_dalek::Signature::from_bytes(&signature.to_bytes()))
        .map_err(|_| SignError::BadSignature(signer))
}

/// A message as the wire brings it: a claim that `signer` said `body`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unverified {
    /// The account that is said to have signed.
    pub signer: AccountId,
    /// The exact bytes that were signed.
    pub body: Bytes<{ limits::SIGNED_BODY_BYTES_MAX }>,
    /// The signature over domain, network, signer and body.
    pub signature: Signature,
}

impl Unverified {
    /// Checks version, size, signature and encoding, in this order.
    pub fn verify<T: Message>(self, network: NetworkId) -> Result<Signed<T>, SignError> {
        codec::check_version(&self.body)?;
        if self.body.len() > T::MAX_BYTES {
            return Err(DecodeError::TooLarge { got: self.body.len(), limit: T::MAX_BYTES }.into());
        }
        check(self.signer, &digest(T::DOMAIN, network, self.signer, &self.body), &self.signature)?;
        Ok(Signed { message: codec::decode(&self.body, T::MAX_BYTES)?, raw: self })
    }
}

/// A message whose signature has been checked. Dereferences to the message.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed<T> {
    message: T,
    raw: Unverified,
}

impl<T> Signed<T> {
    /// The account that signed the message.
    pub fn signer(&self) -> AccountId {
        self.raw.signer
    }

    /// The exact bytes that were signed.
    pub fn body(&self) -> &[u8] {
        &self.raw.body
    }

    /// The message as it goes over the wire.
    pub fn raw(&self) -> &Unverified {
        &self.raw
    }

    /// The message as it goes over the wire, by value.
    pub fn into_raw(self) -> Unverified {
        self.raw
    }
}

impl<T> Deref for Signed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.message
    }
}

impl<T: fmt::Debug> fmt::Debug for Signed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed").field("signer", &self.signer()).field("message", &self.message).finish()
    }
}

/// A secret key: the node's identity, its account and its peer id. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct Keypair(SigningKey);

impl Keypair {
    /// The key pair of a seed of 32 secret random bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The 32 secret bytes: for the key file and the transport, nothing else.
    pub fn seed(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0.to_bytes())
    }

    /// Returns the public half: the account of this key.
    pub fn account(&self) -> AccountId {
        AccountId::from_bytes(self.0.verifying_key().to_bytes())
    }

    /// 32 bytes that nobody finds who does not have the key, for one purpose and these parts: the same for the same. No two
    /// lists of parts that one purpose has may run together to the same bytes.
    pub fn secret(&self, purpose: &'static str, parts: &[&[u8]]) -> [u8; 32] {
        let seed = self.seed();
        hash(purpose, &[&[seed.as_slice()], parts].concat())
    }

    /// Signs a message for one network.
    pub fn sign<T: Message>(&self, network: NetworkId, message: T) -> Result<Signed<T>, EncodeError> {
        let body = codec::encode(&message)?;
        let signature = self.0.sign(&digest(T::DOMAIN, network, self.account(), &body));
        let body = Bytes::new(body)?;
        let raw = Unverified { signer: self.account(), body, signature: Signature::from_bytes(&signature.to_bytes()) };
        Ok(Signed { message, raw })
    }
}

impl fmt::Debug for Keypair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keypair({})", self.account().short())
    }
}
