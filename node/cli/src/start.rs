//! Starts a node as its configuration says, and tells its owner what stood in the way.

use crate::user_error::UserError;
use dpgn_node::{ConfiguredError, NodeBuilder, NodeHandle, SpawnError, config::NodeConfig, network::NetworkError};

/// The advice if the node cannot listen.
const OTHER_PORT: &str = "if another program uses the port, choose another with --listen or DPGN_NETWORK_LISTEN";

/// The advice if the owner's checkpoint is of another history.
const WHOSE_CHECKPOINT: &str = "compare its hash (`dpgn checkpoint show FILE`) with what several others have: either it is false, or \
    this node was led astray, and a new data directory with the same key begins again";

/// Starts a node in this process.
pub(crate) async fn start(config: &NodeConfig) -> Result<NodeHandle, UserError> {
    let builder = NodeBuilder::from_config(config).map_err(|error| {
        let hint = match &error {
            ConfiguredError::Key(_) => "`dpgn init` makes a key and a configuration",
            ConfiguredError::Checkpoint(_) => {
                "ask people that you trust for theirs (`dpgn checkpoint export`); network.checkpoint names it, \"\" none"
            }
            ConfiguredError::Genesis(_) => "copy the network's genesis file there, or name it: network.genesis",
        };
        UserError::input(error).hint(hint)
    })?;
    builder.spawn().await.map_err(|error| {
        let is_checkpoint = matches!(error, SpawnError::Checkpoint(_));
        let is_port = matches!(error, SpawnError::Network(NetworkError::Listen { .. }));
        let told = UserError::network(error);
        match (is_port, is_checkpoint) {
            (true, _) => told.hint(OTHER_PORT),
            (_, true) => told.hint(WHOSE_CHECKPOINT),
            (false, false) => told,
        }
    })
}
