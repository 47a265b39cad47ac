//! The worker: a process of its own in which circuits are built, proofs made and proofs checked.
//!
//! ```text
//!   node                                     worker
//!   Prover ── WorkerPool ── Worker ══ two pipes ══ worker_main ── build, prove, verify
//! ```
//!
//! A foreign circuit can abort a process or exhaust its memory, and a proof in the making can't be stopped
//! from outside in any other way than by ending its process. So a worker is confined before it reads the
//! first foreign byte, killed when it is no longer wanted, and gone when its node is: its standard input
//! closes, and that ends it at once.
//!
//! What must never happen: the node goes down with a worker; a worker outlives its node; a worker's failure
//! is taken for a verdict; a witness shows in a path, an argument, the environment, a log or a core dump.
//!
//! What a witness leaves in a worker's own memory is wiped where it passes by (pipe, inputs), but not inside
//! plonky2: so a worker that has seen one ends after that one job, and its memory goes back to the system, which
//! hands it on emptied.

#[cfg(feature = "plonky2")]
mod confine;
pub mod error;
#[cfg(feature = "plonky2")]
mod failed;
pub(crate) mod frame;
#[cfg(feature = "plonky2")]
mod jobs;
pub(crate) mod limits;
pub(crate) mod process;
pub(crate) mod refused;
#[cfg(feature = "plonky2")]
mod sandbox;
#[cfg(feature = "plonky2")]
mod serve;
pub(crate) mod wire;

use self::frame::{FrameError, FrameKind};
#[cfg(feature = "plonky2")]
use std::env;

/// Reads bytes as node and worker read what the other has sent, frame by frame, until one is refused. For fuzzing:
/// nothing is done with what they say.
#[doc(hidden)]
pub fn read_frames(mut bytes: &[u8]) -> Result<(), FrameError> {
    while !bytes.is_empty() {
        let (kind, body) = frame::split(&mut bytes)?;
        match kind {
            FrameKind::Setup => drop(wire::decode::<wire::Setup>(kind, body)?),
            FrameKind::Job => drop(wire::decode::<wire::Job>(kind, body)?.blobs()),
            FrameKind::Progress => drop(wire::decode::<crate::progress::Progress>(kind, body)?),
            FrameKind::Reply => drop(wire::decode::<wire::WorkerReply>(kind, body)?),
            FrameKind::Ready => drop(wire::decode::<wire::Ready>(kind, body)?),
            FrameKind::Blob => {}
        }
    }
    Ok(())
}

/// Makes this process a worker if a node has started it as one; the first thing an application's `main` does:
///
/// ```no_run
/// if dpgn_prover::worker_main() {
///     return;
/// }
/// // The application, which may now use `dpgn_prover::Prover` without naming a worker program.
/// ```
///
/// Returns `false` at once in any other process. Circuits of the application's own are registered before it
/// ([`crate::circuit::register`]). Call it before an async runtime or any thread is started.
#[cfg(feature = "plonky2")]
pub fn worker_main() -> bool {
    process::mark_wired();
    crate::circuit::custom::close();
    let asked = env::var_os(process::ENV).is_some_and(|value| value == "1");
    if !asked || env::args_os().nth(1).is_none_or(|argument| argument != process::ARG) {
        return false;
    }
    serve::serve();
    true
}

/// Does nothing in this build: a program without plonky2 is nobody's worker. Name another one in
/// [`ProverOptions::program`](crate::ProverOptions::program).
#[cfg(not(feature = "plonky2"))]
pub fn worker_main() -> bool {
    false
}
