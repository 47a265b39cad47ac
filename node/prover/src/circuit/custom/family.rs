//! What an application writes: a family of circuits, as a trait.

use super::error::Unfit;
use crate::{
    circuit::field::canonical,
    level::{D, F},
};
use plonky2::{
    iop::{
        target::Target,
        witness::{PartialWitness, WitnessWrite},
    },
    plonk::circuit_builder::CircuitBuilder,
};
use serde::{Serialize, de::DeserializeOwned};

/// A family of circuits: one for each value of its parameters.
///
/// Everybody who builds, buys or proves a circuit must get the same one from the same parameters: [`Self::build`] must depend on
/// nothing else, not on time, randomness, threads, or the order of a hash table.
pub trait CustomCircuit: 'static {
    /// The name of the family, `owner/name`: parts of lowercase letters, digits, `.`, `-` and `_` with slashes between.
    const NAME: &'static str;
    /// The version of its circuits. Whatever changes what [`Self::build`] lays is a new one.
    const VERSION: u32;
    /// The parameters that a circuit is built from. They are public.
    type Params: Serialize + DeserializeOwned;
    /// The inputs that a proof is made from. They are secret.
    type Inputs: Serialize + DeserializeOwned;
    /// The targets that [`Self::fill`] gives values to.
    type Targets: 'static;

    /// Lays the circuit. The builder has the tag's four public inputs already, and the config of the level; what is registered
    /// here follows them.
    ///
    /// Gates are those of plonky2: others could not be verified by all. Generators of the application's own work, but a circuit
    /// with such ones is built anew for each proof.
    fn build(params: &Self::Params, builder: &mut CircuitBuilder<F, D>) -> Result<Self::Targets, Unfit>;

    /// Gives the inputs' values to their targets; generators find the rest. The public inputs need no value of their own if
    /// they follow from others.
    fn fill(
        params: &Self::Params,
        inputs: &Self::Inputs,
        targets: &Self::Targets,
        values: &mut Values<'_>,
    ) -> Result<(), Unfit>;
}

/// The values of targets, as far as they are given.
pub struct Values<'a>(pub(super) &'a mut PartialWitness<F>);

impl Values<'_> {
    /// Gives a target its value, which must be below the field's order.
    pub fn set(&mut self, target: Target, value: u64) -> Result<(), Unfit> {
        let value = canonical(value).ok_or(Unfit("a value is not below the field's order"))?;
        self.0.set_target(target, value).map_err(|_| Unfit("a target would have two values"))
    }

    /// The witness itself, for what is more than a number: hashes, proofs, extension fields.
    pub fn witness(&mut self) -> &mut PartialWitness<F> {
        self.0
    }
}

/// The name of a family with its version, whatever the name is.
pub(super) fn full_name<T: CustomCircuit>() -> String {
    format!("{}@{}", T::NAME, T::VERSION)
}
