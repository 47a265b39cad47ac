//! Origin: which committee is believed before any snapshot is.
//!
//! A trail begins at this node's own head. Where this node stopped so long ago that stake has come free since, members that
//! have left could sign another history and lose nothing, as receipts have it (a checkpoint ages). Then a checkpoint of the
//! owner's is what is believed, and the trail only leads there: its committee, or a later one, must have decided the snapshot.

use super::Scene;
use dpgn_protocol::{checkpoint::Checkpoint, committee::Committee, units::Height};

/// The committee that is believed.
pub(in super::super) struct Origin {
    /// Whether the owner believes the committee of the own head, however old it is.
    allow_old_start: bool,
    /// The committee that the owner believes, if it has named one.
    checkpoint: Option<Checkpoint>,
    /// Whether the owner was told that it is too old.
    is_told: bool,
    /// The snapshot of which the owner was told that it is older than the checkpoint.
    early: Option<Height>,
}

impl Origin {
    pub(in super::super) fn new(allow_old_start: bool, checkpoint: Option<Checkpoint>) -> Self {
        Self { allow_old_start, checkpoint, is_told: false, early: None }
    }

    /// The checkpoint to which a trail must lead: one whose committee is in office in a later epoch than the next block's.
    pub(super) fn ahead(&self, scene: Scene<'_>) -> Option<&Checkpoint> {
        let epoch = |above: Height| scene.ledger.epoch_at(above.next());
        self.checkpoint.as_ref().filter(|checkpoint| epoch(checkpoint.height) > epoch(scene.head))
    }

    /// The committee that has something at stake, as far as this node knows.
    pub(super) fn members<'a>(&'a self, scene: Scene<'a>) -> &'a Committee {
        self.ahead(scene).map_or(scene.ledger.committee(), |ahead| &ahead.committee)
    }

    /// Whether a trail may begin at this node's own head. If not, the owner is told once why not and what to do.
    pub(super) fn may_begin(&mut self, scene: Scene<'_>) -> bool {
        let (believed, time) = self.ahead(scene).map_or((scene.head, scene.time), |ahead| (ahead.height, ahead.time));
        let (age, limit) = (scene.now.since(time), scene.ledger.params().unlock_time);
        let may = self.allow_old_start || age <= limit;
        if !may && !self.is_told {
            tracing::error!(head = %scene.head, %believed, age_ms = %age, limit_ms = %limit,
                "no snapshot is taken: the block from which on this node believes a committee, its own last one or that of its \
                 checkpoint, is so old that those who decided then may have nothing at stake any more, and could have signed \
                 another history. Blocks are asked for all the same, and a peer with `archive = true` has all of them. If they \
                 are pruned everywhere, ask people that you trust for a fresh checkpoint (`dpgn checkpoint export`) and start \
                 this node with it (`dpgn node run --checkpoint FILE`)");
        }
        self.is_told = !may;
        may
    }

    /// Whether a snapshot at this height was decided by a committee that is believed: that of the checkpoint ahead, if there is
    /// one, or a later one. If not, the owner is told once for each such snapshot.
    pub(super) fn is_reached(&mut self, scene: Scene<'_>, height: Height) -> bool {
        let Some(checkpoint) = self.ahead(scene).map(|ahead| ahead.height) else { return true };
        let is_reached = scene.ledger.epoch_at(height) >= scene.ledger.epoch_at(checkpoint.next());
        if !is_reached && self.early != Some(height) {
            tracing::warn!(snapshot = %height, %checkpoint,
                "the newest snapshot of a peer is older than this node's checkpoint: the next one is waited for. A checkpoint \
                 from before it serves as well, if it is not too old (`dpgn checkpoint export --below` the snapshot's height)");
            self.early = Some(height);
        }
        is_reached
    }

    /// Whether a ledger after the block at this height names another committee than the checkpoint does.
    pub(super) fn contradicts(&self, ledger: &dpgn_market::Ledger, height: Height) -> bool {
        self.checkpoint.as_ref().is_some_and(|it| it.height == height && it.committee != *ledger.committee())
    }
}
