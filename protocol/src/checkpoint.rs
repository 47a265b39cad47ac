//! Checkpoints: a committee that somebody believes in, where the trust in receipts starts.
//!
//! A checkpoint ages: members that have left take their stake back, and lose nothing any more by signing another history or
//! by selling their keys. So none is believed for longer than stake stays locked, unless whoever checks says that it is.

use crate::{
    codec::{self, EncodeError},
    committee::Committee,
    ids::{CheckpointHash, NetworkId},
    units::{Height, Millis, Timestamp},
};
use serde::{Deserialize, Serialize};

/// A committee that is believed at a height: trust starts here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The network that is trusted.
    pub network: NetworkId,
    /// The committee decides from the next height on, until the epoch of that height ends; 0 at the genesis.
    pub height: Height,
    /// The time of the block at this height; at height 0 that of the genesis.
    pub time: Timestamp,
    /// The number of blocks in an epoch.
    pub epoch_blocks: u64,
    /// The time for which a member's stake stays locked after its last epoch in office, and so the age up to which the
    /// checkpoint is believed: `unlock_time` of the network's genesis.
    pub unlock_time: Millis,
    /// The committee that decides the heights of the epoch that begins after this height.
    pub committee: Committee,
}

/// A checkpoint that is older than stake stays locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the checkpoint is {age} ms old; after {limit} ms its committee may have nothing at stake any more")]
pub struct TooOld {
    /// The age of the checkpoint, in milliseconds.
    pub age: Millis,
    /// The greatest age at which it is believed, in milliseconds.
    pub limit: Millis,
}

impl Checkpoint {
    /// The hash of all of it: two people who read the same hash have the same checkpoint.
    pub fn hash(&self) -> Result<CheckpointHash, EncodeError> {
        Ok(CheckpointHash::from_bytes(codec::hash("dpgn checkpoint v1", self)?))
    }

    /// The time since the checkpoint's block; nothing if that is still to come, as a slow clock says.
    pub fn age(&self, now: Timestamp) -> Millis {
        now.since(self.time)
    }

    /// Checks that the committee has still all at stake that it had when it came into office. Who checks says what time it is.
    ///
    /// Stake is locked for a number of epochs besides, which nobody can count without the chain: this is the stricter half.
    pub fn check_age(&self, now: Timestamp) -> Result<(), TooOld> {
        let (age, limit) = (self.age(now), self.unlock_time);
        if age > limit { Err(TooOld { age, limit }) } else { Ok(()) }
    }
}
