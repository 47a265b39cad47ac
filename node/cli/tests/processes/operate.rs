//! What an operator does to a prover that runs: stops it in order, changes its prices, looks at it.

use super::{
    job::Job,
    mesh::{COORDINATOR, Mesh, REQUESTER, until},
};
use rustix::process::Signal;
use serde_json::Value;
use std::fs;

/// Windows that a busy machine does not miss.
const PATIENT: [(&str, u64); 4] =
    [("heartbeat", 20_000), ("start_window", 20_000), ("verdict_window", 60_000), ("idle_interval", 400)];

/// Buys a proof that takes seconds, through the requester's node.
fn buy(mesh: &Mesh) -> String {
    let [circuit, witness] = Job::squarings(10_000).write(mesh);
    let terms = ["--level", "1", "--public-witness", "--reward", "100000"];
    let info = mesh.json(REQUESTER, &[&["task", "submit", &circuit, &witness], &terms[..]].concat());
    info["task"].as_str().unwrap().to_owned()
}

#[test]
fn a_prover_that_is_told_to_stop_finishes_what_it_holds_and_takes_nothing_new() {
    let mesh = Mesh::new(&["prover"], &PATIENT);
    let (_coordinator, mut provers, _requester) = mesh.nodes(&["prover"]);
    let task = buy(&mesh);
    mesh.proving(&task);
    let top = mesh.json("prover", &["top", "--once"]);
    assert_eq!((&top["work"][0]["task"], &top["work"][0]["is_delivered"]), (&task.clone().into(), &false.into()));
    assert!(top["work"][0]["permille"].as_u64() < Some(1_000) && top["ask"]["held"] == 1, "{top}");
    assert!(top.get("earned").is_none(), "one look counts nothing: {top}");
    #[cfg(target_os = "linux")]
    assert!(top["memory"]["node_mib"].as_u64() > Some(0) && top["memory"]["workers"].as_u64() > Some(0), "{top}");

    let mut prover = provers.pop().unwrap();
    prover.signal(Signal::TERM);
    mesh.sees_asks(REQUESTER, 0);
    assert!(prover.wait().success());
    let log = mesh.log("prover");
    assert!(log.contains("no new awards; waits for 1 proofs to be made") && log.contains("stopping"), "{log}");
    assert!(!log.contains("not finished within"), "{log}");
    let info = mesh.over(&task);
    assert_eq!((&info["status"], &info["attempts"]), (&"completed".into(), &1.into()), "{info}");
}

#[test]
fn a_prover_that_is_told_twice_stops_at_once() {
    let mesh = Mesh::new(&["prover"], &PATIENT);
    let (_coordinator, mut provers, _requester) = mesh.nodes(&["prover"]);
    let task = buy(&mesh);
    mesh.proving(&task);
    let mut prover = provers.pop().unwrap();
    prover.signal(Signal::TERM);
    until("it waits", || mesh.log("prover").contains("no new awards").then_some(()));
    prover.signal(Signal::TERM);
    assert!(prover.wait().success());
    assert!(mesh.log("prover").contains("told again: stops at once"), "{}", mesh.log("prover"));
    let info = mesh.json(REQUESTER, &["task", "status", &task]);
    assert_ne!(info["status"], "completed", "it was cut off: {info}");
}

#[test]
fn prices_are_read_anew_and_a_wrong_file_changes_nothing() {
    let mesh = Mesh::new(&["prover"], &PATIENT);
    let _coordinator = mesh.node(COORDINATOR);
    let prover = mesh.node("prover");
    // Without a node of its own the requester hears of what the blocks since the genesis have brought it.
    let requester = mesh.account(REQUESTER).to_owned();
    let before = mesh.json(COORDINATOR, &["account", "balance", &requester]);
    mesh.json(COORDINATOR, &["account", "transfer", &requester, "7000000"]);
    let after = mesh.json(REQUESTER, &["account", "balance"]);
    let available = |balance: &Value| balance["available"].as_u64().unwrap();
    assert!(available(&after) >= available(&before) + 7_000_000, "{before} {after}");
    let ask = |flat: u64| {
        until("the ask stands", || mesh.answer("prover", &["ask", "show"]).filter(|ask| ask["flat"] == flat))
    };
    ask(1_000);
    let config = mesh.dir("prover").join("config.toml");
    let good = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{good}\n[prover]\nflat = 4321\n")).unwrap();
    prover.signal(Signal::HUP);
    let new = ask(4_321);
    assert_eq!(new["offers"][0]["rows_per_second"], 400, "{new}");

    fs::write(&config, format!("{good}\n[prover]\nflta = 5\n")).unwrap();
    prover.signal(Signal::HUP);
    let told = "the prices stay as they are";
    until("it is told", || mesh.log("prover").contains(told).then_some(()));
    assert!(mesh.log("prover").contains("unknown key `prover.flta`"), "{}", mesh.log("prover"));
    let refused = mesh.dpgn("prover", &["ask", "set", "--from-config"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    fs::write(&config, good).unwrap();
    assert_eq!(ask(4_321)["offers"], new["offers"], "nothing has changed");
    let set = mesh.json("prover", &["ask", "set", "--from-config"]);
    assert_eq!(set["flat"], 1_000, "{set}");

    let versions = mesh.json("prover", &["update", "--check"]);
    let own = versions["own"].as_str().unwrap();
    assert_eq!((&versions["newer"], &versions["published_at"]), (&Value::Null, &Value::Null), "{versions}");
    let of_peers = until("the coordinator says its version", || {
        let versions = mesh.json("prover", &["update", "--check"]);
        versions["peers"].as_object().filter(|peers| !peers.is_empty()).cloned()
    });
    assert_eq!(of_peers[own], 1, "{of_peers:?}");
}
