//! A task that nobody has opened: what would an auction say of such a bid?

use super::{Coins, Holding, Stage, Task};
use dpgn_protocol::{
    ids::AccountId,
    ops::Bid,
    units::{Credits, Degree, Timestamp},
};

impl Task {
    /// A task for a question. Its escrow is made up: it must never enter a ledger.
    pub(crate) fn imagined(bid: Bid, degree: Degree, opened: Timestamp) -> Self {
        let nobody = AccountId::from_bytes([0; 32]);
        let mut escrow = Holding::empty();
        escrow.give(Coins::mint(bid.reward));
        Self {
            requester: nobody,
            payer: nobody,
            bid: Box::new(bid),
            degree,
            proof_len: 0,
            opened,
            fee: Credits::ZERO,
            escrow,
            reserve: Holding::empty(),
            awards: 0,
            disclosures: 0,
            complaints: 0,
            attempts: Vec::new(),
            closed: None,
            round: None,
            rise: None,
            stage: Stage::Pending,
        }
    }
}
