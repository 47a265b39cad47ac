//! Registered circuits: what the committee verifies with, and what a bid's work is counted from.

use crate::refused::Refused;
use dpgn_protocol::{
    bounded::Bytes,
    genesis::Params,
    ids::CircuitId,
    limits::VERIFIER_DATA_BYTES_MAX,
    ops::Circuit,
    units::{Degree, Epoch, Level},
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
    let shape = shape(&circuit.verifier_data)?;
    if shape.degree > params.degree_max {
        return Err(Refused::DegreeTooLarge { got: shape.degree, max: params.degree_max });
    }
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

struct Shape {
    circuit: CircuitId,
    level: Level,
    degree: Degree,
    public_inputs: u32,
    proof_len: u32,
}

/// The one call of the verifier data's reader.
fn shape(bytes: &[u8]) -> Result<Shape, Refused> {
    let &[level, degree, public_inputs, proof_len, ..] = bytes else {
        return Err(Refused::VerifierData("too short".into()));
    };
    let refused = |e: dpgn_protocol::units::OutOfRange| Refused::VerifierData(e.to_string());
    Ok(Shape {
        circuit: CircuitId::from_bytes(dpgn_protocol::ids::hash("dpgn circuit id v1", &[bytes])),
        level: Level::new(level).map_err(refused)?,
        degree: Degree::new(degree).map_err(refused)?,
        public_inputs: u32::from(public_inputs),
        proof_len: u32::from(proof_len) * 1_024,
    })
}
