//! Kind 3: circuits of an application's own, written for plonky2 and found by their name.
//!
//! An application [registers](register) families of circuits before it calls [`worker_main`](crate::worker_main). A recipe
//! names a family and holds parameters; the worker of whoever has that family builds the circuit from them and fills its
//! witness from typed inputs. Whoever checks a proof needs neither: verifier data are enough, as for every kind.
//!
//! The family's code is its owner's and runs in workers alone; it is trusted to be the same everywhere, and to nothing else. What
//! it lays is compared by the circuit's id wherever it is built. What must never happen: a circuit without the tag, or of another
//! config, or that is blinded too little; a panic that takes more than its job along; a text of the application's that holds a
//! value of a witness.

pub(super) mod build;
mod draft;
pub(super) mod error;
mod family;
pub(super) mod name;
mod registry;

pub use self::{
    error::{CustomError, FillError, Unfit},
    family::{CustomCircuit, Values},
    name::NAME_BYTES_MAX,
    registry::{RegisterError, builders, register},
};
pub(super) use build::{Custom, build, public_inputs};
pub(crate) use registry::close;

use super::{
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
        Ok(Self::named(name::full_name::<T>(), params, limits)?)
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
    let name = name::full_name::<T>();
    if name::is_builder(&name) { Ok(name) } else { Err(RecipeError::Name { got: name }) }
}
