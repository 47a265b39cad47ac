//! What a worker takes from itself before it touches a foreign byte.
//!
//! Memory, files and processes are bounded, cores are not dumped, no process of the same user may look inside,
//! the machine's other work comes first, and the kernel ends a worker before it ends anything else when memory
//! runs out. A worker that can't bound itself must not work: each failure is an error. What only some kernels
//! offer is told to the node instead.
//!
//! There is no parent-death signal here on purpose: Linux sends it when the *thread* that spawned us ends,
//! and an async runtime may end such threads at any time. The closed pipe says the same without that trap.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// A limit that could not be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot set this process's {what}: {errno}")]
pub struct LimitError {
    what: &'static str,
    errno: rustix::io::Errno,
}

pub(super) fn set(what: &'static str, result: rustix::io::Result<()>) -> Result<(), LimitError> {
    result.map_err(|errno| LimitError { what, errno })
}

/// Keeps this process's memory from core dumps and from other processes of the same user. A node calls it
/// before it reads a key or a witness; workers do it by themselves.
pub fn harden_process() -> Result<(), LimitError> {
    set("core limit", lower(Resource::Core, 0))?;
    set("dumpability", undumpable())
}

/// Lowers a limit; where the system's is lower already, that one stays.
pub(super) fn lower(resource: Resource, limit: u64) -> rustix::io::Result<()> {
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
