//! Why a job has no result although its worker is fine: what it was given is wrong, or this prover could not.
//!
//! The two are types of their own: the first may be held against whoever sent it, the second never.

use dpgn_protocol::{
    ids::{CircuitId, RecipeDigest},
    units::Degree,
};
use serde::{Deserialize, Serialize};

/// Why a job's own data are refused: every honest prover finds the same.
///
/// A `reason` is for people. It never holds a value of a witness.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum JobRefused {
    /// The bytes handed in are another recipe.
    #[error("the bytes are recipe {got}, not {expected}")]
    OtherRecipe {
        /// The digest that was named.
        expected: RecipeDigest,
        /// The digest of the bytes.
        got: RecipeDigest,
    },
    /// The bytes have the right digest and are no recipe, or one for another builder.
    #[error("no recipe: {reason}")]
    Recipe {
        /// The reason that the reader of recipes gave.
        reason: String,
    },
    /// No circuit can be built from the recipe.
    #[error("no circuit: {reason}")]
    Circuit {
        /// The reason that the builder of circuits gave.
        reason: String,
    },
    /// The circuit has more rows than the caller allows: more than are registered for it.
    #[error("the circuit has at least {rows_at_least} rows: the limit is 2^{limit}")]
    TooManyRows {
        /// The rows counted before building stopped; the circuit has this many or more.
        rows_at_least: u64,
        /// The largest degree allowed, as the base-2 logarithm of the rows.
        limit: Degree,
    },
    /// The recipe builds another circuit.
    #[error("the recipe builds circuit {got}, not {expected}")]
    OtherCircuit {
        /// The circuit that was named.
        expected: CircuitId,
        /// The circuit that was built.
        got: CircuitId,
    },
    /// The inputs do not fit the circuit, or do not satisfy it.
    #[error("the inputs do not do: {reason}")]
    Inputs {
        /// The check that the inputs failed, in words that hold no value of the witness.
        reason: String,
    },
    /// The verifier data are none that our circuits have. Says nothing about the proof.
    #[error("no verifier data: {reason}")]
    VerifierData {
        /// The reason that the reader of verifier data gave.
        reason: String,
    },
}

/// Why this prover could not do a job; says nothing about what it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum JobUnable {
    /// The node's own file of the recipe holds other bytes: it is to be thrown away and fetched anew.
    #[error("the file of recipe {expected} holds {got}")]
    RottenRecipe {
        /// The digest the file is named by.
        expected: RecipeDigest,
        /// The digest of its bytes.
        got: RecipeDigest,
    },
    /// The circuit could not be built or written down by this program.
    #[error("no circuit: {reason}")]
    Build {
        /// The step of building or writing the circuit that failed.
        reason: String,
    },
    /// Proving failed, though circuit and inputs were fine.
    #[error("no proof: {reason}")]
    Prove {
        /// The step of proving that failed.
        reason: String,
    },
    /// The check of a proof came to no end. Says nothing about the proof.
    #[error("no verdict: {reason}")]
    NoVerdict {
        /// The step of the check that failed.
        reason: String,
    },
    /// Building a circuit, or proving it where it is built for that, takes more memory than the worker may have. Found out before
    /// the proof is begun, and as far as rows can be counted before the build is.
    #[error(
        "the circuit takes {} MiB of memory at least, and a worker may have {}: raise `memory_bytes_max` (prover.memory_mib_max)",
        needed.div_ceil(1 << 20),
        allowed >> 20
    )]
    Memory {
        /// The fewest bytes that it takes.
        needed: u64,
        /// The most bytes that the worker may have.
        allowed: u64,
    },
    /// This program has no such builder: an application's circuits are built by programs that have registered it.
    #[error("the worker program has no builder `{builder}`: only programs that have registered it build its circuits")]
    NoBuilder {
        /// The builder that the recipe names, as `owner/name@version`.
        builder: String,
    },
}
