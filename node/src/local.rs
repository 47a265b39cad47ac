//! A small mesh of real nodes on loopback, in one process: for the demo, for tests, for trying things out.
//!
//! Coordinators, one unless it is said otherwise, some provers, one requester, each with its own key, data directory and workers. Nothing is
//! simulated: they find each other, gossip, prove and settle as strangers would.

use crate::{
    error::Unavailable,
    genesis_file::{NewNetworkError, new_network},
    handle::NodeHandle,
    keys,
    network::{IdentityError, peer_of},
    node::{Node, NodeBuilder},
    start_error::SpawnError,
};
use dpgn_protocol::{
    bounded::List,
    genesis::{Genesis, Params},
    ids::AccountId,
    ops::{Ask, Offer},
    sign::Keypair,
    units::{Credits, Degree, Level, Timestamp},
};
use dpgn_prover::{ProverOptions, circuit::builders};
use libp2p::Multiaddr;
use std::{path::Path, time::Duration};

/// Padded rows a second that every prover declares: little, since the machine is shared by all nodes and by
/// whatever else it does.
const SPEED: u32 = 400;

/// Why a local mesh did not start.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// A node did not start.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    /// A node stopped at once.
    #[error(transparent)]
    Node(#[from] Unavailable),
    /// No randomness to be had.
    #[error(transparent)]
    Key(#[from] keys::KeyError),
    /// The accounts make no genesis.
    #[error(transparent)]
    Genesis(#[from] NewNetworkError),
    /// A node's account is no peer.
    #[error(transparent)]
    Peer(#[from] IdentityError),
    /// The first node got no address.
    #[error("the coordinator listens nowhere")]
    NoAddress,
    /// The nodes did not find each other.
    #[error("the requester did not see all asks within {0:?}")]
    TimedOut(Duration),
}

/// An ask for every level and every builder that this program has: its own, and those that it has registered.
pub fn terms(per_kilorow: Credits, rows_per_second: u32, capacity: u16) -> Ask {
    // What no measurement backs yet: zero-knowledge costs more rows, which the degree already counts.
    let offers = Level::all().map(|level| Offer { level, per_kilorow, rows_per_second }).collect();
    Ask {
        offers: List::new(offers).unwrap_or_default(),
        flat: Credits::new(1_000),
        degree_max: Degree::MAX,
        capacity,
        lanes: capacity.max(1),
        collateral_max: Credits::MAX,
        builders: builders(),
        warm: List::default(),
        expires: Timestamp::default(),
    }
}

/// A mesh of nodes that runs in this process.
pub struct Local {
    /// The genesis that all nodes started from.
    pub genesis: Genesis,
    /// The address that the other nodes dialled first.
    pub bootstrap: Multiaddr,
    /// The handle of the first coordinator.
    pub coordinator: NodeHandle,
    /// The handles of the other coordinators: none, unless several decide.
    pub colleagues: Vec<NodeHandle>,
    /// The handles of the provers, the cheapest first.
    pub provers: Vec<NodeHandle>,
    /// The handle of the requester.
    pub requester: NodeHandle,
    /// The key of one more account with credits, for whoever joins later.
    pub spare: Keypair,
}

/// The parts and the rules of a mesh.
pub struct LocalOptions {
    /// The number of coordinators that decide together, at least one.
    pub coordinators: usize,
    /// The number of provers in the mesh.
    pub provers: usize,
    /// The market's rules for the genesis.
    pub params: Params,
    /// The options with which each node proves.
    pub options: ProverOptions,
}

impl Local {
    /// Starts a mesh below a directory and waits until all are connected.
    pub async fn start(dir: &Path, what: LocalOptions) -> Result<Self, LocalError> {
        let (coordinator, requester, spare) = (keys::generate()?, keys::generate()?, keys::generate()?);
        let further = generate(what.coordinators.saturating_sub(1))?;
        let provers = generate(what.provers)?;
        let members: Vec<AccountId> = further.iter().chain([&coordinator]).map(Keypair::account).collect();
        let others = provers.iter().chain([&requester, &spare]).map(Keypair::account);
        let accounts: Vec<AccountId> = others.chain(members.iter().copied()).collect();
        let genesis = new_network("local", &members, &accounts, what.params)?;
        let make = |keys: &Keypair, name: &str| {
            loopback(
                Node::builder(keys.clone(), genesis.clone())
                    .data_dir(dir.join(name))
                    .prover(what.options.clone())
                    .control(true),
            )
        };
        let coordinator = make(&coordinator, "coordinator").coordinate(true).spawn().await?;
        let bootstrap = address_of(&coordinator).await?;
        let mut colleagues = Vec::with_capacity(further.len());
        for (i, keys) in further.iter().enumerate() {
            let node = make(keys, &format!("coordinator-{}", i + 2)).bootstrap(bootstrap.clone());
            colleagues.push(node.coordinate(true).spawn().await?);
        }
        let mut sellers = Vec::with_capacity(provers.len());
        for (i, keys) in provers.iter().enumerate() {
            // Later provers ask a little more, so that the demo's award is not a toss-up.
            let price = Credits::new(10_000 + 1_000 * i as u64);
            let node = make(keys, &format!("prover-{}", i + 1)).bootstrap(bootstrap.clone());
            sellers.push(node.sell(terms(price, SPEED, what.options.max_concurrent_proofs)).spawn().await?);
        }
        let requester = make(&requester, "requester").bootstrap(bootstrap.clone()).spawn().await?;
        let local = Self { genesis, bootstrap, coordinator, colleagues, provers: sellers, requester, spare };
        local.settled_in().await?;
        Ok(local)
    }

    /// Waits until the requester sees the provers' asks.
    async fn settled_in(&self) -> Result<(), LocalError> {
        const PATIENCE: Duration = Duration::from_secs(30);
        let wait = async {
            while self.requester.status().await?.standing_asks < self.provers.len() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Ok(())
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or(Err(LocalError::TimedOut(PATIENCE)))
    }

    /// Stops all nodes, the provers first.
    pub async fn shutdown(&self) {
        for node in self.provers.iter().chain([&self.requester]).chain(&self.colleagues).chain([&self.coordinator]) {
            node.shutdown().await;
        }
    }
}

/// So many fresh keys.
fn generate(count: usize) -> Result<Vec<Keypair>, keys::KeyError> {
    (0..count).map(|_| keys::generate()).collect()
}

/// Listens on loopback, on a port of the system's choice.
pub fn loopback(builder: NodeBuilder) -> NodeBuilder {
    use libp2p::multiaddr::Protocol;
    let any = Multiaddr::empty().with(Protocol::Ip4([127, 0, 0, 1].into())).with(Protocol::Tcp(0));
    builder.listen(any)
}

/// The first address a node listens on, its peer id included.
pub async fn address_of(node: &NodeHandle) -> Result<Multiaddr, LocalError> {
    let status = node.status().await?;
    let address = status.listening.iter().find_map(|a| a.parse::<Multiaddr>().ok()).ok_or(LocalError::NoAddress)?;
    let peer = peer_of(&node.account())?;
    Ok(address.with_p2p(peer).unwrap_or_else(|address| address))
}
