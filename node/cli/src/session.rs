//! A command's way to a node: the one that runs on the data directory, or one of its own for as long as it takes.
//!
//! Either way the command talks over the control socket, so there is one way to go.

use crate::{globals::Globals, output::Output, start::start, user_error::UserError};
use dpgn_node::{
    NodeHandle,
    config::{NodeConfig, Role},
    control::{Client, Watcher},
    network,
};
use dpgn_protocol::ids::AccountId;
use std::{path::PathBuf, time::Duration};

/// The advice if no node runs where one must.
const NO_NODE: &str = "start it with `dpgn node run`, or name another with --data-dir";

/// The time that a node of our own looks for the network.
const PATIENCE: Duration = Duration::from_secs(30);
/// Likewise, where the answer is told without the network too.
const LOOK: Duration = Duration::from_secs(10);
/// Likewise, of a node that has nobody to dial.
const GLANCE: Duration = Duration::from_secs(2);

/// The advice if a node of our own cannot listen.
const NO_ADDRESS: &str = "network.listen in the configuration names the addresses; `dpgn doctor` tries them";

/// Where a node of our own listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ports {
    /// At ports that the system chooses: the configured ones may be another node's.
    Any,
    /// At the configured ones, unless something else has them.
    Configured,
}

/// A connection to a node.
pub struct Session {
    client: Client,
    data_dir: PathBuf,
    /// The node, if it was started for this command.
    own: Option<NodeHandle>,
    /// Whether that node has nobody to dial.
    is_alone: bool,
}

impl Session {
    /// Connects, or starts a node on the data directory.
    pub async fn open(globals: &Globals) -> Result<Self, UserError> {
        Self::open_at(globals, Ports::Any).await
    }

    /// Likewise, for an own task that goes on: provers come for its inputs, to the configured address if it is free.
    pub async fn open_for_task(globals: &Globals) -> Result<Self, UserError> {
        Self::open_at(globals, Ports::Configured).await
    }

    async fn open_at(globals: &Globals, ports: Ports) -> Result<Self, UserError> {
        let data_dir = globals.data_dir()?;
        if let Some(client) = connect(&data_dir).await? {
            return Ok(Self { client, data_dir, own: None, is_alone: false });
        }
        let config = for_one_command(globals.config(Vec::new())?, ports);
        let is_alone = config.network.bootstrap.is_empty() && !config.network.mdns;
        let own = start(&config, NO_ADDRESS).await?;
        match connect(&data_dir).await? {
            Some(client) => Ok(Self { client, data_dir, own: Some(own), is_alone }),
            None => Err(UserError::network("the node just started does not answer on its control socket")),
        }
    }

    /// Connects to a node of which one knows that it runs.
    pub async fn attach(data_dir: &std::path::Path) -> Result<Self, UserError> {
        let missing = || UserError::network(format!("no node runs on {}", data_dir.display())).hint(NO_NODE);
        let client = connect(data_dir).await?.ok_or_else(missing)?;
        Ok(Self { client, data_dir: data_dir.to_owned(), own: None, is_alone: false })
    }

    /// Whether the node was started for this command, and ends with it.
    pub fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Waits until a node of our own has found the network and its blocks.
    pub async fn ready(&mut self, output: &Output) -> Result<(), UserError> {
        if self.finds_network(PATIENCE, output).await? {
            return Ok(());
        }
        Err(UserError::network(not_found(PATIENCE))
            .hint("name one: `bootstrap = [\"/ip4/…/tcp/…/p2p/…\"]` in the configuration, or DPGN_NETWORK_BOOTSTRAP"))
    }

    /// Likewise, for what the blocks on this disk tell as well: if nobody is found, a warning says how old that is.
    pub async fn ready_or_warn(&mut self, output: &Output) -> Result<(), UserError> {
        let within = if self.is_alone { GLANCE } else { LOOK };
        if !self.finds_network(within, output).await? {
            let height = self.client.status().await?.height;
            output.warn(&format!("{}: this is as of height {height}, the last block on this disk", not_found(within)));
        }
        Ok(())
    }

    /// Whether a node of our own finds the network and its blocks within this time. One that runs already has.
    async fn finds_network(&mut self, within: Duration, output: &Output) -> Result<bool, UserError> {
        if self.own.is_none() {
            return Ok(true);
        }
        output.say("looking for the network");
        let wait = async {
            let mut last = None;
            loop {
                let status = self.client.status().await?;
                // Blocks keep coming while there is something to catch up with.
                let here = (!status.peers.is_empty() || status.committee.contains(&status.account))
                    && last.replace(status.height) == Some(status.height);
                if here {
                    return Ok(true);
                }
                tokio::time::sleep(Duration::from_millis(700)).await;
            }
        };
        tokio::time::timeout(within, wait).await.unwrap_or(Ok(false))
    }

    /// The account that was named, or the node's own.
    pub async fn account_or_own(&mut self, named: Option<AccountId>) -> Result<AccountId, UserError> {
        match named {
            Some(account) => Ok(account),
            None => Ok(self.client.status().await?.account),
        }
    }

    /// The connection to the node.
    pub fn node(&mut self) -> &mut Client {
        &mut self.client
    }

    /// A second connection, on which notices come.
    pub async fn watch(&self) -> Result<Watcher, UserError> {
        let gone = || UserError::network("the node has stopped");
        Ok(connect(&self.data_dir).await?.ok_or_else(gone)?.watch().await?)
    }

    /// Ends a node of our own.
    pub async fn close(self) {
        if let Some(node) = self.own {
            node.shutdown().await;
        }
    }
}

/// The sentence that nobody was found.
fn not_found(within: Duration) -> String {
    format!("no peer of this network was found within {} s", within.as_secs())
}

/// A node for one command sells nothing, since it is gone before it could prove. It keeps its other roles: it
/// coordinates if it is in the committee.
fn for_one_command(mut config: NodeConfig, ports: Ports) -> NodeConfig {
    config.roles.remove(&Role::Prover);
    if ports == Ports::Any || network::check_free(&config.network.listen).is_err() {
        config.network.listen_on_any_port();
    }
    config
}

async fn connect(data_dir: &std::path::Path) -> Result<Option<Client>, UserError> {
    Client::connect(data_dir).await.map_err(|e| {
        UserError::network(format!("the control socket in {}: {e}", data_dir.display()))
            .hint("commands on a data directory are for its owner alone")
    })
}
