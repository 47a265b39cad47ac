//! A task that the network itself opens, for one prover, out of what a shelf has for challenges.

use super::Task;
use crate::state::circuit::Registered;
use dpgn_protocol::{
    bounded::List,
    challenge::ChallengeCircuit,
    ids::{AccountId, InputsDigest, PublicInputsDigest, TaskId},
    ops::Bid,
    units::{Credits, Ppm, Priority, Timestamp},
};
use uuid::Uuid;

impl Task {
    /// A challenge for one prover, whose escrow is not locked yet.
    pub(crate) fn challenge(
        (id, requester): (TaskId, AccountId),
        (listed, circuit): (&ChallengeCircuit, &Registered),
        (prover, price): (AccountId, Credits),
        (opened, deadline): (Timestamp, Timestamp),
    ) -> Self {
        let bid = Bid {
            alias: alias(id),
            circuit: listed.circuit,
            recipe: listed.recipe,
            recipe_len: listed.recipe_len,
            builder: listed.builder.clone(),
            // Members compute the statement from the inputs, which follow from the task's id.
            statement: PublicInputsDigest::from_bytes([0; 32]),
            free: List::default(),
            inputs: InputsDigest::from_bytes([0; 32]),
            inputs_len: listed.inputs_len,
            level: circuit.level,
            reward: price,
            raise: None,
            priority: Priority::MIN,
            deadline,
            disclosures_max: 1,
            reputation_min: Ppm::new(0),
            collateral_min: Credits::ZERO,
            allow: List::new(vec![prover]).unwrap_or_default(),
            deny: List::default(),
            sealed: None,
        };
        let task = Self::unlocked((requester, requester), bid, circuit.degree, opened);
        Self { is_challenge: true, proof_len: circuit.proof_len, ..task }
    }
}

/// The name of a challenge within the account that asks for all of them.
fn alias(id: TaskId) -> Uuid {
    let (half, _) = id.as_bytes().split_at(16);
    Uuid::from_slice(half).unwrap_or_default()
}
