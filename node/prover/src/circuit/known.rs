//! What inputs make public, as far as this process may find out by itself: it runs no code of an application's, and hashes nothing
//! if it is built without plonky2. Workers find out the rest.

#[cfg(feature = "plonky2")]
use super::preimage;
use super::{
    error::WitnessError,
    limits::CircuitLimits,
    r1cs::R1cs,
    recipe::{Inputs, Kind, Recipe},
    satisfy,
    sym::Sym,
    wtns::Witness,
};

/// The public inputs, without the tag, that a proof of this recipe with these inputs will show; `None` if a worker has to find
/// them. A witness is checked against every constraint.
pub fn known_public_inputs(recipe: &Recipe, inputs: &Inputs) -> Result<Option<Vec<u64>>, WitnessError> {
    let limits = CircuitLimits::default();
    match recipe.kind() {
        Kind::Preimage => Ok(hashed(preimage_of(recipe.preimage_len(&limits)?, inputs)?)),
        Kind::R1cs => public_wires(&recipe.system(&limits)?, inputs).map(Some),
        Kind::Custom => Ok(None),
    }
}

#[cfg(feature = "plonky2")]
fn hashed(preimage: &[u8]) -> Option<Vec<u64>> {
    Some(preimage::public_inputs(preimage))
}

/// The hash is plonky2's, which this build does not have.
#[cfg(not(feature = "plonky2"))]
fn hashed(_preimage: &[u8]) -> Option<Vec<u64>> {
    None
}

/// The bytes of a preimage, as many as the circuit takes.
pub(super) fn preimage_of(len: u32, inputs: &Inputs) -> Result<&[u8], WitnessError> {
    let got = inputs.as_bytes().len() as u64;
    if got != u64::from(len) {
        return Err(WitnessError::PreimageLength { got, expected: len });
    }
    Ok(inputs.as_bytes())
}

/// The values of the public wires, if the witness satisfies the system.
pub(super) fn public_wires(r1cs: &R1cs, inputs: &Inputs) -> Result<Vec<u64>, WitnessError> {
    let witness = witness_of(r1cs, inputs)?;
    Ok(r1cs.public_wires().map(|wire| witness.canonical(wire)).collect())
}

/// Reads a witness and checks it against every constraint.
pub(super) fn witness_of(r1cs: &R1cs, inputs: &Inputs) -> Result<Witness, WitnessError> {
    let witness = Witness::parse(inputs.as_bytes(), r1cs.wires(), &CircuitLimits::default())?;
    satisfy::check(r1cs, &witness)?;
    Ok(witness)
}

impl WitnessError {
    /// Adds names to an error that speaks of a constraint.
    pub fn named(self, recipe: &Recipe, sym: &Sym) -> Self {
        match (self, recipe.kind(), recipe.system(&CircuitLimits::default())) {
            (Self::Unsatisfied(failed), Kind::R1cs, Ok(r1cs)) => Self::Unsatisfied(failed.named(&r1cs, sym)),
            (other, _, _) => other,
        }
    }
}
