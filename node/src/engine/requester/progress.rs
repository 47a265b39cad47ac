//! Progress: what provers say of how far they are, and how much of it is told.

use super::{
    super::{Context, effect::Effect, notice::Notice},
    Requester,
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    sign::Signed,
    wire::{Progress, ProofStage},
};

/// Words of provers that are kept.
const PROGRESS_MAX: usize = 4_096;

/// The newest word of the prover of a task, anybody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latest {
    /// The prover whose report it is.
    pub prover: AccountId,
    /// The stage that the prover says it is at.
    pub proof_stage: ProofStage,
    /// The part of the whole proof that is done, in thousandths.
    pub permille: u16,
    /// The number of the report: a prover counts its own.
    pub(super) sequence: u32,
}

impl Latest {
    /// Whether it is worth a notice after the one before it: another prover, another stage, or another percent.
    pub(super) fn is_news_after(&self, before: &Self) -> bool {
        let of = |word: &Self| (word.prover, word.proof_stage, word.permille / 10);
        of(self) != of(before)
    }
}

impl Requester {
    /// The newest word of the prover of a task, or of the worker that proves it here.
    pub(in crate::engine) fn progress_of(&self, task: TaskId) -> Option<Latest> {
        self.local_progress(task).or_else(|| self.progress.get(&task).copied())
    }

    /// A prover's word on how far it is.
    pub(in crate::engine) fn progress(&mut self, ctx: &mut Context<'_>, progress: &Signed<Progress>) {
        let (task, prover) = (progress.task, progress.signer());
        let awarded = ctx.awarded_to(task) == Some(prover);
        let newer = self.progress.get(&task).is_none_or(|l| l.prover != prover || l.sequence < progress.sequence);
        if !awarded || !newer || self.progress.len() >= PROGRESS_MAX {
            return;
        }
        let (proof_stage, permille) = (progress.stage, progress.permille.min(1_000));
        let latest = Latest { prover, proof_stage, permille, sequence: progress.sequence };
        if self.progress.insert(task, latest).is_none_or(|before| latest.is_news_after(&before)) {
            ctx.effect(Effect::Notify(Notice::Progress { task, prover, proof_stage, permille }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_told_of_each_percent_once_and_of_each_stage() {
        let word = |n: u8, proof_stage, permille| Latest {
            prover: AccountId::from_bytes([n; 32]),
            proof_stage,
            permille,
            sequence: 0,
        };
        let before = word(1, ProofStage::Wires, 123);
        let is_news = |n, stage, permille| word(n, stage, permille).is_news_after(&before);
        assert!(!is_news(1, ProofStage::Wires, 129), "the same percent");
        assert!(is_news(1, ProofStage::Wires, 130), "the next percent");
        assert!(is_news(1, ProofStage::Quotient, 123), "another stage");
        assert!(is_news(2, ProofStage::Wires, 123), "another prover");
        let words = (0..=1_000).map(|permille| word(1, ProofStage::Wires, permille)).collect::<Vec<_>>();
        let told = words.windows(2).filter(|pair| pair[1].is_news_after(&pair[0])).count();
        assert_eq!(told, 100, "of a prover that says each permille");
    }
}
