//! Answers to peers that are read from the disk: each blocks, and is made off the loop.

use super::disk::Disk;
use crate::store::StoreError;
use dpgn_protocol::{
    bounded::{Bytes, List},
    codec::EncodeError,
    ids::ProofHash,
    limits::RESPONSE_BYTES_MAX,
    units::Height,
    wire::{Refusal, Response, Wire},
};

/// Decided blocks as they are stored: nothing is decoded to be encoded again.
pub(super) fn blocks_from(disk: &Disk, from: Height) -> Result<Vec<u8>, EncodeError> {
    // Room for what is around the blocks.
    match disk.store.block_bytes_from(from, RESPONSE_BYTES_MAX - 1_024) {
        Ok(blocks) => blocks_response(&blocks),
        Err(StoreError::Pruned { first, .. }) => Response::Pruned { first }.to_bytes(),
        Err(error) => {
            tracing::warn!(%error, "blocks could not be read for a peer");
            Response::Refused(Refusal::Busy).to_bytes()
        }
    }
}

/// The next handovers between committees, as many as fit.
pub(super) fn handovers_above(disk: &Disk, above: Height) -> Result<Vec<u8>, EncodeError> {
    match disk.store.handovers_above(above) {
        Ok(handovers) => Response::Handovers(List::new(handovers)?).to_bytes(),
        Err(error) => {
            tracing::warn!(%error, "handovers could not be read for a peer");
            Response::Refused(Refusal::Busy).to_bytes()
        }
    }
}

/// The encoding of a response with these encoded blocks: version, variant and count, then each block's bytes
/// without a version of its own.
fn blocks_response(blocks: &[Vec<u8>]) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Response::Blocks(List::default()).to_bytes()?;
    bytes.truncate(bytes.len().saturating_sub(size_of::<u64>()));
    bytes.extend_from_slice(&(blocks.len() as u64).to_le_bytes());
    for block in blocks {
        bytes.extend_from_slice(block.get(1..).unwrap_or_default());
    }
    Ok(bytes)
}

pub(super) fn proof_of(disk: &Disk, proof: ProofHash) -> Response {
    let bytes = disk.blobs.read(&proof).ok().flatten().map(|bytes| Bytes::new(bytes.to_vec()));
    match bytes {
        Some(Ok(bytes)) => Response::Proof(bytes),
        Some(Err(_)) | None => Response::Refused(Refusal::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample_block;

    #[test]
    fn stored_blocks_are_answered_as_if_they_were_encoded_anew() {
        for count in [0_u64, 1, 3, 64] {
            let blocks: Vec<_> = (1..=count).map(sample_block).collect();
            let stored: Vec<Vec<u8>> = blocks.iter().map(|block| block.to_bytes().unwrap()).collect();
            let anew = Response::Blocks(List::new(blocks).unwrap()).to_bytes().unwrap();
            assert_eq!(blocks_response(&stored).unwrap(), anew, "{count} blocks");
        }
    }
}
