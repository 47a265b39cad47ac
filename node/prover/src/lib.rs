//! How a proof is made: levels, our own prove loop, verification. Knows no network.
//!
//! [`level::profile`] is the config a circuit is built with, [`prove::prove`] proves it, [`verify::verify`]
//! checks foreign bytes.

pub mod circuit;
pub mod level;
pub mod prove;
