//! Gossip: the topics, how messages are named, and what peers are scored by.
//!
//! Messages are anonymous to gossipsub: what they hold is signed by its maker, and checked once. A message is
//! named by its content, so that each node sees it once. A committee member says the same thing again when
//! nobody seems to have heard it; votes therefore carry their sender and a counter, and are new each time.

use super::{
    config::{NetworkLimits, Timing, ms},
    names::Names,
    peer_score::BAN_SCORE,
    topic::{Topic, VOTE_FRAME_BYTES},
};
use dpgn_protocol::ids::AccountId;
use libp2p::gossipsub::{
    self, ConfigBuilder, IdentTopic, MaxCountSubscriptionFilter, Message, MessageAuthenticity, MessageId,
    PeerScoreParams, PeerScoreThresholds, TopicHash, TopicScoreParams, ValidationMode, WhitelistSubscriptionFilter,
};
use std::{collections::HashMap, time::Duration};

/// Bytes that gossipsub adds to a message.
const RPC_BYTES_MAX: usize = 1 << 10;
/// Messages queued for one slow peer; beyond it they are dropped.
const PEER_QUEUE_MAX: usize = 512;

/// Puts a message into its topic's frame.
pub(super) fn frame(topic: Topic, sender: &AccountId, counter: u64, data: Vec<u8>) -> Vec<u8> {
    if topic.frame_bytes() == 0 {
        return data;
    }
    let mut framed = Vec::with_capacity(VOTE_FRAME_BYTES + data.len());
    framed.extend_from_slice(sender.as_bytes());
    framed.extend_from_slice(&counter.to_be_bytes());
    framed.extend_from_slice(&data);
    framed
}

/// Takes a message out of its topic's frame; none if it has no such frame.
pub(super) fn unframe(topic: Topic, mut data: Vec<u8>) -> Option<Vec<u8>> {
    if data.len() < topic.frame_bytes() {
        return None;
    }
    data.drain(..topic.frame_bytes());
    Some(data)
}

fn message_id(message: &Message) -> MessageId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(message.topic.as_str().as_bytes()).update(&[0]).update(&message.data);
    MessageId(hasher.finalize().as_bytes().to_vec())
}

/// The topics of one network, by their names on the wire.
#[derive(Clone)]
pub(super) struct Topics {
    by_hash: HashMap<TopicHash, Topic>,
    names: Names,
}

impl Topics {
    pub(super) fn new(names: &Names) -> Self {
        let by_hash = Topic::ALL.map(|topic| (IdentTopic::new(names.topic(topic.name())).hash(), topic));
        Self { by_hash: HashMap::from(by_hash), names: names.clone() }
    }

    pub(super) fn of(&self, hash: &TopicHash) -> Option<Topic> {
        self.by_hash.get(hash).copied()
    }

    pub(super) fn on_wire(&self, topic: Topic) -> IdentTopic {
        IdentTopic::new(self.names.topic(topic.name()))
    }
}

/// gossipsub that hears of our topics only.
pub(super) type Gossip =
    gossipsub::Behaviour<gossipsub::IdentityTransform, MaxCountSubscriptionFilter<WhitelistSubscriptionFilter>>;

/// gossipsub as we use it, subscribed to everything.
pub(super) fn behaviour(names: &Names, limits: &NetworkLimits, timing: &Timing) -> Result<Gossip, String> {
    let topics = Topics::new(names);
    let config = ConfigBuilder::default()
        .protocol_id_prefix(names.gossip_prefix())
        .validation_mode(ValidationMode::Anonymous)
        .validate_messages()
        .message_id_fn(message_id)
        .max_transmit_size(limits.gossip_bytes_max + RPC_BYTES_MAX)
        .heartbeat_initial_delay(ms(timing.heartbeat_ms / 4))
        .heartbeat_interval(ms(timing.heartbeat_ms))
        // A mesh of up to nine nodes is complete, so that a publish reaches everybody in one step. Larger ones
        // are not flooded: a block to every peer would cost more than the hop it saves.
        .mesh_n(8)
        .mesh_n_low(5)
        .mesh_n_high(12)
        .mesh_outbound_min(2)
        .flood_publish(false)
        // A verdict may take this many heartbeats.
        .history_length(12)
        .history_gossip(3)
        // Above what a verdict may take; every id that anybody sends is remembered for so long.
        .duplicate_cache_time(Duration::from_secs(30))
        .connection_handler_queue_len(PEER_QUEUE_MAX)
        .build()
        .map_err(|error| error.to_string())?;
    let filter = MaxCountSubscriptionFilter {
        filter: WhitelistSubscriptionFilter(topics.by_hash.keys().cloned().collect()),
        max_subscribed_topics: Topic::ALL.len(),
        max_subscriptions_per_request: 2 * Topic::ALL.len(),
    };
    let mut gossip = Gossip::new_with_subscription_filter(MessageAuthenticity::Anonymous, config, filter)?;
    gossip.with_peer_score(score_params(topics.by_hash.keys()), score_thresholds())?;
    for topic in Topic::ALL {
        gossip.subscribe(&topics.on_wire(topic)).map_err(|error| error.to_string())?;
    }
    Ok(gossip)
}

/// The score of a peer is made of rejected messages and of our own points for guilt, of nothing else.
fn score_params<'a>(topics: impl Iterator<Item = &'a TopicHash>) -> PeerScoreParams {
    let topic = TopicScoreParams {
        topic_weight: 1.0,
        time_in_mesh_weight: 0.0,
        first_message_deliveries_weight: 0.01,
        first_message_deliveries_decay: 0.98,
        first_message_deliveries_cap: 100.0,
        // P3, P3b: a topic without traffic is no fault of anybody's.
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        // P4 goes with the square: 5 rejected messages within some minutes are a ban, one or two are not.
        invalid_message_deliveries_weight: -4.0,
        invalid_message_deliveries_decay: 0.995,
        ..TopicScoreParams::default()
    };
    PeerScoreParams {
        topics: topics.map(|hash| (hash.clone(), topic.clone())).collect(),
        topic_score_cap: 5.0,
        app_specific_weight: 1.0,
        // P6: many honest nodes may share an address; `connection_limit` bounds how many connect.
        ip_colocation_factor_weight: 0.0,
        // P7: a promise is broken when the gate drops what was promised. Volume and silence are no guilt.
        behaviour_penalty_weight: 0.0,
        slow_peer_weight: 0.0,
        decay_interval: Duration::from_secs(1),
        retain_score: Duration::from_secs(600),
        ..PeerScoreParams::default()
    }
}

fn score_thresholds() -> PeerScoreThresholds {
    PeerScoreThresholds {
        gossip_threshold: BAN_SCORE * 0.4,
        publish_threshold: BAN_SCORE * 0.6,
        // Above it a peer is still heard, so that what it does counts.
        graylist_threshold: BAN_SCORE,
        accept_px_threshold: 1_000.0,
        opportunistic_graft_threshold: 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::ids::NetworkId;

    fn message(topic: &str, data: &[u8]) -> Message {
        let topic = IdentTopic::new(topic).hash();
        Message { source: None, data: data.to_vec(), sequence_number: None, topic }
    }

    #[test]
    fn only_votes_are_framed() {
        let sender = AccountId::from_bytes([7; 32]);
        for topic in Topic::ALL {
            let framed = frame(topic, &sender, 9, b"said".to_vec());
            assert_eq!(framed.len(), topic.frame_bytes() + 4);
            assert_eq!(unframe(topic, framed).unwrap(), b"said");
        }
        assert_eq!(unframe(Topic::Votes, vec![0; VOTE_FRAME_BYTES - 1]), None);
        assert_eq!(unframe(Topic::Votes, vec![0; VOTE_FRAME_BYTES]), Some(Vec::new()));
    }

    #[test]
    fn a_vote_said_again_is_a_new_message() {
        let sender = AccountId::from_bytes([7; 32]);
        let say = |counter| message_id(&message("votes", &frame(Topic::Votes, &sender, counter, b"yes".to_vec())));
        assert_ne!(say(1), say(2));
        assert_eq!(message_id(&message("ops", b"a")), message_id(&message("ops", b"a")));
        assert_ne!(message_id(&message("ops", b"a")), message_id(&message("blocks", b"a")));
    }

    #[test]
    fn topics_are_known_by_their_names() {
        let topics = Topics::new(&Names::new(NetworkId::from_bytes([1; 32])));
        for topic in Topic::ALL {
            assert_eq!(topics.of(&topics.on_wire(topic).hash()), Some(topic));
        }
        let other = Topics::new(&Names::new(NetworkId::from_bytes([2; 32])));
        assert_eq!(topics.of(&other.on_wire(Topic::Ops).hash()), None);
    }

    #[tokio::test]
    async fn gossipsub_takes_the_settings() {
        let names = Names::new(NetworkId::from_bytes([1; 32]));
        behaviour(&names, &NetworkLimits::default(), &Timing::default()).unwrap();
    }
}
