//! Need: whether a snapshot is to be taken in place of blocks, and whose word is good for that.
//!
//! A jump costs this node the blocks that it skips, its older snapshots and what only they tell. So a peer alone brings none
//! about that blocks would do as well: either the snapshot is far away, or peers say that the blocks up to it are pruned and
//! nobody has led on for a while, or members say so among whom one is honest.

use super::Scene;
use dpgn_protocol::{
    ids::AccountId,
    units::{Height, Millis, Timestamp},
};
use std::collections::BTreeMap;

/// A snapshot that is so many snapshots ahead is taken as such; up to there blocks take about as long.
const FAR_SNAPSHOTS: u64 = 4;
/// A nearer one is taken if its block is so old, and no other block has come for so long.
const STALLED: Millis = Millis::from_secs(30);
/// Peers remembered that have pruned the blocks that this node lacks.
const PRUNED_MAX: usize = 64;

/// A peer's word that it has pruned the blocks that this node lacks. It holds until this node has come so far.
struct Pruned {
    /// The height from which on it has blocks.
    first: Height,
    /// Whether it was asked for a snapshot since.
    is_asked: bool,
}

/// The grounds for taking a snapshot.
pub(super) struct Need {
    /// Blocks between two snapshots.
    every: u64,
    pruned: BTreeMap<AccountId, Pruned>,
    /// The last block, and the time at which it came or this node was started.
    led: Option<(Height, Timestamp)>,
}

impl Need {
    pub(super) fn new(every: u64) -> Self {
        Self { every, pruned: BTreeMap::new(), led: None }
    }

    /// Forgets what holds no more.
    pub(super) fn tick(&mut self, scene: Scene<'_>) {
        if self.led.is_none_or(|(head, _)| head < scene.head) {
            self.led = Some((scene.head, scene.now));
        }
        self.pruned.retain(|_, word| word.first > scene.head.next());
    }

    /// A peer says that it has blocks from this height on alone. What says nothing about the block that this node lacks is no
    /// reason for anything.
    pub(super) fn pruned(&mut self, scene: Scene<'_>, from: AccountId, first: Height) {
        self.tick(scene);
        if first <= scene.head.next() {
            return;
        }
        let is_member = |peer: AccountId| scene.ledger.committee().power(peer).is_some();
        if self.pruned.len() >= PRUNED_MAX && !self.pruned.contains_key(&from) {
            // Strangers keep no member from being heard, and none that was asked keeps another from being asked.
            let gives_way =
                |(peer, word): &(&AccountId, &Pruned)| !is_member(**peer) && (word.is_asked || is_member(from));
            let Some(stranger) = self.pruned.iter().find(gives_way).map(|(peer, _)| *peer) else { return };
            self.pruned.remove(&stranger);
        }
        self.pruned.insert(from, Pruned { first, is_asked: false });
    }

    /// The peers that may have a snapshot of use: those that claim to be so far ahead that their newest is far, and those that
    /// have pruned the next block, once for each time they say so.
    pub(super) fn candidates<'a>(&'a self, scene: Scene<'a>) -> impl Iterator<Item = AccountId> + 'a {
        let claims = scene.claims.above(self.ahead(scene.head, FAR_SNAPSHOTS + 1));
        claims.chain(self.pruned.iter().filter(|(_, word)| !word.is_asked).map(|(peer, _)| *peer))
    }

    /// A peer is asked for its snapshot.
    pub(super) fn asked(&mut self, peer: AccountId) {
        if let Some(word) = self.pruned.get_mut(&peer) {
            word.is_asked = true;
        }
    }

    /// Whether a snapshot at this height, of a block of this time, is worth what a jump costs.
    pub(super) fn is_worth(&self, scene: Scene<'_>, height: Height, time: Timestamp) -> bool {
        let is_far = height > self.ahead(scene.head, FAR_SNAPSHOTS);
        height > scene.head && (is_far || self.is_cut_off(scene, time))
    }

    /// Whether no blocks are to be had, although one of this time is decided.
    fn is_cut_off(&self, scene: Scene<'_>, time: Timestamp) -> bool {
        let said = || self.pruned.iter().filter(|(_, word)| word.first > scene.head.next()).map(|(peer, _)| *peer);
        let led = self.led.filter(|(head, _)| *head == scene.head);
        let is_stalled = led.is_some_and(|(_, since)| scene.now >= since.max(time).after(STALLED));
        said().next().is_some() && (is_stalled || scene.ledger.committee().is_third(said()))
    }

    fn ahead(&self, head: Height, snapshots: u64) -> Height {
        Height::new(head.get().saturating_add(self.every.saturating_mul(snapshots)))
    }
}
