//! The memory that workers take at their peak, as the kernel tells it of this process's children.

use std::{fs, pin::pin, time::Duration};
use tokio::time::interval;

/// The time between two looks; the kernel remembers each worker's peak until it ends.
const LOOK: Duration = Duration::from_millis(20);

/// Does some work, and says which of the workers that it started took most memory, in MiB; `None` where the kernel does
/// not tell, or where the work was too short to be seen.
pub(super) async fn watch<T>(work: impl Future<Output = T>) -> (T, Option<u64>) {
    let (mut work, mut look, mut peak) = (pin!(work), interval(LOOK), None);
    loop {
        tokio::select! {
            done = &mut work => return (done, peak),
            _ = look.tick() => peak = peak.max(largest_child()),
        }
    }
}

/// A peak as a cell of a table.
pub(super) fn cell(peak_mib: Option<u64>) -> String {
    peak_mib.map_or_else(|| "-".to_owned(), |mib| mib.to_string())
}

/// The peak of the child that had most, in MiB.
fn largest_child() -> Option<u64> {
    let threads = fs::read_dir("/proc/self/task").ok()?.filter_map(Result::ok);
    let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let peaks = children.filter_map(|pids| pids.split_whitespace().filter_map(peak_of).max());
    peaks.max()
}

fn peak_of(pid: &str) -> Option<u64> {
    peak_in(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

/// The peak of resident memory in `/proc/PID/status`, in MiB.
fn peak_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib.div_ceil(1_024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_the_kernel_s_own_figure() {
        assert_eq!(peak_in("Name:\tdpgn\nVmPeak:\t  900000 kB\nVmHWM:\t  614401 kB\nVmRSS:\t  1 kB\n"), Some(601));
        assert_eq!((peak_in("VmHWM:\t many\n"), peak_in("")), (None, None));
    }
}
