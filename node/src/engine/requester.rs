//! The requester: from a purchase to a proof this node has checked for itself.
//!
//! Inputs go to the key of the live award that shows a signed `Start`, and to nobody else. A task's record is
//! on disk before its bid is sent, and the bid is sent again as it is: nothing is ever bought twice.

use super::{
    Context,
    effect::{Accepted, BlobAnswer, CheckOrder, DiskEffect, Effect, PeerEffect, Rejected, WorkEffect},
    input::{Call, CallError, Check, Token},
    notice::Notice,
    record::{Draft, End, Paid, TaskRecord},
};
use dpgn_market::{AwardEnd, Event, Fault, Refused, Stage};
use dpgn_protocol::{
    ids::{AccountId, OpId, TaskId, proof_hash},
    ops::{Action, Bid, Circuit, SignedOp},
    sign::Signed,
    units::{Height, Millis, Timestamp},
    wire::{Progress, ProofStage, Refusal, Request, Response},
};
use std::collections::BTreeMap;

/// Between two tries to collect a proof.
const RETRY: Millis = Millis::from_secs(2);
/// How long checking a proof here may take before it is begun anew.
const CHECK_PATIENCE: Millis = Millis::from_secs(60);

#[derive(Default)]
pub(super) struct Requester {
    tasks: BTreeMap<TaskId, Task>,
    progress: BTreeMap<TaskId, Latest>,
}

struct Task {
    record: TaskRecord,
    /// When the proof was last asked for, or its check begun.
    asked: Option<Timestamp>,
}

/// The newest word of the prover of a task, anybody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latest {
    /// Whose.
    pub prover: AccountId,
    /// What it is at.
    pub step: ProofStage,
    /// How far the whole is, in thousandths.
    pub permille: u16,
    sequence: u32,
}

/// Words of provers that are kept.
const PROGRESS_MAX: usize = 4_096;

impl Requester {
    pub(super) fn new(records: Vec<TaskRecord>) -> Self {
        let tasks = records.into_iter().map(|record| (record.task, Task { record, asked: None })).collect();
        Self { tasks, progress: BTreeMap::new() }
    }

    pub(super) fn records(&self) -> impl Iterator<Item = &TaskRecord> {
        self.tasks.values().map(|t| &t.record)
    }

    pub(super) fn record(&self, task: TaskId) -> Option<&TaskRecord> {
        self.tasks.get(&task).map(|t| &t.record)
    }

    pub(super) fn progress_of(&self, task: TaskId) -> Option<Latest> {
        self.progress.get(&task).copied()
    }

    /// Signs the bid, tries it on the ledger, and sends it if it holds.
    pub(super) fn submit(&mut self, ctx: &mut Context<'_>, token: Token, draft: Draft) {
        let result = self.open(ctx, draft).map(Accepted::Submitted);
        ctx.effect(Effect::Reply(token, result));
    }

    fn open(&mut self, ctx: &mut Context<'_>, draft: Draft) -> Result<TaskId, Rejected> {
        let mut actions = Vec::new();
        if ctx.ledger.circuit(draft.circuit).is_none() {
            let verifier_data = draft.verifier_data.clone();
            actions.push(Action::Circuit(Circuit { verifier_data }));
        }
        actions.push(Action::Bid(Box::new(bid(&draft))));
        let ops = ctx.outbox.offer(ctx.now, ctx.ledger, actions)?;
        let Some(op) = ops.last() else { return Err(Rejected::Busy(0)) };
        let task = op.task_id(ctx.ledger.network());
        let record = TaskRecord {
            task,
            alias: draft.alias,
            created: ctx.now,
            bid: op.to_raw(),
            recipe: draft.recipe,
            circuit: draft.circuit,
            verifier_data: draft.verifier_data,
            statement: draft.statement,
            inputs: draft.inputs,
            level: draft.level,
            reward: draft.reward,
            end: End::Announced,
        };
        // What `offer` sends leaves with the end of this step: the record is on disk first.
        ctx.effect(DiskEffect::SaveTask(Box::new(record.clone())));
        self.tasks.insert(task, Task { record, asked: None });
        Ok(task)
    }

    pub(super) fn cancel(&mut self, ctx: &mut Context<'_>, token: Token, task: TaskId) {
        let result = if self.tasks.contains_key(&task) {
            ctx.outbox.offer(ctx.now, ctx.ledger, vec![Action::Cancel { task }]).map(|_| Accepted::Sent)
        } else {
            Err(Rejected::UnknownTask(task))
        };
        ctx.effect(Effect::Reply(token, result));
    }

    /// Follows the ledger.
    pub(super) fn tick(&mut self, ctx: &mut Context<'_>) {
        for task in self.tasks.values_mut() {
            match task.record.end {
                End::Announced => announce(ctx, task),
                End::Paid(paid) => collect(ctx, task, paid),
                End::Open | End::Done(_) | End::Failed(_) => {}
            }
        }
        self.progress.retain(|task, _| ctx.task(*task).is_some_and(|t| t.stage.award().is_some()));
    }

    /// Takes over what a block did to own tasks. The records go to disk with the block.
    pub(super) fn applied(&mut self, ctx: &mut Context<'_>, ops: &[SignedOp], events: &[Event]) {
        for event in events {
            if let Some(notice) = notice(event) {
                ctx.effect(Effect::Notify(notice));
            }
            let end = end_of(event, ops, ctx.head.height);
            let Some((task, end)) = end.and_then(|(task, end)| Some((self.tasks.get_mut(&task)?, end))) else {
                continue;
            };
            match end {
                End::Failed(_) => finish(ctx, task, end),
                End::Announced | End::Open | End::Paid(_) | End::Done(_) => {
                    task.record.end = end;
                    ctx.effect(DiskEffect::SaveTask(Box::new(task.record.clone())));
                }
            }
        }
    }

    /// A prover's word on how far it is.
    pub(super) fn progress(&mut self, ctx: &mut Context<'_>, progress: &Signed<Progress>) {
        let (task, prover) = (progress.task, progress.signer());
        let awarded = ctx.awarded_to(task) == Some(prover);
        let newer = self.progress.get(&task).is_none_or(|l| l.prover != prover || l.sequence < progress.sequence);
        if !awarded || !newer || self.progress.len() >= PROGRESS_MAX {
            return;
        }
        let (step, permille) = (progress.stage, progress.permille.min(1_000));
        self.progress.insert(task, Latest { prover, step, permille, sequence: progress.sequence });
        ctx.effect(Effect::Notify(Notice::Progress { task, prover, step, permille }));
    }

    /// Somebody wants the inputs of a task of ours.
    pub(super) fn inputs_asked(
        &mut self,
        ctx: &mut Context<'_>,
        from: AccountId,
        token: Token,
        task: TaskId,
        start: &SignedOp,
    ) {
        let open = ctx.task(task).filter(|t| t.stage.delivery().is_none());
        let awarded = open.and_then(|t| t.stage.award()).map(|award| award.prover);
        // A `Start` that no block can hold binds nobody, and the bid's disclosures would not be counted.
        let binds =
            open.is_some_and(|t| matches!(t.stage, Stage::InProgress(_))) || ctx.ledger.check(start, ctx.now).is_ok();
        let is_start = matches!(start.op().action, Action::Start { task: t } if t == task);
        let shown = start.signer() == from && is_start && binds;
        match self.tasks.get(&task) {
            Some(own) if shown && awarded == Some(from) => {
                tracing::info!(%task, prover = %from, "inputs are shown to the awarded prover");
                ctx.effect(PeerEffect::GossipOps(vec![start.to_raw()]));
                ctx.effect(Effect::Stream(token, BlobAnswer::Inputs(own.record.inputs)));
            }
            Some(_) => ctx.effect(Effect::Stream(token, BlobAnswer::Refuse(Refusal::NotAllowed))),
            None => ctx.effect(Effect::Stream(token, BlobAnswer::Refuse(Refusal::NotFound))),
        }
    }

    /// An answer to the question for a proof of ours.
    pub(super) fn collected(
        &mut self,
        ctx: &mut Context<'_>,
        task: TaskId,
        from: AccountId,
        result: Result<Response, CallError>,
    ) {
        let Some(Task { record, asked }) = self.tasks.get_mut(&task) else { return };
        let End::Paid(paid) = record.end else { return };
        match result {
            Ok(Response::Proof(bytes)) if proof_hash(&bytes) == paid.proof => {
                *asked = Some(ctx.now.after(CHECK_PATIENCE));
                let order = Box::new(check_order(record, paid));
                ctx.effect(WorkEffect::Collect { order, proof: Some(bytes.into_vec()) });
            }
            Ok(Response::Proof(_)) => ctx.effect(PeerEffect::Penalise(from, "a proof that hashes to something else")),
            Ok(Response::Head { .. } | Response::Blocks(_) | Response::Accepted | Response::Refused(_)) | Err(_) => {}
        }
    }

    /// This node has checked a proof of its own.
    pub(super) fn checked(&mut self, ctx: &mut Context<'_>, task: TaskId, check: Check) {
        let Some(own) = self.tasks.get_mut(&task) else { return };
        let (End::Paid(paid), Check::Found(finding)) = (own.record.end.clone(), check) else { return };
        let end = if finding.is_valid() {
            ctx.effect(Effect::Notify(Notice::Completed { task, proof: paid.proof, finding }));
            End::Done(paid)
        } else {
            let why = format!("the committee paid proof {}, but this node finds it {finding:?}", paid.proof);
            ctx.effect(Effect::Notify(Notice::Failed { task, why: why.clone() }));
            End::Failed(why)
        };
        finish(ctx, own, end);
    }
}

fn bid(draft: &Draft) -> Bid {
    Bid {
        alias: draft.alias,
        circuit: draft.circuit,
        recipe: draft.recipe,
        recipe_len: draft.recipe_len,
        builder: draft.builder.clone(),
        statement: draft.statement,
        free: Default::default(),
        inputs: draft.inputs,
        inputs_len: draft.inputs_len,
        level: draft.level,
        reward: draft.reward,
        raise: None,
        priority: draft.priority,
        deadline: draft.deadline,
        disclosures_max: draft.disclosures_max,
        allow: draft.allow.clone(),
        deny: draft.deny.clone(),
        sealed: None,
    }
}

/// The bid is not in the ledger yet: send it (and its circuit) until it is, or can't be any more.
fn announce(ctx: &mut Context<'_>, task: &mut Task) {
    let record = &task.record;
    let Ok(op) = record.bid.clone().verify(ctx.ledger.network()) else { return };
    // Our clock may be ahead: only the ledger's says that a bid has expired.
    let never = match ctx.ledger.check(&op, ctx.now.max(ctx.ledger.time())) {
        Err(Refused::Expired { expires, .. }) if ctx.ledger.time() < expires => None,
        Err(reason) if !reason.may_pass_later() => Some(reason),
        Ok(()) | Err(_) => None,
    };
    if let Some(reason) = never {
        let why = format!("the ledger did not take the bid up, and nothing was charged for it: {reason}");
        ctx.effect(Effect::Notify(Notice::Failed { task: record.task, why: why.clone() }));
        return finish(ctx, task, End::Failed(why));
    }
    if !ctx.outbox.holds(op.id()) && ctx.now < op.op().expires {
        ctx.outbox.send(ctx.now, vec![op]);
    }
    let waits = |a: &Action| matches!(a, Action::Circuit(c) if c.verifier_data == record.verifier_data);
    if ctx.ledger.circuit(record.circuit).is_none() && !ctx.outbox.any(waits) {
        let verifier_data = record.verifier_data.clone();
        ctx.outbox.submit(ctx.now, ctx.ledger, Action::Circuit(Circuit { verifier_data }));
    }
}

/// The proof is paid: get it from whoever has it and check it here.
fn collect(ctx: &mut Context<'_>, task: &mut Task, paid: Paid) {
    if task.asked.is_some_and(|at| ctx.now < at.after(RETRY)) {
        return;
    }
    task.asked = Some(ctx.now);
    let members: Vec<AccountId> = ctx.ledger.committee().members().iter().map(|m| m.account).collect();
    let own = ctx.own();
    if members.contains(&own) || paid.prover == own {
        task.asked = Some(ctx.now.after(CHECK_PATIENCE));
        let order = Box::new(check_order(&task.record, paid));
        return ctx.effect(WorkEffect::Collect { order, proof: None });
    }
    for from in members.into_iter().chain([paid.prover]) {
        let (id, proof) = (task.record.task, paid.proof);
        let (call, request) = (Call::Collect { task: id, proof, from }, Request::Proof { task: id, proof });
        ctx.effect(PeerEffect::Ask { to: from, call, request });
    }
}

fn check_order(record: &TaskRecord, paid: Paid) -> CheckOrder {
    CheckOrder {
        task: record.task,
        prover: paid.prover,
        proof: paid.proof,
        circuit: record.circuit,
        verifier_data: record.verifier_data.to_vec(),
        statement: record.statement,
    }
}

fn finish(ctx: &mut Context<'_>, task: &mut Task, end: End) {
    task.record.end = end;
    ctx.effect(DiskEffect::SaveTask(Box::new(task.record.clone())));
    ctx.effect(DiskEffect::ForgetInputs(task.record.inputs));
}

/// The task that an event moves on, and how it stands after it.
fn end_of(event: &Event, ops: &[SignedOp], height: Height) -> Option<(TaskId, End)> {
    match event {
        Event::Opened { task, .. } => Some((*task, End::Open)),
        Event::Settled(s) => settle_op(ops, s.task).map(|op| {
            let paid = Paid { proof: s.proof, prover: s.prover, price: s.price, height, op };
            (s.task, End::Paid(paid))
        }),
        Event::Failed { task, fault, .. } => Some((*task, End::Failed(blame(*fault).to_owned()))),
        Event::Cancelled { task, .. } => Some((*task, End::Failed("cancelled".to_owned()))),
        Event::Registered { .. }
        | Event::Asked { .. }
        | Event::Withdrawn { .. }
        | Event::Awarded { .. }
        | Event::Started { .. }
        | Event::Delivered { .. }
        | Event::KeptLate { .. }
        | Event::AwardEnded { .. }
        | Event::Reopened { .. }
        | Event::EpochEnded { .. } => None,
    }
}

/// The op that settled a task.
fn settle_op(ops: &[SignedOp], task: TaskId) -> Option<OpId> {
    let settles = |op: &&SignedOp| matches!(op.op().action, Action::Settle { task: t, .. } if t == task);
    ops.iter().find(settles).map(SignedOp::id)
}

const fn blame(fault: Fault) -> &'static str {
    match fault {
        Fault::Requester => "several provers said they did not get the circuit or the inputs that the bid promises",
        Fault::Prover => "every prover that tried has failed, and no more may see the inputs",
        Fault::Network => "no prover took it before the deadline",
    }
}

fn ended(end: AwardEnd) -> String {
    match end {
        AwardEnd::Missed(window) => format!("the prover missed its {window:?} window"),
        AwardEnd::Declined(reason) => format!("the prover declined: {reason:?}"),
        AwardEnd::BadProof(finding) => format!("the committee found the proof {finding:?}"),
    }
}

fn notice(event: &Event) -> Option<Notice> {
    Some(match event {
        Event::Opened { task, requester } => Notice::Opened { task: *task, requester: *requester },
        Event::Awarded { task, prover, price, due, .. } => {
            Notice::Awarded { task: *task, prover: *prover, price: *price, due: *due }
        }
        Event::Started { task, prover } => Notice::Started { task: *task, prover: *prover },
        Event::Delivered { task, prover, proof, .. } => {
            Notice::Delivered { task: *task, prover: *prover, proof: *proof }
        }
        Event::AwardEnded { task, prover, end, .. } => {
            Notice::AwardEnded { task: *task, prover: *prover, why: ended(*end) }
        }
        Event::Settled(settlement) => Notice::Settled(settlement.clone()),
        Event::Failed { task, fault, .. } => Notice::Failed { task: *task, why: blame(*fault).to_owned() },
        Event::Cancelled { task, .. } => Notice::Failed { task: *task, why: "cancelled".to_owned() },
        Event::Registered { .. }
        | Event::Asked { .. }
        | Event::Withdrawn { .. }
        | Event::KeptLate { .. }
        | Event::Reopened { .. }
        | Event::EpochEnded { .. } => return None,
    })
}
