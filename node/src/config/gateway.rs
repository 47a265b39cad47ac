//! The gateway's part of a configuration: where it listens, whom it lets in, and how much it keeps for them.

use super::{ConfigError, MIB_MAX, within};
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// The REST gateway, which `dpgn node run` serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatewaySection {
    /// The address and port to listen on. Empty: none is served.
    pub listen: String,
    /// The names by which clients reach it, beside the address itself and `localhost`; a request to another name is refused.
    pub hosts: Vec<String>,
    /// The file of the bearer token that requests must carry; a relative path starts at the data directory. Empty: none is
    /// asked for, which is allowed on loopback alone. The node makes the file if it is missing.
    pub token_file: PathBuf,
    /// The file of a second token, for provers alone: it registers them, asks for their tasks and hands in their proofs, and
    /// opens nothing else. Likewise made if it is missing. Empty: there is none.
    pub prover_token_file: PathBuf,
    /// The largest file that may be uploaded, in MiB.
    pub upload_mib_max: u64,
    /// The most disk for all uploads together, in MiB; 0 takes none.
    pub uploads_mib_max: u64,
    /// Whether webhooks may lead to private addresses, and without TLS.
    pub webhooks_private: bool,
}

impl Default for GatewaySection {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            hosts: Vec::new(),
            token_file: PathBuf::new(),
            prover_token_file: PathBuf::new(),
            upload_mib_max: 256,
            uploads_mib_max: 2_048,
            webhooks_private: false,
        }
    }
}

/// Names of one gateway in a configuration.
const HOSTS_MAX: u64 = 64;

impl GatewaySection {
    /// The address to listen on; `None` if no gateway is to be served.
    pub fn address(&self) -> Result<Option<SocketAddr>, ConfigError> {
        match self.listen.as_str() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| ConfigError::GatewayListen { got: text.to_owned() }),
        }
    }

    /// The path of the token's file below a data directory; `None` if no token is asked for.
    pub fn token_path(&self, data_dir: &Path) -> Option<PathBuf> {
        (!self.token_file.as_os_str().is_empty()).then(|| data_dir.join(&self.token_file))
    }

    /// Likewise of the token for provers alone.
    pub fn prover_token_path(&self, data_dir: &Path) -> Option<PathBuf> {
        (!self.prover_token_file.as_os_str().is_empty()).then(|| data_dir.join(&self.prover_token_file))
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        within("gateway.hosts (their number)", self.hosts.len() as u64, 0, HOSTS_MAX)?;
        within("gateway.upload_mib_max", self.upload_mib_max, 1, MIB_MAX)?;
        within("gateway.uploads_mib_max", self.uploads_mib_max, 0, MIB_MAX)?;
        let has_token = !self.token_file.as_os_str().is_empty();
        if !has_token && !self.prover_token_file.as_os_str().is_empty() {
            return Err(ConfigError::ProverToken);
        }
        match self.address()? {
            Some(address) if !address.ip().is_loopback() && !has_token => Err(ConfigError::GatewayToken { address }),
            // A name is how others reach it: by a proxy on this machine, most often.
            Some(_) if !self.hosts.is_empty() && !has_token => Err(ConfigError::GatewayHosts),
            Some(_) | None => Ok(()),
        }
    }
}
