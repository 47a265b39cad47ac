//! The prover: from an award in a decided block to a delivered proof.
//!
//! It binds itself (`Start`) only once the circuit it built is the circuit that was bid for; it asks for the
//! inputs only then; the proof is on disk before it is announced.

use super::{
    Context,
    effect::{DiskEffect, PeerEffect, ProveOrder, WorkEffect},
    input::{CallError, JobError},
    record::JobRecord,
};
use dpgn_market::{Stage, Task};
use dpgn_protocol::{
    bounded::List,
    ids::{AccountId, CircuitId, ProofHash, TaskId},
    limits::ASK_WARM_MAX,
    ops::{Action, Ask, DeclineReason},
    units::{Millis, Timestamp},
    wire::{Progress, ProofStage, Response},
};
use std::collections::BTreeMap;

/// How long an ask stands; it is renewed at half of that.
const ASK_LIFE: Millis = Millis::from_secs(600);
/// Between two tries for the same bytes.
const RETRY: Millis = Millis::from_secs(1);
/// Tries for the same bytes before the award is given back.
const TRIES_MAX: u32 = 8;
/// Tries of a worker that fails: what killed one is likely to kill the next.
const WORKER_TRIES_MAX: u32 = 2;

pub(super) struct Prover {
    /// What is sold; expiry and warm circuits are filled in.
    terms: Ask,
    warm: Vec<CircuitId>,
    jobs: BTreeMap<TaskId, Job>,
    /// Proofs found on disk after a restart.
    restored: BTreeMap<TaskId, (ProofHash, u32)>,
    alive: Timestamp,
}

struct Job {
    stage: JobStage,
    tries: u32,
    /// Earliest time for the next try.
    next: Timestamp,
    sequence: u32,
}

enum JobStage {
    /// Getting the recipe.
    Recipe { asked: bool },
    /// Building the circuit.
    Building,
    /// The circuit is built; `Start` and the inputs are next.
    Built { asked: bool },
    /// Proving.
    Proving,
    /// The proof is on disk.
    Proved { proof: ProofHash, len: u32, pushed: BTreeMap<AccountId, Push> },
    /// Given back; waiting for the ledger to take note.
    Declined(DeclineReason),
}

impl JobStage {
    /// Whether `Start` has been sent and stands.
    fn is_bound(&self) -> bool {
        matches!(self, Self::Built { asked: true } | Self::Proving | Self::Proved { .. })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Push {
    Asked(Timestamp),
    Accepted,
}

impl Prover {
    pub(super) fn new(terms: Ask, records: Vec<JobRecord>) -> Self {
        let restored = records.into_iter().map(|r| (r.task, (r.proof, r.len))).collect();
        Self { terms, warm: Vec::new(), jobs: BTreeMap::new(), restored, alive: Timestamp::default() }
    }

    /// Awards under way.
    pub(super) fn backlog(&self) -> usize {
        self.jobs.len()
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
            | JobStage::Proving
            | JobStage::Declined(_) => None,
        })
    }

    /// Does what the ledger and the clock ask for.
    pub(super) fn tick(&mut self, ctx: &mut Context<'_>) {
        self.reconcile(ctx);
        let tasks: Vec<TaskId> = self.jobs.keys().copied().collect();
        for task in tasks {
            if let Some(view) = ctx.task(task) {
                self.advance(ctx, task, view);
            }
        }
        self.say_alive(ctx);
        self.keep_asking(ctx);
    }

    /// Jobs are exactly the awards the ledger names.
    fn reconcile(&mut self, ctx: &mut Context<'_>) {
        let own = ctx.own();
        let awards: Vec<TaskId> = ctx.ledger.awards_of(own).collect();
        let over: Vec<TaskId> = self.jobs.keys().filter(|task| !awards.contains(task)).copied().collect();
        for task in over {
            self.jobs.remove(&task);
            ctx.effect(WorkEffect::StopProving(task));
            ctx.effect(DiskEffect::ForgetJob(task));
        }
        for task in awards {
            let restored = self.restored.remove(&task);
            self.jobs.entry(task).or_insert_with(|| {
                tracing::info!(%task, "awarded to this node");
                let stage = match restored {
                    Some((proof, len)) => JobStage::Proved { proof, len, pushed: BTreeMap::new() },
                    None => JobStage::Recipe { asked: false },
                };
                Job { stage, tries: 0, next: ctx.now, sequence: 0 }
            });
        }
        for (task, _) in std::mem::take(&mut self.restored) {
            ctx.effect(DiskEffect::ForgetJob(task));
        }
    }

    fn advance(&mut self, ctx: &mut Context<'_>, task: TaskId, view: &Task) {
        let Some(job) = self.jobs.get_mut(&task).filter(|job| ctx.now >= job.next) else { return };
        if job.stage.is_bound() && matches!(view.stage, Stage::Assigned(_)) && !starts(ctx, task) {
            // Another op had its nonce, or it expired: nothing below counts without it.
            ctx.outbox.submit(ctx.now, ctx.ledger, Action::Start { task });
        }
        match &mut job.stage {
            JobStage::Recipe { asked } if !*asked => {
                *asked = true;
                let (recipe, len) = (view.bid.recipe, view.bid.recipe_len);
                ctx.effect(WorkEffect::GetRecipe { task, from: view.requester, recipe, len });
                report(ctx, job, task, ProofStage::Fetch, 0);
            }
            JobStage::Built { asked } if !*asked => {
                let action = Action::Start { task };
                let start = if matches!(view.stage, Stage::Assigned(_)) && !starts(ctx, task) {
                    ctx.outbox.submit(ctx.now, ctx.ledger, action)
                } else {
                    // Started before a restart: the requester wants to see it again, the ledger doesn't.
                    ctx.outbox.sign(ctx.now, ctx.ledger, vec![action]).ok().and_then(|mut ops| ops.pop())
                };
                if let Some(start) = start {
                    *asked = true;
                    let (from, len) = (view.requester, view.bid.inputs_len);
                    let start = Box::new(start);
                    ctx.effect(WorkEffect::GetInputs { task, from, start, inputs: view.bid.inputs, len });
                }
            }
            JobStage::Proved { proof, len, pushed } => deliver(ctx, task, view, *proof, *len, pushed),
            JobStage::Declined(reason) => {
                let reason = *reason;
                if !ctx.outbox.any(|a| matches!(a, Action::Decline { task: other, .. } if *other == task)) {
                    ctx.outbox.submit(ctx.now, ctx.ledger, Action::Decline { task, reason });
                }
                job.next = ctx.now.after(RETRY);
            }
            JobStage::Recipe { .. } | JobStage::Building | JobStage::Built { .. } | JobStage::Proving => {}
        }
    }

    pub(super) fn recipe(&mut self, ctx: &mut Context<'_>, task: TaskId, result: Result<(), JobError>) {
        let (Some(job), Some(view)) = (self.jobs.get_mut(&task), ctx.task(task)) else { return };
        match result {
            Ok(()) => {
                job.stage = JobStage::Building;
                job.tries = 0;
                let (recipe, level) = (view.bid.recipe, view.bid.level);
                ctx.effect(WorkEffect::Build { task, recipe, level, degree_max: view.degree });
                report(ctx, job, task, ProofStage::Build, 0);
            }
            Err(error) => retry(ctx, job, task, error, JobStage::Recipe { asked: false }, error.at_recipe()),
        }
    }

    pub(super) fn built(&mut self, ctx: &mut Context<'_>, task: TaskId, result: Result<CircuitId, JobError>) {
        let (Some(job), Some(view)) = (self.jobs.get_mut(&task), ctx.task(task)) else { return };
        match result {
            Ok(circuit) if circuit == view.bid.circuit => {
                job.stage = JobStage::Built { asked: false };
                self.warm.retain(|c| *c != circuit);
                self.warm.insert(0, circuit);
                self.warm.truncate(ASK_WARM_MAX);
                self.advance(ctx, task, view);
            }
            Ok(_) => decline(job, task, JobError::Wrong, DeclineReason::WrongRecipe),
            Err(error) => retry(ctx, job, task, error, JobStage::Recipe { asked: false }, error.at_recipe()),
        }
    }

    pub(super) fn inputs(&mut self, ctx: &mut Context<'_>, task: TaskId, result: Result<(), JobError>) {
        let prover = ctx.own();
        let (Some(job), Some(view)) = (self.jobs.get_mut(&task), ctx.task(task)) else { return };
        match result {
            Ok(()) => {
                job.stage = JobStage::Proving;
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
                })));
            }
            Err(error) => retry(ctx, job, task, error, JobStage::Built { asked: false }, error.at_inputs()),
        }
    }

    pub(super) fn proving(&mut self, ctx: &mut Context<'_>, task: TaskId, step: ProofStage, permille: u16) {
        if let Some(job) = self.jobs.get_mut(&task) {
            report(ctx, job, task, step, permille);
        }
    }

    pub(super) fn proved(&mut self, ctx: &mut Context<'_>, task: TaskId, result: Result<(ProofHash, u32), JobError>) {
        let (Some(job), Some(view)) = (self.jobs.get_mut(&task), ctx.task(task)) else { return };
        match result {
            Ok((proof, len)) => {
                ctx.effect(DiskEffect::SaveJob(Box::new(JobRecord { task, proof, len })));
                job.stage = JobStage::Proved { proof, len, pushed: BTreeMap::new() };
                report(ctx, job, task, ProofStage::Deliver, 1_000);
                self.advance(ctx, task, view);
            }
            Err(error) => retry(ctx, job, task, error, JobStage::Built { asked: false }, error.at_inputs()),
        }
    }

    /// A coordinator answered to a push.
    pub(super) fn pushed(&mut self, task: TaskId, to: AccountId, result: &Result<Response, CallError>) {
        let Some(Job { stage: JobStage::Proved { pushed, .. }, .. }) = self.jobs.get_mut(&task) else { return };
        if matches!(result, Ok(Response::Accepted)) {
            pushed.insert(to, Push::Accepted);
        }
    }

    fn say_alive(&mut self, ctx: &mut Context<'_>) {
        let half = Millis::new(ctx.ledger.params().heartbeat.get() / 2);
        let owes =
            self.jobs.keys().any(|task| ctx.task(*task).is_some_and(|t| matches!(t.stage, Stage::InProgress(_))));
        if owes && ctx.now >= self.alive.after(half) && !ctx.outbox.any(|a| matches!(a, Action::Alive)) {
            let sent = ctx.outbox.submit(ctx.now, ctx.ledger, Action::Alive);
            if sent.is_some() {
                self.alive = ctx.now;
            }
        }
    }

    /// Keeps an ask standing.
    fn keep_asking(&mut self, ctx: &mut Context<'_>) {
        let half = Millis::new(ASK_LIFE.get() / 2);
        let stands = ctx.ledger.ask_of(ctx.own()).is_some_and(|standing| {
            let ask = &standing.ask;
            let bare = Ask { warm: self.terms.warm.clone(), expires: self.terms.expires, ..(**ask).clone() };
            bare == self.terms && ask.expires > ctx.now.after(half)
        });
        if stands || !ctx.in_touch || ctx.outbox.any(|a| matches!(a, Action::Ask(_))) {
            return;
        }
        let mut ask = self.terms.clone();
        ask.expires = ctx.now.after(ASK_LIFE);
        ask.warm = List::new(self.warm.clone()).unwrap_or_default();
        ctx.outbox.submit(ctx.now, ctx.ledger, Action::Ask(Box::new(ask)));
    }
}

/// Whether a `Start` is under way.
fn starts(ctx: &Context<'_>, task: TaskId) -> bool {
    ctx.outbox.any(|a| matches!(a, Action::Start { task: other } if *other == task))
}

/// Announces the proof and hands its bytes to every coordinator.
fn deliver(
    ctx: &mut Context<'_>,
    task: TaskId,
    view: &Task,
    proof: ProofHash,
    len: u32,
    pushed: &mut BTreeMap<AccountId, Push>,
) {
    let sent = ctx.outbox.any(|a| matches!(a, Action::Deliver { task: other, .. } if *other == task));
    if matches!(view.stage, Stage::InProgress(_)) && !sent {
        ctx.outbox.submit(ctx.now, ctx.ledger, Action::Deliver { task, proof, len });
    }
    let own = ctx.own();
    // This node's own coordinator finds the proof on disk.
    for member in ctx.ledger.committee().members().iter().filter(|member| member.account != own) {
        let due = match pushed.get(&member.account) {
            None => true,
            Some(Push::Asked(at)) => ctx.now >= at.after(RETRY.saturating_mul(3)),
            Some(Push::Accepted) => false,
        };
        if due {
            pushed.insert(member.account, Push::Asked(ctx.now));
            ctx.effects.push(PeerEffect::PushProof { to: member.account, task, proof }.into());
        }
    }
}

/// Tries again what may only need time; gives the award back otherwise.
fn retry(ctx: &Context<'_>, job: &mut Job, task: TaskId, error: JobError, again: JobStage, reason: DeclineReason) {
    let tries_max = match error {
        // The award's window is the limit.
        JobError::Busy => u32::MAX,
        JobError::Unreachable | JobError::Refused => TRIES_MAX,
        JobError::Worker => WORKER_TRIES_MAX,
        JobError::Wrong | JobError::Unsatisfied | JobError::Cancelled => 0,
    };
    job.tries = job.tries.saturating_add(1);
    if job.tries >= tries_max {
        return decline(job, task, error, reason);
    }
    tracing::debug!(%task, %error, tries = job.tries, "to be tried again");
    job.stage = again;
    job.next = ctx.now.after(RETRY);
}

fn decline(job: &mut Job, task: TaskId, error: JobError, reason: DeclineReason) {
    tracing::warn!(%task, %error, ?reason, "declined");
    job.stage = JobStage::Declined(reason);
}

/// Tells the network how far the job is.
fn report(ctx: &mut Context<'_>, job: &mut Job, task: TaskId, stage: ProofStage, permille: u16) {
    job.sequence += 1;
    let progress = Progress { task, stage, permille, sequence: job.sequence };
    if let Ok(signed) = ctx.keys().sign(ctx.ledger.network(), progress) {
        ctx.effect(PeerEffect::GossipProgress(Box::new(signed)));
    }
}
