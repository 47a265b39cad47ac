//! The prover's clock: how long it may wait for anything, and whether it can make an award at all.
//!
//! Whatever a job waits for (a recipe, inputs, a worker, the owner's own purchase, a suspended machine), it is given
//! back while the ledger still takes the op: a window that closes costs collateral, a decline costs little.

use dpgn_market::{AwardView, Stage};
use dpgn_protocol::{
    genesis::Params,
    units::{Millis, Timestamp},
};

/// Blocks that an op is given to be gossiped and decided.
const BLOCKS: u64 = 10;
/// The least time that it is given.
const MARGIN_MIN: Millis = Millis::from_secs(2);

/// Time kept before the end of a window, for the op that speaks up in it: at most a quarter of the window.
pub(super) fn margin(params: &Params, window: Millis) -> Millis {
    params.block_interval.saturating_mul(BLOCKS).max(MARGIN_MIN).min(Millis::new(window.get() / 4))
}

/// What the windows of a live award leave to its prover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// `Start` must be signed by then.
    pub(super) start: Timestamp,
    /// The inputs must be here by then.
    pub(super) inputs: Timestamp,
    /// The proof must be done by then.
    pub(super) proof: Timestamp,
}

impl Limits {
    /// The limits of an award. `declared` is how long the prover says that the proof takes.
    pub(super) fn of(params: &Params, view: &AwardView<'_>) -> Self {
        let award = view.award;
        let begun = award.started.unwrap_or(award.at);
        let start = view.start_by.before(margin(params, view.start_by.since(award.at)));
        let proof = view.due.before(margin(params, view.due.since(begun)));
        // Half of the time is left for proving, or what was declared if that is less.
        let half = Millis::new(proof.since(begun).get() / 2);
        let inputs = proof.before(award.terms.declared.min(half));
        Self { start, inputs, proof }
    }

    /// Time left for the whole job.
    pub(super) fn left(&self, now: Timestamp) -> Millis {
        self.proof.since(now)
    }
}

/// Whether the ledger still waits for `Start`.
pub(super) fn owes_start(stage: &Stage) -> bool {
    matches!(stage, Stage::Assigned(_))
}

/// Whether the ledger waits for the proof.
pub(super) fn owes_proof(stage: &Stage) -> bool {
    matches!(stage, Stage::InProgress(_))
}

/// A job that is before another one in the queue for the workers.
pub(super) struct Ahead {
    /// How long its proof takes, as declared.
    pub(super) declared: Millis,
    /// When its proof was begun; absent if it waits too.
    pub(super) since: Option<Timestamp>,
}

impl Ahead {
    /// How long it still takes. One that is overdue is thought to take an eighth of its time again.
    fn rest(&self, now: Timestamp) -> Millis {
        let spent = self.since.map_or(Millis::new(0), |since| now.since(since));
        let rest = self.declared.get().saturating_sub(spent.get());
        Millis::new(rest.max(self.declared.get() / 8))
    }
}

/// How long a job waits for a worker: not at all while a lane is free.
pub(super) fn wait(now: Timestamp, lanes: u16, ahead: &[Ahead]) -> Millis {
    let lanes = u64::from(lanes.max(1));
    if (ahead.len() as u64) < lanes {
        return Millis::new(0);
    }
    let rest = ahead.iter().map(|job| job.rest(now).get()).fold(0_u64, u64::saturating_add);
    Millis::new(rest / lanes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::new(100_000);

    fn job(declared: u64, since: Option<u64>) -> Ahead {
        Ahead { declared: Millis::new(declared), since: since.map(Timestamp::new) }
    }

    #[test]
    fn a_small_job_waits_for_the_large_one_before_it() {
        assert_eq!(wait(NOW, 1, &[]), Millis::new(0));
        assert_eq!(wait(NOW, 1, &[job(160_000, Some(90_000))]), Millis::new(150_000));
        assert_eq!(wait(NOW, 1, &[job(8_000, Some(10_000))]), Millis::new(1_000), "what is overdue may take longer");
        assert_eq!(wait(NOW, 2, &[job(160_000, Some(90_000))]), Millis::new(0), "the second lane is free");
        assert_eq!(wait(NOW, 2, &[job(60_000, None), job(40_000, None)]), Millis::new(50_000));
    }

    #[test]
    fn the_margin_is_some_blocks_and_never_most_of_a_window() {
        let params = Params::default();
        assert_eq!(margin(&params, Millis::from_secs(60)), Millis::from_secs(2));
        assert_eq!(margin(&params, Millis::from_secs(4)), Millis::from_secs(1));
        let slow = Params { block_interval: Millis::from_secs(1), ..params };
        assert_eq!(margin(&slow, Millis::from_secs(60)), Millis::from_secs(10));
    }
}
