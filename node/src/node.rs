//! A node, from its parts to a handle.
//!
//! ```no_run
//! # async fn example(keys: dpgn_protocol::sign::Keypair, genesis: dpgn_protocol::genesis::Genesis)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! use dpgn_node::Node;
//!
//! let node = Node::builder(keys, genesis)
//!     .data_dir("./my-node")
//!     .listen("/ip4/127.0.0.1/tcp/0".parse()?)
//!     .bootstrap("/ip4/127.0.0.1/tcp/4001".parse()?)
//!     .spawn()
//!     .await?;
//! println!("height {}", node.status().await?.height);
//! node.shutdown().await;
//! # Ok(())
//! # }
//! ```

use crate::{
    agents::Agents,
    build_gate::BuildGate,
    checkpoint_file,
    config::{NodeConfig, Role},
    consensus::Consensus,
    control,
    engine::{Engine, SNAPSHOT_EVERY, Selling, Snapshots, Start},
    genesis_file,
    handle::{NodeHandle, QUERIES_MAX, Shared},
    keys,
    network::{self, NetworkConfig},
    opening::{has_workers, learn_workers, open},
    past::Past,
    prepare::Prepare,
    runtime::{
        ALARMS_MAX, INPUTS_MAX, Runtime, Sources,
        deciders::Deciders,
        disk::Restored,
        host::{NodeHost, Ways, Workshop},
        recipe_shelf::RECIPE_SHELF_BYTES,
        turns::Turns,
    },
    sale::Sale,
    start_error::{ConfiguredError, SpawnError},
};
use dpgn_protocol::{
    checkpoint::Checkpoint,
    genesis::{Genesis, Params},
    ids::NetworkId,
    ops::Ask,
    sign::Keypair,
};
use dpgn_prover::{Prover, ProverOptions};
use libp2p::Multiaddr;
use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

/// Notices a slow listener may be behind.
const NOTICES_MAX: usize = 1_024;

/// The entrance to making a node: [`Node::builder`].
pub struct Node;

impl Node {
    /// A node with this key on this network, with defaults for everything else: it buys, and does not sell.
    pub fn builder(keys: Keypair, genesis: Genesis) -> NodeBuilder {
        NodeBuilder {
            keys,
            genesis,
            data_dir: PathBuf::from("dpgn-data"),
            listen: Vec::new(),
            bootstrap: Vec::new(),
            mdns: false,
            sells: None,
            buys: true,
            challenges: true,
            sealed_rounds: true,
            agents_only: false,
            coordinates: false,
            archive: false,
            allow_old_start: false,
            checkpoint: None,
            history: None,
            snapshot_every: SNAPSHOT_EVERY,
            prover: ProverOptions::default(),
            recipe_bytes_max: RECIPE_SHELF_BYTES,
            control: false,
            limits: None,
            timing: None,
        }
    }
}

/// The builder of a node: its key, its network, and what it does there.
pub struct NodeBuilder {
    keys: Keypair,
    genesis: Genesis,
    data_dir: PathBuf,
    listen: Vec<Multiaddr>,
    bootstrap: Vec<Multiaddr>,
    mdns: bool,
    sells: Option<Sale>,
    buys: bool,
    challenges: bool,
    sealed_rounds: bool,
    agents_only: bool,
    coordinates: bool,
    archive: bool,
    allow_old_start: bool,
    checkpoint: Option<Checkpoint>,
    /// Blocks of history; absent for as many as the genesis keeps ended tasks.
    history: Option<u64>,
    snapshot_every: u64,
    prover: ProverOptions,
    recipe_bytes_max: u64,
    control: bool,
    limits: Option<network::NetworkLimits>,
    timing: Option<network::Timing>,
}

impl NodeBuilder {
    /// A node as its configuration says, with the key and the genesis that it names: what the program `dpgn` starts.
    /// It answers on its control socket. Speeds that the configuration leaves open are measured by [`Self::spawn`].
    pub fn from_config(config: &NodeConfig) -> Result<Self, ConfiguredError> {
        let keys = keys::load(&config.key_path())?;
        let genesis = genesis_file::read(&config.genesis_path()).map_err(ConfiguredError::Genesis)?;
        let checkpoint = config.checkpoint_path().map(|path| checkpoint_file::read(&path)).transpose();
        let checkpoint = checkpoint.map_err(ConfiguredError::Checkpoint)?;
        let mut builder = Node::builder(keys, genesis)
            .data_dir(&config.data_dir)
            .mdns(config.network.mdns)
            .prover(config.prover.options())
            .recipe_bytes_max(config.prover.recipes_mib_max << 20)
            .buy(config.has(Role::Requester))
            .challenges(config.prover.challenges)
            .sealed_rounds(config.prover.sealed_rounds)
            .agents_only(config.prover.agents_only)
            .coordinate(config.has(Role::Coordinator))
            .archive(config.archive)
            .allow_old_start(config.allow_old_start)
            .control(true);
        builder.checkpoint = checkpoint;
        builder.listen = config.network.listen.clone();
        builder.bootstrap = config.network.bootstrap.clone();
        builder.sells = config.has(Role::Prover).then(|| Sale::Configured(config.prover.clone()));
        Ok(builder)
    }

    /// The directory in which everything is kept. One node at a time may use it.
    pub fn data_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.data_dir = dir.into();
        self
    }

    /// An address to listen on; may be called again.
    pub fn listen(mut self, address: Multiaddr) -> Self {
        self.listen.push(address);
        self
    }

    /// A peer to dial first; may be called again.
    pub fn bootstrap(mut self, address: Multiaddr) -> Self {
        self.bootstrap.push(address);
        self
    }

    /// Whether peers of the local network are found by multicast.
    pub fn mdns(mut self, on: bool) -> Self {
        self.mdns = on;
        self
    }

    /// Sells proving on these terms. Expiry and warm circuits are filled in.
    pub fn sell(mut self, terms: Ask) -> Self {
        self.sells = Some(Sale::Stated(Box::new(terms)));
        self
    }

    /// Whether a prover without a name takes part in draws of challenges, if the network has any; by default it does.
    pub fn challenges(mut self, on: bool) -> Self {
        self.challenges = on;
        self
    }

    /// Whether a prover takes part in sealed rounds; by default it does.
    pub fn sealed_rounds(mut self, on: bool) -> Self {
        self.sealed_rounds = on;
        self
    }

    /// Whether a prover sells nothing but what provers ask for that prove over HTTP behind it; by default its own workers are
    /// sold while there are none.
    pub fn agents_only(mut self, on: bool) -> Self {
        self.agents_only = on;
        self
    }

    /// Whether the node's owner may buy proofs through it; by default it may.
    pub fn buy(mut self, on: bool) -> Self {
        self.buys = on;
        self
    }

    /// Coordinates when it is in office.
    pub fn coordinate(mut self, on: bool) -> Self {
        self.coordinates = on;
        self
    }

    /// Whether all blocks are kept; by default those go that are older than ended tasks in the ledger, `keep_epochs`. An
    /// archive takes no snapshots of others.
    pub fn archive(mut self, on: bool) -> Self {
        self.archive = on;
        self
    }

    /// Whether a snapshot of others is believed though this node's last block, or the genesis, is older than `unlock_time`. Members
    /// that have left since have nothing to lose and could show it another history: whoever allows it compares afterwards.
    pub fn allow_old_start(mut self, on: bool) -> Self {
        self.allow_old_start = on;
        self
    }

    /// A committee that the owner believes, from people that it trusts: a snapshot is taken of a history alone that leads through
    /// it, and then also by a node whose own last block, or the genesis, is older than `unlock_time`. Blocks that lead elsewhere
    /// stop the node.
    pub fn checkpoint(mut self, checkpoint: Checkpoint) -> Self {
        self.checkpoint = Some(checkpoint);
        self
    }

    /// Blocks whose history is kept if not all is, for tests that have no time for `keep_epochs`.
    pub fn history(mut self, blocks: u64) -> Self {
        self.history = Some(blocks);
        self
    }

    /// Blocks between two snapshots, for tests that have no time for [`SNAPSHOT_EVERY`] of them.
    pub fn snapshot_every(mut self, blocks: u64) -> Self {
        self.snapshot_every = blocks;
        self
    }

    /// The options by which circuits are built and proofs made and checked.
    pub fn prover(mut self, options: ProverOptions) -> Self {
        self.prover = options;
        self
    }

    /// The most disk for recipes of others' tasks; an award whose recipe finds no room is given back.
    pub fn recipe_bytes_max(mut self, bytes: u64) -> Self {
        self.recipe_bytes_max = bytes;
        self
    }

    /// Whether the control socket is served in the data directory.
    pub fn control(mut self, on: bool) -> Self {
        self.control = on;
        self
    }

    /// Limits of the network layer.
    pub fn limits(mut self, limits: network::NetworkLimits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Times of the network layer.
    pub fn timing(mut self, timing: network::Timing) -> Self {
        self.timing = Some(timing);
        self
    }

    fn network_config(&self, network: NetworkId) -> NetworkConfig {
        let defaults = NetworkConfig::new(network);
        NetworkConfig {
            listen: self.listen.clone(),
            bootstrap: self.bootstrap.clone(),
            mdns: self.mdns,
            limits: self.limits.clone().unwrap_or(defaults.limits),
            timing: self.timing.clone().unwrap_or(defaults.timing),
            ..defaults
        }
    }

    /// Opens the data directory, replays what is there, and starts.
    ///
    /// From then on this process leaves no core dump, and other processes of its user can't look into it: keys and
    /// witnesses pass through it.
    pub async fn spawn(mut self) -> Result<NodeHandle, SpawnError> {
        let plays = [(Role::Requester, self.buys), (Role::Prover, self.sells.is_some())];
        let plays = plays.into_iter().chain([(Role::Coordinator, self.coordinates)]);
        has_workers(dpgn_prover::HAS_PLONKY2, self.prover.program.as_deref(), plays)?;
        let id = self.genesis.network()?;
        let (disk, restored) = open(self.data_dir.clone(), self.genesis.clone(), id, self.checkpoint.clone()).await?;
        let Params { keep_epochs, epoch_blocks, .. } = self.genesis.params;
        let history = self.history.unwrap_or(keep_epochs.saturating_mul(epoch_blocks));
        let history = (!self.archive).then_some(history);
        let disk = disk.with_recipe_bytes_max(self.recipe_bytes_max).with_history(history);
        let config = self.network_config(id);
        let (prover, workers) = self.start_prover()?;
        let sells = match self.sells.take() {
            Some(sale) => Some(sale.selling(&prover, workers).await?),
            None => None,
        };
        let (network, events) = network::spawn(&self.keys, config)?;
        let account = self.keys.account();
        let engine = self.engine(restored, sells);
        let ((queries, asked), notices) = (mpsc::channel(QUERIES_MAX), broadcast::Sender::new(NOTICES_MAX));
        let (stop, stopped, halted) = (CancellationToken::new(), CancellationToken::new(), Arc::new(OnceLock::new()));
        let degree_max = self.genesis.params.degree_max;
        let gate = BuildGate::new();
        let prepare = Prepare::new(prover.clone(), disk.blobs.clone(), degree_max, gate.clone());
        let ((inputs, results), (alarms, rings)) = (mpsc::channel(INPUTS_MAX), mpsc::channel(ALARMS_MAX));
        let kept = Arc::new(disk.clone());
        let past = Past::new(Arc::downgrade(&kept), Arc::new(self.genesis.clone()), stop.clone());
        let start_agents =
            || Agents::start(prover.clone(), disk.blobs.clone(), &self.data_dir, inputs.clone(), stop.clone());
        let agents = engine.sells().then(start_agents);
        let workshop = Workshop { prover, gate, agents: agents.as_ref().map(Agents::desk) };
        let deciders = Deciders { network: id, committee: engine.ledger().committee().clone() };
        let ways = Ways { inputs, alarms };
        let host = NodeHost::new(deciders, disk, network.clone(), workshop, notices.clone(), ways);
        let (consensus, turns) = (Consensus::new(self.keys, id), Arc::new(Turns::default()));
        let runtime = Runtime::new(account, self.genesis, engine, consensus, host, stop.clone(), turns.clone());
        let (ended, why) = (stopped.clone(), halted.clone());
        tokio::spawn(async move {
            Box::pin(runtime.run(Sources { events, queries: asked, results, alarms: rings }, why)).await;
            drop(kept);
            ended.cancel();
        });
        let handle = NodeHandle::new(Shared {
            account,
            buys: self.buys,
            queries,
            notices,
            prepare,
            agents,
            past,
            network,
            stop,
            stopped,
            halted,
            turns,
        });
        if self.control {
            let served = control::serve(&self.data_dir, handle.clone());
            if let Err(source) = served {
                handle.shutdown().await;
                return Err(SpawnError::Control { dir: self.data_dir, source });
            }
        }
        Ok(handle)
    }

    /// The service that builds, proves and checks, and the proofs that its own workers make at once.
    fn start_prover(&mut self) -> Result<(Prover, u16), SpawnError> {
        let mut options = std::mem::take(&mut self.prover);
        options.cache_dir.get_or_insert_with(|| self.data_dir.join("circuits"));
        let workers = options.max_concurrent_proofs;
        let prover = Prover::new(options)?;
        if let Err(error) = dpgn_prover::harden_process() {
            tracing::warn!(%error, "other processes of this user may read this one's memory");
        }
        tokio::spawn(learn_workers(prover.clone()));
        Ok((prover, workers))
    }

    /// The engine, where it was when this node ended last.
    fn engine(&self, restored: Restored, sells: Option<Selling>) -> Engine {
        Engine::new(Start {
            keys: self.keys.clone(),
            ledger: restored.ledger,
            head: restored.head,
            tasks: restored.tasks,
            jobs: restored.jobs,
            seals: restored.seals,
            sells: sells.map(|selling| Selling {
                challenges: self.challenges,
                sealed_rounds: self.sealed_rounds,
                agents_only: self.agents_only,
                ..selling
            }),
            coordinates: self.coordinates,
            snapshots: Snapshots {
                every: self.snapshot_every,
                takes: !self.archive,
                allow_old_start: self.allow_old_start,
                checkpoint: self.checkpoint.clone(),
                kept: restored.kept,
            },
        })
    }
}
