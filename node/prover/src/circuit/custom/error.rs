//! What can be wrong with a family of circuits, and what with the inputs that it is given.

use dpgn_protocol::{codec::DecodeError, verifier_data::VerifierDataError};

/// The reason why a family refuses parameters or inputs: a text of the program's own, so that it holds no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(pub &'static str);

/// Why a family has no circuit for a recipe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomError {
    /// This program has no such family, or another version of it.
    #[error("this program has no builder `{builder}`")]
    NotRegistered {
        /// The builder that the recipe names.
        builder: String,
    },
    /// The parameters are not of the family's type.
    #[error("parameters of `{builder}`: {source}")]
    Params {
        /// The builder that the recipe names.
        builder: String,
        /// The fault of the encoding.
        source: DecodeError,
    },
    /// The family refuses the parameters.
    #[error("`{builder}` refuses its parameters: {source}")]
    Unfit {
        /// The builder that the recipe names.
        builder: String,
        /// The reason that the family gives.
        source: Unfit,
    },
    /// The family's code panicked, or plonky2 did on what it laid.
    #[error("`{builder}` panicked")]
    Panicked {
        /// The builder that the recipe names.
        builder: String,
    },
    /// The family has changed what every circuit begins with.
    #[error("`{builder}` has replaced {what} of the circuit")]
    Replaced {
        /// The builder that the recipe names.
        builder: String,
        /// The part that is not as it was handed over.
        what: &'static str,
    },
    /// The circuit has a gate that is none of plonky2's own.
    #[error("`{builder}` uses a gate that others cannot verify")]
    ForeignGate {
        /// The builder that the recipe names.
        builder: String,
    },
    /// The circuit is none that a network verifies.
    #[error("`{builder}`: {source}")]
    Unverifiable {
        /// The builder that the recipe names.
        builder: String,
        /// The rule that its verifier data break.
        source: VerifierDataError,
    },
}

/// Why a circuit of a family can't be proven with these inputs. Never says a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// The circuit itself can't be drafted.
    #[error(transparent)]
    Circuit(#[from] CustomError),
    /// The inputs are not of the family's type.
    #[error("the inputs are not of the type that `{builder}` takes")]
    Type {
        /// The builder that the recipe names.
        builder: String,
    },
    /// The family refuses the inputs.
    #[error("`{builder}` refuses the inputs: {source}")]
    Unfit {
        /// The builder that the recipe names.
        builder: String,
        /// The reason that the family gives.
        source: Unfit,
    },
    /// The family's code panicked on the inputs.
    #[error("`{builder}` panicked on the inputs")]
    Panicked {
        /// The builder that the recipe names.
        builder: String,
    },
    /// The inputs contradict each other, or something is missing.
    #[error("the inputs do not satisfy the circuit: {reason}")]
    Unsatisfied {
        /// The place at which they do not, without a value.
        reason: String,
    },
}
