//! A proof for this node itself, by its own workers: no agent and no other node sees what it is of.

use super::{
    job_fault::{at_proof, job_error},
    work::Tools,
};
use crate::{
    engine::{Done, JobError, LocalOrder},
    witness,
};
use dpgn_protocol::{
    ids::{ProofHash, proof_hash},
    statement::{public_inputs_digest, tag},
};
use dpgn_prover::ProveRequest;
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use tokio_util::sync::CancellationToken;

impl Tools {
    /// Makes a proof, and tells the engine once its worker is gone.
    pub(super) async fn prove_locally(&self, order: LocalOrder, cancel: CancellationToken) {
        let task = order.task;
        // Whatever happens, the engine hears of it: until then no other local proof begins.
        let result = AssertUnwindSafe(self.own_proof(order, cancel)).catch_unwind().await;
        let result = result.unwrap_or_else(|_| {
            tracing::error!(%task, "the local proof ended in a panic");
            Err(JobError::Worker)
        });
        self.done(Done::ProvedLocally(task, result)).await;
    }

    async fn own_proof(&self, order: LocalOrder, cancel: CancellationToken) -> Result<ProofHash, JobError> {
        let (blobs, commitment) = (self.blobs.clone(), order.inputs);
        let read = tokio::task::spawn_blocking(move || witness::read_own(&blobs, commitment)).await;
        let request = ProveRequest {
            recipe: self.source(order.recipe),
            circuit: order.circuit,
            level: order.level,
            degree_max: order.degree_max,
            inputs: read.unwrap_or(Err(JobError::Worker))?,
            tag: tag(order.task, order.prover),
        };
        let task = order.task;
        let progress = self.pass_on(move |stage, permille| Done::ProvingLocally { task, proof_stage: stage, permille });
        let proved = self.prover.prove(request, progress, cancel).await;
        let proved = proved.map_err(|error| job_error(&error, at_proof))?;
        if public_inputs_digest(&proved.public_inputs) != order.statement {
            tracing::error!(%task, "the proof says other than what its inputs said when they were bought");
            return Err(JobError::Worker);
        }
        let (proof, blobs) = (proof_hash(&proved.proof), self.blobs.clone());
        let kept = tokio::task::spawn_blocking(move || blobs.put(&proof, &proved.proof)).await;
        match kept {
            Ok(Ok(_)) => Ok(proof),
            Ok(Err(_)) | Err(_) => Err(JobError::Worker),
        }
    }
}
