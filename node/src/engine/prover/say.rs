//! What the prover says of an award: to the ledger, to the coordinators, to whoever watches.

use super::{
    super::{Context, effect::PeerEffect},
    clock::{Limits, owes_proof},
    job::{Job, Pushes},
    late,
};
use dpgn_market::Task;
use dpgn_protocol::{
    ids::{ProofHash, TaskId},
    ops::Action,
    wire::{Progress, ProofStage},
};

/// Whether a `Start` is under way.
pub(super) fn starts(ctx: &Context<'_>, task: TaskId) -> bool {
    ctx.outbox.any(|a| matches!(a, Action::Start { task: other } if *other == task))
}

/// What the windows of this node's live award leave to it.
pub(super) fn limits(ctx: &Context<'_>, task: TaskId) -> Option<Limits> {
    let view = ctx.ledger.task(task)?.award?;
    (view.award.prover == ctx.own()).then(|| Limits::of(ctx.ledger.params(), &view))
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
