//! What all routes share: the node, what is remembered of it, and the limits and names of this gateway.

use crate::{
    config::Uploads,
    events::{Hub, pump},
    guard::Guard,
    labels::Labels,
    limits::Limits,
    metrics::Metrics,
    reads::Reads,
    streams::Streams,
    tasks::Keys,
    uploads::{Shelf, TIDY_EVERY, keep_tidy},
    webhooks::Office,
};
use dpgn_node::NodeHandle;
use std::sync::{Arc, OnceLock};
use tokio_util::sync::CancellationToken;

/// The state behind the routes of one gateway. Cheap to clone.
#[derive(Clone)]
pub struct GatewayState(Arc<Shared>);

struct Shared {
    node: NodeHandle,
    guard: Arc<Guard>,
    limits: Arc<Limits>,
    hub: Arc<Hub>,
    metrics: Arc<Metrics>,
    streams: Arc<Streams>,
    keys: Arc<Keys>,
    reads: Reads,
    shelf: OnceLock<Arc<Shelf>>,
    office: OnceLock<Arc<Office>>,
    stop: CancellationToken,
    labels: Labels,
}

impl GatewayState {
    /// The state of a router that an application nests in its own: it answers to `localhost`, to loopback addresses and to
    /// these names. **It asks for no token**: whoever reaches it buys for the node's account, so the application must say who may,
    /// as `node/examples/in_axum.rs` does. It listens to the node from now on, in a task of the
    /// current Tokio runtime.
    pub fn new(node: NodeHandle, hosts: &[String]) -> Self {
        Self::guarded(node, Guard::new(None, hosts, None), CancellationToken::new())
    }

    pub(crate) fn guarded(node: NodeHandle, guard: Guard, stop: CancellationToken) -> Self {
        let (hub, metrics) = (Arc::new(Hub::new()), Arc::new(Metrics::new(&node)));
        tokio::spawn(pump(Arc::downgrade(&hub), metrics.clone(), node.watch()));
        Self(Arc::new(Shared {
            node,
            guard: Arc::new(guard),
            limits: Arc::default(),
            hub,
            metrics,
            streams: Arc::default(),
            keys: Arc::default(),
            reads: Reads::default(),
            shelf: OnceLock::new(),
            office: OnceLock::new(),
            stop,
            labels: Labels::default(),
        }))
    }

    /// Takes uploads from now on, and keeps them there; those that are old go, by a task of the current Tokio runtime. A second
    /// call changes nothing.
    #[must_use]
    pub fn with_uploads(self, uploads: Uploads) -> Self {
        let Uploads { dir, file_bytes_max, all_bytes_max } = uploads;
        self.0.shelf.get_or_init(|| {
            let shelf = Arc::new(Shelf::new(dir, file_bytes_max, all_bytes_max));
            tokio::spawn(keep_tidy(Arc::downgrade(&shelf), TIDY_EVERY, self.0.stop.clone()));
            shelf
        });
        self
    }

    /// Sends webhooks from now on. A second call changes nothing.
    pub(crate) fn with_office(self, office: Arc<Office>) -> Self {
        self.0.office.get_or_init(|| office);
        self
    }

    /// Those who send webhooks; `None` if none are sent.
    pub(crate) fn office(&self) -> Option<Arc<Office>> {
        self.0.office.get().cloned()
    }

    /// The node that is asked.
    pub fn node(&self) -> &NodeHandle {
        &self.0.node
    }

    /// Whether requests must carry a token.
    pub(crate) fn has_token(&self) -> bool {
        self.0.guard.has_token()
    }

    pub(crate) fn labels(&self) -> &Labels {
        &self.0.labels
    }

    pub(crate) fn guard(&self) -> Arc<Guard> {
        self.0.guard.clone()
    }

    pub(crate) fn limits(&self) -> Arc<Limits> {
        self.0.limits.clone()
    }

    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.0.hub
    }

    pub(crate) fn metrics(&self) -> &Arc<Metrics> {
        &self.0.metrics
    }

    pub(crate) fn streams(&self) -> &Arc<Streams> {
        &self.0.streams
    }

    pub(crate) fn keys(&self) -> &Arc<Keys> {
        &self.0.keys
    }

    /// The uploads; `None` if none are taken.
    pub(crate) fn shelf(&self) -> Option<Arc<Shelf>> {
        self.0.shelf.get().cloned()
    }

    /// Turns for what may read the node's disk.
    pub(crate) fn reads(&self) -> &Reads {
        &self.0.reads
    }

    /// Ends what would go on for long, such as streams, once the gateway stops.
    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.0.stop
    }
}
