//! Webhooks over a real node: what a receiver is sent while a proof is bought, and what it is sent again after a restart.

use crate::{
    client::{get, send},
    scene::Scene,
};
use dpgn_gateway::{GatewayConfig, Webhooks, serve};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
};

/// A gateway that sends webhooks, also to this machine.
pub fn sent(dir: &TempDir, mut config: GatewayConfig) -> GatewayConfig {
    config.webhooks = Some(Webhooks { file: dir.path().join("webhooks.redb"), private: true });
    config
}

/// A receiver that fails the first message, then takes all.
async fn receiver() -> (SocketAddr, mpsc::Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (at, (told, seen)) = (listener.local_addr().expect("an address"), mpsc::channel(100));
    tokio::spawn(async move {
        let mut answer = "503 Later";
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            let message = loop {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let whole =
                    text.split_once("\r\n\r\n").and_then(|(head, body)| Some((head, serde_json::from_str(body).ok()?)));
                if let Some((head, body)) = whole {
                    let id = head.lines().find_map(|line| line.strip_prefix("webhook-id: ")).expect("an id");
                    assert!(head.contains("webhook-signature: v1a,"), "{head}");
                    break (id.to_owned(), body);
                }
                stream.read_buf(&mut bytes).await.expect("a request");
            };
            let head = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).await.expect("an answer");
            answer = "204 Taken";
            if told.send(message).await.is_err() {
                return;
            }
        }
    });
    (at, seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_is_told_all_of_a_task_and_again_what_it_did_not_take() {
    let mut config = None;
    let scene = Scene::selling_with(|dir, own| {
        let own = sent(dir, own);
        config = Some(own.clone());
        own
    });
    let scene = scene.await;
    let (at, mut seen) = receiver().await;
    let hook =
        send(scene.at, "POST /api/v1/webhooks", "", &json!({ "url": format!("http://{at}/hook") }).to_string()).await;
    assert_eq!(hook.status, 201, "{}", String::from_utf8_lossy(&hook.body));
    let hook = hook.json();
    assert!(hook["public_key"].as_str().is_some_and(|key| key.starts_with("whpk_")), "{hook}");
    let path = format!("/api/v1/webhooks/{}", hook["id"].as_str().expect("an id"));
    let order = json!({ "circuit_data": "AXNlY3JldA==", "level": 1, "reward": 1_000_000, "witness_is_public": true });
    let bought = send(scene.at, "POST /api/v1/tasks", "", &order.to_string()).await.json();
    let task = bought["task"]["task"].as_str().expect("an id").to_owned();
    let first = seen.recv().await.expect("a message");
    // The gateway stops before the second try, while the task goes on, and comes back.
    let Scene { node, gateway, dir, .. } = scene;
    gateway.shutdown().await;
    node.wait(task.parse().expect("a name")).await.expect("it ends");
    let config = GatewayConfig { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..config.expect("a configuration") };
    let gateway = serve(&config, node.clone()).await.expect("the gateway starts again");

    let (mut kinds, mut ids) = (Vec::new(), Vec::new());
    loop {
        let (id, body) =
            tokio::time::timeout(Duration::from_secs(120), seen.recv()).await.expect("in time").expect("more");
        assert_eq!(body["data"]["task"], task, "{body}");
        let kind = body["type"].as_str().expect("a kind").to_owned();
        kinds.push(kind.clone());
        ids.push(id);
        if kind == "task.completed" {
            assert!(body["data"]["proof"]["hash"].is_string(), "{body}");
            break;
        }
    }
    println!("{kinds:?}");
    assert_eq!(
        (ids.first(), kinds[0].as_str()),
        (Some(&first.0), "task.opened"),
        "the one that it did not take comes first"
    );
    assert!(kinds.iter().any(|kind| kind == "task.settled"), "{kinds:?}");
    let row = get(gateway.address(), &path).await.json();
    assert_eq!((row["status"].as_str(), &row["public_key"]), (Some("active"), &hook["public_key"]), "{row}");

    let metrics = String::from_utf8(get(gateway.address(), "/metrics").await.body).expect("text");
    assert!(metrics.contains("dpgn_webhooks_failing 0"), "{metrics}");
    assert!(metrics.contains("dpgn_webhook_messages_waiting"), "{metrics}");
    let tried = send(gateway.address(), &format!("POST {path}/test"), "", "").await.json();
    assert_eq!((&tried["delivered"], &tried["status"]), (&json!(true), &json!(204)));
    assert_eq!(seen.recv().await.expect("a message").1["type"], "webhook.test");
    let rotated = send(gateway.address(), &format!("POST {path}/rotate"), "", "").await.json();
    assert_eq!((&rotated["previous_key"], rotated["public_key"] == hook["public_key"]), (&hook["public_key"], false));
    assert_eq!(get(gateway.address(), "/api/v1/webhooks").await.json()["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(send(gateway.address(), &format!("DELETE {path}"), "", "").await.status, 204);
    get(gateway.address(), &path).await.assert_problem(404, "unknown_webhook");
    gateway.shutdown().await;
    node.shutdown().await;
    drop(dir);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_lead_to_the_public_internet_alone() {
    let scene = Scene::with(|dir, mut config| {
        config.webhooks = Some(Webhooks { file: dir.path().join("webhooks.redb"), private: false });
        config
    });
    let scene = scene.await;
    let create = async |body: Value| send(scene.at, "POST /api/v1/webhooks", "", &body.to_string()).await;
    for url in ["http://example.com/", "https://127.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://0x7f.1/", "nothing"]
    {
        create(json!({ "url": url })).await.assert_problem(422, "webhook_url");
    }
    create(json!({ "url": "https://8.8.8.8/", "events": ["task.imagined"] })).await.assert_problem(400, "malformed");
    create(json!({ "url": "https://8.8.8.8/", "description": "x".repeat(201) })).await.assert_problem(400, "malformed");
    let made = create(json!({ "url": "https://8.8.8.8/", "events": ["task.completed"] })).await;
    assert_eq!((made.status, &made.json()["events"]), (201, &json!(["task.completed"])));
    scene.stop().await;

    let without = Scene::start().await;
    get(without.at, "/api/v1/webhooks").await.assert_problem(404, "not_found");
    without.stop().await;
}
