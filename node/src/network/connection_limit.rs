//! The connection limit: how often one address may connect. A handshake costs more to answer than to begin.

use super::limiter::{Limiter, Rate};
use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    multiaddr::Protocol,
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent,
        ToSwarm, dummy,
    },
};
use std::{
    convert::Infallible,
    net::IpAddr,
    task::{Context, Poll},
    time::Instant,
};

/// Connections that one address may open; only their number counts.
const RATE: Rate = Rate { per_s: 5, burst: 60, bytes_per_s: 0, bytes_burst: 0 };

/// That address has knocked too often.
#[derive(Debug, thiserror::Error)]
#[error("{0} connects too often")]
struct TooOften(IpAddr);

/// Denies connections of addresses that come too often. Loopback may come as often as it likes.
pub(super) struct Behaviour {
    limiter: Limiter<IpAddr>,
}

impl Behaviour {
    pub(super) fn new() -> Self {
        Self { limiter: Limiter::new(RATE) }
    }

    fn knock(&mut self, address: &Multiaddr, now: Instant) -> Result<(), TooOften> {
        let ip = match address.iter().next() {
            Some(Protocol::Ip4(ip)) => IpAddr::from(ip),
            Some(Protocol::Ip6(ip)) => IpAddr::from(ip),
            _ => return Ok(()),
        };
        if ip.is_loopback() || self.limiter.allow(ip, 0, now) { Ok(()) } else { Err(TooOften(ip)) }
    }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.knock(remote, Instant::now()).map_err(ConnectionDenied::new)
    }

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
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

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Infallible, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn one_address_is_let_in_so_often_and_loopback_always() {
        let (mut limit, now) = (Behaviour::new(), Instant::now());
        let far: Multiaddr = "/ip4/1.2.3.4/tcp/4001".parse().unwrap();
        let other: Multiaddr = "/ip6/2001:db8::1/udp/4001/quic-v1".parse().unwrap();
        let near: Multiaddr = "/ip4/127.0.0.1/tcp/4001".parse().unwrap();
        assert_eq!((0..100).filter(|_| limit.knock(&far, now).is_ok()).count(), 60);
        assert_eq!((0..100).filter(|_| limit.knock(&near, now).is_ok()).count(), 100);
        assert!(limit.knock(&other, now).is_ok());
        assert_eq!((0..100).filter(|_| limit.knock(&far, now + Duration::from_secs(1)).is_ok()).count(), 5);
    }
}
