//! What the prover says of an award: to the ledger, to the coordinators, to whoever watches.

use super::{
    super::{Context, effect::PeerEffect},
    clock::{Limits, owes_proof, owes_start},
    job::{Job, Pushes},
    late,
};
use dpgn_market::Task;
use dpgn_protocol::{
    ids::{ProofHash, TaskId},
    ops::{Action, SignedOp},
    wire::{Progress, ProofStage},
};

/// Whether a `Start` is under way.
pub(super) fn starts(ctx: &Context<'_>, task: TaskId) -> bool {
    ctx.outbox.any(|a| matches!(a, Action::Start { task: other } if *other == task))
}

/// The `Start` that the requester is shown; it is sent to the ledger too while that waits for one. None if too many own
/// ops are under way.
pub(super) fn start_to_show(
    ctx: &mut Context<'_>,
    task: TaskId,
    view: &Task,
    shown: Option<SignedOp>,
) -> Option<SignedOp> {
    let action = Action::Start { task };
    // The requester takes no other while this one is undecided.
    let shown = shown.filter(|start| ctx.outbox.holds(start.id()) || !owes_start(&view.stage));
    if shown.is_some() {
        return shown;
    }
    if owes_start(&view.stage) && !starts(ctx, task) {
        return ctx.outbox.submit(ctx.now, ctx.ledger, action);
    }
    // Started before a restart: the requester wants to see it again, the ledger doesn't.
    ctx.outbox.sign(ctx.now, ctx.ledger, vec![action]).ok().and_then(|mut ops| ops.pop())
}

/// The limits that the windows of this node's live award set it.
pub(super) fn limits(ctx: &Context<'_>, task: TaskId) -> Option<Limits> {
    let view = ctx.ledger.task(task)?;
    let award = view.award.filter(|award| award.award.prover == ctx.own())?;
    Some(Limits::of(ctx.ledger.params(), &award, view.task.degree.rows()))
}

/// Announces the proof, and hands its bytes to every coordinator of a live award.
pub(super) fn deliver(
    ctx: &mut Context<'_>,
    task: TaskId,
    view: &Task,
    (proof, len): (ProofHash, u32),
    pushes: &mut Pushes,
) {
    let own = ctx.own();
    let is_live = ctx.awarded_to(task) == Some(own);
    let is_owed = if is_live { owes_proof(&view.stage) } else { late::is_wanted(ctx.now, view, own) };
    let sent = ctx.outbox.any(|a| matches!(a, Action::Deliver { task: other, .. } if *other == task));
    if is_owed && !sent {
        ctx.outbox.submit(ctx.now, ctx.ledger, Action::Deliver { task, proof, len });
    }
    if !is_live {
        return;
    }
    // This node's own coordinator finds the proof on disk.
    for member in ctx.ledger.committee().members().iter().filter(|member| member.account != own) {
        if pushes.begin(ctx.now, member.account) {
            ctx.effects.push(PeerEffect::PushProof { to: member.account, task, proof }.into());
        }
    }
}

/// Tells the network how far the job is.
pub(super) fn report(ctx: &mut Context<'_>, job: &mut Job, task: TaskId, stage: ProofStage, permille: u16) {
    job.sequence += 1;
    let progress = Progress { task, stage, permille, sequence: job.sequence };
    if let Ok(signed) = ctx.keys().sign(ctx.ledger.network(), progress) {
        ctx.effect(PeerEffect::GossipProgress(Box::new(signed)));
    }
}
