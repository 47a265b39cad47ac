//! An endpoint: where messages go, with which key they are signed, and how it goes.

use super::{key::Key, message::Event};
use dpgn_protocol::units::{Millis, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The time for which the key before the last still signs too.
const OLD_KEY: Millis = Millis::from_secs(24 * 3_600);

/// What a new endpoint is to be like.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) url: String,
    pub(super) description: String,
    pub(super) events: BTreeSet<Event>,
}

/// An endpoint as it is on disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Endpoint {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) description: String,
    /// The kinds of events that are sent; all if it is empty.
    pub(super) events: BTreeSet<Event>,
    pub(super) created: Timestamp,
    pub(super) key: Key,
    /// The key before this one, and until when it signs too.
    pub(super) previous: Option<(Key, Timestamp)>,
    pub(super) disabled: Option<Disabled>,
    pub(super) failing: Option<Failing>,
    /// Messages that the endpoint has answered for.
    pub(super) delivered: u64,
    /// Messages that were dropped and not told of yet, since the queue was full.
    pub(super) lost: u64,
    /// How often it was told that some were.
    pub(super) lost_told: u64,
}

/// An endpoint that is sent nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Disabled {
    pub(super) at: Timestamp,
    pub(super) why: String,
}

/// An endpoint that has not answered for its first message yet, though it was tried.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Failing {
    pub(super) since: Timestamp,
    pub(super) tries: u32,
    pub(super) next: Timestamp,
    pub(super) why: String,
}

impl Endpoint {
    /// A fresh endpoint, with an id and a key of its own; an error if the system gives no random bytes.
    pub(super) fn new(
        Wanted { url, description, events }: Wanted,
        created: Timestamp,
    ) -> Result<Self, getrandom::Error> {
        let mut id = [0; 16];
        getrandom::fill(&mut id)?;
        Ok(Self {
            id: format!("ep_{}", hex::encode(id)),
            url,
            description,
            events,
            created,
            key: Key::generate()?,
            previous: None,
            disabled: None,
            failing: None,
            delivered: 0,
            lost: 0,
            lost_told: 0,
        })
    }

    /// Whether events of this kind, at this time, are sent to it.
    pub(super) fn wants(&self, event: Event) -> bool {
        self.disabled.is_none() && (self.events.is_empty() || self.events.contains(&event))
    }

    /// Puts a fresh key in the place of the one that it has, which signs too for a day.
    pub(super) fn rotate(&mut self, key: Key, now: Timestamp) {
        let old = std::mem::replace(&mut self.key, key);
        self.previous = Some((old, now.after(OLD_KEY)));
    }

    /// The signatures of a message, by each key that signs now.
    pub(super) fn signatures(&self, id: &str, now: Timestamp, body: &str) -> String {
        let previous = self.previous.iter().filter(|(_, until)| *until > now).map(|(key, _)| key);
        let all = std::iter::once(&self.key).chain(previous).map(|key| key.sign(id, now.get() / 1_000, body));
        all.collect::<Vec<_>>().join(" ")
    }
}
