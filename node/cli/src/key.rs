//! `dpgn key`: the secret that is a node's account and peer.

use crate::{
    globals::Globals,
    output::{Output, Row},
    user_error::UserError,
};
use clap::{Args, Subcommand};
use dpgn_node::{
    keys::{self, KeyError},
    network::peer_of,
};
use dpgn_protocol::{ids::AccountId, sign::Keypair};
use serde::Serialize;
use std::path::{Path, PathBuf};

const NEW_EXAMPLES: &str = "\
Examples:
  dpgn key new
  dpgn --data-dir ./prover key new --account";

const SHOW_EXAMPLES: &str = "\
Examples:
  dpgn key show
  dpgn key show --account";

/// The secret that is a node's account and peer
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Make a key; an existing one is never overwritten
    #[command(after_help = NEW_EXAMPLES)]
    New(Which),
    /// Show whose key it is; the secret itself is never shown
    #[command(after_help = SHOW_EXAMPLES)]
    Show(Which),
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Show nothing but the account, for scripts
    #[arg(long)]
    account: bool,
    /// Show nothing but the peer's name, as addresses end with it
    #[arg(long, conflicts_with = "account")]
    peer: bool,
}

/// The public half of a key: all of it that may be shown.
#[derive(Serialize)]
struct PublicKey {
    account: AccountId,
    peer: String,
    path: PathBuf,
}

impl Row for PublicKey {
    fn head() -> &'static [&'static str] {
        &["ACCOUNT", "PEER", "KEY_FILE"]
    }

    fn cells(&self) -> Vec<String> {
        vec![self.account.to_string(), self.peer.clone(), self.path.display().to_string()]
    }
}

pub(crate) fn run(command: Key, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let path = globals.config(Vec::new())?.key_path();
    let (keys, which) = match command {
        Key::New(which) => (keys::create(&path), which),
        Key::Show(which) => (keys::load(&path), which),
    };
    let keys = keys.map_err(failure)?;
    match which {
        Which { account: true, .. } => output.write(&format!("{}\n", keys.account())),
        Which { peer: true, .. } => output.write(&format!("{}\n", peer(keys.account()))),
        _ => output.show(&public_key(&keys, &path)),
    }
}

fn public_key(keys: &Keypair, path: &Path) -> PublicKey {
    PublicKey { account: keys.account(), peer: peer(keys.account()), path: path.to_owned() }
}

/// The account's name on libp2p, as addresses end with it.
pub(crate) fn peer(account: AccountId) -> String {
    peer_of(&account).map(|peer| peer.to_string()).unwrap_or_default()
}

pub(crate) fn failure(error: KeyError) -> UserError {
    let hint = match &error {
        KeyError::Missing { .. } => Some("make one with `dpgn key new`, or all that a node needs with `dpgn init`"),
        KeyError::Exists { .. } => Some("`dpgn key show` tells whose it is; move it away if it is to be replaced"),
        KeyError::Malformed { .. } => Some("put back your copy of the key"),
        _ => None,
    };
    let failure = match &error {
        KeyError::Random(_) => UserError::network(&error),
        _ => UserError::input(&error),
    };
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
