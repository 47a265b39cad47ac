//! A circuit's price, before anything is bought: what is told is what a purchase then gets, and the lint speaks first.

use crate::{
    client::{Answer, get, send},
    scene::Scene,
    uploaded::{name, put, sample, taken},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};

/// Knowledge of the bytes `secret`.
const SECRET: &str = "AXNlY3JldA==";
/// The field's order, minus one.
const MINUS_ONE: u64 = 0xffff_ffff_0000_0000;

async fn ask(at: SocketAddr, order: Value) -> Answer {
    send(at, "POST /api/v1/quote", "", &order.to_string()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_names_the_circuit_that_is_then_bought() {
    let scene = Scene::selling().await;
    let at = scene.at;
    // Its own prover is there once a block has its ask.
    let told = loop {
        let answer = ask(at, json!({ "circuit_data": SECRET, "level": 1 })).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let told = answer.json();
        if told["quote"]["expected"].is_object() {
            break told;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let expected = &told["quote"]["expected"];
    assert_eq!(expected["winner"]["prover"], scene.node.account().to_string());
    assert!(expected["starts_in_ms"].as_u64() < expected["paid_in_ms"].as_u64(), "{expected}");
    assert!(expected["winner"]["score"].as_f64().is_some_and(|score| (0.0..=1.0).contains(&score)), "{expected}");
    assert_eq!(told["rows"].as_u64(), told["quote"]["degree"].as_u64().map(|degree| 1 << degree));
    assert!(told["quote"]["registration"].is_u64(), "nobody has registered it: {told}");
    assert_eq!(told["warnings"], json!([]));
    assert_eq!(get(at, "/api/v1/tasks").await.json()["items"], json!([]), "nothing was bought");

    let order =
        json!({ "circuit_data": SECRET, "level": 1, "witness_is_public": true, "reward": told["quote"]["reward"] });
    let bought = send(at, "POST /api/v1/tasks", "", &order.to_string()).await;
    assert_eq!(bought.status, 201, "{}", String::from_utf8_lossy(&bought.body));
    let task = bought.json()["task"]["task"].as_str().expect("an id").to_owned();
    let paid = get(at, &format!("/api/v1/tasks/{task}?wait=60")).await.json();
    assert_eq!((paid["status"].as_str(), &paid["circuit"]), (Some("completed"), &told["circuit"]), "{paid}");
    assert_eq!(paid["proof"]["len"], told["proof_bytes"], "the proof is as long as was said");
    assert_eq!(paid["price"], expected["winner"]["price"]);
    let again = ask(at, json!({ "circuit_data": SECRET, "level": 1 })).await.json();
    assert!(again["quote"]["registration"].is_null(), "it is registered now: {again}");
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_circuit_is_priced_without_its_witness() {
    let scene = Scene::with(taken).await;
    let (at, r1cs) = (scene.at, sample("range.r1cs"));
    ask(at, json!({ "r1cs": name(&r1cs) })).await.assert_problem(422, "unknown_upload");
    put(at, &format!("/api/v1/uploads/{}", name(&r1cs)), &r1cs).await;
    let uploaded = ask(at, json!({ "r1cs": name(&r1cs) })).await.json();
    let sent = ask(at, json!({ "circuit_data": STANDARD.encode(envelope(&r1cs)) })).await.json();
    assert_eq!(uploaded["quote"]["level"], 3);
    for key in ["circuit", "rows", "public_inputs", "recipe_bytes", "inputs_bytes", "proof_bytes"] {
        assert_eq!(uploaded[key], sent[key], "{key}");
    }
    assert!(uploaded["quote"]["expected"].is_null(), "nobody sells here: {uploaded}");

    // 64 bits over Goldilocks: whoever proves has two ways to write some numbers.
    let unsound = ask(at, json!({ "circuit_data": STANDARD.encode(envelope(&bits(64))) })).await.json();
    assert_eq!(unsound["warnings"][0]["severity"], "error", "{unsound}");
    assert!(unsound["quote"]["fee"].is_u64(), "and what it would cost: {unsound}");

    for (order, status, code) in [
        (json!({}), 400, "malformed"),
        (json!({ "circuit_data": SECRET, "r1cs": name(&r1cs) }), 400, "malformed"),
        (json!({ "circuit_data": "?" }), 400, "malformed"),
        (json!({ "circuit_data": SECRET, "level": 9 }), 400, "malformed"),
        (json!({ "circuit_data": SECRET, "priority": 101 }), 400, "malformed"),
        (json!({ "circuit_data": SECRET, "wtns": "x" }), 400, "malformed"),
        (json!({ "circuit_data": "AAE=" }), 422, "malformed_circuit"),
        (json!({ "circuit_data": STANDARD.encode(envelope(&r1cs[..90])) }), 422, "malformed_circuit"),
    ] {
        ask(at, order).await.assert_problem(status, code);
    }
    scene.stop().await;
}

/// An envelope of a circuit alone.
fn envelope(r1cs: &[u8]) -> Vec<u8> {
    [&[2], u32::try_from(r1cs.len()).expect("a small file").to_le_bytes().as_slice(), r1cs].concat()
}

/// A `.r1cs` file: so many boolean wires, and a wire that is the number that they write.
fn bits(bits: u32) -> Vec<u8> {
    let terms = |terms: &[(u32, u64)]| {
        let each = terms.iter().flat_map(|(wire, by)| [wire.to_le_bytes().as_slice(), &by.to_le_bytes()].concat());
        [u32::try_from(terms.len()).expect("few").to_le_bytes().to_vec(), each.collect()].concat()
    };
    let boolean = |wire| [terms(&[(wire, 1)]), terms(&[(0, MINUS_ONE), (wire, 1)]), terms(&[])].concat();
    let sum: Vec<(u32, u64)> = (0..bits).map(|bit| (2 + bit, 1 << bit)).collect();
    let sum = [terms(&sum), terms(&[(0, 1)]), terms(&[(1, 1)])].concat();
    let constraints: Vec<u8> = (0..bits).flat_map(|bit| boolean(2 + bit)).chain(sum).collect();
    let mut header = [8_u32.to_le_bytes().as_slice(), &(MINUS_ONE + 1).to_le_bytes()].concat();
    [bits + 2, 0, 0, 0].iter().for_each(|count| header.extend(count.to_le_bytes()));
    header.extend(0_u64.to_le_bytes());
    header.extend((bits + 1).to_le_bytes());
    let mut file = [b"r1cs".as_slice(), &1_u32.to_le_bytes(), &2_u32.to_le_bytes()].concat();
    for (section, content) in [(1_u32, header), (2, constraints)] {
        file.extend(section.to_le_bytes());
        file.extend((content.len() as u64).to_le_bytes());
        file.extend(content);
    }
    file
}
