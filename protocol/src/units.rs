//! Amounts, times and small numbers as types: checked integers, never floats.
//!
//! Nothing here wraps. What does not fit is `None` or a typed error.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use std::fmt;

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident($inner:ty))*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name($inner);

        impl $name {
            /// Makes the amount from a bare number.
            pub const fn new(value: $inner) -> Self {
                Self(value)
            }

            /// Returns the bare number, in the unit of the type.
            pub const fn get(self) -> $inner {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

numbers! {
    /// An amount of micro-credits: never wraps, never negative.
    Credits(u64)
    /// A point in time: milliseconds since the Unix epoch. In the ledger always the block's.
    Timestamp(u64)
    /// A length of time in milliseconds.
    Millis(u64)
    /// A block's position. The genesis is height 0, the first block height 1.
    Height(u64)
    /// A committee's time in office.
    Epoch(u64)
    /// A committee member's weight in votes.
    Power(u64)
    /// Parts per million, for ratios and scores.
    Ppm(u32)
}

impl Credits {
    /// The amount of no credits.
    pub const ZERO: Self = Self(0);
    /// More than anybody can have: the bound of whoever sets none.
    pub const MAX: Self = Self(u64::MAX);

    /// The sum, if it fits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, if there is that much.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The difference, at least nothing.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The sum, at most what fits.
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The share of the amount, rounded up: a fee is never lost to rounding.
    pub fn share(self, part: Ppm) -> Self {
        let share = (u128::from(self.0) * u128::from(part.0)).div_ceil(u128::from(Ppm::ONE.0));
        Self(u64::try_from(share).unwrap_or(u64::MAX))
    }
}

impl Ppm {
    /// The whole: 1,000,000 parts per million.
    pub const ONE: Self = Self(1_000_000);

    /// `part / whole` in parts per million, at most one; one if `whole` is zero.
    pub fn ratio(part: u64, whole: u64) -> Self {
        if whole == 0 {
            return Self::ONE;
        }
        let ppm = u128::from(part.min(whole)) * u128::from(Self::ONE.0) / u128::from(whole);
        Self(u32::try_from(ppm).unwrap_or(Self::ONE.0))
    }

    /// The share that is missing to the whole.
    pub fn complement(self) -> Self {
        Self(Self::ONE.0.saturating_sub(self.0))
    }
}

impl Timestamp {
    /// Later by this much; stays at the end of time rather than wrap.
    pub fn after(self, span: Millis) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// Earlier by this much; stays at the start of time rather than wrap.
    pub fn before(self, span: Millis) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// The time since `earlier`; zero if that is still to come.
    pub fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}

impl Millis {
    /// A time of this many seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000))
    }

    /// Adds, and stops at the largest number.
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// A time that many times as long.
    pub fn saturating_mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

/// A count that something is divided by.
const fn at_least_one(count: u64) -> u64 {
    if count == 0 { 1 } else { count }
}

impl Height {
    /// The epoch that this height falls into, if an epoch has so many blocks. The first block opens epoch 0, and the
    /// genesis belongs to it.
    pub const fn epoch(self, epoch_blocks: u64) -> Epoch {
        Epoch(self.0.saturating_sub(1) / at_least_one(epoch_blocks))
    }

    /// The last height of the epoch that the next height falls into, if an epoch has so many blocks.
    pub const fn next_border(self, epoch_blocks: u64) -> Self {
        let blocks = at_least_one(epoch_blocks);
        Self((self.0 / blocks).saturating_add(1).saturating_mul(blocks))
    }

    /// Returns the height one above.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// A number outside its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is {min} to {max}; got {got}")]
pub struct OutOfRange {
    /// The name of the number that is out of range.
    pub what: &'static str,
    /// The number that was given.
    pub got: u64,
    /// The least that is allowed.
    pub min: u64,
    /// The most that is allowed.
    pub max: u64,
}

macro_rules! ranged {
    ($($(#[$doc:meta])* $name:ident = $what:literal, $min:literal ..= $max:literal)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(u8);

        impl $name {
            /// The smallest number allowed.
            pub const MIN: Self = Self($min);
            /// The largest number allowed.
            pub const MAX: Self = Self($max);

            /// Makes the number if it is in range.
            pub const fn new(value: u8) -> Result<Self, OutOfRange> {
                #[allow(unused_comparisons, clippy::absurd_extreme_comparisons, reason = "a range may start at 0")]
                if value < $min || value > $max {
                    return Err(OutOfRange { what: $what, got: value as u64, min: $min, max: $max });
                }
                Ok(Self(value))
            }

            /// Returns the bare number, in the unit of the type.
            pub const fn get(self) -> u8 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<De: Deserializer<'de>>(deserializer: De) -> Result<Self, De::Error> {
                Self::new(u8::deserialize(deserializer)?).map_err(De::Error::custom)
            }
        }
    )*};
}

ranged! {
    /// A privacy level. 1 and 2: the witness is public to whoever gets the proof. 3 to 5: zero-knowledge.
    /// 6 to 255 are reserved and refused.
    Level = "privacy level", 1 ..= 5
    /// The base-2 logarithm of a circuit's padded rows.
    Degree = "degree", 0 ..= 24
    /// The hurry of a bid, 0 to 100; the fee rises with it.
    Priority = "priority", 0 ..= 100
}

impl Level {
    /// All levels, from the least private.
    pub fn all() -> impl Iterator<Item = Self> {
        (Self::MIN.0..=Self::MAX.0).map(Self)
    }

    /// Whether a proof hides the witness from whoever holds it (levels 3 to 5).
    pub const fn is_private(self) -> bool {
        self.0 >= 3
    }
}

impl Degree {
    /// Padded rows: a power of two.
    pub const fn rows(self) -> u64 {
        1 << self.0
    }
}
