//! Lanes: which proof is begun next. There are as many lanes as proofs that this machine makes at once.
//!
//! Awards have their turn in the order in which they were made. A later one is begun before an earlier one whose inputs
//! are still on their way only if each earlier one would be in time behind it and those before that: a requester that serves
//! its inputs at the last moment finds the lane that its award was promised. A sealed ask has its turn from its `Seal` on, as
//! if it were an award whose inputs are on their way: if it wins it must be in time, or its deposit is lost.

use super::{
    super::{
        Context,
        effect::WorkEffect,
        order::{AwardTerms, ProveOrder},
    },
    Prover,
    clock::{Ahead, is_in_time_behind, margin},
    job::JobStage,
    say::limits,
};
use dpgn_market::SealedTurn;
use dpgn_protocol::{
    ids::TaskId,
    units::{Millis, Timestamp},
};

/// A live award that needs a lane.
struct Waiting {
    task: TaskId,
    is_ready: bool,
    /// The time that its proof takes, as declared.
    declared: Millis,
    /// The time by which it must be done: the ledger's.
    done_by: Timestamp,
}

/// The lanes of this machine, and those of them that are free.
#[derive(Clone, Copy)]
struct Lanes {
    all: u16,
    free: usize,
}

/// The first award that has its inputs, and a free lane beside those that earlier ones would come too late for if they had
/// to wait behind it and each other.
fn first_in_turn(now: Timestamp, lanes: Lanes, waiting: &[Waiting]) -> Option<TaskId> {
    let may_begin = |(nth, award): &(usize, &Waiting)| {
        let (mut work, mut kept) = (0_u64, 0_usize);
        for earlier in waiting.get(..*nth).unwrap_or_default() {
            let before = award.declared.saturating_add(Millis::new(work / u64::from(lanes.all.max(1))));
            kept += usize::from(!is_in_time_behind(now, before, earlier.declared, earlier.done_by));
            work = work.saturating_add(earlier.declared.get());
        }
        award.is_ready && lanes.free > kept
    };
    waiting.iter().enumerate().find(may_begin).map(|(_, award)| award.task)
}

impl Prover {
    /// Begins each proof that has its inputs, its turn and a free lane.
    pub(super) fn begin_proofs(&mut self, ctx: &mut Context<'_>) {
        while let Some(task) = self.next_to_begin(ctx) {
            if self.free_lanes() == 0 {
                let Some(late) = self.late_proof(ctx) else { return };
                self.drop_job(ctx, late);
            }
            self.begin(ctx, task);
        }
    }

    fn free_lanes(&self) -> usize {
        let proving = self.jobs.values().filter(|job| matches!(job.stage, JobStage::Proving(_)));
        usize::from(self.terms.workers()).saturating_sub(proving.count())
    }

    /// A proof under way whose award has ended: it is worth something only if another prover fails, so it makes room.
    fn late_proof(&self, ctx: &Context<'_>) -> Option<TaskId> {
        let proving = self.jobs.iter().filter(|(_, job)| matches!(job.stage, JobStage::Proving(_)));
        proving.map(|(task, _)| *task).find(|task| ctx.awarded_to(*task) != Some(ctx.own()))
    }

    /// The first award in turn that may be begun.
    fn next_to_begin(&self, ctx: &Context<'_>) -> Option<TaskId> {
        let free = self.free_lanes() + usize::from(self.late_proof(ctx).is_some());
        first_in_turn(self.clock.now(ctx), Lanes { all: self.terms.workers(), free }, &self.waiting(ctx))
    }

    /// The live awards that wait for a lane, and the sealed asks that may become such, in their turn.
    fn waiting(&self, ctx: &Context<'_>) -> Vec<Waiting> {
        let (now, params) = (self.clock.now(ctx), ctx.ledger.params());
        let sealed = ctx.ledger.sealed_turns(ctx.own()).into_iter().map(|SealedTurn { task, since, declared, due }| {
            let done_by = due.before(margin(params, due.since(now)));
            (since, Waiting { task, is_ready: false, declared, done_by })
        });
        let waits = |job: &JobStage| job.needs_worker() && !matches!(job, JobStage::Proving(_));
        let mut waiting: Vec<(Timestamp, Waiting)> = self
            .jobs
            .iter()
            .filter(|(_, job)| waits(&job.stage))
            .filter_map(|(&task, job)| {
                let view = ctx.task(task)?;
                let award = view.stage.award().filter(|award| award.prover == ctx.own())?;
                let is_ready = matches!(job.stage, JobStage::Ready);
                let done_by = limits(ctx, task)?.proof;
                Some((view.turn_of(ctx.own())?, Waiting { task, is_ready, declared: award.terms.declared, done_by }))
            })
            .chain(sealed)
            .collect();
        waiting.sort_by_key(|(turn, waiting)| (*turn, waiting.task));
        waiting.into_iter().map(|(_, waiting)| waiting).collect()
    }

    fn begin(&mut self, ctx: &mut Context<'_>, task: TaskId) {
        let (prover, now) = (ctx.own(), self.clock.now(ctx));
        let Some(limits) = limits(ctx, task) else { return };
        let done_by = self.clock.local(ctx, limits.proof);
        let (Some(job), Some(held)) = (self.jobs.get_mut(&task), ctx.ledger.task(task)) else { return };
        let (view, circuit) = (held.task, ctx.ledger.circuit(held.task.bid.circuit));
        let (Some(award), Some(circuit)) = (held.award, circuit) else { return };
        job.enters(JobStage::Proving(now));
        let terms = AwardTerms {
            number: job.award.number,
            alias: view.bid.alias,
            reward: view.bid.reward,
            price: award.award.price,
            priority: view.bid.priority,
            due: award.due,
        };
        ctx.effect(WorkEffect::Prove(Box::new(ProveOrder {
            task,
            prover,
            requester: view.requester,
            recipe: view.bid.recipe,
            circuit: view.bid.circuit,
            level: view.bid.level,
            degree: view.degree,
            inputs: view.bid.inputs,
            statement: view.bid.statement,
            challenge: view.is_challenge.then_some(view.bid.inputs_len),
            terms,
            done_by,
            own_time: self.terms.own_time(view.bid.level, view.degree),
            verifier_data: circuit.verifier_data.to_vec(),
        })));
    }

    /// Jobs whose proofs are made before this one's.
    pub(super) fn ahead_of(&self, ctx: &Context<'_>, task: TaskId) -> Vec<Ahead> {
        let award = |id: TaskId| ctx.task(id)?.stage.award().filter(|award| award.prover == ctx.own());
        let order = |id: TaskId| (ctx.task(id).and_then(|view| view.turn_of(ctx.own())), id);
        // The proof of an award that has ended gives way.
        let is_live = |id: TaskId| ctx.awarded_to(id) == Some(ctx.own());
        let ahead = self.jobs.iter().filter(|(id, job)| **id != task && job.stage.needs_worker() && is_live(**id));
        let ahead = ahead.filter_map(|(id, job)| {
            let since = if let JobStage::Proving(since) = job.stage { Some(since) } else { None };
            let declared = award(*id)?.terms.declared;
            (since.is_some() || order(*id) < order(task)).then_some(Ahead { declared, since })
        });
        ahead.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::new(1_000_000);

    fn award(n: u8, is_ready: bool, declared: u64, left: u64) -> Waiting {
        let (task, declared) = (TaskId::from_bytes([n; 32]), Millis::from_secs(declared));
        Waiting { task, is_ready, declared, done_by: NOW.after(Millis::from_secs(left)) }
    }

    /// The next award on a machine with so many lanes, all of them free.
    fn first(lanes: u16, waiting: &[Waiting]) -> Option<u8> {
        let lanes = Lanes { all: lanes, free: lanes.into() };
        first_in_turn(NOW, lanes, waiting).map(|task| task.as_bytes()[0])
    }

    /// The requester of the first award serves its inputs at the last moment, and so made its prover late: the lane had
    /// gone to a large proof that was awarded later.
    #[test]
    fn a_lane_is_kept_for_an_award_that_would_be_late_without_it() {
        let slow_requester = || award(1, false, 20, 60);
        assert_eq!(first(1, &[slow_requester(), award(2, true, 160, 500)]), None);
        assert_eq!(first(2, &[slow_requester(), award(2, true, 160, 500)]), Some(2), "there is a lane for each");
        assert_eq!(first(1, &[slow_requester(), award(2, true, 30, 500)]), Some(2), "the first is in time behind it");
        let two = [slow_requester(), award(2, true, 160, 500), award(3, true, 30, 900)];
        assert_eq!(first(1, &two), Some(3), "both are in time behind the small one");
        assert_eq!(first(1, &[award(1, true, 20, 60), award(2, true, 160, 500)]), Some(1));
        assert_eq!(first(0, &[award(1, true, 20, 60)]), None);
    }

    /// Each of two awards was in time behind a third, and the second of them was not behind both others.
    #[test]
    fn a_later_award_waits_for_all_earlier_ones_together() {
        let both = |left: u64| [award(1, false, 20, 70), award(2, false, 20, left), award(3, true, 40, 900)];
        assert_eq!(first(1, &both(70)), None);
        assert_eq!(first(1, &both(80)), Some(3));
        assert_eq!(first(2, &both(70)), Some(3), "both have the other lane, one after the other");
    }
}
