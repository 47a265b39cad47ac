//! What can be wrong with a configuration: always which source, which key, and what was expected.

use dpgn_protocol::units::Level;
use libp2p::Multiaddr;
use std::{io, net::SocketAddr, path::PathBuf};

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The path of the configuration file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file is too large.
    #[error("{} is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The path of the configuration file.
        path: PathBuf,
        /// The most bytes that a configuration file may have.
        limit: u64,
    },
    /// The file has a key that no section knows.
    #[error("{} line {line}: unknown key `{key}`{}", path.display(), meant(closest.as_deref()))]
    UnknownKey {
        /// The path of the configuration file.
        path: PathBuf,
        /// The line of the fault, from 1.
        line: usize,
        /// The unknown key, with its sections.
        key: String,
        /// The closest known name, if one is close.
        closest: Option<String>,
    },
    /// The file is no TOML, or a value is of the wrong kind.
    #[error("{} line {line}: {message}", path.display())]
    File {
        /// The path of the configuration file.
        path: PathBuf,
        /// The line of the fault, from 1.
        line: usize,
        /// The fault, in the parser's words.
        message: String,
    },
    /// A `DPGN_*` variable that is almost one we know.
    #[error("the variable {name} means nothing: did you mean {closest}?")]
    UnknownVariable {
        /// The variable's name.
        name: String,
        /// The closest known name, if one is close.
        closest: String,
    },
    /// A flag or a variable has a value of the wrong kind.
    #[error("{origin} = {got:?}: {message}")]
    Value {
        /// The name of the flag or variable.
        origin: String,
        /// The value as it was given.
        got: String,
        /// The fault, in the parser's words.
        message: String,
    },
    /// A number outside its range.
    #[error("{key} is {got}: it must be at least {min}{}", at_most(*max))]
    OutOfRange {
        /// The key, with its sections.
        key: &'static str,
        /// The number as it was given.
        got: u64,
        /// The least that is allowed.
        min: u64,
        /// The most that is allowed.
        max: u64,
    },
    /// An address no transport of ours speaks.
    #[error(
        "{key}: {got} is no TCP or QUIC address; such are /ip4/127.0.0.1/tcp/9700 and /ip4/127.0.0.1/udp/9700/quic-v1"
    )]
    Address {
        /// The key, with its sections.
        key: &'static str,
        /// The address as it was given.
        got: Multiaddr,
    },
    /// The gateway is to listen on what is no address.
    #[error(
        "gateway.listen: {got:?} is no IP address with a port; such are 127.0.0.1:8080 and [::1]:8080, \"\" serves none"
    )]
    GatewayListen {
        /// The address as it was given.
        got: String,
    },
    /// The gateway would let everybody in who can reach it.
    #[error(
        "gateway.listen: {address} can be reached from elsewhere, so gateway.token_file must name a file; it is made if it is missing"
    )]
    GatewayToken {
        /// The address as it was given.
        address: SocketAddr,
    },
    /// A gateway that others reach by a name, and that asks for no token.
    #[error(
        "gateway.hosts names how others reach the gateway, so gateway.token_file must name a file; it is made if it is missing"
    )]
    GatewayHosts,
    /// A token for provers alone, where nothing else is asked for one.
    #[error(
        "gateway.prover_token_file names what provers show, so gateway.token_file must name what everybody else does"
    )]
    ProverToken,
    /// Two offers for one level.
    #[error("prover.offers: level {level} is offered twice")]
    LevelTwice {
        /// The level that is offered twice.
        level: Level,
    },
    /// The data directory cannot be named in a file or variable.
    #[error("{} is no valid text: choose another directory", path.display())]
    NotText {
        /// The path of the data directory.
        path: PathBuf,
    },
}

fn meant(closest: Option<&str>) -> String {
    closest.map(|key| format!(": did you mean `{key}`?")).unwrap_or_default()
}

fn at_most(max: u64) -> String {
    if max == u64::MAX { String::new() } else { format!(" and at most {max}") }
}
