//! How far a proof is, as a worker tells its node.

use dpgn_protocol::wire::ProofStage;
use serde::{Deserialize, Serialize};

/// The progress of a proof: its stage, and how much of it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The stage the prover is at, `Witness` to `Openings`.
    pub stage: ProofStage,
    /// The part of the whole proof that is done, in thousandths.
    pub permille: u16,
}
