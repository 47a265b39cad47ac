//! Registered circuits: what the committee verifies with, and what a bid's work is counted from.

use crate::refused::Refused;
use dpgn_protocol::{
    bounded::Bytes,
    genesis::Params,
    ids::CircuitId,
    limits::VERIFIER_DATA_BYTES_MAX,
    ops::Circuit,
    units::{Degree, Epoch, Level},
    verifier_data::{self, VerifierDataLimits},
};
use serde::{Deserialize, Serialize};

/// A circuit as it was read from its verifier data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Its privacy level.
    pub level: Level,
    /// Its padded rows.
    pub degree: Degree,
    /// How many public inputs it has, the tag's four among them.
    pub public_inputs: u32,
    /// The bytes of a proof.
    pub proof_len: u32,
    /// The verifier data themselves.
    pub verifier_data: Bytes<VERIFIER_DATA_BYTES_MAX>,
    /// When it was last bid for: circuits long unused are forgotten.
    pub last_used: Epoch,
}

/// Reads a circuit, or says why this network does not verify it.
pub(crate) fn read(circuit: &Circuit, now: Epoch, params: &Params) -> Result<(CircuitId, Registered), Refused> {
    let limits = VerifierDataLimits { degree_max: params.degree_max, ..VerifierDataLimits::default() };
    let shape = verifier_data::read(&circuit.verifier_data, &limits)?;
    let registered = Registered {
        level: shape.level,
        degree: shape.degree,
        public_inputs: shape.public_inputs,
        proof_len: shape.proof_len,
        verifier_data: circuit.verifier_data.clone(),
        last_used: now,
    };
    Ok((shape.circuit, registered))
}
