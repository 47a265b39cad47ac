//! Late proofs: an award that has ended may still be worth its proof.
//!
//! A prover that had started and was too slow, or was not heard of, may finish: the ledger keeps its proof and pays
//! it if nobody else's is good. It stakes what its award did once more, so only a prover that has as much is heard.

use super::job::JobStage;
use dpgn_market::Task;
use dpgn_protocol::{ids::AccountId, units::Timestamp};

/// Whether the work at an award that has ended goes on.
pub(super) fn goes_on(now: Timestamp, task: &Task, own: AccountId, stage: &JobStage) -> bool {
    if task.stage.ended().is_some() {
        return false;
    }
    let is_kept = task.late().any(|late| late.award.prover == own);
    let may_be_kept = task.late_award(own, now).is_some();
    match stage {
        JobStage::Proved { .. } => is_kept || may_be_kept,
        // Somebody else's proof may be there already, and be bad.
        JobStage::Proving(_) => may_be_kept,
        JobStage::Recipe { .. }
        | JobStage::Building
        | JobStage::Built { .. }
        | JobStage::Ready
        | JobStage::Declined(_) => false,
    }
}

/// Whether a late proof of this prover is worth what it stakes: not while the live award's own is being judged.
pub(super) fn is_wanted(now: Timestamp, task: &Task, own: AccountId) -> bool {
    let number = task.stage.award().map(|award| award.number);
    let is_late = task.attempts.iter().any(|attempt| Some(attempt.award.number) == number);
    task.late_award(own, now).is_some() && (task.stage.delivery().is_none() || is_late)
}
