//! The content of a recipe, read when its circuit is built: what to lay, and for whom.

use super::{
    custom::{
        build::Custom,
        error::{CustomError, FillError},
    },
    error::{CircuitError, StoredCircuitError, WitnessError},
    limits::CircuitLimits,
    r1cs::R1cs,
    recipe::{Kind, Recipe, RecipeError},
};

/// A recipe's content, read and checked.
pub(super) enum Source {
    /// A circuit that hashes bytes with Poseidon.
    Preimage {
        /// The length of the preimage in bytes, at least one.
        len: u32,
    },
    /// A circuit of a rank-1 constraint system.
    R1cs(R1cs),
    /// A circuit that the application has added.
    Custom(Custom),
}

/// Why a recipe has no source: it is none, or this program lacks the builder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SourceError {
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error(transparent)]
    Custom(#[from] CustomError),
}

impl Recipe {
    /// Reads the body.
    pub(super) fn source(&self, limits: &CircuitLimits) -> Result<Source, SourceError> {
        match self.kind() {
            Kind::Preimage => Ok(Source::Preimage { len: self.preimage_len(limits)? }),
            Kind::R1cs => Ok(Source::R1cs(self.system(limits)?)),
            Kind::Custom => Ok(Source::Custom(Custom::of(self)?)),
        }
    }
}

impl From<SourceError> for CircuitError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Recipe(error) => error.into(),
            SourceError::Custom(error) => error.into(),
        }
    }
}

impl From<SourceError> for WitnessError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Recipe(error) => error.into(),
            SourceError::Custom(error) => FillError::from(error).into(),
        }
    }
}

impl From<SourceError> for StoredCircuitError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Recipe(error) => error.into(),
            SourceError::Custom(error) => error.into(),
        }
    }
}
