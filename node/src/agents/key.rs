//! The key that an agent may register with, and must show from then on.

use std::fmt;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The fewest bytes of a key: fewer can be guessed.
pub const KEY_LEN_MIN: usize = 16;
/// The most bytes of a key.
pub const KEY_LEN_MAX: usize = 256;

/// A key as an agent shows it. It is wiped when dropped, and never shown.
#[derive(Clone)]
pub struct KeyShown(Zeroizing<String>);

/// What is kept of a key.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct KeyHash(blake3::Hash);

impl KeyShown {
    /// A key of a length that is allowed; `None` if it is too short or too long.
    pub fn new(key: String) -> Option<Self> {
        let key = Zeroizing::new(key);
        (KEY_LEN_MIN..=KEY_LEN_MAX).contains(&key.len()).then_some(Self(key))
    }

    /// What is kept of it as the key of a name.
    pub(super) fn hash(&self, name: Uuid) -> KeyHash {
        let mut hasher = blake3::Hasher::new_derive_key("dpgn key of an agent's name v1");
        KeyHash(hasher.update(name.as_bytes()).update(self.0.as_bytes()).finalize())
    }
}

impl KeyHash {
    /// Whether it is the hash of this key. Equality of BLAKE3 hashes takes the same time whatever they are.
    pub(super) fn is_of(&self, name: Uuid, shown: &KeyShown) -> bool {
        *self == shown.hash(name)
    }

    pub(super) fn to_hex(&self) -> String {
        self.0.to_hex().to_string()
    }

    pub(super) fn from_hex(text: &str) -> Option<Self> {
        blake3::Hash::from_hex(text).ok().map(Self)
    }
}

impl fmt::Debug for KeyShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyShown(..)")
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(..)")
    }
}
