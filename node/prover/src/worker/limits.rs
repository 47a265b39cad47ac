//! What a worker takes from itself before it touches a foreign byte.
//!
//! Memory, files and processes are bounded, cores are not dumped, no process of the same user may look inside,
//! the machine's other work comes first, and the kernel ends a worker before it ends anything else when memory
//! runs out. A worker that can't bound itself must not work: each failure is an error. What only some kernels
//! offer ([`super::sandbox`]) is told to the node instead.
//!
//! There is no parent-death signal here on purpose: Linux sends it when the *thread* that spawned us ends,
//! and an async runtime may end such threads at any time. The closed pipe says the same without that trap.

use super::{
    sandbox,
    wire::{Sandbox, Setup},
};
use rustix::process::{Resource, Rlimit, getrlimit, nice, setrlimit};

/// A limit that could not be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot set this process's {what}: {errno}")]
pub struct LimitError {
    what: &'static str,
    errno: rustix::io::Errno,
}

fn set(what: &'static str, result: rustix::io::Result<()>) -> Result<(), LimitError> {
    result.map_err(|errno| LimitError { what, errno })
}

/// Keeps this process's memory from core dumps and from other processes of the same user. A node calls it
/// before it reads a key or a witness; workers do it by themselves.
pub fn harden_process() -> Result<(), LimitError> {
    set("core limit", lower(Resource::Core, 0))?;
    set("dumpability", undumpable())
}

/// Open files a worker may have: its pipes, and one circuit at a time.
const FILES_MAX: u64 = 64;
/// Linux ends the process with the highest score first: 1000 is the most, a node has 0.
const OOM_SCORE: &str = "800";

/// Puts the limits in force, for good: a hard limit can't be raised again. Says whether the file system is
/// closed. To be called on a process's only thread.
pub(super) fn confine(setup: &Setup) -> Result<bool, LimitError> {
    // Before the process is no longer its own user's. Some containers refuse it: no reason not to work.
    std::fs::write("/proc/self/oom_score_adj", OOM_SCORE).ok();
    set("memory limit", lower(MEMORY, setup.memory_bytes_max))?;
    set("open files", lower(Resource::Nofile, FILES_MAX))?;
    let written = setup.disk.as_ref().filter(|disk| disk.keep).map_or(0, |disk| disk.bytes_max);
    set("file size", lower(Resource::Fsize, written))?;
    set("niceness", nice(setup.niceness.into()).map(drop))?;
    set("privileges", no_new_privileges())?;
    harden_process()?;
    Ok(sandbox::close_files(setup.disk.as_ref()))
}

/// Closes the rest once all threads have started: no further one, and no system call that a job doesn't need.
pub(super) fn seal(setup: &Setup, landlock: bool) -> Result<Sandbox, LimitError> {
    set("processes", lower(Resource::Nproc, 0))?;
    Ok(Sandbox { landlock, seccomp: sandbox::close_calls(setup.disk.as_ref()) })
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

#[cfg(target_os = "linux")]
fn no_new_privileges() -> rustix::io::Result<()> {
    rustix::thread::set_no_new_privs(true)
}

/// Elsewhere the core limit has to do.
#[cfg(not(target_os = "linux"))]
fn undumpable() -> rustix::io::Result<()> {
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn no_new_privileges() -> rustix::io::Result<()> {
    Ok(())
}
