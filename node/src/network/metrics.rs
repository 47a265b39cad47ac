//! Counters of the network.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The counters of a network, from its start on.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
        pub struct Metrics {
            $($(#[$doc])* pub $name: u64,)*
        }

        /// The counters while they count.
        #[derive(Default)]
        pub(super) struct Counters {
            $(pub(super) $name: Counter,)*
        }

        impl Counters {
            pub(super) fn read(&self) -> Metrics {
                Metrics { $($name: self.$name.0.load(Ordering::Relaxed),)* }
            }
        }
    };
}

counters! {
    /// Messages published by this node.
    gossip_published,
    /// Published messages that nobody was there for.
    gossip_unheard,
    /// Messages received, each once.
    gossip_received,
    /// Bytes of the gossip messages received.
    gossip_received_bytes,
    /// Messages judged worth passing on.
    gossip_accepted,
    /// Bytes of the messages judged worth passing on.
    gossip_accepted_bytes,
    /// Messages whose sender could have known better.
    gossip_rejected,
    /// Messages dropped without blame for their sender.
    gossip_ignored,
    /// Messages and requests above their sender's rate.
    overrun,
    /// Messages, requests and events dropped because a queue here was full.
    overloaded,
    /// Requests of others that were received.
    requests_received,
    /// Bytes of the requests received.
    requests_received_bytes,
    /// Requests of others that were answered with "busy".
    requests_refused,
    /// Own requests that were sent.
    requests_sent,
    /// Requests sent that have no answer.
    requests_failed,
    /// Blobs served to the end.
    blobs_served,
    /// Bytes of blobs that were sent.
    blob_bytes_sent,
    /// Blobs that were fetched and verified.
    blobs_fetched,
    /// Bytes of blobs that were received.
    blob_bytes_received,
    /// Frames that were sent to members of the committee.
    council_sent,
    /// Frames that came from members of the committee.
    council_received,
    /// Bytes of the frames that came from members.
    council_received_bytes,
    /// Frames for members that were dropped: their queue was full, or their stream away for too long.
    council_dropped,
    /// Council streams that were reset: their peer is no member, or opens too many.
    council_refused,
    /// Connections that were made, each way.
    connections,
    /// Peers sent away because they are of another network.
    strangers,
    /// Peers that were banned for their offences.
    bans,
}

/// A number that only grows.
#[derive(Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, count: usize) {
        self.0.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(super) fn one(&self) {
        self.add(1);
    }
}
