//! Blame: who is at fault when an award ends, and what it costs.
//!
//! Only what everybody can see is slashed: a missed window, a proof that the committee found bad. Before `Start`
//! only the least collateral is at stake, after it all of it. A fault that only prover and requester can see
//! blames neither.

use crate::state::{
    award::{AwardEnd, Window},
    ledger::Ledger,
    task::Fault,
};
use dpgn_protocol::{
    ops::DeclineReason,
    units::{Credits, Ppm},
};

impl Ledger {
    /// The part of the collateral that is lost by this end, in micro-credits; more than there is means all.
    pub(crate) fn at_stake(&self, end: AwardEnd) -> Credits {
        match end {
            AwardEnd::Missed(Window::Start) => self.params.collateral_min,
            AwardEnd::Missed(Window::Alive | Window::Due | Window::Verdict) | AwardEnd::BadProof(_) => {
                Credits::new(u64::MAX)
            }
            AwardEnd::Declined(DeclineReason::Unable) => Credits::ZERO,
            AwardEnd::Declined(
                DeclineReason::NoRecipe
                | DeclineReason::WrongRecipe
                | DeclineReason::NoInputs
                | DeclineReason::WrongInputs
                | DeclineReason::Unsatisfied,
            ) => self.params.decline_fee,
        }
    }

    /// The part of a failure that this end counts for in the prover's history; `None` if it does not count.
    pub(crate) fn blame(&self, end: AwardEnd) -> Option<Ppm> {
        match end {
            AwardEnd::Missed(_) | AwardEnd::BadProof(_) => Some(Ppm::ONE),
            AwardEnd::Declined(DeclineReason::Unable) => Some(self.params.unable_weight),
            AwardEnd::Declined(
                DeclineReason::NoRecipe
                | DeclineReason::WrongRecipe
                | DeclineReason::NoInputs
                | DeclineReason::WrongInputs
                | DeclineReason::Unsatisfied,
            ) => None,
        }
    }
}

/// The fault for which a task fails that has used up its tries, by how its last award ended.
pub(crate) const fn fault_of(is_unattributable: bool) -> Fault {
    if is_unattributable { Fault::Requester } else { Fault::Prover }
}

/// Whether a prover that is not there must ask again before it is awarded more.
pub(crate) const fn is_absent(end: AwardEnd) -> bool {
    match end {
        AwardEnd::Missed(Window::Start | Window::Alive) => true,
        AwardEnd::Missed(Window::Due | Window::Verdict) | AwardEnd::Declined(_) | AwardEnd::BadProof(_) => false,
    }
}
