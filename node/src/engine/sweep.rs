//! What may be forgotten: proofs and recipes that no task needs any more.
//!
//! A proof stays with the prover and the committee until its task leaves the ledger, some epochs after it has
//! ended; what this node's owner bought stays for good.

use super::{Engine, effect::DiskEffect};
use dpgn_market::{Stage, Task};
use dpgn_protocol::{
    committee::Committee,
    ids::{AccountId, ProofHash},
};
use std::collections::BTreeSet;

impl Engine {
    /// Everything on disk but this may go.
    pub(super) fn sweep(&self) -> DiskEffect {
        let (mut proofs, mut recipes) = (BTreeSet::new(), BTreeSet::new());
        for (_, task) in self.core.chain.ledger.tasks() {
            proofs.extend(proofs_of(task));
            recipes.insert(task.bid.recipe);
        }
        let listed = self.core.chain.ledger.params().challenge_circuits.iter();
        recipes.extend(listed.map(|listed| listed.recipe));
        for record in self.requester.records() {
            recipes.insert(record.recipe);
            proofs.extend(record.state.proof());
        }
        proofs.extend(self.prover.iter().flat_map(|prover| prover.proofs()));
        proofs.extend(self.coordinator.iter().flat_map(|coordinator| coordinator.proofs()));
        DiskEffect::Sweep { proofs, recipes }
    }
}

/// Proofs of a task that are kept.
fn proofs_of(task: &Task) -> impl Iterator<Item = ProofHash> {
    let late = task.late().map(|late| late.delivery.proof);
    settled(task).into_iter().chain(task.stage.delivery().map(|delivery| delivery.proof)).chain(late)
}

/// Whether an account may have the bytes of a proof: the committee those that it judges or has judged, the requester
/// what it has paid for. A late proof that waits is nobody's but its prover's.
pub(super) fn may_have(task: &Task, proof: ProofHash, account: AccountId, committee: &Committee) -> bool {
    let is_judged = task.stage.delivery().is_some_and(|delivery| delivery.proof == proof);
    let is_paid = settled(task) == Some(proof);
    let is_member = committee.power(account).is_some();
    (is_paid && (is_member || task.requester == account)) || (is_judged && is_member)
}

fn settled(task: &Task) -> Option<ProofHash> {
    match &task.stage {
        Stage::Completed { settlement, .. } => Some(settlement.proof),
        Stage::Pending
        | Stage::Assigned(_)
        | Stage::InProgress(_)
        | Stage::Delivered(..)
        | Stage::Failed { .. }
        | Stage::Cancelled { .. } => None,
    }
}
