//! Checking a proof against the data of its order, in a worker.

use crate::{
    challenges,
    engine::{Check, CheckOrder},
};
use dpgn_protocol::{ids::PublicInputsDigest, statement::tag};
use dpgn_prover::{Prover, verify::Statement};

/// Checks the bytes of a proof. It says [`Check::Unfinished`] if nothing could be found out, which is no word against it.
pub(crate) async fn check(prover: &Prover, order: &CheckOrder, bytes: Vec<u8>) -> Check {
    let tag = tag(order.task, order.prover);
    let Some(public_inputs) = public_inputs(prover, order).await else {
        tracing::warn!(task = %order.task, "a challenge that this version cannot judge");
        return Check::Unfinished;
    };
    let statement = Statement { tag, public_inputs, free: Vec::new() };
    match prover.verify(order.verifier_data.clone().into(), bytes.into(), statement).await {
        Ok(checked) => {
            if !checked.finding.is_valid() {
                tracing::warn!(prover = %order.prover, finding = ?checked.finding,
                    reason = checked.reason, "a proof that does not hold");
            }
            Check::Found(checked.finding)
        }
        Err(error) => {
            tracing::warn!(%error, "a proof could not be checked");
            Check::Unfinished
        }
    }
}

/// The digest of the public inputs that a proof must have: the bid's, or what the inputs of a challenge make.
async fn public_inputs(prover: &Prover, order: &CheckOrder) -> Option<PublicInputsDigest> {
    let Some(len) = order.challenge else { return Some(order.statement) };
    challenges::statement(prover, order.task, len).await
}
