//! README's "Three processes by hand", run as a reader would paste it.

use super::mesh::PROGRAM;
use std::{
    fs,
    net::TcpListener,
    os::unix::{fs::symlink, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
};

/// What README has a reader do, without the build; only the ports are others, so that tests can run beside each other.
fn script() -> String {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap();
    let section = readme.split("## Three processes by hand").nth(1).unwrap();
    let block = section.split("```sh\n").nth(1).unwrap().split("\n```").next().unwrap();
    let (build, rest) = block.split_once("\n\n").unwrap();
    assert!(build.starts_with("cargo build --release\n") && build.contains("target/release"), "{build}");
    let listeners = [9_700, 9_701, 9_702].map(|port: u16| (port, TcpListener::bind("127.0.0.1:0").unwrap()));
    listeners.iter().fold(rest.to_owned(), |script, (port, free)| {
        assert!(script.contains(&format!("/tcp/{port}")), "README no longer names port {port}");
        script.replace(&format!("/tcp/{port}"), &format!("/tcp/{}", free.local_addr().unwrap().port()))
    })
}

#[test]
fn the_readme_s_three_processes_work_as_written() {
    let dir = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    symlink(root.join("node"), dir.path().join("node")).unwrap();
    let path = format!("{}:{}", Path::new(PROGRAM).parent().unwrap().display(), std::env::var("PATH").unwrap());
    // The coordinator listens where its configuration says, which is a port that others may have.
    let script = script().replace(
        "DPGN_ROLES=coordinator DPGN_NETWORK_BOOTSTRAP= ",
        "DPGN_NETWORK_LISTEN=${DPGN_NETWORK_BOOTSTRAP%/p2p/*} DPGN_ROLES=coordinator DPGN_NETWORK_BOOTSTRAP= ",
    );
    // So are the gateways' ports: the system chooses them.
    let own_port = "--gateway 127.0.0.1:8081";
    assert!(script.contains(own_port), "README no longer gives the second node's gateway a port of its own");
    let script = script.replace(own_port, "--gateway 127.0.0.1:0");
    let mut shell = Command::new("bash");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DPGN_")) {
        shell.env_remove(name);
    }
    let script = format!("trap 'kill $(jobs -p) || true; wait' EXIT\nset -e\n{script}\n");
    shell
        .args(["-c", &script])
        .env("PATH", path)
        .env("DPGN_GATEWAY_LISTEN", "127.0.0.1:0")
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .process_group(0);
    let ran = shell.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{script}\n--- {}\n{out}\n---\n{err}", ran.status);
    assert!(out.contains("verdict        valid"), "{out}");
    assert!(out.contains("its proof was found good and paid") && out.contains("the genesis, of "), "{out}");
    assert!(dir.path().join("range.receipt").is_file());
    assert!(dir.path().join("range.proof").is_file() && dir.path().join("range.proof.verifier").is_file());
}
