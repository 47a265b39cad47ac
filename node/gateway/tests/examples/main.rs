//! The examples, each run as a process as a reader would run it: what it prints, what it serves, how it ends.
//!
//! `cargo test` builds them along; `cargo test --test examples` alone does not.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why")]
#![expect(clippy::print_stdout, reason = "what an example printed is of interest if it fails")]

#[allow(dead_code, reason = "another test's client, of which this one needs a part")]
#[path = "../gateway/client.rs"]
mod client;

use client::{Answer, get, send};
use serde_json::Value;
use std::{net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// An example has this long for each of its lines, and for its end, on a machine that is very busy.
const PATIENCE: Duration = Duration::from_secs(240);

/// An example that runs. Dropped, it is killed.
struct Example {
    name: &'static str,
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Example {
    fn start(name: &'static str, argument: Option<&str>) -> Self {
        Self::start_with(name, argument, "")
    }

    /// Likewise, with a token to show.
    fn start_with(name: &'static str, argument: Option<&str>, token: &str) -> Self {
        let program = program(name);
        let mut command = Command::new(&program);
        command
            .env("PROOFS_TOKEN", token)
            .args(argument)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("{}: {error}; `cargo build --examples -p dpgn-gateway` builds it", program.display())
        });
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Self { name, child, lines }
    }

    /// The next line that it prints; `None` once it prints no more.
    async fn line(&mut self) -> Option<String> {
        let line = timeout(PATIENCE, self.lines.next_line()).await;
        let line = line.unwrap_or_else(|_| panic!("{} prints nothing", self.name)).expect("lines of text");
        println!("{}: {line:?}", self.name);
        line
    }

    /// Presses Ctrl-C in its terminal.
    async fn interrupt(&self) {
        let pid = self.child.id().expect("it runs");
        let sent = Command::new("kill").args(["-INT", &pid.to_string()]).status().await;
        assert!(sent.is_ok_and(|status| status.success()), "{} could not be interrupted", self.name);
    }

    /// Waits for its end, which must be a good one.
    async fn ends(mut self) {
        while self.line().await.is_some() {}
        let status = timeout(PATIENCE, self.child.wait()).await.expect("it ends in time").expect("it ran");
        assert!(status.success(), "{} ended with {status}", self.name);
    }
}

/// Where cargo puts an example: beside the directory of the tests.
fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("a path");
    let profile = own.ancestors().nth(2).expect("cargo's directories");
    profile.join("examples").join(name)
}

#[tokio::test]
async fn a_proof_is_bought_and_waited_for() {
    buys_a_proof("submit").await;
}

#[tokio::test]
async fn a_circuit_of_the_applications_own_is_bought_and_proved() {
    buys_a_proof("custom_circuit").await;
}

async fn buys_a_proof(name: &'static str) {
    let mut example = Example::start(name, None);
    let bought = example.line().await.expect("it says what became of the task");
    assert!(bought.contains(": Completed, paid Some("), "{bought}");
    let proof = example.line().await.expect("it says how large the proof is");
    assert!(proof.starts_with("a proof of ") && !proof.contains(" 0 "), "{proof}");
    example.ends().await;
}

/// The second example proves for the first one, which decides and pays.
#[tokio::test]
async fn an_application_of_its_own_has_a_coordinator_and_a_prover_that_speaks_http() {
    let mut application = Example::start("in_axum", Some("127.0.0.1:0"));
    let url = application.line().await.expect("it says where it is");
    let address = url.strip_prefix("http://").and_then(|rest| rest.split('/').next()).expect("a URL");
    let at: SocketAddr = address.parse().expect("an address");
    assert_eq!(get(at, "/").await.body, b"my own page");
    let token = application.line().await.expect("it says which token it asks for");
    let bearer = format!("{token}\r\n");
    for (headers, status) in [("", 401), ("Authorization: Bearer another\r\n", 401), (bearer.as_str(), 200)] {
        let answer = send(at, "GET /proofs/api/v1/status", headers, "").await;
        assert_eq!(answer.status, status, "{headers:?}");
    }
    let status = ask(at, "/proofs/api/v1/status", &bearer).await;
    assert!(status.json()["roles"].to_string().contains("prover"), "{:?}", status.json());

    let mut prover = Example::start_with(
        "prover",
        Some(&format!("http://{address}/proofs")),
        token.rsplit(' ').next().expect("a token"),
    );
    let is_at_work = |prover: &Value| prover["is_registered_here"] == true && prover["active"] == true;
    until(at, "/proofs/provers", &bearer, |provers| provers.as_array().is_some_and(|all| all.iter().any(is_at_work)))
        .await;
    let order = r#"{"circuit_data": [1, 2, 3, 4], "privacy_level": 1, "reward_amount": 100, "requester": "me", "priority": 1,
        "task_id": "6ba7b810-9dad-41d1-80b4-00c04fd430c8"}"#;
    let posted = send(at, "POST /proofs/tasks", &bearer, order).await;
    assert_eq!(posted.status, 200, "{}", String::from_utf8_lossy(&posted.body));
    let path = "/proofs/tasks/6ba7b810-9dad-41d1-80b4-00c04fd430c8/status";
    let task =
        until(at, path, &bearer, |task| task["status"].as_str().is_some_and(|status| status == "completed")).await;
    println!("{task}");

    prover.interrupt().await;
    let stats = prover.line().await.expect("it says what it has done");
    assert!(stats.contains("accepted: 1"), "{stats}");
    prover.ends().await;
    application.interrupt().await;
    application.ends().await;
}

async fn ask(at: SocketAddr, path: &str, headers: &str) -> Answer {
    send(at, &format!("GET {path}"), headers, "").await
}

/// Asks until the answer is as wished.
async fn until(at: SocketAddr, path: &str, headers: &str, is_there: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    let asked = timeout(PATIENCE, async {
        loop {
            last = ask(at, path, headers).await.json();
            if is_there(&last) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    assert!(asked.await.is_ok(), "{path} stays {last}");
    last
}
