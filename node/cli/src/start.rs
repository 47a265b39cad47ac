//! Starts a node as its configuration says, and tells its owner what stood in the way.

use crate::{files::GENESIS, user_error::UserError};
use dpgn_node::{
    ConfiguredError, NodeBuilder, NodeHandle, OtherCheckpoint, SpawnError, config::NodeConfig, genesis_file,
    network::NetworkError,
};

/// The advice if `dpgn node run` cannot listen.
pub(crate) const OTHER_PORT: &str =
    "if another program uses the port, choose another with --listen or DPGN_NETWORK_LISTEN";

/// The advice if the owner's checkpoint is of another history.
const WHOSE_CHECKPOINT: &str = "compare its hash (`dpgn checkpoint show FILE`) with what several others have: either \
    it is false, or this node was led astray, and a new data directory with the same key begins again; a coordinator \
    starts there without that role, until its height is above the one that the others have now";

/// The advice for each fault of a checkpoint.
const fn of_checkpoint(error: &OtherCheckpoint) -> &'static str {
    match error {
        OtherCheckpoint::Network { .. } => {
            "ask for a checkpoint of this network, or look whether the genesis is the right one"
        }
        OtherCheckpoint::Epochs { .. } | OtherCheckpoint::NoBorder { .. } | OtherCheckpoint::Unlock { .. } => {
            "no node writes such a file: it was changed, so ask for it again"
        }
        OtherCheckpoint::Future { .. } => {
            "look at this machine's clock; if that is right, the file was changed: ask for it again"
        }
        OtherCheckpoint::History { .. } => WHOSE_CHECKPOINT,
    }
}

/// Starts a node in this process. The advice is for one that cannot listen.
pub(crate) async fn start(config: &NodeConfig, cannot_listen: &str) -> Result<NodeHandle, UserError> {
    let builder = NodeBuilder::from_config(config).map_err(|error| {
        let hint = match &error {
            ConfiguredError::Key(_) => "`dpgn init` makes a key and a configuration",
            ConfiguredError::Checkpoint(_) if is_genesis(config) => GENESIS,
            ConfiguredError::Checkpoint(_) => {
                "ask people that you trust for theirs (`dpgn checkpoint export`); network.checkpoint names it, \"\" none"
            }
            ConfiguredError::Genesis(_) => "copy the network's genesis file there, or name it: network.genesis",
        };
        UserError::input(error).hint(hint)
    })?;
    builder.spawn().await.map_err(|error| {
        if let SpawnError::Checkpoint(other) = &error {
            let advice = of_checkpoint(other);
            return UserError::input(error).hint(advice);
        }
        let is_port = matches!(error, SpawnError::Network(NetworkError::Listen { .. }));
        let told = UserError::network(error);
        if is_port { told.hint(cannot_listen) } else { told }
    })
}

/// Whether what is named as a checkpoint is a genesis.
fn is_genesis(config: &NodeConfig) -> bool {
    config.checkpoint_path().is_some_and(|path| genesis_file::read(&path).is_ok())
}
