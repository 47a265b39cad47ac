//! The protocols a node speaks, each with its limits, composed into one behaviour.

use super::{
    codec::{Codec, FrameLimits},
    config::{NetworkConfig, ms},
    connection_limit,
    error::NetworkError,
    gate,
    gossip::{self, Topics},
    metrics::Counters,
    names::Names,
    quota::{Favoured, Quota},
    requests, streams,
};
use libp2p::{
    PeerId, StreamProtocol,
    allow_block_list::{self, BlockedPeers},
    connection_limits::{self, ConnectionLimits},
    identify,
    identity::Keypair,
    kad::{self, store::MemoryStore},
    mdns, memory_connection_limits, ping,
    request_response::{self, ProtocolSupport},
    swarm::{NetworkBehaviour, behaviour::toggle::Toggle},
};
use std::{sync::Arc, time::Duration};

/// The part of the machine's memory above which no connection is made, unless a number is set.
const MEMORY_PART_MAX: f64 = 0.8;
/// A search in the routing tables of others takes at most this.
const LOOKUP_MAX: Duration = Duration::from_secs(10);
/// The time after which neighbours in the routing table are refreshed.
const REFRESH: Duration = Duration::from_secs(120);

/// The protocols that a node speaks. The first four only say no; `places` is the last of them, since it closes one
/// connection to make room for the next: for one that another refuses, nobody must go.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    pub(super) connection_limits: connection_limits::Behaviour,
    pub(super) memory_limits: memory_connection_limits::Behaviour,
    pub(super) banned: allow_block_list::Behaviour<BlockedPeers>,
    pub(super) places: connection_limit::Behaviour,
    pub(super) identify: identify::Behaviour,
    pub(super) ping: ping::Behaviour,
    pub(super) kad: kad::Behaviour<MemoryStore>,
    pub(super) mdns: Toggle<mdns::tokio::Behaviour>,
    pub(super) gossip: gate::Behaviour,
    pub(super) requests: requests::Behaviour,
    pub(super) streams: streams::Behaviour,
    pub(super) council: streams::Behaviour,
}

impl Behaviour {
    pub(super) fn new(
        key: &Keypair,
        names: &Names,
        config: &NetworkConfig,
        counters: Arc<Counters>,
        favoured: Favoured,
    ) -> Result<Self, NetworkError> {
        let (limits, timing) = (&config.limits, &config.timing);
        let peer = key.public().to_peer_id();
        let connections = ConnectionLimits::default()
            .with_max_pending_incoming(Some(limits.connections_pending_max))
            .with_max_pending_outgoing(Some(limits.connections_pending_max))
            .with_max_established_incoming(Some(limits.connections_in_max))
            .with_max_established_outgoing(Some(limits.connections_out_max))
            .with_max_established(Some(limits.connections_max))
            .with_max_established_per_peer(Some(limits.connections_per_peer_max));
        let memory_limits = match limits.process_memory_bytes_max {
            0 => memory_connection_limits::Behaviour::with_max_percentage(MEMORY_PART_MAX),
            bytes => memory_connection_limits::Behaviour::with_max_bytes(bytes),
        };
        let identify = identify::Config::new(names.root.clone(), key.public())
            .with_agent_version(concat!("dpgn/", env!("CARGO_PKG_VERSION")).to_owned())
            .with_push_listen_addr_updates(true);
        let mdns = if config.mdns {
            Some(mdns::tokio::Behaviour::new(mdns::Config::default(), peer).map_err(NetworkError::Mdns)?)
        } else {
            None
        };
        let gossip = gossip::behaviour(names, limits, timing)
            .map_err(|reason| NetworkError::Refused { what: "the gossip settings", reason })?;
        let request = protocol(names.request())?;
        Ok(Self {
            connection_limits: connection_limits::Behaviour::new(connections),
            memory_limits,
            banned: allow_block_list::Behaviour::default(),
            places: connection_limit::Behaviour::new(limits, timing),
            identify: identify::Behaviour::new(identify),
            ping: ping::Behaviour::new(ping::Config::new().with_interval(ms(timing.ping_ms))),
            kad: kad(peer, protocol(names.kad())?, config.kad_server),
            mdns: mdns.into(),
            gossip: gate::Behaviour::new(gossip, Topics::new(names), limits, counters),
            requests: requests(request, config, favoured),
            streams: streams::Behaviour::new(protocol(names.blob())?),
            council: streams::Behaviour::new(protocol(names.council())?),
        })
    }
}

/// Requests within their limits. What a peer may have open at once, it may have read at once.
fn requests(protocol: StreamProtocol, config: &NetworkConfig, favoured: Favoured) -> requests::Behaviour {
    let (limits, timing) = (&config.limits, &config.timing);
    let share_max = limits.request_bytes_max.saturating_mul(limits.requests_in_per_peer_max);
    let frames = FrameLimits {
        request_bytes_max: limits.request_bytes_max,
        response_bytes_max: limits.response_bytes_max,
        piece_max: ms(timing.request_piece_ms),
    };
    let settings = request_response::Config::default()
        .with_request_timeout(ms(timing.request_ms))
        .with_max_concurrent_streams(limits.streams_per_connection_max / 2);
    let asked = Quota::new(limits.request_bytes_open_max, share_max);
    requests::Behaviour::new(asked, limits.answers_quota(limits.answer_bytes_open_max), favoured, |next| {
        let protocols = [(protocol, ProtocolSupport::Full)];
        request_response::Behaviour::with_codec(Codec::new(frames, next), protocols, settings)
    })
}

/// Routing only: no records are kept for anybody, and only identified peers enter the table.
fn kad(peer: PeerId, protocol: StreamProtocol, server: bool) -> kad::Behaviour<MemoryStore> {
    let mut config = kad::Config::new(protocol);
    config
        .set_record_filtering(kad::StoreInserts::FilterBoth)
        .set_replication_interval(None)
        .set_publication_interval(None)
        .set_provider_publication_interval(None)
        .set_caching(kad::Caching::Disabled)
        .set_kbucket_inserts(kad::BucketInserts::Manual)
        .set_query_timeout(LOOKUP_MAX)
        .set_periodic_bootstrap_interval(Some(REFRESH));
    let mut kad = kad::Behaviour::with_config(peer, MemoryStore::new(peer), config);
    kad.set_mode(server.then_some(kad::Mode::Server));
    kad
}

fn protocol(name: Option<StreamProtocol>) -> Result<StreamProtocol, NetworkError> {
    name.ok_or_else(|| NetworkError::Refused {
        what: "a protocol's name",
        reason: "it must start with a slash".to_owned(),
    })
}
