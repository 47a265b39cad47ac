//! Witnesses over Goldilocks, as circom writes them (iden3 `.wtns`, version 2).
//!
//! A witness is secret: it is wiped when dropped, and neither `Debug` nor an error shows a value of it.

use super::{
    iden3::{Container, FileError, Format},
    limits::CircuitLimits,
};
use crate::circuit::goldilocks::Element as F;
use std::fmt;
use zeroize::Zeroizing;

const FORMAT: Format = Format { name: "wtns", magic: *b"wtns", version: 2 };
const HEADER: u32 = 1;
const VALUES: u32 = 2;
const VALUE_BYTES: u32 = 8;

/// Why a `.wtns` file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WtnsError {
    /// The bytes are not a file of this format.
    #[error(transparent)]
    File(#[from] FileError),
    /// The witness has another number of wires than the circuit.
    #[error("the witness has {got} wires, the circuit {expected}")]
    Wires {
        /// The number of wires in the witness.
        got: u32,
        /// The number that the circuit has.
        expected: u32,
    },
    /// Wire 0 is not the constant one.
    #[error("wire 0 of the witness is not 1")]
    NotOne,
}

/// The value of every wire. Wire 0 is one.
#[derive(Clone)]
pub struct Witness(Zeroizing<Vec<u64>>);

impl Witness {
    /// Reads a file for a circuit of this many wires.
    pub fn parse(bytes: &[u8], wires: u32, limits: &CircuitLimits) -> Result<Self, WtnsError> {
        let container = Container::open(bytes, FORMAT, limits.file_bytes_max, |section, offset| match section {
            HEADER | VALUES => Ok(()),
            _ => Err(WtnsError::File(FileError::UnknownSection { section, offset })),
        })?;
        let mut header = container.section(HEADER, "the header")?;
        header.goldilocks()?;
        let count = header.u32()?;
        header.finish()?;
        if count != wires {
            return Err(WtnsError::Wires { got: count, expected: wires });
        }
        let mut reader = container.section(VALUES, "the values")?;
        reader.expect(count, VALUE_BYTES)?;
        // With its full capacity from the start, no copy of it is left behind by growing.
        let mut values = Zeroizing::new(Vec::with_capacity(count as usize));
        for _ in 0..count {
            let offset = reader.offset();
            let value = reader.u64()?;
            if F::new(value).is_none() {
                return Err(FileError::NotCanonical { part: "the values", offset }.into());
            }
            values.push(value);
        }
        reader.finish()?;
        if values.first() != Some(&1) {
            return Err(WtnsError::NotOne);
        }
        Ok(Self(values))
    }

    /// The number of wires, the constant one included.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no wire: never, since wire 0 is always there.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A wire's value; zero for one that does not exist.
    pub fn get(&self, wire: u32) -> F {
        // Only canonical values have been let in.
        F::new(self.canonical(wire)).unwrap_or(F::ZERO)
    }

    /// The value of a wire as a number below the prime.
    pub fn canonical(&self, wire: u32) -> u64 {
        self.0.get(wire as usize).copied().unwrap_or(0)
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Witness({} wires)", self.0.len())
    }
}
