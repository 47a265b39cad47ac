//! What must not happen while a validated op is carried out.

use super::{coins::Short, step::IllegalStep};
use dpgn_protocol::ids::{AccountId, TaskId};

/// The state contradicts what was validated: a fault in this program, never in a block. The block is not applied
/// and the ledger stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Inconsistent {
    /// Credits that were found to be there are not.
    #[error(transparent)]
    Short(#[from] Short),
    /// A step that was found to be legal is not.
    #[error(transparent)]
    Step(#[from] IllegalStep),
    /// A task that was found to be open is not.
    #[error("task {0} is not open")]
    NotOpen(TaskId),
    /// The prover that won an auction has no standing ask.
    #[error("account {0} has no standing ask")]
    NoAsk(AccountId),
}
