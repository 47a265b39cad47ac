//! A settlement: what was paid for which proof.

use super::{share::share, time::at};
use dpgn_protocol::outcome::Settlement;
use serde::Serialize;
use utoipa::ToSchema;

/// The bill of a proof.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettlementRow {
    /// The task that the delivery was for.
    task: String,
    /// The account that bought the proof.
    requester: String,
    /// The account that made the proof and is paid.
    prover: String,
    /// The circuit that was proved.
    circuit: String,
    /// The digest of the public inputs that were proved.
    statement: String,
    /// The privacy level, 1 to 5.
    level: u8,
    /// The hash of the proof's bytes.
    proof: String,
    /// The bytes of the proof.
    proof_len: u32,
    /// The price that the prover got, in micro-credits.
    price: u64,
    /// The part of the reward that went back to the requester, in micro-credits.
    refund: u64,
    /// The quality of the delivery, 0 to 1: its margin, size and punctuality in one number.
    quality: f64,
    /// The time of the block that took up the delivery.
    delivered_at: String,
}

impl From<Settlement> for SettlementRow {
    fn from(paid: Settlement) -> Self {
        Self {
            task: paid.task.to_string(),
            requester: paid.requester.to_string(),
            prover: paid.prover.to_string(),
            circuit: paid.circuit.to_string(),
            statement: paid.statement.to_string(),
            level: paid.level.get(),
            proof: paid.proof.to_string(),
            proof_len: paid.proof_len,
            price: paid.price.get(),
            refund: paid.refund.get(),
            quality: share(paid.quality),
            delivered_at: at(paid.delivered),
        }
    }
}
