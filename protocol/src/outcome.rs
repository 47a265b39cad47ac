//! Outcomes: what applying an op did. With the op itself it makes a leaf of the block's Merkle tree, so a
//! receipt proves what an op did, not only that it was there.

use crate::{
    award::AwardId,
    bounded::List,
    finding::Finding,
    ids::{AccountId, CircuitId, ProofHash, PublicInputsDigest, TaskId},
    limits::JUDGED_MAX,
    refusal::RefusalCode,
    units::{Credits, Level, Ppm, Timestamp},
};
use serde::{Deserialize, Serialize};

/// The outcome of an op: what applying it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The op's action was taken.
    Applied,
    /// A bid was taken up under this id.
    Opened(TaskId),
    /// The findings were counted; these deliveries ended by them.
    Judged(List<Judgement, JUDGED_MAX>),
    /// Nothing was changed but the nonce and the fee, for this reason.
    Refused(RefusalCode),
}

/// The end of a delivery that the committee has agreed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Judgement {
    /// The delivery was found good and paid.
    Settled(Box<Settlement>),
    /// The delivery was found bad or absent; the award moves on.
    Failed {
        /// The award that the delivery was for.
        award: AwardId,
        /// The prover whose delivery failed.
        prover: AccountId,
        /// The fault that the committee found in the delivery.
        finding: Finding,
        /// The collateral that the prover lost, in micro-credits.
        slashed: Credits,
    },
}

impl Outcome {
    /// The settlement of a task, if the op brought it about.
    pub fn settlement_of(&self, task: TaskId) -> Option<&Settlement> {
        let Self::Judged(judgements) = self else { return None };
        judgements.iter().find_map(|judgement| match judgement {
            Judgement::Settled(settlement) if settlement.task == task => Some(&**settlement),
            Judgement::Settled(_) | Judgement::Failed { .. } => None,
        })
    }
}

/// A paid proof: the requester's bill and the prover's income.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// The task that the delivery was for.
    pub task: TaskId,
    /// The account that bought the proof.
    pub requester: AccountId,
    /// The account that made the proof and is paid.
    pub prover: AccountId,
    /// The circuit that was proved.
    pub circuit: CircuitId,
    /// The digest of the public inputs that were proved.
    pub statement: PublicInputsDigest,
    /// The privacy level of the circuit.
    pub level: Level,
    /// The hash of the proof's bytes.
    pub proof: ProofHash,
    /// The number of bytes of the proof.
    pub proof_len: u32,
    /// The price that the prover got, in micro-credits.
    pub price: Credits,
    /// The part of the reward that went back to the requester, in micro-credits.
    pub refund: Credits,
    /// The quality of the delivery, in parts per million: its margin, size and punctuality in one number.
    pub quality: Ppm,
    /// The time of the block that took up the delivery.
    pub delivered: Timestamp,
}
