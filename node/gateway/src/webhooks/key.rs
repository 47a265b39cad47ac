//! The keys that sign webhooks: Ed25519, one for each endpoint. Public keys are written `whpk_` and base64; private ones
//! never leave this node.

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer, SigningKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::fmt;
use zeroize::Zeroizing;

/// How a private key begins where it is stored.
const PRIVATE: &str = "whsk_";
/// How a public key begins.
const PUBLIC: &str = "whpk_";
/// The name of this kind of signature.
const SCHEME: &str = "v1a";

/// A key that signs for one endpoint.
#[derive(Clone)]
pub(super) struct Key(SigningKey);

impl Key {
    /// A fresh key; an error if the system gives no random bytes.
    pub(super) fn generate() -> Result<Self, getrandom::Error> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut())?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The public key, as a receiver is given it.
    pub(super) fn public(&self) -> String {
        format!("{PUBLIC}{}", STANDARD.encode(self.0.verifying_key().as_bytes()))
    }

    /// The signature of a message's id, the time in seconds and the body, as the header has it.
    pub(super) fn sign(&self, id: &str, seconds: u64, body: &str) -> String {
        let signature = self.0.sign(format!("{id}.{seconds}.{body}").as_bytes());
        format!("{SCHEME},{}", STANDARD.encode(signature.to_bytes()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.public())
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let seed = Zeroizing::new(self.0.to_bytes());
        let text = Zeroizing::new(format!("{PRIVATE}{}", STANDARD.encode(seed.as_slice())));
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let seed = text.strip_prefix(PRIVATE).and_then(|text| STANDARD.decode(text).ok()).map(Zeroizing::new);
        let seed = seed.and_then(|seed| <[u8; 32]>::try_from(seed.as_slice()).ok()).map(Zeroizing::new);
        // The text itself is never repeated.
        seed.map(|seed| Self(SigningKey::from_bytes(&seed)))
            .ok_or_else(|| D::Error::custom("it is no key of a webhook"))
    }
}
