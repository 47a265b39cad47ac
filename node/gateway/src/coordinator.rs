//! A coordinator inside an application: a node of its own, or one that runs already, behind the application's own router.
//!
//! ```no_run
//! use dpgn_gateway::coordinator::{CoordinatorState, SharedState, router};
//! use std::sync::Arc;
//! use tokio::sync::Mutex;
//!
//! # async fn example() -> std::io::Result<()> {
//! let state: SharedState = Arc::new(Mutex::new(CoordinatorState::new()));
//! let app = router(state);
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! axum::serve(listener, app).await
//! # }
//! ```
//!
//! Its routes ask for no token: who may reach them is for the application to say ([`router`]).
//!
//! [`CoordinatorState::new`] is a network of one: its node buys, proves and decides, and its blocks are gone with it. The node
//! starts with the first request.

use crate::{
    problem::{Code, Problem},
    router::router as routes,
    state::GatewayState,
};
use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
};
use dpgn_node::{
    Node, NodeHandle, SpawnError, TomlFileError,
    genesis_file::{self, GENESIS_FILE, NewNetworkError},
    keys::{self, KeyError},
    local::{loopback, terms},
};
use dpgn_protocol::{
    genesis::{Genesis, Params},
    ids::AccountId,
    units::Credits,
};
use dpgn_prover::ProverOptions;
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;
use tokio::sync::Mutex;
use tower::ServiceExt;

/// The key's name in the directory of a node.
const KEY_FILE: &str = "key";
/// What the node asks for 1,024 padded rows, in micro-credits, and how many it vouches for in a second.
const PRICE: (Credits, u32) = (Credits::new(1_500), 2_000);

/// A coordinator that the application's tasks share.
pub type SharedState = Arc<Mutex<CoordinatorState>>;

/// A coordinator: a node that starts when it is needed, or one that runs already.
pub struct CoordinatorState {
    origin: Origin,
    hosts: Vec<String>,
    prover: ProverOptions,
    started: Option<Started>,
}

/// Where the node comes from.
enum Origin {
    /// A node of its own, in a directory that goes with it.
    Fresh,
    /// A node of its own, in this directory.
    Dir(PathBuf),
    /// A node of the application's.
    Node(NodeHandle),
}

struct Started {
    node: NodeHandle,
    router: Router,
    /// The directory of a node that keeps nothing: it goes last.
    _dir: Option<TempDir>,
}

/// Why the node of a coordinator did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CoordinatorError {
    /// Its directory is of no use.
    #[error("{}: {source}", path.display())]
    Dir {
        /// The path of the directory.
        path: PathBuf,
        /// The reason that the system gave.
        source: io::Error,
    },
    /// Its key is of no use.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Its genesis could not be read or written.
    #[error("the genesis: {0}")]
    Genesis(#[from] TomlFileError),
    /// Its network could not be made.
    #[error(transparent)]
    Network(#[from] NewNetworkError),
    /// The node did not start.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
}

impl Default for CoordinatorState {
    fn default() -> Self {
        Self::from_origin(Origin::Fresh)
    }
}

impl CoordinatorState {
    /// A network of one node, which keeps nothing beyond its own life.
    pub fn new() -> Self {
        Self::default()
    }

    /// A network of one node, which is kept in a directory.
    pub fn in_dir(dir: impl Into<PathBuf>) -> Self {
        Self::from_origin(Origin::Dir(dir.into()))
    }

    /// A node that runs already, on whatever network it is.
    pub fn of(node: NodeHandle) -> Self {
        Self::from_origin(Origin::Node(node))
    }

    fn from_origin(origin: Origin) -> Self {
        Self { origin, hosts: Vec::new(), prover: ProverOptions::default(), started: None }
    }

    /// The names by which clients reach the application, beside `localhost` and loopback addresses. Requests for others are
    /// refused, since a page of the web could send them.
    #[must_use]
    pub fn hosts(mut self, hosts: impl IntoIterator<Item = String>) -> Self {
        self.hosts.extend(hosts);
        self
    }

    /// The options by which a node of its own builds, proves and checks: the worker program, for one.
    #[must_use]
    pub fn prover(mut self, options: ProverOptions) -> Self {
        self.prover = options;
        self
    }

    /// The node, started if it was not yet.
    pub async fn node(&mut self) -> Result<NodeHandle, CoordinatorError> {
        Ok(self.start().await?.node.clone())
    }

    /// Stops a node of its own, and forgets it.
    pub async fn shutdown(&mut self) {
        let is_own = !matches!(self.origin, Origin::Node(_));
        if let Some(started) = self.started.take().filter(|_| is_own) {
            started.node.shutdown().await;
        }
    }

    async fn start(&mut self) -> Result<&Started, CoordinatorError> {
        let started = match self.started.take() {
            Some(started) => started,
            None => {
                let (node, dir) = match &self.origin {
                    Origin::Node(node) => (node.clone(), None),
                    Origin::Dir(dir) => (alone(dir, self.prover.clone()).await?, None),
                    Origin::Fresh => {
                        let at = |source| CoordinatorError::Dir { path: std::env::temp_dir(), source };
                        let dir = tempfile::tempdir().map_err(at)?;
                        (alone(dir.path(), self.prover.clone()).await?, Some(dir))
                    }
                };
                let router = routes(GatewayState::new(node.clone(), &self.hosts));
                Started { node, router, _dir: dir }
            }
        };
        Ok(self.started.insert(started))
    }
}

/// A node that decides alone, buys and proves, with its key and its genesis in a directory.
async fn alone(dir: &Path, options: ProverOptions) -> Result<NodeHandle, CoordinatorError> {
    std::fs::create_dir_all(dir).map_err(|source| CoordinatorError::Dir { path: dir.to_owned(), source })?;
    let key = keys::load_or_create(&dir.join(KEY_FILE))?;
    let genesis = genesis(&dir.join(GENESIS_FILE), key.account())?;
    let (price, speed) = PRICE;
    let sells = terms(price, speed, options.max_concurrent_proofs.saturating_mul(4));
    let node = Node::builder(key, genesis).data_dir(dir).prover(options).coordinate(true).sell(sells);
    Ok(loopback(node).spawn().await?)
}

/// The genesis of a network of one: the one on disk, or a new one.
fn genesis(path: &Path, account: AccountId) -> Result<Genesis, CoordinatorError> {
    if path.exists() {
        return Ok(genesis_file::read(path)?);
    }
    let genesis = genesis_file::new_network("embedded", &[account], &[account], Params::default())?;
    genesis_file::write(path, &genesis)?;
    Ok(genesis)
}

/// All routes of a gateway, for an application to serve or to nest. **None of them asks for a token**: whoever reaches them buys
/// for the node's account and takes its proofs. Put a layer before them that says who may, as `node/examples/in_axum.rs` has
/// one; names other than `localhost` and those of [`CoordinatorState::hosts`] are refused, and nothing else is. The first request waits until the node has started.
pub fn router(state: SharedState) -> Router {
    Router::new().fallback(async move |request: Request| -> Response {
        let started = state.lock().await.start().await.map(|started| started.router.clone());
        match started {
            Ok(router) => match router.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            },
            Err(error) => {
                tracing::error!(%error, "the coordinator's node does not start");
                Problem::new(Code::NodeStopped, "the coordinator's node does not start").into_response()
            }
        }
    })
}
