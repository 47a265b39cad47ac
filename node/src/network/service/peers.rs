//! Peers in the loop: who is here, who is looked for, who is sent away.

use super::Service;
use crate::network::{
    config::ms,
    error::ConnectError,
    event::Event,
    identity::account_of,
    peer_info::PeerInfo,
    peer_lookup::{Next, Waiter},
    peer_score::{BAN_SCORE, Offence},
};
use dpgn_protocol::ids::AccountId;
use libp2p::{
    Multiaddr, PeerId,
    core::ConnectedPoint,
    identify, kad,
    multiaddr::Protocol,
    swarm::{ConnectionId, DialError, dial_opts::DialOpts},
};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Addresses kept of one peer.
const ADDRESSES_MAX: usize = 8;
/// Characters kept of what a peer calls its program.
const AGENT_CHARS_MAX: usize = 64;
/// Known peers dialled at once when there are too few.
const REDIALS_MAX: usize = 4;

/// The facts that the loop remembers of a connected peer.
pub(super) struct Peer {
    account: AccountId,
    address: Multiaddr,
    outbound: bool,
    agent: String,
    pub(super) rtt: Option<Duration>,
    since: Instant,
}

/// A node to be dialled whenever it is gone.
pub(super) struct Bootstrap {
    address: Multiaddr,
    peer: Option<PeerId>,
    dialling: Option<ConnectionId>,
    /// Whether the address has turned out to be this node's own.
    own: bool,
}

impl Bootstrap {
    pub(super) fn new(address: Multiaddr) -> Self {
        Self { peer: peer_in(&address), address, dialling: None, own: false }
    }
}

impl Service {
    pub(super) fn peer_infos(&self) -> Vec<PeerInfo> {
        let (gate, now) = (&self.swarm.behaviour().gossip, Instant::now());
        let info = |(id, peer): (&PeerId, &Peer)| PeerInfo {
            account: peer.account,
            address: peer.address.clone(),
            outbound: peer.outbound,
            agent: peer.agent.clone(),
            rtt: peer.rtt,
            connected_for: now.saturating_duration_since(peer.since),
            score: gate.gossip.peer_score(id).unwrap_or(0.0).min(self.scores.sum(id, now)),
        };
        self.peers.iter().map(info).collect()
    }

    pub(super) fn on_connected(&mut self, id: PeerId, connection: ConnectionId, at: ConnectedPoint, first: bool) {
        self.ends.counters.connections.one();
        let Ok(account) = account_of(&id) else {
            self.swarm.disconnect_peer_id(id).ok();
            return;
        };
        if let Some(reply) = self.dials.remove(&connection) {
            reply.send(Ok(account)).ok();
        }
        for known in self.bootstrap.iter_mut().filter(|known| known.dialling == Some(connection)) {
            known.dialling = None;
            known.peer = Some(id);
        }
        self.end_search(&id, Ok(()));
        self.council.connected(&id);
        if !first {
            return;
        }
        let address = at.get_remote_address().clone();
        let peer = Peer {
            account,
            address: address.clone(),
            outbound: at.is_dialer(),
            agent: String::new(),
            rtt: None,
            since: Instant::now(),
        };
        self.peers.insert(id, peer);
        self.weigh(id, Instant::now());
        tracing::debug!(peer = %account, %address, "connected");
        self.tell(Event::PeerConnected { peer: account, address });
    }

    pub(super) fn on_disconnected(&mut self, id: PeerId) {
        if let Some(peer) = self.peers.remove(&id) {
            tracing::debug!(peer = %peer.account, "disconnected");
            self.tell(Event::PeerDisconnected { peer: peer.account });
        }
    }

    pub(super) fn dial(&mut self, address: Multiaddr, reply: oneshot::Sender<Result<AccountId, ConnectError>>) {
        if let Some(peer) = peer_in(&address).filter(|peer| self.swarm.is_connected(peer)) {
            reply.send(account_of(&peer).map_err(|_| ConnectError::NoPeer)).ok();
            return;
        }
        let dial = DialOpts::from(address);
        let connection = dial.connection_id();
        match self.swarm.dial(dial) {
            Ok(()) => {
                self.dials.insert(connection, reply);
            }
            Err(error) => {
                reply.send(Err(connect_error(&error))).ok();
            }
        }
    }

    pub(super) fn seek(&mut self, peer: PeerId, waiter: Waiter) {
        if self.swarm.is_connected(&peer) {
            waiter.send(Ok(())).ok();
        } else if self.scores.is_banned(&peer) {
            waiter.send(Err(ConnectError::Banned)).ok();
        } else {
            let deadline = Instant::now() + ms(self.config.timing.connect_ms);
            if self.lookup.want(peer, waiter, deadline) == Next::Dial {
                self.dial_known(peer);
            }
        }
    }

    fn dial_known(&mut self, peer: PeerId) {
        match self.swarm.dial(DialOpts::peer_id(peer).build()) {
            Ok(()) | Err(DialError::DialPeerConditionFalse(_)) => {}
            Err(error) => self.on_unreached(peer, &error),
        }
    }

    /// The addresses at hand don't do: asks the network once, then gives up.
    fn on_unreached(&mut self, peer: PeerId, error: &DialError) {
        if self.lookup.may_ask(&peer) {
            let query = self.swarm.behaviour_mut().kad.get_closest_peers(peer);
            self.lookup.asked(&peer, query);
        } else if !self.lookup.is_asking(&peer) {
            self.end_search(&peer, Err(connect_error(error)));
        }
    }

    pub(super) fn on_lookup_done(&mut self, query: kad::QueryId, result: kad::GetClosestPeersResult) {
        let Some(peer) = self.lookup.answered(query) else { return };
        let found = match result {
            Ok(found) => found.peers,
            Err(kad::GetClosestPeersError::Timeout { peers, .. }) => peers,
        };
        let addresses: Vec<Multiaddr> =
            found.into_iter().filter(|info| info.peer_id == peer).flat_map(|info| info.addrs).collect();
        if addresses.is_empty() {
            return self.end_search(&peer, Err(ConnectError::NotFound));
        }
        match self.swarm.dial(DialOpts::peer_id(peer).addresses(addresses).build()) {
            Ok(()) | Err(DialError::DialPeerConditionFalse(_)) => {}
            Err(error) => self.end_search(&peer, Err(connect_error(&error))),
        }
    }

    pub(super) fn on_dial_failed(&mut self, connection: ConnectionId, peer: Option<PeerId>, error: &DialError) {
        tracing::debug!(?peer, %error, "a dial has failed");
        if let Some(reply) = self.dials.remove(&connection) {
            reply.send(Err(connect_error(error))).ok();
        }
        for known in self.bootstrap.iter_mut().filter(|known| known.dialling == Some(connection)) {
            known.dialling = None;
            known.own = matches!(error, DialError::LocalPeerId { .. });
        }
        if let Some(peer) = peer.filter(|peer| !self.swarm.is_connected(peer)) {
            self.on_unreached(peer, error);
        }
    }

    pub(super) fn end_search(&mut self, peer: &PeerId, result: Result<(), ConnectError>) {
        let query = self.lookup.end(peer, result);
        if let Some(mut query) = query.and_then(|id| self.swarm.behaviour_mut().kad.query_mut(&id)) {
            query.finish();
        }
    }

    pub(super) fn on_identify(&mut self, event: identify::Event) {
        let identify::Event::Received { peer_id, info, .. } = event else { return };
        if info.protocol_version != self.names.root {
            tracing::debug!(peer = %peer_id, theirs = %info.protocol_version, "a peer of another network");
            self.ends.counters.strangers.one();
            return self.ban(peer_id, Instant::now());
        }
        let Some(peer) = self.peers.get_mut(&peer_id) else { return };
        peer.agent = info.agent_version.chars().filter(|c| !c.is_control()).take(AGENT_CHARS_MAX).collect();
        let reach = Reach::of(&peer.address);
        // The address that was dialled is known to work. A name says nothing of how far away it is, so if its addresses are a
        // site's own, nothing else that the peer announces is taken.
        let dialled = peer.outbound.then(|| usable(peer.address.clone(), peer_id, Reach::Machine)).flatten();
        let kad = &mut self.swarm.behaviour_mut().kad;
        if !kad.protocol_names().iter().any(|name| info.protocols.contains(name)) {
            kad.remove_peer(&peer_id);
            return;
        }
        let announced = info.listen_addrs.into_iter().filter_map(|address| usable(address, peer_id, reach));
        for address in dialled.into_iter().chain(announced).take(ADDRESSES_MAX) {
            kad.add_address(&peer_id, address);
        }
    }

    pub(super) fn on_discovered(&mut self, found: Vec<(PeerId, Multiaddr)>) {
        for (peer, address) in found {
            if self.chosen() < self.config.limits.peers_wanted && !self.scores.is_banned(&peer) {
                self.swarm.dial(DialOpts::peer_id(peer).addresses(vec![address]).build()).ok();
            }
        }
    }

    /// Dials the bootstrap nodes that are gone and, where there are too few peers, some that were known.
    pub(super) fn redial(&mut self) {
        for known in &mut self.bootstrap {
            let here = known.peer.is_some_and(|peer| self.swarm.is_connected(&peer));
            if here || known.own || known.dialling.is_some() {
                continue;
            }
            let dial = DialOpts::from(known.address.clone());
            let connection = dial.connection_id();
            match self.swarm.dial(dial) {
                Ok(()) => known.dialling = Some(connection),
                Err(DialError::LocalPeerId { .. }) => known.own = true,
                Err(error) => tracing::debug!(address = %known.address, %error, "a bootstrap node is not dialled"),
            }
        }
        if self.chosen() >= self.config.limits.peers_wanted {
            return;
        }
        let buckets = self.swarm.behaviour_mut().kad.kbuckets();
        let mut gone: Vec<PeerId> = buckets
            .flat_map(|bucket| bucket.iter().map(|entry| *entry.node.key.preimage()).collect::<Vec<_>>())
            .filter(|peer| !self.peers.contains_key(peer) && !self.scores.is_banned(peer))
            .collect();
        if !gone.is_empty() {
            // In turns, so that a few unreachable ones don't hide the others.
            let start = self.redial_round % gone.len();
            gone.rotate_left(start);
            self.redial_round = self.redial_round.wrapping_add(REDIALS_MAX);
        }
        for peer in gone.into_iter().take(REDIALS_MAX) {
            self.swarm.dial(DialOpts::peer_id(peer).build()).ok();
        }
    }

    /// The number of peers that this node has dialled. Those that came on their own do not count: eight of one owner
    /// would keep it from ever dialling anybody else.
    fn chosen(&self) -> usize {
        self.peers.values().filter(|peer| peer.outbound).count()
    }

    /// Counts an offence, at once.
    pub(super) fn offence(&mut self, peer: PeerId, offence: Offence) {
        let now = Instant::now();
        let points = self.scores.count(peer, offence, now);
        tracing::debug!(%peer, ?offence, points, "a offence");
        self.weigh(peer, now);
    }

    /// Bans a peer whose score, gossip's and ours together, is too low.
    pub(super) fn weigh(&mut self, peer: PeerId, now: Instant) {
        if self.scores.is_banned(&peer) {
            return;
        }
        let points = self.scores.guilt(&peer, now);
        let gossip = &mut self.swarm.behaviour_mut().gossip.gossip;
        let score = if gossip.set_application_score(&peer, points) { gossip.peer_score(&peer) } else { None };
        if score.unwrap_or(points) <= BAN_SCORE {
            tracing::info!(%peer, score, "banned");
            self.ends.counters.bans.one();
            self.ban(peer, now);
        }
    }

    fn ban(&mut self, peer: PeerId, now: Instant) {
        let freed = self.scores.ban(peer, now, ms(self.config.timing.ban_ms));
        let behaviour = self.swarm.behaviour_mut();
        if let Some(freed) = freed {
            behaviour.banned.unblock_peer(freed);
        }
        behaviour.banned.block_peer(peer);
        behaviour.kad.remove_peer(&peer);
    }
}

/// The peer that an address ends with.
fn peer_in(address: &Multiaddr) -> Option<PeerId> {
    match address.iter().last() {
        Some(Protocol::P2p(peer)) => Some(peer),
        _ => None,
    }
}

fn connect_error(error: &DialError) -> ConnectError {
    match error {
        DialError::LocalPeerId { .. } => ConnectError::Itself,
        DialError::NoAddresses => ConnectError::NotFound,
        error => ConnectError::Unreachable { reason: error.to_string() },
    }
}

/// The distance of an address. A peer may announce addresses as far away as itself, or farther.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Nowhere,
    Machine,
    Site,
    World,
}

impl Reach {
    fn of(address: &Multiaddr) -> Self {
        match address.iter().next() {
            Some(Protocol::Ip4(ip)) if ip.is_unspecified() || ip.is_multicast() || ip.is_broadcast() => Self::Nowhere,
            Some(Protocol::Ip4(ip)) if ip.is_loopback() => Self::Machine,
            Some(Protocol::Ip4(ip)) if ip.is_private() || ip.is_link_local() => Self::Site,
            Some(Protocol::Ip6(ip)) if ip.is_unspecified() || ip.is_multicast() => Self::Nowhere,
            Some(Protocol::Ip6(ip)) if ip.is_loopback() => Self::Machine,
            Some(Protocol::Ip6(ip)) if ip.is_unique_local() || ip.is_unicast_link_local() => Self::Site,
            Some(Protocol::Ip4(_) | Protocol::Ip6(_) | Protocol::Dns(_) | Protocol::Dns4(_) | Protocol::Dns6(_)) => {
                Self::World
            }
            _ => Self::Nowhere,
        }
    }
}

/// An announced address as it may be dialled; none if it can't be that peer's as seen from here.
fn usable(mut address: Multiaddr, peer: PeerId, reach: Reach) -> Option<Multiaddr> {
    let near = Reach::of(&address);
    if near == Reach::Nowhere || near < reach || address.iter().any(|part| part == Protocol::P2pCircuit) {
        return None;
    }
    if let Some(named) = peer_in(&address) {
        if named != peer {
            return None;
        }
        address.pop();
    }
    Some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(address: &str, reach: Reach) -> Option<String> {
        let peer = PeerId::random();
        usable(address.replace("SELF", &peer.to_string()).parse().unwrap(), peer, reach).map(|kept| kept.to_string())
    }

    #[test]
    fn announced_addresses_are_as_far_away_as_their_peer() {
        let local = "/ip4/127.0.0.1/tcp/4001";
        assert_eq!(kept(local, Reach::Machine).as_deref(), Some(local));
        assert_eq!(kept(local, Reach::Site), None);
        assert_eq!(kept("/ip4/10.0.0.7/tcp/4001", Reach::World), None);
        assert!(kept("/ip4/10.0.0.7/udp/4001/quic-v1", Reach::Site).is_some());
        assert!(kept("/dns4/node.example/tcp/4001", Reach::World).is_some());
        assert_eq!(kept("/ip4/0.0.0.0/tcp/4001", Reach::Machine), None);
        assert_eq!(kept("/ip6/ff02::1/tcp/4001", Reach::Machine), None);
        assert_eq!(kept("/unix/%2Ftmp%2Fsocket", Reach::Machine), None);
    }

    #[test]
    fn announced_addresses_name_their_own_peer_or_none() {
        let named = kept("/ip4/1.2.3.4/tcp/4001/p2p/SELF", Reach::World);
        assert_eq!(named.as_deref(), Some("/ip4/1.2.3.4/tcp/4001"));
        assert_eq!(kept(&format!("/ip4/1.2.3.4/tcp/4001/p2p/{}", PeerId::random()), Reach::World), None);
    }
}
