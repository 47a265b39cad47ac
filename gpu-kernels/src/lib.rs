//! How it is fast. Knows numbers, not tasks.
//!
//! Nine tenths of a proof are hashes and transforms over the Goldilocks field; this crate is where they are
//! made fast, on vector units and graphics cards, each beside a plain twin it is tested against. It is joined
//! to the prover at one place, `dpgn_prover::prove::Backend`.
//!
//! What is real today is the field itself, [`Goldilocks`]: the reference that faster code is held against, as
//! plonky2 is the reference for it. Nothing runs on a graphics card yet.

mod goldilocks;

pub use goldilocks::Goldilocks;
