//! Lists: whole and stable while the chain grows, and what is malformed is told.

use crate::{
    client::{Answer, get},
    scene::{Scene, stranger},
};
use dpgn_protocol::units::Credits;
use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

#[tokio::test(flavor = "multi_thread")]
async fn blocks_are_read_page_by_page_while_more_come() {
    let scene = Scene::start().await;
    let node = scene.node.clone();
    let grown = async {
        while node.status().await.expect("the node runs").height.get() < 12 {
            // Each transfer needs a block.
            let _ = node.transfer(stranger(), Credits::new(1_000_000)).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), grown).await.expect("blocks are decided");
    let (mut heights, mut path) = (Vec::new(), "/api/v1/blocks?limit=5".to_owned());
    loop {
        let page = get(scene.at, &path).await.json();
        let items = page["items"].as_array().expect("items");
        assert!((1..=5).contains(&items.len()), "{page}");
        heights.extend(items.iter().map(|block| block["height"].as_u64().expect("a height")));
        let _ = node.transfer(stranger(), Credits::new(1_000_000)).await;
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/api/v1/blocks?limit=5&cursor={cursor}"),
            None => break,
        }
    }
    let first = heights.first().copied().expect("blocks");
    assert!(first >= 12);
    assert_eq!(heights, (1..=first).rev().collect::<Vec<_>>(), "each once, the newest first");

    let one = get(scene.at, "/api/v1/blocks/3").await.json();
    let two = get(scene.at, "/api/v1/blocks/2").await.json();
    assert_eq!(one["parent"], two["hash"]);
    assert_eq!(one["proposer"], scene.node.account().to_string());
    ops_of_blocks(scene.at, first, &scene.node.account().to_string()).await;
    get(scene.at, "/api/v1/blocks/1000000").await.assert_problem(404, "no_block");
    get(scene.at, "/api/v1/blocks/0").await.assert_problem(404, "no_block");
    scene.stop().await;
}

/// Every op of a block is told once, page by page, in order.
async fn ops_of_blocks(at: SocketAddr, last: u64, account: &str) {
    let mut kinds = BTreeSet::new();
    for height in 1..=last {
        let (mut places, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = checked(at, &format!("/api/v1/blocks/{height}?limit=1{cursor}")).await.json();
            for op in page["items"].as_array().expect("items") {
                assert_eq!(op["signer"], account, "{op}");
                places.push(op["place"].as_u64().expect("a place"));
                kinds.insert(op["kind"].as_str().expect("a kind").to_owned());
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => {
                    assert_eq!(places, (0..page["ops"].as_u64().expect("a count")).collect::<Vec<_>>());
                    break;
                }
            }
        }
    }
    assert!(kinds.contains("transfer"), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_malformed_is_told() {
    let scene = Scene::start().await;
    let at = scene.at;
    let malformed = [
        "/api/v1/tasks?limit=0",
        "/api/v1/tasks?limit=51",
        "/api/v1/tasks?limit=x",
        "/api/v1/tasks?scope=mine",
        "/api/v1/tasks?status=done",
        "/api/v1/tasks?level=6",
        "/api/v1/tasks?prover=ab",
        "/api/v1/tasks/xyz",
        "/api/v1/tasks/xyz/proof",
        "/api/v1/tasks/%FF",
        "/api/v1/accounts/0",
        "/api/v1/accounts/%00",
        "/api/v1/blocks/-1",
        "/api/v1/blocks/1?limit=51",
        "/api/v1/blocks/99999999999999999999999",
        "/api/v1/quote",
        "/api/v1/quote?degree=25",
        "/api/v1/quote?rows=99999999999",
        "/api/v1/book?level=9",
    ];
    for path in malformed {
        get(at, path).await.assert_problem(400, "malformed");
    }
    for list in ["tasks", "tasks?scope=network", "peers", "provers", "blocks", "awards"] {
        let mark = if list.contains('?') { '&' } else { '?' };
        get(at, &format!("/api/v1/{list}{mark}cursor=bm9uZQ")).await.assert_problem(400, "bad_cursor");
    }
    let nobody = "0".repeat(64);
    for of in ["", "/explain", "/proof", "/receipt", "/events"] {
        get(at, &format!("/api/v1/tasks/{nobody}{of}")).await.assert_problem(404, "unknown_task");
    }
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_alone_has_everything_a_page_asks_for() {
    let scene = Scene::start().await;
    let read = async |path: &str| -> Answer { checked(scene.at, path).await };
    let status = read("/api/v1/status").await.json();
    let account = scene.node.account().to_string();
    assert_eq!((status["account"].as_str(), status["peers"].as_u64()), (Some(account.as_str()), Some(0)));
    let roles: BTreeSet<&str> = status["roles"].as_array().expect("roles").iter().filter_map(|r| r.as_str()).collect();
    assert_eq!(roles, ["coordinator", "requester"].into());
    let committee = read("/api/v1/committee").await.json();
    assert_eq!(committee["members"][0]["is_self"], true);
    assert_eq!(committee["members"][0]["in_touch"], true);
    assert_eq!(read("/api/v1/candidates").await.json()["candidates"][0]["account"], account);
    let told = read(&format!("/api/v1/accounts/{account}")).await.json();
    assert!(told["balance"]["available"].as_u64().is_some_and(|free| free > 0), "{told}");
    assert!((0.0..=1.0).contains(&told["reputation"].as_f64().expect("a share")));
    assert_eq!(read(&format!("/api/v1/accounts/{account}/reputation")).await.json()["account"], account);
    assert_eq!(read("/api/v1/provers").await.json()["items"].as_array().map(Vec::len), Some(0));
    let quote = read("/api/v1/quote?rows=9000").await.json();
    assert_eq!(quote["degree"], 14);
    let metrics = String::from_utf8(read("/metrics").await.body).expect("text");
    for name in [
        "dpgn_height ",
        "dpgn_prover_capacity 0",
        "dpgn_node_up 1",
        "dpgn_network_connections_total ",
        "dpgn_task_bid_to_award_seconds_bucket",
        "dpgn_http_requests_total{route=\"/api/v1/status\",method=\"GET\",status=\"200\"}",
    ] {
        assert!(metrics.contains(name), "{name} is missing: {metrics}");
    }
    assert!(metrics.ends_with("# EOF\n"));
    scene.stop().await;
}

async fn checked(at: SocketAddr, path: &str) -> Answer {
    let answer = get(at, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    answer
}
