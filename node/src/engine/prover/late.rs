//! Late proofs: an award that has ended may still be worth its proof.
//!
//! A prover that had started and was too slow, or was not heard of, may finish: the ledger keeps its proof and pays
//! it if nobody else's is good.

use super::job::JobStage;
use dpgn_market::{AwardEnd, Task, Window};
use dpgn_protocol::{ids::AccountId, units::Timestamp};

/// Whether the work at an award that has ended goes on.
pub(super) fn goes_on(now: Timestamp, task: &Task, own: AccountId, stage: &JobStage) -> bool {
    if task.stage.ended().is_some() {
        return false;
    }
    let is_kept = task.late.as_ref().is_some_and(|late| late.0.prover == own);
    let may_be_kept = task.late.is_none() && now <= task.bid.deadline && was_slow(task, own);
    match stage {
        JobStage::Proved { .. } => is_kept || may_be_kept,
        // Somebody else's proof may be there already, and be bad.
        JobStage::Proving(_) => may_be_kept,
        JobStage::Recipe { .. } | JobStage::Building | JobStage::Built { .. } | JobStage::Declined(_) => false,
    }
}

/// Whether the ledger takes a late proof of this prover now.
pub(super) fn is_wanted(now: Timestamp, task: &Task, own: AccountId) -> bool {
    task.late.is_none() && task.stage.delivery().is_none() && now <= task.bid.deadline && was_slow(task, own)
}

/// Whether the prover's one award of the task ended because it was slow or silent.
fn was_slow(task: &Task, own: AccountId) -> bool {
    let mut attempts = task.attempts.iter().filter(|attempt| attempt.award.prover == own);
    let (Some(first), None) = (attempts.next(), attempts.next()) else { return false };
    matches!(first.end, AwardEnd::Missed(Window::Alive | Window::Due))
}
