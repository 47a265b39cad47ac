//! The engine without a network, a disk or a clock: stories of single steps, and seeded simulations.
//!
//! A simulated world carries out the effects of real engines (with the real consensus of one and the real
//! ledger) in virtual time: messages are lost, doubled and reordered, workers fail, nodes die between any two
//! effects and come back with what was durable. The verifier data are a real circuit's; proofs are strings of
//! the right length that say themselves what a worker would find, so nothing here tests cryptography.
//!
//! The same seed gives the same run, to the last effect. A seed that fails is in the message; a bug that was
//! fixed leaves its seed or its story.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod carry;
mod check;
mod disk;
mod faults;
mod manner;
mod node;
mod report;
mod setup;
mod simulation;
mod world;
