//! The inputs of an award as they lie on this node's disk: its own requester's, another's, or those of a challenge.

use crate::{
    challenges,
    engine::{JobError, ProveOrder},
    store::{BlobError, Blobs},
};
use dpgn_protocol::ids::InputsDigest;
use dpgn_prover::circuit::Inputs;

/// Reads the inputs of an award, if they are what its bid commits to.
pub(crate) fn read(blobs: &Blobs, order: &ProveOrder) -> Result<Inputs, JobError> {
    if let Some(len) = order.challenge {
        return challenges::inputs(order.task, len).ok_or(JobError::Worker);
    }
    // Never another task's inputs: two bids may name one commitment.
    let own = order.requester == order.prover;
    if own {
        return read_own(blobs, order.inputs);
    }
    let bytes = blobs.read(&order.task).ok().flatten().ok_or(JobError::Unreachable)?;
    committed(&bytes, order.inputs)
}

/// Reads the inputs of an own task.
pub(crate) fn read_own(blobs: &Blobs, commitment: InputsDigest) -> Result<Inputs, JobError> {
    let bytes = match blobs.read(&commitment) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Err(JobError::Unreachable),
        Err(BlobError::Damaged { .. } | BlobError::TooLarge { .. }) => return Err(JobError::Wrong),
        // The disk may do better the next time: they are not gone.
        Err(BlobError::Io { .. }) => return Err(JobError::Worker),
    };
    committed(&bytes, commitment)
}

/// The inputs behind their salt, if they are what the bid commits to.
fn committed(bytes: &[u8], commitment: InputsDigest) -> Result<Inputs, JobError> {
    let (salt, inputs) = bytes.split_first_chunk::<32>().ok_or(JobError::Wrong)?;
    let inputs = Inputs::new(inputs.to_vec());
    if inputs.commit(salt) == commitment { Ok(inputs) } else { Err(JobError::Wrong) }
}
