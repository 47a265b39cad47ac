//! The CUDA driver, as files tell of it: nothing is loaded, so a broken driver breaks nothing here.

use super::Check;
use std::{
    fs::{self, File},
    io::Read,
    path::Path,
};

/// Where distributions and containers put the driver's library.
const LIBRARY_DIRS: [&str; 6] = [
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/nvidia/lib64",
    "/usr/lib/wsl/lib",
];
const LIBRARY: &str = "libcuda.so.1";
/// The list of all libraries that the loader finds, and how much of it is read.
const LOADER_CACHE: (&str, u64) = ("/etc/ld.so.cache", 16 << 20);
/// The kernel's side of the driver, and how much of it is read.
const DRIVER: (&str, u64) = ("/proc/driver/nvidia/version", 4_096);

/// The traces of a driver on a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Traces {
    /// The version of the kernel's module; absent if it is not loaded.
    module: Option<String>,
    /// GPUs that have a device file.
    devices: usize,
    /// Whether the library that programs load is there.
    library: bool,
}

/// Looks for a CUDA driver.
pub(super) fn check() -> Check {
    let module = bounded(Path::new(DRIVER.0), DRIVER.1);
    let module = module.map(|bytes| version(&String::from_utf8_lossy(&bytes)));
    let is_listed = || bounded(Path::new(LOADER_CACHE.0), LOADER_CACHE.1).is_some_and(|bytes| names(&bytes, LIBRARY));
    let library = LIBRARY_DIRS.iter().any(|dir| Path::new(dir).join(LIBRARY).exists()) || is_listed();
    judge(&Traces { module, devices: devices(Path::new("/dev")), library })
}

/// The first bytes of a file, if it can be read.
fn bounded(path: &Path, limit: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(limit).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn names(bytes: &[u8], name: &str) -> bool {
    bytes.windows(name.len()).any(|window| window == name.as_bytes())
}

/// The version in the module's own words: the first word of figures and points.
fn version(text: &str) -> String {
    let is_version = |word: &&str| word.contains('.') && word.chars().all(|c| c.is_ascii_digit() || c == '.');
    text.split_whitespace().find(is_version).unwrap_or("of unknown version").to_owned()
}

/// The GPUs in `/dev`: `nvidia0`, `nvidia1` and so on.
fn devices(dev: &Path) -> usize {
    let entries = fs::read_dir(dev).into_iter().flatten().filter_map(Result::ok);
    let number = |name: &str| name.strip_prefix("nvidia").is_some_and(|rest| rest.parse::<u16>().is_ok());
    entries.filter(|entry| entry.file_name().to_str().is_some_and(number)).count()
}

/// This version proves on the CPU whatever is there, so no finding is a fault.
fn judge(traces: &Traces) -> Check {
    const NAME: &str = "CUDA";
    let Traces { module, devices, library } = traces;
    let cpu = "this version proves on the CPU";
    match (module, devices, library) {
        (None, 0, false) => Check::ok(NAME, "none: proves on the CPU"),
        (Some(version), 1.., true) => Check::ok(NAME, format!("driver {version}, GPUs: {devices}; {cpu}")),
        (Some(version), 0, _) => Check::ok(NAME, format!("driver {version}, but no GPU in /dev; {cpu}")),
        (Some(version), 1.., false) => {
            Check::ok(NAME, format!("driver {version}, GPUs: {devices}, but no {LIBRARY}; {cpu}"))
        }
        (None, 1.., _) => {
            Check::ok(NAME, format!("GPUs in /dev: {devices}, but the driver's version is hidden; {cpu}"))
        }
        (None, 0, true) => Check::ok(NAME, format!("{LIBRARY} without a driver in the kernel; {cpu}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_is_told_by_its_version() {
        let text =
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.124.06  Release Build\nGCC version: 12.2.0\n";
        assert_eq!((version(text).as_str(), version("nothing").as_str()), ("570.124.06", "of unknown version"));
        let found = |module: Option<&str>, devices, library| {
            judge(&Traces { module: module.map(str::to_owned), devices, library }).found
        };
        assert_eq!(found(None, 0, false), "none: proves on the CPU");
        assert!(found(Some("570.124.06"), 8, true).starts_with("driver 570.124.06, GPUs: 8; "));
        assert!(found(Some("570.124.06"), 8, false).contains("but no libcuda.so.1"));
    }

    #[test]
    fn gpus_are_counted_by_their_device_files() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["nvidia0", "nvidia11", "nvidiactl", "nvidia-uvm", "null"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        assert_eq!((devices(dir.path()), devices(&dir.path().join("nowhere"))), (2, 0));
        assert!(names(b"\0libcuda.so.1\0", LIBRARY) && !names(b"libcudart.so.12", LIBRARY) && !names(b"", LIBRARY));
    }
}
