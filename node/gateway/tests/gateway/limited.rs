//! Floods, huge heads, slow clients: each is refused and costs the others nothing.

use crate::{
    client::{ended, get, raw},
    scene::Scene,
};
use std::time::Duration;
use tokio::{io::AsyncWriteExt, net::TcpStream, task::JoinSet};

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_told_to_slow_down_and_health_still_answers() {
    let scene = Scene::start().await;
    let at = scene.at;
    let mut flood = JoinSet::new();
    for _ in 0..40 {
        flood.spawn(async move {
            let mut refused = 0;
            for _ in 0..25 {
                let answer = get(at, "/version").await;
                if answer.status == 429 {
                    answer.assert_problem(429, "rate_limited");
                    let after: u32 = answer.header("retry-after").expect("a time").parse().expect("in seconds");
                    assert!(after >= 1);
                    refused += 1;
                } else {
                    assert_eq!(answer.status, 200, "{answer:?}");
                }
            }
            refused
        });
    }
    let refused: usize = flood.join_all().await.into_iter().sum();
    println!("of 1,000 requests {refused} were refused");
    assert!(refused > 0);
    assert_eq!(get(at, "/health").await.status, 200);
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_without_end_is_cut_off() {
    let scene = Scene::start().await;
    let head = |more: &str| format!("GET /health HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{more}\r\n", scene.at);
    let many: String = (0..100).map(|n| format!("X-{n}: 1\r\n")).collect();
    assert_eq!(raw(scene.at, head(&many).as_bytes()).await.status, 431);
    let long = format!("X-Long: {}\r\n", "a".repeat(64 << 10));
    assert_eq!(raw(scene.at, head(&long).as_bytes()).await.status, 431);
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_stops_although_clients_hold_on() {
    let scene = Scene::start().await;
    let mut half = TcpStream::connect(scene.at).await.expect("the gateway listens");
    half.write_all(b"GET /health HTTP/1.1\r\nHo").await.expect("it takes a part");
    let idle = TcpStream::connect(scene.at).await.expect("the gateway listens");
    assert_eq!(get(scene.at, "/health").await.status, 200, "they keep nobody out");
    let at = scene.at;
    tokio::time::timeout(Duration::from_secs(60), scene.stop()).await.expect("it stops");
    assert!(TcpStream::connect(at).await.is_err());
    drop((half, idle));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_connections_than_there_may_be_are_closed() {
    let scene = Scene::start().await;
    let mut held = Vec::new();
    while held.len() < 1_024 {
        held.push(TcpStream::connect(scene.at).await.expect("the gateway listens"));
    }
    let mut more = TcpStream::connect(scene.at).await.expect("the system takes it");
    let _ = more.write_all(format!("GET /health HTTP/1.1\r\nHost: {}\r\n\r\n", scene.at).as_bytes()).await;
    let mut bytes = Vec::new();
    let read = tokio::io::AsyncReadExt::read_to_end(&mut more, &mut bytes);
    let _ = tokio::time::timeout(Duration::from_secs(60), read).await.expect("it is closed");
    assert!(bytes.is_empty(), "nothing is answered");
    drop(held);
    // As soon as there is room, there is an answer.
    let answer = loop {
        let mut stream = TcpStream::connect(scene.at).await.expect("the gateway listens");
        let request = format!("GET /health HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", scene.at);
        let _ = stream.write_all(request.as_bytes()).await;
        let mut one = [0];
        if stream.peek(&mut one).await.is_ok_and(|read| read == 1) {
            break ended(stream).await;
        }
    };
    assert_eq!(answer.status, 200);
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_huge_slow_or_of_another_kind_are_refused() {
    let scene = Scene::start().await;
    let head =
        |more: &str| format!("POST /api/v1/tasks HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{more}\r\n", scene.at);
    let json = "Content-Type: application/json\r\n";
    let huge = head(&format!("{json}Content-Length: 1048577\r\n"));
    raw(scene.at, huge.as_bytes()).await.assert_problem(413, "too_large");
    // Without a length it is counted while it comes.
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    let endless = format!("{}{}", head(&format!("{json}Transfer-Encoding: chunked\r\n")), chunk.repeat(20));
    raw(scene.at, endless.as_bytes()).await.assert_problem(413, "too_large");
    let slow = head(&format!("{json}Content-Length: 100\r\n")) + "{\"reward\"";
    let slow = raw(scene.at, slow.as_bytes()).await;
    slow.assert_problem(408, "slow_body");
    assert!(slow.header("retry-after").is_some());
    let form = head("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 2\r\n") + "a=";
    raw(scene.at, form.as_bytes()).await.assert_problem(415, "unsupported_media_type");
    scene.stop().await;
}
