//! How it is fast. Knows numbers, not tasks.
//!
//! Nine tenths of a proof are hashes and transforms over the Goldilocks field. [`Kernels`] does them on the vector units of the
//! processor it runs on, chosen once at run time, each beside a plain twin it is tested against, and all beside plonky2.
//! [`Goldilocks`] is the field in its plainest form, for what runs where plonky2 does not. Nothing runs on a graphics card yet: the
//! place where it will is `dpgn_prover::prove::Backend`.
//!
//! `unsafe` is allowed here alone, and here for two things: instructions that not every processor has, and calls of code that is
//! compiled for them. What holds each is said beside it.

#![expect(
    clippy::needless_range_loop,
    reason = "loops over the elements of states are plain: closures of iterators are not always inlined into code for a machine"
)]

mod combine;
mod fft;
mod goldilocks;
mod kernels;
mod machine;
mod permuter;
mod poseidon;
mod sponge;
#[cfg(test)]
mod tests;
mod vanishing;

pub use fft::Roots;
pub use goldilocks::Goldilocks;
pub use kernels::{InstructionSet, Kernels, UnknownSet};
pub use sponge::Search;
pub use vanishing::{CHALLENGES_MAX, Challenge, Form, Gate, LookupChallenge, Lookups, Points, Slots, Terms};
