//! Bare streams of one protocol: opened on request, emitted as they come.
//!
//! Each connection holds only what is being opened on it, and forgets it with its end.

use libp2p::{
    Multiaddr, PeerId, Stream, StreamProtocol,
    core::{Endpoint, transport::PortUse, upgrade::ReadyUpgrade},
    swarm::{
        ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm, NetworkBehaviour,
        NotifyHandler, StreamUpgradeError, SubstreamProtocol, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
        handler::{ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound},
    },
};
use std::{
    collections::VecDeque,
    task::{Context, Poll},
};
use tokio::sync::oneshot;

/// Streams of one connection that wait to be emitted; further ones are reset.
const WAITING_MAX: usize = 16;

/// Why a stream was not opened. No word at all means that the connection has ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error("the peer does not speak the protocol")]
    Unsupported,
    #[error("the stream was not opened: {0}")]
    Failed(String),
}

/// The channel to whoever waits for a stream.
pub(super) type Opened = oneshot::Sender<Result<Stream, OpenError>>;

/// A stream that a peer has opened.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) peer: PeerId,
    pub(super) stream: Stream,
}

/// The behaviour that opens streams and takes those that peers open.
pub(super) struct Behaviour {
    protocol: StreamProtocol,
    events: VecDeque<ToSwarm<Incoming, Opened>>,
}

impl Behaviour {
    pub(super) fn new(protocol: StreamProtocol) -> Self {
        Self { protocol, events: VecDeque::new() }
    }

    /// Opens a stream to a connected peer.
    pub(super) fn open(&mut self, peer: PeerId, opened: Opened) {
        self.events.push_back(ToSwarm::NotifyHandler { peer_id: peer, handler: NotifyHandler::Any, event: opened });
    }

    fn handler(&self) -> Handler {
        Handler { protocol: self.protocol.clone(), wanted: VecDeque::new(), waiting: VecDeque::new() }
    }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = Handler;
    type ToSwarm = Incoming;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler())
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(&mut self, peer: PeerId, _: ConnectionId, stream: THandlerOutEvent<Self>) {
        self.events.push_back(ToSwarm::GenerateEvent(Incoming { peer, stream }));
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Incoming, THandlerInEvent<Self>>> {
        self.events.pop_front().map_or(Poll::Pending, Poll::Ready)
    }
}

/// The streams of one connection.
pub(super) struct Handler {
    protocol: StreamProtocol,
    wanted: VecDeque<Opened>,
    waiting: VecDeque<Stream>,
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Opened;
    type ToBehaviour = Stream;
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Opened;

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(ReadyUpgrade::new(self.protocol.clone()), ())
    }

    fn on_behaviour_event(&mut self, opened: Opened) {
        self.wanted.push_back(opened);
    }

    fn poll(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, Opened, Self::ToBehaviour>> {
        if let Some(stream) = self.waiting.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(stream));
        }
        if let Some(opened) = self.wanted.pop_front() {
            let protocol = SubstreamProtocol::new(ReadyUpgrade::new(self.protocol.clone()), opened);
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        Poll::Pending
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<'_, Self::InboundProtocol, Self::OutboundProtocol, (), Opened>,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol: stream, .. }) => {
                self.waiting.push_back(stream);
                // Too many: the last ones are reset.
                self.waiting.truncate(WAITING_MAX);
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol: stream, info }) => {
                // Nobody waits any more: the stream is reset.
                info.send(Ok(stream)).ok();
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info, error }) => {
                let error = match error {
                    StreamUpgradeError::NegotiationFailed => OpenError::Unsupported,
                    error => OpenError::Failed(error.to_string()),
                };
                info.send(Err(error)).ok();
            }
            _ => {}
        }
    }
}
