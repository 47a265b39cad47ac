//! What a gateway is told before it starts.

use dpgn_node::config::{ConfigError, NodeConfig};
use std::{net::SocketAddr, path::PathBuf};

/// The settings of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayConfig {
    /// The address to listen on; port 0 lets the system choose one.
    pub listen: SocketAddr,
    /// The names by which clients reach it, beside the address itself and `localhost`.
    pub hosts: Vec<String>,
    /// The file of the bearer token; `None` asks for none, which is allowed on loopback alone.
    pub token_file: Option<PathBuf>,
}

impl GatewayConfig {
    /// Listens there, without further names and without a token.
    pub fn new(listen: SocketAddr) -> Self {
        Self { listen, hosts: Vec::new(), token_file: None }
    }

    /// The gateway of a node's configuration; `None` if it is to have none.
    pub fn of_node(config: &NodeConfig) -> Result<Option<Self>, ConfigError> {
        let gateway = &config.gateway;
        let token_file = gateway.token_path(&config.data_dir);
        let listen = gateway.address()?;
        Ok(listen.map(|listen| Self { listen, hosts: gateway.hosts.clone(), token_file }))
    }
}
