//! The requester: from a purchase to a proof this node has checked for itself.
//!
//! Inputs go to the key of the live award that shows a signed `Start`, and to nobody else. A task's record is
//! on disk before its bid is sent, and the bid is sent again as it is: nothing is ever bought twice.

mod bidding;
mod binding;
mod events;
mod failure;
mod jumped;
mod local;
mod progress;
mod search;
mod stalled;

use super::{
    Context,
    effect::{Accepted, BlobAnswer, DiskEffect, Effect, PeerEffect, Rejected, WorkEffect},
    input::{Call, CallError, Check, Token},
    notice::Notice,
    order::CheckOrder,
    record::{BidDraft, Paid, PurchaseState, TaskRecord},
};
use bidding::announce;
use binding::Unbound;
use dpgn_market::Event;
use dpgn_protocol::{
    award::StartStatement,
    ids::{AccountId, TaskId, proof_hash},
    ops::Action,
    sign::Signed,
    wire::{Refusal, Request, Response},
};
pub(super) use events::Done;
use events::{notice, state_after};
use failure::Failure;
use local::{Bench, fail, recall};
pub use progress::Latest;
use search::{Place, Search};
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Requester {
    tasks: BTreeMap<TaskId, Task>,
    progress: BTreeMap<TaskId, Latest>,
    /// The proof that is made here.
    bench: Bench,
}

struct Task {
    record: TaskRecord,
    /// The search for its proof, once it is paid.
    search: Search,
    /// Why no standing ask can take it; absent if one can.
    stalled: Option<String>,
    /// Tries to prove it here that have failed since the start.
    tries: u8,
}

impl Task {
    fn new(record: TaskRecord) -> Self {
        Self { record, search: Search::default(), stalled: None, tries: 0 }
    }
}

/// Tasks that have ended and are kept in memory; older ones are read from disk.
const ENDED_MAX: usize = 1_024;

impl Requester {
    pub(super) fn new(records: Vec<TaskRecord>) -> Self {
        let tasks = records.into_iter().map(|record| (record.task, Task::new(record))).collect();
        let mut requester = Self { tasks, ..Self::default() };
        requester.forget_old();
        requester
    }

    pub(super) fn records(&self) -> impl Iterator<Item = &TaskRecord> {
        self.tasks.values().map(|t| &t.record)
    }

    pub(super) fn record(&self, task: TaskId) -> Option<&TaskRecord> {
        self.tasks.get(&task).map(|t| &t.record)
    }

    /// Signs the bid, tries it on the ledger, and sends it if it holds.
    pub(super) fn submit(&mut self, ctx: &mut Context<'_>, token: Token, draft: BidDraft) {
        let result = self.open(ctx, draft).map(Accepted::Submitted);
        ctx.effect(Effect::Reply(token, result));
    }

    pub(super) fn cancel(&mut self, ctx: &mut Context<'_>, token: Token, task: TaskId) {
        let result = self.take_back(ctx, task).map(|()| Accepted::Sent);
        ctx.effect(Effect::Reply(token, result));
    }

    /// Whoever takes a task back wants it proved nowhere.
    fn take_back(&mut self, ctx: &mut Context<'_>, task: TaskId) -> Result<(), Rejected> {
        let own = self.tasks.get_mut(&task).ok_or(Rejected::UnknownTask(task))?;
        if own.record.state == PurchaseState::ProvingLocally {
            fail(ctx, own, &Failure::TakenBack);
            self.stop_here(ctx, task);
            return Ok(());
        }
        ctx.outbox.offer(ctx.now, ctx.ledger, vec![Action::Cancel { task }])?;
        if own.record.prove_here_at.take().is_some() {
            ctx.effect(DiskEffect::SaveTask(Box::new(own.record.clone())));
        }
        Ok(())
    }

    /// Keeps the newest of the tasks that have ended in memory; the rest are on disk.
    fn forget_old(&mut self) {
        let ended: Vec<_> = self.tasks.values().filter(|task| task.record.state.is_over()).collect();
        let mut ages: Vec<_> = ended.iter().map(|task| (task.record.created, task.record.task)).collect();
        if ages.len() > ENDED_MAX {
            ages.sort_unstable();
            let too_many = ages.len() - ENDED_MAX;
            for (_, task) in ages.into_iter().take(too_many) {
                self.tasks.remove(&task);
            }
        }
    }

    /// Follows the ledger with the tasks that are not over.
    pub(super) fn tick(&mut self, ctx: &mut Context<'_>, has_worker: bool) {
        for task in self.tasks.values_mut() {
            match task.record.state {
                PurchaseState::Announced => announce(ctx, task),
                PurchaseState::Open => recall(ctx, &task.record),
                PurchaseState::Paid(paid) => collect(ctx, task, paid),
                PurchaseState::Done(_)
                | PurchaseState::Failed(_)
                | PurchaseState::ProvingLocally
                | PurchaseState::ProvedLocally(_) => {}
            }
        }
        self.prove_here(ctx, has_worker);
        self.progress.retain(|task, _| ctx.task(*task).is_some_and(|t| t.stage.award().is_some()));
    }

    /// Takes over what a block did to own tasks. The records go to disk with the block.
    pub(super) fn applied(&mut self, ctx: &mut Context<'_>, done: Done<'_>, events: &[Event]) {
        for event in events {
            let next = state_after(event, done, ctx.head.height);
            let own = next.and_then(|(task, next)| Some((self.tasks.get_mut(&task)?, next)));
            match own {
                // It tells what becomes of the task, which may not be over.
                Some((task, Err(failure))) => {
                    task.stalled = None;
                    fail(ctx, task, &failure);
                }
                Some((task, Ok(state))) => {
                    tell(ctx, event);
                    task.record.enter(ctx.now, state);
                    ctx.effect(DiskEffect::SaveTask(Box::new(task.record.clone())));
                }
                None => tell(ctx, event),
            }
        }
    }

    /// Tells the owner at once of a task that no standing ask can take.
    pub(super) fn look_for_asks(&mut self, ctx: &mut Context<'_>, events: &[Event]) {
        let book_changed = events.iter().any(stalled::changes_book);
        for (id, task) in self.tasks.iter_mut().filter(|(_, task)| task.record.state == PurchaseState::Open) {
            if !book_changed && !events.iter().any(|event| stalled::opens(event, *id)) {
                continue;
            }
            let why = stalled::why(ctx.ledger, *id);
            if let (None, Some(why)) = (&task.stalled, &why) {
                tracing::warn!(task = %id, why, "no standing ask can take a task of this node");
                ctx.effects.push(Effect::Notify(Notice::Stalled { task: *id, why: why.clone() }));
            }
            task.stalled = why;
        }
    }

    /// Why no standing ask can take an own task; absent if one can, or if it is not open.
    pub(super) fn stalled(&self, task: TaskId) -> Option<&str> {
        self.tasks.get(&task)?.stalled.as_deref()
    }

    /// Somebody wants the inputs of a task of ours.
    pub(super) fn inputs_asked(
        &mut self,
        ctx: &mut Context<'_>,
        from: AccountId,
        token: Token,
        task: TaskId,
        start: &Signed<StartStatement>,
    ) {
        let Some(own) = self.tasks.get_mut(&task) else {
            return ctx.effect(Effect::Stream(token, BlobAnswer::Refuse(Refusal::NotFound)));
        };
        match binding::discloses(ctx.ledger, &own.record, from, start) {
            Ok(shown) => {
                tracing::info!(%task, prover = %from, "inputs are shown to the awarded prover");
                if let Some(shown) = shown {
                    // On disk before the first byte leaves.
                    own.record.shown.push(shown);
                    ctx.effect(DiskEffect::SaveTask(Box::new(own.record.clone())));
                }
                ctx.effect(Effect::Stream(token, BlobAnswer::Inputs(own.record.inputs)));
            }
            Err(Unbound::Undecided(award)) => {
                let action = Action::Start { award, statement: start.raw().clone() };
                if !ctx.outbox.any(|sent| *sent == action) {
                    ctx.outbox.submit(ctx.now, ctx.ledger, action);
                }
                ctx.effect(Effect::Stream(token, BlobAnswer::Refuse(Refusal::Busy)));
            }
            Err(why @ (Unbound::NotAwarded | Unbound::NoStart | Unbound::TooMany { .. })) => {
                tracing::debug!(%task, peer = %from, %why, "inputs are not shown");
                ctx.effect(Effect::Stream(token, BlobAnswer::Refuse(Refusal::NotAllowed)));
            }
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
        let Some(Task { record, search, .. }) = self.tasks.get_mut(&task) else { return };
        let PurchaseState::Paid(paid) = record.state else { return };
        match result {
            Ok(Response::Proof(bytes)) if proof_hash(&bytes) == paid.proof => {
                search.checks(ctx.now);
                let order = Box::new(CheckOrder::of_purchase(record, paid));
                ctx.effect(WorkEffect::Collect { order, proof: Some(bytes.into_vec()) });
            }
            Ok(Response::Proof(_)) => {
                search.failed(ctx.now);
                ctx.effect(PeerEffect::Penalise(from, "a proof that hashes to something else"));
            }
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
            | Err(_) => search.failed(ctx.now),
        }
    }

    /// Takes the result of this node's own check of a proof.
    pub(super) fn checked(&mut self, ctx: &mut Context<'_>, task: TaskId, check: Check) {
        if self.checked_here(ctx, task, check) {
            return;
        }
        let Some(own) = self.tasks.get_mut(&task) else { return };
        let PurchaseState::Paid(paid) = own.record.state else { return };
        let finding = match check {
            Check::Found(finding) => finding,
            Check::Absent | Check::Unfinished => return own.search.failed(ctx.now),
        };
        if !finding.is_valid() {
            return fail(ctx, own, &Failure::Disputed { proof: paid.proof, finding });
        }
        ctx.effect(Effect::Notify(Notice::Completed { task, proof: paid.proof, finding }));
        finish(ctx, own, PurchaseState::Done(paid));
    }
}

/// Tells whoever listens of an event, if it is of interest.
fn tell(ctx: &mut Context<'_>, event: &Event) {
    if let Some(notice) = notice(event) {
        ctx.effect(Effect::Notify(notice));
    }
}

/// The proof is paid: look for it in one place after the other.
fn collect(ctx: &mut Context<'_>, task: &mut Task, paid: Paid) {
    let own = ctx.own();
    match task.search.next(ctx.now, ctx.ledger, own, paid.prover) {
        Some(Place::Disk) => {
            let order = Box::new(CheckOrder::of_purchase(&task.record, paid));
            ctx.effect(WorkEffect::Collect { order, proof: None });
        }
        Some(Place::Peer(from)) => {
            let (task, proof) = (task.record.task, paid.proof);
            let (call, request) = (Call::Collect { task, proof, from }, Request::Proof { task, proof });
            ctx.effect(PeerEffect::Ask { to: from, call, request });
        }
        None => {}
    }
}

fn finish(ctx: &mut Context<'_>, task: &mut Task, mut state: PurchaseState) {
    if let PurchaseState::Failed(why) = &mut state {
        *why = format!("{why}; {}", failure::seen_by(task.record.shown.len()));
    }
    task.record.enter(ctx.now, state);
    ctx.effect(DiskEffect::SaveTask(Box::new(task.record.clone())));
    ctx.effect(DiskEffect::ForgetInputs(task.record.inputs));
}
