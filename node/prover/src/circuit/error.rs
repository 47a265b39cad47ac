//! What can be wrong with a circuit, and what with its inputs. The two are blamed on different things.

use super::{
    custom::error::{CustomError, FillError},
    recipe::RecipeError,
    satisfy::Unsatisfied,
    wtns::WtnsError,
};
use dpgn_protocol::units::Degree;
use std::io;

/// Why no circuit was built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CircuitError {
    /// The recipe is malformed or not for this builder.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The circuit has more rows than allowed. Found out before they are all built.
    #[error("the circuit has at least {rows_at_least} rows; 2^{degree_max} are allowed")]
    TooLarge {
        /// The rows counted before the count was stopped; the circuit has this many or more.
        rows_at_least: u64,
        /// The largest degree allowed, as the base-2 logarithm of the rows.
        degree_max: Degree,
    },
    /// A constraint between constants that is false: the circuit has no proof.
    #[error("no witness satisfies constraint {constraint}")]
    Contradiction {
        /// The index of the constraint, from 0 in the order of the `.r1cs` file.
        constraint: usize,
    },
    /// The build was called off.
    #[error("the build was cancelled")]
    Cancelled,
    /// plonky2 built another degree than was forecast: a defect of this program, not of the recipe.
    #[error("the circuit was to have 2^{forecast} rows; plonky2 built 2^{built}")]
    Forecast {
        /// The degree that rows and blinding were counted for.
        forecast: Degree,
        /// The base-2 logarithm of the rows that are there.
        built: usize,
    },
    /// Nothing could be committed to: a defect of this machine or of this program.
    #[error("the circuit's commitment was not made: {reason}")]
    Uncommitted {
        /// The reason of whoever was to commit.
        reason: String,
    },
    /// plonky2 could not write the circuit down.
    #[error("plonky2 could not serialise the circuit")]
    Encoding,
    /// The application's builder has no circuit for the recipe.
    #[error(transparent)]
    Custom(#[from] CustomError),
}

/// Why a circuit can't be proven with these inputs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// The recipe the inputs are for is malformed.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The `.wtns` file is malformed or for another circuit.
    #[error(transparent)]
    Wtns(#[from] WtnsError),
    /// The witness breaks a constraint.
    #[error(transparent)]
    Unsatisfied(#[from] Unsatisfied),
    /// A preimage of another length than the circuit's.
    #[error("a preimage of {got} bytes; the circuit is for {expected}")]
    PreimageLength {
        /// The length that was given, in bytes.
        got: u64,
        /// The number that the circuit has.
        expected: u32,
    },
    /// A part of the tag that is not a field element.
    #[error("element {index} of the tag is not below the prime")]
    Tag {
        /// The index of the tag's element, 0 to 3.
        index: usize,
    },
    /// The inputs are none of an application's circuit, or do not satisfy it.
    #[error(transparent)]
    Custom(#[from] FillError),
}

/// Why a stored circuit was not read back. Whatever the reason, it can be built again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoredCircuitError {
    /// The file is too short to have a head.
    #[error("a stored circuit of {got} bytes; its head alone has {expected}")]
    Length {
        /// The number of bytes that are there.
        got: u64,
        /// The length of a head, in bytes.
        expected: u64,
    },
    /// The file was written by another version of this program.
    #[error("a stored circuit of another version")]
    Version,
    /// The checksum doesn't match: the file has changed since it was written.
    #[error("a stored circuit with a wrong checksum")]
    Checksum,
    /// Built from another recipe, or at another level.
    #[error("a stored circuit of another recipe or level")]
    OtherCircuit,
    /// Written down, the circuit has more bytes than it may have.
    #[error("a stored circuit of more than {limit} bytes")]
    TooLarge {
        /// The most bytes that it may have.
        limit: u64,
    },
    /// The system refused to write it.
    #[error("writing a circuit: {0}")]
    Io(io::ErrorKind),
    /// The recipe itself is malformed.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The application's builder has no circuit for the recipe.
    #[error(transparent)]
    Custom(#[from] CustomError),
    /// plonky2 could not read or write it.
    #[error("plonky2 could not read or write the stored circuit")]
    Decoding,
}
