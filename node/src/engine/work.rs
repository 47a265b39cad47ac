//! Work: the awards that this node holds as a prover, and how far it is with each.

use super::Engine;
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::{Credits, Level, Timestamp},
    wire::ProofStage,
};
use serde::{Deserialize, Serialize};

/// An award of this node's own that is not paid yet and not lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// The task that the award is for.
    pub task: TaskId,
    /// The account that buys the proof.
    pub requester: AccountId,
    /// The privacy level of the proof.
    pub level: Level,
    /// The price that a valid proof is paid, in micro-credits.
    pub price: Credits,
    /// The time of the block that made the award.
    pub awarded_at: Timestamp,
    /// Whether the proof is announced to the ledger, and waits for the committee.
    pub is_delivered: bool,
    /// The stage that the proof is at; absent before the first.
    pub proof_stage: Option<ProofStage>,
    /// The part of the whole proof that is done, in thousandths; absent before the first stage.
    pub permille: Option<u16>,
}

impl Engine {
    /// The awards that this node holds, by task; none if it sells nothing.
    pub fn work(&self) -> Vec<Work> {
        let ledger = self.ledger();
        let held = self
            .prover
            .iter()
            .flat_map(|prover| ledger.awards_of(self.core.outbox.account()).map(move |task| (prover, task)));
        let shown = held.filter_map(|(prover, id)| {
            let task = ledger.task(id)?.task;
            let award = task.stage.award()?;
            let said = prover.said(id);
            Some(Work {
                task: id,
                requester: task.requester,
                level: task.bid.level,
                price: award.price,
                awarded_at: award.at,
                is_delivered: task.stage.delivery().is_some(),
                proof_stage: said.map(|(stage, _)| stage),
                permille: said.map(|(_, permille)| permille),
            })
        });
        shown.collect()
    }
}
