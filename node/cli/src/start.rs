//! Starts a node as its configuration says, and tells its owner what stood in the way.

use crate::user_error::UserError;
use dpgn_node::{ConfiguredError, NodeBuilder, NodeHandle, config::NodeConfig};

/// Starts a node in this process.
pub(crate) async fn start(config: &NodeConfig) -> Result<NodeHandle, UserError> {
    let builder = NodeBuilder::from_config(config).map_err(|error| {
        let hint = match &error {
            ConfiguredError::Key(_) => "`dpgn init` makes a key and a configuration",
            ConfiguredError::Genesis(_) => "copy the network's genesis file there, or name it: network.genesis",
        };
        UserError::input(error).hint(hint)
    })?;
    builder.spawn().await.map_err(UserError::network)
}
