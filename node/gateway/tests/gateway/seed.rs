//! The session that DPGN was asked for with: a prover registers, a task is posted, assigned, and its proof handed in.

use crate::{
    client::{Answer, get, send},
    scene::{Scene, options},
};
use dpgn_protocol::units::{Degree, Level};
use dpgn_prover::{
    ProveRequest, Prover, RecipeAt, RecipeSource,
    circuit::{CircuitLimits, Envelope, Subject},
};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio_util::sync::CancellationToken;

const PROVER: &str = "550e8400-e29b-41d4-a716-446655440000";
const TASK: &str = "660e8400-e29b-41d4-a716-446655440001";

async fn post(at: SocketAddr, path: &str, body: Value) -> Answer {
    send(at, &format!("POST {path}"), "", &body.to_string()).await
}

fn prover() -> Value {
    json!({"prover_id": PROVER, "supported_levels": [1, 2, 3], "capacity": 5})
}

fn task(id: &str) -> Value {
    json!({"task_id": id, "privacy_level": 2, "circuit_data": [1, 2, 3, 4], "reward_amount": 100,
        "requester": "client-001", "priority": 10})
}

fn result(proof: &[u8]) -> Value {
    json!({"task_id": TASK, "prover_id": PROVER, "proof": proof})
}

/// What a prover does with a task that it was handed: all that it needs is in it.
async fn prove(task: &Value) -> Vec<u8> {
    let bytes: Vec<u8> = serde_json::from_value(task["circuit_data"].clone()).expect("bytes");
    let limits = CircuitLimits::default();
    let (subject, inputs) = Envelope::parse(&bytes, &limits).and_then(|e| e.split(&limits)).expect("an envelope");
    let Subject::Recipe(recipe) = subject else { panic!("a recipe") };
    let recipe = RecipeSource { digest: recipe.digest(), at: RecipeAt::Memory(recipe.encode().into()) };
    let level =
        Level::new(u8::try_from(task["privacy_level"].as_u64().expect("a level")).expect("small")).expect("defined");
    let prover = Prover::new(options()).expect("sound");
    let built = prover.build(recipe.clone(), level, Degree::MAX, CancellationToken::new()).await.expect("it builds");
    assert_eq!(task["circuit_id"], built.circuit.to_string());
    let tag: [String; 4] = serde_json::from_value(task["tag"].clone()).expect("four numbers");
    let tag = tag.map(|element| element.parse().expect("a number"));
    let request = ProveRequest { recipe, circuit: built.circuit, level, degree_max: Degree::MAX, inputs, tag };
    let (progress, _) = tokio::sync::mpsc::channel(1);
    prover.prove(request, progress, CancellationToken::new()).await.expect("it proves").proof
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prover_registers_gets_a_task_fails_and_passes() {
    let scene = Scene::selling_for_agents().await;
    let at = scene.at;
    assert_eq!(post(at, "/provers/register", prover()).await.json(), PROVER);
    assert_eq!(post(at, "/tasks", task(TASK)).await.json(), TASK);
    let waiting = get(at, &format!("/tasks/{TASK}/status")).await.json();
    assert_eq!(
        (&waiting["status"], &waiting["assigned_prover"]),
        (&json!("pending"), &Value::Null),
        "nobody asked for it"
    );

    let handed = get(at, &format!("/tasks/assign/{PROVER}?wait=30")).await.json();
    for (key, value) in task(TASK).as_object().expect("an object") {
        assert_eq!(&handed[key], value, "{key}");
    }
    assert_eq!(handed["award"], 1);
    let held = get(at, &format!("/tasks/{TASK}/status")).await.json();
    assert_eq!((&held["status"], &held["assigned_prover"]), (&json!("in_progress"), &json!(PROVER)));
    let named: Vec<_> = held.as_object().expect("an object").keys().cloned().collect();
    assert_eq!(named, ["assigned_prover", "created_at", "status", "task_id", "updated_at"]);

    let garbage = post(at, "/tasks/result", result(&[10, 20, 30, 40, 50])).await.json();
    assert_eq!((&garbage["accepted"], &garbage["verification_result"]), (&json!(false), &json!("Fail")));
    let proof = prove(&handed).await;
    let passed = post(at, "/tasks/result", result(&proof)).await.json();
    assert_eq!((&passed["accepted"], &passed["verification_result"]), (&json!(true), &json!("Pass")));
    let quality = passed["quality_score"].as_f64().expect("it is settled");
    assert!(quality > 0.0 && quality <= 1.0, "{quality}");
    let paid = get(at, &format!("/tasks/{TASK}/status")).await.json();
    assert_eq!((&paid["status"], &paid["assigned_prover"]), (&json!("completed"), &json!(PROVER)));
    let again = post(at, "/tasks/result", result(&proof)).await.json();
    assert_eq!((&again["accepted"], &again["verification_result"]), (&json!(false), &json!("Fail")), "paid once");

    let provers = get(at, "/provers").await.json();
    assert_eq!((&provers[0]["prover_id"], &provers[0]["proofs"]), (&json!(PROVER), &json!({"passed": 1, "failed": 1})));
    let nothing = get(at, &format!("/tasks/assign/{PROVER}?wait=1")).await;
    assert_eq!((nothing.status, nothing.json()), (200, Value::Null));
    assert_eq!(post(at, "/provers/heartbeat", json!({"prover_id": PROVER})).await.json(), json!({"tasks": []}));
    scene.stop().await;
}

/// An agent that takes a task and brings nothing costs its node time, and no collateral.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_prover_does_not_bring_the_node_makes_itself() {
    let scene = Scene::selling_for_agents().await;
    post(scene.at, "/provers/register", prover()).await;
    post(scene.at, "/tasks", task(TASK)).await;
    let handed = get(scene.at, &format!("/tasks/assign/{PROVER}?wait=30")).await.json();
    assert_eq!(handed["task_id"], TASK);
    let info = scene.node.wait(dpgn_node::TaskRef::Alias(TASK.parse().expect("a UUID"))).await.expect("it ends");
    assert_eq!((info.why, info.attempts), (None, 1), "in the same award");
    scene.stop().await;
}

/// A proof that its prover would not make lay with it until its time was short.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_prover_gives_back_is_another_s_at_once() {
    const OTHER: &str = "550e8400-e29b-41d4-a716-446655440009";
    let scene = Scene::selling().await;
    let at = scene.at;
    post(at, "/provers/register", prover()).await;
    let mut other = prover();
    other["prover_id"] = json!(OTHER);
    post(at, "/provers/register", other).await;
    post(at, "/tasks", task(TASK)).await;
    let handed = get(at, &format!("/tasks/assign/{PROVER}?wait=30")).await.json();
    assert_eq!(handed["task_id"], TASK);
    let waits = tokio::spawn(async move { get(at, &format!("/tasks/assign/{OTHER}?wait=30")).await.json() });
    // It asks before the other has given anything back, and is waiting.
    while get(at, "/provers").await.json()[1]["active"] != true {}
    let given_back = json!({"task_id": TASK, "prover_id": PROVER});
    assert_eq!(post(at, "/tasks/release", given_back.clone()).await.json(), json!({"tasks": []}));
    let handed = waits.await.expect("no panic");
    assert_eq!(handed["task_id"], TASK, "{handed}");
    assert_eq!(post(at, "/tasks/release", given_back).await.json(), json!({"tasks": []}), "it is the other's now");
    assert_eq!(post(at, "/provers/heartbeat", json!({"prover_id": OTHER})).await.json(), json!({"tasks": [TASK]}));
    let unknown = json!({"task_id": TASK, "prover_id": TASK});
    post(at, "/tasks/release", unknown).await.assert_problem(404, "unknown_prover");
    scene.stop().await;
}

/// Each false proof costs its node a check; whoever brings them without end is told when to come again.
#[tokio::test(flavor = "multi_thread")]
async fn a_prover_that_brings_garbage_without_end_is_not_heard_for_a_while() {
    let scene = Scene::selling().await;
    let at = scene.at;
    post(at, "/provers/register", prover()).await;
    post(at, "/tasks", task(TASK)).await;
    let handed = get(at, &format!("/tasks/assign/{PROVER}?wait=30")).await.json();
    assert_eq!(handed["task_id"], TASK);
    for n in 0..3 {
        assert_eq!(post(at, "/tasks/result", result(&[n])).await.json()["verification_result"], "Fail");
    }
    let barred = post(at, "/tasks/result", result(&[4])).await;
    barred.assert_problem(429, "prover_barred");
    let after: u32 = barred.header("retry-after").expect("a time").parse().expect("in seconds");
    assert!((1..=60).contains(&after), "{after}");
    get(at, &format!("/tasks/assign/{PROVER}?wait=1")).await.assert_problem(429, "prover_barred");
    assert_eq!(post(at, "/provers/register", prover()).await.json(), PROVER);
    get(at, &format!("/tasks/assign/{PROVER}?wait=1")).await.assert_problem(429, "prover_barred");
    let shown = get(at, "/provers").await.json();
    assert!(shown[0]["barred_until"].is_string() && shown[0]["active"] == false, "{shown}");
    let info = scene.node.wait(dpgn_node::TaskRef::Alias(TASK.parse().expect("a UUID"))).await.expect("it ends");
    assert_eq!((info.why, info.attempts), (None, 1), "the node makes it itself, in the same award");
    scene.stop().await;
}

/// A node that was started anew had forgotten its provers' keys: whoever came first had the name.
#[tokio::test(flavor = "multi_thread")]
async fn a_prover_s_name_is_its_own_after_a_restart_of_the_node() {
    let scene = Scene::selling().await;
    let mut keyed = prover();
    keyed["key"] = json!("sixteen letters!");
    assert_eq!(post(scene.at, "/provers/register", keyed.clone()).await.status, 200);
    let names = scene.dir.path().join("agents.json");
    while std::fs::read_to_string(&names).map_or(true, |text| !text.contains(PROVER)) {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let scene = scene.again().await;
    let at = scene.at;
    post(at, "/provers/register", prover()).await.assert_problem(403, "wrong_key");
    let mut stranger = keyed.clone();
    stranger["key"] = json!("another key of it");
    post(at, "/provers/register", stranger).await.assert_problem(403, "wrong_key");
    assert_eq!(post(at, "/provers/register", keyed).await.status, 200);
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_and_nothing_is_charged() {
    let scene = Scene::selling().await;
    let at = scene.at;
    let with = |key: &str, value: Value| {
        let mut task = task(TASK);
        task[key] = value;
        task
    };
    for (body, code) in [
        (with("privacy_level", json!(6)), "malformed"),
        (with("privacy_level", json!(0)), "malformed"),
        (with("priority", json!(101)), "malformed"),
        (with("requester", json!("x".repeat(129))), "malformed"),
        (with("reward_amount", json!(u64::MAX)), "malformed"),
        (with("reward_amount", json!(-1)), "malformed"),
        (with("task_id", json!("no uuid")), "malformed"),
        (with("owner", json!("me")), "malformed"),
    ] {
        post(at, "/tasks", body).await.assert_problem(400, code);
    }
    post(at, "/tasks", with("circuit_data", json!([]))).await.assert_problem(422, "malformed_circuit");
    post(at, "/tasks", with("circuit_data", json!([9, 1]))).await.assert_problem(422, "malformed_circuit");
    let all = u64::MAX / 1_000;
    post(at, "/tasks", with("reward_amount", json!(all))).await.assert_problem(422, "insufficient_funds");
    post(at, "/tasks", task(TASK)).await;
    post(at, "/tasks", task(TASK)).await.assert_problem(409, "alias_used");
    get(at, &format!("/tasks/{PROVER}/status")).await.assert_problem(404, "unknown_task");
    get(at, &format!("/tasks/assign/{PROVER}")).await.assert_problem(404, "unknown_prover");
    post(at, "/provers/heartbeat", json!({"prover_id": PROVER})).await.assert_problem(404, "unknown_prover");
    for (key, value) in [("supported_levels", json!([])), ("supported_levels", json!([6])), ("capacity", json!(0))] {
        let mut body = prover();
        body[key] = value;
        post(at, "/provers/register", body).await.assert_problem(400, "malformed");
    }
    scene.stop().await;
}

/// Whoever has registered with a key is nobody else's to speak for, and a gateway with a token wants one of each prover.
#[tokio::test(flavor = "multi_thread")]
async fn a_prover_s_key_is_asked_for() {
    let scene = Scene::selling().await;
    let at = scene.at;
    let mut keyed = prover();
    keyed["key"] = json!("sixteen letters!");
    assert_eq!(post(at, "/provers/register", keyed.clone()).await.status, 200);
    let path = format!("GET /tasks/assign/{PROVER}?wait=0");
    send(at, &path, "", "").await.assert_problem(403, "wrong_key");
    send(at, &path, "Prover-Key: another key of it\r\n", "").await.assert_problem(403, "wrong_key");
    post(at, "/provers/register", prover()).await.assert_problem(403, "wrong_key");
    assert_eq!(send(at, &path, "Prover-Key: sixteen letters!\r\n", "").await.json(), Value::Null);
    keyed["key"] = json!("short");
    post(at, "/provers/register", keyed).await.assert_problem(400, "malformed");
    scene.stop().await;

    let token = |dir: &tempfile::TempDir, config| {
        let token_file = Some(dir.path().join("token"));
        dpgn_gateway::GatewayConfig { token_file, ..config }
    };
    let scene = Scene::with(token).await;
    let token = std::fs::read_to_string(scene.dir.path().join("token")).expect("it was made");
    let shown = format!("Authorization: Bearer {}\r\n", token.trim());
    let refused = send(scene.at, "POST /provers/register", &shown, &prover().to_string()).await;
    refused.assert_problem(401, "key_needed");
    scene.stop().await;
}
