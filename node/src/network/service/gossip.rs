//! Gossip in the loop: what we publish, what comes in, and what becomes of it.

use super::Service;
use crate::network::{
    event::{Acceptance, Event, MessageToken, Waiting},
    gossip::{frame, unframe},
    identity::account_of,
    topic::Topic,
};
use dpgn_protocol::ids::AccountId;
use libp2p::{
    PeerId,
    gossipsub::{self, Message, MessageAcceptance, MessageId, PublishError},
};
use std::time::Instant;
use tokio::sync::mpsc;

/// A message that waits for its turn to be emitted.
pub(super) struct HeldMessage {
    from: AccountId,
    data: Vec<u8>,
    waiting: Waiting,
}

impl Service {
    pub(super) fn publish(&mut self, topic: Topic, data: Vec<u8>) {
        self.vote_counter = self.vote_counter.wrapping_add(1);
        let data = frame(topic, &self.local, self.vote_counter, data);
        let on_wire = self.topics.on_wire(topic);
        match self.swarm.behaviour_mut().gossip.gossip.publish(on_wire, data) {
            Ok(_) => self.ends.counters.gossip_published.one(),
            // Said before; everybody has it.
            Err(PublishError::Duplicate) => {}
            Err(PublishError::NoPeersSubscribedToTopic) => self.ends.counters.gossip_unheard.one(),
            Err(error) => {
                self.ends.counters.gossip_unheard.one();
                tracing::debug!(?topic, %error, "not published");
            }
        }
    }

    pub(super) fn on_gossip(&mut self, event: gossipsub::Event) {
        match event {
            gossipsub::Event::Message { propagation_source, message_id, message } => {
                self.on_message(propagation_source, message_id, message);
            }
            gossipsub::Event::SlowPeer { peer_id, failed_messages } => {
                tracing::debug!(peer = %peer_id, ?failed_messages, "a slow peer loses messages");
            }
            _ => {}
        }
    }

    /// The gate has let it pass, so there is room for it: it waits for its turn.
    fn on_message(&mut self, source: PeerId, id: MessageId, message: Message) {
        self.ends.counters.gossip_received.one();
        self.ends.counters.gossip_received_bytes.add(message.data.len());
        let (Ok(from), Some(topic)) = (account_of(&source), self.topics.of(&message.topic)) else {
            return self.report(&id, &source, Acceptance::Ignore);
        };
        let Some(data) = unframe(topic, message.data) else {
            return self.report(&id, &source, Acceptance::Reject);
        };
        let waiting = Waiting { id, source, topic, bytes: data.len() };
        self.swarm.behaviour_mut().gossip.hold(source, topic, waiting.bytes);
        self.gossip.entry(topic).or_default().push(source, waiting.bytes, HeldMessage { from, data, waiting });
    }

    /// Whether gossip waits, and may be emitted.
    pub(super) fn may_emit(&self) -> bool {
        self.open_checks < self.config.limits.gossip_open_max && self.gossip.values().any(|queue| !queue.is_empty())
    }

    /// Emits the next message to the node: of the next topic that has one, and there of the next peer.
    pub(super) fn emit(&mut self, place: mpsc::Permit<'_, Event>) {
        let after = |topic: &&Topic| self.last_topic.is_none_or(|last| **topic > last);
        let waits = |topic: &&Topic| self.gossip.get(*topic).is_some_and(|queue| !queue.is_empty());
        let next = Topic::ALL.iter().filter(after).find(waits).or_else(|| Topic::ALL.iter().find(waits)).copied();
        let message = next.and_then(|topic| self.gossip.get_mut(&topic)?.pop());
        let (Some(topic), Some(HeldMessage { from, data, waiting })) = (next, message) else { return };
        self.last_topic = next;
        self.open_checks += 1;
        place.send(Event::Gossip { topic, from, data, token: MessageToken::new(waiting, self.settle.clone()) });
    }

    /// A message has been judged.
    pub(super) fn decide(&mut self, message: &Waiting, acceptance: Acceptance) {
        let gate = &mut self.swarm.behaviour_mut().gossip;
        gate.release(message.source, message.topic, message.bytes, acceptance);
        if acceptance == Acceptance::Accept {
            self.swarm.behaviour_mut().places.used(&message.source, Instant::now());
            self.ends.counters.gossip_accepted_bytes.add(message.bytes);
        }
        self.report(&message.id, &message.source, acceptance);
    }

    /// Tells gossipsub, once per message.
    pub(super) fn report(&mut self, id: &MessageId, source: &PeerId, acceptance: Acceptance) {
        let counters = &self.ends.counters;
        let reported = match acceptance {
            Acceptance::Accept => {
                counters.gossip_accepted.one();
                MessageAcceptance::Accept
            }
            Acceptance::Reject => {
                counters.gossip_rejected.one();
                MessageAcceptance::Reject
            }
            Acceptance::Ignore | Acceptance::Duplicate => {
                counters.gossip_ignored.one();
                MessageAcceptance::Ignore
            }
        };
        self.swarm.behaviour_mut().gossip.gossip.report_message_validation_result(id, source, reported);
        if acceptance == Acceptance::Reject {
            self.weigh(*source, Instant::now());
        }
    }
}
