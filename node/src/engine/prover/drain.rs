//! The end of selling: no new award is taken, and what is held is finished.

use super::Prover;
use dpgn_protocol::{ids::TaskId, wire::ProofStage};

impl Prover {
    /// Takes no new awards, challenges or sealed rounds until the node is started again. The ask is withdrawn; sealed asks
    /// are still opened.
    pub(in crate::engine) fn drain(&mut self) {
        self.terms.drain();
        self.wants_challenges = false;
        self.seals.leave();
    }

    /// The last that was said of the work for a task: its stage, and how much of the proof is done in thousandths.
    pub(in crate::engine) fn said(&self, task: TaskId) -> Option<(ProofStage, u16)> {
        self.jobs.get(&task)?.said
    }
}
