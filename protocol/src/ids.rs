//! Names of things: 32 bytes each, and one name is never taken for another.
//!
//! Every id but an account's is a BLAKE3 hash in a domain of its own, so equal bytes under two names cannot
//! be made on purpose. An [`AccountId`] is an ed25519 public key: the same key is the peer's identity.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// A string that is no id: not 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} is 64 hexadecimal digits; got {got} characters: {reason}")]
pub struct ParseIdError {
    /// The kind of id that was expected.
    pub name: &'static str,
    /// The number of characters that were given.
    pub got: usize,
    /// The reason that the hex decoder gave.
    pub reason: String,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// The id of these bytes.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// Returns the 32 bytes of the id.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// The first eight hexadecimal digits: for people, never for comparison.
            pub fn short(&self) -> String {
                hex::encode(&self.0[..4])
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.short())
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let mut bytes = [0; 32];
                hex::decode_to_slice(text, &mut bytes).map_err(|e| ParseIdError {
                    name: stringify!($name),
                    got: text.chars().count(),
                    reason: e.to_string(),
                })?;
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<De: Deserializer<'de>>(deserializer: De) -> Result<Self, De::Error> {
                if deserializer.is_human_readable() {
                    String::deserialize(deserializer)?.parse().map_err(De::Error::custom)
                } else {
                    <[u8; 32]>::deserialize(deserializer).map(Self)
                }
            }
        }
    )*};
}

ids! {
    /// A party with credits: an ed25519 public key, and thereby a libp2p peer.
    AccountId
    /// A network: the hash of its genesis. Part of every signature, so nothing crosses networks.
    NetworkId
    /// A built circuit: the hash of its full verifier data.
    CircuitId
    /// A recipe: what a circuit is built from, without inputs.
    RecipeDigest
    /// A task: the hash of the network id and the signed bid.
    TaskId
    /// The bytes of a proof.
    ProofHash
    /// A salted commitment to a task's inputs.
    InputsDigest
    /// The public inputs of a statement, without the tag.
    PublicInputsDigest
    /// Names one signed op: the hash of its signer and its body.
    OpId
    /// One block: the hash of its header.
    BlockHash
    /// The ledger's whole state after a block.
    StateRoot
    /// A Merkle root over a block's `(op, outcome)` leaves.
    OpsRoot
    /// A committee: its members and their voting power.
    CommitteeHash
    /// A certificate, as the next header names it.
    CertificateHash
    /// A block's body: all that is not its header.
    BodyHash
    /// A manifest of a state: its root, and the places of its chunks.
    ManifestHash
    /// A checkpoint, so that people can compare two by eye.
    CheckpointHash
}

/// BLAKE3 in a domain: `derive_key(domain)` over the parts, one after the other.
///
/// The parts are not separated: at most one of them may have a length that the domain leaves open.
pub fn hash(domain: &'static str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = DomainHasher::new(domain);
    for part in parts {
        hasher.update(part);
    }
    hasher.finish()
}

/// The state of [`hash`], for bytes that are never all in memory.
#[derive(Clone, Debug)]
pub struct DomainHasher(Box<blake3::Hasher>);

impl DomainHasher {
    /// Begins a hash in this domain.
    pub fn new(domain: &'static str) -> Self {
        Self(Box::new(blake3::Hasher::new_derive_key(domain)))
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all bytes so far.
    pub fn finish(&self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}

/// The hash that names a proof's bytes.
pub fn proof_hash(proof: &[u8]) -> ProofHash {
    ProofHash::from_bytes(hash("dpgn proof v1", &[proof]))
}
