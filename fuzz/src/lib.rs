//! Fuzzing DPGN: every decoder, and the ledger under any ops. `just fuzz TARGET` runs one; see CONTRIBUTING.md.

pub mod bodies;
pub mod ledger;
#[cfg(feature = "node")]
pub mod settings;
