//! How a worker confines itself: its limits, then what only some kernels offer.

use super::{
    limits::{LimitError, harden_process, lower, set},
    sandbox,
    wire::{Sandbox, Setup},
};
use rustix::process::{Resource, nice};

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

#[cfg(target_os = "linux")]
fn no_new_privileges() -> rustix::io::Result<()> {
    rustix::thread::set_no_new_privs(true)
}

#[cfg(not(target_os = "linux"))]
fn no_new_privileges() -> rustix::io::Result<()> {
    Ok(())
}
