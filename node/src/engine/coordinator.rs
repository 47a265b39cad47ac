//! The coordinator: pools ops, proposes blocks when it is its turn, judges delivered proofs.
//!
//! It judges only bytes it holds, and says only what it found, in ops of its own; the ledger adds them up. A check that
//! could not be finished is no finding.

mod proposing;
mod turn;

pub(super) use self::turn::Proposed;

use self::turn::Turn;
use super::{
    Context,
    effect::{Answer, Effect, PeerEffect, WorkEffect},
    input::{Call, CallError, Check, Token},
    order::CheckOrder,
    pool::Pool,
};
use dpgn_market::Ledger;
use dpgn_protocol::{
    award::AwardId,
    bounded::List,
    finding::{Finding, Judged},
    ids::{AccountId, ProofHash, TaskId, proof_hash},
    limits::JUDGED_MAX,
    ops::{Action, RawOp, SignedOp},
    units::{Height, Millis, Timestamp},
    wire::{Refusal, Request, Response},
};
use std::collections::{BTreeMap, BTreeSet};

/// The pause before somebody else is asked for a delivered proof, or it is checked again.
const NEXT_SOURCE: Millis = Millis::from_secs(2);
/// The time after which a check is begun anew.
const CHECK_PATIENCE: Millis = Millis::from_secs(30);

#[derive(Default)]
pub(super) struct Coordinator {
    pool: Pool,
    turn: Option<Turn>,
    /// Whether members with more than a third of the power have voted at this height: there is work.
    is_called: bool,
    /// The height that consensus was last told a reason for.
    armed: Option<Height>,
    deliveries: BTreeMap<TaskId, Delivery>,
    /// The head for which `overdue_at` holds; absent before the first time.
    looked_at: Option<Height>,
    /// The time at which a block is due although no op waits; found once per block, since it takes a look at every open
    /// task.
    overdue_at: Option<Timestamp>,
    /// The time of the last try at a block of this height: a try costs a look at the whole pool, and may come to
    /// nothing.
    tried: Option<Timestamp>,
    /// The time at which the head was applied; absent before the first.
    followed: Option<Timestamp>,
}

/// A proof that was announced or pushed.
struct Delivery {
    prover: AccountId,
    proof: ProofHash,
    bytes: Bytes,
    /// Whether the prover has pushed the bytes.
    is_kept: bool,
    /// The number of peers that have been asked for the bytes.
    asked: usize,
    /// The finding of this node; absent before it has one.
    found: Option<Finding>,
}

/// The whereabouts of a delivery's bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bytes {
    /// The bytes are on disk, or perhaps so: a restart, or this node's own prover, may have left them there.
    Held,
    /// The bytes are being looked for and checked since `since`.
    Checking {
        /// The time at which the check began.
        since: Timestamp,
        /// Whether the bytes were written in the meantime: then a check that found none says nothing.
        kept: bool,
    },
    /// The bytes are not on disk; asked for last at this time, or expected to be pushed since then.
    Missing(Timestamp),
    /// A check could not be finished, at this time. The bytes may well be on disk: their prover may be gone by now.
    Unchecked(Timestamp),
}

impl Coordinator {
    pub(super) fn pool(&mut self, ctx: &Context<'_>, ops: Vec<SignedOp>) {
        for op in ops {
            self.pool.insert(ctx.now, ctx.ledger, op);
        }
    }

    /// Pooled ops, and deliveries that are not settled.
    pub(super) fn backlog(&self) -> (usize, usize) {
        (self.pool.len(), self.deliveries.len())
    }

    /// Proofs that were pushed or announced.
    pub(super) fn proofs(&self) -> impl Iterator<Item = ProofHash> {
        self.deliveries.values().map(|delivery| delivery.proof)
    }

    /// For each op of a block: the pooled one, if it has the same bytes.
    pub(super) fn heard(&self, ops: &[RawOp]) -> Vec<Option<SignedOp>> {
        ops.iter().map(|raw| self.pool.get(raw.id()).filter(|op| op.is(raw)).cloned()).collect()
    }

    /// Follows a block that was applied.
    pub(super) fn applied(&mut self, ctx: &mut Context<'_>, ops: &[SignedOp]) {
        (self.turn, self.tried, self.is_called) = (None, None, false);
        self.followed = Some(ctx.now);
        self.pool.applied(ctx.now, ctx.ledger, ops);
        self.deliveries.retain(|task, d| ctx.awarded_to(*task) == Some(d.prover));
        self.judge(ctx);
    }

    /// Does whatever is due at this time.
    pub(super) fn tick(&mut self, ctx: &mut Context<'_>) {
        self.judge(ctx);
        self.tell(ctx);
        stand(ctx);
    }

    /// A prover hands over the bytes of a proof.
    pub(super) fn pushed(
        &mut self,
        ctx: &mut Context<'_>,
        from: AccountId,
        token: Token,
        task: TaskId,
        bytes: Vec<u8>,
    ) {
        // What costs nothing is asked first: a stranger's megabyte is not hashed.
        let awarded = ctx.task(task).filter(|t| t.stage.award().is_some_and(|a| a.prover == from));
        let Some(awarded) = awarded.filter(|t| u32::try_from(bytes.len()) == Ok(t.proof_len)) else {
            return ctx.effect(Effect::Answer(token, Answer::Response(Response::Refused(Refusal::NotAllowed))));
        };
        let proof = proof_hash(&bytes);
        let fits = awarded.stage.delivery().is_none_or(|announced| announced.proof == proof);
        // One proof an award lies here at a time: only the ledger's word makes room for another.
        let other = self.deliveries.get(&task).is_some_and(|d| d.proof != proof && d.is_kept);
        if fits && !other {
            ctx.effect(WorkEffect::Keep { token: Some(token), from, task, proof: bytes });
        } else {
            ctx.effect(Effect::Answer(token, Answer::Response(Response::Refused(Refusal::NotAllowed))));
        }
    }

    /// The bytes of a proof are on disk.
    pub(super) fn kept(&mut self, ctx: &mut Context<'_>, task: TaskId, from: AccountId, proof: ProofHash) {
        if ctx.awarded_to(task) != Some(from) {
            return;
        }
        let delivery = self.delivery(task, from, proof);
        delivery.is_kept = true;
        match &mut delivery.bytes {
            Bytes::Checking { kept, .. } => *kept = true,
            Bytes::Missing(_) => delivery.bytes = Bytes::Held,
            Bytes::Held | Bytes::Unchecked(_) => {}
        }
        self.judge(ctx);
    }

    /// An answer to the question for a delivered proof.
    pub(super) fn fetched(
        &mut self,
        ctx: &mut Context<'_>,
        task: TaskId,
        proof: ProofHash,
        from: AccountId,
        result: Result<Response, CallError>,
    ) {
        match result {
            Ok(Response::Proof(bytes)) if proof_hash(&bytes) == proof => {
                let Some(prover) = ctx.awarded_to(task) else { return };
                ctx.effect(WorkEffect::Keep { token: None, from: prover, task, proof: bytes.into_vec() });
            }
            Ok(Response::Proof(_)) => ctx.effect(PeerEffect::Penalise(from, "a proof that hashes to something else")),
            Ok(
                Response::Head { .. }
                | Response::Blocks(_)
                | Response::Accepted
                | Response::Refused(_)
                | Response::Snapshot(_)
                | Response::Handovers(_)
                | Response::Chunk(_)
                | Response::Pruned { .. },
            )
            | Err(_) => {}
        }
    }

    /// Takes the result of a check.
    pub(super) fn judged(&mut self, ctx: &mut Context<'_>, task: TaskId, proof: ProofHash, check: Check) {
        let Some(delivery) = self.deliveries.get_mut(&task).filter(|d| d.proof == proof) else { return };
        let was_kept = matches!(delivery.bytes, Bytes::Checking { kept: true, .. });
        let finding = match check {
            Check::Found(finding) => finding,
            Check::Absent if was_kept => {
                delivery.bytes = Bytes::Held;
                return self.judge(ctx);
            }
            Check::Absent => {
                delivery.bytes = Bytes::Missing(ctx.now);
                return;
            }
            Check::Unfinished => {
                tracing::warn!(%task, "the check of a delivered proof could not be finished; it is tried again");
                delivery.bytes = Bytes::Unchecked(ctx.now);
                return;
            }
        };
        tracing::info!(%task, prover = %delivery.prover, ?finding, "judged");
        delivery.found = Some(finding);
        self.tell(ctx);
    }

    /// The delivery of a task. A newer announcement replaces what was there.
    fn delivery(&mut self, task: TaskId, prover: AccountId, proof: ProofHash) -> &mut Delivery {
        let fresh = || Delivery { prover, proof, bytes: Bytes::Held, is_kept: false, asked: 0, found: None };
        let delivery = self.deliveries.entry(task).or_insert_with(fresh);
        if (delivery.prover, delivery.proof) != (prover, proof) {
            *delivery = fresh();
        }
        delivery
    }

    /// Checks what was announced in the ledger and is here; asks for what isn't.
    fn judge(&mut self, ctx: &mut Context<'_>) {
        let (own, now) = (ctx.own(), ctx.now);
        if ctx.ledger.committee().power(own).is_none() {
            return;
        }
        // What the ledger awaits counts, not what was heard: a restart has heard nothing.
        for (task, view) in ctx.ledger.awaiting_findings() {
            if let (Some(award), Some(announced)) = (view.stage.award(), view.stage.delivery()) {
                self.delivery(task, award.prover, announced.proof);
            }
        }
        for (task, delivery) in &mut self.deliveries {
            let Some((view, announced)) = ctx.task(*task).and_then(|t| Some((t, t.stage.delivery()?))) else {
                continue;
            };
            let proof = announced.proof;
            let is_judged = announced.findings.get(&own).is_some_and(|found| *found != Finding::Absent);
            if proof != delivery.proof || is_judged || delivery.found.is_some() {
                continue;
            }
            match delivery.bytes {
                Bytes::Held => {
                    let Some(circuit) = ctx.ledger.circuit(view.bid.circuit) else { continue };
                    let order = CheckOrder {
                        task: *task,
                        prover: delivery.prover,
                        proof,
                        circuit: view.bid.circuit,
                        verifier_data: circuit.verifier_data.to_vec(),
                        statement: view.bid.statement,
                        challenge: view.is_challenge.then_some(view.bid.inputs_len),
                    };
                    ctx.effects.push(WorkEffect::Judge(Box::new(order)).into());
                    delivery.bytes = Bytes::Checking { since: now, kept: false };
                }
                Bytes::Checking { since, .. } if now >= since.after(CHECK_PATIENCE) => delivery.bytes = Bytes::Held,
                // The first wait is the prover's: it pushes of its own accord.
                Bytes::Missing(asked) if now >= asked.after(NEXT_SOURCE) => {
                    let source = source(ctx.ledger, own, delivery.prover, delivery.asked);
                    (delivery.asked, delivery.bytes) = (delivery.asked + 1, Bytes::Missing(now));
                    if let Some(from) = source {
                        let (call, request) =
                            (Call::Judge { task: *task, proof, from }, Request::Proof { task: *task, proof });
                        ctx.effects.push(PeerEffect::Ask { to: from, call, request }.into());
                    }
                }
                Bytes::Unchecked(at) if now >= at.after(NEXT_SOURCE) => delivery.bytes = Bytes::Held,
                Bytes::Checking { .. } | Bytes::Missing(_) | Bytes::Unchecked(_) => {}
            }
        }
    }

    /// Tells the ledger what this member has found and the ledger waits for: all that there is in one op.
    fn tell(&mut self, ctx: &mut Context<'_>) {
        let own = ctx.own();
        let under_way: BTreeSet<(AwardId, Finding)> =
            ctx.outbox.actions().flat_map(judged_in).map(|judged| (judged.award, judged.finding)).collect();
        let mut findings = Vec::new();
        for (task, delivery) in &self.deliveries {
            let finding = match (delivery.found, delivery.bytes) {
                (Some(found), _) => found,
                (None, Bytes::Missing(_)) => Finding::Absent,
                (None, Bytes::Held | Bytes::Checking { .. } | Bytes::Unchecked(_)) => continue,
            };
            let Some(number) = ctx.task(*task).and_then(|t| t.stage.award()).map(|award| award.number) else {
                continue;
            };
            let award = AwardId { task: *task, number };
            let judged = Judged { award, proof: delivery.proof, finding };
            if ctx.ledger.counts(own, &judged, ctx.now) && !under_way.contains(&(award, finding)) {
                findings.push(judged);
            }
        }
        findings.truncate(JUDGED_MAX);
        if let (false, Ok(findings)) = (findings.is_empty(), List::new(findings)) {
            ctx.outbox.submit(ctx.now, ctx.ledger, Action::Judge { findings });
        }
    }
}

/// Says once in each epoch that this node stands for election, if it has a bond: late enough to be there at the end.
fn stand(ctx: &mut Context<'_>) {
    let (ledger, own) = (ctx.ledger, ctx.own());
    let half = Height::new(ctx.head.height.get().saturating_add(ledger.params().epoch_blocks / 2));
    let is_late = ledger.epoch_at(half) > ledger.epoch_at(ctx.head.height.next());
    if is_late && ledger.may_stand(own) && !ctx.outbox.actions().any(|action| matches!(action, Action::Candidate)) {
        ctx.outbox.submit(ctx.now, ledger, Action::Candidate);
    }
}

/// The findings in an op of a member.
fn judged_in(action: &Action) -> &[Judged] {
    if let Action::Judge { findings } = action { findings } else { &[] }
}

/// The peer to ask for a proof: first its prover, then one coordinator after the other, then the prover again.
fn source(ledger: &Ledger, own: AccountId, prover: AccountId, asked: usize) -> Option<AccountId> {
    let members = ledger.committee().members().iter().map(|member| member.account);
    let others = members.filter(|member| *member != own && *member != prover);
    let sources: Vec<AccountId> = [prover].into_iter().filter(|prover| *prover != own).chain(others).collect();
    sources.get(asked.checked_rem(sources.len())?).copied()
}

#[cfg(test)]
mod tests;
