//! Circuits: what is proven, from the bytes a task brings to a plonky2 circuit and its witness.
//!
//! ```text
//! circuit_data ─ Envelope ─┬─ Recipe ── build ──> Circuit ── id, verifier data
//!                          └─ Inputs ── assign ─────┴──────> witness for the prover
//! ```
//!
//! Every circuit begins with four public inputs that no constraint touches: the tag, which binds a proof to
//! one award of one task. The circuit's own public inputs follow.
//!
//! What must never happen: two honest builders get different circuits from one recipe; a constraint is
//! weakened on its way; a byte from outside makes this allocate or panic; a witness value shows in an error.

#[cfg(feature = "plonky2")]
mod build;
mod builders;
#[cfg(feature = "plonky2")]
pub(crate) mod committed;
pub mod custom;
#[cfg(feature = "plonky2")]
pub(crate) mod encoding;
pub mod envelope;
pub mod error;
#[cfg(feature = "plonky2")]
mod field;
#[cfg(feature = "plonky2")]
mod frame;
mod goldilocks;
mod iden3;
#[cfg(feature = "plonky2")]
pub mod inspect;
mod known;
pub mod limits;
pub mod lint;
mod plan;
#[cfg(feature = "plonky2")]
mod preimage;
pub mod r1cs;
pub mod recipe;
#[cfg(feature = "plonky2")]
mod rows;
pub mod samples;
pub mod satisfy;
#[cfg(feature = "plonky2")]
mod source;
#[cfg(feature = "plonky2")]
mod stored;
pub mod sym;
#[cfg(feature = "plonky2")]
mod translate;
pub mod wtns;

#[cfg(feature = "plonky2")]
pub use self::{
    build::{Circuit, build, public_inputs},
    custom::{CustomCircuit, register},
    frame::TAG_LEN,
    inspect::{Inspection, PublicSignal, inspect},
    translate::Watch,
};
pub use self::{
    builders::builders,
    custom::{CustomError, FillError},
    envelope::{Envelope, EnvelopeError, Subject},
    error::{CircuitError, StoredCircuitError, WitnessError},
    goldilocks::Element,
    iden3::FileError,
    known::known_public_inputs,
    limits::{CircuitLimits, HANDED_OUT_BYTES_MAX},
    lint::{Lint, Severity, lint},
    r1cs::{R1cs, R1csError},
    recipe::{INPUTS_DOMAIN, Inputs, Kind, PREIMAGE_BUILDER, R1CS_BUILDER, RECIPE_DOMAIN, Recipe, RecipeError},
    satisfy::Unsatisfied,
    sym::{Sym, SymError},
    wtns::{Witness, WtnsError},
};
