//! Requests: libp2p's protocol of questions and answers, in which every peer reads from its own share.
//!
//! libp2p clones one codec for each connection, and tells it nothing of the peer. So the peer is named here just
//! before, and the clone takes its share with it.

use super::{
    codec::{Allowance, Codec, Reply, Request},
    quota::{Favoured, Quota},
};
use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    request_response,
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent,
        ToSwarm,
    },
};
use std::task::{Context, Poll};
use tokio::sync::watch;

type Requests = request_response::Behaviour<Codec>;

/// Requests, with the shares of those that send them.
pub(super) struct Behaviour {
    pub(super) requests: Requests,
    asked: Quota<PeerId>,
    answered: Quota<PeerId>,
    favoured: Favoured,
    /// The peer whose connection is being set up.
    next: watch::Sender<Option<Allowance>>,
}

impl Behaviour {
    /// `asked` is for bytes of requests, `answered` for those of answers; `make` makes the protocol of the codec that
    /// it is given.
    pub(super) fn new(
        asked: Quota<PeerId>,
        answered: Quota<PeerId>,
        favoured: Favoured,
        make: impl FnOnce(watch::Receiver<Option<Allowance>>) -> Requests,
    ) -> Self {
        let (next, of_next) = watch::channel(None);
        Self { requests: make(of_next), asked, answered, favoured, next }
    }

    fn announce(&mut self, peer: PeerId) {
        let (requests, answers) = (self.asked.share(peer), self.answered.share(peer));
        let allowance = Allowance { peer, requests, answers, favoured: self.favoured.clone() };
        self.next.send_replace(Some(allowance));
    }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = <Requests as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = request_response::Event<Request, Reply>;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.announce(peer);
        self.requests.handle_established_inbound_connection(connection, peer, local, remote)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        self.requests.handle_pending_outbound_connection(connection, peer, addresses, role)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port_use: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.announce(peer);
        self.requests.handle_established_outbound_connection(connection, peer, address, role, port_use)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        self.requests.on_swarm_event(event);
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, event: THandlerOutEvent<Self>) {
        self.requests.on_connection_handler_event(peer, connection, event);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        self.requests.poll(cx)
    }
}
