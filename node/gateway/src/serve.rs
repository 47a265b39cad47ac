//! The listener: connections with limits of their own, and an end that lets running answers finish.

use crate::{
    client::Client,
    config::{GatewayConfig, Uploads},
    guard::Guard,
    places::{Place, Places, Taken},
    router::router,
    state::GatewayState,
    token::{TokenError, Tokens},
    webhooks::{self, Closed, WebhookError},
};
use axum::{Router, body::Body, extract::ConnectInfo};
use dpgn_node::NodeHandle;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};
use tokio_io_timeout::TimeoutStream;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

/// Connections at once; those beyond are closed.
const CONNECTIONS_MAX: usize = 1_024;
/// Connections of one client, so that four of them are needed to keep all others out. Of this machine itself there may be as
/// many as there are: its own programs, and the proxy through which all others come.
const CONNECTIONS_EACH_MAX: usize = 256;
/// The time within which a request's head must have come, and within which a connection that is kept must be used again.
const HEAD_TIME_MAX: Duration = Duration::from_secs(30);
/// A client that takes nothing of its answer, or of its stream, for so long is cut off.
const STALLED_TIME_MAX: Duration = Duration::from_secs(30);
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
    let tokens = match &config.token_file {
        Some(path) => Some(Tokens::read_or_make(path, config.prover_token_file.as_deref())?),
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
        guard: Guard::new(Some(address), &config.hosts, tokens),
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
    let places = Arc::new(Places::new(CONNECTIONS_MAX, CONNECTIONS_EACH_MAX));
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
        let place = match admit(&places, Client::at(client.ip())) {
            Ok(place) => place,
            Err(taken) => {
                tracing::debug!(%client, ?taken, "as many connections as there may be: one more was closed");
                continue;
            }
        };
        let (routes, stop) = (routes.clone(), stop.clone());
        tasks.spawn(async move {
            converse(stream, client, routes, STALLED_TIME_MAX, stop).await;
            drop(place);
        });
    }
}

/// Takes a place for a connection of a client.
fn admit(places: &Arc<Places>, client: Client) -> Result<Place, Taken> {
    if client.is_loopback() { places.take_any(client, 1) } else { places.take(client, 1) }
}

/// Answers the requests of one connection.
async fn converse<S>(stream: S, client: SocketAddr, routes: Router, stalled: Duration, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(stalled));
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(client));
        routes.clone().oneshot(request.map(Body::new))
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_MAX);
    http.max_headers(HEADERS_MAX).max_buf_size(BUFFER_BYTES_MAX);
    let connection = http.serve_connection(TokioIo::new(Box::pin(stream)), service);
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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{
        response::sse::{Event, Sse},
        routing::get,
    };
    use futures::stream;
    use std::{convert::Infallible, net::Ipv4Addr};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    #[test]
    fn a_stranger_holds_its_part_of_the_connections_and_no_more() {
        let places = Arc::new(Places::new(CONNECTIONS_MAX, CONNECTIONS_EACH_MAX));
        let of = |ip: [u8; 4]| Client::at(Ipv4Addr::from(ip).into());
        let stranger: Vec<Place> = (0..2_000).map_while(|_| admit(&places, of([192, 0, 2, 1])).ok()).collect();
        assert_eq!(stranger.len(), CONNECTIONS_EACH_MAX);
        let _other = admit(&places, of([192, 0, 2, 2])).unwrap();
        let proxy: Vec<Place> = (0..2_000).map_while(|_| admit(&places, of([127, 0, 0, 1])).ok()).collect();
        assert_eq!(stranger.len() + 1 + proxy.len(), CONNECTIONS_MAX, "behind a proxy there are many");
        assert_eq!(admit(&places, of([127, 0, 0, 1])).unwrap_err(), Taken::All);
    }

    /// A client that asks for these and takes at most so many bytes of the answer. Returns once its connection has ended.
    async fn ask_and_read(path: &str, bytes: usize) {
        let events = async || {
            let told =
                |n: u64| async move { Some((Ok::<_, Infallible>(Event::default().data("x".repeat(999))), n + 1)) };
            Sse::new(stream::unfold(0, told))
        };
        let routes = Router::new().route("/large", get(async || vec![0_u8; 1 << 20])).route("/events", get(events));
        let (mut client, server) = duplex(4_096);
        let address = SocketAddr::from(([192, 0, 2, 1], 1));
        let served = tokio::spawn(converse(server, address, routes, Duration::from_secs(3), CancellationToken::new()));
        client.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
        let mut taken = vec![0; bytes];
        client.read_exact(&mut taken).await.unwrap();
        served.await.unwrap();
        drop(client);
    }

    /// Without a limit this test would wait for ever.
    #[tokio::test]
    async fn a_client_that_takes_nothing_is_cut_off() {
        tokio::join!(
            ask_and_read("/large", 0),
            ask_and_read("/large", 500_000),
            ask_and_read("/events", 0),
            ask_and_read("/events", 500_000)
        );
    }
}
