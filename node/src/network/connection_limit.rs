//! Connection limits: how often one address may connect, how many connections one subnet may have or be setting up,
//! and how many inbound places strangers may take.
//!
//! A handshake costs more to answer than to begin, addresses of one /24 (or /64, or /48) cost their owner next to
//! nothing, and a full house must still have room for the committee and for those this node has work with. Where strangers
//! have all their places, one that has been of no use for a while, or is of a larger crowd, makes room for the next.
//! Nobody is banned here: who finds no place may come again.

use super::{
    config::{NetworkLimits, Timing, ms},
    limiter::{Limiter, Rate},
    subnet::{crowd, site, subnet},
};
use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    multiaddr::Protocol,
    swarm::{
        CloseConnection, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
        THandlerOutEvent, ToSwarm, dummy,
    },
};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    convert::Infallible,
    net::IpAddr,
    task::{Context, Poll},
    time::{Duration, Instant},
};

/// Connections that one address may open; only their number counts.
const RATE: Rate = Rate { per_s: 5, burst: 60, bytes_per_s: 0, bytes_burst: 0 };

/// Inbound connections that one subnet may be setting up at once: one in 64 of all, so that who begins handshakes
/// and says nothing more needs many subnets to keep others out.
const PENDING_PER_SUBNET_MAX: usize = 8;

/// Why a connection is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum NoPlace {
    /// The address has connected too often in the last seconds.
    #[error("{0} connects too often")]
    TooOften(IpAddr),
    /// The subnet is setting up all the connections it may at once.
    #[error("the subnet of {subnet} is setting up {pending} connections; at most {limit} are allowed")]
    Pending { subnet: IpAddr, pending: usize, limit: usize },
    /// The subnet has all the connections it may have.
    #[error("the subnet of {subnet} has {open} connections; at most {limit} are allowed")]
    Subnet { subnet: IpAddr, open: usize, limit: usize },
    /// The places that are left are kept for others.
    #[error("strangers have {open} inbound connections; at most {limit} are allowed")]
    Kept { open: usize, limit: usize },
}

/// The place of an open connection.
struct Place {
    peer: PeerId,
    subnet: Option<IpAddr>,
    inbound: bool,
    came: Instant,
    /// The time at which its peer was last of use; absent if it never was.
    used: Option<Instant>,
    /// Whether the connection makes room for a newcomer, and counts no more.
    is_closing: bool,
}

/// Denies connections that would take more than their share.
pub(super) struct Behaviour {
    limiter: Limiter<IpAddr>,
    open: HashMap<ConnectionId, Place>,
    /// The subnets of inbound connections that are being set up.
    pending: HashMap<ConnectionId, IpAddr>,
    /// Connections that the swarm has yet to close.
    closing: VecDeque<(PeerId, ConnectionId)>,
    favoured: HashSet<PeerId>,
    per_subnet_max: usize,
    strangers_in_max: usize,
    /// A stranger that has been of no use for so long may have to make room.
    idle_max: Duration,
    loopback_is_exempt: bool,
}

impl Behaviour {
    pub(super) fn new(limits: &NetworkLimits, timing: &Timing) -> Self {
        Self {
            limiter: Limiter::new(RATE),
            open: HashMap::new(),
            pending: HashMap::new(),
            closing: VecDeque::new(),
            favoured: HashSet::new(),
            per_subnet_max: limits.connections_per_subnet_max as usize,
            strangers_in_max: limits.connections_in_max.saturating_sub(limits.connections_in_kept) as usize,
            idle_max: ms(timing.idle_stranger_ms),
            loopback_is_exempt: limits.loopback_is_exempt,
        }
    }

    /// Places are kept for these peers.
    pub(super) fn favour(&mut self, peers: HashSet<PeerId>) {
        self.favoured = peers;
    }

    /// A peer was of use just now.
    pub(super) fn used(&mut self, peer: &PeerId, now: Instant) {
        for place in self.open.values_mut().filter(|place| place.peer == *peer) {
            place.used = Some(now);
        }
    }

    fn address(&self, address: &Multiaddr) -> Option<IpAddr> {
        let ip = match address.iter().next() {
            Some(Protocol::Ip4(ip)) => IpAddr::from(ip),
            Some(Protocol::Ip6(ip)) => IpAddr::from(ip).to_canonical(),
            _ => return None,
        };
        (!ip.is_loopback() || !self.loopback_is_exempt).then_some(ip)
    }

    fn knock(&mut self, connection: ConnectionId, remote: &Multiaddr, now: Instant) -> Result<(), NoPlace> {
        let Some(ip) = self.address(remote) else { return Ok(()) };
        let subnet = subnet(ip);
        if let Some((subnet, pending, limit)) = crowd(subnet, self.pending.values(), PENDING_PER_SUBNET_MAX) {
            return Err(NoPlace::Pending { subnet, pending, limit });
        }
        // Whoever has one address of a /64 has all of them.
        let address = if ip.is_ipv6() { subnet } else { ip };
        if !self.limiter.allow(address, 0, now) {
            return Err(NoPlace::TooOften(address));
        }
        self.pending.insert(connection, subnet);
        Ok(())
    }

    /// Whether a peer that has proven its key may have one more inbound connection.
    fn admit(&mut self, peer: &PeerId, remote: &Multiaddr, now: Instant) -> Result<(), NoPlace> {
        if self.favoured.contains(peer) {
            return Ok(());
        }
        let newcomer = self.address(remote).map(subnet);
        if let Some(subnet) = newcomer {
            let open = self.open.values().filter_map(|place| place.subnet.as_ref());
            if let Some((subnet, open, limit)) = crowd(subnet, open, self.per_subnet_max) {
                return Err(NoPlace::Subnet { subnet, open, limit });
            }
        }
        let (open, limit) = (self.strangers().count(), self.strangers_in_max);
        if open >= limit && !self.make_room(newcomer, now) { Err(NoPlace::Kept { open, limit }) } else { Ok(()) }
    }

    /// Inbound connections of peers that are not favoured.
    fn strangers(&self) -> impl Iterator<Item = (&ConnectionId, &Place)> {
        let is_stranger = |place: &Place| place.inbound && !place.is_closing && !self.favoured.contains(&place.peer);
        self.open.iter().filter(move |(_, place)| is_stranger(place))
    }

    /// Closes the connection of a stranger to make room for a newcomer of a site, if there is one that may be closed:
    /// of the site that has most of them, the longest idle. It has been of no use for a while; or of none yet, and its
    /// site has at least two more than the newcomer's.
    fn make_room(&mut self, newcomer: Option<IpAddr>, now: Instant) -> bool {
        let mut crowds: HashMap<Option<IpAddr>, usize> = HashMap::new();
        for (_, place) in self.strangers() {
            *crowds.entry(place.subnet.map(site)).or_default() += 1;
        }
        let crowd = |site: Option<IpAddr>| crowds.get(&site).copied().unwrap_or(0);
        let idle_for = |place: &Place| now.saturating_duration_since(place.used.unwrap_or(place.came));
        let fair = crowd(newcomer.map(site)) + 2;
        let is_of_crowd = |place: &Place| place.used.is_none() && crowd(place.subnet.map(site)) >= fair;
        let may_go = |place: &Place| idle_for(place) >= self.idle_max || is_of_crowd(place);
        let closable = self.strangers().filter(|(_, place)| may_go(place));
        let last = closable.max_by_key(|(_, place)| (crowd(place.subnet.map(site)), idle_for(place)));
        let Some(id) = last.map(|(id, _)| *id) else { return false };
        if let Some(place) = self.open.get_mut(&id) {
            place.is_closing = true;
            self.closing.push_back((place.peer, id));
        }
        true
    }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.knock(connection, remote, Instant::now()).map_err(ConnectionDenied::new)
    }

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.admit(&peer, remote, Instant::now()).map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(made) => {
                let (peer, inbound) = (made.peer_id, made.endpoint.is_listener());
                let subnet = self.address(made.endpoint.get_remote_address()).map(subnet);
                self.pending.remove(&made.connection_id);
                let place = Place { peer, subnet, inbound, came: Instant::now(), used: None, is_closing: false };
                self.open.insert(made.connection_id, place);
            }
            FromSwarm::ConnectionClosed(closed) => {
                self.open.remove(&closed.connection_id);
            }
            FromSwarm::ListenFailure(failed) => {
                self.pending.remove(&failed.connection_id);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Infallible, THandlerInEvent<Self>>> {
        let close = |(peer_id, id)| ToSwarm::CloseConnection { peer_id, connection: CloseConnection::One(id) };
        self.closing.pop_front().map_or(Poll::Pending, |closing| Poll::Ready(close(closing)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn limits() -> NetworkLimits {
        NetworkLimits {
            connections_in_max: 40,
            connections_in_kept: 8,
            connections_per_subnet_max: 20,
            ..NetworkLimits::default()
        }
    }

    fn far(n: usize) -> Multiaddr {
        format!("/ip4/1.2.3.{n}/tcp/4001").parse().unwrap()
    }

    /// So many strangers from an address each connect; how many of them find a place.
    fn strangers(places: &mut Behaviour, addresses: impl Iterator<Item = Multiaddr>) -> usize {
        let (mut admitted, now) = (0, Instant::now());
        for (n, address) in addresses.enumerate() {
            let peer = PeerId::random();
            if places.admit(&peer, &address, now).is_ok() {
                admitted += 1;
                let subnet = places.address(&address).map(subnet);
                let connection = ConnectionId::new_unchecked(places.open.len() * 1_000 + n);
                places.open.insert(
                    connection,
                    Place { peer, subnet, inbound: true, came: now, used: None, is_closing: false },
                );
            }
        }
        admitted
    }

    #[test]
    fn one_address_is_let_in_so_often_and_loopback_always() {
        let (mut places, now) = (Behaviour::new(&limits(), &Timing::default()), Instant::now());
        let other: Multiaddr = "/ip6/2001:db8::1/udp/4001/quic-v1".parse().unwrap();
        let near: Multiaddr = "/ip4/127.0.0.1/tcp/4001".parse().unwrap();
        // Each handshake ends at once.
        let mut knock = |address: &Multiaddr, now| {
            let connection = ConnectionId::new_unchecked(1);
            let let_in = places.knock(connection, address, now).is_ok();
            places.pending.remove(&connection);
            let_in
        };
        assert_eq!((0..100).filter(|_| knock(&far(4), now)).count(), 60);
        assert_eq!((0..100).filter(|_| knock(&near, now)).count(), 100);
        assert!(knock(&other, now));
        assert_eq!((0..100).filter(|_| knock(&far(4), now + Duration::from_secs(1))).count(), 5);
    }

    /// Five addresses of one subnet begin handshakes as fast as they may, and say nothing more: they held all
    /// places of connections being set up.
    #[test]
    fn handshakes_that_never_end_leave_places_for_other_subnets() {
        let (mut places, now) = (Behaviour::new(&limits(), &Timing::default()), Instant::now());
        let pending_max = NetworkLimits::default().connections_pending_max as usize;
        let held = (0..300).filter(|n| places.knock(ConnectionId::new_unchecked(*n), &far(n % 5), now).is_ok());
        let held = held.count();
        let honest: Multiaddr = "/ip4/9.8.7.6/tcp/4001".parse().unwrap();
        println!("five silent addresses of one subnet hold {held} of {pending_max} places for handshakes");
        assert!(held <= pending_max / 64, "{held}");
        assert!(places.knock(ConnectionId::new_unchecked(1_000), &honest, now).is_ok());
        // A handshake that failed has given its place back.
        places.pending.remove(&ConnectionId::new_unchecked(0));
        assert!(places.knock(ConnectionId::new_unchecked(1_001), &far(7), now).is_ok());
    }

    #[test]
    fn a_subnet_takes_its_share_and_no_more() {
        let mut places = Behaviour::new(&limits(), &Timing::default());
        let admitted = strangers(&mut places, (0..200).map(far));
        println!("of 200 strangers in one /24, {admitted} have a place");
        assert_eq!(admitted, 20);
        let v6 = |n: usize| format!("/ip6/2001:db8:1:2::{n:x}/tcp/4001").parse().unwrap();
        assert_eq!(strangers(&mut places, (0..200).map(v6)), 16, "another subnet gets as much in the end");
    }

    /// One rented /48 has 65,536 subnets of a /64: each had a share of its own.
    #[test]
    fn a_site_of_many_subnets_takes_two_shares_and_no_more() {
        let (mut places, now) = (Behaviour::new(&NetworkLimits::default(), &Timing::default()), Instant::now());
        let of_site = |n: usize| format!("/ip6/2001:db8:1:{n:x}::1/tcp/4001").parse::<Multiaddr>().unwrap();
        let knocks = (0..1_000).filter(|n| places.knock(ConnectionId::new_unchecked(*n), &of_site(*n), now).is_ok());
        let (pending, admitted) = (knocks.count(), strangers(&mut places, (0..1_000).map(of_site)));
        println!("1,000 subnets of one /48: {pending} of 512 places for handshakes, {admitted} of 192 connections");
        assert_eq!((pending, admitted), (16, 128));
        let honest: Multiaddr = "/ip6/2001:db8:2:1::1/tcp/4001".parse().unwrap();
        assert!(places.knock(ConnectionId::new_unchecked(1_000), &honest, now).is_ok());
        assert_eq!(places.admit(&PeerId::random(), &honest, now), Ok(()));
    }

    #[test]
    fn strangers_leave_the_kept_places() {
        let mut places = Behaviour::new(&limits(), &Timing::default());
        let far = |n: usize| format!("/ip4/1.{}.{}.9/tcp/4001", n / 200, n % 200).parse::<Multiaddr>().unwrap();
        let admitted = strangers(&mut places, (0..1_000).map(far));
        assert_eq!(admitted, 32);
        let (member, stranger) = (PeerId::random(), PeerId::random());
        places.favour(HashSet::from([member]));
        let now = Instant::now();
        assert_eq!(places.admit(&stranger, &far(7), now), Err(NoPlace::Kept { open: 32, limit: 32 }));
        assert_eq!(places.admit(&member, &far(7), now), Ok(()));
        println!("1,000 strangers take {admitted} of 40 inbound places; a coordinator still finds one");
    }

    /// A crowd of one subnet and many single strangers have all places, and do nothing, or ask now and then so as not
    /// to look idle: nobody else came in. Now one of the crowd goes for each newcomer, and who is of use stays.
    #[test]
    fn idle_strangers_make_room_for_newcomers() {
        let mut places = Behaviour::new(&limits(), &Timing::default());
        let single = |n: usize| format!("/ip4/1.{n}.1.9/tcp/4001").parse::<Multiaddr>().unwrap();
        assert_eq!(strangers(&mut places, (0..20).map(far)) + strangers(&mut places, (100..112).map(single)), 32);
        let (start, idle) = (Instant::now(), Duration::from_millis(Timing::default().idle_stranger_ms));
        let useful: Vec<PeerId> = places.open.values().map(|place| place.peer).take(5).collect();
        useful.iter().for_each(|peer| places.used(peer, start + idle));
        let newcomers = |places: &mut Behaviour, first: usize, now| {
            let mut come = |n: usize| {
                let (peer, address) = (PeerId::random(), single(first + n));
                places.admit(&peer, &address, now).is_ok_and(|()| {
                    let subnet = places.address(&address).map(subnet);
                    let place = Place { peer, subnet, inbound: true, came: now, used: None, is_closing: false };
                    places.open.insert(ConnectionId::new_unchecked(1 << 20 | first << 4 | n), place).is_none()
                })
            };
            (0..10).filter(|n| come(*n)).count()
        };
        let (early, late) = (newcomers(&mut places, 200, start), newcomers(&mut places, 220, start + idle));
        let from_crowd = places.open.values().filter(|place| place.is_closing && place.subnet == Some(subnet_of(4)));
        let from_crowd = from_crowd.count();
        println!("of ten newcomers {early} come in at once, {late} after a while, for {from_crowd} of the crowd");
        assert_eq!((early, late), (10, 10));
        assert!(from_crowd >= 12, "{from_crowd}");
        assert!(places.closing.iter().all(|(peer, _)| !useful.contains(peer)), "who is of use stays");
    }

    fn subnet_of(n: u8) -> IpAddr {
        subnet(Ipv4Addr::new(1, 2, 3, n).into())
    }
}
