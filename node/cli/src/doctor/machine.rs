//! What the machine has: processor, disk, open files.

use super::Check;
use dpgn_node::config::{NodeConfig, Role};
use dpgn_prover::prove::Arithmetic;
use rustix::process::{Resource, getrlimit};
use std::{
    fs,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    thread::available_parallelism,
};

/// Bytes in a MiB.
const MIB: u64 = 1 << 20;
/// Disk that blocks, snapshots and own tasks take beside what is bounded by the configuration, in MiB.
const STORE_MIB: u64 = 2 << 10;
/// Disk below which a node stops soon, in MiB.
const DISK_MIB_MIN: u64 = 512;
/// Open files that a node with all its connections and workers may have.
const FILES_WANTED: u64 = 2_048;
/// Open files below which it loses connections even on a small network.
const FILES_MIN: u64 = 256;

/// The cores, what they can do, and what of it proofs are made with.
pub(super) fn processor(config: &NodeConfig) -> Check {
    const NAME: &str = "processor";
    let cores = available_parallelism().map_or(1, NonZeroUsize::get);
    let has: Vec<&str> = features().into_iter().filter(|(_, has)| *has).map(|(name, _)| name).collect();
    let has = if has.is_empty() { "no wide vectors".to_owned() } else { has.join(", ") };
    let found = format!("{cores} cores, {}, {has}", std::env::consts::ARCH);
    let found = match Arithmetic::chosen() {
        Ok(arithmetic) => format!("{found}; proofs are made with {arithmetic}"),
        Err(error) => {
            return Check::fail(NAME, format!("{found}; {error}"), "unset it, or name what the processor has");
        }
    };
    let lanes = usize::from(config.prover.max_concurrent_proofs);
    if config.has(Role::Prover) && lanes > cores {
        let advice =
            format!("proofs made at once share the cores: set prover.max_concurrent_proofs to {cores} at most");
        return Check::warn(NAME, format!("{found}; {lanes} proofs are made at once"), advice);
    }
    Check::ok(NAME, found)
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<(&'static str, bool)> {
    vec![
        ("avx2", is_x86_feature_detected!("avx2")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512ifma", is_x86_feature_detected!("avx512ifma")),
    ]
}

#[cfg(not(target_arch = "x86_64"))]
fn features() -> Vec<(&'static str, bool)> {
    Vec::new()
}

/// The disk below the data directory, or below the nearest directory above it that is there.
pub(super) fn disk(config: &NodeConfig) -> Check {
    let place = config.data_dir.ancestors().find(|dir| dir.is_dir()).map_or_else(|| PathBuf::from("/"), Path::to_owned);
    match rustix::fs::statvfs(&place) {
        Ok(stat) => {
            let held = [config.data_dir.join("circuits"), config.data_dir.join("blobs/award-recipes")];
            let held = held.iter().map(|dir| bytes_in(dir)).fold(0, u64::saturating_add);
            judge_disk(&place, stat.f_bavail.saturating_mul(stat.f_frsize) / MIB, held / MIB, bounded_mib(config))
        }
        Err(error) => Check::warn("disk", format!("unknown at {}: {error}", place.display()), "look at `df -h`"),
    }
}

/// The most disk that the caches may take, in MiB.
fn bounded_mib(config: &NodeConfig) -> u64 {
    let recipes = if config.has(Role::Prover) { config.prover.recipes_mib_max } else { 0 };
    config.prover.cache_mib_max.saturating_add(recipes)
}

/// Judges the free disk against what the caches may still grow by, and what blocks take.
fn judge_disk(place: &Path, free_mib: u64, held_mib: u64, bounded_mib: u64) -> Check {
    const NAME: &str = "disk";
    let wanted = bounded_mib.saturating_sub(held_mib).saturating_add(STORE_MIB);
    let found = format!("{free_mib} MiB free at {}, up to {wanted} MiB are wanted", place.display());
    if free_mib < DISK_MIB_MIN {
        return Check::fail(NAME, found, "make room: a full disk stops a node");
    }
    if free_mib < wanted {
        let advice = "make room, lower prover.cache_mib_max and prover.recipes_mib_max, or choose another data_dir";
        return Check::warn(NAME, found, advice);
    }
    Check::ok(NAME, found)
}

/// Bytes of the files in a directory, without those below it; 0 if it is not there.
fn bytes_in(dir: &Path) -> u64 {
    let files = fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok);
    files.filter_map(|file| file.metadata().ok()).map(|meta| meta.len()).fold(0, u64::saturating_add)
}

/// The files that this user's processes may have open.
pub(super) fn open_files() -> Check {
    let limit = getrlimit(Resource::Nofile);
    judge_files(limit.current, limit.maximum)
}

fn judge_files(soft: Option<u64>, hard: Option<u64>) -> Check {
    const NAME: &str = "open files";
    let Some(soft) = soft else { return Check::ok(NAME, "no limit") };
    let found = format!("{soft} at most");
    let may_rise = hard.is_none_or(|hard| hard >= FILES_WANTED);
    let advice = match may_rise {
        true => format!("`ulimit -n {FILES_WANTED}`, or LimitNOFILE={FILES_WANTED} in the systemd unit"),
        false => {
            format!("raise the hard limit to {FILES_WANTED}: /etc/security/limits.conf, or LimitNOFILE in the unit")
        }
    };
    match soft {
        FILES_WANTED.. => Check::ok(NAME, found),
        FILES_MIN.. => Check::warn(NAME, format!("{found}; a node with all connections wants {FILES_WANTED}"), advice),
        _ => Check::fail(NAME, format!("{found}: too few for a node's connections"), advice),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Health, *};

    #[test]
    fn a_disk_is_judged_by_what_may_still_grow() {
        let place = Path::new("/");
        let judged = [(20_000, 0), (9_000, 0), (9_000, 4_000), (511, 9_000)].map(|(free, held)| {
            let check = judge_disk(place, free, held, 8_192);
            (check.health, check.advice.is_some())
        });
        let (ok, warn, fail) = ((Health::Ok, false), (Health::Warn, true), (Health::Fail, true));
        assert_eq!(judged, [ok, warn, ok, fail]);
    }

    #[test]
    fn too_few_open_files_say_where_to_raise_them() {
        let judge = |soft, hard| judge_files(Some(soft), Some(hard));
        assert_eq!(judge(1_048_576, 1_048_576).health, Health::Ok);
        assert!(judge(1_024, 4_096).advice.is_some_and(|advice| advice.starts_with("`ulimit -n 2048`")));
        assert!(judge(1_024, 1_024).advice.is_some_and(|advice| advice.contains("hard limit")));
        assert_eq!((judge(64, 64).health, judge_files(None, None).health), (Health::Fail, Health::Ok));
    }

    #[test]
    fn what_lies_in_a_cache_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), [0; 300]).unwrap();
        fs::write(dir.path().join("b"), [0; 45]).unwrap();
        assert_eq!((bytes_in(dir.path()), bytes_in(&dir.path().join("nowhere"))), (345, 0));
    }
}
