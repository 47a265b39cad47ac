//! A built circuit on disk: plonky2's own encoding behind a head that says what it is.
//!
//! plonky2's reader trusts its bytes and may abort the process on others, so it sees none that are not,
//! by their checksum, exactly what this program wrote. A file like that is a cache, never taken from a peer.

use super::{build::Circuit, error::StoredCircuitError, limits::CircuitLimits, recipe::Recipe};
use crate::level::{C, D, F};
use dpgn_protocol::{ids::hash, units::Level};
use plonky2::{
    plonk::circuit_data::CircuitData,
    util::serialization::{DefaultGateSerializer, DefaultGeneratorSerializer},
};

/// Format and plonky2's version: a file of another one is not read.
const MAGIC: &[u8; 24] = b"dpgn circuit plonky2 1.1";
const DIGEST: usize = 32;
/// Bytes before the circuit itself: magic word, level, recipe, checksum.
const HEAD: usize = MAGIC.len() + 1 + 2 * DIGEST;

impl Circuit {
    /// The circuit built from `recipe`, as bytes for [`Circuit::from_bytes`]. They grow with the rows: 36 MB at
    /// 2^12, 572 MB at 2^16.
    pub fn to_bytes(&self, recipe: &Recipe) -> Result<Vec<u8>, StoredCircuitError> {
        let generators = DefaultGeneratorSerializer::<C, D>::default();
        let body = self.data.to_bytes(&DefaultGateSerializer, &generators).map_err(|_| StoredCircuitError::Decoding)?;
        let mut out = Vec::with_capacity(HEAD + body.len());
        out.extend(MAGIC);
        out.push(self.level().get());
        out.extend(recipe.digest().as_bytes());
        out.extend(checksum(self.level(), recipe, &body));
        out.extend(body);
        Ok(out)
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
        if sum != checksum(level, recipe, body) {
            return Err(StoredCircuitError::Checksum);
        }
        let generators = DefaultGeneratorSerializer::<C, D>::default();
        let data = CircuitData::<F, C, D>::from_bytes(body, &DefaultGateSerializer, &generators)
            .map_err(|_| StoredCircuitError::Decoding)?;
        let source = recipe.source(&CircuitLimits::default())?;
        Self::of(data, level, source).ok_or(StoredCircuitError::Decoding)
    }
}

fn checksum(level: Level, recipe: &Recipe, body: &[u8]) -> [u8; DIGEST] {
    hash("dpgn stored circuit v1", &[&[level.get()], recipe.digest().as_bytes(), body])
}
