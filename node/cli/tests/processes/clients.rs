//! The clients in other languages and the explorer's own functions: their tests, and their examples against a node as
//! `dpgn init --yes` makes it.
//!
//! They need `python3` and `node`, and nothing from a registry. Where one of them is missing, a line says what was left
//! out.

use super::mesh::{CONFIG, PROGRAM, dpgn, said, sample, until};
use std::{
    fs::{self, File},
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The program of a language, and the oldest version of it that our code is written for.
type Language = (&'static str, [u32; 2]);
const PYTHON: Language = ("python3", [3, 10]);
const NODE: Language = ("node", [20, 0]);

/// The program of a language, in a directory of the repository; `None`, and a line about it, if it is not here.
fn program((name, oldest): Language, dir: &str) -> Option<Command> {
    let told = Command::new(name).arg("--version").output().ok();
    let told = told.map(|out| String::from_utf8_lossy(&out.stdout).into_owned()).unwrap_or_default();
    let digits = told.trim_start_matches(|c: char| !c.is_ascii_digit()).split('.');
    let version: Vec<u32> = digits.map_while(|part| part.trim().parse().ok()).collect();
    if version.get(..2).is_none_or(|version| version < oldest.as_slice()) {
        let [major, minor] = oldest;
        // Around the harness, which keeps to itself what a test that passes prints.
        let line = format!("\nLEFT OUT: there is no {name} {major}.{minor} or later here; {dir} was not tried\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return None;
    }
    let mut command = Command::new(name);
    for (variable, _) in std::env::vars() {
        // Nothing of whoever runs the tests decides anything.
        if ["DPGN_", "PYTHON", "NODE_"].iter().any(|prefix| variable.starts_with(prefix)) {
            command.env_remove(variable);
        }
    }
    for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(proxy);
    }
    // No file is left beside the sources.
    command.env("PYTHONDONTWRITEBYTECODE", "1").stdin(Stdio::null()).current_dir(root().join(dir));
    Some(command)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Runs a command to its end, and shows what it said if that was bad.
fn passes(command: &mut Command) -> String {
    let ran = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{command:?}: {}\n{out}\n{err}", ran.status);
    format!("{out}{err}")
}

/// A node as `dpgn init --yes && dpgn node run` has it, but for its ports, and a speed that a busy machine keeps.
struct Defaults {
    dir: tempfile::TempDir,
    child: Child,
    gateway: String,
}

impl Defaults {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (home, log) = (dir.path().join("home"), dir.path().join("log"));
        fs::create_dir(&home).unwrap();
        fs::write(home.join("config.toml"), CONFIG).unwrap();
        said(dpgn(&home).args(["init", "--yes"]));
        let mut run = dpgn(&home);
        run.args(["node", "run"]).stdout(Stdio::null()).stderr(File::create(&log).unwrap());
        let child = run.spawn().unwrap();
        let gateway = until("the gateway listens", || {
            let log = fs::read_to_string(&log).unwrap();
            let (_, rest) = log.split_once("REST on http://")?;
            Some(rest.split_once(',')?.0.to_owned())
        });
        let node = Self { dir, child, gateway };
        until("the node is ready", || {
            node.ask("GET", "/ready", "").ends_with(r#"{"ready":true,"reasons":[]}"#).then_some(())
        });
        node
    }

    /// What the gateway answers, with its head.
    fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.gateway).unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.gateway);
        let kind = format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{kind}{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Runs an example that proves `range` here, and checks offline what it wrote.
    fn proves(&self, example: &mut Command, name: &str) {
        let proof = self.dir.path().join(name);
        example.args([&sample("range.r1cs"), &sample("range.wtns")]).arg(&proof);
        let told = passes(example.env("DPGN_GATEWAY", format!("http://{}", self.gateway)));
        println!("{told}");
        assert!(told.contains("completed") && told.contains("micro-credits"), "{told}");
        let verified = said(dpgn(&self.dir.path().join("elsewhere")).arg("verify").arg(&proof));
        assert!(verified.contains("verdict        valid"), "{verified}");
    }
}

impl Drop for Defaults {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_python_client_does_what_its_tests_say() {
    let Some(mut python) = program(PYTHON, "node/clients/python") else { return };
    passes(python.env("PYTHONPATH", "src").args(["-W", "error", "-m", "unittest", "discover", "-s", "tests"]));
}

#[test]
fn the_typescript_client_does_what_its_tests_say() {
    let Some(mut node) = program(NODE, "node/clients/typescript") else { return };
    passes(node.args(["--test", "test/client.test.mjs", "test/schema.test.mjs"]));
}

#[test]
fn the_explorer_s_own_functions_do_what_their_tests_say() {
    let Some(mut node) = program(NODE, "node/gateway/tests/explorer") else { return };
    passes(node.args(["--test", "pure.test.mjs"]));
}

#[test]
fn the_clients_examples_prove_a_circuit_on_a_node_with_defaults() {
    let python = program(PYTHON, "node/clients/python");
    let javascript = program(NODE, "node/clients/typescript");
    if python.is_none() && javascript.is_none() {
        return;
    }
    let node = Defaults::start();
    if let Some(mut python) = python {
        node.proves(python.arg("examples/prove_circom.py"), "python.proof");
    }
    if let Some(mut javascript) = javascript {
        node.proves(javascript.arg("examples/prove-circom.mjs"), "javascript.proof");
    }
}

/// The prover that `docs/http-provers.md` shows is paid for a proof.
#[test]
fn the_prover_in_a_few_lines_of_python_settles() {
    let Some(mut python) = program(PYTHON, "docs") else { return };
    let page = fs::read_to_string(root().join("docs/http-provers.md")).unwrap();
    let script = page.split("```python\n").nth(1).unwrap().split("\n```").next().unwrap();
    let node = Defaults::start();
    let here = "http://127.0.0.1:8080";
    assert!(script.contains(here), "the page no longer says where the gateway is");
    let script = script.replace(here, &format!("http://{}", node.gateway));
    let path = format!("{}:{}", Path::new(PROGRAM).parent().unwrap().display(), std::env::var("PATH").unwrap());
    python.env("PATH", path).env("DPGN_DATA_DIR", node.dir.path().join("prover")).args(["-u", "-c", &script]);
    let out = node.dir.path().join("prover.out");
    let _prover = Prover(python.stdout(File::create(&out).unwrap()).spawn().unwrap());
    until("it has registered", || {
        node.ask("GET", "/provers", "").contains("\"is_registered_here\":true").then_some(())
    });
    let task = "660e8400-e29b-41d4-a716-446655440001";
    let order = format!(
        r#"{{"task_id":"{task}","privacy_level":1,"circuit_data":[1,2,3,4],"reward_amount":100,"requester":"me","priority":10}}"#
    );
    assert!(node.ask("POST", "/tasks", &order).contains(task));
    let told = until("its proof is judged", || fs::read_to_string(&out).ok().filter(|told| told.ends_with('\n')));
    println!("{told}");
    assert!(told.contains("'accepted': True") && told.contains("'verification_result': 'Pass'"), "{told}");
    assert!(node.ask("GET", &format!("/tasks/{task}/status"), "").contains("\"status\":\"completed\""));
}

/// The page's calls, made as they stand there. The prover of them leaves, and the node makes what it has left.
#[test]
fn the_calls_by_hand_leave_a_node_that_sells() {
    let page = fs::read_to_string(root().join("docs/http-provers.md")).unwrap();
    let node = Defaults::start();
    let mut blocks = page.split("```sh\n").map(|rest| rest.split("\n```").next().unwrap());
    let calls = blocks.find(|block| block.contains("/provers/register")).unwrap();
    let calls = calls.replace("http://127.0.0.1:8080", &format!("http://{}", node.gateway));
    let told = passes(Command::new("sh").args(["-euc", &calls]).current_dir(node.dir.path()));
    println!("{told}");
    assert!(told.contains("\"tag\":") && told.contains("\"verification_result\":\"Fail\""), "{told}");
    assert!(told.trim_end().ends_with("{\"tasks\":[]}"), "it has left: {told}");
    let task = calls.split("task=").nth(1).unwrap().split(' ').next().unwrap();
    until("the node has made the proof itself", || {
        node.ask("GET", &format!("/tasks/{task}/status"), "").contains("\"status\":\"completed\"").then_some(())
    });
    let status = || node.ask("GET", "/api/v1/status", "");
    until("the node sells again", || status().contains("\"standing_asks\":1").then_some(()));
}

/// A prover that ends with its test.
struct Prover(Child);

impl Drop for Prover {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
