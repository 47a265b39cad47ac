//! A proof bought over HTTP, followed by its stream, and everything that can be had of it afterwards.

use crate::{
    client::{Events, get, send},
    scene::{Mesh, Scene},
};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Knowledge of the bytes `secret`, at a public level: the smallest real job. `AXNlY3JldA==` is the byte 1 and those.
fn order() -> Value {
    json!({ "circuit_data": "AXNlY3JldA==", "level": 1, "reward": 1_000_000, "witness_is_public": true })
}

async fn post(at: SocketAddr, path: &str, headers: &str, body: &Value) -> crate::client::Answer {
    send(at, &format!("POST {path}"), headers, &body.to_string()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_bought_followed_fetched_and_verified() {
    let mesh = Mesh::start().await;
    let (at, elsewhere) = (mesh.requester.address(), mesh.coordinator.address());
    let key = "Idempotency-Key: first\r\n";
    let bought = post(at, "/api/v1/tasks", key, &order()).await;
    assert_eq!(bought.status, 201, "{}", String::from_utf8_lossy(&bought.body));
    let row = &bought.json()["task"];
    let task = row["task"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/tasks/{task}");
    assert_eq!(bought.header("location"), Some(path.as_str()));

    // It is followed from here, and from somebody else's node.
    let mut own = Events::open(at, &format!("{path}/events"), None).await;
    let first = own.next().await.expect("an event");
    assert_eq!((first.name.as_str(), first.data["state"]["task"].as_str()), ("state", Some(task.as_str())));
    let mut names = Vec::new();
    let mut ids = vec![first.id];
    while let Some(told) = own.next().await {
        assert_eq!(told.data["task"], task, "only of this task");
        names.push(told.name);
        ids.push(told.id);
    }
    println!("{names:?}");
    assert_eq!(names.last().map(String::as_str), Some("completed"), "the stream ends with the task");
    assert!(["awarded", "started", "delivered", "settled"].iter().all(|name| names.iter().any(|told| told == name)));

    let again = post(at, "/api/v1/tasks", key, &order()).await;
    assert_eq!((again.status, again.json()["task"]["task"].as_str()), (200, Some(task.as_str())), "bought once");
    let laid_out =
        "{\n  \"witness_is_public\": true, \"reward\": 1000000,\n  \"level\": 1, \"circuit_data\": \"AXNlY3JldA==\"\n}";
    let laid_out = send(at, "POST /api/v1/tasks", key, laid_out).await;
    assert_eq!(
        (laid_out.status, laid_out.json()["task"]["task"].as_str()),
        (200, Some(task.as_str())),
        "the same values"
    );
    let mut other = order();
    other["reward"] = 2_000_000.into();
    post(at, "/api/v1/tasks", key, &other).await.assert_problem(422, "key_reused");
    assert_eq!(get(at, "/api/v1/tasks").await.json()["items"].as_array().map(Vec::len), Some(1));

    late(at, &path, &ids).await;
    everything_of_it(at, &path).await;
    seen_by_others(elsewhere, &task).await;
    mesh.stop().await;
}

/// Who comes late hears how it ended; who has heard so is not told again.
async fn late(at: SocketAddr, path: &str, ids: &[String]) {
    let mut late = Events::open(at, &format!("{path}/events"), None).await;
    let told = [late.next().await, late.next().await].map(|told| told.expect("an event").name);
    assert_eq!(told, ["state", "completed"]);
    assert!(late.next().await.is_none(), "and the stream ends");
    let mut resumed = Events::open(at, &format!("{path}/events"), ids.get(1).map(String::as_str)).await;
    let mut seen = Vec::new();
    while let Some(told) = resumed.next().await {
        seen.push(told.id);
    }
    assert_eq!(seen, ids[2..], "the rest, in order");
    let behind = Events::open(at, &format!("{path}/events"), ids.last().map(String::as_str)).await;
    assert_eq!(behind.answer_status, 204);
}

async fn everything_of_it(at: SocketAddr, path: &str) {
    let told = get(at, &format!("{path}?wait=60")).await.json();
    assert_eq!((told["status"].as_str(), told["level"].as_u64()), (Some("completed"), Some(1)), "{told}");
    let alias = told["alias"].as_str().expect("a name");
    assert_eq!(get(at, &format!("/api/v1/tasks/{alias}")).await.json()["task"], told["task"]);
    let steps: Vec<&str> =
        told["timeline"].as_array().expect("steps").iter().filter_map(|s| s["what"].as_str()).collect();
    assert_eq!((steps.first(), steps.last()), (Some(&"opened"), Some(&"settled")), "{steps:?}");
    let proof = get(at, &format!("{path}/proof")).await;
    assert_eq!((proof.status, proof.body.len() as u64), (200, told["proof"]["len"].as_u64().expect("a length")));
    assert_eq!(proof.header("content-type"), Some("application/octet-stream"));
    assert!(!get(at, &format!("{path}/verifier-data")).await.body.is_empty());
    let receipt = get(at, &format!("{path}/receipt")).await;
    assert_eq!(receipt.status, 200, "{receipt:?}");
    dpgn_protocol::receipt::Receipt::from_file(&receipt.body).expect("a receipt");
    get(at, &format!("{path}/receipt?since=1000000")).await.assert_problem(422, "late_checkpoint");
    let verified = post(at, &format!("{path}/verify"), "", &json!({})).await.json();
    assert_eq!(verified["valid"], true, "{verified}");
    assert_eq!(get(at, &format!("{path}/explain")).await.json()["standing"]["state"], "paid");
    let explained = get(at, &format!("{path}/explain")).await.json();
    let settlement = &explained["standing"]["settlement"];
    assert!(settlement["quality"].as_f64().is_some_and(|quality| (0.0..=1.0).contains(&quality)), "{settlement}");
    let history = get(at, &format!("{path}/history")).await.json();
    let award = &history["lines"]
        .as_array()
        .expect("lines")
        .iter()
        .find(|l| l["event"] == "awarded")
        .expect("an award")["award"];
    assert!(award["terms"]["reputation"].as_f64().is_some_and(|share| (0.0..=1.0).contains(&share)), "{award}");
    assert!(history["lines"].as_array().is_some_and(|lines| !lines.is_empty()), "{history}");
    post(at, &format!("{path}/cancel"), "", &json!({})).await.assert_problem(422, "refused");
    let statement = format!("/api/v1/accounts/{}/statement", told["requester"].as_str().expect("an account"));
    let statement = get(at, &statement).await.json();
    assert!(statement["lines"].as_array().is_some_and(|lines| !lines.is_empty()), "{statement}");
    let prover = format!("/api/v1/accounts/{}/reputation", told["prover"].as_str().expect("an account"));
    let reputation = get(at, &prover).await.json();
    assert!(reputation["success"]["weight"].as_f64().is_some_and(|share| share < 1.0), "{reputation}");
    for told in [told, explained, history, statement, reputation] {
        one_style(&told, "");
    }
}

/// Times are text and are called so, and no name of an age ago is left.
fn one_style(value: &Value, name: &str) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| one_style(value, name)),
        Value::Array(items) => items.iter().for_each(|item| one_style(item, name)),
        Value::String(text) => {
            let is_time = text.len() == 24 && text.ends_with('Z') && text.contains('T');
            assert_eq!(is_time, name == "at" || name.ends_with("_at"), "{name}: {text}");
        }
        Value::Number(number) => {
            let ms = number.as_u64().is_some_and(|number| number > 1_700_000_000_000);
            assert!(!ms, "{name} is {number}: milliseconds since 1970");
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// Another node knows the task by the ledger, and nothing that is its requester's.
async fn seen_by_others(at: SocketAddr, task: &str) {
    assert_eq!(get(at, "/api/v1/tasks").await.json()["items"].as_array().map(Vec::len), Some(0), "it has bought none");
    let all = get(at, "/api/v1/tasks?scope=network&status=completed&level=1").await.json();
    assert_eq!(all["items"][0]["task"], task, "{all}");
    assert_eq!(get(at, "/api/v1/tasks?scope=network&level=2").await.json()["items"].as_array().map(Vec::len), Some(0));
    get(at, &format!("/api/v1/tasks/{task}/proof")).await.assert_problem(404, "unknown_task");
    let mut late = Events::open(at, &format!("/api/v1/tasks/{task}/events"), None).await;
    let told = [late.next().await, late.next().await].map(|told| told.expect("an event").name);
    assert_eq!(told, ["state", "completed"]);
    let price = all["items"][0]["price"].as_u64().expect("a price");
    let prices = get(at, "/api/v1/prices").await.json();
    assert_eq!((prices["items"][0]["count"].as_u64(), prices["items"][0]["last"].as_u64()), (Some(1), Some(price)));
    let provers = get(at, "/api/v1/provers").await.json();
    assert_eq!((provers["items"][0]["paid"].as_u64(), provers["items"][0]["held"].as_u64()), (Some(1), Some(0)));
    let book = get(at, "/api/v1/book?level=3").await.json();
    assert_eq!(book["asks"].as_array().map(Vec::len), Some(1));
    assert!(book["depth"][0]["steps"][0]["price"].as_u64().is_some_and(|price| price > 0), "{book}");
    let peers = get(at, "/api/v1/peers").await.json();
    assert_eq!(peers["items"].as_array().map(Vec::len), Some(2), "{peers}");
    let metrics = String::from_utf8(get(at, "/metrics").await.body).expect("text");
    assert!(metrics.contains("dpgn_task_deliver_to_settle_seconds_count 1"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_bought_is_told_and_costs_nothing() {
    let scene = Scene::start().await;
    let at = scene.at;
    let with = |key: &str, value: Value| {
        let mut order = order();
        order[key] = value;
        order
    };
    let refused = async |order: Value| post(at, "/api/v1/tasks", "", &order).await;
    refused(with("circuit_data", json!("?"))).await.assert_problem(400, "malformed");
    refused(with("level", json!(9))).await.assert_problem(400, "malformed");
    refused(with("priority", json!(101))).await.assert_problem(400, "malformed");
    refused(with("requester", json!("somebody"))).await.assert_problem(400, "malformed");
    refused(with("circuit_data", json!("AAE="))).await.assert_problem(422, "malformed_circuit");
    refused(with("witness_is_public", json!(false))).await.assert_problem(422, "witness_public");
    refused(with("reward", json!(u64::MAX))).await.assert_problem(422, "insufficient_funds");
    let secret = refused(with("circuit_data", json!(["c2VjcmV0LXdpdG5lc3M="]))).await;
    assert!(!String::from_utf8_lossy(&secret.body).contains("c2VjcmV0"), "a witness is never repeated: {secret:?}");
    assert_eq!(get(at, "/api/v1/tasks").await.json()["items"].as_array().map(Vec::len), Some(0));
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_nobody_takes_is_waited_for_and_taken_back() {
    let scene = Scene::start().await;
    let at = scene.at;
    let bought = post(at, "/api/v1/tasks", "", &order()).await;
    assert_eq!(bought.status, 201, "{}", String::from_utf8_lossy(&bought.body));
    let path = format!("/api/v1/tasks/{}", bought.json()["task"]["task"].as_str().expect("an id"));
    assert_eq!(get(at, &format!("{path}?wait=1")).await.json()["status"], "pending", "as it stands after a second");
    get(at, &format!("{path}?wait=61")).await.assert_problem(400, "malformed");
    get(at, &format!("{path}/proof")).await.assert_problem(404, "no_proof");
    get(at, &format!("{path}/receipt")).await.assert_problem(404, "not_paid");
    let waiting = format!("{path}?wait=60");
    let waits = get(at, &waiting);
    let cancelled = async {
        // A block has to know the bid first.
        loop {
            let answer = post(at, &format!("{path}/cancel"), "", &json!({})).await;
            if answer.status == 202 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    let (waited, ()) = tokio::join!(waits, cancelled);
    let told = waited.json();
    assert_eq!(told["status"], "failed", "the wait ends with the task: {told}");
    assert!(told["why"].is_string());
    scene.stop().await;
}

/// Nobody sells here: it is proved by the gateway's own node, and every face says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_nobody_takes_is_proved_by_the_node_itself_if_asked_for() {
    let scene = Scene::start().await;
    let at = scene.at;
    let mut wanted = order();
    wanted["prove_here_after_seconds"] = json!(1);
    let bought = post(at, "/api/v1/tasks", "", &wanted).await;
    assert_eq!(bought.status, 201, "{}", String::from_utf8_lossy(&bought.body));
    let path = format!("/api/v1/tasks/{}", bought.json()["task"]["task"].as_str().expect("an id"));
    let mut events = Events::open(at, &format!("{path}/events"), None).await;
    let told = get(at, &format!("{path}?wait=60")).await.json();
    assert_eq!((told["status"].as_str(), told["is_local"].as_bool()), (Some("completed"), Some(true)), "{told}");
    assert!(told["prove_here_at"].is_string() && told["why"].is_null() && told["fault"].is_null(), "{told}");
    assert!(told["price"].is_null() && told["proof"]["hash"].is_string(), "{told}");
    assert_eq!(post(at, &format!("{path}/verify"), "", &json!({})).await.json()["valid"], true);
    assert!(get(at, &format!("{path}/proof")).await.body.len() > 10_000);
    get(at, &format!("{path}/receipt")).await.assert_problem(404, "not_paid");
    assert_eq!(get(at, &format!("{path}/explain")).await.json()["is_local"], true);
    let mut seen = Vec::new();
    while let Some(told) = events.next().await {
        seen.push(told.name);
    }
    let steps = seen.iter().filter(|name| ["proving_locally", "proved_locally", "failed"].contains(&name.as_str()));
    assert_eq!(steps.collect::<Vec<_>>(), ["proving_locally", "proved_locally"], "{seen:?}");
    scene.stop().await;
}
