//! A family whose type is known, as functions for where it is not: from bytes to parameters and inputs, and to what it lays.

use super::{
    error::{CustomError, FillError},
    family::{CustomCircuit, Values},
};
use crate::{
    circuit::recipe::Inputs,
    level::{D, F},
};
use dpgn_protocol::{codec, limits::INPUTS_BYTES_MAX};
use plonky2::{iop::witness::PartialWitness, plonk::circuit_builder::CircuitBuilder};

/// Drafts the circuit of a family, whose name, version included, and parameters come first.
pub(super) type Draft = fn(&str, &[u8], &mut CircuitBuilder<F, D>) -> Result<Fill, CustomError>;
/// Fills the witness of a circuit that was drafted.
pub(super) type Fill = Box<dyn FnOnce(&Inputs, &mut PartialWitness<F>) -> Result<(), FillError>>;

/// The draft of a family whose type is known, for the registry, where it is not.
pub(super) fn draft<T: CustomCircuit>(
    builder: &str,
    params: &[u8],
    circuit: &mut CircuitBuilder<F, D>,
) -> Result<Fill, CustomError> {
    let name = builder.to_owned();
    let decoded = codec::decode::<T::Params>(params, params.len());
    let params = decoded.map_err(|source| CustomError::Params { builder: name.clone(), source })?;
    let targets = T::build(&params, circuit).map_err(|source| CustomError::Unfit { builder: name.clone(), source })?;
    Ok(Box::new(move |inputs, witness| {
        // What an encoding is refused for may hold a value: it is not told.
        let limit = usize::try_from(INPUTS_BYTES_MAX).unwrap_or(usize::MAX);
        let Ok(inputs) = codec::decode::<T::Inputs>(inputs.as_bytes(), limit) else {
            return Err(FillError::Type { builder: name });
        };
        T::fill(&params, &inputs, &targets, &mut Values(witness))
            .map_err(|source| FillError::Unfit { builder: name, source })
    }))
}
