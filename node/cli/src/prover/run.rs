//! `dpgn prover run`: proves for a gateway without a node, without a key of the network and without libp2p.

use crate::{globals::Globals, log, output::Output, running::Signals, user_error::UserError};
use clap::Args;
use dpgn_agent::{AgentError, AgentOptions, CallError, ProverConfig, ProverNode, Stats};
use dpgn_node::config::NodeConfig;
use serde::Serialize;
use std::{
    fs::{self, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};
use uuid::Uuid;
use zeroize::Zeroizing;

const EXAMPLES: &str = "\
Examples:
  dpgn prover run --coordinator-url http://localhost:8080
  dpgn prover run --coordinator-url https://gateway.example --key-file prover.key --token-file gateway.token
  dpgn prover run --coordinator-url http://localhost:8080 --concurrent 4 --level 1 --level 3

It asks the gateway for tasks, proves them in workers of its own and hands them in. The gateway's node sells them at its \
prices, checks them and is paid: what the machines of one owner share is that account. SIGTERM and Ctrl-C drain it: it takes \
no more tasks and hands in what it has; a second signal stops it at once, and finished proofs are handed in after the next \
start. Plain HTTP is for loopback alone, since the inputs of circuits come from there.";

/// The most bytes of a file with a secret.
const SECRET_BYTES_MAX: u64 = 4_096;
/// The file of the prover's name, in the data directory.
const NAME_FILE: &str = "agent.id";
/// The directory of finished proofs, in the data directory.
const FINISHED_DIR: &str = "agent";

/// Prove for a gateway, without a node
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Run {
    /// The URL of the gateway
    #[arg(long, env = "DPGN_COORDINATOR_URL", value_name = "URL")]
    coordinator_url: String,
    /// The prover's name, a UUID [default: the one in the data directory, drawn at the first start]
    #[arg(long, value_name = "UUID")]
    id: Option<Uuid>,
    /// A privacy level that is proved, 1 to 5; may be repeated [default: those that the configuration sells]
    #[arg(long, value_name = "LEVEL")]
    level: Vec<u8>,
    /// Proofs made at once [default: prover.max_concurrent_proofs]
    #[arg(long, value_name = "N")]
    concurrent: Option<u16>,
    /// The padded rows per second that it vouches for [default: those of the gateway's node]
    #[arg(long, value_name = "ROWS")]
    rows_per_second: Option<u32>,
    /// The file of the key that the prover registers with and shows from then on: 16 bytes at least, 0600
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// The file of the gateway's bearer token, the one for provers or its owner's, if it asks for one: 0600
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// An address for the prover's income, which the gateway shows; it is the gateway's node that is paid
    #[arg(long, value_name = "ADDRESS", default_value = "")]
    reward_address: String,
}

/// What a prover has done until its end.
#[derive(Serialize)]
struct Ended {
    prover: Uuid,
    accepted: u64,
    refused: u64,
    failed: u64,
}

/// Runs the command.
pub(super) async fn run(command: Run, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let config = globals.config(Vec::new())?;
    log::init(&config.log)?;
    let _lock = lock(&config.data_dir)?;
    let name = match command.id {
        Some(id) => id,
        None => name(&config.data_dir)?,
    };
    let agent =
        ProverNode::with(settings(&command, &config, name), options(&command, &config)?).await.map_err(refused)?;
    output.say(&format!("prover {name} asks {} for tasks", command.coordinator_url));
    let mut signals = Signals::new();
    let running = agent.start();
    tokio::pin!(running);
    tokio::select! {
        ended = &mut running => ended.map_err(refused)?,
        () = signals.stop() => {
            let held = agent.at_work().len();
            output.say(&format!("takes no more tasks and finishes {held}; a second signal stops it at once"));
            agent.drain();
            tokio::select! {
                ended = &mut running => ended.map_err(refused)?,
                () = signals.stop() => {
                    agent.stop();
                    (&mut running).await.map_err(refused)?;
                }
            }
        }
    }
    let Stats { accepted, refused, failed } = agent.stats();
    let ended = Ended { prover: name, accepted, refused, failed };
    output.report(&ended, || format!("{accepted} proofs accepted, {refused} not accepted, {failed} tasks not proved\n"))
}

fn settings(command: &Run, config: &NodeConfig, name: Uuid) -> ProverConfig {
    let sold = || config.prover.offers.iter().map(|offer| offer.level.get()).collect();
    ProverConfig {
        node_id: name,
        gpu_enabled: false,
        max_concurrent_proofs: command.concurrent.unwrap_or(config.prover.max_concurrent_proofs).into(),
        supported_privacy_levels: if command.level.is_empty() { sold() } else { command.level.clone() },
        coordinator_url: command.coordinator_url.clone(),
        reward_address: command.reward_address.clone(),
    }
}

fn options(command: &Run, config: &NodeConfig) -> Result<AgentOptions, UserError> {
    let mut prover = config.prover.options();
    prover.cache_dir = Some(config.data_dir.join("circuits"));
    Ok(AgentOptions {
        key: command.key_file.as_deref().map(secret).transpose()?,
        token: command.token_file.as_deref().map(secret).transpose()?,
        rows_per_second: command.rows_per_second,
        data_dir: Some(config.data_dir.join(FINISHED_DIR)),
        prover,
    })
}

/// Takes the directory of finished proofs for this process: two provers of one name would take each other's work.
fn lock(data_dir: &Path) -> Result<fs::File, UserError> {
    let dir = data_dir.join(FINISHED_DIR);
    let told = |error: io::Error| UserError::input(format!("{}: {error}", dir.display()));
    private_dir(&dir).map_err(told)?;
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(dir.join("lock"));
    let file = file.map_err(told)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(UserError::input(format!("another prover runs on {}", dir.display()))
            .hint("give this one its own --data-dir, or have one make more proofs at once with --concurrent")),
        Err(fs::TryLockError::Error(error)) => Err(told(error)),
    }
}

/// Makes a directory that its owner alone enters, if it is not there.
fn private_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// The prover's name in the data directory; drawn if there is none.
fn name(data_dir: &Path) -> Result<Uuid, UserError> {
    let path = data_dir.join(NAME_FILE);
    let told = |error: io::Error| UserError::input(format!("{}: {error}", path.display()));
    match fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().map_err(|_| {
            UserError::input(format!("{}: it holds no UUID", path.display())).hint("delete it: another name is drawn")
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            private_dir(data_dir).map_err(told)?;
            let name = Uuid::new_v4();
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(told)?;
            writeln!(file, "{name}").map_err(told)?;
            Ok(name)
        }
        Err(error) => Err(told(error)),
    }
}

/// The one line of a file that others may not read.
fn secret(path: &Path) -> Result<Zeroizing<String>, UserError> {
    let told = |error: io::Error| UserError::input(format!("{}: {error}", path.display()));
    let file = fs::File::open(path).map_err(told)?;
    let meta = file.metadata().map_err(told)?;
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(UserError::input(format!("{}: others may read it (mode {mode:o})", path.display()))
            .hint(format!("chmod 600 {}", path.display())));
    }
    let mut text = Zeroizing::new(String::with_capacity(SECRET_BYTES_MAX as usize));
    file.take(SECRET_BYTES_MAX).read_to_string(&mut text).map_err(told)?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

fn refused(error: AgentError) -> UserError {
    match error {
        AgentError::Refused(CallError::Problem { ref code, .. }) => {
            let hint = match code.as_str() {
                "key_needed" => {
                    "name the file of its key with --key-file; `(umask 077; openssl rand -hex 32 > prover.key)` makes one"
                }
                "wrong_key" => {
                    "the gateway knows this name by another key: name that key's file with --key-file, or remove agent.id from the data directory, and another name is drawn"
                }
                "unauthorized" => {
                    "--token-file names a copy, 0600, of the file that gateway.prover_token_file names there, or gateway.token_file"
                }
                "not_a_prover" => "add \"prover\" to the roles of the gateway's node",
                _ => "see what the gateway's node is told in its configuration",
            };
            UserError::network(error).hint(hint)
        }
        AgentError::Refused(_) => UserError::network(error),
        AgentError::Url { ref url, .. } if !url.contains(['/', '(']) => {
            let hint = format!("write http://{url}, or https://{url} if it is on another machine");
            UserError::input(error).hint(hint)
        }
        AgentError::Url { .. } => UserError::input(error).hint(
            "put a proxy with TLS before the gateway, or `ssh -N -L 8080:localhost:8080 HOST` and name http://localhost:8080",
        ),
        AgentError::NoLevels => UserError::input(error).hint("--level names one; without it those that the configuration sells"),
        error => UserError::input(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_prover_keeps_is_its_owner_s_alone() {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = dir.path().join("new").join("prover");
        let _lock = lock(&data_dir).unwrap();
        let drawn = name(&data_dir).unwrap();
        assert_eq!(name(&data_dir).unwrap(), drawn, "it keeps its name");
        for (path, mode) in [("", 0o700), (FINISHED_DIR, 0o700), (NAME_FILE, 0o600)] {
            let found = fs::metadata(data_dir.join(path)).unwrap().permissions().mode() & 0o777;
            assert_eq!(found, mode, "{path:?}");
        }
        assert!(lock(&data_dir).is_err(), "two of one name");
    }
}
