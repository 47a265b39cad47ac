//! Faults: whose it is that a task ended without a proof.

use serde::{Deserialize, Serialize};

/// The party whose fault it is that there is no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Fault {
    /// The requester is at fault: several provers with a name did not get what the bid promises.
    Requester,
    /// The provers are at fault: all that were allowed to try have failed.
    Prover,
    /// Nobody is at fault: no prover was there before the deadline.
    Network,
    /// Nobody is shown to be at fault: all who tried say what only they and the requester can know, and too few of them
    /// have a name.
    Unclear,
    /// Nobody is at fault: the table of open tasks was full, and a bid that pays more for its time took the place.
    Displaced,
}
