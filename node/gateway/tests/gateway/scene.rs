//! The nodes that the tests ask.

use dpgn_gateway::{Gateway, GatewayConfig, serve};
use dpgn_node::{
    Node, NodeBuilder, NodeHandle,
    genesis_file::{self, GENESIS_FILE, new_network},
    keys,
    local::{Local, LocalOptions, loopback, terms},
};
use dpgn_protocol::{
    genesis::Params,
    ids::AccountId,
    units::{Credits, Millis},
};
use dpgn_prover::ProverOptions;
use std::{net::SocketAddr, path::PathBuf};
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
        Self::of(|node| node, change).await
    }

    /// A node that buys, proves and decides, as the program runs it unless it is told otherwise.
    pub async fn selling() -> Self {
        Self::selling_with(|_, config| config).await
    }

    /// Likewise, with a gateway that is told something else.
    pub async fn selling_with(change: impl FnOnce(&TempDir, GatewayConfig) -> GatewayConfig) -> Self {
        Self::of(|node| node.sell(terms(Credits::new(1_500), 2_000, 4)), change).await
    }

    /// Likewise, selling what provers ask for alone: until one does, nobody is awarded anything.
    pub async fn selling_for_agents() -> Self {
        let sells = |node: NodeBuilder| node.sell(terms(Credits::new(1_500), 2_000, 4)).agents_only(true);
        Self::of(sells, |_, config| config).await
    }

    /// Likewise, with a token for its owner and one for provers, in the files `token` and `prover.token`.
    pub async fn selling_by_token() -> Self {
        let sells = |node: NodeBuilder| node.sell(terms(Credits::new(1_500), 2_000, 4));
        Self::of(sells, |dir, config| GatewayConfig {
            token_file: Some(dir.path().join("token")),
            prover_token_file: Some(dir.path().join("prover.token")),
            ..config
        })
        .await
    }

    /// The header with the token of such a file.
    pub fn bearer(&self, file: &str) -> String {
        let token = std::fs::read_to_string(self.dir.path().join(file)).expect("the gateway has made it");
        format!("Authorization: Bearer {}\r\n", token.trim_end())
    }

    async fn of(
        sells: impl FnOnce(NodeBuilder) -> NodeBuilder,
        change: impl FnOnce(&TempDir, GatewayConfig) -> GatewayConfig,
    ) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let key = keys::load_or_create(&dir.path().join("key")).expect("a key");
        let genesis = new_network("alone", &[key.account()], &[key.account()], quick()).expect("a genesis");
        genesis_file::write(&dir.path().join(GENESIS_FILE), &genesis).expect("it can be written");
        Self::over(dir, sells, change).await
    }

    async fn over(
        dir: TempDir,
        sells: impl FnOnce(NodeBuilder) -> NodeBuilder,
        change: impl FnOnce(&TempDir, GatewayConfig) -> GatewayConfig,
    ) -> Self {
        let key = keys::load_or_create(&dir.path().join("key")).expect("a key");
        let genesis = genesis_file::read(&dir.path().join(GENESIS_FILE)).expect("a genesis");
        let node = sells(Node::builder(key, genesis).data_dir(dir.path()).prover(options()).coordinate(true));
        let node = loopback(node).spawn().await.expect("the node starts");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let gateway = serve(&change(&dir, GatewayConfig::new(any)), node.clone()).await.expect("the gateway starts");
        Self { node, at: gateway.address(), gateway, dir }
    }

    /// The same node that sells, started anew on its directory.
    pub async fn again(self) -> Self {
        self.gateway.shutdown().await;
        self.node.shutdown().await;
        let sells = |node: NodeBuilder| node.sell(terms(Credits::new(1_500), 2_000, 4));
        Self::over(self.dir, sells, |_, config| config).await
    }

    pub async fn stop(self) {
        self.gateway.shutdown().await;
        self.node.shutdown().await;
    }
}

/// The worker program: a test's own `main` is not ours.
pub fn options() -> ProverOptions {
    let program = Some(PathBuf::from(env!("CARGO_BIN_EXE_dpgn-gateway-worker")));
    ProverOptions { program, ..ProverOptions::default() }
}

/// A market whose blocks come quickly, with windows that a machine which is busy with other tests keeps.
fn quick() -> Params {
    Params { idle_interval: Millis::new(400), block_interval: Millis::new(50), ..Params::default() }
}

/// A mesh of a coordinator, a prover and a requester, with gateways of the requester and of the coordinator.
pub struct Mesh {
    pub local: Local,
    pub requester: Gateway,
    pub coordinator: Gateway,
    _dir: TempDir,
}

impl Mesh {
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let what = LocalOptions { coordinators: 1, provers: 1, params: quick(), options: options() };
        let local = Local::start(dir.path(), what).await.expect("the mesh starts");
        let config = GatewayConfig::new(SocketAddr::from(([127, 0, 0, 1], 0)));
        let requester = serve(&config, local.requester.clone()).await.expect("the gateway starts");
        let coordinator = serve(&config, local.coordinator.clone()).await.expect("the gateway starts");
        Self { local, requester, coordinator, _dir: dir }
    }

    pub async fn stop(self) {
        self.requester.shutdown().await;
        self.coordinator.shutdown().await;
        self.local.shutdown().await;
    }
}

/// An account that nobody has: a transfer to it makes a block.
pub fn stranger() -> AccountId {
    AccountId::from_bytes([7; 32])
}
