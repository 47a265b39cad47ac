//! What became of own tasks while this node took a snapshot in place of the blocks: the ledger tells of tasks that are open
//! or have ended not long ago, and of no others.

use super::{Requester, Task, failure::Failure, local::fail};
use crate::engine::{
    Context,
    effect::DiskEffect,
    record::{Paid, PurchaseState},
};
use dpgn_market::Stage;
use dpgn_protocol::ops::Op;

impl Requester {
    /// Takes over what the ledger says of own tasks that were not over. The records go to disk with the snapshot.
    pub(in crate::engine) fn jumped(&mut self, ctx: &mut Context<'_>) {
        for task in self.tasks.values_mut() {
            match &task.record.state {
                PurchaseState::Announced | PurchaseState::Open => {}
                PurchaseState::Paid(_)
                | PurchaseState::Done(_)
                | PurchaseState::Failed(_)
                | PurchaseState::ProvingLocally
                | PurchaseState::ProvedLocally(_) => continue,
            }
            match state_in(ctx, task) {
                Err(failure) => {
                    task.stalled = None;
                    fail(ctx, task, &failure);
                }
                Ok(state) if state != task.record.state => {
                    task.record.enter(ctx.now, state);
                    ctx.effect(DiskEffect::SaveTask(Box::new(task.record.clone())));
                }
                Ok(_) => {}
            }
        }
    }
}

/// How an own task stands in the ledger, which may have forgotten it, or why the market is done with it.
fn state_in(ctx: &Context<'_>, task: &Task) -> Result<PurchaseState, Failure> {
    let Some(known) = ctx.task(task.record.task) else {
        let nonce = task.record.bid.clone().verify(ctx.ledger.network()).ok().map(|bid| nonce_of(bid.op()));
        let is_free = nonce.is_some_and(|nonce| ctx.ledger.free_nonces(ctx.own()).contains(&nonce));
        // A bid whose nonce is free was never taken up: it is sent again, or refused, as ever.
        return if is_free && task.record.state == PurchaseState::Announced {
            Ok(PurchaseState::Announced)
        } else {
            Err(Failure::Unseen)
        };
    };
    match &known.stage {
        Stage::Pending | Stage::Assigned(_) | Stage::InProgress(_) | Stage::Delivered(..) => Ok(PurchaseState::Open),
        Stage::Completed { settlement, .. } => Ok(PurchaseState::Paid(Paid {
            proof: settlement.proof,
            prover: settlement.prover,
            price: settlement.price,
            quality: settlement.quality,
            settled: None,
        })),
        Stage::Failed { fault, .. } => Err(Failure::from(*fault)),
        Stage::Cancelled { .. } => Err(Failure::Cancelled),
    }
}

fn nonce_of(op: &Op) -> u64 {
    op.nonce
}
