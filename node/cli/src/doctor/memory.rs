//! The memory for proving: what the machine has, what its control group allows, what the configuration may take.

use super::Check;
use dpgn_node::config::NodeConfig;
use std::{fs, path::Path};

/// Bytes in a MiB.
const MIB: u64 = 1 << 20;
/// Memory below which nothing is proved at level 3, in MiB: the least that prover.memory_mib_max may be.
const MEMORY_MIB_MIN: u64 = 1_024;
/// Memory that a node takes beside its workers, in MiB.
const NODE_MIB: u64 = 512;
/// What control groups call no limit at all is a number near 2^63, in MiB.
const NO_LIMIT_MIB: u64 = 1 << 40;

/// The memory of a machine, in MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Memory {
    total: u64,
    available: u64,
    /// The limit of the control group that this process is in; absent if it has none.
    group: Option<u64>,
}

impl Memory {
    /// The most that all processes of a node may have together.
    fn usable(self) -> u64 {
        self.group.map_or(self.total, |group| group.min(self.total))
    }
}

/// Looks at this machine's memory.
pub(super) fn check(config: &NodeConfig) -> Check {
    let told = fs::read_to_string("/proc/meminfo").ok().and_then(|text| parse(&text));
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    match told {
        Some((total, available)) => {
            let group = group_limit(Path::new("/sys/fs/cgroup"), &own);
            judge(Memory { total, available, group }, config.prover.max_concurrent_proofs, config.prover.memory_mib_max)
        }
        None => Check::warn("memory", "unknown: no /proc/meminfo here", "a proof of 2^16 rows takes about 2 GiB"),
    }
}

/// Total and available memory of `/proc/meminfo`, in MiB.
fn parse(text: &str) -> Option<(u64, u64)> {
    let kib = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').trim().split(' ').next()?.parse::<u64>().ok()
    };
    Some((kib("MemTotal")? / 1_024, kib("MemAvailable")? / 1_024))
}

/// The lowest limit on the way from a process's control group up to the root, in MiB; `own` is `/proc/self/cgroup`.
fn group_limit(root: &Path, own: &str) -> Option<u64> {
    let unified = own.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    let version_2 = Path::new(unified).ancestors().map(|dir| root.join(dir).join("memory.max"));
    let paths = version_2.chain([root.join("memory/memory.limit_in_bytes")]);
    let limits = paths.filter_map(|path| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok());
    limits.map(|bytes| bytes / MIB).filter(|mib| *mib < NO_LIMIT_MIB).min()
}

/// Judges memory against the workers' limit, `lanes` of them at once.
fn judge(memory: Memory, lanes: u16, worker_mib: u64) -> Check {
    const NAME: &str = "memory";
    let lanes = u64::from(lanes.max(1));
    let (usable, wanted) = (memory.usable(), lanes.saturating_mul(worker_mib));
    let group = memory.group.map_or(String::new(), |group| format!(", {group} MiB allowed to this control group"));
    let found = format!(
        "{} MiB, {} MiB free{group}; proofs at once: {lanes}, which may take {wanted} MiB",
        memory.total,
        memory.available.min(usable)
    );
    let each = usable.saturating_sub(NODE_MIB) / lanes;
    if usable < MEMORY_MIB_MIN + NODE_MIB {
        return Check::fail(
            NAME,
            found,
            "level 3 and above prove nothing in so little: use a machine with 4 GiB or more",
        );
    }
    if usable.saturating_sub(NODE_MIB) < wanted {
        let advice = match each {
            MEMORY_MIB_MIN.. => {
                format!("set prover.memory_mib_max to {each}: the kernel kills a proof that takes more than is there")
            }
            _ => "set prover.max_concurrent_proofs lower: each proof needs 1024 MiB at least".to_owned(),
        };
        return Check::warn(NAME, found, advice);
    }
    if memory.available.min(usable) < wanted {
        return Check::warn(
            NAME,
            found,
            "other programs hold memory that proofs may want: stop some, or lower prover.memory_mib_max",
        );
    }
    Check::ok(NAME, found)
}

#[cfg(test)]
mod tests {
    use super::{super::Health, *};

    #[test]
    fn the_kernel_s_figures_are_read() {
        let text = "MemTotal:       65746148 kB\nMemFree:         1000000 kB\nMemAvailable:   41943040 kB\n";
        assert_eq!(parse(text), Some((64_205, 40_960)));
        assert_eq!((parse("MemTotal: many kB\n"), parse("")), (None, None));
    }

    #[test]
    fn the_lowest_limit_above_a_process_counts() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        assert_eq!(group_limit(dir.path(), "0::/a/b\n"), None);
        write("a/b/memory.max", "max\n");
        write("a/memory.max", "4294967296\n");
        assert_eq!(group_limit(dir.path(), "0::/a/b\n"), Some(4_096));
        assert_eq!(group_limit(dir.path(), "0::/\n"), None, "of another process");
        write("memory/memory.limit_in_bytes", "9223372036854771712\n");
        assert_eq!(group_limit(dir.path(), "0::/\n"), None, "no limit in the older version");
        write("memory/memory.limit_in_bytes", "2147483648\n");
        assert_eq!(group_limit(dir.path(), "0::/a/b\n"), Some(2_048));
    }

    #[test]
    fn memory_is_judged_against_all_lanes_together() {
        let memory = |total, available, group| Memory { total, available, group };
        let health = |memory, lanes| judge(memory, lanes, 6_144).health;
        assert_eq!(health(memory(16_000, 15_000, None), 2), Health::Ok);
        assert_eq!(health(memory(16_000, 15_000, None), 3), Health::Warn);
        assert_eq!(health(memory(16_000, 5_000, None), 1), Health::Warn, "others hold it");
        assert_eq!(health(memory(1_500, 1_400, None), 1), Health::Fail);
        let limited = judge(memory(64_000, 60_000, Some(4_096)), 1, 6_144);
        assert_eq!(limited.health, Health::Warn, "what a container may have counts");
        assert!(limited.advice.is_some_and(|advice| advice.contains("prover.memory_mib_max to 3584")));
    }
}
