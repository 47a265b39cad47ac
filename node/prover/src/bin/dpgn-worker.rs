//! A worker and nothing else: for tests, and for an application that cannot call `worker_main` first.

use std::alloc::System;
use zeroizing_alloc::ZeroAlloc;

/// Wipes what is given back, as `dpgn` does.
#[global_allocator]
static MEMORY: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> std::process::ExitCode {
    if dpgn_prover::worker_main() { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::from(2) }
}
