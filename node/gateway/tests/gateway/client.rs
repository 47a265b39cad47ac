//! A client that sends what it is told to, well-formed or not.

use serde_json::Value;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// An answer of the gateway.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    /// Asserts that it is a problem of this kind, whole and with its trace.
    pub fn assert_problem(&self, status: u16, code: &str) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let body = self.json();
        assert_eq!((self.status, body["code"].as_str()), (status, Some(code)), "{body}");
        assert_eq!((body["type"].as_str(), body["status"].as_u64()), (Some("about:blank"), Some(status.into())));
        let trace = body["traceId"].as_str().expect("a trace");
        assert!(self.header("traceparent").expect("a trace").contains(trace), "{self:?}");
        assert!(["title", "detail", "hint"].iter().all(|key| body[*key].as_str().is_some_and(|text| !text.is_empty())));
    }
}

/// Sends these bytes and reads what comes until the connection is closed.
pub async fn raw(address: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.expect("the gateway listens");
    stream.write_all(request).await.expect("it takes the request");
    ended(stream).await
}

/// Reads an answer to its end.
pub async fn ended(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    // A gateway that does not read a body to its end may close the connection hard; what it said has come by then.
    let _ = tokio::time::timeout(Duration::from_secs(300), read).await.expect("the answer ends");
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").expect("a whole head");
    let head = String::from_utf8(bytes[..end].to_vec()).expect("a head of text");
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    let body = &bytes[end + 4..];
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    Answer { status, body: if chunked { whole(body) } else { body.to_vec() }, head }
}

/// The chunks of a body, put together.
fn whole(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(at) = chunks.windows(2).position(|w| w == b"\r\n") {
        let len = std::str::from_utf8(&chunks[..at]).ok().and_then(|text| usize::from_str_radix(text, 16).ok());
        let Some(len) = len.filter(|len| *len > 0) else { break };
        let from = at + 2;
        body.extend_from_slice(&chunks[from..(from + len).min(chunks.len())]);
        chunks = chunks.get(from + len + 2..).unwrap_or_default();
    }
    body
}

/// A request with these headers beside the usual ones.
pub async fn send(address: SocketAddr, line: &str, headers: &str, body: &str) -> Answer {
    let host = if headers.contains("Host:") { String::new() } else { format!("Host: {address}\r\n") };
    let body = match body {
        "" => "\r\n".to_owned(),
        body => format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()),
    };
    raw(address, format!("{line} HTTP/1.1\r\n{host}Connection: close\r\n{headers}{body}").as_bytes()).await
}

pub async fn get(address: SocketAddr, path: &str) -> Answer {
    send(address, &format!("GET {path}"), "", "").await
}

/// A stream of events that is read as it comes.
pub struct Events {
    stream: TcpStream,
    /// The bytes that were read and not taken yet, the chunks put together.
    text: String,
    raw: Vec<u8>,
    /// Whether the last chunk has come.
    is_over: bool,
    pub answer_status: u16,
}

/// One event.
#[derive(Debug)]
pub struct Told {
    pub id: String,
    pub name: String,
    pub data: Value,
}

impl Events {
    pub async fn open(address: SocketAddr, path: &str, last: Option<&str>) -> Self {
        let mut stream = TcpStream::connect(address).await.expect("the gateway listens");
        let last = last.map(|id| format!("Last-Event-ID: {id}\r\n")).unwrap_or_default();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n{last}\r\n");
        stream.write_all(request.as_bytes()).await.expect("it takes the request");
        let mut events = Self { stream, text: String::new(), raw: Vec::new(), is_over: false, answer_status: 0 };
        while !events.raw.windows(4).any(|w| w == b"\r\n\r\n") {
            assert!(events.read().await, "the head ends");
        }
        let end = events.raw.windows(4).position(|w| w == b"\r\n\r\n").expect("a whole head");
        let head = String::from_utf8(events.raw.drain(..end + 4).collect()).expect("text");
        events.answer_status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        events
    }

    /// Reads more; false at the end.
    async fn read(&mut self) -> bool {
        let mut bytes = [0; 4_096];
        let read = tokio::time::timeout(Duration::from_secs(120), self.stream.read(&mut bytes)).await;
        match read.expect("something comes in time") {
            Ok(0) | Err(_) => false,
            Ok(len) => {
                self.raw.extend_from_slice(&bytes[..len]);
                true
            }
        }
    }

    /// Puts whole chunks together; false if the last one has come.
    fn unchunk(&mut self) -> bool {
        loop {
            let Some(at) = self.raw.windows(2).position(|w| w == b"\r\n") else { return true };
            let len = std::str::from_utf8(&self.raw[..at]).expect("text");
            let len = usize::from_str_radix(len, 16).expect("a length");
            if self.raw.len() < at + 2 + len + 2 {
                return true;
            }
            self.text.push_str(std::str::from_utf8(&self.raw[at + 2..at + 2 + len]).expect("text"));
            self.raw.drain(..at + 2 + len + 2);
            if len == 0 {
                return false;
            }
        }
    }

    /// The next event; nothing at the end of the stream.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            self.is_over = self.is_over || !self.unchunk();
            while let Some(end) = self.text.find("\n\n") {
                let event: String = self.text.drain(..end + 2).collect();
                let field = |name: &str| {
                    let lines = event.lines().filter_map(|line| line.split_once(':'));
                    lines.filter(|(key, _)| *key == name).map(|(_, value)| value.trim().to_owned()).next()
                };
                // A comment alone says that the stream lives.
                if let Some(data) = field("data") {
                    let data = serde_json::from_str(&data).expect("JSON");
                    return Some(Told {
                        id: field("id").unwrap_or_default(),
                        name: field("event").unwrap_or_default(),
                        data,
                    });
                }
            }
            if self.is_over || !self.read().await {
                return None;
            }
        }
    }
}
