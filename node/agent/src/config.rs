//! What an agent is told: the six settings of every prover, and what has a default.

use crate::error::AgentError;
use dpgn_protocol::units::Level;
use dpgn_prover::ProverOptions;
use reqwest::Url;
use std::{net::IpAddr, path::PathBuf};
use uuid::Uuid;
use zeroize::Zeroizing;

/// The settings of a prover.
#[derive(Clone, Debug)]
pub struct ProverConfig {
    /// The prover's own name. It keeps it over restarts, and no other prover of the same gateway has it.
    pub node_id: Uuid,
    /// Whether it may prove on a GPU. This version has no prover for one, and proves on the CPU.
    pub gpu_enabled: bool,
    /// The proofs that it makes at once, 1 to 64.
    pub max_concurrent_proofs: usize,
    /// The privacy levels that it proves, of 1 to 5.
    pub supported_privacy_levels: Vec<u8>,
    /// The URL of the gateway. Plain HTTP is for loopback alone: the inputs of circuits come from there.
    pub coordinator_url: String,
    /// An address for its income, which the gateway shows. The income itself is that of the gateway's node.
    pub reward_address: String,
}

/// What else can be set, with defaults for all of it.
#[derive(Clone, Debug, Default)]
pub struct AgentOptions {
    /// The secret, of 16 bytes at least, that the prover registers with and shows from then on.
    pub key: Option<Zeroizing<String>>,
    /// The bearer token of a gateway that asks for one.
    pub token: Option<Zeroizing<String>>,
    /// The padded rows per second that it vouches for; absent to be taken for as fast as the node's own workers.
    pub rows_per_second: Option<u32>,
    /// The directory of finished proofs that are not handed in yet; absent keeps them in memory alone.
    pub data_dir: Option<PathBuf>,
    /// The options by which circuits are built and proofs made. As many proofs are made at once as the configuration says.
    pub prover: ProverOptions,
}

/// Settings that were found good.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) url: Url,
    pub(crate) levels: Vec<u8>,
    pub(crate) capacity: u16,
}

/// The most proofs that a gateway lets one prover make at once.
const CAPACITY_MAX: u16 = 64;

impl ProverConfig {
    pub(crate) fn check(&self) -> Result<Checked, AgentError> {
        let capacity = u16::try_from(self.max_concurrent_proofs).ok().filter(|n| (1..=CAPACITY_MAX).contains(n));
        let capacity =
            capacity.ok_or(AgentError::Concurrency { got: self.max_concurrent_proofs, max: CAPACITY_MAX })?;
        if self.supported_privacy_levels.is_empty() {
            return Err(AgentError::NoLevels);
        }
        for level in &self.supported_privacy_levels {
            Level::new(*level).map_err(|_| AgentError::Level(*level))?;
        }
        let refused = |reason: String| AgentError::Url { url: self.coordinator_url.clone(), reason };
        let secret = || AgentError::Url {
            url: "(a URL with a password)".to_owned(),
            reason: "secrets have their own files".to_owned(),
        };
        if !self.coordinator_url.contains("://") {
            let bare = "it begins with no scheme; such are http://localhost:8080 and https://dpgn.example";
            return Err(if self.coordinator_url.contains('@') { secret() } else { refused(bare.to_owned()) });
        }
        let url = Url::parse(&self.coordinator_url).map_err(|error| refused(error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(secret());
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(refused("inputs of circuits would be readable on their way: use https".to_owned())),
            _ => return Err(refused("the scheme is http or https".to_owned())),
        }
        Ok(Checked { url, levels: self.supported_privacy_levels.clone(), capacity })
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> ProverConfig {
        ProverConfig {
            node_id: Uuid::nil(),
            gpu_enabled: false,
            max_concurrent_proofs: 4,
            supported_privacy_levels: vec![1, 2, 3],
            coordinator_url: url.to_owned(),
            reward_address: String::new(),
        }
    }

    #[test]
    fn inputs_travel_where_nobody_reads_them() {
        for good in
            ["http://localhost:8080", "http://127.0.0.1:1/", "http://[::1]:8080", "https://prover.example/dpgn/"]
        {
            assert!(config(good).check().is_ok(), "{good}");
        }
        for bad in [
            "http://192.0.2.1:8080",
            "http://localhost.example",
            "ftp://localhost",
            "localhost:8080",
            "",
            "https://user:hunter2@prover.example",
            "user:hunter2@prover.example",
        ] {
            let refused = config(bad).check().unwrap_err();
            assert!(matches!(refused, AgentError::Url { .. }) && !refused.to_string().contains("hunter2"), "{bad}");
        }
        let bare = config("localhost:8080").check().unwrap_err().to_string();
        assert_eq!(
            bare,
            "coordinator_url localhost:8080: it begins with no scheme; such are http://localhost:8080 and https://dpgn.example"
        );
    }

    #[test]
    fn levels_and_hands_are_in_range() {
        let with = |levels: &[u8], at_once| {
            let levels = levels.to_vec();
            ProverConfig {
                supported_privacy_levels: levels,
                max_concurrent_proofs: at_once,
                ..config("http://localhost")
            }
            .check()
        };
        assert!(matches!(with(&[], 1), Err(AgentError::NoLevels)));
        assert!(matches!(with(&[1, 6], 1), Err(AgentError::Level(6))));
        assert!(matches!(with(&[1], 0), Err(AgentError::Concurrency { got: 0, .. })));
        assert!(matches!(with(&[1], 65), Err(AgentError::Concurrency { got: 65, max: 64 })));
    }
}
