//! The prover's clock: how long it may wait for anything, and whether it can make an award at all.
//!
//! Whatever a job waits for (a recipe, inputs, a worker, the owner's own purchase, a suspended machine), it is given
//! back while the ledger still takes the op: a window that closes costs collateral, a decline costs little.

use super::super::Context;
use dpgn_market::{AwardView, Stage, Task};
use dpgn_protocol::{
    genesis::Params,
    units::{Height, Millis, Timestamp},
};

/// A node that is not told the time for so long was suspended, or has too much to do.
const ASLEEP: Millis = Millis::from_secs(3);

/// The ledger's time as this node can know it: the last block's, and what has passed since.
///
/// Time in which no block came is the network's standstill, of which the ledger counts an idle interval, and so
/// does this clock. Time in which this machine was asleep is not: the network went on without it. How far this
/// machine's clock is from the ledger's does not matter.
#[derive(Default)]
pub(super) struct LedgerClock {
    height: Option<Height>,
    /// The time at which the last block was applied, by this machine's clock.
    block_at: Timestamp,
    /// The last step, by this machine's clock.
    last: Timestamp,
    /// The time that this machine was asleep since the last block.
    asleep: Millis,
}

impl LedgerClock {
    /// Takes note of a step; says whether the machine was asleep before it.
    pub(super) fn advance(&mut self, ctx: &Context<'_>) -> bool {
        let gap = ctx.now.since(self.last);
        let was_asleep = self.height.is_some() && gap >= ASLEEP;
        self.last = ctx.now;
        if self.height != Some(ctx.ledger.height()) {
            (self.height, self.block_at, self.asleep) = (Some(ctx.ledger.height()), ctx.now, Millis::new(0));
        } else if was_asleep {
            self.asleep = self.asleep.saturating_add(gap);
        }
        was_asleep
    }

    /// The time of the ledger now.
    pub(super) fn now(&self, ctx: &Context<'_>) -> Timestamp {
        let awake = ctx.now.since(self.block_at.after(self.asleep));
        ctx.ledger.time().after(awake.min(ctx.ledger.params().idle_interval)).after(self.asleep)
    }

    /// The time of this machine when the ledger's is `at`.
    pub(super) fn local(&self, ctx: &Context<'_>, at: Timestamp) -> Timestamp {
        ctx.now.after(at.since(self.now(ctx)))
    }
}

/// Blocks that an op is given to be gossiped and decided.
const BLOCKS: u64 = 10;
/// The least time that it is given.
const MARGIN_MIN: Millis = Millis::from_secs(2);

/// Time kept before the end of a window, for the op that speaks up in it: at most a quarter of the window.
pub(super) fn margin(params: &Params, window: Millis) -> Millis {
    params.block_interval.saturating_mul(BLOCKS).max(MARGIN_MIN).min(Millis::new(window.get() / 4))
}

/// The times that the windows of a live award leave to its prover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// The recipe must be here by then: what is left to `start` is for building.
    pub(super) recipe: Timestamp,
    /// `Start` must be signed by then.
    pub(super) start: Timestamp,
    /// The inputs must begin to come by then, if they are asked for before it.
    pub(super) inputs_begin: Timestamp,
    /// The inputs must be here by then.
    pub(super) inputs: Timestamp,
    /// A proof that has everything but a lane must be begun by then.
    pub(super) begin: Timestamp,
    /// The proof must be done by then.
    pub(super) proof: Timestamp,
}

impl Limits {
    /// The limits of an award of a circuit with so many padded rows.
    pub(super) fn of(params: &Params, view: &AwardView<'_>, rows: u64) -> Self {
        let award = view.award;
        let begun = award.started.unwrap_or(award.at);
        let start = view.start_by.before(margin(params, view.start_by.since(award.at)));
        let proof = view.due.before(margin(params, view.due.since(begun)));
        let build = Millis::new(rows.saturating_mul(1_000) / params.build_rows_per_second.max(1));
        // However short the window is, half of it is the requester's.
        let recipe = start.before(build).max(award.at.after(Millis::new(start.since(award.at).get() / 2)));
        // Half of the time is left for proving, or what was declared if that is less.
        let half = Millis::new(proof.since(begun).get() / 2);
        let work = award.terms.declared.min(half);
        let inputs = proof.before(work);
        // The prover may be faster than it says.
        let begin = proof.before(Millis::new(work.get() / 2));
        Self { recipe, start, inputs_begin: view.start_by, inputs, begin, proof }
    }

    /// The time by which inputs of so many bytes must be here that are asked for now: the base of a window, and their bytes.
    /// The base ends with the window for `Start`, as the ledger tells whoever waits behind this award; one that is asked
    /// for anew after that has its own.
    pub(super) fn inputs_by(&self, params: &Params, now: Timestamp, len: u64) -> Timestamp {
        let bytes = Millis::new(len.saturating_mul(1_000) / params.recipe_bytes_per_second.max(1));
        let base = now.after(params.start_window);
        let begin = if now < self.inputs_begin { base.min(self.inputs_begin) } else { base };
        begin.after(bytes).min(self.inputs)
    }

    /// Time left for the whole job.
    pub(super) fn left(&self, now: Timestamp) -> Millis {
        self.proof.since(now)
    }
}

/// Whether the base of the window for an award's `Start` is over: what a prover is given beside the time for bytes.
pub(super) fn is_past_base(params: &Params, task: &Task, now: Timestamp) -> bool {
    task.stage.award().is_some_and(|award| now >= award.at.after(params.start_window))
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
    /// The time that its proof takes, as declared.
    pub(super) declared: Millis,
    /// The time at which its proof was begun; absent if it waits too.
    pub(super) since: Option<Timestamp>,
}

impl Ahead {
    /// The time that it still takes. One that is overdue is thought to take an eighth of its time again.
    fn rest(&self, now: Timestamp) -> Millis {
        let spent = self.since.map_or(Millis::new(0), |since| now.since(since));
        let rest = self.declared.get().saturating_sub(spent.get());
        Millis::new(rest.max(self.declared.get() / 8))
    }
}

/// Whether a proof that takes as long as declared is done in time if it is begun only after another one.
pub(super) fn is_in_time_behind(now: Timestamp, first: Millis, declared: Millis, done_by: Timestamp) -> bool {
    now.after(first).after(declared) <= done_by
}

/// The time that a job waits for a worker: none while one is free.
pub(super) fn wait(now: Timestamp, workers: u16, ahead: &[Ahead]) -> Millis {
    let workers = u64::from(workers.max(1));
    if (ahead.len() as u64) < workers {
        return Millis::new(0);
    }
    let rest = ahead.iter().map(|job| job.rest(now).get()).fold(0_u64, u64::saturating_add);
    Millis::new(rest / workers)
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
        assert_eq!(wait(NOW, 2, &[job(160_000, Some(90_000))]), Millis::new(0), "the second worker is free");
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
