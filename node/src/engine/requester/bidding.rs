//! Bidding: from a draft to a bid that the ledger has taken up, or never will.

use super::{Requester, Task, failure::Failure, local::fail};
use crate::engine::{
    Context,
    effect::{DiskEffect, Rejected},
    record::{BidDraft, PurchaseState, TaskRecord},
};
use dpgn_market::{Ledger, Refused};
use dpgn_protocol::{
    ids::TaskId,
    ops::{Action, Bid, Circuit},
    units::{Credits, Ppm},
};

impl Requester {
    /// Signs the bid of a draft, and sends it once its record is on disk.
    pub(super) fn open(&mut self, ctx: &mut Context<'_>, draft: BidDraft) -> Result<TaskId, Rejected> {
        // The ledger knows nothing yet of a bid that no block holds; its name is taken all the same.
        let waits = |task: &Task| task.record.alias == draft.alias && task.record.state == PurchaseState::Announced;
        if self.tasks.values().any(waits) {
            return Err(Refused::AliasUsed(draft.alias).into());
        }
        let mut actions = Vec::new();
        if ctx.ledger.circuit(draft.circuit).is_none() {
            let verifier_data = draft.verifier_data.clone();
            actions.push(Action::Circuit(Circuit { verifier_data }));
        }
        actions.push(Action::Bid(Box::new(bid(ctx.ledger, &draft))));
        let ops = ctx.outbox.offer(ctx.now, ctx.ledger, actions)?;
        let Some(op) = ops.last() else { return Err(Rejected::Busy(0)) };
        let task = op.task_id(ctx.ledger.network());
        let record = TaskRecord {
            task,
            alias: draft.alias,
            created: ctx.now,
            changed: ctx.now,
            bid: op.to_raw(),
            recipe: draft.recipe,
            circuit: draft.circuit,
            verifier_data: draft.verifier_data,
            statement: draft.statement,
            inputs: draft.inputs,
            level: draft.level,
            reward: draft.reward,
            state: PurchaseState::Announced,
            shown: Vec::new(),
            prove_here_at: draft.prove_here_at,
        };
        // What `offer` sends leaves with the end of this step: the record is on disk first.
        ctx.effect(DiskEffect::SaveTask(Box::new(record.clone())));
        self.tasks.insert(task, Task::new(record));
        self.forget_old();
        Ok(task)
    }
}

fn bid(ledger: &Ledger, draft: &BidDraft) -> Bid {
    let mut bid = Bid {
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
        raise: draft.raise,
        priority: draft.priority,
        deadline: draft.deadline,
        disclosures_max: draft.disclosures_max,
        reputation_min: Ppm::new(0),
        collateral_min: Credits::ZERO,
        allow: draft.allow.clone(),
        deny: draft.deny.clone(),
        sealed: None,
    };
    bid.sealed = draft.sealed.then(|| ledger.usual_round(&bid, draft.degree));
    bid
}

/// The bid is not in the ledger yet: send it (and its circuit) until it is, or can't be any more.
pub(super) fn announce(ctx: &mut Context<'_>, task: &mut Task) {
    let record = &task.record;
    let Ok(op) = record.bid.clone().verify(ctx.ledger.network()) else { return };
    // Our clock may be ahead, and the ledger behind while this node catches up: for good is what both say.
    let never = |time| ctx.ledger.check(&op, time).err().filter(|reason| !reason.may_pass_later());
    let by_ledger = never(ctx.ledger.time());
    if let Some(reason) = by_ledger.and_then(|_| never(ctx.now.max(ctx.ledger.time()))) {
        return fail(ctx, task, &Failure::Refused(reason));
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
