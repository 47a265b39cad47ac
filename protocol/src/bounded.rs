//! Lists, bytes and texts that cannot be decoded without a limit.
//!
//! The limit is part of the type: a claimed length above it is refused before anything is allocated.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, SeqAccess, Visitor},
};
use std::{fmt, marker::PhantomData, ops::Deref};

/// More was given than the type holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{got} are too many: the limit is {limit}")]
pub struct TooMany {
    /// The number of items that were given.
    pub got: usize,
    /// The number that the type holds at most.
    pub limit: usize,
}

const fn fits(got: usize, limit: usize) -> Result<(), TooMany> {
    if got > limit { Err(TooMany { got, limit }) } else { Ok(()) }
}

/// A list of at most `MAX` items.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct List<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> List<T, MAX> {
    /// Checks the number of items.
    pub fn new(items: Vec<T>) -> Result<Self, TooMany> {
        fits(items.len(), MAX)?;
        Ok(Self(items))
    }

    /// Gives up the bound and returns the items.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: usize> Deref for List<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Serialize, const MAX: usize> Serialize for List<T, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T, const MAX: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Items<T, MAX> {
            type Value = List<T, MAX>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "at most {MAX} items")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                fits(seq.size_hint().unwrap_or(0), MAX).map_err(A::Error::custom)?;
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    fits(items.len() + 1, MAX).map_err(A::Error::custom)?;
                    items.push(item);
                }
                Ok(List(items))
            }
        }

        deserializer.deserialize_seq(Items(PhantomData))
    }
}

/// A string of at most `MAX` bytes.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes<const MAX: usize>(Vec<u8>);

impl<const MAX: usize> Bytes<MAX> {
    /// Checks the number of bytes.
    pub fn new(bytes: Vec<u8>) -> Result<Self, TooMany> {
        fits(bytes.len(), MAX)?;
        Ok(Self(bytes))
    }

    /// Gives up the bound and returns the bytes.
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}

impl<const MAX: usize> Deref for Bytes<MAX> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<const MAX: usize> fmt::Debug for Bytes<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({} bytes)", self.0.len())
    }
}

impl<const MAX: usize> Serialize for Bytes<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Bytes<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Raw<const MAX: usize>;

        impl<'de, const MAX: usize> Visitor<'de> for Raw<MAX> {
            type Value = Bytes<MAX>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "at most {MAX} bytes")
            }

            // A slice borrowed from the input: nothing is allocated before the check.
            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                fits(bytes.len(), MAX).map_err(E::custom)?;
                Ok(Bytes(bytes.to_vec()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                let list = List::<u8, MAX>::deserialize(serde::de::value::SeqAccessDeserializer::new(seq))?;
                Ok(Bytes(list.into_vec()))
            }
        }

        deserializer.deserialize_bytes(Raw)
    }
}

/// A short text: at most `MAX` bytes of printable ASCII, so it can go to a terminal or a log as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(String);

/// Why a text was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The text is too long.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The text holds something other than printable ASCII.
    #[error("byte {at} is not printable ASCII")]
    NotPrintable {
        /// The position of the first such byte, from 0.
        at: usize,
    },
}

impl<const MAX: usize> Text<MAX> {
    /// Makes a text of these characters, if they are few enough and allowed.
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        fits(text.len(), MAX)?;
        match text.bytes().position(|b| !(b' '..=b'~').contains(&b)) {
            Some(at) => Err(TextError::NotPrintable { at }),
            None => Ok(Self(text)),
        }
    }

    /// Returns the text, which is printable ASCII.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Printable<const MAX: usize>;

        impl<const MAX: usize> Visitor<'_> for Printable<MAX> {
            type Value = Text<MAX>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "at most {MAX} printable ASCII characters")
            }

            // A slice borrowed from the input: nothing is allocated before the check.
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                fits(text.len(), MAX).map_err(E::custom)?;
                Text::new(text).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Printable)
    }
}
