//! `dpgn node`: run a node, and see how it is.

use super::{
    Globals, log,
    output::{Output, Row},
    session::Session,
};
use crate::{
    config::{Flag, NodeConfig, ProverSection, Role, absolute},
    failure::Failure,
    genesis_file,
    handle::NodeHandle,
    keys,
    node::Node,
    speed,
    view::NodeStatus,
};
use clap::{Args, Subcommand};
use dpgn_protocol::{
    bounded::{List, Text},
    ops::{Ask, Offer},
    units::Timestamp,
};
use dpgn_prover::{
    Prover, ProverOptions,
    circuit::{PREIMAGE_BUILDER, R1CS_BUILDER},
};
use std::path::PathBuf;

/// Run a node, and see how it is
#[derive(Debug, Subcommand)]
pub(super) enum NodeCommand {
    Run(Box<Run>),
    Status(StatusArgs),
}

const RUN_EXAMPLES: &str = "\
Examples:
  dpgn node run
  dpgn node run --role prover --bootstrap /ip4/192.0.2.1/tcp/9700/p2p/12D3KooW...
  DPGN_LOG_FILTER=debug dpgn node run --data-dir ./coordinator --role coordinator";

/// Run a node until it is stopped
#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES)]
pub(super) struct Run {
    /// What the node does, with commas: requester, prover, coordinator
    #[arg(long, value_name = "ROLES")]
    role: Option<String>,
    /// Where to listen, with commas
    #[arg(long, value_name = "ADDRESSES")]
    listen: Option<String>,
    /// Whom to dial first, with commas
    #[arg(long, value_name = "ADDRESSES")]
    bootstrap: Option<String>,
    /// The genesis file
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,
}

impl Run {
    fn flags(&self) -> Vec<Flag> {
        // In the configuration a relative path starts at the data directory, on the command line here.
        let genesis = self.genesis.as_deref().map(|path| absolute(path).display().to_string());
        let flags = [
            ("--role", "roles", &self.role),
            ("--listen", "network.listen", &self.listen),
            ("--bootstrap", "network.bootstrap", &self.bootstrap),
            ("--genesis", "network.genesis", &genesis),
        ];
        let given = flags.into_iter().filter_map(|(name, key, value)| Some((name, key, value.clone()?)));
        given.map(|(name, key, value)| Flag { name, key, value }).collect()
    }
}

/// Show how the node on this data directory is
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  dpgn node status\n  dpgn node status --format json")]
pub(super) struct StatusArgs {}

/// Runs one of the commands.
pub(super) async fn run(command: NodeCommand, globals: &Globals, output: &Output) -> Result<(), Failure> {
    match command {
        NodeCommand::Run(args) => {
            let config = globals.config(args.flags())?;
            log::init(&config.log);
            until_stopped(spawn(&config).await?, &config, output).await
        }
        NodeCommand::Status(_) => {
            let mut session = Session::attach(&globals.data_dir()?).await?;
            output.show(&session.status().await?)
        }
    }
}

async fn until_stopped(node: NodeHandle, config: &NodeConfig, output: &Output) -> Result<(), Failure> {
    let status = node.status().await?;
    for address in &status.listening {
        output.say(&format!("listening on {address}/p2p/{}", peer(&node)));
    }
    let roles: Vec<String> = config.roles.iter().map(|role| format!("{role:?}").to_lowercase()).collect();
    output.say(&format!("account {} is {} on `{}`", node.account(), roles.join(", "), status.network_name));
    tokio::select! {
        () = stopped() => {
            output.say("stopping");
            node.shutdown().await;
            Ok(())
        }
        () = node.stopped() => Err(Failure::network(node.halted().unwrap_or("the node has stopped"))),
    }
}

fn peer(node: &NodeHandle) -> String {
    crate::network::peer_of(&node.account()).map(|peer| peer.to_string()).unwrap_or_default()
}

/// Ctrl-C, or the service manager's SIGTERM.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

/// A node as its configuration has it.
pub(super) async fn spawn(config: &NodeConfig) -> Result<NodeHandle, Failure> {
    let keys = keys::load(&config.key_path())
        .map_err(|e| Failure::input(e).hint("`dpgn init` makes a key and a configuration"))?;
    let genesis = genesis_file::read(&config.genesis_path())
        .map_err(|e| Failure::input(e).hint("copy the network's genesis file there, or name it: network.genesis"))?;
    let options = options(config);
    let mut builder = Node::builder(keys, genesis)
        .data_dir(&config.data_dir)
        .mdns(config.network.mdns)
        .prover(options.clone())
        .buy(config.has(Role::Requester))
        .coordinate(config.has(Role::Coordinator))
        .control(true);
    for address in &config.network.listen {
        builder = builder.listen(address.clone());
    }
    for address in &config.network.bootstrap {
        builder = builder.bootstrap(address.clone());
    }
    if config.has(Role::Prover) {
        builder = builder.sell(terms(&config.prover, options).await?);
    }
    builder.spawn().await.map_err(Failure::network)
}

fn options(config: &NodeConfig) -> ProverOptions {
    let section = &config.prover;
    ProverOptions {
        max_concurrent_proofs: section.max_concurrent_proofs,
        queue_len: section.queue_len,
        memory_bytes_max: section.memory_mib_max << 20,
        cache_dir: Some(config.data_dir.join("circuits")),
        cache_bytes_max: section.cache_mib_max << 20,
        ..ProverOptions::default()
    }
}

/// What is sold, speeds measured where none are declared.
async fn terms(section: &ProverSection, options: ProverOptions) -> Result<Ask, Failure> {
    let measured = if section.offers.iter().any(|offer| offer.rows_per_second == 0) {
        let prover = Prover::new(options).map_err(Failure::input)?;
        let measured = speed::measure(&prover).await.map_err(Failure::network)?;
        prover.shutdown().await;
        measured
    } else {
        0
    };
    let offers = section.offers.iter().map(|offer| {
        let declared = offer.rows_per_second;
        let rows_per_second = if declared == 0 { speed::at(offer.level, measured) } else { declared };
        Offer { level: offer.level, per_kilorow: offer.per_kilorow, rows_per_second }
    });
    let builders = [PREIMAGE_BUILDER, R1CS_BUILDER].into_iter().filter_map(|name| Text::new(name).ok());
    Ok(Ask {
        offers: List::new(offers.collect()).map_err(Failure::input)?,
        flat: section.flat,
        degree_max: section.degree_max,
        capacity: section.capacity,
        builders: List::new(builders.collect()).map_err(Failure::input)?,
        warm: List::default(),
        expires: Timestamp::default(),
    })
}

impl Row for NodeStatus {
    fn head() -> &'static [&'static str] {
        &["ACCOUNT", "NETWORK", "HEIGHT", "PEERS", "BALANCE"]
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.account.to_string(),
            self.network_name.clone(),
            self.height.to_string(),
            self.peers.len().to_string(),
            self.balance.available.to_string(),
        ]
    }

    fn lines(&self) -> Vec<(String, String)> {
        let listening = self.listening.join(", ");
        let committee: Vec<String> = self.committee.iter().map(dpgn_protocol::ids::AccountId::short).collect();
        [
            ("account", self.account.to_string()),
            ("network", format!("{} ({})", self.network_name, self.network.short())),
            ("listening", listening),
            ("peers", self.peers.len().to_string()),
            ("height", self.height.to_string()),
            ("epoch", self.epoch.to_string()),
            ("committee", committee.join(", ")),
            ("available", format!("{} micro-credits", self.balance.available)),
            ("escrow", format!("{} micro-credits", self.balance.escrow)),
            ("collateral", format!("{} micro-credits", self.balance.collateral)),
            ("reputation", self.balance.reputation.to_string()),
            ("open bids", self.open_bids.to_string()),
            ("standing asks", self.standing_asks.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}
