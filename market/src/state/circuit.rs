//! Registered circuits: what the committee verifies with, and what the work of a bid is counted from.

use dpgn_protocol::{
    bounded::Bytes,
    genesis::Params,
    ids::CircuitId,
    limits::VERIFIER_DATA_BYTES_MAX,
    ops::Circuit,
    units::{Degree, Epoch, Level},
    verifier_data::{self, VerifierDataError, VerifierDataLimits},
};
use serde::{Deserialize, Serialize};

/// A registered circuit, as it was read from its verifier data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// The circuit's privacy level, 1 to 5.
    pub level: Level,
    /// The circuit's padded rows, as a power of two.
    pub degree: Degree,
    /// The number of public inputs, the four of the tag among them.
    pub public_inputs: u32,
    /// The length in bytes of a proof.
    pub proof_len: u32,
    /// The verifier data that the circuit was registered with.
    pub verifier_data: Bytes<VERIFIER_DATA_BYTES_MAX>,
    /// The epoch of the last bid for the circuit. Circuits that nobody bids for are forgotten.
    pub last_used: Epoch,
}

impl Registered {
    /// Reads a circuit from its verifier data, or says why this network does not verify it.
    pub(crate) fn read(circuit: &Circuit, now: Epoch, params: &Params) -> Result<(CircuitId, Self), VerifierDataError> {
        let limits = VerifierDataLimits { degree_max: params.degree_max, ..VerifierDataLimits::default() };
        let shape = verifier_data::read(&circuit.verifier_data, &limits)?;
        let registered = Self {
            level: shape.level,
            degree: shape.degree,
            public_inputs: shape.public_inputs,
            proof_len: shape.proof_len,
            verifier_data: circuit.verifier_data.clone(),
            last_used: now,
        };
        Ok((shape.circuit, registered))
    }
}
