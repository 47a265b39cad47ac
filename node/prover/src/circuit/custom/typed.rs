//! Parameters and inputs of a family whose type is known, as recipe, inputs and envelope.

use super::{
    family::{CustomCircuit, full_name},
    name,
};
use crate::circuit::{
    envelope::EnvelopeError,
    limits::CircuitLimits,
    recipe::{Inputs, Recipe, RecipeError},
};
use dpgn_protocol::codec;
use zeroize::Zeroizing;

impl Recipe {
    /// The recipe of the circuit that a family has for these parameters.
    pub fn custom<T: CustomCircuit>(params: &T::Params, limits: &CircuitLimits) -> Result<Self, EnvelopeError> {
        let params = codec::encode(params).map_err(|_| EnvelopeError::Unencodable { what: "parameters" })?;
        Ok(Self::named(full_name::<T>(), params, limits)?)
    }
}

impl Inputs {
    /// The inputs of a circuit of a family.
    pub fn custom<T: CustomCircuit>(inputs: &T::Inputs) -> Result<Self, EnvelopeError> {
        codec::encode(inputs).map(Self::new).map_err(|_| EnvelopeError::Unencodable { what: "inputs" })
    }
}

/// The envelope that asks for a proof by a circuit of a family: `circuit_data` of a task. It holds the inputs, which are secret.
pub fn envelope<T: CustomCircuit>(params: &T::Params, inputs: &T::Inputs) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    Recipe::custom::<T>(params, &CircuitLimits::default())?.envelope(&Inputs::custom::<T>(inputs)?)
}

/// The family's name as bids and asks have it, `owner/name@version`; an error if it is no such name.
pub fn builder_name<T: CustomCircuit>() -> Result<String, RecipeError> {
    let name = full_name::<T>();
    if name::is_builder(&name) { Ok(name) } else { Err(RecipeError::Name { got: name }) }
}
