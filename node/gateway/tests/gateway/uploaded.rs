//! Large circuits and witnesses: uploaded by digest, in one go or in several, bought with, and gone.

use crate::{
    client::{Answer, ended, get, raw, send},
    scene::Scene,
};
use dpgn_gateway::{GatewayConfig, Uploads};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{fs, net::SocketAddr, path::Path};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// A gateway that takes uploads of at most a MiB each, two together.
pub fn taken(dir: &TempDir, mut config: GatewayConfig) -> GatewayConfig {
    config.uploads = Some(Uploads { dir: dir.path().join("uploads"), file_bytes_max: 1 << 20, all_bytes_max: 2 << 20 });
    config
}

pub fn name(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn head(at: SocketAddr, path: &str, len: usize) -> String {
    format!("PUT {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\nContent-Length: {len}\r\n\r\n")
}

pub async fn put(at: SocketAddr, path: &str, bytes: &[u8]) -> Answer {
    raw(at, &[head(at, path, bytes.len()).as_bytes(), bytes].concat()).await
}

pub fn sample(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../prover/samples").join(name)).expect("a sample")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_broke_off_goes_on() {
    let scene = Scene::with(taken).await;
    let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).take(900_000).collect();
    let path = format!("/api/v1/uploads/{}", name(&bytes));
    let mut broken = TcpStream::connect(scene.at).await.expect("the gateway listens");
    broken.write_all(head(scene.at, &path, bytes.len()).as_bytes()).await.expect("it takes the head");
    broken.write_all(&bytes[..400_000]).await.expect("it takes a part");
    broken.shutdown().await.expect("the connection ends");
    drop(ended_or_nothing(broken).await);
    let here = loop {
        let held = get(scene.at, &path).await.json();
        assert_eq!(held["complete"], false);
        // The writer is gone once somebody else may go on.
        let here = usize::try_from(held["bytes"].as_u64().expect("a number")).expect("a small one");
        let rest = put(scene.at, &format!("{path}?offset={here}"), &bytes[here..]).await;
        match rest.status {
            201 => break here,
            503 | 409 => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            _ => panic!("{rest:?}"),
        }
    };
    println!("{here} bytes had come");
    assert_eq!(get(scene.at, &path).await.json()["complete"], true);
    assert_eq!(put(scene.at, &path, &bytes).await.status, 200, "it is here already");

    let other = format!("/api/v1/uploads/{}", name(b"else"));
    put(scene.at, &format!("{other}?offset=5"), b"rest").await.assert_problem(409, "other_offset");
    put(scene.at, &other, b"another").await.assert_problem(422, "other_digest");
    put(scene.at, &other, &vec![0; (1 << 20) + 1]).await.assert_problem(413, "too_large");
    put(scene.at, "/api/v1/uploads/..%2Fkey", b"x").await.assert_problem(400, "malformed");
    scene.stop().await;
}

/// Whatever a gateway says to a request that broke off.
async fn ended_or_nothing(stream: TcpStream) -> Option<Answer> {
    tokio::spawn(ended(stream)).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_circuit_is_bought_by_the_digests_of_its_files() {
    let scene = Scene::with(taken).await;
    let (r1cs, wtns) = (sample("range.r1cs"), sample("range.wtns"));
    let order = json!({ "r1cs": name(&r1cs), "wtns": name(&wtns), "reward": 1_000_000 }).to_string();
    let buy = async || send(scene.at, "POST /api/v1/tasks", "", &order).await;
    buy().await.assert_problem(422, "unknown_upload");
    for bytes in [&r1cs, &wtns] {
        let answer = put(scene.at, &format!("/api/v1/uploads/{}", name(bytes)), bytes).await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    // A witness that does not hold is told without a path of this machine.
    let mut wrong = wtns.clone();
    *wrong.iter_mut().rev().nth(7).expect("values") ^= 1;
    put(scene.at, &format!("/api/v1/uploads/{}", name(&wrong)), &wrong).await;
    let false_order = json!({ "r1cs": name(&r1cs), "wtns": name(&wrong), "reward": 1_000_000 }).to_string();
    let refused = send(scene.at, "POST /api/v1/tasks", "", &false_order).await;
    refused.assert_problem(422, "unsatisfied");
    let told = String::from_utf8(refused.body).expect("text");
    assert!(!told.contains(&scene.dir.path().display().to_string()), "{told}");

    let bought = buy().await;
    assert_eq!(bought.status, 201, "{}", String::from_utf8_lossy(&bought.body));
    assert_eq!(bought.json()["task"]["level"], 3);
    let held = async |bytes: &[u8]| get(scene.at, &format!("/api/v1/uploads/{}", name(bytes))).await.json();
    assert_eq!(held(&wtns).await["bytes"], 0, "the witness is gone");
    assert_eq!(held(&r1cs).await["complete"], true, "the circuit stays for the next");
    for both in [json!({ "circuit_data": "AQ==", "r1cs": name(&r1cs), "reward": 1 }), json!({ "reward": 1 })] {
        send(scene.at, "POST /api/v1/tasks", "", &both.to_string()).await.assert_problem(400, "malformed");
    }
    scene.stop().await;
}

/// Whoever hung up while its proof was being bought left its witness on the disk for a day.
#[tokio::test(flavor = "multi_thread")]
async fn a_witness_goes_although_its_buyer_hangs_up() {
    let scene = Scene::with(taken).await;
    let (r1cs, wtns) = (sample("range.r1cs"), sample("range.wtns"));
    for bytes in [&r1cs, &wtns] {
        put(scene.at, &format!("/api/v1/uploads/{}", name(bytes)), bytes).await;
    }
    let alias = "660e8400-e29b-41d4-a716-446655440001";
    let order = json!({ "r1cs": name(&r1cs), "wtns": name(&wtns), "reward": 1_000_000, "alias": alias }).to_string();
    let head = format!("POST /api/v1/tasks HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n", scene.at);
    let request = format!("{head}Content-Length: {}\r\n\r\n{order}", order.len());
    // On a slow machine it may have hung up before anything was begun: then it does so again.
    while get(scene.at, &format!("/api/v1/uploads/{}", name(&wtns))).await.json()["bytes"] != 0 {
        let mut buyer = TcpStream::connect(scene.at).await.expect("the gateway listens");
        buyer.write_all(request.as_bytes()).await.expect("it takes the request");
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    let bought = get(scene.at, "/api/v1/tasks").await.json();
    assert_eq!(bought["items"].as_array().map(Vec::len), Some(1), "{bought}");
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_without_room_for_uploads_says_so() {
    let scene = Scene::start().await;
    let path = format!("/api/v1/uploads/{}", name(b"x"));
    put(scene.at, &path, b"x").await.assert_problem(404, "not_found");
    scene.stop().await;
}
