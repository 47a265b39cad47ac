//! Who is let in: names, origins, the token, and what every answer carries.

use crate::{
    client::{get, raw, send},
    scene::Scene,
};
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn machines_and_people_find_their_pages() {
    let scene = Scene::start().await;
    let at = scene.at;
    assert_eq!(get(at, "/health").await.json()["status"], "ok");
    let ready = get(at, "/ready").await;
    assert_eq!((ready.status, ready.json()["ready"].as_bool()), (200, Some(true)), "{ready:?}");
    let version = get(at, "/version").await.json();
    assert_eq!((version["network_name"].as_str(), version["api"].as_str()), (Some("alone"), Some("v1")));

    let page = get(at, "/").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    for path in ["/app.js", "/style.css", "/docs/", "/docs/swagger-ui-bundle.js", "/docs/swagger-initializer.js"] {
        let file = get(at, path).await;
        assert_eq!((file.status, file.body.is_empty()), (200, false), "{path}");
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
    }
    let bundle = String::from_utf8(get(at, "/docs/").await.body).expect("text");
    assert!(!bundle.contains("http://") && !bundle.contains("https://"), "the page loads from nowhere else: {bundle}");
    let initializer = String::from_utf8(get(at, "/docs/swagger-initializer.js").await.body).expect("text");
    assert!(initializer.contains("../openapi.json"), "{initializer}");

    get(at, "/nowhere").await.assert_problem(404, "not_found");
    get(at, "/docs/../Cargo.toml").await.assert_problem(404, "not_found");
    send(at, "DELETE /health", "", "").await.assert_problem(405, "method_not_allowed");
    let answer = get(at, "/version").await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("access-control-allow-origin").is_none(), "no other origin is ever let in");
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_names_and_pages_are_refused() {
    let scene = Scene::start().await;
    let at = scene.at;
    send(at, "GET /version", "Host: evil.example\r\n", "").await.assert_problem(403, "foreign_host");
    // DNS rebinding: the page's own name, the gateway's port.
    let rebound = format!("Host: evil.example:{}\r\nOrigin: http://evil.example:{}\r\n", at.port(), at.port());
    send(at, "GET /version", &rebound, "").await.assert_problem(403, "foreign_host");
    send(at, "GET /version", "Origin: https://evil.example\r\n", "").await.assert_problem(403, "foreign_origin");
    send(at, "GET /version", "Sec-Fetch-Site: cross-site\r\n", "").await.assert_problem(403, "foreign_origin");
    let preflight = "Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n";
    let preflight = send(at, "OPTIONS /version", preflight, "").await;
    preflight.assert_problem(403, "foreign_origin");
    assert!(preflight.header("access-control-allow-origin").is_none());
    let own = format!("Origin: http://{at}\r\nSec-Fetch-Site: same-origin\r\n");
    assert_eq!(send(at, "GET /version", &own, "").await.status, 200);
    let two = format!("GET /version HTTP/1.1\r\nHost: {at}\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    let two = raw(at, two.as_bytes());
    assert!([400, 403].contains(&two.await.status), "two names are none");
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_asked_for_where_one_is_set() {
    let scene = Scene::with(|dir, mut config| {
        config.token_file = Some(dir.path().join("token"));
        config.hosts = vec!["dpgn.example".to_owned()];
        config
    });
    let scene = scene.await;
    let at = scene.at;
    let token = fs::read_to_string(scene.dir.path().join("token")).expect("the gateway has made one");
    let right = format!("Authorization: Bearer {}\r\n", token.trim_end());
    let refused = get(at, "/api/v1/status").await;
    refused.assert_problem(401, "unauthorized");
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    assert!(!String::from_utf8_lossy(&refused.body).contains(token.trim_end()));
    let wrong = format!("Authorization: Bearer {}\r\n", "0".repeat(64));
    send(at, "GET /api/v1/status", &wrong, "").await.assert_problem(401, "unauthorized");
    assert_ne!(send(at, "GET /api/v1/status", &right, "").await.status, 401);
    for path in
        ["/health", "/ready", "/version", "/", "/app.js", "/docs/", "/docs/swagger-ui-bundle.js", "/openapi.json"]
    {
        assert_eq!(get(at, path).await.status, 200, "{path}");
    }
    let named = send(at, "GET /version", "Host: dpgn.example\r\n", "").await;
    assert_eq!(named.status, 200, "a name that the owner has given");
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_s_trace_goes_through() {
    let scene = Scene::start().await;
    let header = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
    let answer = send(scene.at, "GET /nowhere", header, "").await;
    assert_eq!(answer.json()["traceId"], "4bf92f3577b34da6a3ce929d0e0e4736");
    answer.assert_problem(404, "not_found");
    let given = get(scene.at, "/health").await;
    assert_eq!(given.header("traceparent").map(str::len), Some(55));
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_has_stopped_is_alive_and_not_ready() {
    let scene = Scene::start().await;
    scene.node.shutdown().await;
    assert_eq!(get(scene.at, "/health").await.status, 200);
    let ready = get(scene.at, "/ready").await;
    assert_eq!((ready.status, ready.json()["reasons"][0].as_str()), (503, Some("stopped")));
    let version = get(scene.at, "/version").await;
    version.assert_problem(503, "node_stopped");
    assert!(version.header("retry-after").is_some());
    scene.stop().await;
}
