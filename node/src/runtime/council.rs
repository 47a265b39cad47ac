//! What the host does for the council: it says what members are to hear, and wakes consensus.

use super::host::NodeHost;
use crate::driver::Alarm;
use dpgn_protocol::{council::Said, ids::AccountId, units::Height, wire::Wire};
use std::time::Duration;

impl NodeHost {
    /// Says something to a member, or to all. Whose stream is not open hears it when it is, or by what is said again.
    pub(super) fn say_to(&self, to: Option<AccountId>, said: &Said) {
        let frame = match said.to_bytes() {
            Ok(frame) => frame,
            Err(error) => return tracing::error!(%error, "a word of the council could not be encoded"),
        };
        let failed = match to {
            Some(to) => self.network.say(to, frame).err(),
            None => self.network.say_all(frame).err(),
        };
        if let Some(error) = failed {
            tracing::debug!(%error, "not said to a member");
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
