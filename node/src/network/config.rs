//! The configuration of a network. Every limit is here, with its unit in its name.

use super::{error::NetworkError, limiter::Rate};
use dpgn_protocol::{ids::NetworkId, limits};
use libp2p::Multiaddr;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The configuration of a network.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// The network this node belongs to; peers of other networks are sent away.
    pub network: NetworkId,
    /// The addresses to listen at, such as `/ip4/0.0.0.0/tcp/4001` or `/ip4/0.0.0.0/udp/4001/quic-v1`.
    pub listen: Vec<Multiaddr>,
    /// The nodes to dial first, and again whenever they are gone.
    pub bootstrap: Vec<Multiaddr>,
    /// Find peers of the local network by multicast.
    pub mdns: bool,
    /// Help others to find peers. False: only once an address is known to be reachable.
    pub kad_server: bool,
    /// All limits on numbers and bytes.
    pub limits: NetworkLimits,
    /// All timeouts and intervals.
    pub timing: Timing,
}

impl NetworkConfig {
    /// A node that listens nowhere, knows nobody, and helps others to find peers.
    pub fn new(network: NetworkId) -> Self {
        Self {
            network,
            listen: Vec::new(),
            bootstrap: Vec::new(),
            mdns: false,
            kad_server: true,
            limits: NetworkLimits::default(),
            timing: Timing::default(),
        }
    }

    /// Refuses what can't work. Called by [`spawn`](super::spawn).
    pub fn check(&self) -> Result<(), NetworkError> {
        let NetworkLimits { events_max, gossip_open_max, gossip_bytes_max, .. } = self.limits;
        let wrong = |setting: &'static str, got: u64, least: u64, most: u64| {
            if (least..=most).contains(&got) {
                Ok(())
            } else {
                Err(NetworkError::Setting { setting, got, least, most })
            }
        };
        let most = u64::from(u32::MAX);
        wrong("limits.events_max", events_max as u64, 16, 1 << 20)?;
        wrong("limits.gossip_open_max", gossip_open_max as u64, 1, 1 << 20)?;
        wrong("limits.gossip_bytes_max", gossip_bytes_max as u64, 1 << 10, limits::GOSSIP_BYTES_MAX as u64)?;
        wrong("limits.request_bytes_max", self.limits.request_bytes_max as u64, 1, most)?;
        wrong("limits.response_bytes_max", self.limits.response_bytes_max as u64, 1, most)?;
        wrong("limits.requests_in_max", self.limits.requests_in_max as u64, 1, 1 << 20)?;
        wrong("limits.request_bytes_open_max", self.limits.request_bytes_open_max as u64, 1 << 16, most)?;
        wrong("limits.streams_per_connection_max", self.limits.streams_per_connection_max as u64, 16, 4_096)?;
        wrong("timing.heartbeat_ms", self.timing.heartbeat_ms, 50, 60_000)?;
        wrong("timing.upkeep_ms", self.timing.upkeep_ms, 10, 60_000)
    }
}

/// The limits of the network layer, in numbers and bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkLimits {
    /// Connections that others opened.
    pub connections_in_max: u32,
    /// Connections that we opened.
    pub connections_out_max: u32,
    /// Connections in all, each way.
    pub connections_max: u32,
    /// Connections with one peer.
    pub connections_per_peer_max: u32,
    /// Connections being set up, each way.
    pub connections_pending_max: u32,
    /// Below so many peers, known ones are dialled.
    pub peers_wanted: usize,
    /// Above so many bytes of memory no new connection is made; 0 means four fifths of the machine's.
    pub process_memory_bytes_max: usize,
    /// Streams on one connection.
    pub streams_per_connection_max: usize,
    /// Bytes of one gossiped message.
    pub gossip_bytes_max: usize,
    /// Gossiped messages that wait for a acceptance; those above are ignored.
    pub gossip_open_max: usize,
    /// Bytes of all gossiped messages that wait for a decision.
    pub gossip_open_bytes_max: usize,
    /// Bytes of one request.
    pub request_bytes_max: usize,
    /// Bytes of one response.
    pub response_bytes_max: usize,
    /// Requests of others that wait for an answer, or whose answer is on its way; those above hear "busy".
    pub requests_in_max: usize,
    /// Requests of one peer that wait for an answer, or whose answer is on its way.
    pub requests_in_per_peer_max: usize,
    /// Bytes of all requests being read or waiting for an answer.
    pub request_bytes_open_max: usize,
    /// Bytes of all responses on their way; askers that read slowly hold them.
    pub response_bytes_open_max: usize,
    /// Own requests that wait for an answer.
    pub requests_out_max: usize,
    /// Bytes of one blob.
    pub blob_bytes_max: u64,
    /// Bytes of the question for a blob.
    pub blob_request_bytes_max: usize,
    /// Blobs that are being served.
    pub blobs_served_max: usize,
    /// Blobs that are being served to one peer.
    pub blobs_served_per_peer_max: usize,
    /// Blobs that are being fetched.
    pub blobs_fetched_max: usize,
    /// Events that wait to be read.
    pub events_max: usize,
    /// The rate at which one peer may gossip.
    pub gossip_rate: Rate,
    /// The rate at which one peer may send requests.
    pub request_rate: Rate,
    /// The rate at which one peer may ask for blobs.
    pub blob_rate: Rate,
}

impl Default for NetworkLimits {
    fn default() -> Self {
        Self {
            connections_in_max: 256,
            connections_out_max: 128,
            connections_max: 320,
            connections_per_peer_max: 4,
            connections_pending_max: 64,
            peers_wanted: 8,
            process_memory_bytes_max: 0,
            streams_per_connection_max: 128,
            gossip_bytes_max: limits::GOSSIP_BYTES_MAX,
            gossip_open_max: 2_048,
            gossip_open_bytes_max: 64 << 20,
            request_bytes_max: limits::REQUEST_BYTES_MAX,
            response_bytes_max: limits::RESPONSE_BYTES_MAX,
            requests_in_max: 256,
            requests_in_per_peer_max: 8,
            request_bytes_open_max: 128 << 20,
            response_bytes_open_max: 128 << 20,
            requests_out_max: 256,
            blob_bytes_max: limits::RECIPE_BYTES_MAX,
            blob_request_bytes_max: 8 << 10,
            blobs_served_max: 16,
            blobs_served_per_peer_max: 4,
            blobs_fetched_max: 16,
            events_max: 4_096,
            // All of a busy network comes through each mesh peer: about twice what a core can take in.
            gossip_rate: Rate { per_s: 2_000, burst: 4_000, bytes_per_s: 32 << 20, bytes_burst: 64 << 20 },
            request_rate: Rate { per_s: 100, burst: 400, bytes_per_s: 16 << 20, bytes_burst: 64 << 20 },
            blob_rate: Rate { per_s: 10, burst: 40, bytes_per_s: 64 << 10, bytes_burst: 512 << 10 },
        }
    }
}

/// The timeouts and intervals of the network layer, in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timing {
    /// How often meshes are mended.
    pub heartbeat_ms: u64,
    /// How often scores are read, bans lifted and searches given up.
    pub upkeep_ms: u64,
    /// How often gone bootstrap nodes are dialled again.
    pub redial_ms: u64,
    /// How often a connection is tried.
    pub ping_ms: u64,
    /// A connection without streams is closed after this.
    pub idle_connection_ms: u64,
    /// Finding and dialling a peer takes at most this.
    pub connect_ms: u64,
    /// A request is answered within this, or has failed.
    pub request_ms: u64,
    /// The owner of a blob says yes or no within this.
    pub blob_decide_ms: u64,
    /// 64 KiB of a blob arrive within this, or the stream is cut.
    pub blob_piece_ms: u64,
    /// A banned peer stays away for this.
    pub ban_ms: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            heartbeat_ms: 700,
            upkeep_ms: 1_000,
            redial_ms: 1_000,
            ping_ms: 15_000,
            idle_connection_ms: 300_000,
            connect_ms: 10_000,
            request_ms: 20_000,
            blob_decide_ms: 10_000,
            blob_piece_ms: 15_000,
            ban_ms: 300_000,
        }
    }
}

/// Milliseconds of a setting.
pub(super) const fn ms(value: u64) -> Duration {
    Duration::from_millis(value)
}
