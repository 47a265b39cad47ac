//! Gossip in the loop: what we publish, what comes in, and what becomes of it.

use super::Service;
use crate::network::{
    event::{Acceptance, Event, MessageToken},
    gossip::{Topic, frame, unframe},
    identity::account_of,
    peer_score::Offence,
};
use libp2p::{
    PeerId,
    gossipsub::{self, Message, MessageAcceptance, MessageId, PublishError},
};
use std::time::Instant;

impl Service {
    pub(super) fn publish(&mut self, topic: Topic, data: Vec<u8>) {
        self.vote_counter = self.vote_counter.wrapping_add(1);
        let data = frame(topic, &self.local, self.vote_counter, data);
        let on_wire = self.topics.on_wire(topic);
        match self.swarm.behaviour_mut().gossip.publish(on_wire, data) {
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

    /// The cheap checks come first; what passes them waits for a acceptance, and there is room for only so many.
    fn on_message(&mut self, source: PeerId, id: MessageId, message: Message) {
        self.ends.counters.gossip_received.one();
        self.ends.counters.gossip_received_bytes.add(message.data.len());
        let (Ok(from), Some(topic)) = (account_of(&source), self.topics.of(&message.topic)) else {
            return self.report(&id, &source, Acceptance::Ignore);
        };
        if !self.gossip_limiter.allow(source, message.data.len(), Instant::now()) {
            self.ends.counters.overrun.one();
            self.report(&id, &source, Acceptance::Ignore);
            return self.offence(source, Offence::Flooded);
        }
        let Some(data) = unframe(topic, message.data) else {
            return self.report(&id, &source, Acceptance::Reject);
        };
        let (bytes, limits) = (data.len(), &self.config.limits);
        if self.open_checks >= limits.gossip_open_max || self.open_check_bytes + bytes > limits.gossip_open_bytes_max {
            self.ends.counters.overloaded.one();
            return self.report(&id, &source, Acceptance::Ignore);
        }
        self.open_checks += 1;
        self.open_check_bytes += bytes;
        let token = MessageToken::new(id, source, bytes, self.settle.clone());
        if !self.ends.outlet.offer(Event::Gossip { topic, from, data, token }) {
            // The token has gone with the event, and ignores the message.
            self.ends.counters.overloaded.one();
        }
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
            Acceptance::Ignore => {
                counters.gossip_ignored.one();
                MessageAcceptance::Ignore
            }
        };
        self.swarm.behaviour_mut().gossip.report_message_validation_result(id, source, reported);
        if acceptance == Acceptance::Reject {
            self.weigh(*source, Instant::now());
        }
    }
}
