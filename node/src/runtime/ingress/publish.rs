//! What this node gossips: ops in as few messages as they fit in, and everything else as it is.

use crate::{
    clock::now,
    network::{Network, Topic},
};
use dpgn_protocol::{
    bounded::List,
    codec::EncodeError,
    ids::OpId,
    limits::{BLOCK_OPS_MAX, GOSSIP_BYTES_MAX},
    ops::RawOp,
    wire::{OpBatch, Wire},
};
use std::collections::BTreeSet;

/// Gossips ops in as few messages as they fit in, each op once.
pub(in crate::runtime) fn publish_ops(network: &Network, ops: Vec<RawOp>) {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    let mut ids: BTreeSet<OpId> = BTreeSet::new();
    for op in ops {
        if !ids.insert(op.id()) {
            continue;
        }
        // Fixed parts of an op and its endorsement take less than this.
        let len = op.op.body.len() + 512;
        if !batch.is_empty() && (bytes + len > GOSSIP_BYTES_MAX - 64 || batch.len() == BLOCK_OPS_MAX) {
            publish_batch(network, std::mem::take(&mut batch));
            bytes = 0;
        }
        bytes += len;
        batch.push(op);
    }
    publish_batch(network, batch);
}

fn publish_batch(network: &Network, batch: Vec<RawOp>) {
    let Ok(batch) = List::new(batch) else { return };
    if !batch.is_empty() {
        publish(network, Topic::Ops, OpBatch { sent: now(), ops: batch }.to_bytes());
    }
}

/// Gossips one message. What is lost here is sent again by whoever still needs it.
pub(in crate::runtime) fn publish(network: &Network, topic: Topic, bytes: Result<Vec<u8>, EncodeError>) {
    match bytes {
        Ok(bytes) => {
            if let Err(error) = network.publish(topic, bytes) {
                tracing::debug!(%error, ?topic, "not gossiped");
            }
        }
        Err(error) => tracing::error!(%error, ?topic, "could not be encoded"),
    }
}
