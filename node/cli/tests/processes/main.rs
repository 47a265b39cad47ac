//! Real processes on loopback, started as a person would start them, and killed as no person should.
//!
//! Each story has a network of its own. Whoever dies and whenever: the task completes, and is paid once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "the helpers of a test may fail it"
)]

mod books;
mod clients;
mod election;
mod input;
mod job;
mod market;
mod mesh;
mod operate;
mod readme;
mod receipt;
#[cfg(target_os = "linux")]
#[path = "../../../prover/tests/search/mod.rs"]
mod search;
mod stories;
mod taught;
#[cfg(unix)]
mod testnet;
#[cfg(feature = "otlp")]
mod traces;
#[cfg(target_os = "linux")]
mod witness;
