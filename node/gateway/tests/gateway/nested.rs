//! The routes inside an application of somebody else's, below a path of its choice.

use crate::{
    client::{get, send},
    scene::Scene,
};
use axum::{Router, routing::get as on_get};
use dpgn_gateway::{GatewayState, router};
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn an_application_nests_the_routes_in_its_own() {
    let scene = Scene::start().await;
    let state = GatewayState::new(scene.node.clone(), &["app.example".to_owned()]);
    let app = Router::new().route("/own", on_get(async || "the application's")).nest("/proofs", router(state));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    let served = tokio::spawn(async move { axum::serve(listener, app).await });

    assert_eq!(get(at, "/own").await.body, b"the application's");
    assert_eq!(get(at, "/proofs/health").await.status, 200);
    assert_eq!(get(at, "/proofs/api/v1/status").await.json()["account"], scene.node.account().to_string());
    let moved = get(at, "/proofs/docs").await;
    assert_eq!((moved.status, moved.header("location")), (308, Some("docs/")), "relative, so it stays below the path");
    assert_eq!(get(at, "/proofs/docs/").await.status, 200);
    assert_eq!(get(at, "/proofs/app.js").await.status, 200);
    let order = r#"{"circuit_data": "AXNlY3JldA==", "level": 1, "reward": 1000000, "witness_is_public": true}"#;
    let bought = send(at, "POST /proofs/api/v1/tasks", "Host: app.example\r\n", order).await;
    assert_eq!(bought.status, 201, "{}", String::from_utf8_lossy(&bought.body));
    let there = bought.header("location").expect("a place").to_owned();
    assert!(there.starts_with("/proofs/api/v1/tasks/"), "{there}");
    assert_eq!(get(at, &there).await.status, 200);
    send(at, "GET /proofs/version", "Host: evil.example\r\n", "").await.assert_problem(403, "foreign_host");
    get(at, "/proofs/nowhere").await.assert_problem(404, "not_found");
    served.abort();
    scene.stop().await;
}
