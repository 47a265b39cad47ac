//! What may be forgotten: proofs and recipes that no task needs any more.
//!
//! A proof stays with the prover and the committee until its task leaves the ledger, some epochs after it has
//! ended; what this node's owner bought stays for good.

use super::{Engine, effect::DiskEffect, record::PurchaseState};
use dpgn_market::{Stage, Task};
use dpgn_protocol::ids::ProofHash;
use std::collections::BTreeSet;

impl Engine {
    /// Everything on disk but this may go.
    pub(super) fn sweep(&self) -> DiskEffect {
        let (mut proofs, mut recipes) = (BTreeSet::new(), BTreeSet::new());
        for (_, task) in self.core.chain.ledger.tasks() {
            proofs.extend(proofs_of(task));
            recipes.insert(task.bid.recipe);
        }
        for record in self.requester.records() {
            recipes.insert(record.recipe);
            if let PurchaseState::Paid(paid) | PurchaseState::Done(paid) = record.state {
                proofs.insert(paid.proof);
            }
        }
        proofs.extend(self.prover.iter().flat_map(|prover| prover.proofs()));
        proofs.extend(self.coordinator.iter().flat_map(|coordinator| coordinator.proofs()));
        DiskEffect::Sweep { proofs, recipes }
    }
}

/// Proofs of a task that may be asked for.
pub(super) fn proofs_of(task: &Task) -> impl Iterator<Item = ProofHash> {
    let settled = match &task.stage {
        Stage::Completed { settlement, .. } => Some(settlement.proof),
        Stage::Pending
        | Stage::Assigned(_)
        | Stage::InProgress(_)
        | Stage::Delivered(..)
        | Stage::Failed { .. }
        | Stage::Cancelled { .. } => None,
    };
    let delivered = task.stage.delivery().map(|delivery| delivery.proof);
    let late = task.late.as_ref().map(|late| late.1.proof);
    settled.into_iter().chain(delivered).chain(late)
}
