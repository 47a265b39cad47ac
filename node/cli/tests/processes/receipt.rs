//! A receipt on its way to a stranger: written by its requester, checked with nothing but a genesis or a checkpoint.

use super::{
    job::Job,
    mesh::{COORDINATOR, Mesh, PROGRAM, REQUESTER, said, sample, until},
};
use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

const BLOCKS: u64 = 8;
/// More than the three days for which bonds stay locked.
const DAYS_4: u64 = 4 * 86_400_000;

/// Buys the smallest proof; its task's id.
fn buy(mesh: &Mesh) -> String {
    let [r1cs, wtns] = Job::squarings(8).write(mesh);
    let submit = ["task", "submit", &r1cs, &wtns, "--level", "1", "--public-witness", "--reward", "1000000", "--wait"];
    mesh.json(REQUESTER, &submit)["task"].as_str().unwrap().to_owned()
}

/// `dpgn verify-receipt` as a stranger runs it: in a directory that is no node's, with nothing of the environment.
fn verify(dir: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(PROGRAM);
    command.env_clear().current_dir(dir).stdin(Stdio::null()).arg("verify-receipt").args(arguments);
    let ran = command.output().unwrap();
    println!("$ dpgn verify-receipt {}", arguments.join(" "));
    let [out, err] = [ran.stdout, ran.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    println!("{out}{err}");
    (ran.status.code(), out, err)
}

fn valid(dir: &Path, arguments: &[&str]) -> Value {
    let (code, out, err) = verify(dir, &[arguments, &["--format", "json"]].concat());
    assert_eq!(code, Some(0), "{err}");
    serde_json::from_str(&out).unwrap()
}

fn refused(dir: &Path, code: i32, arguments: &[&str]) -> String {
    let (got, out, err) = verify(dir, arguments);
    assert_eq!((got, out.as_str()), (Some(code), ""), "{err}");
    err
}

/// The file with one line changed.
fn with_line(file: &Path, key: &str, value: u64, to: &Path) {
    let text = fs::read_to_string(file).unwrap();
    let line = text.lines().find(|line| line.starts_with(&format!("{key} = "))).unwrap();
    fs::write(to, text.replace(line, &format!("{key} = {value}"))).unwrap();
}

#[test]
fn a_stranger_checks_a_receipt_from_the_genesis_or_a_checkpoint_alone() {
    let params = [("epoch_blocks", BLOCKS), ("idle_interval", 50), ("block_interval", 50)];
    let mesh = Mesh::new(&["prover"], &params);
    let _running = mesh.nodes(&["prover"]);
    let stranger = tempfile::tempdir().unwrap();
    let dir = stranger.path();
    let path = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    fs::copy(mesh.dir(COORDINATOR).join("genesis.toml"), dir.join("genesis.toml")).unwrap();

    // From the genesis: the task, what was paid to whom, and what that was checked from.
    let first = buy(&mesh);
    let info = mesh.json(REQUESTER, &["task", "status", &first]);
    let written = mesh.json(REQUESTER, &["task", "receipt", &first, "--out", &path("first.receipt")]);
    let told = valid(dir, &["first.receipt", "--genesis", "genesis.toml"]);
    for key in ["task", "prover", "proof", "circuit"] {
        assert_eq!((&told[key], &written[key]), (&info[key], &info[key]), "{key}: {told}");
    }
    assert_eq!(
        (&told["paid"], &told["height"], &told["outcome"]),
        (&info["price"], &info["settled_height"], &"paid".into())
    );
    assert!(told["checkpoint"]["height"] == 0 && told["checkpoint"]["forced"] == false, "{told}");
    let settled = told["height"].as_u64().unwrap();
    assert_eq!(told["borders"].as_u64(), Some((settled - 1) / BLOCKS), "{told}");

    // From a checkpoint above the block nothing can be known; below a later one it can.
    let newer = until("another epoch begins", || {
        let shown = mesh.answer(COORDINATOR, &["checkpoint", "show"])?;
        (shown["height"].as_u64()? >= settled).then_some(shown)
    });
    let exported = mesh.json(COORDINATOR, &["checkpoint", "export", "--out", &path("theirs")]);
    assert!(exported["height"].as_u64() >= newer["height"].as_u64(), "{exported}");
    let shown = mesh.json(REQUESTER, &["checkpoint", "show", &path("theirs")]);
    assert_eq!(shown["hash"], exported["hash"], "the same to everybody");
    let why = refused(dir, 1, &["first.receipt", "--checkpoint", "theirs"]);
    assert!(why.contains("out of order") && why.contains("name a checkpoint below"), "{why}");
    let before = ["checkpoint", "export", "--below", &settled.to_string(), "--out", &path("before")];
    let before = mesh.json(COORDINATOR, &before);
    assert!(before["height"].as_u64().is_some_and(|height| height + BLOCKS >= settled && height < settled), "{before}");
    assert_eq!(valid(dir, &["first.receipt", "--checkpoint", "before"])["checkpoint"]["hash"], before["hash"]);

    let second = buy(&mesh);
    said(&mut mesh.dpgn(REQUESTER, &["task", "receipt", &second, "--out", &path("long.receipt")]));
    let theirs = path("theirs");
    let since = ["task", "receipt", &second, "--since", &theirs, "--out", &path("short.receipt")];
    said(&mut mesh.dpgn(REQUESTER, &since));
    let [long, short] = ["long.receipt", "short.receipt"].map(|name| {
        let told = valid(dir, &[name, "--checkpoint", "theirs"]);
        assert_eq!(told["checkpoint"]["hash"], exported["hash"], "{told}");
        (told["borders"].as_u64().unwrap(), fs::metadata(dir.join(name)).unwrap().len())
    });
    println!("borders and bytes from the genesis: {long:?}, from the checkpoint: {short:?}");
    assert!(short.0 < long.0 && short.1 < long.1);
    let why = refused(dir, 1, &["short.receipt", "--genesis", "genesis.toml"]);
    assert!(why.contains("it begins after your checkpoint") && why.contains("--since 0"), "{why}");

    // Bonds of that time may be unlocked: whoever signed then can sign anything now.
    let old = exported["time"].as_u64().unwrap() - DAYS_4;
    with_line(&dir.join("theirs"), "time", old, &dir.join("old"));
    let why = refused(dir, 2, &["short.receipt", "--checkpoint", "old"]);
    assert!(why.contains("is 4 d 0 h old, the limit is 3 d 0 h") && why.contains("--allow-old-checkpoint"), "{why}");
    let told = valid(dir, &["short.receipt", "--checkpoint", "old", "--allow-old-checkpoint"]);
    assert!(told["checkpoint"]["forced"] == true && told["verdict"] == "valid", "{told}");
    let (_, text, _) = verify(dir, &["short.receipt", "--checkpoint", "old", "--allow-old-checkpoint"]);
    assert!(text.contains("OLD, MORE THAN 3 d 0 h") && text.contains("its proof was found good and paid"), "{text}");

    let why = refused(dir, 2, &["first.receipt", "--checkpoint", "genesis.toml"]);
    assert!(why.contains("this is a genesis") && why.contains("--genesis"), "{why}");

    // Another network's committee, a flipped bit, something else.
    with_line(&dir.join("genesis.toml"), "epoch_blocks", BLOCKS + 1, &dir.join("another.toml"));
    let why = refused(dir, 1, &["first.receipt", "--genesis", "another.toml"]);
    assert!(why.contains("is from network"), "{why}");
    let mut bytes = fs::read(dir.join("first.receipt")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(dir.join("flipped"), &bytes).unwrap();
    assert_ne!(verify(dir, &["flipped", "--genesis", "genesis.toml"]).0, Some(0));
    let why = refused(dir, 2, &["genesis.toml", "--genesis", "genesis.toml"]);
    assert!(why.contains("no file of a receipt"), "{why}");
    assert!(refused(dir, 2, &["first.receipt"]).contains("--genesis"));
}

#[test]
fn what_was_not_paid_has_no_receipt() {
    let mesh = Mesh::new(&[], &[("idle_interval", 400), ("block_interval", 50)]);
    let _running = [COORDINATOR, REQUESTER].map(|who| mesh.node(who));
    let submit = ["task", "submit", &sample("range.r1cs"), &sample("range.wtns"), "--reward", "1000000"];
    let task = mesh.json(REQUESTER, &submit)["task"].as_str().unwrap().to_owned();
    let output = mesh.dpgn(REQUESTER, &["task", "receipt", &task]).output().unwrap();
    let why = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && why.contains("no block has paid for it"), "{why}");
    // Before the first border the genesis is the checkpoint.
    let [shown, other] = [COORDINATOR, REQUESTER].map(|who| mesh.json(who, &["checkpoint", "show"]));
    assert!(shown["height"] == 0 && shown["hash"] == other["hash"], "{shown}");
}
