//! Configuration: what a node is told before it starts, checked once.
//!
//! A flag counts more than a `DPGN_*` variable, that more than the file, that more than the default. Units
//! stand in the names. A key nobody knows is an error: a typo never means "the default".

mod addresses;
mod error;
mod gateway;
mod load;

pub use error::ConfigError;
pub use gateway::GatewaySection;
pub use load::{CONFIG_FILE, Flag, Sources};

use crate::runtime::recipe_shelf::RECIPE_SHELF_BYTES;
use dpgn_protocol::{
    limits::{ASK_OFFERS_MAX, RECIPE_BYTES_MAX},
    units::{Credits, Degree, Level},
};
use dpgn_prover::ProverOptions;
use libp2p::{Multiaddr, multiaddr::Protocol};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
};

/// All that a node is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NodeConfig {
    /// The directory of key, store and blobs. Unless it is set, the directory of the configuration file.
    pub data_dir: PathBuf,
    /// The roles that the node plays.
    pub roles: BTreeSet<Role>,
    /// Whether all blocks are kept. If not, those go that are older than ended tasks in the ledger, `keep_epochs`.
    pub archive: bool,
    /// Whether a snapshot is believed though this node's last block, or the genesis, is older than stake stays locked.
    pub allow_old_start: bool,
    /// The network to join, and its addresses.
    pub network: NetworkSection,
    /// The limits of the workers, which every role uses, and the offers, which only a prover makes.
    pub prover: ProverSection,
    /// The REST gateway, which `dpgn node run` serves.
    pub gateway: GatewaySection,
    /// The log: what the node writes to standard error.
    pub log: LogSection,
}

/// A role of a node. Every role is the same program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The node buys proofs.
    Requester,
    /// The node sells proving.
    Prover,
    /// The node orders ops into blocks and checks proofs, while the committee names it.
    Coordinator,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requester => "requester",
            Self::Prover => "prover",
            Self::Coordinator => "coordinator",
        })
    }
}

/// The network to join, and its addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkSection {
    /// The genesis file; a relative path starts at the data directory.
    pub genesis: PathBuf,
    /// The file of a checkpoint that the owner believes; a relative path starts at the data directory. Empty for none.
    pub checkpoint: PathBuf,
    /// The addresses to listen on.
    #[serde(deserialize_with = "addresses::read")]
    pub listen: Vec<Multiaddr>,
    /// The addresses of peers that are dialled first.
    #[serde(deserialize_with = "addresses::read")]
    pub bootstrap: Vec<Multiaddr>,
    /// Whether to look for peers on the local network.
    pub mdns: bool,
}

/// The prices of a prover, and the limits of proving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProverSection {
    /// Proofs made at once, each in a process of its own.
    pub max_concurrent_proofs: u16,
    /// Jobs that wait for one of those; more are refused.
    pub queue_len: u16,
    /// Awards held at once; 0 means four for each proof that is made at once. Those beyond these wait for their turn.
    pub capacity: u16,
    /// The most memory of one proving process, in MiB.
    pub memory_mib_max: u64,
    /// The most disk for built circuits, in MiB.
    pub cache_mib_max: u64,
    /// The most disk for recipes of others' tasks, in MiB; those that no award needs any more go first.
    pub recipes_mib_max: u64,
    /// The largest circuit, as the base-2 logarithm of its padded rows.
    pub degree_max: Degree,
    /// The part of every price that does not grow with the work, in micro-credits.
    pub flat: Credits,
    /// The most collateral at stake in one award, in micro-credits; awards that need more go to others.
    pub collateral_max: Credits,
    /// Whether it takes part in draws of challenges while it has no name, if the network has any.
    pub challenges: bool,
    /// Whether it takes part in sealed rounds: it commits to its price, and loses a deposit if it is not there to open it.
    pub sealed_rounds: bool,
    /// Whether it sells nothing but what provers ask for that prove over HTTP behind it.
    pub agents_only: bool,
    /// Price and speed by privacy level; a level without an offer is not sold.
    pub offers: Vec<OfferSection>,
}

/// Price and speed at one privacy level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferSection {
    /// The privacy level that is offered.
    pub level: Level,
    /// Micro-credits for 1,024 padded rows.
    pub per_kilorow: Credits,
    /// Padded rows proved in a second; 0 means that the node measures it when it starts.
    #[serde(default)]
    pub rows_per_second: u32,
}

/// The log: what the node writes to standard error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSection {
    /// For people or for programs.
    pub format: LogFormat,
    /// The filter of log lines, in the syntax of `tracing-subscriber`'s `EnvFilter`.
    pub filter: String,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Lines for people to read.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for NodeConfig {
    fn default() -> Self {
        Self {
            data_dir: std::env::home_dir().unwrap_or_default().join(".dpgn"),
            roles: [Role::Requester, Role::Prover, Role::Coordinator].into(),
            archive: false,
            allow_old_start: false,
            network: NetworkSection::default(),
            prover: ProverSection::default(),
            gateway: GatewaySection::default(),
            log: LogSection::default(),
        }
    }
}

impl Default for NetworkSection {
    fn default() -> Self {
        let local = || Multiaddr::empty().with(Protocol::Ip4(std::net::Ipv4Addr::LOCALHOST));
        Self {
            genesis: PathBuf::from(crate::genesis_file::GENESIS_FILE),
            checkpoint: PathBuf::new(),
            listen: vec![local().with(Protocol::Tcp(9700)), local().with(Protocol::Udp(9700)).with(Protocol::QuicV1)],
            bootstrap: Vec::new(),
            mdns: false,
        }
    }
}

impl Default for ProverSection {
    fn default() -> Self {
        // Levels 3 to 5 pay for more rows already; what they cost beyond that is the wider commitment.
        let prices = [1_000, 1_500, 1_500, 3_000, 2_000];
        let offers = Level::all().zip(prices).map(|(level, price)| OfferSection {
            level,
            per_kilorow: Credits::new(price),
            rows_per_second: 0,
        });
        let options = ProverOptions::default();
        Self {
            max_concurrent_proofs: options.max_concurrent_proofs,
            queue_len: options.queue_len,
            capacity: 0,
            memory_mib_max: options.memory_bytes_max >> 20,
            cache_mib_max: options.cache_bytes_max >> 20,
            recipes_mib_max: RECIPE_SHELF_BYTES >> 20,
            degree_max: DEGREE_MAX,
            flat: Credits::new(1_000),
            collateral_max: Credits::new(100_000_000),
            challenges: true,
            sealed_rounds: true,
            agents_only: false,
            offers: offers.collect(),
        }
    }
}

/// The most proofs that a configuration may make at once.
pub const PROOFS_AT_ONCE_MAX: u16 = 64;

/// The most awards held at once for each proof that is made at once.
pub const AWARDS_PER_PROOF_MAX: u16 = 16;

/// The least that `prover.memory_mib_max` may be, in MiB. Levels 1 to 4 prove 2^14 rows in it: level 3 takes about 600 MiB for
/// them, and level 4 about 1,000. The smallest circuits of level 5 have 2^15 rows and take about 1,200 MiB, so this sells none.
pub const MEMORY_MIB_MIN: u64 = 1_024;

/// A circuit of 2^16 rows takes about 2.5 GiB to build and prove, at level 4 about 4.
const DEGREE_MAX: Degree = match Degree::new(16) {
    Ok(degree) => degree,
    Err(_) => Degree::MAX,
};

impl Default for LogSection {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "warn,libp2p_kad=error,arc_malachitebft=error,dpgn=info,dpgn_node=info,dpgn_agent=info".to_owned(),
        }
    }
}

/// A thousand GiB, in MiB: more is a slip of the pen.
const MIB_MAX: u64 = 1_000 << 10;

/// Addresses of one kind in a configuration.
const ADDRESSES_MAX: usize = 64;

impl NodeConfig {
    /// The defaults as a file with every key explained.
    pub fn example() -> &'static str {
        include_str!("example.toml")
    }

    /// Whether the node has a role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// The path of the genesis file.
    pub fn genesis_path(&self) -> PathBuf {
        self.data_dir.join(&self.network.genesis)
    }

    /// The path of the checkpoint's file, if one is named.
    pub fn checkpoint_path(&self) -> Option<PathBuf> {
        let named = &self.network.checkpoint;
        (!named.as_os_str().is_empty()).then(|| self.data_dir.join(named))
    }

    /// The path of the key file.
    pub fn key_path(&self) -> PathBuf {
        self.data_dir.join(crate::keys::KEY_FILE)
    }

    /// Checks what the types alone do not.
    pub fn check(&self) -> Result<(), ConfigError> {
        at_least("roles", self.roles.len() as u64, 1)?;
        for (key, addresses) in
            [("network.listen", &self.network.listen), ("network.bootstrap", &self.network.bootstrap)]
        {
            within(key, addresses.len() as u64, 0, ADDRESSES_MAX as u64)?;
            if let Some(address) = addresses.iter().find(|a| !is_reachable(a)) {
                return Err(ConfigError::Address { key, got: address.clone() });
            }
        }
        self.gateway.check()?;
        self.prover.check_workers()?;
        if self.has(Role::Prover) { self.prover.check_sale() } else { Ok(()) }
    }
}

impl NetworkSection {
    /// Has the system choose the ports to listen on, at the same addresses.
    pub fn listen_on_any_port(&mut self) {
        let any_port = |part: Protocol<'_>| match part {
            Protocol::Tcp(_) => Protocol::Tcp(0),
            Protocol::Udp(_) => Protocol::Udp(0),
            part => part.acquire(),
        };
        for address in &mut self.listen {
            *address = address.iter().map(any_port).collect();
        }
    }
}

impl ProverSection {
    /// The options of the prover service that this section asks for; the cache lies where the node puts it.
    pub fn options(&self) -> ProverOptions {
        ProverOptions {
            max_concurrent_proofs: self.max_concurrent_proofs,
            queue_len: self.queue_len,
            memory_bytes_max: self.memory_mib_max << 20,
            cache_bytes_max: self.cache_mib_max << 20,
            ..ProverOptions::default()
        }
    }

    /// A requester builds circuits and a coordinator verifies proofs: these hold for every role.
    fn check_workers(&self) -> Result<(), ConfigError> {
        within("prover.max_concurrent_proofs", self.max_concurrent_proofs.into(), 1, PROOFS_AT_ONCE_MAX.into())?;
        within("prover.queue_len", self.queue_len.into(), 0, 1_024)?;
        within("prover.memory_mib_max", self.memory_mib_max, MEMORY_MIB_MIN, MIB_MAX)?;
        within("prover.cache_mib_max", self.cache_mib_max, 0, MIB_MAX)
    }

    fn check_sale(&self) -> Result<(), ConfigError> {
        // The inputs of each lie on disk until their turn comes.
        let most = u64::from(self.max_concurrent_proofs) * u64::from(AWARDS_PER_PROOF_MAX);
        within("prover.capacity", self.capacity.into(), 0, most)?;
        // The largest recipe must find room.
        within("prover.recipes_mib_max", self.recipes_mib_max, RECIPE_BYTES_MAX >> 20, MIB_MAX)?;
        within("prover.offers (their number)", self.offers.len() as u64, 1, ASK_OFFERS_MAX as u64)?;
        let mut levels = BTreeSet::new();
        match self.offers.iter().find(|offer| !levels.insert(offer.level)) {
            Some(offer) => Err(ConfigError::LevelTwice { level: offer.level }),
            None => Ok(()),
        }
    }
}

/// Whether the network's transports speak this kind of address: TCP, or QUIC over UDP.
fn is_reachable(address: &Multiaddr) -> bool {
    use Protocol::{Dns, Dns4, Dns6, Dnsaddr, Ip4, Ip6, P2p, QuicV1, Tcp, Udp};
    let mut parts = address.iter();
    matches!(
        (parts.next(), parts.next(), parts.next()),
        (Some(Ip4(_) | Ip6(_) | Dns(_) | Dns4(_) | Dns6(_)), Some(Tcp(_)), None | Some(P2p(_)))
            | (Some(Ip4(_) | Ip6(_) | Dns(_) | Dns4(_) | Dns6(_)), Some(Udp(_)), Some(QuicV1))
            | (Some(Dnsaddr(_)), _, _)
    )
}

fn within(key: &'static str, got: u64, min: u64, max: u64) -> Result<(), ConfigError> {
    if (min..=max).contains(&got) { Ok(()) } else { Err(ConfigError::OutOfRange { key, got, min, max }) }
}

fn at_least(key: &'static str, got: u64, min: u64) -> Result<(), ConfigError> {
    within(key, got, min, u64::MAX)
}

/// Makes a path absolute: a relative one starts at the working directory.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests;
