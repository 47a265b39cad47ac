//! A built circuit on disk: plonky2's own encoding behind a head that says what it is.
//!
//! plonky2's reader trusts its bytes and may abort the process on others, so it sees none that are not,
//! by their checksum, exactly what this program wrote. A file like that is a cache, never taken from a peer.

use super::{
    build::Circuit,
    encoding::{Exact, Sink},
    error::StoredCircuitError,
    limits::CircuitLimits,
    recipe::Recipe,
};
use crate::level::{C, D, F};
use dpgn_protocol::{ids::DomainHasher, units::Level};
use plonky2::util::serialization::{DefaultGateSerializer, DefaultGeneratorSerializer, Read, Write};
use std::io::{self, Cursor};

/// Format and plonky2's version: a file of another one is not read.
const MAGIC: &[u8; 24] = b"dpgn circuit plonky2 1.1";
const DIGEST: usize = 32;
/// Bytes before the circuit itself: magic word, level, recipe, checksum.
const HEAD: usize = MAGIC.len() + 1 + 2 * DIGEST;

impl Circuit {
    /// The circuit built from `recipe`, as bytes for [`Circuit::from_bytes`]. They grow with the rows: 36 MB at
    /// 2^12, 572 MB at 2^16.
    pub fn to_bytes(&self, recipe: &Recipe) -> Result<Vec<u8>, StoredCircuitError> {
        let mut out = Cursor::new(Vec::new());
        self.write(recipe, &mut out, u64::MAX)?;
        Ok(out.into_inner())
    }

    /// Writes those bytes, `bytes_max` at most, and never has them all in memory.
    pub fn write(
        &self,
        recipe: &Recipe,
        to: &mut (impl io::Write + io::Seek),
        bytes_max: u64,
    ) -> Result<(), StoredCircuitError> {
        let failed = |error: io::Error| StoredCircuitError::Io(error.kind());
        let limit = bytes_max.checked_sub(HEAD as u64).ok_or(StoredCircuitError::TooLarge { limit: bytes_max })?;
        let head = [MAGIC.as_slice(), &[self.level().get()], recipe.digest().as_bytes()].concat();
        to.write_all(&head).and_then(|()| to.write_all(&[0; DIGEST])).map_err(failed)?;
        let generators = DefaultGeneratorSerializer::<C, D>::default();
        let sink = Sink::new(to, checksum(self.level(), recipe), limit);
        let (body, sum) = sink.fill(|sink| sink.write_circuit_data(&self.data, &DefaultGateSerializer, &generators))?;
        // The checksum is known at the end, and stands before the body.
        let back = i64::try_from(body).map_err(|_| StoredCircuitError::TooLarge { limit })?;
        to.seek_relative(-back - DIGEST as i64).and_then(|()| to.write_all(&sum)).map_err(failed)?;
        to.seek_relative(back).map_err(failed)
    }

    /// Reads what [`Circuit::to_bytes`] wrote for this recipe and level.
    pub fn from_bytes(recipe: &Recipe, level: Level, bytes: &[u8]) -> Result<Self, StoredCircuitError> {
        let length = StoredCircuitError::Length { got: bytes.len() as u64, expected: HEAD as u64 };
        let (head, body) = bytes.split_at_checked(HEAD).ok_or(length)?;
        let (magic, head) = head.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(StoredCircuitError::Version);
        }
        let (name, sum) = head.split_at(1 + DIGEST);
        if name[0] != level.get() || name[1..] != recipe.digest().as_bytes()[..] {
            return Err(StoredCircuitError::OtherCircuit);
        }
        let mut hasher = checksum(level, recipe);
        hasher.update(body);
        if sum != hasher.finish() {
            return Err(StoredCircuitError::Checksum);
        }
        let generators = DefaultGeneratorSerializer::<C, D>::default();
        let data = Exact(body).read_circuit_data::<F, C, D>(&DefaultGateSerializer, &generators);
        let data = data.map_err(|_| StoredCircuitError::Decoding)?;
        let source = recipe.source(&CircuitLimits::default())?;
        Self::of(data, level, source).ok_or(StoredCircuitError::Decoding)
    }
}

/// The hash of a circuit's bytes, which are still to come.
fn checksum(level: Level, recipe: &Recipe) -> DomainHasher {
    let mut hasher = DomainHasher::new("dpgn stored circuit v1");
    hasher.update(&[level.get()]);
    hasher.update(recipe.digest().as_bytes());
    hasher
}
