//! `dpgn init`: all that a node needs before it runs. What is there already is kept.
//!
//! On a terminal and without flags it asks; everywhere else it takes flags and defaults.

use crate::{
    config_file::ConfigFile,
    globals::Globals,
    interview::{Answers, interview, words},
    key,
    output::{Output, Row},
    user_error::UserError,
};
use clap::Args;
use dpgn_node::{
    config::{CONFIG_FILE, Flag, NodeConfig},
    genesis_file, keys,
};
use dpgn_protocol::{
    genesis::{Genesis, Params},
    ids::{AccountId, NetworkId},
};
use serde::Serialize;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

const EXAMPLES: &str = "\
Examples:
  dpgn init                                    asks on a terminal; else a network of this node alone
  dpgn init --yes                              asks nothing: a network of this node alone
  dpgn init --role prover --listen /ip4/0.0.0.0/tcp/9700 --genesis testnet.toml
  dpgn init --genesis testnet.toml --bootstrap /ip4/192.0.2.1/tcp/9700/p2p/12D3KooW...
                                               join a network, by one peer of it
  dpgn init --grant ACCOUNT --grant ACCOUNT    a network of this coordinator and two more accounts
  dpgn init --coordinator ACCOUNT              a network that this node and another decide together
  dpgn init --print-config                     every configuration key with its default";

/// The name of a new network unless another is given.
const LOCAL: &str = "local";

/// Make key, configuration and genesis; what is there is kept
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Init {
    /// Join this network [default: a new one with this node as its coordinator]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["coordinator", "grant", "name"])]
    genesis: Option<PathBuf>,
    /// A coordinator of the new network, beside this node, with credits as the others have; may be repeated
    #[arg(long, value_name = "ACCOUNT")]
    coordinator: Vec<AccountId>,
    /// An account that gets credits in the new network, beside the coordinators'; may be repeated
    #[arg(long, value_name = "ACCOUNT")]
    grant: Vec<AccountId>,
    /// The name of the new network
    #[arg(long, default_value = LOCAL)]
    name: String,
    /// The roles to write into a new configuration, with commas: requester, prover, coordinator [default: all]
    #[arg(long, value_name = "ROLES")]
    role: Option<String>,
    /// The addresses to listen on, to write into a new configuration, with commas [default: loopback, port 9700]
    #[arg(long, value_name = "ADDRESSES")]
    listen: Option<String>,
    /// The addresses of peers to dial first, to write into a new configuration, with commas
    #[arg(long, value_name = "ADDRESSES")]
    bootstrap: Option<String>,
    /// Ask nothing, on a terminal either: what no flag says is as by default
    #[arg(long, short)]
    yes: bool,
    /// Write the default configuration to standard output and do nothing else
    #[arg(long)]
    print_config: bool,
}

/// The content of a data directory after `init`.
#[derive(Serialize)]
struct Ready {
    account: AccountId,
    peer: String,
    network: NetworkId,
    network_name: String,
    key: PathBuf,
    config: PathBuf,
    genesis: PathBuf,
}

impl Row for Ready {
    fn head() -> &'static [&'static str] {
        &["ACCOUNT", "PEER", "NETWORK", "NETWORK_NAME", "KEY", "CONFIGURATION", "GENESIS"]
    }

    fn cells(&self) -> Vec<String> {
        let path = |path: &Path| path.display().to_string();
        vec![
            self.account.to_string(),
            self.peer.clone(),
            self.network.to_string(),
            self.network_name.clone(),
            path(&self.key),
            path(&self.config),
            path(&self.genesis),
        ]
    }
}

pub(crate) fn run(mut command: Init, globals: &Globals, output: &Output) -> Result<(), UserError> {
    if command.print_config {
        return output.write(NodeConfig::example());
    }
    let config = globals.config(command.flags())?;
    let named = globals.config_file()?;
    let is_fresh = named.is_none() && !config.genesis_path().exists();
    let mut fresh = command.configuration()?;
    let mut calibrates = false;
    if is_fresh && fresh.is_none() && command.is_bare() && output.is_answered() {
        let answers = interview(&mut |question| output.ask(question), &|line| output.say(line))?;
        calibrates = answers.calibrates;
        fresh = Some(command.take(answers).text()?);
    }
    if let (Some(file), Some(_)) = (&named, &fresh) {
        return Err(UserError::input(format!("{} is there already, and is kept", file.display()))
            .hint("change roles, network.listen and network.bootstrap in that file"));
    }
    let ready = make(&command, &config, named, fresh.as_deref())?;
    output.show(&ready)?;
    if output.is_answered() && is_fresh && !command.yes {
        output.say(next(calibrates));
    }
    Ok(())
}

/// The commands that follow.
const fn next(calibrates: bool) -> &'static str {
    if calibrates {
        "next: `dpgn doctor`, `dpgn prover calibrate --cost-per-hour CREDITS --write`, then `dpgn node run`"
    } else {
        "next: `dpgn doctor`, then `dpgn node run`"
    }
}

impl Init {
    /// Whether no flag says anything: then a person may be asked.
    fn is_bare(&self) -> bool {
        let is_own = self.genesis.is_none() && self.coordinator.is_empty() && self.grant.is_empty();
        is_own && self.name == LOCAL && !self.yes
    }

    /// The flags that say something of the configuration: what is wrong with one is told by its name.
    fn flags(&self) -> Vec<Flag> {
        let flags = [
            ("--role", "roles", &self.role),
            ("--listen", "network.listen", &self.listen),
            ("--bootstrap", "network.bootstrap", &self.bootstrap),
        ];
        let given = flags.into_iter().filter_map(|(name, key, value)| Some((name, key, value.clone()?)));
        given.map(|(name, key, value)| Flag { name, key, value }).collect()
    }

    /// The configuration with what flags say; absent if they say nothing of it.
    fn configuration(&self) -> Result<Option<String>, UserError> {
        if self.role.is_none() && self.listen.is_none() && self.bootstrap.is_none() {
            return Ok(None);
        }
        let mut file = ConfigFile::example()?;
        if let Some(roles) = &self.role {
            file.set_list(None, "roles", &words(roles))?;
        }
        for (key, addresses) in [("listen", &self.listen), ("bootstrap", &self.bootstrap)] {
            if let Some(addresses) = addresses {
                file.set_list(Some("network"), key, &words(addresses))?;
            }
        }
        file.text().map(Some)
    }

    /// Takes what was answered in place of flags.
    fn take(&mut self, answers: Answers) -> ConfigFile {
        self.genesis = answers.genesis;
        if self.genesis.is_none() {
            self.name = answers.name;
        }
        answers.config
    }
}

/// Makes what is missing.
fn make(command: &Init, config: &NodeConfig, named: Option<PathBuf>, fresh: Option<&str>) -> Result<Ready, UserError> {
    // Read before anything is made: a bad file leaves nothing behind.
    let given = command.genesis.as_deref().map(genesis_file::read).transpose().map_err(UserError::input)?;
    let keys = keys::load_or_create(&config.key_path()).map_err(key::failure)?;
    let path = config.genesis_path();
    let genesis = match (path.exists(), given) {
        (false, given) => {
            let genesis = given.map_or_else(|| own_network(command, keys.account()), Ok)?;
            genesis_file::write(&path, &genesis).map_err(UserError::input)?;
            genesis
        }
        (true, given) => {
            let there = genesis_file::read(&path).map_err(UserError::input)?;
            let asks_for_another = !command.grant.is_empty() || !command.coordinator.is_empty();
            if given.is_some_and(|given| given != there) || asks_for_another {
                return Err(UserError::input(format!("{} is of another network already", path.display()))
                    .hint("choose another data directory with --data-dir, or move that file away"));
            }
            there
        }
    };
    let is_new = named.is_none();
    let file = named.unwrap_or_else(|| config.data_dir.join(CONFIG_FILE));
    if is_new {
        let text = fresh.unwrap_or_else(|| NodeConfig::example());
        fs::File::create_new(&file)
            .and_then(|mut f| f.write_all(text.as_bytes()).and_then(|()| f.sync_all()))
            .map_err(|e| UserError::input(format!("{}: {e}", file.display())))?;
    }
    Ok(Ready {
        account: keys.account(),
        peer: key::peer(keys.account()),
        network: genesis.network().map_err(UserError::input)?,
        network_name: genesis.name.to_string(),
        key: config.key_path(),
        config: file,
        genesis: path,
    })
}

/// A network that this node decides, and whoever else was named.
fn own_network(command: &Init, own: AccountId) -> Result<Genesis, UserError> {
    let coordinators: Vec<_> = command.coordinator.iter().copied().chain([own]).collect();
    let accounts = [command.grant.as_slice(), &coordinators].concat();
    genesis_file::new_network(&command.name, &coordinators, &accounts, Params::default()).map_err(UserError::input)
}
