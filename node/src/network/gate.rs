//! The gate in front of gossipsub: what a peer sends above its budget is dropped before it is seen.
//!
//! gossipsub remembers the id of every message it has been given, and drops later copies, whatever became of
//! the first. A message that is dropped for want of room must therefore never reach it: the copy that an
//! honest peer sends would be taken for a duplicate. Budgets are per peer and topic; what fills one starves no
//! other. Nobody is blamed for being above them: a relay passes on what others send.

use super::{
    config::NetworkLimits,
    event::Acceptance,
    gossip::{Gossip, Topics},
    limiter::Limiter,
    metrics::Counters,
    topic::Topic,
};
use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    gossipsub::{self, RawMessage},
    swarm::{
        ConnectionDenied, ConnectionHandler, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
        THandlerOutEvent, ToSwarm,
    },
};
use std::{
    collections::HashMap,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

/// The cost of a useless message beside itself, in messages of its size.
const USELESS_COST: u32 = 8;

type Handler = <Gossip as NetworkBehaviour>::ConnectionHandler;
/// gossipsub's own type: its module is private, its variants are reached through this name.
type FromHandler = <Handler as ConnectionHandler>::ToBehaviour;

/// Messages of one peer on one topic that wait for a decision.
#[derive(Clone, Copy, Default)]
struct Held {
    messages: usize,
    bytes: usize,
}

/// gossipsub behind its gate, which drops messages above a peer's rate.
pub(super) struct Behaviour {
    pub(super) gossip: Gossip,
    topics: Topics,
    limiters: HashMap<Topic, Limiter<PeerId>>,
    held: HashMap<(PeerId, Topic), Held>,
    held_max: Held,
    counters: Arc<Counters>,
}

impl Behaviour {
    pub(super) fn new(gossip: Gossip, topics: Topics, limits: &NetworkLimits, counters: Arc<Counters>) -> Self {
        let limiters = Topic::ALL.map(|topic| (topic, Limiter::new(limits.gossip_rates.of(topic))));
        let held_max = Held { messages: limits.gossip_held_per_peer_max, bytes: limits.gossip_held_bytes_per_peer_max };
        Self { gossip, topics, limiters: limiters.into(), held: HashMap::new(), held_max, counters }
    }

    /// A message of this peer waits for a decision from now on.
    pub(super) fn hold(&mut self, peer: PeerId, topic: Topic, bytes: usize) {
        let held = self.held.entry((peer, topic)).or_default();
        held.messages += 1;
        held.bytes += bytes;
    }

    /// A message of this peer has been decided. What was of no use costs its sender's budget some times as much: an
    /// honest relay passes on little of it.
    pub(super) fn release(&mut self, peer: PeerId, topic: Topic, bytes: usize, acceptance: Acceptance) {
        let is_useless = match acceptance {
            Acceptance::Accept | Acceptance::Duplicate => false,
            Acceptance::Ignore | Acceptance::Reject => true,
        };
        if let Some(limiter) = self.limiters.get_mut(&topic)
            && is_useless
        {
            limiter.charge(peer, USELESS_COST, bytes.saturating_mul(USELESS_COST as usize));
        }
        if let Some(held) = self.held.get_mut(&(peer, topic)) {
            held.messages -= 1;
            held.bytes -= bytes;
            if held.messages == 0 {
                self.held.remove(&(peer, topic));
            }
        }
    }

    /// Forgets budgets that are full again.
    pub(super) fn tidy(&mut self, now: Instant) {
        for limiter in self.limiters.values_mut() {
            limiter.tidy(now);
        }
    }

    fn passes(&mut self, peer: PeerId, message: &RawMessage, ahead: &mut HashMap<Topic, Held>, now: Instant) -> bool {
        // What is of no topic of ours, gossipsub drops itself.
        let Some(topic) = self.topics.of(&message.topic) else { return true };
        let bytes = message.data.len();
        let held = self.held.get(&(peer, topic)).copied().unwrap_or_default();
        let ahead = ahead.entry(topic).or_default();
        let is_full = held.messages + ahead.messages >= self.held_max.messages
            || held.bytes + ahead.bytes + bytes > self.held_max.bytes;
        if is_full {
            self.counters.overloaded.one();
            return false;
        }
        let in_rate = self.limiters.get_mut(&topic).is_none_or(|limiter| limiter.allow(peer, bytes, now));
        if !in_rate {
            self.counters.overrun.one();
            return false;
        }
        ahead.messages += 1;
        ahead.bytes += bytes;
        true
    }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = Handler;
    type ToSwarm = gossipsub::Event;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.gossip.handle_established_inbound_connection(connection, peer, local, remote)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port_use: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.gossip.handle_established_outbound_connection(connection, peer, address, role, port_use)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        self.gossip.on_swarm_event(event);
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        mut event: THandlerOutEvent<Self>,
    ) {
        if let FromHandler::Message { rpc, .. } = &mut event {
            let (now, mut ahead) = (Instant::now(), HashMap::new());
            rpc.messages.retain(|message| self.passes(peer, message, &mut ahead, now));
        }
        self.gossip.on_connection_handler_event(peer, connection, event);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<gossipsub::Event, THandlerInEvent<Self>>> {
        self.gossip.poll(cx)
    }
}
