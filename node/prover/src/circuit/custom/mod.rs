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

#[cfg(feature = "plonky2")]
pub(super) mod build;
#[cfg(feature = "plonky2")]
mod draft;
pub(super) mod error;
#[cfg(feature = "plonky2")]
mod family;
pub(super) mod name;
#[cfg(feature = "plonky2")]
mod registry;
#[cfg(feature = "plonky2")]
mod typed;

pub use self::{
    error::{CustomError, FillError, Unfit},
    name::NAME_BYTES_MAX,
};
#[cfg(feature = "plonky2")]
pub use self::{
    family::{CustomCircuit, Values},
    registry::{RegisterError, register},
    typed::{builder_name, envelope},
};
#[cfg(feature = "plonky2")]
pub(crate) use registry::{close, names as registered};
