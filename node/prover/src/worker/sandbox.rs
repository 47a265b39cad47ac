//! What the kernel refuses a worker: files by landlock, system calls by seccomp. Linux alone has them.
//!
//! A worker needs memory, its threads and its pipes. One that handles built circuits also reads one directory,
//! and one that keeps them writes there; none that sees a witness does. Everything else is refused with an
//! error, so that a library that merely asks goes on without. A system call is allowed by name: one that the
//! kernel learns next year is refused until somebody adds it here.

#[cfg(target_os = "linux")]
pub(super) use linux::{close_calls, close_files};

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;

#[cfg(not(target_os = "linux"))]
pub(super) fn close_files(_disk: Option<&super::wire::DiskAccess>) -> bool {
    false
}

#[cfg(not(target_os = "linux"))]
pub(super) fn close_calls(_disk: Option<&super::wire::DiskAccess>) -> bool {
    false
}

#[cfg(target_os = "linux")]
mod linux {
    use crate::worker::wire::DiskAccess;
    use landlock::{
        ABI, Access, AccessFs, AccessNet, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
        RulesetStatus, Scope,
    };
    use libc::c_long;
    use seccompiler::{
        BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule,
    };
    use std::collections::BTreeMap;

    /// The newest landlock whose rules are written here; an older kernel enforces those it knows.
    const LANDLOCK: ABI = ABI::V6;

    /// Leaves this thread, and all it starts, no file but the circuits' directory, no port, and no signal to
    /// others. Says whether the kernel does so.
    pub(in crate::worker) fn close_files(disk: Option<&DiskAccess>) -> bool {
        restrict(disk).is_ok_and(|status| status != RulesetStatus::NotEnforced)
    }

    fn restrict(disk: Option<&DiskAccess>) -> Result<RulesetStatus, RulesetError> {
        let mut ruleset = Ruleset::default()
            .handle_access(AccessFs::from_all(LANDLOCK))?
            .handle_access(AccessNet::from_all(LANDLOCK))?
            .scope(Scope::from_all(LANDLOCK))?
            .create()?;
        let dir = disk.and_then(|disk| Some((disk, PathFd::new(&disk.dir).ok()?)));
        if let Some((disk, dir)) = dir {
            let read = AccessFs::ReadFile | AccessFs::ReadDir;
            let write = AccessFs::WriteFile | AccessFs::MakeReg | AccessFs::RemoveFile | AccessFs::Truncate;
            ruleset = ruleset.add_rule(PathBeneath::new(dir, if disk.keep { read | write } else { read }))?;
        }
        Ok(ruleset.restrict_self()?.ruleset)
    }

    /// Refuses every thread of the process all system calls but those its work needs. Says whether the kernel
    /// does so.
    pub(in crate::worker) fn close_calls(disk: Option<&DiskAccess>) -> bool {
        filter(disk).is_ok_and(|filter| seccompiler::apply_filter_all_threads(&filter).is_ok())
    }

    /// Needed by all: pipes, memory, locks, threads that run already, time, the end.
    const ALWAYS: [c_long; 32] = [
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_brk,
        libc::SYS_madvise,
        libc::SYS_mremap,
        libc::SYS_munmap,
        libc::SYS_futex,
        libc::SYS_membarrier,
        libc::SYS_rseq,
        libc::SYS_set_robust_list,
        libc::SYS_sched_getaffinity,
        libc::SYS_sched_yield,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_nanosleep,
        libc::SYS_gettimeofday,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_getrandom,
        libc::SYS_getrusage,
        libc::SYS_restart_syscall,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_sched_getscheduler,
        libc::SYS_getcpu,
    ];
    /// Needed to find and read a circuit.
    const TO_READ: [c_long; 8] = [
        libc::SYS_fcntl,
        libc::SYS_fstat,
        libc::SYS_newfstatat,
        libc::SYS_statx,
        libc::SYS_lseek,
        libc::SYS_pread64,
        libc::SYS_getdents64,
        libc::SYS_utimensat,
    ];
    /// Needed to keep a circuit and drop an old one. Open files may then be written.
    const TO_KEEP: [c_long; 8] = [
        libc::SYS_openat,
        libc::SYS_unlinkat,
        libc::SYS_renameat,
        libc::SYS_renameat2,
        libc::SYS_ftruncate,
        libc::SYS_fsync,
        libc::SYS_fdatasync,
        libc::SYS_pwrite64,
    ];
    /// The system calls of the same kind by their older names.
    #[cfg(target_arch = "x86_64")]
    const TO_KEEP_BY_OLD_NAMES: [c_long; 3] = [libc::SYS_open, libc::SYS_unlink, libc::SYS_rename];
    #[cfg(not(target_arch = "x86_64"))]
    const TO_KEEP_BY_OLD_NAMES: [c_long; 0] = [];

    /// Flags that open a file for more than reading.
    const TO_WRITE: i32 = libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND;

    fn filter(disk: Option<&DiskAccess>) -> Result<BpfProgram, BackendError> {
        let own = u64::from(std::process::id());
        let no_code = || when(2, SeccompCmpOp::MaskedEq(bits(libc::PROT_EXEC)), 0);
        let mut allowed: BTreeMap<c_long, Vec<SeccompRule>> = ALWAYS.iter().map(|&call| (call, Vec::new())).collect();
        allowed.insert(libc::SYS_mmap, no_code()?);
        allowed.insert(libc::SYS_mprotect, no_code()?);
        // Only to end itself.
        allowed.insert(libc::SYS_kill, when(0, SeccompCmpOp::Eq, own)?);
        allowed.insert(libc::SYS_tgkill, when(0, SeccompCmpOp::Eq, own)?);
        if let Some(disk) = disk {
            allowed.extend(TO_READ.map(|call| (call, Vec::new())));
            allowed.insert(libc::SYS_openat, when(2, SeccompCmpOp::MaskedEq(bits(TO_WRITE)), 0)?);
            if disk.keep {
                allowed.extend(TO_KEEP.map(|call| (call, Vec::new())));
                allowed.extend(TO_KEEP_BY_OLD_NAMES.map(|call| (call, Vec::new())));
            }
        }
        let refuse = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let arch = std::env::consts::ARCH.try_into()?;
        SeccompFilter::new(allowed, refuse, SeccompAction::Allow, arch)?.try_into()
    }

    /// One rule about one argument.
    fn when(argument: u8, comparison: SeccompCmpOp, value: u64) -> Result<Vec<SeccompRule>, BackendError> {
        let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, comparison, value)?;
        Ok(vec![SeccompRule::new(vec![condition])?])
    }

    fn bits(flags: i32) -> u64 {
        u64::from(flags.unsigned_abs())
    }
}
