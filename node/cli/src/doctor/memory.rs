//! The memory for proving: what the machine has, what its control group allows, what the configuration may take.

use super::Check;
use dpgn_node::{
    Shortfall,
    config::{MEMORY_MIB_MIN, NodeConfig, Role},
    shortfalls,
};
use dpgn_protocol::{
    profile::Profile,
    units::{Degree, Level},
};
use dpgn_prover::memory::Room;
use std::{fs, path::Path};

/// Bytes in a MiB.
const MIB: u64 = 1 << 20;
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
    needed: u64,
    /// The memory of the largest build, which may be under way beside them, in MiB.
    build: u64,
}

impl Proofs {
    pub(crate) fn of(config: &NodeConfig) -> Self {
        Self::up_to(config, config.prover.degree_max)
    }

    /// What proofs take if circuits up to this size are on sale.
    fn up_to(config: &NodeConfig, degree_max: Degree) -> Self {
        let (section, room) = (&config.prover, config.prover.options().room());
        let most = |bytes: fn(Room, Level, Degree) -> u64| {
            let sold = section.offers.iter().map(|offer| bytes(room, offer.level, degree_max).min(room.bytes));
            sold.max().filter(|_| config.has(Role::Prover)).unwrap_or(room.bytes).div_ceil(MIB)
        };
        let (needed, build) = (most(Room::to_prove), most(Room::to_build));
        Self { lanes: section.max_concurrent_proofs.max(1).into(), limit: section.memory_mib_max, needed, build }
    }

    /// The proofs that can be made at once in so much memory, in MiB, beside a build.
    pub(crate) fn held_by(&self, mib: u64) -> u64 {
        mib.saturating_sub(self.build) / self.needed.max(1)
    }

    /// The memory that as many proofs as are made at once take with a build beside them, in MiB.
    const fn wanted(&self) -> u64 {
        self.lanes.saturating_mul(self.needed).saturating_add(self.build)
    }

    /// The most that `prover.memory_mib_max` should be where workers have so much memory together, in MiB: an equal share for each
    /// proof, but no less than the largest circuit on sale takes, nor than a configuration may have.
    pub(crate) fn limit_for(&self, mib: u64) -> u64 {
        (mib / self.lanes.max(1)).max(self.needed).max(self.build).max(MEMORY_MIB_MIN)
    }

    /// The advice for workers that have so much memory together, in MiB: the size to go down to, or what else there is to do if
    /// going down to no size helps.
    fn advice_for(&self, mib: u64, smaller: Option<Degree>) -> String {
        let share = (mib / self.lanes.saturating_add(1)).max(MEMORY_MIB_MIN);
        match smaller {
            Some(degree) => format!("lower prover.degree_max to {degree}"),
            None if share < self.limit => {
                format!("lower prover.memory_mib_max to {share}: what it does not hold is not begun, nor sold")
            }
            None => "use a machine with more memory".to_owned(),
        }
    }
}

/// The largest size below the one on sale of which as many proofs as are made at once fit into so much memory, in MiB, beside a
/// build; `None` if none does, one of the levels has no circuit so small, or nothing is sold.
fn smaller(config: &NodeConfig, mib: u64) -> Option<Degree> {
    let section = config.has(Role::Prover).then_some(&config.prover)?;
    let below = (Degree::MIN.get()..section.degree_max.get()).rev().filter_map(|degree| Degree::new(degree).ok());
    let is_of_all =
        |degree: &Degree| section.offers.iter().all(|offer| Profile::of(offer.level).can_hide(degree.get()));
    below.take_while(is_of_all).find(|degree| Proofs::up_to(config, *degree).wanted() <= mib)
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
    let Some(needed) = shortfalls.iter().map(Shortfall::needed_mib).max() else {
        return Check::ok(
            NAME,
            format!("prover.memory_mib_max holds proofs of 2^{degree_max} rows at every level that is sold"),
        );
    };
    let found: Vec<String> = shortfalls.iter().map(Shortfall::finding).collect();
    let less = match shortfalls.iter().map(|shortfall| shortfall.holds).min().flatten() {
        Some(degree) => format!("lower prover.degree_max to {degree}"),
        None => "remove the offers of levels that are not sold".to_owned(),
    };
    Check::warn(
        NAME,
        found.join("; "),
        format!("raise prover.memory_mib_max to {needed}, or {less}, and restart the node"),
    )
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
        Some(memory) => judge(memory, Proofs::of(config), |mib| smaller(config, mib)),
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

/// Judges memory against what proofs take that are made at once. `smaller` says which size fits into so many MiB.
fn judge(memory: Memory, proofs: Proofs, smaller: impl Fn(u64) -> Option<Degree>) -> Check {
    const NAME: &str = "memory";
    let Proofs { lanes, limit, needed, build } = proofs;
    let less = |mib| proofs.advice_for(mib, smaller(mib));
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
            format!(
                "a worker may have {MEMORY_MIB_MIN} MiB at least, and the node takes {NODE_MIB} beside it. The smallest circuits of \
                 level 3 take about 600 MiB, of level 4 about 1,000, of level 5 about 1,200: use a machine with 4 GiB or more"
            ),
        );
    }
    if spare < proofs.wanted() {
        let advice = match (proofs.held_by(spare), less(spare)) {
            (0, less) => format!("there are {spare} MiB for workers: {less}, and restart the node"),
            (fit, less) => {
                format!("set prover.max_concurrent_proofs to {fit} at most, or {less}, and restart the node")
            }
        };
        return Check::warn(NAME, found, advice);
    }
    let share = proofs.limit_for(spare);
    if share < limit {
        let advice = format!(
            "set prover.memory_mib_max to {share} and restart the node: the kernel kills a proof that takes more than is there"
        );
        return Check::warn(NAME, found, advice);
    }
    let free = memory.available.min(usable);
    if free < proofs.wanted() {
        let less = less(free);
        return Check::warn(
            NAME,
            found,
            format!("other programs hold memory that proofs may want: stop some, or {less}, and restart the node"),
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
        let judged =
            |memory, lanes| judge(memory, proofs(lanes), |mib| Degree::new(if mib < 4_000 { 14 } else { 15 }).ok());
        assert_eq!(judged(memory(16_000, 15_000, None), 2).health, Health::Ok);
        let limits = judged(memory(16_000, 15_000, None), 3);
        assert!(
            limits.advice.is_some_and(|advice| advice.contains("prover.memory_mib_max to 5162")),
            "limits exceed it"
        );
        let many = judged(memory(16_000, 15_000, None), 4);
        let said = "prover.max_concurrent_proofs to 3 at most, or lower prover.degree_max to 15, and restart";
        assert!(many.advice.as_ref().is_some_and(|advice| advice.contains(said)), "{many:?}");
        let held = judged(memory(16_000, 3_000, None), 1);
        assert!(held.health == Health::Warn && held.advice.is_some_and(|advice| advice.contains("degree_max to 14")));
        assert_eq!(judged(memory(1_500, 1_400, None), 1).health, Health::Fail);
        let limited = judged(memory(64_000, 60_000, Some(4_096)), 1);
        assert_eq!(limited.health, Health::Warn, "what a container may have counts");
        let said = "there are 3584 MiB for workers: lower prover.degree_max to 14";
        assert!(limited.advice.as_ref().is_some_and(|advice| advice.contains(said)), "{limited:?}");
    }

    #[test]
    fn a_limit_never_falls_below_what_is_on_sale_or_what_a_configuration_takes() {
        let limit = |lanes, needed, build, mib| Proofs { lanes, limit: 6_144, needed, build }.limit_for(mib);
        assert_eq!(limit(3, 1_000, 1_100, 9_000), 3_000, "an equal share");
        assert_eq!(limit(3, 2_400, 2_600, 7_500), 2_600, "a build needs more than a share");
        assert_eq!(limit(3, 2_700, 2_600, 7_500), 2_700, "a proof needs more than a share");
        assert_eq!(limit(8, 300, 400, 4_000), MEMORY_MIB_MIN);
        let tight = Proofs { lanes: 8, limit: 2_048, needed: 300, build: 400 };
        let told = judge(Memory { total: 4_512, available: 4_400, group: None }, tight, |_| None);
        assert!(told.advice.is_some_and(|advice| advice.contains("memory_mib_max to 1024 and restart")), "no less");
        let least = Proofs { limit: MEMORY_MIB_MIN, ..tight };
        let told = judge(Memory { total: 4_512, available: 4_400, group: None }, least, |_| None);
        assert_eq!(told.health, Health::Ok, "it cannot be less");
    }

    #[test]
    fn the_size_to_go_down_to_is_one_that_fits() {
        let mut config = NodeConfig::default();
        let wanted = |config: &NodeConfig, degree| Proofs::up_to(config, Degree::new(degree).unwrap()).wanted();
        let at_15 = wanted(&config, 15);
        assert_eq!(smaller(&config, at_15).map(Degree::get), Some(15));
        assert_eq!(smaller(&config, at_15 - 1), None, "level 5 has no smaller circuits");
        config.prover.offers.retain(|offer| offer.level != Level::MAX);
        assert_eq!(smaller(&config, wanted(&config, 14)).map(Degree::get), Some(14));
        assert_eq!(smaller(&config, wanted(&config, 14) - 1), None, "nor have levels 3 and 4");
        config.roles.remove(&Role::Prover);
        assert_eq!(smaller(&config, u64::MAX), None, "nothing is sold");
        let proofs = Proofs { lanes: 2, limit: 6_144, needed: 6_144, build: 6_144 };
        assert!(proofs.advice_for(9_000, None).contains("prover.memory_mib_max to 3000"));
        assert!(Proofs { limit: 2_000, ..proofs }.advice_for(9_000, None).contains("more memory"));
    }

    /// The lines of the table in docs/operators.md: what a build and a proof take, in MiB.
    fn table() -> Vec<String> {
        let room = Room { bytes: u64::MAX, threads: 8 };
        let cell = |level: Level, degree: u8| {
            let degree = Degree::new(degree).unwrap();
            let (build, proof) = (room.to_build(level, degree), room.to_prove(level, degree));
            let has = Profile::of(level).can_hide(degree.get());
            if has { format!("{} / {}", build.div_ceil(MIB), proof.div_ceil(MIB)) } else { "-".to_owned() }
        };
        let line =
            |level: Level| format!("| {level} | {} |", [14, 15, 16, 17].map(|degree| cell(level, degree)).join(" | "));
        Level::all().map(line).collect()
    }

    #[test]
    fn operators_read_what_workers_count() {
        let (text, table) = (include_str!("../../../../docs/operators.md"), table());
        let all = table.join("\n");
        println!("{all}");
        assert!(text.contains(&format!("\n{all}\n")), "docs/operators.md has another table than:\n{all}");
        let by_default = NodeConfig::default().prover.memory_mib_max << 20;
        let sold = Level::all().map(|level| Room { bytes: by_default, threads: 8 }.proves(level).map(Degree::get));
        let said = "2^17 rows at every level but 4, and there 2^16";
        assert!(sold.eq([17, 17, 17, 16, 17].map(Some)) && text.contains(said), "what the default limit holds is said");
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
        assert!(told.advice.is_some_and(|advice| advice.contains("remove the offers")), "level 5 is not sold at all");
        config.prover.offers.retain(|offer| offer.level != Level::MAX);
        // With a single thread each, however many cores there are.
        config.prover.max_concurrent_proofs = 64;
        let (told, shortfalls) = (sizes(&config).unwrap(), shortfalls(&config.prover, config.prover.options().room()));
        assert!(told.advice.is_some_and(|advice| advice.contains("degree_max to 14, and restart the node")));
        let warned = shortfalls.first().unwrap().to_string();
        println!("{warned}");
        assert!(warned.contains("; raise prover.memory_mib_max to ") && warned.contains("and restart"), "{warned}");
        config.roles.remove(&Role::Prover);
        assert_eq!(sizes(&config), None);
    }
}
