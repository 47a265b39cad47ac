//! A jump: the ledger of a snapshot takes the place of this node's own, and the blocks between are never seen.
//!
//! Roles act on what the ledger says, so they go on from there. What only blocks tell is lost, and is said to be: notices, the
//! block in which an own task was settled, and what became of own tasks that the ledger has forgotten. Consensus begins at the
//! height above: nothing is signed at a height that was skipped.

use super::{
    Core, Engine,
    candidates::Candidates,
    commit::Jump,
    effect::{DiskEffect, Effect},
    follow::{handover_of, saved_task},
    input::{Call, CallError},
    notice::Notice,
    requester::Done as BlockDone,
    snapshot_order::{SnapshotChecked, SnapshotFault},
    snapshot_sync::{Scene, SnapshotProgress},
};
use dpgn_market::Ledger;
use dpgn_protocol::{block::Decided, ids::AccountId, units::Timestamp, wire::Response};
use std::sync::Arc;

impl Core {
    /// The things that a decision about snapshots rests on.
    pub(super) fn scene(&self, now: Timestamp) -> Scene<'_> {
        let (head, ledger) = (&self.chain.head, &*self.chain.ledger);
        Scene { now, head: head.height, time: head.time, ledger, peers: &self.peers, claims: &self.sync }
    }
}

impl Engine {
    /// How far the snapshot is that is being taken in place of old blocks; absent if none is.
    pub fn snapshot_progress(&self) -> Option<SnapshotProgress> {
        self.snapshots.progress()
    }

    /// The last part of a snapshot that was refused, and the peer that has sent it.
    pub fn snapshot_fault(&self) -> Option<&(AccountId, SnapshotFault)> {
        self.snapshots.fault()
    }

    /// Looks for a snapshot, if blocks are far away.
    pub(super) fn look_for_snapshots(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let scene = self.core.scene(now);
        self.snapshots.tick(scene, effects);
    }

    /// A peer has answered to a question about snapshots, or has not.
    pub(super) fn snapshot_answered(
        &mut self,
        now: Timestamp,
        call: &Call,
        result: Result<Response, CallError>,
        effects: &mut Vec<Effect>,
    ) {
        let scene = self.core.scene(now);
        match *call {
            Call::Snapshot(from) => self.snapshots.offered(scene, from, result, effects),
            Call::Handovers(from) => self.snapshots.handed_over(scene, from, result, effects),
            Call::Chunk { from, manifest, index } => {
                self.snapshots.chunk(scene, from, (manifest, index), result, effects);
            }
            Call::Head(_) | Call::Blocks(_) | Call::Push { .. } | Call::Judge { .. } | Call::Collect { .. } => {}
        }
    }

    /// Parts of a snapshot are checked; once it is whole this node goes on from there.
    pub(super) fn snapshot_checked(&mut self, now: Timestamp, checked: SnapshotChecked, effects: &mut Vec<Effect>) {
        let scene = self.core.scene(now);
        let whole = self.snapshots.checked(scene, checked, effects);
        match whole {
            Some((decided, ledger)) if decided.block.header.height > self.core.chain.head.height => {
                self.jump(now, decided, ledger, effects);
            }
            // Blocks have come faster.
            Some(_) | None => {}
        }
    }

    fn jump(&mut self, now: Timestamp, decided: Decided, ledger: Arc<Ledger>, effects: &mut Vec<Effect>) {
        let believed = self.snapshots.believed(self.core.scene(now));
        let (from, block) = (self.core.chain.head.height, decided.certificate.block);
        let height = decided.block.header.height;
        tracing::info!(%from, %height, "a snapshot is here; blocks follow from there");
        self.core.candidates = Candidates::default();
        self.core.chain.advance(&decided.block, &decided.certificate, ledger.clone());
        self.shelf.keep(decided.clone(), ledger.clone());
        let before = std::mem::take(effects);
        self.requester.jumped(&mut self.core.context(now, effects));
        self.react(now, BlockDone { ops: &[], outcomes: &[] }, &[], effects);
        // One transaction for the snapshot and what it says of own tasks, before anything else is carried out.
        let (records, rest): (Vec<_>, Vec<_>) = std::mem::take(effects)
            .into_iter()
            .partition(|effect| matches!(effect, Effect::Disk(DiskEffect::SaveTask(_))));
        let tasks = records.into_iter().filter_map(saved_task).collect();
        let handover = handover_of(&ledger, &decided);
        effects.extend(before);
        effects.push(DiskEffect::Jump(Box::new(Jump { decided, ledger, handover, believed, tasks })).into());
        effects.push(Effect::Notify(Notice::Jumped { from, height, block }));
        effects.extend(rest);
        effects.push(self.sweep().into());
        self.forget_served();
        self.caught_up = Some(now);
        self.start_if_caught_up(now, effects);
    }
}
