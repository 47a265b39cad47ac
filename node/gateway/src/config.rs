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
    /// The file of the token that opens to provers what they need, and nothing else; `None` if there is none.
    pub prover_token_file: Option<PathBuf>,
    /// Where uploads are kept, and how many; `None` takes none.
    pub uploads: Option<Uploads>,
    /// What webhooks need; `None` sends none.
    pub webhooks: Option<Webhooks>,
}

/// The file of webhooks, and where they may lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhooks {
    /// The file of endpoints, their keys and what waits for them; made if it is missing, for this user alone.
    pub file: PathBuf,
    /// Whether they may lead to private addresses, and without TLS.
    pub private: bool,
}

/// A directory for uploads, and its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploads {
    /// The directory, which is made if it is missing; nothing else may lie in it.
    pub dir: PathBuf,
    /// The most bytes of one file.
    pub file_bytes_max: u64,
    /// The most bytes of all files together.
    pub all_bytes_max: u64,
}

impl GatewayConfig {
    /// Listens there, without further names, without a token, takes no uploads and sends no webhooks.
    pub fn new(listen: SocketAddr) -> Self {
        let (hosts, token_file, prover_token_file) = (Vec::new(), None, None);
        Self { listen, hosts, token_file, prover_token_file, uploads: None, webhooks: None }
    }

    /// The gateway of a node's configuration; `None` if it is to have none.
    pub fn of_node(config: &NodeConfig) -> Result<Option<Self>, ConfigError> {
        let gateway = &config.gateway;
        let token_file = gateway.token_path(&config.data_dir);
        let prover_token_file = gateway.prover_token_path(&config.data_dir);
        let listen = gateway.address()?;
        let uploads = Uploads {
            dir: config.data_dir.join("uploads"),
            file_bytes_max: gateway.upload_mib_max << 20,
            all_bytes_max: gateway.uploads_mib_max << 20,
        };
        let uploads = (gateway.uploads_mib_max > 0).then_some(uploads);
        let webhooks =
            Some(Webhooks { file: config.data_dir.join("webhooks.redb"), private: gateway.webhooks_private });
        let hosts = gateway.hosts.clone();
        Ok(listen.map(|listen| Self { listen, hosts, token_file, prover_token_file, uploads, webhooks }))
    }
}
