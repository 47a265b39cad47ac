//! The listener: connections with limits of their own, and an end that lets running answers finish.

use crate::{
    config::{GatewayConfig, Uploads},
    guard::Guard,
    router::router,
    state::GatewayState,
    token::{Token, TokenError},
    webhooks::{self, Closed, WebhookError},
};
use axum::{Router, body::Body, extract::ConnectInfo};
use dpgn_node::NodeHandle;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

/// Connections at once; those beyond are closed.
const CONNECTIONS_MAX: usize = 1_024;
/// The time within which a request's head must have come, and within which a connection that is kept must be used again.
const HEAD_TIME_MAX: Duration = Duration::from_secs(30);
/// The number of headers of a request.
const HEADERS_MAX: usize = 64;
/// Bytes of a request's head, and of what is read ahead of its body.
const BUFFER_BYTES_MAX: usize = 32 << 10;
/// The time that running answers are left when the gateway stops.
const FAREWELL: Duration = Duration::from_secs(5);
/// The pause after a connection could not be accepted: out of file handles, for one.
const PAUSE: Duration = Duration::from_millis(100);

/// Why a gateway was not served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("the gateway cannot listen on {address}: {source}")]
    Listen {
        /// The address that was to be listened on.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// Others could reach it, and no token is asked for.
    #[error("the gateway would be open to everybody who reaches {0}: it needs a token")]
    Open(SocketAddr),
    /// The token could not be had.
    #[error("the gateway's token: {0}")]
    Token(#[from] TokenError),
    /// The file of webhooks cannot be used.
    #[error(transparent)]
    Webhooks(#[from] WebhookError),
}

/// A gateway that has its address and does not answer yet.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
    guard: Guard,
    uploads: Option<Uploads>,
    webhooks: Option<Closed>,
}

/// A gateway that is being served.
#[derive(Debug)]
pub struct Gateway {
    address: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// Serves a node on an address until it is told to stop.
pub async fn serve(config: &GatewayConfig, node: NodeHandle) -> Result<Gateway, ServeError> {
    Ok(bind(config).await?.serve(node))
}

/// Takes the address, so that a port which is taken is told before a node has started.
pub async fn bind(config: &GatewayConfig) -> Result<Bound, ServeError> {
    let failed = |source| ServeError::Listen { address: config.listen, source };
    let token = match &config.token_file {
        Some(path) => Some(Token::read_or_make(path)?),
        None if config.listen.ip().is_loopback() => None,
        None => return Err(ServeError::Open(config.listen)),
    };
    let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "the gateway can be reached from elsewhere, and does not encrypt: put a proxy with TLS before it");
    }
    let webhooks =
        config.webhooks.as_ref().map(|webhooks| Closed::open(&webhooks.file, webhooks.private)).transpose()?;
    Ok(Bound {
        listener,
        address,
        guard: Guard::new(Some(address), &config.hosts, token),
        uploads: config.uploads.clone(),
        webhooks,
    })
}

impl Bound {
    /// The address that was taken, with its port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers from now on, for this node.
    pub fn serve(self, node: NodeHandle) -> Gateway {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let state = GatewayState::guarded(node, self.guard, stop.clone());
        let state = match self.uploads {
            Some(uploads) => state.with_uploads(uploads),
            None => state,
        };
        let state = match self.webhooks {
            Some(webhooks) => {
                let office = webhooks.start(stop.clone(), tasks.clone());
                let state = state.with_office(office.clone());
                tasks.spawn(webhooks::watch(state.clone(), office));
                state
            }
            None => state,
        };
        let routes = router(state);
        tasks.spawn(accept(self.listener, routes, tasks.clone(), stop.clone()));
        Gateway { address: self.address, stop, tasks }
    }
}

impl Gateway {
    /// The address that is listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, and waits a little for those that run.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Takes connections until the gateway stops.
async fn accept(listener: TcpListener, routes: Router, tasks: TaskTracker, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, client) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::debug!(%error, "no connection could be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(place) = places.clone().try_acquire_owned() else {
            tracing::debug!(%client, "as many connections as there may be: one more was closed");
            continue;
        };
        let (routes, stop) = (routes.clone(), stop.clone());
        tasks.spawn(async move {
            converse(stream, client, routes, stop).await;
            drop(place);
        });
    }
}

/// Answers the requests of one connection.
async fn converse(stream: TcpStream, client: SocketAddr, routes: Router, stop: CancellationToken) {
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(client));
        routes.clone().oneshot(request.map(Body::new))
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_MAX);
    http.max_headers(HEADERS_MAX).max_buf_size(BUFFER_BYTES_MAX);
    let connection = http.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(FAREWELL, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%client, %error, "a connection broke off");
    }
}
