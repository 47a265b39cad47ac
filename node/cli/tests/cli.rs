//! The program as a person or a script meets it: results on standard output, faults on standard error, exit
//! codes 0, 1 and 2.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use dpgn_protocol::{
    ids::{AccountId, TaskId},
    statement::tag,
    units::{Degree, Level},
};
use dpgn_prover::{
    Built, ProveRequest, Prover, ProverOptions, RecipeAt, RecipeSource,
    circuit::{CircuitLimits, Inputs, Recipe},
    prove::Arithmetic,
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_dpgn");

/// What a run left: exit code, standard output, standard error.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.err);
        serde_json::from_str(&self.out).unwrap()
    }
}

fn dpgn(dir: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(PROGRAM);
    // Nothing of whoever runs the tests decides anything.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DPGN_")) {
        command.env_remove(name);
    }
    let ran = command.arg("--data-dir").arg(dir).args(arguments).stdin(Stdio::null()).output().unwrap();
    Ran {
        code: ran.status.code().unwrap(),
        out: String::from_utf8(ran.stdout).unwrap(),
        err: String::from_utf8(ran.stderr).unwrap(),
    }
}

fn sample(name: &str) -> String {
    format!("{}/../prover/samples/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn init_makes_what_is_missing_and_keeps_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    let other = dpgn(&b, &["key", "new", "--account"]).out.trim().to_owned();
    let first = dpgn(&a, &["init", "--name", "ours", "--grant", &other, "--format", "json"]).json();
    let again = dpgn(&a, &["init", "--format", "json"]).json();
    assert_eq!(first, again, "a second time changes nothing");
    assert_eq!(first["network_name"], "ours");

    let joined = dpgn(&b, &["init", "--genesis", a.join("genesis.toml").to_str().unwrap(), "--format", "json"]).json();
    assert_eq!(joined["network"], first["network"]);
    assert_eq!(joined["account"], other.as_str(), "the key that was there is kept");

    let stranger = dir.path().join("c");
    dpgn(&stranger, &["init"]);
    let refused = dpgn(&stranger, &["init", "--genesis", a.join("genesis.toml").to_str().unwrap()]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("of another network already") && refused.err.contains("next:"), "{}", refused.err);
}

#[test]
fn init_keeps_to_the_configuration_that_the_environment_names() {
    let dir = tempfile::tempdir().unwrap();
    let (named, data) = (dir.path().join("named.toml"), dir.path().join("data"));
    fs::write(&named, "").unwrap();
    let mut command = Command::new(PROGRAM);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DPGN_")) {
        command.env_remove(name);
    }
    command.env("DPGN_CONFIG", &named).env("DPGN_DATA_DIR", &data).args(["init", "--format", "json"]);
    let ran = command.stdin(Stdio::null()).output().unwrap();
    let made: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(made["config"], named.to_str().unwrap());
    assert!(data.join("genesis.toml").is_file() && !data.join("config.toml").exists());
}

#[test]
fn a_key_is_shown_without_its_secret_and_never_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dpgn(dir.path(), &["key", "show"]);
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
    assert!(missing.err.contains("error: there is no key") && missing.err.contains("dpgn key new"), "{}", missing.err);

    let made = dpgn(dir.path(), &["key", "new", "--format", "json"]).json();
    let shown = dpgn(dir.path(), &["key", "show", "--format", "json"]).json();
    assert_eq!(made, shown);
    let file = fs::read_to_string(dir.path().join("key")).unwrap();
    let secret = file.lines().last().unwrap();
    assert!(!shown.to_string().contains(secret));
    assert_eq!(dpgn(dir.path(), &["key", "new"]).code, 2);
    assert_eq!(fs::read_to_string(dir.path().join("key")).unwrap(), file);
}

#[test]
fn faults_are_told_as_the_format_says() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("config.toml"), "[prover]\nqueue_length = 3\n").unwrap();
    let told = dpgn(dir.path(), &["key", "show"]);
    assert_eq!(told.code, 2);
    assert!(told.err.contains("config.toml line 2: unknown key `prover.queue_length`"), "{}", told.err);
    let json = dpgn(dir.path(), &["key", "show", "--format", "json"]);
    let failure: Value = serde_json::from_str(&json.err).unwrap();
    assert_eq!((json.code, failure["kind"].as_str()), (2, Some("input")));
    assert_eq!(dpgn(dir.path(), &["no-such-command"]).code, 2);
    assert_eq!(dpgn(dir.path(), &["--help"]).code, 0);
    let example = dpgn(&dir.path().join("new"), &["init", "--print-config"]);
    assert!(example.out.contains("[prover]") && !dir.path().join("new").exists());
    assert!(dpgn(dir.path(), &["completions", "bash"]).out.contains("dpgn"));
}

#[test]
fn a_doctor_comes_before_anything_is_set_up_and_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let new = dir.path().join("nothing/here/yet");
    let as_json = ["doctor", "--format", "json"];
    let health = |ran: &Ran, name: &str| {
        let checks: Value = serde_json::from_str(&ran.out).unwrap();
        let check = checks.as_array().unwrap().iter().find(|check| check["name"] == name).unwrap().clone();
        (check["health"].as_str().unwrap().to_owned(), check["advice"].as_str().unwrap_or_default().to_owned())
    };
    let before = dpgn(&new, &as_json);
    assert!(health(&before, "key").0 == "warn" && health(&before, "key").1.contains("dpgn init"), "{}", before.out);
    assert_eq!((health(&before, "configuration").0.as_str(), new.exists()), ("ok", false), "it makes nothing");
    assert_eq!(before.code == 1, before.out.contains("\"fail\""), "{}", before.err);

    dpgn(dir.path(), &["init"]);
    let key = dir.path().join("key");
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let open = dpgn(dir.path(), &as_json);
    assert_eq!((open.code, health(&open, "key").0.as_str(), health(&open, "genesis").0.as_str()), (1, "fail", "ok"));
    let text = dpgn(dir.path(), &["doctor"]);
    println!("{}", text.out);
    assert!(text.out.contains("next: `chmod 600") && text.err.contains("checks failed"), "{}", text.err);
}

#[test]
fn init_writes_what_flags_say_into_the_commented_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let listen = "/ip4/0.0.0.0/tcp/9701,/ip4/0.0.0.0/udp/9701/quic-v1";
    let made = dpgn(dir.path(), &["init", "--role", "prover, coordinator", "--listen", listen]);
    assert_eq!((made.code, made.err.as_str()), (0, ""), "nobody is asked who is not there");
    let text = fs::read_to_string(dir.path().join("config.toml")).unwrap();
    let example = dpgn(dir.path(), &["init", "--print-config"]).out;
    let changed: Vec<_> =
        text.lines().zip(example.lines()).filter(|(new, old)| new != old).map(|(new, _)| new).collect();
    assert_eq!(changed.len(), 2, "{changed:?}");
    assert!(
        changed[0] == "roles = [\"prover\", \"coordinator\"]"
            && changed[1].starts_with("listen = [\"/ip4/0.0.0.0/tcp/9701\"")
    );

    let again = dpgn(dir.path(), &["init", "--role", "requester"]);
    assert!(again.code == 2 && again.err.contains("is there already, and is kept"), "{}", again.err);
    let wrong = dpgn(&dir.path().join("new"), &["init", "--role", "miner"]);
    assert!(wrong.code == 2 && !dir.path().join("new").exists(), "{}", wrong.err);
}

#[test]
fn every_command_has_a_manual_page() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("man1");
    let made = dpgn(dir.path(), &["man", "--out", out.to_str().unwrap()]);
    assert_eq!((made.code, made.out.as_str()), (0, ""), "{}", made.err);
    let page = fs::read_to_string(out.join("dpgn-task-submit.1")).unwrap();
    assert!(page.contains("\\-\\-reward") && page.contains("Exit codes: 0 done"), "{page}");
    println!("{} pages", fs::read_dir(&out).unwrap().count());
    assert!(out.join("dpgn.1").is_file() && fs::read_dir(&out).unwrap().count() > 40);
}

#[test]
fn a_machine_is_measured_and_its_prices_are_written() {
    let dir = tempfile::tempdir().unwrap();
    let config = "# mine\n[prover]\nmemory_mib_max = 2048 # enough\n[[prover.offers]]\nlevel = 1\nper_kilorow = 5\n";
    fs::write(dir.path().join("config.toml"), config).unwrap();
    let measured = dpgn(dir.path(), &["prover", "benchmark", "--degree", "12", "--format", "json"]).json();
    let line = &measured["measured"][0];
    assert_eq!((&line["level"], &line["degree"], &measured["proofs_at_once"]), (&1.into(), &12.into(), &1.into()));
    let arithmetic = measured["arithmetic"].as_str();
    assert!(Arithmetic::all().any(|known| arithmetic == Some(known.name())), "{measured}");
    assert!(line["rows_per_second"].as_u64() > Some(0) && line["proof_ms"].as_u64() > Some(0), "{measured}");
    #[cfg(target_os = "linux")]
    {
        let (room, degree) = (ProverOptions::default().room(), Degree::new(12).unwrap());
        let declared = room.to_prove(Level::MIN, degree).max(room.to_build(Level::MIN, degree)) >> 20;
        assert!((Some(20)..=Some(declared)).contains(&line["peak_mib"].as_u64()), "{measured} {declared}");
    }
    assert!(measured["config"].as_str().unwrap().starts_with("[[prover.offers]]\nlevel = 1\nper_kilorow = 5\n"));
    let compare = ["prover", "benchmark", "--compare", "--degree", "11", "--write", "--format", "json"];
    let compared = dpgn(dir.path(), &compare).json();
    let (ways, best) = (compared["ways"].as_array().unwrap(), &compared["recommended"]);
    assert!(ways.iter().all(|way| way["proofs_an_hour"].as_u64() > Some(0)), "{compared}");
    assert!(ways.iter().any(|way| way["proofs_at_once"] == *best), "{compared}");
    let written = fs::read_to_string(dir.path().join("config.toml")).unwrap();
    assert!(written.contains("# mine\n") && written.contains(&format!("max_concurrent_proofs = {best}")), "{written}");

    let none = dpgn(dir.path(), &["prover", "benchmark", "--level", "5", "--degree", "18"]);
    assert!(none.code == 2 && none.err.contains("--degree 15"), "{}", none.err);

    let cost = ["--cost-per-hour", "0.36", "--credit-price", "0.01", "--margin", "25"];
    let told = dpgn(dir.path(), &[&["prover", "calibrate", "--write", "--format", "json"], &cost[..]].concat()).json();
    println!("{told:#}");
    let offer = &told["offers"][0];
    assert_eq!((&told["cost_per_hour"], &offer["level"]), (&36_000_000.into(), &1.into()));
    assert!(offer["earned_an_hour"].as_u64() >= Some(45_000_000), "{offer}");
    let written = fs::read_to_string(dir.path().join("config.toml")).unwrap();
    assert!(written.contains("# mine\n") && written.contains("memory_mib_max = 2048 # enough"), "{written}");
    assert!(written.contains(&format!("flat = {}", told["flat"])), "{written}");
    assert!(written.contains(&format!("per_kilorow = {}", offer["per_kilorow"])), "{written}");
    let apply = dpgn(dir.path(), &[&["prover", "calibrate", "--apply"], &cost[..2]].concat());
    assert!(apply.code == 1 && apply.err.contains("no node runs on"), "{}", apply.err);
}

/// Every command that a text shows: the words after `dpgn`, flags and their values left out.
fn commands(text: &str) -> BTreeSet<Vec<String>> {
    let is_word = |word: &&str| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let mut noun = String::new();
        // In the table of commands, `dpgn task submit`, `status` names two commands of one noun.
        for quoted in line.split('`').skip(1).step_by(2) {
            match quoted.strip_prefix("dpgn ") {
                Some(rest) => {
                    let words: Vec<_> = rest.split(' ').take_while(is_word).map(str::to_owned).collect();
                    noun = words.first().cloned().unwrap_or_default();
                    found.insert(words);
                }
                None if line.starts_with("| `dpgn") && is_word(&quoted) => {
                    found.insert(vec![noun.clone(), quoted.to_owned()]);
                }
                None => {}
            }
        }
        let shell = line.split("dpgn --data-dir ").skip(1).filter_map(|rest| rest.split_once(' '));
        found.extend(shell.map(|(_, rest)| rest.split(' ').take_while(is_word).map(str::to_owned).collect()));
    }
    found.remove(&Vec::new());
    found
}

#[test]
fn the_readme_shows_only_commands_that_exist() {
    let dir = tempfile::tempdir().unwrap();
    let readme = fs::read_to_string(format!("{}/../../README.md", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let commands = commands(&readme);
    assert!(commands.len() > 12, "{commands:?}");
    for command in commands {
        let words: Vec<_> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let helped = dpgn(dir.path(), &words);
        assert_eq!(helped.code, 0, "dpgn {}: {}", command.join(" "), helped.err);
        let usage = format!("Usage: dpgn {}", command.join(" "));
        assert!(helped.out.contains(&usage), "{command:?} is no command of its own: {}", helped.out);
    }
}

#[test]
fn the_readme_and_the_help_list_the_same_exit_codes() {
    let dir = tempfile::tempdir().unwrap();
    let readme = fs::read_to_string(format!("{}/../../README.md", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [&["--help"][..], &["verify", "--help"], &["auction", "replay", "--help"], &["key", "new", "--help"]] {
        let helped = plain(&dpgn(dir.path(), words).out);
        let codes = &helped[helped.find("Exit codes: 0 done;").unwrap()..];
        assert!(plain(&readme).contains(codes), "{words:?}: {codes}");
    }
}

#[test]
fn a_reader_that_has_enough_is_no_fault() {
    let mut child = Command::new(PROGRAM)
        .args(["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn a_circuit_is_inspected() {
    let dir = tempfile::tempdir().unwrap();
    let shown = dpgn(dir.path(), &["circuit", "inspect", &sample("range.r1cs"), "--format", "json"]).json();
    assert_eq!(shown["public"][0]["name"], "main.below");
    assert!(shown["constraints"].as_u64() > Some(10) && shown["rows"].as_u64() > Some(10));
    let table = dpgn(dir.path(), &["circuit", "inspect", &sample("range.r1cs")]);
    assert!(table.out.contains("witness PUBLIC") && table.out.contains("witness hidden"), "{}", table.out);

    let cut = dir.path().join("cut.r1cs");
    let bytes = fs::read(sample("range.r1cs")).unwrap();
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    for path in [cut.to_str().unwrap(), &sample("range.wtns"), "nowhere.r1cs"] {
        let refused = dpgn(dir.path(), &["circuit", "inspect", path]);
        assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{path}");
        assert!(refused.err.contains(path), "{}", refused.err);
    }
}

/// A true proof of the smallest circuit, with what checks it, and whom it was made for and by.
struct Proven {
    proof: PathBuf,
    public: Vec<String>,
    circuit: String,
    task: TaskId,
    prover: AccountId,
}

async fn prove(dir: &Path) -> Proven {
    let options = ProverOptions { program: Some(PROGRAM.into()), ..ProverOptions::default() };
    let service = Prover::new(options).unwrap();
    let recipe = Recipe::preimage(3, &CircuitLimits::default()).unwrap();
    let source = || RecipeSource { digest: recipe.digest(), at: RecipeAt::Memory(recipe.encode().into()) };
    let (level, degree_max) = (Level::MIN, Degree::MAX);
    let cancel = tokio_util::sync::CancellationToken::new();
    let Built { circuit, verifier_data, .. } =
        service.build(source(), level, degree_max, cancel.clone()).await.unwrap();
    let (task, prover) = (TaskId::from_bytes([1; 32]), AccountId::from_bytes([2; 32]));
    let request = ProveRequest {
        recipe: source(),
        circuit,
        level,
        degree_max,
        inputs: Inputs::new(vec![2, 3, 4]),
        tag: tag(task, prover),
    };
    let (progress, _) = tokio::sync::mpsc::channel(64);
    let proved = service.prove(request, progress, cancel).await.unwrap();
    service.shutdown().await;
    let proof = dir.join("a.proof");
    fs::write(&proof, proved.proof).unwrap();
    fs::write(dir.join("a.proof.verifier"), verifier_data).unwrap();
    let public = proved.public_inputs.iter().map(u64::to_string).collect();
    Proven { proof, public, circuit: circuit.to_string(), task, prover }
}

#[tokio::test]
async fn a_proof_is_verified_offline() {
    let dir = tempfile::tempdir().unwrap();
    let proven = prove(dir.path()).await;
    let path = proven.proof.to_str().unwrap();
    let (task, prover) = (proven.task.to_string(), proven.prover.to_string());
    let public = proven.public.join(",");

    let plain = dpgn(dir.path(), &["verify", path]);
    assert_eq!(plain.code, 0, "{}", plain.err);
    assert!(plain.out.contains("not compared with anything"), "{}", plain.out);
    let all = ["--task", &task, "--prover", &prover, "--public", &public, "--circuit", &proven.circuit];
    let full = dpgn(dir.path(), &[&["verify", path, "--format", "json"], all.as_slice()].concat()).json();
    assert_eq!(full["verdict"], "Valid");
    assert_eq!(full["compared"], serde_json::json!({"award": true, "public_inputs": true, "circuit": true}));

    // Somebody else's, another statement, another circuit.
    for wrong in [["--task", &task, "--prover", &task], ["--task", &prover, "--prover", &prover]] {
        let refused = dpgn(dir.path(), &[&["verify", path], wrong.as_slice()].concat());
        assert_eq!(refused.code, 1, "{}", refused.out);
        assert!(refused.err.contains("another task or by another prover"), "{}", refused.err);
    }
    let other = dpgn(dir.path(), &["verify", path, "--public", "1,2,3,4"]);
    assert!(other.code == 1 && other.err.contains("another statement"), "{}", other.err);
    let seven = public.replacen(&proven.public[0], "7", 1);
    let seventh = dpgn(dir.path(), &["verify", path, "--public", &seven]);
    let told = format!("its public inputs are {public}: number 1 is {}, not 7", proven.public[0]);
    assert!(seventh.err.contains(&told), "{}", seventh.err);
    assert_eq!(dpgn(dir.path(), &["verify", path, "--circuit", &task]).code, 1);

    // Damaged: somewhere inside, cut, and with something behind.
    let good = fs::read(&proven.proof).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    for bytes in [flipped, good[..good.len() - 1].to_vec(), [good.as_slice(), &[0]].concat(), Vec::new()] {
        fs::write(&proven.proof, bytes).unwrap();
        let refused = dpgn(dir.path(), &["verify", path]);
        assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{}", refused.err);
    }

    // What checks it is missing or none.
    fs::write(&proven.proof, good).unwrap();
    assert_eq!(dpgn(dir.path(), &["verify", path, "--verifier", path]).code, 2);
    fs::remove_file(dir.path().join("a.proof.verifier")).unwrap();
    let refused = dpgn(dir.path(), &["verify", path]);
    assert!(refused.code == 2 && refused.err.contains("--verifier"), "{}", refused.err);
}
