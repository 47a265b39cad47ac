//! The local testnet by its script: what it makes, it kills, starts again and forgets, and nothing else.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A network by the script, which ends with the test.
struct Testnet {
    dir: PathBuf,
    port: u16,
    gateway: u16,
}

impl Testnet {
    fn new(dir: PathBuf) -> Self {
        // Six in a row: a node for three, a gateway for three.
        let port = free_ports(6);
        Self { dir, port, gateway: port + 3 }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/testnet.sh");
        Command::new(script)
            .args(arguments)
            .env("TESTNET_DIR", &self.dir)
            .env("TESTNET_PORT", self.port.to_string())
            .env("TESTNET_GATEWAY_PORT", self.gateway.to_string())
            .env("TESTNET_DPGN", env!("CARGO_BIN_EXE_dpgn"))
            .output()
            .unwrap()
    }

    /// What the script says, if it does what it was told.
    fn said(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }
}

impl Drop for Testnet {
    fn drop(&mut self) {
        if self.dir.join(".dpgn-testnet").exists() {
            self.run(&["down"]);
        }
    }
}

/// The first of so many ports in a row that nobody listens on.
fn free_ports(count: u16) -> u16 {
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let first = 20_000 + (std::process::id() % 20_000) as u16;
    (first..60_000)
        .step_by(usize::from(count))
        .find(|first| (*first..*first + count).all(|port| is_free(&port)))
        .unwrap()
}

/// What a gateway answers.
fn get(port: u16, path: &str) -> String {
    call(port, "GET", path, "")
}

fn call(port: u16, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let len = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len}\r\n");
    write!(stream, "{head}Content-Type: application/json\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_script_makes_a_network_kills_restarts_and_forgets_it() {
    let dir = tempfile::tempdir().unwrap();
    let testnet = Testnet::new(dir.path().join("net"));
    let up = testnet.said(&["up", "--coordinators", "1", "--provers", "1"]);
    assert!(up.trim_end().ends_with("ready"), "{up}");
    assert!(["coordinator-1", "prover-1", "requester"].iter().all(|name| up.contains(name)), "{up}");
    for (name, port) in ["coordinator-1", "prover-1", "requester"].into_iter().zip(testnet.gateway..) {
        let line = up.lines().find(|line| line.starts_with(name)).unwrap();
        assert!(line.contains(&format!(" {port} ")), "{line}");
        assert!(get(port, "/ready").starts_with("HTTP/1.1 200 OK\r\n"));
    }

    testnet.said(&["kill", "coordinator-1"]);
    let status = testnet.said(&["status"]);
    let line = status.lines().find(|line| line.starts_with("coordinator-1")).unwrap();
    assert!(line.contains("down"), "{line}");
    testnet.said(&["restart", "coordinator-1"]);
    let prover = testnet.said(&["dpgn", "prover-1", "key", "show", "--account"]);
    // It waits until a block holds the payment, so somebody decides again.
    testnet.said(&["dpgn", "requester", "account", "transfer", prover.trim(), "1000"]);

    a_prover_over_http_sells_through_the_coordinator(testnet.gateway);
    testnet.said(&["down", "--delete"]);
    assert!(!testnet.dir.exists());
}

/// The session that DPGN was asked for with, at level 2, which no other node of the network sells.
fn a_prover_over_http_sells_through_the_coordinator(gateway: u16) {
    let (prover, task) = ("550e8400-e29b-41d4-a716-446655440000", "660e8400-e29b-41d4-a716-446655440001");
    let registration = format!(r#"{{"prover_id": "{prover}", "supported_levels": [1, 2, 3], "capacity": 5}}"#);
    let is_named = |answer: &str, name| answer.ends_with(&format!("{name:?}"));
    let said = call(gateway, "POST", "/provers/register", &registration);
    assert!(is_named(&said, prover), "{said}");
    let order = format!(
        r#"{{"task_id": "{task}", "privacy_level": 2, "circuit_data": [1, 2, 3, 4], "reward_amount": 100,
             "requester": "client-001", "priority": 10}}"#
    );
    let said = call(gateway, "POST", "/tasks", &order);
    assert!(is_named(&said, task), "{said}");
    let said = get(gateway, &format!("/tasks/assign/{prover}?wait=60"));
    assert!(said.contains(&format!(r#""task_id":"{task}""#)), "{said}");
    let garbage = format!(r#"{{"task_id": "{task}", "prover_id": "{prover}", "proof": [10, 20, 30, 40, 50]}}"#);
    let said = call(gateway, "POST", "/tasks/result", &garbage);
    assert!(said.contains(r#""accepted":false,"verification_result":"Fail""#), "{said}");
}

/// `up` removed whatever was in the directory that it was told to use.
#[test]
fn the_script_leaves_alone_what_it_has_not_made() {
    let dir = tempfile::tempdir().unwrap();
    for file in ["a.txt", "nodes"] {
        let theirs = dir.path().join(file);
        fs::write(&theirs, "mine").unwrap();
        let testnet = Testnet { dir: dir.path().to_owned(), port: 1, gateway: 4 };
        let output = testnet.run(&["up", "--coordinators", "1"]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert_eq!(fs::read_to_string(&theirs).unwrap(), "mine");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is made, either");
        fs::remove_file(theirs).unwrap();
    }
}
