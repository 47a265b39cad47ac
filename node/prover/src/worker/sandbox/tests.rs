//! What a worker that has been taken over can reach: tried by a process of its own, first free, then confined.
//!
//! The process is this test run again; a confined one can't be let out, so it ends when it has tried.

use crate::worker::{
    confine::{confine, seal},
    wire::{DiskAccess, Setup},
};
use rustix::process::{Resource, getppid, getrlimit, setrlimit, test_kill_process};
use std::{
    collections::BTreeMap,
    env, fs, io,
    net::{TcpListener, TcpStream, UdpSocket},
    os::unix::{net::UnixStream, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{self, Command, Output},
    thread,
};

/// Set for the process that tries: what it is.
const ROLE: &str = "DPGN_TEST_TAKEN_OVER";
/// Where it may find a secret and the circuits, and the port that somebody listens on.
const PLACE: &str = "DPGN_TEST_PLACE";
const PORT: &str = "DPGN_TEST_PORT";

/// Bytes that a worker which keeps circuits may write into one file.
const CACHE_BYTES_MAX: u64 = 1 << 20;

type Tried = BTreeMap<String, String>;

#[test]
fn a_worker_that_was_taken_over_reaches_nothing() {
    if let Ok(role) = env::var(ROLE) {
        try_everything(&role);
    }
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("circuits")).unwrap();
    fs::write(place.path().join("circuits/one"), b"circuit").unwrap();
    fs::write(place.path().join("key"), b"secret").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let run = |role| tried(&taken_over(role, place.path(), port));

    let free = run("free");
    for (what, outcome) in &free {
        assert_eq!(outcome, "done", "{what}: an attack that fails anyway shows nothing");
    }
    println!("{:<20} free | proving | building | reading", "what was tried");
    let (proving, building, reading) = (run("proving"), run("building"), run("reading"));
    for what in free.keys() {
        println!("{what:<20} {} | {} | {} | {}", free[what], proving[what], building[what], reading[what]);
        let to_read = what == "read a circuit";
        let to_keep = what == "write a circuit";
        assert_eq!(proving[what] == "done", to_read, "proving: {what}");
        assert_eq!(building[what] == "done", to_read || to_keep, "building: {what}");
        assert_ne!(reading[what], "done", "reading: {what}");
    }

    let flood = taken_over("flood", place.path(), port);
    let signal = flood.status.signal();
    println!("a file above its limit: ended by signal {signal:?}");
    assert_eq!(signal, Some(libc::SIGXFSZ));
    let written = fs::metadata(place.path().join("circuits/flood")).unwrap().len();
    assert!(written <= CACHE_BYTES_MAX, "{written} bytes were written");
}

fn taken_over(role: &str, place: &Path, port: u16) -> Output {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", "worker::sandbox::tests::a_worker_that_was_taken_over_reaches_nothing"])
        .args(["--nocapture", "--test-threads=1"])
        .envs([(ROLE, role), (PLACE, place.to_str().unwrap()), (PORT, &port.to_string())])
        .output()
        .unwrap()
}

/// What the process told: one line for each try.
fn tried(output: &Output) -> Tried {
    let text = String::from_utf8_lossy(&output.stdout);
    let tried: Tried = text
        .lines()
        .filter_map(|line| line.strip_prefix("tried: ")?.split_once(" = "))
        .map(|(what, outcome)| (what.to_owned(), outcome.to_owned()))
        .collect();
    assert_eq!(tried.len(), 13, "{text}{}", String::from_utf8_lossy(&output.stderr));
    tried
}

fn try_everything(role: &str) -> ! {
    let place = PathBuf::from(env::var_os(PLACE).unwrap());
    let port: u16 = env::var(PORT).unwrap().parse().unwrap();
    let dir = place.join("circuits");
    // Asked now: what can't fail elsewhere may be refused later.
    let node = getppid().unwrap();
    let files = getrlimit(Resource::Nofile);
    if role != "free" {
        let keep = matches!(role, "building" | "flood");
        let disk = (role != "reading").then(|| DiskAccess { dir: dir.clone(), bytes_max: CACHE_BYTES_MAX, keep });
        let setup = Setup { memory_bytes_max: 1 << 30, threads: 1, niceness: 0, disk, memory_cache_bytes_max: 0 };
        let landlock = confine(&setup).unwrap();
        let sandbox = seal(&setup, landlock).unwrap();
        assert!(sandbox.landlock && sandbox.seccomp, "this kernel can't hold a worker: {sandbox:?}");
    }
    if role == "flood" {
        fs::write(dir.join("flood"), vec![1; 2 * CACHE_BYTES_MAX as usize]).ok();
    }
    let tries: [(&str, &dyn Fn() -> io::Result<()>); 13] = [
        ("connect over TCP", &|| TcpStream::connect(("127.0.0.1", port)).map(drop)),
        ("open a UDP port", &|| UdpSocket::bind("127.0.0.1:0").map(drop)),
        ("open a Unix socket", &|| UnixStream::pair().map(drop)),
        ("start a program", &|| Command::new("/bin/true").status().map(drop)),
        ("start a thread", &|| thread::Builder::new().spawn(|| ()).map(drop)),
        ("read another file", &|| fs::read(place.join("key")).map(drop)),
        ("list a directory", &|| fs::read_dir("/").map(drop)),
        ("look into the node", &|| fs::read(format!("/proc/{}/environ", node.as_raw_nonzero())).map(drop)),
        ("signal the node", &|| Ok(test_kill_process(node)?)),
        ("change a limit", &|| Ok(setrlimit(Resource::Nofile, files)?)),
        ("write another file", &|| fs::write(place.join("stolen"), b"secret")),
        ("read a circuit", &|| fs::read(dir.join("one")).map(drop)),
        ("write a circuit", &|| fs::write(dir.join("two"), b"circuit")),
    ];
    // The harness has not ended its line.
    println!();
    for (what, attempt) in tries {
        let outcome = attempt().map_or_else(|error| error.kind().to_string(), |()| "done".to_owned());
        println!("tried: {what} = {outcome}");
    }
    process::exit(0)
}
