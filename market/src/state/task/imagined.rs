//! A task that nobody has opened: what would an auction say of such a bid?

use super::{Coins, Task};
use dpgn_protocol::{
    ids::AccountId,
    ops::Bid,
    units::{Degree, Timestamp},
};

impl Task {
    /// A task for a question. Its escrow is made up: it must never enter a ledger.
    pub(crate) fn imagined(bid: Bid, degree: Degree, opened: Timestamp) -> Self {
        let nobody = AccountId::from_bytes([0; 32]);
        let mut task = Self::unlocked((nobody, nobody), bid, degree, opened);
        task.escrow.give(Coins::mint(task.bid.reward));
        task
    }
}
