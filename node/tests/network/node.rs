//! One node of a test: a network with short times, and its events by kind.

use dpgn_node::network::{BlobToken, Event, Events, MessageToken, Network, NetworkConfig, ResponseToken, Topic, spawn};
use dpgn_protocol::{
    ids::{AccountId, NetworkId},
    sign::Keypair,
};
use libp2p::Multiaddr;
use std::{future::Future, time::Duration};

pub const NETWORK: NetworkId = NetworkId::from_bytes([0xab; 32]);
/// Nothing in these tests may take longer.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// Long enough for what shouldn't come to come.
pub const SILENCE: Duration = Duration::from_millis(800);

pub struct Node {
    pub network: Network,
    pub events: Events,
}

/// A config with short times, listening on loopback.
pub fn config() -> NetworkConfig {
    let mut config = NetworkConfig::new(NETWORK);
    config.listen = vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()];
    config.timing.heartbeat_ms = 200;
    config.timing.upkeep_ms = 50;
    config.timing.redial_ms = 300;
    config.timing.connect_ms = 5_000;
    config
}

impl Node {
    pub fn start(seed: u8, edit: impl FnOnce(&mut NetworkConfig)) -> Self {
        let mut config = config();
        edit(&mut config);
        let (network, events) = spawn(&Keypair::from_seed(&[seed; 32]), config).unwrap();
        Self { network, events }
    }

    pub fn account(&self) -> AccountId {
        self.network.local_peer()
    }

    pub async fn address(&self) -> Multiaddr {
        soon("an address", self.network.listen_addrs()).await.first().cloned().unwrap()
    }

    pub async fn dial(&self, other: &Node) {
        let reached = soon("a connection", self.network.dial(other.address().await)).await;
        assert_eq!(reached, Ok(other.account()));
    }

    /// Until gossip can flow to so many peers: subscriptions have been exchanged and the meshes are made.
    pub async fn settle(&self, peers: usize) {
        until("peers", async || self.network.peers().await.len() >= peers).await;
        tokio::time::sleep(Duration::from_millis(600)).await;
    }

    pub async fn gossip(&mut self) -> (Topic, Vec<u8>, MessageToken) {
        soon("gossip", async {
            loop {
                if let Event::Gossip { topic, data, token, .. } = self.events.recv().await.unwrap() {
                    return (topic, data, token);
                }
            }
        })
        .await
    }

    /// No gossip comes for a while.
    pub async fn hears_nothing(&mut self) {
        let heard = tokio::time::timeout(SILENCE, self.gossip()).await;
        assert!(heard.is_err(), "heard {heard:?}");
    }

    pub async fn asked(&mut self) -> (AccountId, Vec<u8>, ResponseToken) {
        soon("a request", async {
            loop {
                if let Event::Request { from, data, token } = self.events.recv().await.unwrap() {
                    return (from, data, token);
                }
            }
        })
        .await
    }

    pub async fn asked_for_blob(&mut self) -> (AccountId, Vec<u8>, BlobToken) {
        soon("a blob request", async {
            loop {
                if let Event::BlobRequest { from, request, token } = self.events.recv().await.unwrap() {
                    return (from, request, token);
                }
            }
        })
        .await
    }

    /// The next frame of any member.
    pub async fn said(&mut self) -> (AccountId, Vec<u8>) {
        soon("a frame", async {
            loop {
                if let Event::Said { from, data } = self.events.recv().await.unwrap() {
                    return (from, data);
                }
            }
        })
        .await
    }

    pub async fn knows(&self, other: AccountId) -> bool {
        self.network.peers().await.iter().any(|peer| peer.account == other)
    }
}

/// What must come, in time.
pub async fn soon<T>(what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(value) => value,
        Err(_) => panic!("no {what} within {PATIENCE:?}"),
    }
}

/// Waits until something holds.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    soon(what, async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}
