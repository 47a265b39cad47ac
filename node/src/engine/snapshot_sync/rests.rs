//! Rests: peers that are not asked for a while.

use dpgn_protocol::{ids::AccountId, units::Timestamp};
use std::collections::BTreeMap;

/// Peers whose rests are remembered; the one that ends first gives way.
const REMEMBERED_MAX: usize = 256;

/// The time until which each of some peers is not asked.
#[derive(Default)]
pub(super) struct Rests(BTreeMap<AccountId, Timestamp>);

impl Rests {
    /// Forgets rests that are over.
    pub(super) fn tick(&mut self, now: Timestamp) {
        self.0.retain(|_, until| *until > now);
    }

    pub(super) fn is_resting(&self, peer: AccountId) -> bool {
        self.0.contains_key(&peer)
    }

    /// Has a peer rest at least until this time.
    pub(super) fn rest(&mut self, peer: AccountId, until: Timestamp) {
        let rest = self.0.entry(peer).or_insert(until);
        *rest = until.max(*rest);
        if self.0.len() > REMEMBERED_MAX
            && let Some((&first, _)) = self.0.iter().min_by_key(|(_, until)| **until)
        {
            self.0.remove(&first);
        }
    }
}
