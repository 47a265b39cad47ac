//! What all routes share: the node, and the limits and names of this gateway.

use crate::{guard::Guard, limits::Limits};
use dpgn_node::NodeHandle;
use std::sync::Arc;

/// The state behind the routes of one gateway. Cheap to clone.
#[derive(Clone)]
pub struct GatewayState(Arc<Shared>);

struct Shared {
    node: NodeHandle,
    guard: Arc<Guard>,
    limits: Arc<Limits>,
}

impl GatewayState {
    /// The state of a router that an application nests in its own: it answers to `localhost`, to loopback addresses and to
    /// these names, and leaves it to the application who may ask.
    pub fn new(node: NodeHandle, hosts: &[String]) -> Self {
        Self::guarded(node, Guard::new(None, hosts, None))
    }

    pub(crate) fn guarded(node: NodeHandle, guard: Guard) -> Self {
        Self(Arc::new(Shared { node, guard: Arc::new(guard), limits: Arc::default() }))
    }

    /// The node that is asked.
    pub fn node(&self) -> &NodeHandle {
        &self.0.node
    }

    pub(crate) fn guard(&self) -> Arc<Guard> {
        self.0.guard.clone()
    }

    pub(crate) fn limits(&self) -> Arc<Limits> {
        self.0.limits.clone()
    }
}
