//! The nodes that the tests ask.

use dpgn_gateway::{Gateway, GatewayConfig, serve};
use dpgn_node::{Node, NodeHandle, genesis_file::new_network, keys, local::loopback};
use dpgn_protocol::{genesis::Params, units::Millis};
use std::net::SocketAddr;
use tempfile::TempDir;

/// A node that decides alone, and its gateway.
pub struct Scene {
    pub node: NodeHandle,
    pub gateway: Gateway,
    pub at: SocketAddr,
    pub dir: TempDir,
}

impl Scene {
    pub async fn start() -> Self {
        Self::with(|_, config| config).await
    }

    /// Likewise, with a gateway that is told something else.
    pub async fn with(change: impl FnOnce(&TempDir, GatewayConfig) -> GatewayConfig) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let key = keys::generate().expect("a key");
        let genesis = new_network("alone", &[key.account()], &[key.account()], quick()).expect("a genesis");
        let node = Node::builder(key, genesis).data_dir(dir.path()).coordinate(true);
        let node = loopback(node).spawn().await.expect("the node starts");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let gateway = serve(&change(&dir, GatewayConfig::new(any)), node.clone()).await.expect("the gateway starts");
        Self { node, at: gateway.address(), gateway, dir }
    }

    pub async fn stop(self) {
        self.gateway.shutdown().await;
        self.node.shutdown().await;
    }
}

/// A market whose windows close while one waits.
pub fn quick() -> Params {
    Params {
        start_window: Millis::from_secs(4),
        heartbeat: Millis::from_secs(2),
        verdict_window: Millis::from_secs(4),
        idle_interval: Millis::new(400),
        block_interval: Millis::new(50),
        ..Params::default()
    }
}
