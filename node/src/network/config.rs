//! The configuration of a network. Every limit is here, with its unit in its name.

use super::{error::NetworkError, limiter::Rate, quota::Quota, topic::Topic};
use dpgn_protocol::{ids::NetworkId, limits};
use libp2p::{Multiaddr, PeerId};
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
    /// All timeouts and intervals, in milliseconds.
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
        let held = self.limits.gossip_held_bytes_per_peer_max as u64;
        let most = u64::from(u32::MAX);
        in_range("limits.events_max", events_max as u64, 16, 1 << 20)?;
        in_range("limits.gossip_open_max", gossip_open_max as u64, 1, 1 << 20)?;
        in_range("limits.gossip_bytes_max", gossip_bytes_max as u64, 1 << 10, limits::GOSSIP_BYTES_MAX as u64)?;
        in_range("limits.gossip_held_bytes_per_peer_max", held, gossip_bytes_max as u64, 1 << 30)?;
        in_range("limits.blob_bytes_per_s_least", self.limits.blob_bytes_per_s_least, 1, most)?;
        in_range("limits.blobs_served_max", self.limits.blobs_served_max as u64, 1, 1 << 16)?;
        in_range(
            "limits.blobs_served_kept",
            self.limits.blobs_served_kept as u64,
            0,
            self.limits.blobs_served_max as u64,
        )?;
        in_range("limits.request_bytes_max", self.limits.request_bytes_max as u64, 1, most)?;
        in_range("limits.response_bytes_max", self.limits.response_bytes_max as u64, 1, most)?;
        in_range("limits.requests_in_max", self.limits.requests_in_max as u64, 1, 1 << 20)?;
        in_range("limits.request_bytes_open_max", self.limits.request_bytes_open_max as u64, 1 << 16, most)?;
        in_range("limits.streams_per_connection_max", self.limits.streams_per_connection_max as u64, 16, 4_096)?;
        in_range("timing.heartbeat_ms", self.timing.heartbeat_ms, 50, 60_000)?;
        in_range("timing.upkeep_ms", self.timing.upkeep_ms, 10, 60_000)?;
        self.check_council()
    }

    /// A frame of the largest size must fit into the queue and into a full bucket, and silence must be broken before
    /// it is taken for the end.
    fn check_council(&self) -> Result<(), NetworkError> {
        let NetworkLimits { council_frame_bytes_max, council_queue_frames_max, council_queue_bytes_max, .. } =
            self.limits;
        let (frame, rate, timing) = (council_frame_bytes_max as u64, self.limits.council_rate, &self.timing);
        let most = u64::from(u32::MAX);
        in_range("limits.council_frame_bytes_max", frame, 1 << 10, 16 << 20)?;
        in_range("limits.council_queue_frames_max", council_queue_frames_max as u64, 1, 1 << 20)?;
        in_range("limits.council_queue_bytes_max", council_queue_bytes_max as u64, frame, 1 << 30)?;
        in_range("limits.council_rate.per_s", rate.per_s.into(), 1, most)?;
        in_range("limits.council_rate.burst", rate.burst.into(), 1, most)?;
        in_range("limits.council_rate.bytes_per_s", rate.bytes_per_s.into(), 1, most)?;
        in_range("limits.council_rate.bytes_burst", rate.bytes_burst.into(), frame, most)?;
        in_range("timing.council_retry_ms", timing.council_retry_ms, 10, timing.council_retry_max_ms)?;
        in_range("timing.council_retry_max_ms", timing.council_retry_max_ms, 10, 600_000)?;
        in_range("timing.council_alive_ms", timing.council_alive_ms, 10, 60_000)?;
        in_range("timing.council_frame_ms", timing.council_frame_ms, 2 * timing.council_alive_ms, 600_000)
    }
}

fn in_range(setting: &'static str, got: u64, least: u64, most: u64) -> Result<(), NetworkError> {
    if (least..=most).contains(&got) { Ok(()) } else { Err(NetworkError::Setting { setting, got, least, most }) }
}

/// The limits of the network layer, in numbers and bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkLimits {
    /// The most connections that others opened.
    pub connections_in_max: u32,
    /// The most connections that this node opened.
    pub connections_out_max: u32,
    /// Inbound places that only favoured peers may take: coordinators, and peers that this node has work with.
    pub connections_in_kept: u32,
    /// Connections with one /24 of IPv4 or one /64 of IPv6; a /48 has twice as many at most.
    pub connections_per_subnet_max: u32,
    /// Whether connections of this machine itself are exempt from limits per address and subnet.
    pub loopback_is_exempt: bool,
    /// The most connections, whoever opened them.
    pub connections_max: u32,
    /// The most connections with one peer.
    pub connections_per_peer_max: u32,
    /// The most connections being set up, each way.
    pub connections_pending_max: u32,
    /// The number of peers below which known ones are dialled.
    pub peers_wanted: usize,
    /// The bytes of memory above which no new connection is made; 0 means four fifths of the machine's.
    pub process_memory_bytes_max: usize,
    /// The most streams on one connection.
    pub streams_per_connection_max: usize,
    /// The most bytes of one gossiped message.
    pub gossip_bytes_max: usize,
    /// The most gossiped messages that have been emitted and wait for a decision; the others wait in the queue.
    pub gossip_open_max: usize,
    /// Gossiped messages of one peer and topic that wait; further ones are dropped before gossipsub has seen them.
    pub gossip_held_per_peer_max: usize,
    /// Bytes of gossiped messages of one peer and topic that wait.
    pub gossip_held_bytes_per_peer_max: usize,
    /// The most bytes of one request.
    pub request_bytes_max: usize,
    /// The most bytes of one response.
    pub response_bytes_max: usize,
    /// Requests of others that wait for an answer, or whose answer is on its way; those above hear "busy".
    pub requests_in_max: usize,
    /// Requests of one peer that wait for an answer, or whose answer is on its way.
    pub requests_in_per_peer_max: usize,
    /// Bytes of all requests being read or waiting for an answer; half of them are kept for favoured peers.
    pub request_bytes_open_max: usize,
    /// Bytes of all responses on their way; askers that read slowly hold them. One peer has a sixteenth at most, and
    /// half of them are kept for favoured peers.
    pub response_bytes_open_max: usize,
    /// The most bytes of all answers to own requests that are being read or worked with. One peer has a sixteenth, and
    /// half of them are kept for favoured peers.
    pub answer_bytes_open_max: usize,
    /// The most own requests that wait for an answer.
    pub requests_out_max: usize,
    /// The most bytes of one blob.
    pub blob_bytes_max: u64,
    /// The most bytes of the question for a blob.
    pub blob_request_bytes_max: usize,
    /// Streams whose question for a blob is being read or decided; those above are reset.
    pub blob_questions_max: usize,
    /// The most blobs that are being served at once.
    pub blobs_served_max: usize,
    /// Of these, the places that only favoured peers may take: holders of live awards, and coordinators.
    pub blobs_served_kept: usize,
    /// The most blobs that are being served to one peer.
    pub blobs_served_per_peer_max: usize,
    /// The most kept places that one favoured peer may take.
    pub blobs_kept_per_peer_max: usize,
    /// The most blobs that are being fetched at once.
    pub blobs_fetched_max: usize,
    /// The most bytes of one frame that members of the committee say to each other.
    pub council_frame_bytes_max: usize,
    /// The most frames that wait to be said to one member; above that, the oldest large ones are dropped first.
    pub council_queue_frames_max: usize,
    /// The most bytes of frames that wait to be said to one member.
    pub council_queue_bytes_max: usize,
    /// The rate at which frames of one member are read; what comes faster waits with its sender.
    pub council_rate: Rate,
    /// The most events that wait to be read.
    pub events_max: usize,
    /// The rates at which one peer may gossip, by topic.
    pub gossip_rates: GossipRates,
    /// The rate at which one peer may send requests.
    pub request_rate: Rate,
    /// Bytes per second that a blob must move at least, on average over all of it, after the first seconds.
    pub blob_bytes_per_s_least: u64,
    /// The rate at which one peer may ask for blobs.
    pub blob_rate: Rate,
}

/// The part of the bytes of all answers, in or out, that one peer may have.
const ANSWERS_PART: usize = 16;

impl NetworkLimits {
    /// Shares in so many bytes of answers: one peer has room for one answer at least.
    pub(super) fn answers_quota(&self, bytes_max: usize) -> Quota<PeerId> {
        Quota::new(bytes_max, self.response_bytes_max.max(bytes_max / ANSWERS_PART))
    }
}

impl Default for NetworkLimits {
    fn default() -> Self {
        Self {
            connections_in_max: 256,
            connections_in_kept: 64,
            connections_per_subnet_max: 64,
            loopback_is_exempt: true,
            connections_out_max: 128,
            connections_max: 320,
            connections_per_peer_max: 4,
            connections_pending_max: 512,
            peers_wanted: 8,
            process_memory_bytes_max: 0,
            streams_per_connection_max: 128,
            gossip_bytes_max: limits::GOSSIP_BYTES_MAX,
            gossip_open_max: 2_048,
            gossip_held_per_peer_max: 256,
            gossip_held_bytes_per_peer_max: 1 << 20,
            request_bytes_max: limits::REQUEST_BYTES_MAX,
            response_bytes_max: limits::RESPONSE_BYTES_MAX,
            requests_in_max: 256,
            requests_in_per_peer_max: 8,
            request_bytes_open_max: 128 << 20,
            response_bytes_open_max: 128 << 20,
            answer_bytes_open_max: 128 << 20,
            requests_out_max: 256,
            blob_bytes_max: limits::RECIPE_BYTES_MAX,
            blob_request_bytes_max: 8 << 10,
            blob_questions_max: 128,
            blobs_served_max: 16,
            blobs_served_kept: 8,
            blobs_served_per_peer_max: 4,
            blobs_kept_per_peer_max: 2,
            blobs_fetched_max: 16,
            blob_bytes_per_s_least: 256 << 10,
            council_frame_bytes_max: limits::BLOCK_BYTES_MAX + (64 << 10),
            council_queue_frames_max: 1_024,
            council_queue_bytes_max: 4 << 20,
            council_rate: Rate { per_s: 1_000, burst: 4_000, bytes_per_s: 8 << 20, bytes_burst: 16 << 20 },
            events_max: 4_096,
            gossip_rates: GossipRates::default(),
            request_rate: Rate { per_s: 100, burst: 400, bytes_per_s: 16 << 20, bytes_burst: 64 << 20 },
            blob_rate: Rate { per_s: 10, burst: 40, bytes_per_s: 64 << 10, bytes_burst: 512 << 10 },
        }
    }
}

/// The rates at which one peer may gossip on each topic. All of a busy network may come through one honest peer,
/// so these are some times what the whole network says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GossipRates {
    /// The rate of batches of ops.
    pub ops: Rate,
    /// The rate of what the committee's members say to each other.
    pub votes: Rate,
    /// The rate of decided blocks with their certificates.
    pub blocks: Rate,
    /// The rate of provers' reports of progress.
    pub progress: Rate,
}

impl GossipRates {
    pub(super) fn of(&self, topic: Topic) -> Rate {
        match topic {
            Topic::Ops => self.ops,
            Topic::Votes => self.votes,
            Topic::Blocks => self.blocks,
            Topic::Progress => self.progress,
        }
    }
}

impl Default for GossipRates {
    fn default() -> Self {
        let small = Rate { per_s: 300, burst: 1_200, bytes_per_s: 256 << 10, bytes_burst: 1 << 20 };
        Self {
            ops: Rate { per_s: 500, burst: 2_000, bytes_per_s: 2 << 20, bytes_burst: 4 << 20 },
            votes: Rate { per_s: 500, burst: 2_000, bytes_per_s: 1 << 20, bytes_burst: 4 << 20 },
            blocks: Rate { per_s: 60, burst: 240, bytes_per_s: 8 << 20, bytes_burst: 32 << 20 },
            progress: small,
        }
    }
}

/// The timeouts and intervals of the network layer, in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timing {
    /// The time between two repairs of gossip's meshes.
    pub heartbeat_ms: u64,
    /// The time between two rounds of reading scores, lifting bans and giving searches up.
    pub upkeep_ms: u64,
    /// The time between two attempts to dial bootstrap nodes that are gone.
    pub redial_ms: u64,
    /// The time between two pings on a connection.
    pub ping_ms: u64,
    /// A connection without streams is closed after this.
    pub idle_connection_ms: u64,
    /// The time for which a stranger may be of no use before it makes room for the next, where strangers have all their
    /// places.
    pub idle_stranger_ms: u64,
    /// Finding and dialling a peer takes at most this.
    pub connect_ms: u64,
    /// A request is answered within this, or has failed.
    pub request_ms: u64,
    /// 64 KiB of a request or of its answer move within this, or the stream is cut.
    pub request_piece_ms: u64,
    /// A peer has asked its question for a blob within this, from the opening of the stream on.
    pub blob_question_ms: u64,
    /// The owner of a blob says yes or no within this.
    pub blob_decide_ms: u64,
    /// 64 KiB of a blob arrive within this, or the stream is cut.
    pub blob_piece_ms: u64,
    /// The first pause before a member of the committee is tried again; it doubles with each try.
    pub council_retry_ms: u64,
    /// The longest pause before a member is tried again.
    pub council_retry_max_ms: u64,
    /// A member to which nothing was said for this hears an empty frame.
    pub council_alive_ms: u64,
    /// A frame begins within this after the last one, is whole within this after it has begun, and 64 KiB of it leave
    /// within this; or the member's stream is cut.
    pub council_frame_ms: u64,
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
            idle_stranger_ms: 30_000,
            connect_ms: 10_000,
            request_ms: 20_000,
            request_piece_ms: 2_000,
            blob_question_ms: 2_000,
            blob_decide_ms: 10_000,
            blob_piece_ms: 15_000,
            council_retry_ms: 500,
            council_retry_max_ms: 5_000,
            council_alive_ms: 2_000,
            council_frame_ms: 10_000,
            ban_ms: 300_000,
        }
    }
}

/// The duration of a setting in milliseconds.
pub(super) const fn ms(value: u64) -> Duration {
    Duration::from_millis(value)
}
