//! What a worker takes from itself before it touches a foreign byte.
//!
//! Memory is bounded, cores are not dumped, no process of the same user may look inside, and the machine's
//! other work comes first. A worker that can't bound itself must not work: each failure is an error.
//!
//! There is no parent-death signal here on purpose: Linux sends it when the *thread* that spawned us ends,
//! and an async runtime may end such threads at any time. The closed pipe says the same without that trap.

use rustix::process::{Resource, Rlimit, getrlimit, nice, setrlimit};

/// A limit that could not be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot set the worker's {what}: {errno}")]
pub(crate) struct LimitError {
    what: &'static str,
    errno: rustix::io::Errno,
}

/// Puts the limits in force, for good: a hard limit can't be raised again.
pub(crate) fn confine(memory_bytes_max: u64, niceness: u8) -> Result<(), LimitError> {
    let set = |what, result: rustix::io::Result<()>| result.map_err(|errno| LimitError { what, errno });
    set("core limit", lower(Resource::Core, 0))?;
    set("memory limit", lower(MEMORY, memory_bytes_max))?;
    set("dumpability", undumpable())?;
    set("niceness", nice(niceness.into()).map(drop))
}

/// Linux counts under `Data` what a process can write to (heap, anonymous maps, stacks), and not what an
/// allocator merely reserves. macOS takes the number and enforces little of it.
const MEMORY: Resource = Resource::Data;

/// Lowers a limit; where the system's is lower already, that one stays.
fn lower(resource: Resource, limit: u64) -> rustix::io::Result<()> {
    let limit = getrlimit(resource).maximum.map_or(limit, |hard| hard.min(limit));
    setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) })
}

#[cfg(target_os = "linux")]
fn undumpable() -> rustix::io::Result<()> {
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
}

/// Elsewhere the core limit has to do.
#[cfg(not(target_os = "linux"))]
fn undumpable() -> rustix::io::Result<()> {
    Ok(())
}
