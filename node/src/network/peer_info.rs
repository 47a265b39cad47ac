//! What a node says of a connected peer.

use dpgn_protocol::ids::AccountId;
use libp2p::Multiaddr;
use std::time::Duration;

/// A connected peer, as `status` shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct PeerInfo {
    /// The account whose key the peer has proven to hold.
    pub account: AccountId,
    /// The address of its first connection.
    pub address: Multiaddr,
    /// Whether this node dialled it.
    pub outbound: bool,
    /// The name and version of its program, as it says; empty until it has said.
    pub agent: String,
    /// The round-trip time of the last ping.
    pub rtt: Option<Duration>,
    /// The time since its first connection was made.
    pub connected_for: Duration,
    /// The score of its conduct on the wire: 0 or below; at −100 it is banned.
    pub score: f64,
}
