//! The prover service with real worker processes: what it gives, and what it survives.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod faults;
mod service;
mod site;
