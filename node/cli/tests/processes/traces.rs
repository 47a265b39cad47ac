//! Spans of a node's requests, as a collector gets them: in the caller's trace, and without a secret.

use super::mesh::{dpgn, said, until};
use opentelemetry_proto::tonic::{collector::trace::v1::ExportTraceServiceRequest, trace::v1::Span};
use prost::Message;
use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Stdio},
    sync::{Arc, Mutex},
    thread,
};

/// The trace and the span of a caller.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// A collector that keeps the bodies that it is sent.
fn collector() -> (SocketAddr, Arc<Mutex<Vec<Vec<u8>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (at, bodies) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
    let kept = bodies.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let kept = kept.clone();
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                while let Some((head, body)) = request(&mut stream) {
                    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
                    assert!(head.to_ascii_lowercase().contains("content-type: application/x-protobuf"), "{head}");
                    kept.lock().unwrap().push(body);
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
                }
            });
        }
    });
    (at, bodies)
}

/// The next request of a connection; nothing at its end.
fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let (mut bytes, mut more) = (Vec::new(), [0; 4_096]);
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let len =
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let body = &bytes[end + 4..];
            if body.len() >= len.unwrap_or(0) {
                return Some((head, body.to_vec()));
            }
        }
        match stream.read(&mut more).ok()? {
            0 => return None,
            len => bytes.extend_from_slice(&more[..len]),
        }
    }
}

fn spans(bodies: &Mutex<Vec<Vec<u8>>>) -> Vec<Span> {
    let bodies = bodies.lock().unwrap();
    let requests = bodies.iter().map(|body| ExportTraceServiceRequest::decode(body.as_slice()).unwrap());
    let scopes = requests.flat_map(|request| request.resource_spans).flat_map(|spans| spans.scope_spans);
    scopes.flat_map(|scope| scope.spans).collect()
}

/// A node that is killed with its test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ask(at: &str, path: &str, headers: &str) -> Option<String> {
    let mut stream = TcpStream::connect(at).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

#[test]
fn a_collector_is_sent_spans_in_the_callers_trace_and_no_secret() {
    let (collector, bodies) = collector();
    let dir = tempfile::tempdir().unwrap();
    said(dpgn(dir.path()).args(["init", "--yes"]));
    let gateway = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let log = fs::File::create(dir.path().join("log")).unwrap();
    let mut node = dpgn(dir.path());
    node.args(["node", "run", "--gateway", &gateway, "--otlp", &format!("http://{collector}/")]);
    node.env("DPGN_GATEWAY_TOKEN_FILE", "token").env("OTEL_BSP_SCHEDULE_DELAY", "100").env("OTEL_SERVICE_NAME", "mine");
    let _node = Killed(node.stdout(Stdio::null()).stderr(log).spawn().unwrap());
    until("the gateway answers", || ask(&gateway, "/health", ""));
    let token = fs::read_to_string(dir.path().join("token")).unwrap().trim().to_owned();

    let headers = format!("traceparent: 00-{TRACE}-{CALLER}-01\r\nAuthorization: Bearer {token}\r\n");
    let digest = "ab".repeat(32);
    let answer = ask(&gateway, &format!("/api/v1/uploads/{digest}"), &headers).unwrap();
    let given =
        answer.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("traceparent: ").map(str::to_owned));
    let given = given.unwrap();
    let (trace, span) = (given.split('-').nth(1).unwrap(), given.split('-').nth(2).unwrap());
    assert_eq!(trace, TRACE);

    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let found = until("the span comes", || spans(&bodies).into_iter().find(|found| hex(&found.trace_id) == TRACE));
    assert_eq!((found.name.as_str(), found.kind), ("request", 2), "a server's span");
    assert_eq!(
        (hex(&found.parent_span_id), hex(&found.span_id)),
        (CALLER.to_owned(), span.to_owned()),
        "ours, in theirs"
    );
    let of = |key: &str| {
        found.attributes.iter().find(|attribute| attribute.key == key).map(|found| format!("{:?}", found.value))
    };
    assert!(of("method").is_some_and(|method| method.contains("GET")), "{found:?}");
    assert!(of("http.response.status_code").is_some_and(|status| status.contains("200")), "{found:?}");

    // One without a caller's trace has the one that its answer names.
    let answer = ask(&gateway, "/nowhere", "").unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let own = body.split_once("\"traceId\":\"").unwrap().1.get(..32).unwrap();
    until("that comes too", || spans(&bodies).into_iter().find(|found| hex(&found.trace_id) == own));

    let all = bodies.lock().unwrap().concat();
    let has = |text: &str| all.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(has("mine"), "the name of the service is the owner's");
    assert!(!has(&token) && !has(&digest), "neither the token nor the digest of a file is sent");
    println!("{} spans, {} bytes", spans(&bodies).len(), all.len());
}
