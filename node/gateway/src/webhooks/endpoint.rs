//! An endpoint: where messages go, with which key they are signed, and how it goes.

use super::{key::Key, message::Event};
use dpgn_protocol::units::{Millis, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The time for which the key before the last still signs too.
const OLD_KEY: Millis = Millis::from_secs(24 * 3_600);
/// Keys before the last two that still sign: each is one more signature in the header of every message.
const OLDER_MAX: usize = 6;

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
    /// The keys before that one whose day is not over, the oldest first: at most [`OLDER_MAX`].
    #[serde(default)]
    pub(super) older: Vec<(Key, Timestamp)>,
    pub(super) disabled: Option<Disabled>,
    pub(super) failing: Option<Failing>,
    /// Messages that the endpoint has answered for.
    pub(super) delivered: u64,
    /// Messages that were dropped and not told of yet.
    pub(super) lost: u64,
    /// How often it was told that some were.
    pub(super) lost_told: u64,
    /// All messages that were dropped, since the queue was full or the endpoint was sent nothing more.
    #[serde(default)]
    pub(super) dropped: u64,
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
            older: Vec::new(),
            disabled: None,
            failing: None,
            delivered: 0,
            lost: 0,
            lost_told: 0,
            dropped: 0,
        })
    }

    /// Whether events of this kind are for it.
    pub(super) fn wants(&self, event: Event) -> bool {
        self.events.is_empty() || self.events.contains(&event)
    }

    /// Counts messages that it will not be sent, until it can be told of them.
    pub(super) fn drop_messages(&mut self, count: u64) {
        self.lost = self.lost.saturating_add(count);
        self.dropped = self.dropped.saturating_add(count);
    }

    /// Puts a fresh key in the place of the one that it has, which signs too for a day, as those before it do until theirs is
    /// over. Of very many within one day those go first that would end first.
    pub(super) fn rotate(&mut self, key: Key, now: Timestamp) {
        let old = std::mem::replace(&mut self.key, key);
        self.older.extend(self.previous.replace((old, now.after(OLD_KEY))));
        self.older.retain(|(_, until)| *until > now);
        self.older.drain(..self.older.len().saturating_sub(OLDER_MAX));
    }

    /// The signatures of a message, by each key that signs now.
    pub(super) fn signatures(&self, id: &str, now: Timestamp, body: &str) -> String {
        let before = self.previous.iter().chain(self.older.iter().rev());
        let before = before.filter(|(_, until)| *until > now).map(|(key, _)| key);
        let all = std::iter::once(&self.key).chain(before).map(|key| key.sign(id, now.get() / 1_000, body));
        all.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With the second change of a day the first key, which receivers still had, signed no more.
    #[test]
    fn every_old_key_signs_for_its_whole_day_however_often_it_is_changed() {
        let at = |hours: u64| Timestamp::new(1_000_000_000 + hours * 3_600_000);
        let wanted = Wanted { url: String::new(), description: String::new(), events: BTreeSet::new() };
        let mut endpoint = Endpoint::new(wanted, at(0)).unwrap();
        let mut keys = vec![endpoint.key.clone()];
        for hours in [1, 2] {
            endpoint.rotate(Key::generate().unwrap(), at(hours));
            keys.push(endpoint.key.clone());
        }
        let endpoint: Endpoint = serde_json::from_slice(&serde_json::to_vec(&endpoint).unwrap()).unwrap();
        let signing = |hours| {
            let (signatures, now) = (endpoint.signatures("msg_1", at(hours), "{}"), at(hours).get() / 1_000);
            let signs = |key: &&Key| signatures.split(' ').any(|signature| signature == key.sign("msg_1", now, "{}"));
            keys.iter().map(|key| signs(&key)).collect::<Vec<_>>()
        };
        assert_eq!([signing(3), signing(24)], [[true; 3], [true; 3]]);
        assert_eq!([signing(25), signing(26)], [[false, true, true], [false, false, true]], "each day is over");

        let mut endpoint = endpoint.clone();
        (0..100).for_each(|_| endpoint.rotate(Key::generate().unwrap(), at(3)));
        assert_eq!(endpoint.signatures("msg_1", at(3), "{}").split(' ').count(), 2 + OLDER_MAX);
    }
}
