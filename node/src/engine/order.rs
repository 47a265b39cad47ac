//! Orders: all there is to know to make a proof, or to check one, away from the engine.

use super::record::{Paid, TaskRecord};
use dpgn_protocol::{
    ids::{AccountId, CircuitId, InputsDigest, ProofHash, PublicInputsDigest, RecipeDigest, TaskId},
    units::{Credits, Degree, Level, Millis, Priority, Timestamp},
};
use uuid::Uuid;

/// All there is to know to prove an award.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProveOrder {
    /// The task of the award.
    pub task: TaskId,
    /// The prover, this node itself: part of the tag.
    pub prover: AccountId,
    /// The requester: if it is this node, the inputs are its own.
    pub requester: AccountId,
    /// The recipe that the circuit is built from.
    pub recipe: RecipeDigest,
    /// The circuit that the recipe must build.
    pub circuit: CircuitId,
    /// The privacy level to prove at.
    pub level: Level,
    /// The degree of the circuit: base-2 logarithm of its padded rows.
    pub degree: Degree,
    /// The digest that the inputs must have.
    pub inputs: InputsDigest,
    /// The digest that the public inputs must have.
    pub statement: PublicInputsDigest,
    /// The bytes of the inputs, if the task is a challenge: then they follow from its id, and the two digests say nothing.
    pub challenge: Option<u64>,
    /// What is said of the award to whoever proves in place of the own workers.
    pub terms: AwardTerms,
    /// The time by which the proof must be done, by this machine's clock.
    pub done_by: Timestamp,
    /// The time that an own worker takes for it; absent if its owner sells no such proofs of their own.
    pub own_time: Option<Millis>,
    /// The verifier data that check the proof.
    pub verifier_data: Vec<u8>,
}

/// What an award is worth, and when it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwardTerms {
    /// The number of the award, counted from one.
    pub number: u32,
    /// The requester's own name for the task.
    pub alias: Uuid,
    /// The most that the requester pays, in micro-credits.
    pub reward: Credits,
    /// The price that a valid proof is paid, in micro-credits.
    pub price: Credits,
    /// The order of service that the requester has bought.
    pub priority: Priority,
    /// The time of the ledger by which the proof is owed.
    pub due: Timestamp,
}

/// All there is to know to check a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOrder {
    /// The task that the proof is for.
    pub task: TaskId,
    /// The prover that made it: part of the tag.
    pub prover: AccountId,
    /// The proof, by its hash.
    pub proof: ProofHash,
    /// The circuit that the proof must be of.
    pub circuit: CircuitId,
    /// The verifier data that check the proof.
    pub verifier_data: Vec<u8>,
    /// The digest that the public inputs must have.
    pub statement: PublicInputsDigest,
    /// The bytes of the inputs, if the task is a challenge: then the public inputs are computed, and the digest says
    /// nothing.
    pub challenge: Option<u64>,
}

/// All there is to know to make a proof for this node itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalOrder {
    /// The task, one of this node's own: part of the tag.
    pub task: TaskId,
    /// This node itself, which proves: part of the tag.
    pub prover: AccountId,
    /// The recipe that the circuit is built from.
    pub recipe: RecipeDigest,
    /// The circuit that the recipe must build.
    pub circuit: CircuitId,
    /// The privacy level to prove at.
    pub level: Level,
    /// The largest degree that the circuit may have.
    pub degree_max: Degree,
    /// The digest that the inputs must have.
    pub inputs: InputsDigest,
    /// The digest that the public inputs must have.
    pub statement: PublicInputsDigest,
}

impl LocalOrder {
    /// The order to make the proof of an own task here.
    pub(super) fn new(record: &TaskRecord, prover: AccountId, degree_max: Degree) -> Self {
        Self {
            task: record.task,
            prover,
            recipe: record.recipe,
            circuit: record.circuit,
            level: record.level,
            degree_max,
            inputs: record.inputs,
            statement: record.statement,
        }
    }
}

impl ProveOrder {
    /// What checks a proof of this award, by its hash.
    pub fn check(&self, proof: ProofHash) -> CheckOrder {
        CheckOrder {
            task: self.task,
            prover: self.prover,
            proof,
            circuit: self.circuit,
            verifier_data: self.verifier_data.clone(),
            statement: self.statement,
            challenge: self.challenge,
        }
    }
}

impl CheckOrder {
    /// What checks the proof that a purchase was paid for.
    pub(super) fn of_purchase(record: &TaskRecord, paid: Paid) -> Self {
        Self::of_own(record, paid.prover, paid.proof)
    }

    /// What checks a proof of an own task, whoever has made it.
    pub(super) fn of_own(record: &TaskRecord, prover: AccountId, proof: ProofHash) -> Self {
        Self {
            task: record.task,
            prover,
            proof,
            circuit: record.circuit,
            verifier_data: record.verifier_data.to_vec(),
            statement: record.statement,
            challenge: None,
        }
    }
}
