//! Starts a node as its configuration says, and tells its owner what stood in the way.

use crate::user_error::UserError;
use dpgn_node::{ConfiguredError, NodeBuilder, NodeHandle, SpawnError, config::NodeConfig, network::NetworkError};

/// The advice if the node cannot listen.
const OTHER_PORT: &str = "if another program uses the port, choose another with --listen or DPGN_NETWORK_LISTEN";

/// Starts a node in this process.
pub(crate) async fn start(config: &NodeConfig) -> Result<NodeHandle, UserError> {
    let builder = NodeBuilder::from_config(config).map_err(|error| {
        let hint = match &error {
            ConfiguredError::Key(_) => "`dpgn init` makes a key and a configuration",
            ConfiguredError::Genesis(_) => "copy the network's genesis file there, or name it: network.genesis",
        };
        UserError::input(error).hint(hint)
    })?;
    builder.spawn().await.map_err(|error| {
        let is_port = matches!(error, SpawnError::Network(NetworkError::Listen { .. }));
        let told = UserError::network(error);
        if is_port { told.hint(OTHER_PORT) } else { told }
    })
}
