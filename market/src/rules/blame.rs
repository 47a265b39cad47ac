//! Blame: who is at fault when an award ends, and what it costs.
//!
//! | how it ends | before `Start` | after `Start` |
//! |---|---|---|
//! | a window is missed | the least collateral of the task, or the decline fee if that is more | all of it |
//! | a proof that is false, or whose bytes never came | | all of it |
//! | the committee does not agree | | nothing |
//! | `Unable`, soon | the decline fee | a quarter of the collateral, or the elapsed share if that is more |
//! | `Unable`, in the second half of the window | the least collateral of the task | the same |
//! | what only two can see | the decline fee, from both | an eighth of the collateral, from both |
//!
//! The requester pays for no more than 32 of the declines before `Start` that a task remembers; the prover always pays.
//! None of these ends a bid, however many there are: its deadline does.
//!
//! Every decline before `Start` costs a little reputation too. A prover's word against a requester ends a bid only if
//! others say the same, each with a name that was earned and a guarantor of its own: a newcomer's word is free of
//! charge to invent, so it costs both and decides nothing.
//!
//! The least collateral of a task doubles with every silence or false proof: to hold a task up costs more each time.
//! And whoever looks at the inputs and leaves pays for it, and nobody gains by saying that the other did wrong.

use crate::state::{
    award::{Award, AwardEnd, Window},
    fault::Fault,
    ledger::Ledger,
    task::Task,
};
use dpgn_protocol::{
    ids::AccountId,
    ops::DeclineReason,
    units::{Credits, Ppm},
};

/// The least share of the collateral that it costs to be unable after `Start`.
const UNABLE_SHARE: Ppm = Ppm::new(250_000);
/// The share of the collateral that a fault after `Start` costs either of the two who alone can see it.
const UNSEEN_SHARE: Ppm = Ppm::new(125_000);

/// Half: a newcomer's collateral is twice its price.
const HALF: Ppm = Ppm::new(500_000);

impl Ledger {
    /// The part of an award's collateral that is lost by this end, in micro-credits; more than there is means all.
    pub(crate) fn at_stake(&self, task: &Task, award: &Award, end: AwardEnd) -> Credits {
        // What an award at no price holds up is what its collateral says.
        let worth = award.price.max(award.collateral().share(HALF));
        let decline_fee = self.decline_fee(worth);
        // To say nothing is never cheaper than to say so.
        let stalled = self.collateral_floor(task).max(decline_fee);
        match end {
            AwardEnd::Missed(Window::Start) => stalled,
            AwardEnd::Missed(Window::Alive | Window::Due) | AwardEnd::BadProof(_) => Credits::MAX,
            AwardEnd::Missed(Window::Verdict) => Credits::ZERO,
            AwardEnd::Declined(DeclineReason::Unable) if award.started.is_none() => {
                let window = award.start_by.since(award.since);
                let is_late = self.clock.now().since(award.since).get() > window.get() / 2;
                if is_late { stalled } else { decline_fee }
            }
            // A requester may hold its recipe until the window is nearly over: that is not the prover's doing.
            AwardEnd::Declined(_) if award.started.is_none() => decline_fee.min(task.locked()),
            AwardEnd::Declined(DeclineReason::Unable) => {
                let share = self.elapsed(award).max(UNABLE_SHARE);
                award.collateral().share(share).max(decline_fee)
            }
            AwardEnd::Declined(
                DeclineReason::NoRecipe
                | DeclineReason::WrongRecipe
                | DeclineReason::NoInputs
                | DeclineReason::WrongInputs
                | DeclineReason::Unsatisfied,
            ) => award.collateral().share(UNSEEN_SHARE).max(decline_fee).min(task.locked()),
        }
    }

    /// The part of an award's time after `Start` that has passed.
    fn elapsed(&self, award: &Award) -> Ppm {
        let since = award.started.map_or(award.since, |at| self.clock.moment(at).min(award.due));
        Ppm::ratio(self.clock.now().since(since).get(), award.due.since(since).get())
    }

    /// The part of a failure that this end of an award counts for in the prover's history; `None` if it does not
    /// count.
    pub(crate) fn blame(&self, award: &Award, end: AwardEnd) -> Option<Ppm> {
        match end {
            AwardEnd::Missed(Window::Verdict) => None,
            AwardEnd::Missed(Window::Start | Window::Alive | Window::Due) | AwardEnd::BadProof(_) => Some(Ppm::ONE),
            AwardEnd::Declined(DeclineReason::Unable) if award.started.is_some() => Some(Ppm::ONE),
            AwardEnd::Declined(_) if award.started.is_none() => Some(self.params.unable_weight),
            AwardEnd::Declined(
                DeclineReason::Unable
                | DeclineReason::NoRecipe
                | DeclineReason::WrongRecipe
                | DeclineReason::NoInputs
                | DeclineReason::WrongInputs
                | DeclineReason::Unsatisfied,
            ) => None,
        }
    }

    /// Whether a prover's word against a requester counts: its outcomes weigh as much as the prior. A new name is free,
    /// and so is its word.
    pub(crate) fn has_earned_a_name(&self, prover: AccountId) -> bool {
        self.reputation(prover).weight >= self.params.prior_weight
    }

    /// The fault for which a task fails if it ends now without a proof. What only two can see shows nobody's fault,
    /// unless several provers with a name say it.
    pub(crate) fn fault_of(&self, task: &Task) -> Fault {
        if task.complaints >= self.params.complaints_max {
            Fault::Requester
        } else if task.attempts.is_empty() {
            Fault::Network
        } else if task.attempts.iter().all(|attempt| attempt.end.is_unattributable()) {
            Fault::Unclear
        } else {
            Fault::Prover
        }
    }
}

/// Whether a prover that is not there must ask again before it is awarded more.
pub(crate) const fn is_absent(end: AwardEnd) -> bool {
    match end {
        AwardEnd::Missed(Window::Start | Window::Alive) => true,
        AwardEnd::Missed(Window::Due | Window::Verdict) | AwardEnd::Declined(_) | AwardEnd::BadProof(_) => false,
    }
}
