//! What a proof must say: the question that goes with it to whoever checks it.

use dpgn_protocol::{ids::PublicInputsDigest, statement::TAG_LEN};
use serde::{Deserialize, Serialize};

/// The statement that a proof must make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The tag of the task and the award: `dpgn_protocol::statement::tag`.
    pub tag: [u64; TAG_LEN],
    /// The digest of all other public inputs.
    pub public_inputs: PublicInputsDigest,
    /// Positions, after the tag, that the digest leaves out.
    pub free: Vec<u32>,
}
