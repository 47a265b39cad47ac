//! The prover: from an award in a decided block to a delivered proof.
//!
//! It binds itself (`Start`) only once the circuit it built is the circuit that was bid for; it asks for the
//! inputs only then; the proof is on disk before it is announced.

mod challenge;
mod clock;
mod drain;
mod job;
mod lanes;
mod late;
mod reprice;
mod say;
mod sealing;
mod terms;

use super::{
    Context, Selling, Workforce,
    effect::{DiskEffect, WorkEffect},
    input::{CallError, JobError},
    record::{JobRecord, SealRecord},
};
use clock::{LedgerClock, is_past_base, owes_proof, owes_start};
use dpgn_market::Task;
use dpgn_protocol::{
    award::AwardId,
    ids::{AccountId, CircuitId, ProofHash, TaskId},
    limits::ASK_WARM_MAX,
    ops::{Action, DeclineReason},
    units::{Millis, Timestamp},
    wire::{ProofStage, Response},
};
use job::{Job, JobStage, Next, Pushes, RETRY};
use reprice::Following;
use say::{deliver, limits, report, say_start, start_of, starts};
use sealing::Seals;
use std::collections::BTreeMap;
use terms::Terms;

pub(super) struct Prover {
    /// What this node sells, and who makes it.
    terms: Terms,
    warm: Vec<CircuitId>,
    jobs: BTreeMap<TaskId, Job>,
    /// Proofs found on disk after a restart.
    restored: BTreeMap<AwardId, (ProofHash, u32)>,
    /// The time at which `Alive` was said last.
    alive: Timestamp,
    clock: LedgerClock,
    seals: Seals,
    /// Whether its owner wants challenges while it has no name.
    wants_challenges: bool,
    /// The time of the last try to get a ticket.
    tried: Timestamp,
    /// How closely the ask follows the agents that come and go.
    following: Following,
}

impl Prover {
    /// Awards beyond the proofs that this machine makes at once wait for their turn: their windows have room for that.
    pub(super) fn new(selling: Selling, jobs: Vec<JobRecord>, seals: Vec<SealRecord>) -> Self {
        let (terms, wants_challenges) = (Terms::new(&selling), selling.challenges);
        let seals = Seals::new(selling.sealed_rounds, seals);
        let restored = jobs.into_iter().map(|r| (r.award, (r.proof, r.len))).collect();
        let (warm, jobs, alive) = (Vec::new(), BTreeMap::new(), Timestamp::default());
        let (clock, tried) = (LedgerClock::default(), Timestamp::default());
        Self {
            terms,
            warm,
            jobs,
            restored,
            alive,
            clock,
            seals,
            wants_challenges,
            tried,
            following: Following::default(),
        }
    }

    /// The number of awards under way.
    pub(super) fn backlog(&self) -> usize {
        self.jobs.len()
    }

    /// Whether an own worker has nothing to make for anybody: every award may come to need one.
    pub(super) fn can_spare_a_worker(&self) -> bool {
        self.jobs.len() < usize::from(self.terms.own_workers())
    }

    /// Agents prove in place of this node's own workers from now on, or no longer.
    pub(super) fn lend(&mut self, agents: Option<Workforce>) {
        self.terms.lend(agents);
    }

    /// Whether the node works at this award.
    pub(super) fn holds(&self, task: TaskId) -> bool {
        self.jobs.contains_key(&task)
    }

    /// Proofs that are being handed over.
    pub(super) fn proofs(&self) -> impl Iterator<Item = ProofHash> {
        self.jobs.values().filter_map(|job| match job.stage {
            JobStage::Proved { proof, .. } => Some(proof),
            JobStage::Recipe { .. }
            | JobStage::Building
            | JobStage::Built { .. }
            | JobStage::Ready
            | JobStage::Proving(_)
            | JobStage::Declined(_) => None,
        })
    }

    /// Does what the ledger and the clock ask for.
    pub(super) fn tick(&mut self, ctx: &mut Context<'_>) {
        if self.clock.advance(ctx) {
            tracing::warn!("this machine was asleep: awards that it can no longer make are given back");
            self.jobs.values_mut().for_each(|job| job.is_own_doing = true);
        }
        self.reconcile(ctx);
        let tasks: Vec<TaskId> = self.jobs.keys().copied().collect();
        for task in tasks {
            if let Some(view) = ctx.task(task) {
                self.watch(ctx, task, view);
                self.advance(ctx, task, view);
            }
        }
        self.begin_proofs(ctx);
        self.say_alive(ctx);
        self.keep_asking(ctx);
        self.ask_for_ticket(ctx);
        self.take_part_in_rounds(ctx);
    }

    /// Jobs are the awards that the ledger names, and those that have ended but whose late proof may count.
    fn reconcile(&mut self, ctx: &mut Context<'_>) {
        let own = ctx.own();
        let number = |task: TaskId| Some((task, ctx.task(task)?.stage.award()?.number));
        let awards: BTreeMap<TaskId, u32> = ctx.ledger.awards_of(own).filter_map(number).collect();
        for (award, (proof, len)) in std::mem::take(&mut self.restored) {
            let stage = JobStage::Proved { proof, len, pushes: Pushes::default() };
            self.jobs.insert(award.task, Job::new(ctx.now, award, stage));
        }
        let is_over = |(task, job): &(&TaskId, &Job)| {
            let is_late = || ctx.task(**task).is_some_and(|view| late::goes_on(ctx.now, view, own, &job.stage));
            // A later award of the same task is another one: blocks that this node has not seen may lie between.
            awards.get(*task) != Some(&job.award.number) && !is_late()
        };
        let over: Vec<TaskId> = self.jobs.iter().filter(is_over).map(|(task, _)| *task).collect();
        for task in over {
            self.drop_job(ctx, task);
        }
        for (task, number) in awards {
            self.jobs.entry(task).or_insert_with(|| {
                tracing::info!(%task, "awarded to this node");
                Job::new(ctx.now, AwardId { task, number }, JobStage::Recipe { asked: false })
            });
        }
    }

    fn drop_job(&mut self, ctx: &mut Context<'_>, task: TaskId) {
        self.jobs.remove(&task);
        ctx.effect(WorkEffect::StopProving(task));
        ctx.effect(DiskEffect::ForgetJob(task));
    }

    /// Gives an award back while the ledger takes that, if its windows can't be made.
    fn watch(&mut self, ctx: &mut Context<'_>, task: TaskId, view: &Task) {
        let (Some(job), Some(limits)) = (self.jobs.get(&task), limits(ctx, task)) else { return };
        let now = self.clock.now(ctx);
        let inputs_by = job.inputs_by.unwrap_or(limits.inputs).min(limits.inputs);
        let is_too_late = match &job.stage {
            JobStage::Recipe { .. } if owes_start(&view.stage) => now >= limits.recipe,
            JobStage::Built { asked: false } if owes_start(&view.stage) && starts(ctx, job.award) => return,
            JobStage::Building | JobStage::Built { asked: false } if owes_start(&view.stage) => now >= limits.start,
            JobStage::Recipe { .. } | JobStage::Building => now >= limits.inputs,
            JobStage::Built { .. } => owes_proof(&view.stage) && now >= inputs_by,
            JobStage::Ready => owes_proof(&view.stage) && now >= limits.begin,
            JobStage::Proving(_) => owes_proof(&view.stage) && now >= limits.proof,
            JobStage::Proved { .. } | JobStage::Declined(_) => return,
        };
        if is_too_late {
            // Nobody keeps this node waiting for its own task.
            let reason = if view.requester == ctx.own() { DeclineReason::Unable } else { job.waited_for() };
            return self.give_back(ctx, task, reason, "its time is up");
        }
        if !owes_start(&view.stage) || job.stage.is_bound() {
            return;
        }
        let declared = view.stage.award().map_or(Millis::new(0), |award| award.terms.declared);
        let wait = clock::wait(now, self.terms.workers(), &self.ahead_of(ctx, task));
        // Without a queue the prover may be faster than it says.
        let needed = if wait.get() > 0 { wait.saturating_add(declared) } else { Millis::new(declared.get() / 2) };
        if needed > limits.left(now) {
            self.give_back(ctx, task, DeclineReason::Unable, "proofs before it take too long");
        }
    }

    fn advance(&mut self, ctx: &mut Context<'_>, task: TaskId, view: &Task) {
        let Some(job) = self.jobs.get_mut(&task).filter(|job| ctx.now >= job.next) else { return };
        let is_live = ctx.awarded_to(task) == Some(ctx.own());
        let award = job.award;
        if is_live && job.stage.is_bound() && owes_start(&view.stage) {
            // Its op may have expired: nothing below counts without it.
            if let Some(start) = start_of(ctx, award) {
                say_start(ctx, award, &start);
            }
        }
        match &mut job.stage {
            JobStage::Recipe { asked } if !*asked => {
                let Some(limits) = limits(ctx, task) else { return };
                *asked = true;
                let by = if owes_start(&view.stage) { limits.recipe } else { limits.inputs };
                let deadline = self.clock.local(ctx, by);
                let (from, recipe, len) = (view.requester, view.bid.recipe, view.bid.recipe_len);
                let rate_min = ctx.ledger.params().recipe_bytes_per_second;
                ctx.effect(WorkEffect::GetRecipe { task, from, recipe, len, deadline, rate_min });
                report(ctx, job, task, ProofStage::Fetch, 0);
            }
            JobStage::Built { asked } if !*asked => {
                let Some(limits) = limits(ctx, task) else { return };
                let now = self.clock.now(ctx);
                let Some(start) = start_of(ctx, award) else { return };
                if owes_start(&view.stage) {
                    // The requester shows nothing before a block holds it.
                    say_start(ctx, award, &start);
                    return;
                }
                *asked = true;
                let by = limits.inputs_by(ctx.ledger.params(), now, view.bid.inputs_len);
                let by = *job.inputs_by.get_or_insert(by);
                // The inputs of a challenge follow from its id: they are this node's own.
                let from = if view.is_challenge { ctx.own() } else { view.requester };
                ctx.effect(WorkEffect::GetInputs {
                    task,
                    from,
                    start: Box::new(start),
                    inputs: view.bid.inputs,
                    len: view.bid.inputs_len,
                    deadline: self.clock.local(ctx, by),
                    rate_min: ctx.ledger.params().recipe_bytes_per_second,
                });
            }
            JobStage::Proved { proof, len, pushes } => deliver(ctx, award, view, (*proof, *len), pushes),
            JobStage::Declined(reason) => {
                let reason = *reason;
                if !ctx.outbox.any(|a| matches!(a, Action::Decline { award: other, .. } if *other == award)) {
                    ctx.outbox.submit(ctx.now, ctx.ledger, Action::Decline { award, reason });
                }
                job.next = ctx.now.after(RETRY);
            }
            JobStage::Recipe { .. }
            | JobStage::Building
            | JobStage::Built { .. }
            | JobStage::Ready
            | JobStage::Proving(_) => {}
        }
    }

    /// The recipe of an award is here, or isn't.
    pub(super) fn recipe(&mut self, ctx: &mut Context<'_>, task: TaskId, result: Result<(), JobError>) {
        let (Some(job), Some(view)) = (self.jobs.get_mut(&task), ctx.task(task)) else { return };
        if !matches!(job.stage, JobStage::Recipe { asked: true }) {
            return;
        }
        match result {
            Ok(()) => {
                job.enters(JobStage::Building);
                let (recipe, level) = (view.bid.recipe, view.bid.level);
                ctx.effect(WorkEffect::Build { task, recipe, level, degree_max: view.degree });
                report(ctx, job, task, ProofStage::Build, 0);
            }
            // However long its recipe is, nobody is busy for longer than it may take to show the first byte.
            Err(error @ JobError::RequesterBusy) if is_past_base(ctx.ledger.params(), view, self.clock.now(ctx)) => {
                self.give_back(ctx, task, error.at_recipe(), error);
            }
            Err(error) => self.retry(ctx, task, error, JobStage::Recipe { asked: false }, error.at_recipe()),
        }
    }

    /// The circuit of an award is built, or isn't.
    pub(super) fn built(&mut self, ctx: &mut Context<'_>, task: TaskId, result: Result<CircuitId, JobError>) {
        let (Some(job), Some(view)) = (self.jobs.get_mut(&task), ctx.task(task)) else { return };
        if !matches!(job.stage, JobStage::Building) {
            return;
        }
        match result {
            Ok(circuit) if circuit == view.bid.circuit => {
                job.enters(JobStage::Built { asked: false });
                self.warm.retain(|c| *c != circuit);
                self.warm.insert(0, circuit);
                self.warm.truncate(ASK_WARM_MAX);
                self.watch(ctx, task, view);
                self.advance(ctx, task, view);
            }
            Ok(_) => self.give_back(ctx, task, DeclineReason::WrongRecipe, "the recipe builds another circuit"),
            Err(error) => self.retry(ctx, task, error, JobStage::Recipe { asked: false }, error.at_recipe()),
        }
    }

    /// The inputs of an award are here, or aren't.
    pub(super) fn inputs(&mut self, ctx: &mut Context<'_>, task: TaskId, result: Result<(), JobError>) {
        let Some(job) = self.jobs.get_mut(&task) else { return };
        if !matches!(job.stage, JobStage::Built { asked: true }) {
            return;
        }
        match result {
            Ok(()) => {
                job.enters(JobStage::Ready);
                self.begin_proofs(ctx);
            }
            Err(error) => self.retry(ctx, task, error, JobStage::Built { asked: false }, error.at_inputs()),
        }
    }

    /// A worker says how far it is. Its word may come after its proof, and is old then.
    pub(super) fn proving(&mut self, ctx: &mut Context<'_>, task: TaskId, stage: ProofStage, permille: u16) {
        let is_live = ctx.awarded_to(task) == Some(ctx.own());
        let job = self.jobs.get_mut(&task).filter(|job| is_live && matches!(job.stage, JobStage::Proving(_)));
        if let Some(job) = job {
            report(ctx, job, task, stage, permille);
        }
    }

    /// A proof is on disk, or proving failed.
    pub(super) fn proved(&mut self, ctx: &mut Context<'_>, task: TaskId, result: Result<(ProofHash, u32), JobError>) {
        let (Some(job), Some(view)) = (self.jobs.get_mut(&task), ctx.task(task)) else { return };
        if !matches!(job.stage, JobStage::Proving(_)) {
            return;
        }
        match result {
            Ok((proof, len)) => {
                ctx.effect(DiskEffect::SaveJob(Box::new(JobRecord { award: job.award, proof, len })));
                job.enters(JobStage::Proved { proof, len, pushes: Pushes::default() });
                if ctx.awarded_to(task) == Some(ctx.own()) {
                    report(ctx, job, task, ProofStage::Deliver, 1_000);
                }
                self.advance(ctx, task, view);
                self.begin_proofs(ctx);
            }
            Err(error) => {
                // The inputs are on disk, or are asked for anew.
                job.inputs_by = None;
                self.retry(ctx, task, error, JobStage::Built { asked: false }, error.at_inputs());
            }
        }
    }

    /// A coordinator answered to a push, or did not.
    pub(super) fn pushed(&mut self, now: Timestamp, task: TaskId, to: AccountId, result: &Result<Response, CallError>) {
        let Some(Job { stage: JobStage::Proved { pushes, .. }, .. }) = self.jobs.get_mut(&task) else { return };
        pushes.end(now, to, matches!(result, Ok(Response::Accepted)));
    }

    /// Tries again what may only need time; gives the award back otherwise.
    fn retry(&mut self, ctx: &mut Context<'_>, task: TaskId, error: JobError, again: JobStage, reason: DeclineReason) {
        let Some(job) = self.jobs.get_mut(&task) else { return };
        match job.failed(ctx.now, error) {
            Next::Again => {
                tracing::debug!(%task, %error, tries = job.tries, "to be tried again");
                job.stage = again;
            }
            Next::GiveBack => self.give_back(ctx, task, reason, error),
        }
    }

    /// Stops the work for an award and tells the ledger.
    fn give_back(&mut self, ctx: &mut Context<'_>, task: TaskId, reason: DeclineReason, why: impl std::fmt::Display) {
        let Some(job) = self.jobs.get_mut(&task) else { return };
        tracing::warn!(%task, %why, ?reason, "declined");
        (job.stage, job.next) = (JobStage::Declined(reason), ctx.now);
        ctx.effect(WorkEffect::StopProving(task));
    }

    fn say_alive(&mut self, ctx: &mut Context<'_>) {
        let (own, half) = (ctx.own(), Millis::new(ctx.ledger.params().heartbeat.get() / 2));
        let mut awards = ctx.ledger.awards_of(own).filter_map(|task| ctx.task(task));
        let owes = awards.any(|view| owes_proof(&view.stage));
        if owes && ctx.now >= self.alive.after(half) && !ctx.outbox.any(|a| matches!(a, Action::Alive)) {
            let sent = ctx.outbox.submit(ctx.now, ctx.ledger, Action::Alive);
            if sent.is_some() {
                self.alive = ctx.now;
            }
        }
    }
}
