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
    /// Reads the body. Only the canonical form is taken, so that no circuit has two recipes of one version.
    pub(super) fn source(&self, limits: &CircuitLimits) -> Result<Source, SourceError> {
        match self.kind() {
            Kind::Preimage => {
                let len = u32::from_le_bytes(self.body().try_into().map_err(|_| RecipeError::NotCanonical)?);
                Self::preimage(len, limits)?;
                Ok(Source::Preimage { len })
            }
            Kind::R1cs => {
                let r1cs = R1cs::parse(self.body(), limits).map_err(RecipeError::from)?;
                if r1cs.encode() != self.body() {
                    return Err(RecipeError::NotCanonical.into());
                }
                Ok(Source::R1cs(r1cs))
            }
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
