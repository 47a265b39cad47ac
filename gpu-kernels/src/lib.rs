//! How it is fast. Knows numbers, not tasks.
//!
//! Nine tenths of a proof are hashes and transforms over the Goldilocks field; this crate is where they are
//! to be made fast, on vector units and graphics cards, each beside a plain twin it is tested against.
//!
//! What is real today is the field itself, [`Goldilocks`]: the reference that faster code is held against, as
//! plonky2 is the reference for it. Nothing runs on a graphics card yet, and the prover does not use this crate:
//! the place where it will is `dpgn_prover::prove::Backend`.

mod goldilocks;

pub use goldilocks::Goldilocks;
