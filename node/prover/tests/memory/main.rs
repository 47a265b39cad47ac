//! The memory that builds and proofs take at their peak: what workers take beside what is declared, and plonky2's own beside them.
//!
//! Every worker has just the memory that is declared for its job: one that dies for want of it fails the test. `DPGN_MEMORY=16`
//! measures all that there is up to 2^16 rows, which takes half an hour.

#![cfg_attr(
    target_os = "linux",
    expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking, and says so")
)]

use std::alloc::System;
use zeroizing_alloc::ZeroAlloc;

#[cfg(target_os = "linux")]
mod circuits;
#[cfg(target_os = "linux")]
mod peaks;
#[cfg(target_os = "linux")]
mod stock;

/// The allocator of `dpgn`, whose vectors move when they grow: while they do, both are there.
#[global_allocator]
static MEMORY: ZeroAlloc<System> = ZeroAlloc(System);

fn main() {
    #[cfg(target_os = "linux")]
    peaks::main();
}
