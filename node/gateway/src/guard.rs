//! The guard: whom a request is for, where it was sent from, and whether it may speak for this node's account.
//!
//! A page of the web can have its reader's browser send requests here. It cannot hide the name that it used (DNS rebinding
//! ends with a foreign `Host`), its own origin, or that it is another site; so each of these is refused before anything
//! else is looked at.

use crate::{
    pages,
    problem::{Code, Problem},
    token::{Scope, Tokens},
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// The paths that tell nothing of the account: asked by machines that hold no secret.
const OPEN: [&str; 3] = ["/health", "/ready", "/version"];

/// The calls of a prover that change something, beside the question for a task.
const PROVERS_POST: [&str; 4] = ["/provers/register", "/provers/heartbeat", "/tasks/result", "/tasks/release"];

/// The names that requests may be for, and the tokens of which they must carry one.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    /// The address that is listened on; `None` if an application listens itself.
    listen: Option<IpAddr>,
    hosts: Vec<String>,
    tokens: Option<Tokens>,
}

impl Guard {
    pub(crate) fn new(listen: Option<SocketAddr>, hosts: &[String], tokens: Option<Tokens>) -> Self {
        let hosts = hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        Self { listen: listen.map(|address| address.ip()), hosts, tokens }
    }

    pub(crate) fn has_token(&self) -> bool {
        self.tokens.is_some()
    }

    fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        let host = host_of(uri, headers)?;
        if !self.is_ours(&host) {
            return Err(Problem::new(Code::ForeignHost, format!("{host:?} is no name of this gateway")));
        }
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        if let Some(origin) = text(header::ORIGIN.as_str())
            && !is_same(origin, &host)
        {
            return Err(Problem::new(Code::ForeignOrigin, format!("{origin:?} is not the origin of this gateway")));
        }
        let path = uri.path();
        // The pages hold no data, and ask their reader for the token.
        let is_page = pages::has(path) || ["/docs", "/openapi.json"].contains(&path) || path.starts_with("/docs/");
        // Whoever follows a link to a page only looks at it.
        let is_visit = is_page && *method == Method::GET && text("sec-fetch-mode") == Some("navigate");
        match text("sec-fetch-site") {
            None | Some("same-origin" | "none") => {}
            Some(_) if is_visit => {}
            Some(site) => {
                return Err(Problem::new(
                    Code::ForeignOrigin,
                    format!("the request was sent by another site ({site})"),
                ));
            }
        }
        let is_open = OPEN.contains(&path) || is_page;
        let Some(tokens) = self.tokens.as_ref().filter(|_| !is_open) else { return Ok(()) };
        match tokens.shown_in(headers) {
            Some(Scope::All) => Ok(()),
            Some(Scope::Proving) if is_for_provers(method, path) => Ok(()),
            Some(Scope::Proving) => {
                let detail = "this token is for provers alone: it registers them, asks for tasks and hands in proofs";
                Err(Problem::new(Code::InsufficientScope, detail))
            }
            None => Err(Problem::new(Code::Unauthorized, "the bearer token is missing, or it is another")),
        }
    }

    /// Whether a name, with or without a port, is one of this gateway's.
    fn is_ours(&self, host: &str) -> bool {
        let name = without_port(host);
        if self.hosts.iter().any(|ours| ours == host || ours == name) || name == "localhost" {
            return true;
        }
        // A name that is an address cannot be rebound: it is where the request went.
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        address.is_ok_and(|address| {
            address.is_loopback() || self.listen.is_some_and(|listen| listen.is_unspecified() || listen == address)
        })
    }
}

/// The host that a request is for, in lower case: of its target, or else of its header.
fn host_of(uri: &Uri, headers: &HeaderMap) -> Result<String, Problem> {
    let mut named = headers.get_all(header::HOST).iter();
    let header = named.next().and_then(|value| value.to_str().ok());
    let host = uri.authority().map(axum::http::uri::Authority::as_str).or(header);
    match (host, named.next()) {
        (Some(host), None) => Ok(host.to_ascii_lowercase()),
        (None, _) | (_, Some(_)) => Err(Problem::new(Code::ForeignHost, "the request names no host, or several")),
    }
}

/// Whether a request is one that a prover must make to prove for this node, and that does nothing else.
fn is_for_provers(method: &Method, path: &str) -> bool {
    match *method {
        Method::POST => PROVERS_POST.contains(&path),
        Method::GET => path == "/provers" || path.starts_with("/tasks/assign/"),
        _ => false,
    }
}

/// Whether an origin is that of the host which the request is for.
fn is_same(origin: &str, host: &str) -> bool {
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|b| b.is_ascii_digit()) && (!name.contains(':') || name.ends_with(']')) =>
        {
            name
        }
        Some(_) | None => host,
    }
}

/// Refuses what is not meant for this gateway, comes from elsewhere, or lacks the token.
pub(crate) async fn guarded(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    match guard.check(request.method(), request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            tracing::debug!(code = ?problem.code(), "refused");
            problem.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(guard: &Guard, path: &str, headers: &[(&'static str, &str)]) -> Option<Code> {
        let map = headers.iter().map(|(name, value)| {
            (axum::http::HeaderName::from_static(name), axum::http::HeaderValue::from_str(value).unwrap())
        });
        let (method, uri) = (Method::GET, path.parse().unwrap());
        guard.check(&method, &uri, &map.collect()).err().map(|problem| problem.code())
    }

    #[test]
    fn only_own_names_are_answered() {
        let guard = Guard::new(Some("127.0.0.1:8080".parse().unwrap()), &["DPGN.example".to_owned()], None);
        let of = |host: &str| check(&guard, "/api/v1/status", &[("host", host)]);
        let ours = ["127.0.0.1:8080", "localhost:8080", "LOCALHOST", "[::1]:8080", "dpgn.example", "dpgn.example:443"];
        assert!(ours.iter().all(|host| of(host).is_none()));
        let foreign =
            ["evil.example:8080", "192.0.2.1:8080", "localhost.evil.example", "dpgn.example.evil", "", "[::2]"];
        assert!(foreign.iter().all(|host| of(host) == Some(Code::ForeignHost)));
        assert_eq!(check(&guard, "/health", &[]), Some(Code::ForeignHost), "no host at all");
        let everywhere = Guard::new(Some("0.0.0.0:8080".parse().unwrap()), &[], None);
        assert_eq!(check(&everywhere, "/", &[("host", "192.0.2.1:8080")]), None, "an address cannot be rebound");
        assert_eq!(check(&everywhere, "/", &[("host", "evil.example")]), Some(Code::ForeignHost));
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let guard = Guard::new(Some("127.0.0.1:8080".parse().unwrap()), &[], None);
        let host = ("host", "localhost:8080");
        let of = |path: &str, more: &[(&'static str, &str)]| check(&guard, path, &[&[host], more].concat());
        assert_eq!(of("/tasks", &[("origin", "http://localhost:8080")]), None);
        for origin in
            ["http://localhost:3000", "http://evil.example", "null", "http://127.0.0.1:8080", "ftp://localhost:8080"]
        {
            assert_eq!(of("/tasks", &[("origin", origin)]), Some(Code::ForeignOrigin), "{origin}");
        }
        for site in ["cross-site", "same-site", "what"] {
            assert_eq!(of("/tasks", &[("sec-fetch-site", site)]), Some(Code::ForeignOrigin), "{site}");
            let visit = [("sec-fetch-site", site), ("sec-fetch-mode", "navigate")];
            assert_eq!(of("/", &visit), None, "a link to the page");
            assert_eq!(of("/tasks/assign/x", &visit), Some(Code::ForeignOrigin), "a link that acts");
        }
        assert_eq!(of("/tasks", &[("sec-fetch-site", "same-origin")]), None);
    }

    #[test]
    fn the_token_opens_what_is_not_open_to_all() {
        let tokens = Tokens::new("ab".repeat(32), None);
        let guard = Guard::new(Some("0.0.0.0:8080".parse().unwrap()), &[], Some(tokens));
        let host = ("host", "localhost:8080");
        let of = |path: &str, more: &[(&'static str, &str)]| check(&guard, path, &[&[host], more].concat());
        let right = format!("Bearer {}", "ab".repeat(32));
        assert_eq!(of("/api/v1/status", &[("authorization", &right)]), None);
        for wrong in ["Bearer", "Bearer ab", "Basic x", &"ab".repeat(32)] {
            assert_eq!(of("/api/v1/status", &[("authorization", wrong)]), Some(Code::Unauthorized));
        }
        for path in ["/api/v1/status", "/metrics", "/tasks", "/docsx", "/healthy"] {
            assert_eq!(of(path, &[]), Some(Code::Unauthorized), "{path}");
        }
        for path in ["/health", "/ready", "/version", "/", "/app.js", "/docs/index.html"] {
            assert_eq!(of(path, &[]), None, "{path}");
        }
    }

    /// Whoever rents a prover a machine must not have the account with it.
    #[test]
    fn the_token_of_provers_proves_and_does_nothing_else() {
        let tokens = Tokens::new("ab".repeat(32), Some("cd".repeat(32)));
        let guard = Guard::new(Some("0.0.0.0:8080".parse().unwrap()), &[], Some(tokens));
        let of = |token: &str, method: &Method, path: &str| {
            let token = axum::http::HeaderValue::from_str(&format!("Bearer {}", token.repeat(32))).unwrap();
            let host = axum::http::HeaderValue::from_static("localhost:8080");
            let headers = [(header::HOST, host), (header::AUTHORIZATION, token)].into_iter().collect();
            guard.check(method, &path.parse().unwrap(), &headers).err().map(|problem| problem.code())
        };
        let proving = [
            (Method::POST, "/provers/register"),
            (Method::POST, "/provers/heartbeat"),
            (Method::GET, "/tasks/assign/550e8400-e29b-41d4-a716-446655440000?wait=60"),
            (Method::POST, "/tasks/result"),
            (Method::POST, "/tasks/release"),
            (Method::GET, "/provers"),
        ];
        let all_else = [
            (Method::POST, "/tasks"),
            (Method::GET, "/tasks/550e8400-e29b-41d4-a716-446655440000/status"),
            (Method::POST, "/api/v1/tasks"),
            (Method::GET, "/api/v1/tasks"),
            (Method::GET, "/api/v1/status"),
            (Method::GET, "/api/v1/events"),
            (Method::PUT, "/api/v1/uploads/00"),
            (Method::GET, "/metrics"),
            (Method::POST, "/provers"),
            (Method::GET, "/provers/register"),
            (Method::GET, "/tasks/result"),
            (Method::POST, "/tasks/assign/x"),
            (Method::DELETE, "/provers/heartbeat"),
            (Method::POST, "/provers/register/"),
            (Method::POST, "//provers/register"),
        ];
        for (method, path) in &proving {
            assert_eq!((of("ab", method, path), of("cd", method, path)), (None, None), "{method} {path}");
            assert_eq!(of("ef", method, path), Some(Code::Unauthorized), "{method} {path}");
        }
        for (method, path) in &all_else {
            let refused = Some(Code::InsufficientScope);
            assert_eq!((of("ab", method, path), of("cd", method, path)), (None, refused), "{method} {path}");
        }
    }
}
