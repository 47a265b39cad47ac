//! Allowances: the time that a prover is given for what a task makes it fetch and build, by the least rates of the
//! network.
//!
//! A requester says how many bytes there are, and nobody can see that it sends none. It has paid for the time that they
//! take once (`Ledger::carriage_fee`): so long, beyond the base of a window, all provers of its bid together wait in vain.
//! Those that come after that have the base alone, which is enough for whoever is sent the bytes, and not too slowly.

use super::{
    award::{Attempt, AwardEnd},
    task::Task,
};
use dpgn_protocol::{
    genesis::Params,
    ops::DeclineReason,
    units::{Millis, Timestamp},
};

/// Milliseconds of a second: rates are per second.
const SECOND: u64 = 1_000;

impl Task {
    /// The time that a prover has for `Start`: a base, the time for the recipe's bytes, the time for building.
    pub(crate) fn start_allowance(&self, params: &Params) -> Millis {
        params.start_window.saturating_add(self.recipe_allowance(params))
    }

    /// The time for the bytes of the recipe and for building, at the least rates.
    pub(crate) fn recipe_allowance(&self, params: &Params) -> Millis {
        // Recipe and rows are bounded (2^28 bytes, 2^24 rows), so the sum does not saturate.
        let whole = self.bid.recipe_len.saturating_mul(SECOND) / params.recipe_bytes_per_second.max(1);
        let is_without = |reason| matches!(reason, DeclineReason::NoRecipe | DeclineReason::WrongRecipe);
        let fetch = whole.saturating_sub(self.waited_in_vain(params, is_without));
        let build = self.degree.rows().saturating_mul(SECOND) / params.build_rows_per_second.max(1);
        Millis::new(fetch).saturating_add(Millis::new(build))
    }

    /// The time that a prover has for the bytes of the inputs, after `Start`.
    pub(crate) fn inputs_allowance(&self, params: &Params) -> Millis {
        // Inputs are bounded, 2^28 bytes.
        let bytes = self.bid.inputs_len.saturating_mul(SECOND);
        let whole = bytes.div_ceil(params.recipe_bytes_per_second.max(1));
        let is_without = |reason| matches!(reason, DeclineReason::NoInputs | DeclineReason::WrongInputs);
        Millis::new(whole.saturating_sub(self.waited_in_vain(params, is_without)))
    }

    /// The milliseconds, beyond the base of a window each, for which provers waited that gave the task back for one of
    /// these reasons.
    fn waited_in_vain(&self, params: &Params, is_without: fn(DeclineReason) -> bool) -> u64 {
        let waited = |attempt: &Attempt| {
            let since = attempt.award.started.unwrap_or(attempt.award.at);
            attempt.at.since(since).get().saturating_sub(params.start_window.get())
        };
        let in_vain = self.attempts.iter().filter(|attempt| match attempt.end {
            AwardEnd::Declined(reason) => is_without(reason),
            AwardEnd::Missed(_) | AwardEnd::BadProof(_) => false,
        });
        in_vain.map(waited).fold(0, u64::saturating_add)
    }

    /// Both allowances: the time until a proof can be begun.
    pub(crate) fn allowance(&self, params: &Params) -> Millis {
        self.start_allowance(params).saturating_add(self.inputs_allowance(params))
    }

    /// The time that has to pass before the deadline beside proving: both allowances, and one idle block.
    pub(crate) fn overhead(&self, params: &Params) -> Millis {
        // A sum beyond 64 bits is more than any deadline leaves.
        self.allowance(params).saturating_add(params.idle_interval)
    }

    /// The latest time at which proving alone may begin; the beginning of time if no deadline leaves what it takes.
    pub(crate) fn latest(&self, params: &Params) -> Timestamp {
        self.bid.deadline.before(self.overhead(params))
    }
}
