//! What may happen to one task.

use super::{
    books::{Books, CARRIAGE, CHANGE, GRANT},
    job::Job,
    market,
    mesh::{COORDINATOR, Mesh, REQUESTER, Running, said, sample, until},
};
use dpgn_prover::prove::Arithmetic;
use plonky2::{
    plonk::{circuit_data::VerifierCircuitData, config::PoseidonGoldilocksConfig, proof::ProofWithPublicInputs},
    util::serialization::DefaultGateSerializer,
};
use rustix::process::Signal;
use serde_json::Value;
use std::path::Path;

type C = PoseidonGoldilocksConfig;

/// Windows that close while one waits.
const QUICK: [(&str, u64); 4] =
    [("heartbeat", 3_000), ("verdict_window", 10_000), ("idle_interval", 400), ("block_interval", 50)];
/// Windows that a process which is started again at once does not miss.
const PATIENT: [(&str, u64); 3] = [("heartbeat", 20_000), ("start_window", 20_000), ("verdict_window", 60_000)];

/// Squarings in a row: a proof of them takes seconds, enough to be killed in, at the level that is proved soonest.
const SQUARINGS: u32 = 10_000;

/// What buys a job that proves for seconds.
fn purchase(mesh: &Mesh) -> Vec<String> {
    let [circuit, witness] = Job::squarings(SQUARINGS).write(mesh);
    let terms = ["--level", "1", "--public-witness", "--reward", "100000"].map(str::to_owned);
    [vec!["task".to_owned(), "submit".to_owned(), circuit, witness], terms.to_vec()].concat()
}

/// Sends such a job through the requester's node.
fn submit(mesh: &Mesh) -> String {
    let purchase = purchase(mesh);
    let info = mesh.json(REQUESTER, &purchase.iter().map(String::as_str).collect::<Vec<_>>());
    info["task"].as_str().unwrap().to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// There is one task, it is this one, it is paid, and its proof holds offline.
fn assert_done(mesh: &Mesh, info: &Value) -> u64 {
    assert_eq!(info["status"], "completed", "{info}");
    let all = mesh.json(REQUESTER, &["task", "list"]);
    assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
    assert_eq!((&all[0]["task"], &all[0]["proof"]), (&info["task"], &info["proof"]));
    mesh.json(REQUESTER, &["task", "verify", text(&info["task"])]);
    info["price"].as_u64().unwrap()
}

/// Stock plonky2 agrees.
fn assert_stock(proof: &Path, verifier: &Path) {
    let verifier = std::fs::read(verifier).unwrap();
    let verifier = VerifierCircuitData::<_, C, 2>::from_bytes(verifier, &DefaultGateSerializer).unwrap();
    let proof = std::fs::read(proof).unwrap();
    let proof = ProofWithPublicInputs::<_, C, 2>::from_bytes(proof, &verifier.common).unwrap();
    verifier.verify(proof).unwrap();
}

/// Whatever works for the task says so in every line it logs, deep inside as well.
fn assert_lines_name_the_task(log: &str, task: &str) {
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let names_it = |line: &&Value| line["span"]["task"] == task || line["fields"]["task"] == task;
    let about_it = lines.iter().filter(names_it).count();
    // At its start a node tries what its workers are confined with; speeds are declared, so that nothing else does.
    let awarded = lines.iter().position(|line| names_it(&line)).unwrap();
    let workers = |line: &&Value| line["fields"]["message"] == "worker started";
    let started = || lines[awarded..].iter().filter(workers);
    let (all, named) = (started().count(), started().filter(names_it).count());
    println!("{} lines, {about_it} name the task; {named} of {all} workers started for it", lines.len());
    assert!(all > 0 && named == all, "{log}");
}

#[tokio::test]
async fn three_processes_make_a_proof() {
    let mesh = Mesh::new(&["prover"], &[]);
    mesh.configure("prover", "[log]\nformat = \"json\"\nfilter = \"debug\"\n");
    let (coordinator, prover) = (mesh.node(COORDINATOR), mesh.node("prover"));
    let out = mesh.dir(REQUESTER).join("range.proof");
    let (circuit, witness) = (sample("range.r1cs"), sample("range.wtns"));
    // No node of the requester's runs: the command serves its own inputs until the task is over.
    let info = mesh.json(
        REQUESTER,
        &[
            ["task", "submit", &circuit, &witness, "--level", "1", "--public-witness"].as_slice(),
            &["--reward", "100000", "--wait", "--out", out.to_str().unwrap()],
        ]
        .concat(),
    );
    assert_eq!((&info["status"], &info["attempts"]), (&"completed".into(), &1.into()));
    assert_eq!(info["prover"], mesh.account("prover"));
    assert_stock(&out, &out.with_extension("proof.verifier"));
    let verified = mesh.json(
        REQUESTER,
        &[
            "verify",
            out.to_str().unwrap(),
            "--task",
            text(&info["task"]),
            "--prover",
            mesh.account("prover"),
            "--circuit",
            text(&info["circuit"]),
        ],
    );
    assert_eq!(verified["verdict"], "Valid");
    assert_lines_name_the_task(&mesh.log("prover"), text(&info["task"]));

    let sandbox = &mesh.json("prover", &["node", "status"])["sandbox"];
    println!("workers of a prover are confined by {sandbox}");
    // Seccomp is in every kernel that runs this; landlock isn't, and then the log says so.
    assert_eq!(sandbox["seccomp"], true);
    let arithmetic = text(&mesh.json("prover", &["node", "status"])["arithmetic"]).to_owned();
    assert!(Arithmetic::all().any(|known| known.name() == arithmetic), "{arithmetic}");
    let is_told = mesh.log("prover").contains("confines workers less than it could");
    assert_eq!(is_told, sandbox["landlock"] == false);

    let price = assert_done(&mesh, &info);
    market::assert_told(&mesh, text(&info["task"]), price);
    market::assert_explained(&mesh, text(&info["task"]), price);
    let books = Books::close(&mesh, [coordinator, prover]).await;
    books.assert_paid(mesh.account(REQUESTER), mesh.account("prover"), price);
}

#[tokio::test]
async fn a_prover_dies_and_another_takes_over() {
    let names = ["one", "two"];
    let mesh = Mesh::new(&names, &QUICK);
    let (coordinator, provers, requester) = mesh.nodes(&names);
    let task = submit(&mesh);
    let first = mesh.proving(&task)["prover"].clone();
    let dead = usize::from(first == mesh.account(names[1]));
    let mut provers: Vec<Running> = provers;
    provers.remove(dead).kill();

    let info = mesh.over(&task);
    let price = assert_done(&mesh, &info);
    let heir = mesh.account(names[1 - dead]);
    assert_eq!((&info["prover"], &info["attempts"]), (&heir.into(), &2.into()));
    provers.extend([coordinator, requester]);
    let books = Books::close(&mesh, provers).await;
    let (lost, dead) = (GRANT - books.of(text(&first)), text(&first));
    assert!(lost > CHANGE, "the collateral of the dead is gone, not only {lost}");
    assert!(books.reputation(dead) < books.reputation(heir));
    let spent = GRANT - books.of(mesh.account(REQUESTER));
    assert!((price..price + CHANGE + CARRIAGE).contains(&spent), "{spent} spent for {price}");
    assert!(books.of(heir) >= GRANT + price - CHANGE);
}

#[tokio::test]
async fn the_coordinator_dies_and_comes_back() {
    let mesh = Mesh::new(&["prover"], &PATIENT);
    let (coordinator, mut rest, requester) = mesh.nodes(&["prover"]);
    let task = submit(&mesh);
    mesh.proving(&task);
    coordinator.kill();
    let coordinator = mesh.node(COORDINATOR);
    let info = mesh.over(&task);
    let price = assert_done(&mesh, &info);
    rest.extend([coordinator, requester]);
    let books = Books::close(&mesh, rest).await;
    books.assert_paid(mesh.account(REQUESTER), mesh.account("prover"), price);
}

#[tokio::test]
async fn the_requester_dies_in_the_foreground_and_looks_again() {
    let mesh = Mesh::new(&["prover"], &PATIENT);
    let (coordinator, prover) = (mesh.node(COORDINATOR), mesh.node("prover"));
    let alias = uuid::Uuid::new_v4().to_string();
    let bought = [purchase(&mesh), vec!["--id".to_owned(), alias.clone()]].concat();
    let bought: Vec<&str> = bought.iter().map(String::as_str).collect();
    let submit = mesh.start(REQUESTER, &bought);
    mesh.ready(REQUESTER);
    mesh.proving(&alias);
    submit.kill();
    // Bought once: the same again is refused, and changes nothing.
    let again = mesh.dpgn(REQUESTER, &bought).output().unwrap();
    assert_eq!(again.status.code(), Some(2), "{}", String::from_utf8_lossy(&again.stderr));
    assert!(String::from_utf8_lossy(&again.stderr).contains("has been used"));

    let info = mesh.json(REQUESTER, &["task", "watch", &alias]);
    let price = assert_done(&mesh, &info);
    let books = Books::close(&mesh, [coordinator, prover]).await;
    books.assert_paid(mesh.account(REQUESTER), mesh.account("prover"), price);
}

#[tokio::test]
async fn a_prover_dies_and_starts_over() {
    let mesh = Mesh::new(&["prover"], &PATIENT);
    let (coordinator, mut provers, requester) = mesh.nodes(&["prover"]);
    let task = submit(&mesh);
    mesh.proving(&task);
    provers.remove(0).kill();
    let inputs = || std::fs::read_dir(mesh.dir("prover").join("blobs/inputs")).map_or(0, Iterator::count);
    let prover = mesh.node("prover");
    let info = mesh.over(&task);
    assert_eq!(info["attempts"], 1, "it is still the same award");
    let price = assert_done(&mesh, &info);
    until("the inputs are wiped", || (inputs() == 0).then_some(()));
    let books = Books::close(&mesh, [coordinator, requester, prover]).await;
    books.assert_paid(mesh.account(REQUESTER), mesh.account("prover"), price);
}

#[tokio::test]
async fn a_finished_proof_survives_its_prover() {
    let mesh = Mesh::new(&["prover"], &PATIENT);
    let (coordinator, mut provers, requester) = mesh.nodes(&["prover"]);
    let task = submit(&mesh);
    mesh.proving(&task);
    // Nobody takes the proof: it is on disk, and nothing of it is in a block.
    coordinator.signal(Signal::STOP);
    let proofs = mesh.dir("prover").join("blobs/proofs");
    let kept = until("the proof is on disk", || {
        let mut names =
            std::fs::read_dir(&proofs).ok()?.flatten().map(|entry| entry.file_name().into_string().unwrap());
        names.find(|name| name.len() == 64)
    });
    until("it is to be delivered", || {
        let info = mesh.answer(REQUESTER, &["task", "status", &task])?;
        (info["proof_stage"] == "deliver").then_some(())
    });
    provers.remove(0).kill();
    let prover = mesh.node("prover");
    coordinator.signal(Signal::CONT);

    let info = mesh.over(&task);
    assert_eq!((&info["proof"], &info["attempts"]), (&kept.into(), &1.into()), "it was not proved again");
    let price = assert_done(&mesh, &info);
    said(&mut mesh.dpgn(REQUESTER, &["task", "proof", &task, "--out", mesh.dir("out").to_str().unwrap()]));
    assert_stock(&mesh.dir("out"), &mesh.dir("out.verifier"));
    let books = Books::close(&mesh, [coordinator, requester, prover]).await;
    books.assert_paid(mesh.account(REQUESTER), mesh.account("prover"), price);
}
