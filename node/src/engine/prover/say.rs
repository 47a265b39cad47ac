//! What the prover says of an award: to the ledger, to the coordinators, to whoever watches.

use super::{
    super::{Context, effect::PeerEffect},
    clock::{Limits, owes_proof},
    job::{Job, Pushes},
    late,
};
use dpgn_market::Task;
use dpgn_protocol::{
    award::{AwardId, StartStatement},
    ids::{ProofHash, TaskId},
    ops::Action,
    sign::{Signed, Unverified},
    units::Millis,
    wire::{Progress, ProofStage},
};

/// The time from one report of a stage to the next.
const REPORT_AGAIN: Millis = Millis::new(250);

/// This node's word that it begins on an award. Signing draws no randomness, so it is the same each time.
pub(super) fn start_of(ctx: &Context<'_>, award: AwardId) -> Option<Unverified> {
    ctx.keys().sign(ctx.ledger.network(), StartStatement { award }).ok().map(Signed::into_raw)
}

/// Whether a `Start` for this award is under way.
pub(super) fn starts(ctx: &Context<'_>, award: AwardId) -> bool {
    ctx.outbox.any(|a| matches!(a, Action::Start { award: other, .. } if *other == award))
}

/// Sends `Start` to the ledger, unless it is under way. If too many own ops are, the next step tries again.
pub(super) fn say_start(ctx: &mut Context<'_>, award: AwardId, statement: &Unverified) {
    if !starts(ctx, award) {
        ctx.outbox.submit(ctx.now, ctx.ledger, Action::Start { award, statement: statement.clone() });
    }
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
    award: AwardId,
    view: &Task,
    (proof, len): (ProofHash, u32),
    pushes: &mut Pushes,
) {
    let (own, task) = (ctx.own(), award.task);
    let is_live = ctx.awarded_to(task) == Some(own);
    let is_owed = if is_live { owes_proof(&view.stage) } else { late::is_wanted(ctx.now, view, own) };
    let sent = ctx.outbox.any(|a| matches!(a, Action::Deliver { award: other, .. } if *other == award));
    if is_owed && !sent {
        ctx.outbox.submit(ctx.now, ctx.ledger, Action::Deliver { award, proof, len });
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

/// Tells the network how far the job is: of each stage at once, and again at most so often. What is told more often is passed on by
/// nobody, and the last word is lost with it.
pub(super) fn report(ctx: &mut Context<'_>, job: &mut Job, task: TaskId, stage: ProofStage, permille: u16) {
    let is_entered = job.said.is_none_or(|(before, _)| before != stage);
    job.said = Some((stage, permille));
    if !is_entered && ctx.now < job.reported.after(REPORT_AGAIN) {
        return;
    }
    (job.sequence, job.reported) = (job.sequence + 1, ctx.now);
    let progress = Progress { task, stage, permille, sequence: job.sequence };
    if let Ok(signed) = ctx.keys().sign(ctx.ledger.network(), progress) {
        ctx.effect(PeerEffect::GossipProgress(Box::new(signed)));
    }
}
