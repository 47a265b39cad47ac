//! Bodies that are read whole into memory: so many bytes of them at once, over all requests. A small one counts for nothing,
//! since there are only so many requests in flight; so whoever fills the room with large ones keeps no heartbeat out.

use crate::{
    client::Client,
    places::{Place, Places, Taken},
    problem::{Code, Problem},
};
use axum::http::{Method, Request, header};
use std::sync::Arc;

/// Bytes of all large bodies that are held at once, and those of one client.
const BYTES_MAX: (usize, usize) = (64 << 20, 32 << 20);
/// A body of so many bytes is small.
const SMALL_BYTES: u64 = 64 << 10;
/// The most bytes that any route reads of a body.
const ROUTE_BYTES_MAX: u64 = 8 << 20;
/// Seconds after which there may be room.
const ROOM_SECONDS: u32 = 2;

/// The bytes of large bodies that are held.
#[derive(Debug)]
pub(crate) struct Bodies(Arc<Places>);

impl Default for Bodies {
    fn default() -> Self {
        let (all, each) = BYTES_MAX;
        Self(Arc::new(Places::new(all, each)))
    }
}

impl Bodies {
    /// Takes room for the body of a request, as long as it says that it is; nothing if it is small. The room is held until the
    /// request is answered: what was read from the body lives as long.
    pub(crate) fn admit<B>(&self, client: Client, request: &Request<B>) -> Result<Option<Place>, Problem> {
        let bytes = stated(request).min(ROUTE_BYTES_MAX);
        if bytes <= SMALL_BYTES {
            return Ok(None);
        }
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        // This machine's own programs, and its proxy, through which all clients come.
        let place = if client.is_loopback() { self.0.take_any(client, bytes) } else { self.0.take(client, bytes) };
        place.map(Some).map_err(|taken| {
            let whose = match taken {
                Taken::Own => "this client's",
                Taken::All => "all clients'",
            };
            let detail = format!("{whose} large bodies have as many bytes as there is room for");
            Problem::new(Code::Overloaded, detail).retry_after(ROOM_SECONDS)
        })
    }
}

/// The bytes that a body may have. One that says nothing of its length, and comes in chunks, may have as many as any.
fn stated<B>(request: &Request<B>) -> u64 {
    let headers = request.headers();
    let has_body = headers.contains_key(header::TRANSFER_ENCODING) || headers.contains_key(header::CONTENT_LENGTH);
    if *request.method() == Method::GET || !has_body {
        return 0;
    }
    let stated = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    stated.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(ip: &str) -> Client {
        Client::at(ip.parse().unwrap())
    }

    fn body(header: &str, value: &str) -> Request<()> {
        Request::post("/tasks").header(header, value).body(()).unwrap()
    }

    #[test]
    fn large_bodies_share_so_many_bytes_and_small_ones_always_pass() {
        let bodies = Bodies::default();
        let admit = |ip: &str, request: &Request<()>| bodies.admit(client(ip), request);
        let large = body("content-length", "8388608");
        let mut held: Vec<_> = (0..4).map(|_| admit("192.0.2.1", &large).unwrap()).collect();
        let refused = admit("192.0.2.1", &large).unwrap_err();
        assert_eq!(refused.code(), Code::Overloaded, "one client has its half");
        held.extend((0..4).map(|_| admit("192.0.2.2", &large).unwrap()));
        for ip in ["192.0.2.3", "127.0.0.1"] {
            assert!(admit(ip, &body("content-length", "65537")).is_err(), "all of it is taken");
            assert!(admit(ip, &body("transfer-encoding", "chunked")).is_err(), "it may be as large as any");
            assert!(matches!(admit(ip, &body("content-length", "65536")), Ok(None)), "it is small");
            assert!(matches!(admit(ip, &Request::get("/").body(()).unwrap()), Ok(None)));
        }
        held.pop();
        assert!(admit("192.0.2.3", &body("transfer-encoding", "chunked")).is_ok());
        let own: Vec<_> = (0..7)
            .map_while(|_| {
                held.pop();
                admit("127.0.0.1", &large).ok()
            })
            .collect();
        assert_eq!(own.len(), 7, "what comes through the owner's proxy is all clients'");
    }
}
