//! Proving here: what the market has left alone, this node makes for itself if its owner asked for that.
//!
//! Begun is a proof only once a block says that nobody has been paid for it and nobody can be: the bid is taken back by a
//! [`Recall`](dpgn_protocol::ops::Action::Recall), which an award forbids, or it has ended by itself. One proof is made at a
//! time, in the order in which the market was done with them. Awards of others go before it: it begins when a worker is to
//! spare beside them, and gives way when none is.

use super::{
    Latest, Requester, Task,
    failure::{Failure, TRIES_MAX},
    finish,
};
use crate::engine::{
    Context,
    effect::{DiskEffect, Effect, WorkEffect},
    input::{Check, JobError},
    notice::Notice,
    order::{CheckOrder, LocalOrder},
    record::{PurchaseState, TaskRecord},
};
use dpgn_market::Stage;
use dpgn_protocol::{
    ids::{ProofHash, TaskId},
    ops::Action,
    units::{Millis, Timestamp},
    wire::ProofStage,
};

/// The pause before a proof that could not be made is tried again.
const PAUSE: Millis = Millis::from_secs(2);

/// The one proof that is made here, and when the next may begin.
#[derive(Default)]
pub(super) struct Bench {
    running: Option<Running>,
    /// The time from which the next one may begin.
    from: Timestamp,
}

/// A proof that is being made here, or checked.
struct Running {
    task: TaskId,
    step: RunStep,
    /// How far the worker says it is; absent before its first word.
    progress: Option<Latest>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RunStep {
    /// A worker makes it.
    Proving,
    /// The worker was told to stop, and has not ended yet.
    Stopping,
    /// It is made and written, and is being checked.
    Checking(ProofHash),
    /// It is made, and nothing was found out about it: it is checked again.
    Made(ProofHash),
}

impl Requester {
    /// Starts the next proof, or has the one under way give way: `has_worker` says whether awards leave a worker to it.
    pub(super) fn prove_here(&mut self, ctx: &mut Context<'_>, has_worker: bool) {
        if self.bench.running.as_ref().is_some_and(|running| matches!(running.step, RunStep::Made(_))) {
            return self.check_again(ctx);
        }
        match &mut self.bench.running {
            Some(running) if !has_worker && running.step == RunStep::Proving => {
                tracing::info!(task = %running.task, "a proof for this node itself gives way to an award");
                running.step = RunStep::Stopping;
                ctx.effect(WorkEffect::StopLocal);
            }
            None if has_worker && ctx.now >= self.bench.from => self.begin(ctx),
            Some(_) | None => {}
        }
    }

    fn begin(&mut self, ctx: &mut Context<'_>) {
        let waiting = self.tasks.values().filter(|task| task.record.state == PurchaseState::ProvingLocally);
        let first = waiting.min_by_key(|task| (task.record.changed, task.record.task));
        let Some(Task { record, .. }) = first else { return };
        tracing::info!(task = %record.task, "proves for itself what the market has not");
        let degree_max = ctx.ledger.params().degree_max;
        ctx.effect(WorkEffect::ProveLocally(Box::new(LocalOrder::new(record, ctx.own(), degree_max))));
        self.bench.running = Some(Running { task: record.task, step: RunStep::Proving, progress: None });
    }

    /// Stops the proof of a task, if it is the one under way.
    pub(super) fn stop_here(&mut self, ctx: &mut Context<'_>, task: TaskId) {
        let is_proved = |running: &&mut Running| running.task == task && running.step == RunStep::Proving;
        if let Some(running) = self.bench.running.as_mut().filter(is_proved) {
            running.step = RunStep::Stopping;
            ctx.effect(WorkEffect::StopLocal);
        }
    }

    /// How far the proof of a task is that is made here; none if it waits or there is no such.
    pub(super) fn local_progress(&self, task: TaskId) -> Option<Latest> {
        self.bench.running.as_ref().filter(|running| running.task == task)?.progress
    }

    /// Whether the proof of this task is under way here.
    pub(in crate::engine) fn is_proved_now(&self, task: TaskId) -> bool {
        self.bench.running.as_ref().is_some_and(|running| running.task == task)
    }

    /// Takes a worker's word on how far it is.
    pub(in crate::engine) fn proving_locally(
        &mut self,
        ctx: &mut Context<'_>,
        task: TaskId,
        proof_stage: ProofStage,
        permille: u16,
    ) {
        let own = ctx.own();
        let Some(running) = self.bench.running.as_mut().filter(|running| running.task == task) else { return };
        if running.step == RunStep::Proving {
            let latest = Latest { prover: own, proof_stage, permille, sequence: 0 };
            if running.progress.replace(latest).is_none_or(|before| latest.is_news_after(&before)) {
                ctx.effect(Effect::Notify(Notice::Progress { task, prover: own, proof_stage, permille }));
            }
        }
    }

    /// A worker has made a proof, or has ended without: only now may the next one begin.
    pub(in crate::engine) fn proved_locally(
        &mut self,
        ctx: &mut Context<'_>,
        task: TaskId,
        result: Result<ProofHash, JobError>,
    ) {
        self.bench.running = None;
        let Some(own) = self.tasks.get_mut(&task).filter(|own| own.record.state == PurchaseState::ProvingLocally)
        else {
            return;
        };
        match result {
            Ok(proof) => {
                let prover = ctx.own();
                self.bench.running = Some(Running { task, step: RunStep::Checking(proof), progress: None });
                let order = Box::new(CheckOrder::of_own(&own.record, prover, proof));
                ctx.effect(WorkEffect::Collect { order, proof: None });
            }
            Err(JobError::Busy | JobError::Cancelled) => self.bench.from = ctx.now.after(PAUSE),
            Err(JobError::Worker | JobError::NoRoom) => {
                self.bench.from = ctx.now.after(PAUSE);
                try_again(ctx, own);
            }
            Err(
                JobError::Unreachable
                | JobError::Refused
                | JobError::RequesterBusy
                | JobError::OtherVersion
                | JobError::Wrong
                | JobError::Unsatisfied,
            ) => fail(ctx, own, &Failure::InputsGone),
        }
    }

    /// Checks the proof that is made once more, unless its purchase is over meanwhile.
    fn check_again(&mut self, ctx: &mut Context<'_>) {
        let Some(running) = self.bench.running.as_mut().filter(|_| ctx.now >= self.bench.from) else { return };
        let RunStep::Made(proof) = running.step else { return };
        let own = self.tasks.get(&running.task).map(|own| &own.record);
        match own.filter(|record| record.state == PurchaseState::ProvingLocally) {
            Some(record) => {
                running.step = RunStep::Checking(proof);
                let order = Box::new(CheckOrder::of_own(record, ctx.own(), proof));
                ctx.effect(WorkEffect::Collect { order, proof: None });
            }
            None => self.bench.running = None,
        }
    }

    /// Takes the result of checking a proof that was made here; `false` if none is being checked of this task.
    pub(super) fn checked_here(&mut self, ctx: &mut Context<'_>, task: TaskId, check: Check) -> bool {
        let Some(Running { task: of, step: RunStep::Checking(proof), .. }) = self.bench.running else { return false };
        if of != task {
            return false;
        }
        self.bench.running = None;
        let Some(own) = self.tasks.get_mut(&task).filter(|own| own.record.state == PurchaseState::ProvingLocally)
        else {
            return true;
        };
        match check {
            Check::Found(finding) if finding.is_valid() => {
                ctx.effect(Effect::Notify(Notice::ProvedLocally { task, proof }));
                finish(ctx, own, PurchaseState::ProvedLocally(proof));
            }
            // Workers were busy, say: no word against the proof.
            Check::Unfinished => {
                self.bench.from = ctx.now.after(PAUSE);
                self.bench.running = Some(Running { task, step: RunStep::Made(proof), progress: None });
            }
            Check::Found(_) | Check::Absent => {
                self.bench.from = ctx.now.after(PAUSE);
                try_again(ctx, own);
            }
        }
        true
    }
}

/// The time has come to go elsewhere: takes the bid back unless it is awarded. An award that is first stands, and should it
/// come to nothing, the bid is taken back then.
pub(super) fn recall(ctx: &mut Context<'_>, record: &TaskRecord) {
    let is_due = record.prove_here_at.is_some_and(|at| ctx.now >= at);
    if !is_due || ctx.task(record.task).is_none_or(|task| task.stage != Stage::Pending) {
        return;
    }
    let recall = Action::Recall(record.task);
    if !ctx.outbox.any(|sent| *sent == recall) {
        ctx.outbox.submit(ctx.now, ctx.ledger, recall);
    }
}

/// Ends a purchase without a proof of the market's: this node makes it if its owner asked for that and nobody is paid for it.
pub(super) fn fail(ctx: &mut Context<'_>, task: &mut Task, failure: &Failure) {
    let (id, why) = (task.record.task, failure.to_string());
    if task.record.prove_here_at.is_some() && failure.leaves_it_unpaid() {
        ctx.effect(Effect::Notify(Notice::ProvingLocally { task: id, why }));
        task.record.enter(ctx.now, PurchaseState::ProvingLocally);
        return ctx.effect(DiskEffect::SaveTask(Box::new(task.record.clone())));
    }
    ctx.effect(Effect::Notify(Notice::Failed { task: id, why: why.clone() }));
    finish(ctx, task, PurchaseState::Failed(why));
}

/// This machine has failed at a proof: it is tried again, but not for ever.
fn try_again(ctx: &mut Context<'_>, task: &mut Task) {
    task.tries = task.tries.saturating_add(1);
    if task.tries >= TRIES_MAX {
        fail(ctx, task, &Failure::WorkerFailed);
    }
}
