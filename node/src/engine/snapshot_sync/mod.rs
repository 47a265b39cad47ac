//! Taking a snapshot: a node that is far behind gets the ledger in chunks from several peers, in place of old blocks.
//!
//! A peer says which snapshot it has. From the committee that this node believes, handover by handover, a trail leads to the
//! committee that must have decided the snapshot's block; that one names the state, and every chunk is checked against
//! it. So nobody is believed: whoever sends what does not hold is told apart, and others are asked. What has taken too long
//! is begun anew with a newer snapshot. Blocks are asked for all the while, until the block of a snapshot is shown to be
//! decided.
//!
//! What must never happen: a state that the committee in office has not decided; a liar that keeps this node from an honest
//! peer for longer than its patience.

mod download;
mod rests;
#[cfg(test)]
mod tests;

use super::{
    effect::{DiskEffect, Effect, PeerEffect, WorkEffect},
    input::{Call, CallError},
    snapshot_order::{Found, Parts, SnapshotChecked, SnapshotFault, SnapshotOrder},
    sync::{Sync, shuffled},
};
use download::Download;
use dpgn_market::Ledger;
use dpgn_protocol::{
    block::Decided,
    ids::{AccountId, ManifestHash},
    snapshot::SnapshotHead,
    trail::Trail,
    units::{Height, Millis, Timestamp},
    wire::{Request, Response},
};
use rests::Rests;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};

/// A peer that claims to be so many snapshots ahead is asked for its newest one; up to there blocks take about as long.
const FAR_SNAPSHOTS: u64 = 4;
/// The head of a snapshot, 2 MiB at most, or a page of handovers comes within this.
const PATIENCE: Millis = Millis::from_secs(10);
/// A peer that had nothing, or was silent, is not asked again within this.
const REST: Millis = Millis::from_secs(10);
/// A peer that has sent what does not hold is not asked again within this.
const LIAR_REST: Millis = Millis::from_secs(600);
/// Peers remembered that have pruned the blocks that this node lacks.
const PRUNED_MAX: usize = 64;

/// The things that a decision about snapshots rests on.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) now: Timestamp,
    pub(super) head: Height,
    pub(super) ledger: &'a Ledger,
    pub(super) peers: &'a BTreeSet<AccountId>,
    pub(super) claims: &'a Sync,
}

/// The way to a snapshot of others.
pub(super) struct SnapshotSync {
    /// Blocks between two snapshots.
    every: u64,
    /// Whether this node takes snapshots at all: an archive wants the blocks.
    takes: bool,
    stage: Stage,
    /// The trail as far as it has been followed, for the next try; absent before the first.
    trail: Option<Trail>,
    /// The number of the last order.
    number: u64,
    rests: Rests,
    /// Peers that no longer have the blocks that this node lacks.
    pruned: BTreeSet<AccountId>,
    /// The last fault that was found, and who is to blame for it.
    fault: Option<(AccountId, SnapshotFault)>,
}

/// The stages on the way to a snapshot, in the order in which they come.
enum Stage {
    /// Blocks are enough.
    Idle,
    /// A peer was asked for the head of its newest snapshot.
    Asked { from: AccountId, since: Timestamp },
    /// The trail is followed to the height of a snapshot, with handovers of whoever has it.
    Following { head: Box<SnapshotHead>, from: AccountId, since: Timestamp },
    /// The head of a snapshot is being checked.
    Checking { from: AccountId },
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
    pub(super) fn new(every: u64, takes: bool) -> Self {
        Self {
            every,
            takes,
            stage: Stage::Idle,
            trail: None,
            number: 0,
            rests: Rests::default(),
            pruned: BTreeSet::new(),
            fault: None,
        }
    }

    /// Whether there is a snapshot to be had for certain, so that blocks below it would be wasted.
    pub(super) fn is_certain(&self) -> bool {
        matches!(self.stage, Stage::Loading(_))
    }

    /// How far the snapshot is that is being taken; absent if none is.
    pub(super) fn progress(&self) -> Option<SnapshotProgress> {
        if let Stage::Loading(download) = &self.stage { Some(download.progress()) } else { None }
    }

    /// The last thing that was refused, and whose it was.
    pub(super) fn fault(&self) -> Option<&(AccountId, SnapshotFault)> {
        self.fault.as_ref()
    }

    /// A peer says that it has pruned the blocks that were asked for.
    pub(super) fn pruned(&mut self, from: AccountId) {
        if !self.takes {
            tracing::warn!(peer = %from, "a peer has pruned the blocks that this archive lacks: it needs one that is an archive");
        } else if self.pruned.len() < PRUNED_MAX {
            self.pruned.insert(from);
        }
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, scene: Scene<'_>, effects: &mut Vec<Effect>) {
        self.rests.tick(scene.now);
        match &mut self.stage {
            Stage::Asked { from, since } | Stage::Following { from, since, .. }
                if scene.now >= since.after(PATIENCE) =>
            {
                let from = *from;
                self.give_up(scene.now, from, REST);
            }
            Stage::Loading(download) if download.height() <= scene.head => self.stage = Stage::Idle,
            Stage::Loading(download) => {
                let order = download.tick(scene.now, scene.peers, &mut self.rests, effects);
                if let Some(parts) = order {
                    self.order(parts, effects);
                } else if download.is_stuck(scene.now) {
                    tracing::warn!(height = %download.height(), "a snapshot does not come any more: a newer one is looked for");
                    let from = download.offered_by();
                    self.give_up(scene.now, from, Millis::default());
                }
            }
            Stage::Idle | Stage::Asked { .. } | Stage::Following { .. } | Stage::Checking { .. } => {}
        }
        if matches!(self.stage, Stage::Idle) {
            self.look(scene, effects);
        }
    }

    /// Asks a peer for its newest snapshot, if one may have blocks that are far away.
    fn look(&mut self, scene: Scene<'_>, effects: &mut Vec<Effect>) {
        let far = Height::new(scene.head.get().saturating_add(FAR_SNAPSHOTS.saturating_mul(self.every)));
        let claims = scene.claims.above(far).chain(self.pruned.iter().copied());
        let members = scene.ledger.committee();
        let order = |peer: &AccountId| (members.power(*peer).is_none(), shuffled(scene.now, self.number, *peer));
        let free = claims.filter(|peer| !self.rests.is_resting(*peer) && scene.peers.contains(peer));
        let Some(from) = free.min_by_key(order).filter(|_| self.takes) else { return };
        self.pruned.remove(&from);
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
            Ok(Response::Snapshot(head)) if head.height() > scene.head => self.follow(scene, head, from, effects),
            Ok(_) | Err(_) => self.give_up(scene.now, from, REST),
        }
    }

    /// Follows the trail to the height of a snapshot.
    fn follow(&mut self, scene: Scene<'_>, head: Box<SnapshotHead>, from: AccountId, effects: &mut Vec<Effect>) {
        let (ledger, height) = (scene.ledger, head.height());
        let fits = |trail: &Trail| trail.above() >= scene.head && trail.above() < height;
        let trail = self.trail.take().filter(fits).unwrap_or_else(|| {
            Trail::new(ledger.network(), ledger.params().epoch_blocks, ledger.committee().clone(), scene.head)
        });
        self.trail = Some(trail.clone());
        if height <= trail.border() {
            self.stage = Stage::Checking { from };
            return self.order(Parts::Head { trail, head }, effects);
        }
        let request = Request::Handovers { above: trail.above() };
        effects.push(PeerEffect::Ask { to: from, call: Call::Handovers(from), request }.into());
        self.stage = Stage::Following { head, from, since: scene.now };
    }

    /// A peer has sent handovers, or has not.
    pub(super) fn handed_over(
        &mut self,
        now: Timestamp,
        peer: AccountId,
        result: Result<Response, CallError>,
        effects: &mut Vec<Effect>,
    ) {
        let Stage::Following { head, from, since } = &mut self.stage else { return };
        let Some(trail) = self.trail.clone().filter(|_| *from == peer) else { return };
        let Ok(Response::Handovers(page)) = result else { return self.give_up(now, peer, REST) };
        let height = head.height();
        let handovers: Vec<_> =
            page.into_vec().into_iter().take_while(|handover| handover.header.height < height).collect();
        if handovers.is_empty() {
            // It has a snapshot, and not the way to it.
            return self.give_up(now, peer, REST);
        }
        *since = now;
        self.order(Parts::Handovers { trail, handovers }, effects);
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

    /// Something was checked. Returns the block and the ledger of a snapshot that is whole.
    pub(super) fn checked(
        &mut self,
        scene: Scene<'_>,
        SnapshotChecked { number, found }: SnapshotChecked,
        effects: &mut Vec<Effect>,
    ) -> Option<(Decided, Arc<Ledger>)> {
        if number != self.number {
            return None;
        }
        let now = scene.now;
        match (found, std::mem::replace(&mut self.stage, Stage::Idle)) {
            (Found::Followed { trail, passed, fault }, Stage::Following { head, from, .. }) => {
                self.trail = Some(trail);
                if !passed.is_empty() {
                    effects.push(DiskEffect::SaveHandovers(passed).into());
                }
                match fault {
                    Some(fault) => self.refuse(now, from, fault, effects),
                    None => self.follow(scene, head, from, effects),
                }
            }
            (Found::Begun(Ok(begun)), Stage::Checking { from }) => {
                let (decided, assembly) = *begun;
                match Download::new(now, from, decided, assembly) {
                    Some(download) => {
                        let SnapshotProgress { height, of, .. } = download.progress();
                        tracing::info!(%height, chunks = of, peer = %from, "a snapshot is taken in place of old blocks");
                        self.stage = Stage::Loading(Box::new(download));
                        self.tick(scene, effects);
                    }
                    None => self.give_up(now, from, REST),
                }
            }
            (Found::Begun(Err(fault)), Stage::Checking { from }) => self.refuse(now, from, fault, effects),
            (Found::Taken { assembly, taken, refused }, Stage::Loading(mut download)) => {
                download.taken(now, assembly, &taken, refused.iter().map(|(index, ..)| *index));
                let offered_by = download.offered_by();
                self.stage = Stage::Loading(download);
                for (_, from, error) in refused {
                    let is_manifests = error.blame() == dpgn_protocol::state_chunk::Blame::Manifest;
                    let fault = SnapshotFault::Chunk(error);
                    match (is_manifests, fault.is_senders()) {
                        (true, _) => {
                            self.stage = Stage::Idle;
                            self.refuse(now, offered_by, fault, effects);
                        }
                        (false, true) => self.blame(now, from, fault, effects),
                        // True, and of no use to this build.
                        (false, false) => {
                            self.stage = Stage::Idle;
                            self.refuse(now, offered_by, fault, effects);
                        }
                    }
                }
                self.tick(scene, effects);
            }
            (Found::Whole(Ok(ledger)), Stage::Loading(download)) => return Some((download.into_block(), ledger)),
            (Found::Whole(Err(fault)), Stage::Loading(download)) => {
                self.refuse(now, download.offered_by(), fault, effects);
            }
            // What was found for another stage is of no use, and the number says that there is none.
            (
                Found::Followed { .. } | Found::Begun(_) | Found::Taken { .. } | Found::Whole(_),
                stage @ (Stage::Idle
                | Stage::Asked { .. }
                | Stage::Following { .. }
                | Stage::Checking { .. }
                | Stage::Loading(_)),
            ) => self.stage = stage,
        }
        None
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

    /// Gives up what is under way for a fault of this peer's, or of nobody's.
    fn refuse(&mut self, now: Timestamp, peer: AccountId, fault: SnapshotFault, effects: &mut Vec<Effect>) {
        self.give_up(now, peer, LIAR_REST);
        self.blame(now, peer, fault, effects);
    }

    /// Holds a fault against a peer, if it could have known; either way it is not asked for long.
    fn blame(&mut self, now: Timestamp, peer: AccountId, fault: SnapshotFault, effects: &mut Vec<Effect>) {
        tracing::warn!(%peer, %fault, "a part of a snapshot is refused");
        self.rests.rest(peer, now.after(LIAR_REST));
        if fault.is_senders() {
            effects.push(PeerEffect::Penalise(peer, "a part of a snapshot that does not hold").into());
        }
        self.fault = Some((peer, fault));
    }
}
