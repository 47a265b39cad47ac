//! The OpenAPI document: it names every route, and what it names is there.

use crate::{
    client::{get, send},
    scene::Scene,
};
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};

/// Every route of the contract.
const ROUTES: [(&str, &str); 42] = [
    ("get", "/health"),
    ("get", "/ready"),
    ("get", "/version"),
    ("get", "/metrics"),
    ("get", "/api/v1/status"),
    ("get", "/api/v1/peers"),
    ("get", "/api/v1/tasks"),
    ("post", "/api/v1/tasks"),
    ("get", "/api/v1/tasks/{task}"),
    ("get", "/api/v1/tasks/{task}/proof"),
    ("get", "/api/v1/tasks/{task}/verifier-data"),
    ("get", "/api/v1/tasks/{task}/receipt"),
    ("get", "/api/v1/tasks/{task}/explain"),
    ("get", "/api/v1/tasks/{task}/history"),
    ("get", "/api/v1/tasks/{task}/events"),
    ("post", "/api/v1/tasks/{task}/cancel"),
    ("post", "/api/v1/tasks/{task}/verify"),
    ("get", "/api/v1/uploads/{digest}"),
    ("put", "/api/v1/uploads/{digest}"),
    ("get", "/api/v1/quote"),
    ("post", "/api/v1/quote"),
    ("get", "/api/v1/book"),
    ("get", "/api/v1/awards"),
    ("get", "/api/v1/accounts/{account}"),
    ("get", "/api/v1/accounts/{account}/statement"),
    ("get", "/api/v1/accounts/{account}/reputation"),
    ("get", "/api/v1/provers"),
    ("get", "/api/v1/committee"),
    ("get", "/api/v1/candidates"),
    ("get", "/api/v1/blocks"),
    ("get", "/api/v1/blocks/{height}"),
    ("get", "/api/v1/prices"),
    ("get", "/api/v1/webhooks"),
    ("post", "/api/v1/webhooks"),
    ("get", "/api/v1/webhooks/{webhook}"),
    ("delete", "/api/v1/webhooks/{webhook}"),
    ("post", "/api/v1/webhooks/{webhook}/test"),
    ("post", "/api/v1/webhooks/{webhook}/rotate"),
    ("post", "/api/v1/webhooks/{webhook}/enable"),
    ("get", "/api/v1/events"),
    // What the page loads is not described.
    ("get", "/"),
    ("get", "/openapi.json"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_document_names_every_route_and_each_is_there() {
    let scene = Scene::with(|dir, config| crate::hooked::sent(dir, crate::uploaded::taken(dir, config))).await;
    let document = get(scene.at, "/openapi.json").await.json();
    let paths = document["paths"].as_object().expect("paths");
    let account = scene.node.account().to_string();
    for (method, path) in ROUTES {
        let is_described = path != "/" && path != "/openapi.json";
        assert_eq!(paths.get(path).is_some_and(|item| item.get(method).is_some()), is_described, "{method} {path}");
        if path.ends_with("/events") {
            continue;
        }
        let there = path
            .replace("{task}", &"0".repeat(64))
            .replace("{account}", &account)
            .replace("{height}", "1")
            .replace("{digest}", &"0".repeat(64))
            .replace("{webhook}", "ep_0");
        let line =
            format!("{} {there}{}", method.to_uppercase(), if path.ends_with("quote") { "?degree=14" } else { "" });
        let answer = send(scene.at, &line, "", if method == "post" { "{}" } else { "" }).await;
        assert_ne!(answer.status, 405, "{line}");
        assert!(answer.status < 500, "{line}: {answer:?}");
        if answer.status >= 400 {
            assert_ne!(answer.json()["code"], "not_found", "{line} has no handler");
        }
    }
    let described: usize = paths.values().map(|item| item.as_object().map_or(0, serde_json::Map::len)).sum();
    println!("{described} routes are described");
    assert!(described >= ROUTES.len() - 2);
    scene.stop().await;
}

/// Clients in other languages have their types from a copy: whoever changes the contract sees here that they change too.
#[tokio::test(flavor = "multi_thread")]
async fn the_clients_copy_of_the_document_is_this_one() {
    let scene = Scene::start().await;
    let document = get(scene.at, "/openapi.json").await.json();
    scene.stop().await;
    let copy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients/openapi.json");
    if std::env::var_os("BLESS").is_some() {
        let text = serde_json::to_string_pretty(&document).expect("JSON");
        std::fs::write(&copy, text + "\n").expect("the copy is written");
    }
    let held: Value = serde_json::from_slice(&std::fs::read(&copy).expect("the copy is there")).expect("JSON");
    let what = "run this test with BLESS=1, then `just clients` writes the types of the clients anew";
    assert!(held == document, "node/clients/openapi.json is not what the gateway says: {what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_problem_is_described_as_one() {
    let scene = Scene::start().await;
    let document = get(scene.at, "/openapi.json").await.json();
    let (mut seen, mut ids) = (0, BTreeSet::new());
    for item in document["paths"].as_object().expect("paths").values() {
        for operation in item.as_object().expect("operations").values() {
            let id = operation["operationId"].as_str().expect("an id");
            assert!(ids.insert(id), "two operations are called {id}, and generators of clients stop there");
            let responses = operation["responses"].as_object().expect("responses");
            assert!(responses.contains_key("default"), "{operation}");
            for (status, response) in responses.iter().filter(|(status, _)| status.starts_with('4')) {
                let kinds: Vec<&String> = response["content"].as_object().expect("a body").keys().collect();
                assert_eq!(kinds, ["application/problem+json"], "{status} of {operation}");
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "only {seen} problems are described");
    let codes = document.pointer("/components/schemas/Code").expect("the codes");
    let listed = codes["enum"].as_array().map(Vec::len).or_else(|| codes["oneOf"].as_array().map(Vec::len));
    assert!(listed.is_some_and(|listed| listed > 30), "{codes}");
    let problem: &Value = document.pointer("/components/schemas/Problem/properties/traceId").expect("the trace");
    assert_eq!(problem["type"], "string");
    scene.stop().await;
}
