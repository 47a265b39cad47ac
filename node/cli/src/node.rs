//! `dpgn node`: run a node, and see how it is.

#[cfg(feature = "otlp")]
use crate::traces;
use crate::{
    agents_line, alone,
    amounts::{credits, decimal, share},
    gateway,
    globals::Globals,
    key::peer,
    log,
    output::{Output, Row},
    running::{Manner, until_stopped},
    session::Session,
    start::{OTHER_PORT, start},
    user_error::UserError,
};
use clap::{Args, Subcommand};
use dpgn_gateway::Gateway;
use dpgn_node::{
    NodeHandle,
    config::{Flag, NodeConfig, absolute},
    genesis_file,
    view::{CouncilStatus, NodeStatus, SnapshotProgress, Supply},
};
use dpgn_protocol::units::Height;
use dpgn_prover::Sandbox;
use std::{path::PathBuf, time::Duration};

/// Run a node, and see how it is
#[derive(Debug, Subcommand)]
pub(crate) enum NodeCommand {
    Run(Box<Run>),
    Status(StatusArgs),
}

const RUN_EXAMPLES: &str = "\
Examples:
  dpgn node run
  dpgn node run --role prover --bootstrap /ip4/192.0.2.1/tcp/9700/p2p/12D3KooW...
  dpgn node run --checkpoint theirs.checkpoint
  DPGN_LOG_FILTER=debug dpgn node run --data-dir ./coordinator --role coordinator
  dpgn node run --role prover --drain 600
  dpgn node run --otlp http://127.0.0.1:4318

SIGTERM and Ctrl-C stop it in order: a prover takes no new awards and finishes what it holds, for --drain seconds at most; \
a second signal stops it at once. SIGHUP reads the prices in [prover] of the configuration anew, unless a terminal holds \
the node; `dpgn ask set --from-config` does it as well.";

/// Run a node until it is stopped
#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES)]
pub(crate) struct Run {
    /// The roles of the node, with commas: requester, prover, coordinator
    #[arg(long, value_name = "ROLES")]
    role: Option<String>,
    /// The addresses to listen on, with commas
    #[arg(long, value_name = "ADDRESSES")]
    listen: Option<String>,
    /// The addresses of peers to dial first, with commas
    #[arg(long, value_name = "ADDRESSES")]
    bootstrap: Option<String>,
    /// The network's genesis file
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,
    /// A checkpoint of people that you trust, for a node that was away longer than bonds stay locked, or is new on an old network
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// The address of the REST gateway; "" serves none
    #[arg(long, value_name = "ADDRESS:PORT")]
    gateway: Option<String>,
    /// How long a prover that is told to stop may finish what it holds; 0 stops it at once
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    drain: u64,
    /// The collector of OpenTelemetry that spans are sent to, over HTTP [default: what OTEL_EXPORTER_OTLP_ENDPOINT names; else none]
    #[cfg(feature = "otlp")]
    #[arg(long, value_name = "URL")]
    otlp: Option<String>,
}

impl Run {
    fn flags(&self) -> Vec<Flag> {
        // In the configuration a relative path starts at the data directory, on the command line here.
        let from_here = |path: &Option<PathBuf>| path.as_deref().map(|path| absolute(path).display().to_string());
        let (genesis, checkpoint) = (from_here(&self.genesis), from_here(&self.checkpoint));
        let flags = [
            ("--role", "roles", &self.role),
            ("--listen", "network.listen", &self.listen),
            ("--bootstrap", "network.bootstrap", &self.bootstrap),
            ("--genesis", "network.genesis", &genesis),
            ("--checkpoint", "network.checkpoint", &checkpoint),
            ("--gateway", "gateway.listen", &self.gateway),
        ];
        let given = flags.into_iter().filter_map(|(name, key, value)| Some((name, key, value.clone()?)));
        given.map(|(name, key, value)| Flag { name, key, value }).collect()
    }
}

/// Show how the node on this data directory is
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  dpgn node status\n  dpgn node status --format json")]
pub(crate) struct StatusArgs {}

/// Runs one of the commands.
pub(crate) async fn run(command: NodeCommand, globals: &Globals, output: &Output) -> Result<(), UserError> {
    match command {
        NodeCommand::Run(args) => {
            let config = globals.config(args.flags())?;
            #[cfg(feature = "otlp")]
            let traces = traces::exporter(args.otlp.as_deref())?;
            #[cfg(feature = "otlp")]
            log::init_with(&config.log, traces.as_ref())?;
            #[cfg(not(feature = "otlp"))]
            log::init(&config.log)?;
            // Before the node: a port that is taken is told at once.
            let bound = gateway::bind(&config).await?;
            let node = start(&config, OTHER_PORT).await?;
            let gateway = bound.map(|bound| bound.serve(node.clone()));
            introduce(&node, gateway.as_ref(), &config, output).await?;
            let drain = Duration::from_secs(args.drain);
            let manner = Manner { globals, flags: args.flags(), drain };
            let ended = until_stopped(&node, &manner, output).await;
            if let Some(gateway) = gateway {
                gateway.shutdown().await;
            }
            #[cfg(feature = "otlp")]
            if let Some(traces) = traces
                && !traces.shutdown().await
            {
                output.say("the last spans could not be sent to the collector");
            }
            ended
        }
        NodeCommand::Status(_) => {
            let mut session = Session::attach(&globals.data_dir()?).await?;
            output.show(&session.node().status().await?)
        }
    }
}

/// Tells the owner where the node listens, and who it is.
async fn introduce(
    node: &NodeHandle,
    gateway: Option<&Gateway>,
    config: &NodeConfig,
    output: &Output,
) -> Result<(), UserError> {
    let status = node.status().await?;
    for address in &status.listening {
        output.say(&format!("listening on {address}/p2p/{}", peer(node.account())));
    }
    if let Some(gateway) = gateway {
        output.say(&format!("REST on http://{}, explained at /docs", gateway.address()));
        if let Some(token) = config.gateway.token_path(&config.data_dir) {
            output.say(&format!("requests carry the token in {} as `Authorization: Bearer`", token.display()));
        }
    }
    let roles: Vec<String> = config.roles.iter().map(|role| format!("{role:?}").to_lowercase()).collect();
    output.say(&format!("account {} is {} on `{}`", node.account(), roles.join(", "), status.network_name));
    if let Ok(genesis) = genesis_file::read(&config.genesis_path()) {
        for alone::Alone { found, advice } in alone::reasons(config, &genesis, node.account()) {
            output.say(&format!("warning: {found}\nnext: {advice}"));
        }
    }
    Ok(())
}

impl Row for NodeStatus {
    fn head() -> &'static [&'static str] {
        &["ACCOUNT", "NETWORK", "HEIGHT", "PEERS", "BALANCE_CREDITS"]
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.account.to_string(),
            self.network_name.clone(),
            self.height.to_string(),
            self.peers.len().to_string(),
            decimal(self.balance.available),
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
            ("deciding", deciding(self.council.as_ref(), committee.len())),
            ("available", credits(self.balance.available)),
            ("escrow", credits(self.balance.escrow)),
            ("collateral", credits(self.balance.collateral)),
            ("reputation", share(self.balance.reputation)),
            ("all credits", all_credits(&self.supply)),
            ("open bids", self.open_bids.to_string()),
            ("standing asks", self.standing_asks.to_string()),
            ("sealed asks", sealed(self.sealed_asks)),
            ("provers over http", agents_line::told(self.agents)),
            ("workers", confined(self.sandbox)),
            ("arithmetic", arithmetic(self)),
            ("blocks", kept(self.first_block)),
            ("snapshot", taken(self.snapshot)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

/// The books of the network: what there is, and what is gone.
fn all_credits(supply: &Supply) -> String {
    let books = if supply.is_conserved() { "the books balance" } else { "THE BOOKS DO NOT BALANCE" };
    format!("{} minted, {} of them burned; {books}", credits(supply.minted), credits(supply.burned))
}

/// Whether the committee can decide, in the words of a member of it.
pub(crate) fn deciding(council: Option<&CouncilStatus>, members: usize) -> String {
    match council {
        None => "by others: this node is no coordinator in office".to_owned(),
        Some(council) if !council.takes_part => {
            "no: this node is in office and silent, since it has not the role; add \"coordinator\" to roles".to_owned()
        }
        Some(council) if !council.signs => {
            "not yet: this coordinator has started, and asks the others first whether its last block is the newest"
                .to_owned()
        }
        Some(council) => {
            let here = council.in_touch.len();
            let can = if council.can_decide { "yes" } else { "no, until more are back" };
            format!("{can}: {here} of {members} coordinators are in touch, this one among them")
        }
    }
}

fn sealed(asks: usize) -> String {
    match asks {
        0 => "none".to_owned(),
        n => format!("{n}; stop this node before it has opened them, and their deposits are lost"),
    }
}

/// The blocks that can still be asked about.
fn kept(first: Height) -> String {
    match first.get() {
        1 => "all are kept so far".to_owned(),
        first => format!("kept from height {first} on; the rest is with nodes that have `archive = true`"),
    }
}

/// How far a snapshot of others is.
fn taken(snapshot: Option<SnapshotProgress>) -> String {
    match snapshot {
        None => "none is being taken".to_owned(),
        Some(SnapshotProgress { height, chunks, of }) => {
            format!("taken from peers in place of old blocks: {chunks} of {of} chunks of height {height}")
        }
    }
}

/// What the workers prove with, in words.
pub(crate) fn arithmetic(status: &NodeStatus) -> String {
    match (status.sandbox, &status.arithmetic) {
        (_, Some(name)) => name.to_string(),
        (Some(_), None) => {
            "not told: the node is of an older version, or DPGN_SIMD names what its workers lack".to_owned()
        }
        (None, None) => "unknown until a worker has started".to_owned(),
    }
}

/// The means, in words, that hold a worker which a hostile circuit has taken over.
pub(crate) fn confined(sandbox: Option<Sandbox>) -> String {
    match sandbox {
        Some(Sandbox { landlock: true, seccomp: true }) => "confined by landlock and seccomp",
        Some(Sandbox { landlock: true, seccomp: false }) => "confined by landlock; this kernel has no seccomp",
        Some(Sandbox { landlock: false, seccomp: true }) => "confined by seccomp; this kernel has no landlock",
        Some(Sandbox { landlock: false, seccomp: false }) => "not confined: this kernel has no landlock, no seccomp",
        None => "none started yet",
    }
    .to_owned()
}
