//! Found: what becomes of the way to a snapshot once something of it was checked.

use super::{
    super::{
        effect::{DiskEffect, Effect, PeerEffect},
        snapshot_order::{Found, SnapshotChecked, SnapshotFault},
    },
    HANDOVER_WORTH, LIAR_REST, REST, Scene, SnapshotProgress, SnapshotSync, Stage,
    download::Download,
};
use dpgn_market::{Assembly, Ledger, TakeError};
use dpgn_protocol::{
    block::Decided,
    ids::AccountId,
    state_chunk::Blame,
    units::{Millis, Timestamp},
};
use std::sync::Arc;

impl SnapshotSync {
    /// Something was checked. Returns the block and the ledger of a snapshot that is whole, if it is still worth a jump.
    pub(in super::super) fn checked(
        &mut self,
        scene: Scene<'_>,
        checked: SnapshotChecked,
        effects: &mut Vec<Effect>,
    ) -> Option<(Decided, Arc<Ledger>)> {
        if checked.number != self.number {
            return None;
        }
        let now = scene.now;
        match (checked.found, std::mem::replace(&mut self.stage, Stage::Idle)) {
            (Found::Followed { trail, passed, fault }, Stage::Following { head, from, mut pace, .. }) => {
                if let Some(walked) = &mut self.walked {
                    walked.trail = trail;
                }
                pace.earn(HANDOVER_WORTH.saturating_mul(passed.len() as u64));
                if !passed.is_empty() {
                    effects.push(DiskEffect::SaveTrail(passed).into());
                }
                match fault {
                    Some(fault) => self.refuse(now, from, fault, effects),
                    None => self.follow(scene, head, from, pace, effects),
                }
            }
            (Found::Begun(Ok(begun)), Stage::Checking { from, .. }) => self.begin(scene, from, *begun, effects),
            (Found::Begun(Err(fault)), Stage::Checking { from, .. }) => self.refuse(now, from, fault, effects),
            (Found::Taken { assembly, taken, refused }, Stage::Loading(mut download)) => {
                download.taken(now, assembly, &taken, refused.iter().map(|(index, ..)| *index));
                let offered_by = download.offered_by();
                self.stage = Stage::Loading(download);
                self.refuse_chunks(now, offered_by, refused, effects);
                self.tick(scene, effects);
            }
            (Found::Whole(Ok(ledger)), Stage::Loading(download)) => {
                let is_worth = self.need.is_worth(scene, download.height(), download.time());
                return is_worth.then(|| (download.into_block(), ledger));
            }
            (Found::Whole(Err(fault)), Stage::Loading(download)) => {
                self.refuse(now, download.offered_by(), fault, effects);
            }
            (Found::Unfinished, Stage::Following { from, .. } | Stage::Checking { from, .. }) => {
                self.refuse(now, from, SnapshotFault::Unfinished, effects);
            }
            (Found::Unfinished, Stage::Loading(download)) => {
                self.refuse(now, download.offered_by(), SnapshotFault::Unfinished, effects);
            }
            // What was found for another stage is of no use, and the number says that there is none.
            (
                Found::Followed { .. } | Found::Begun(_) | Found::Taken { .. } | Found::Whole(_) | Found::Unfinished,
                stage @ (Stage::Idle
                | Stage::Asked { .. }
                | Stage::Following { .. }
                | Stage::Checking { .. }
                | Stage::Loading(_)),
            ) => self.stage = stage,
        }
        None
    }

    /// Begins to put a state together whose block is shown to be decided.
    fn begin(
        &mut self,
        scene: Scene<'_>,
        from: AccountId,
        (decided, assembly): (Decided, Assembly),
        effects: &mut Vec<Effect>,
    ) {
        let Some(download) = Download::new(scene.now, from, decided, assembly) else {
            return self.give_up(scene.now, from, REST);
        };
        let SnapshotProgress { height, of, .. } = download.progress();
        tracing::info!(%height, chunks = of, peer = %from, "a snapshot is taken in place of old blocks");
        self.stage = Stage::Loading(Box::new(download));
        self.tick(scene, effects);
    }

    /// Holds chunks that do not hold against whoever has sent them, or against whoever has named them.
    fn refuse_chunks(
        &mut self,
        now: Timestamp,
        offered_by: AccountId,
        refused: Vec<(u32, AccountId, TakeError)>,
        effects: &mut Vec<Effect>,
    ) {
        for (_, from, error) in refused {
            let is_manifests = error.blame() == Blame::Manifest;
            let fault = SnapshotFault::Chunk(error);
            if !is_manifests && fault.is_senders() {
                self.blame(now, from, fault, effects);
            } else {
                // The manifest is false, or the chunk is true and of no use to this build.
                self.refuse(now, offered_by, fault, effects);
            }
        }
    }

    /// Gives up what is under way for a fault of this peer's, or of nobody's.
    ///
    /// If it does not fit to a trail of which others have sent a part, it may be theirs that is false: the next peer is followed
    /// from this node's own head on.
    fn refuse(&mut self, now: Timestamp, peer: AccountId, fault: SnapshotFault, effects: &mut Vec<Effect>) {
        if fault.is_of_trail() && self.walked.take().is_none_or(|walked| walked.by != Some(peer)) {
            tracing::info!(%peer, %fault, "the trail that several peers have sent does not hold together: it is begun anew");
            return self.give_up(now, peer, Millis::default());
        }
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
