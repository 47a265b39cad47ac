//! The memory for proving: what the machine has, what its control group allows, what the configuration may take.

use super::Check;
use dpgn_node::{
    Shortfall,
    config::{NodeConfig, Role},
    shortfalls,
};
use dpgn_protocol::units::{Degree, Level};
use dpgn_prover::memory::Room;
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

/// What a configuration has proofs take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proofs {
    /// Proofs that are made at once.
    lanes: u64,
    /// The most memory of each, in MiB.
    limit: u64,
    /// The memory of one of the largest that is sold, in MiB; the limit if nothing is sold.
    pub(crate) needed: u64,
    /// The memory of the largest build, which may be under way beside them, in MiB.
    pub(crate) build: u64,
}

impl Proofs {
    pub(crate) fn of(config: &NodeConfig) -> Self {
        let (section, room) = (&config.prover, config.prover.options().room());
        let most = |bytes: fn(Room, Level, Degree) -> u64| {
            let sold = section.offers.iter().map(|offer| bytes(room, offer.level, section.degree_max).min(room.bytes));
            sold.max().filter(|_| config.has(Role::Prover)).unwrap_or(room.bytes).div_ceil(MIB)
        };
        let (needed, build) = (most(Room::to_prove), most(Room::to_build));
        Self { lanes: section.max_concurrent_proofs.max(1).into(), limit: section.memory_mib_max, needed, build }
    }

    /// The proofs that can be made at once in so much memory, in MiB, beside a build.
    pub(crate) fn held_by(&self, mib: u64) -> u64 {
        mib.saturating_sub(self.build) / self.needed.max(1)
    }
}

/// Looks at the sizes that the configuration offers; nothing if it sells nothing.
pub(super) fn sizes(config: &NodeConfig) -> Option<Check> {
    let section = &config.prover;
    config
        .has(Role::Prover)
        .then(|| judge_sizes(section.degree_max.get(), &shortfalls(section, section.options().room())))
}

fn judge_sizes(degree_max: u8, shortfalls: &[Shortfall]) -> Check {
    const NAME: &str = "sizes";
    let Some(worst) = shortfalls.iter().max_by_key(|shortfall| shortfall.needed) else {
        return Check::ok(
            NAME,
            format!("prover.memory_mib_max holds proofs of 2^{degree_max} rows at every level that is sold"),
        );
    };
    let found: Vec<String> = shortfalls.iter().map(ToString::to_string).collect();
    let advice = format!(
        "raise prover.memory_mib_max to {}, lower prover.degree_max, or sell fewer levels",
        worst.needed.div_ceil(MIB)
    );
    Check::warn(NAME, found.join("; "), advice)
}

/// The memory that proofs may take together on this machine, in MiB; `None` where the system does not tell.
pub(crate) fn spare_mib() -> Option<u64> {
    look().map(|memory| memory.usable().saturating_sub(NODE_MIB))
}

/// This machine's memory; `None` where the system does not tell.
fn look() -> Option<Memory> {
    let (total, available) = fs::read_to_string("/proc/meminfo").ok().and_then(|text| parse(&text))?;
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    Some(Memory { total, available, group: group_limit(Path::new("/sys/fs/cgroup"), &own) })
}

/// Looks at this machine's memory.
pub(super) fn check(config: &NodeConfig) -> Check {
    match look() {
        Some(memory) => judge(memory, Proofs::of(config)),
        None => Check::warn(
            "memory",
            "unknown: no /proc/meminfo here",
            "a proof of 2^16 rows takes about 2.5 GiB, at level 4 about 4",
        ),
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

/// Judges memory against what proofs take that are made at once.
fn judge(memory: Memory, proofs: Proofs) -> Check {
    const NAME: &str = "memory";
    let Proofs { lanes, limit, needed, build } = proofs;
    let usable = memory.usable();
    let group = memory.group.map_or(String::new(), |group| format!(", {group} MiB allowed to this control group"));
    let found = format!(
        "{} MiB, {} MiB free{group}; proofs at once: {lanes}, each of up to {needed} MiB, beside a build of up to {build} MiB",
        memory.total,
        memory.available.min(usable)
    );
    let spare = usable.saturating_sub(NODE_MIB);
    if usable < MEMORY_MIB_MIN + NODE_MIB {
        return Check::fail(
            NAME,
            found,
            "level 3 and above prove nothing in so little: use a machine with 4 GiB or more",
        );
    }
    let wanted = lanes.saturating_mul(needed).saturating_add(build);
    if spare < wanted {
        let advice = match proofs.held_by(spare) {
            0 => format!("lower prover.degree_max: there are {spare} MiB for workers"),
            fit => format!("set prover.max_concurrent_proofs to {fit} at most, or lower prover.degree_max"),
        };
        return Check::warn(NAME, found, advice);
    }
    if spare < lanes.saturating_mul(limit) {
        let each = spare / lanes;
        let advice =
            format!("set prover.memory_mib_max to {each}: the kernel kills a proof that takes more than is there");
        return Check::warn(NAME, found, advice);
    }
    if memory.available.min(usable) < wanted {
        return Check::warn(
            NAME,
            found,
            "other programs hold memory that proofs may want: stop some, or lower prover.degree_max",
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
        let proofs = |lanes| Proofs { lanes, limit: 6_144, needed: 4_000, build: 3_000 };
        let judged = |memory, lanes| judge(memory, proofs(lanes));
        assert_eq!(judged(memory(16_000, 15_000, None), 2).health, Health::Ok);
        let limits = judged(memory(16_000, 15_000, None), 3);
        assert!(
            limits.advice.is_some_and(|advice| advice.contains("prover.memory_mib_max to 5162")),
            "limits exceed it"
        );
        let many = judged(memory(16_000, 15_000, None), 4);
        assert!(many.advice.is_some_and(|advice| advice.contains("prover.max_concurrent_proofs to 3 at most")));
        assert_eq!(judged(memory(16_000, 3_000, None), 1).health, Health::Warn, "others hold it");
        assert_eq!(judged(memory(1_500, 1_400, None), 1).health, Health::Fail);
        let limited = judged(memory(64_000, 60_000, Some(4_096)), 1);
        assert_eq!(limited.health, Health::Warn, "what a container may have counts");
        assert!(limited.advice.is_some_and(|advice| advice.contains("prover.degree_max: there are 3584 MiB")));
    }

    #[test]
    fn sizes_that_a_worker_does_not_hold_are_told_with_what_they_take() {
        let mut config = NodeConfig::default();
        let told = sizes(&config).unwrap();
        assert_eq!(told.health, Health::Ok, "{}", told.found);
        config.prover.memory_mib_max = 1_024;
        let told = sizes(&config).unwrap();
        println!("{}; {:?}", told.found, told.advice);
        assert!(told.health == Health::Warn && told.found.contains("level 4 of 2^16 rows takes"), "{}", told.found);
        config.roles.remove(&Role::Prover);
        assert_eq!(sizes(&config), None);
    }
}
