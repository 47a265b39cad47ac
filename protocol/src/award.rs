//! Awards as ops name them, and the prover's word that it begins on one.
//!
//! Every op that speaks of an award names its number (a fencing token): what a stale worker, a lost message or an old
//! award says cannot touch the new one.

use crate::{ids::TaskId, sign::Message};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One award of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AwardId {
    /// The task that is awarded.
    pub task: TaskId,
    /// The number of the award among those of its task, counted from one.
    pub number: u32,
}

impl fmt::Display for AwardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.task, self.number)
    }
}

/// A prover's signed word that it has built the circuit of an award, wants the inputs, and is bound by its collateral.
///
/// It is a statement, not an op: it has no nonce and no expiry, so nothing else can take its place in the ledger. The
/// prover shows it to the requester for the inputs, and either of them brings it to the ledger in an op of its own. The
/// inputs are shown once a block holds it (ADR 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartStatement {
    /// The award that its signer begins on.
    pub award: AwardId,
}

impl Message for StartStatement {
    const DOMAIN: &'static str = "dpgn start v1";
    const MAX_BYTES: usize = 64;
}
