//! Late proofs: those that came after their award had ended, kept beside it until they are judged.

use super::{
    award::{Attempt, Award, LateProof},
    task::Task,
};

impl Task {
    /// The proofs that came after their award had ended, and that wait. They are judged one by one if the live award
    /// fails.
    pub fn late(&self) -> impl Iterator<Item = &LateProof> {
        self.attempts.iter().filter_map(|attempt| attempt.late.as_deref())
    }

    /// Keeps a late proof beside the award that it is for.
    pub(crate) fn keep_late(&mut self, late: LateProof) {
        if let Some(ended) = self.attempts.iter_mut().find(|attempt| attempt.award.number == late.award.number) {
            ended.late = Some(Box::new(late));
        }
    }

    /// Takes out the late proof that came first.
    pub(crate) fn next_late(&mut self) -> Option<LateProof> {
        let came = |attempt: &&mut Attempt| attempt.late.as_ref().map(|late| (late.delivery.at, attempt.award.number));
        let waiting = self.attempts.iter_mut().filter(|attempt| attempt.late.is_some());
        waiting.min_by_key(came).and_then(|attempt| attempt.late.take()).map(|late| *late)
    }

    /// The awards that have collateral locked: the live one, and those of late proofs that wait.
    pub(crate) fn staked(&self) -> impl Iterator<Item = &Award> {
        self.stage.award().into_iter().chain(self.late().map(|late| &late.award))
    }
}
