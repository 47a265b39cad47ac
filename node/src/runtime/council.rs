//! What the host does for the council: it says what members are to hear, and wakes consensus.

use super::{host::NodeHost, ingress::publish};
use crate::{driver::Alarm, network::Topic};
use dpgn_protocol::{
    codec,
    council::{Said, Word},
    ids::AccountId,
    units::Height,
    wire::Wire,
};
use std::time::Duration;

impl NodeHost {
    /// Says something to a member, or to all. Whose stream is not open hears it when it is, or by what is said again.
    pub(super) fn say_to(&mut self, to: Option<AccountId>, said: &Said) {
        let frame = match said.to_bytes() {
            Ok(frame) => frame,
            Err(error) => return tracing::error!(%error, "a word of the council could not be encoded"),
        };
        let is_heard = match to {
            Some(to) => self.network.say(to, frame),
            None => self.network.say_all(frame).map(|missing| missing.is_empty()),
        };
        match is_heard {
            Ok(is_heard) => {
                if let (None, Said::Word(word)) = (to, said) {
                    self.say_around(word, is_heard);
                }
            }
            Err(error) => tracing::debug!(%error, "not said to a member"),
        }
    }

    /// Gossips a word that is said again while the stream of some member is not open: others may be nearer to it. One
    /// that is said for the first time waits: most members that cannot be reached are gone.
    fn say_around(&mut self, word: &Word, is_heard: bool) {
        match word {
            Word::Precommit(_) | Word::Prevote(_) | Word::Proposal(_) => {
                let bytes = codec::encode(word);
                let is_again = bytes.as_ref().is_ok_and(|bytes| self.words.is_again(bytes));
                if is_again && !is_heard {
                    publish(&self.network, Topic::Votes, bytes);
                }
            }
            Word::Polka(_) | Word::Round(_) => {}
        }
    }

    /// Sends a member a decided block that it lacks.
    pub(super) fn send_decided(&self, to: AccountId, height: Height) {
        let (disk, network) = (self.disk.clone(), self.network.clone());
        self.tasks.spawn_blocking(move || match disk.store.block(height) {
            Ok(Some(decided)) => {
                if let Ok(frame) = Said::Decided(Box::new(decided)).to_bytes() {
                    let _ = network.say(to, frame);
                }
            }
            // It was pruned, or never here: the member asks others.
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "a block could not be read for a member"),
        });
    }

    /// Has an alarm go off later, in the place of the same one.
    pub(super) fn ring_later(&mut self, height: Height, alarm: Alarm, after: Duration) {
        let rings = self.rings.clone();
        let ringing = self.tasks.spawn(async move {
            tokio::time::sleep(after).await;
            // The loop may have ended, and waits for nothing then.
            let _ = rings.send((height, alarm)).await;
        });
        if let Some(before) = self.alarms.insert(alarm, ringing.abort_handle()) {
            before.abort();
        }
    }
}
