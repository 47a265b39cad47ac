//! Taking a snapshot: a node that is far behind gets the ledger in chunks from several peers, in place of old blocks.
//!
//! A peer says which snapshot it has. From the committee that this node believes, handover by handover, a trail leads to the
//! committee that must have decided the snapshot's block; that one names the state, and every chunk is checked against
//! it. So nobody is believed: whoever sends what does not hold is told apart, and others are asked. What has taken too long
//! is begun anew with a newer snapshot. Blocks are asked for all the while, and whichever comes first counts.
//!
//! What must never happen: a state that the committee in office has not decided; a liar that keeps this node from an honest
//! peer for longer than its patience; history that is thrown away because one peer wants it so.

mod download;
mod found;
mod need;
mod origin;
mod pace;
mod rests;
#[cfg(test)]
mod tests;

use super::{
    effect::{Effect, PeerEffect, WorkEffect},
    input::{Call, CallError},
    snapshot_order::{Parts, SnapshotFault, SnapshotOrder},
    sync::{Sync, shuffled},
};
use download::Download;
use dpgn_market::Ledger;
use dpgn_protocol::{
    ids::{AccountId, ManifestHash},
    snapshot::SnapshotHead,
    trail::Trail,
    units::{Height, Millis, Timestamp},
    wire::{Request, Response},
};
use need::Need;
pub(super) use origin::Origin;
use pace::Pace;
use rests::Rests;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The head of a snapshot, 2 MiB at most, or a page of handovers comes within this.
const PATIENCE: Millis = Millis::from_secs(10);
/// A peer that had nothing, or was silent, is not asked again within this.
const REST: Millis = Millis::from_secs(10);
/// A peer that has sent what does not hold, or has kept this node for long, is not asked again within this.
const LIAR_REST: Millis = Millis::from_secs(600);
/// A handover in time is worth this in all that the trail may take: a page of 64 comes and is checked in 3 seconds.
const HANDOVER_WORTH: Millis = Millis::new(50);
/// This machine checks the head of a snapshot within this, however busy it is.
const CHECK_PATIENCE: Millis = Millis::from_secs(60);

/// The things that a decision about snapshots rests on.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) now: Timestamp,
    pub(super) head: Height,
    /// The time of the last block, or of the genesis.
    pub(super) time: Timestamp,
    pub(super) ledger: &'a Ledger,
    pub(super) peers: &'a BTreeSet<AccountId>,
    pub(super) claims: &'a Sync,
}

/// The way to a snapshot of others.
pub(super) struct SnapshotSync {
    need: Need,
    origin: Origin,
    /// Whether this node takes snapshots at all: an archive wants the blocks.
    takes: bool,
    stage: Stage,
    /// The trail as far as it has been followed, for the next try; absent before the first.
    walked: Option<Walked>,
    /// The number of the last order.
    number: u64,
    /// The number of peers that were asked for a snapshot so far.
    asked: u64,
    rests: Rests,
    /// The last fault that was found, and who is to blame for it.
    fault: Option<(AccountId, SnapshotFault)>,
}

/// A part of a trail.
struct Walked {
    trail: Trail,
    /// The peer that has sent all of it; absent if several have.
    by: Option<AccountId>,
}

/// The stages on the way to a snapshot, in the order in which they come.
enum Stage {
    /// Blocks are enough.
    Idle,
    /// A peer was asked for the head of its newest snapshot.
    Asked { from: AccountId, since: Timestamp },
    /// The trail is followed to the height of a snapshot, with handovers of whoever has it: since the last page, and at a pace.
    Following { head: Box<SnapshotHead>, from: AccountId, since: Timestamp, pace: Pace },
    /// The head of a snapshot is being checked.
    Checking { from: AccountId, since: Timestamp },
    /// The state is put together.
    Loading(Box<Download>),
}

/// How far a snapshot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotProgress {
    /// The height of the snapshot.
    pub height: Height,
    /// The number of its chunks that are here and checked.
    pub chunks: usize,
    /// The number of its chunks.
    pub of: usize,
}

impl SnapshotSync {
    pub(super) fn new(every: u64, takes: bool, origin: Origin) -> Self {
        let (need, rests) = (Need::new(every), Rests::default());
        Self { need, origin, takes, stage: Stage::Idle, walked: None, number: 0, asked: 0, rests, fault: None }
    }

    /// Whether the ledger after a block is of another history than the owner's checkpoint.
    pub(super) fn contradicts_checkpoint(&self, ledger: &Ledger, height: Height) -> bool {
        self.origin.contradicts(ledger, height)
    }

    /// The height of the checkpoint on which a jump from here rests; absent if this node's own head is what it believes.
    pub(super) fn believed(&self, scene: Scene<'_>) -> Option<Height> {
        self.origin.ahead(scene).map(|ahead| ahead.height)
    }

    /// How far the snapshot is that is being taken; absent if none is.
    pub(super) fn progress(&self) -> Option<SnapshotProgress> {
        if let Stage::Loading(download) = &self.stage { Some(download.progress()) } else { None }
    }

    /// The last thing that was refused, and whose it was.
    pub(super) fn fault(&self) -> Option<&(AccountId, SnapshotFault)> {
        self.fault.as_ref()
    }

    /// A peer says that it has pruned the blocks that were asked for, and has them from this height on.
    pub(super) fn pruned(&mut self, scene: Scene<'_>, from: AccountId, first: Height) {
        if self.takes {
            self.need.pruned(scene, from, first);
        } else {
            tracing::warn!(peer = %from, "a peer has pruned the blocks that this archive lacks: it needs one that is an archive");
        }
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, scene: Scene<'_>, effects: &mut Vec<Effect>) {
        let now = scene.now;
        self.rests.tick(now);
        self.need.tick(scene);
        match &mut self.stage {
            Stage::Following { from, pace, .. } if pace.is_lost(now) => {
                let from = *from;
                self.give_up(now, from, LIAR_REST);
            }
            Stage::Asked { from, since } | Stage::Following { from, since, .. } if now >= since.after(PATIENCE) => {
                let from = *from;
                self.give_up(now, from, REST);
            }
            Stage::Checking { from, since } if now >= since.after(CHECK_PATIENCE) => {
                let from = *from;
                self.give_up(now, from, REST);
            }
            // Blocks have come faster.
            Stage::Loading(download) if !self.need.is_worth(scene, download.height(), download.time()) => {
                self.stage = Stage::Idle;
            }
            Stage::Loading(download) => {
                let order = download.tick(now, scene.peers, &mut self.rests, effects);
                if let Some(parts) = order {
                    self.order(parts, effects);
                } else if download.is_stuck(now) {
                    let (from, height) = (download.offered_by(), download.height());
                    tracing::warn!(%height, peer = %from, "a snapshot does not come in time: another is looked for");
                    // A member has something at stake, and may be the only one to offer any.
                    let is_member = self.origin.members(scene).power(from).is_some();
                    self.give_up(now, from, if is_member { REST } else { LIAR_REST });
                }
            }
            Stage::Idle | Stage::Asked { .. } | Stage::Following { .. } | Stage::Checking { .. } => {}
        }
        if matches!(self.stage, Stage::Idle) {
            self.look(scene, effects);
        }
    }

    /// Asks a peer for its newest snapshot, if one may be of use.
    fn look(&mut self, scene: Scene<'_>, effects: &mut Vec<Effect>) {
        let members = self.origin.members(scene);
        // Members have something at stake, as far as this node knows: so each second question is for them.
        let is_theirs = self.asked.is_multiple_of(2);
        let order =
            |peer: &AccountId| (is_theirs && members.power(*peer).is_none(), shuffled(scene.now, self.number, *peer));
        let is_free = |peer: &AccountId| !self.rests.is_resting(*peer) && scene.peers.contains(peer);
        let free = self.need.candidates(scene).filter(is_free);
        let Some(from) = free.min_by_key(order).filter(|_| self.takes) else { return };
        if !self.origin.may_begin(scene) {
            return;
        }
        self.need.asked(from);
        self.asked += 1;
        let request = Request::Snapshot { above: scene.head };
        effects.push(PeerEffect::Ask { to: from, call: Call::Snapshot(from), request }.into());
        self.stage = Stage::Asked { from, since: scene.now };
    }

    /// A peer has answered to the question for its newest snapshot, or has not.
    pub(super) fn offered(
        &mut self,
        scene: Scene<'_>,
        from: AccountId,
        result: Result<Response, CallError>,
        effects: &mut Vec<Effect>,
    ) {
        if !matches!(self.stage, Stage::Asked { from: asked, .. } if asked == from) {
            return;
        }
        match result {
            Ok(Response::Snapshot(head))
                if self.need.is_worth(scene, head.height(), head.decided.block.header.time)
                    && self.origin.is_reached(scene, head.height()) =>
            {
                self.follow(scene, head, from, Pace::new(scene.now), effects);
            }
            Ok(_) | Err(_) => self.give_up(scene.now, from, REST),
        }
    }

    /// Follows the trail to the height of a snapshot.
    fn follow(
        &mut self,
        scene: Scene<'_>,
        head: Box<SnapshotHead>,
        from: AccountId,
        pace: Pace,
        effects: &mut Vec<Effect>,
    ) {
        let (ledger, height) = (scene.ledger, head.height());
        let fits = |walked: &Walked| walked.trail.above() >= scene.head && walked.trail.above() < height;
        let walked = match self.walked.take().filter(fits) {
            Some(Walked { trail, by }) => Walked { trail, by: by.filter(|by| *by == from) },
            None => {
                let (network, epoch_blocks) = (ledger.network(), ledger.params().epoch_blocks);
                let trail = Trail::new(network, epoch_blocks, ledger.committee().clone(), scene.head);
                Walked { trail, by: Some(from) }
            }
        };
        let trail = walked.trail.clone();
        self.walked = Some(walked);
        if height <= trail.border() {
            self.stage = Stage::Checking { from, since: scene.now };
            return self.order(Parts::Head { trail, head }, effects);
        }
        let request = Request::Handovers { above: trail.above() };
        effects.push(PeerEffect::Ask { to: from, call: Call::Handovers(from), request }.into());
        self.stage = Stage::Following { head, from, since: scene.now, pace };
    }

    /// A peer has sent handovers, or has not.
    pub(super) fn handed_over(
        &mut self,
        scene: Scene<'_>,
        peer: AccountId,
        result: Result<Response, CallError>,
        effects: &mut Vec<Effect>,
    ) {
        let Stage::Following { head, from, since, .. } = &mut self.stage else { return };
        let Some(Walked { trail, .. }) = self.walked.as_ref().filter(|_| *from == peer) else { return };
        let (now, trail) = (scene.now, trail.clone());
        let Ok(Response::Handovers(page)) = result else { return self.give_up(now, peer, REST) };
        let height = head.height();
        let handovers: Vec<_> =
            page.into_vec().into_iter().take_while(|handover| handover.header.height < height).collect();
        if handovers.is_empty() {
            // It has a snapshot, and not the way to it.
            return self.give_up(now, peer, REST);
        }
        *since = now;
        let checkpoint = self.origin.ahead(scene).cloned().map(Box::new);
        self.order(Parts::Handovers { trail, handovers, checkpoint }, effects);
    }

    /// A peer has sent a chunk, or has not.
    pub(super) fn chunk(
        &mut self,
        scene: Scene<'_>,
        from: AccountId,
        (manifest, index): (ManifestHash, u32),
        result: Result<Response, CallError>,
        effects: &mut Vec<Effect>,
    ) {
        let Stage::Loading(download) = &mut self.stage else { return };
        if download.manifest() == manifest {
            download.came(scene.now, from, index, result, &mut self.rests);
            self.tick(scene, effects);
        }
    }

    /// Has parts checked; whatever was under way is of no use any more.
    fn order(&mut self, parts: Parts, effects: &mut Vec<Effect>) {
        self.number += 1;
        effects.push(WorkEffect::Snapshot(Box::new(SnapshotOrder { number: self.number, parts })).into());
    }

    /// Gives up what is under way; this peer is not asked for a while.
    fn give_up(&mut self, now: Timestamp, peer: AccountId, rest: Millis) {
        self.stage = Stage::Idle;
        self.number += 1;
        self.rests.rest(peer, now.after(rest));
    }
}
