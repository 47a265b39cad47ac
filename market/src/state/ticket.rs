//! Tickets: who takes part in the next draw of challenges, and what is locked for it.
//!
//! A ticket stands and falls with its prover's ask, so there are never more tickets than asks. It follows that a draw
//! finds them all in the book.

use super::coins::{Coins, Holding};
use dpgn_protocol::{
    ids::{AccountId, CircuitId},
    units::Credits,
};
use serde::{Deserialize, Serialize};

/// A ticket for the next draw of challenges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ticket {
    /// The circuit of the challenge.
    pub(crate) circuit: CircuitId,
    /// The account that has put up the collateral, and guarantees the prover's ask.
    pub(crate) guarantor: AccountId,
    collateral: Holding,
}

impl Ticket {
    /// The micro-credits that are locked until the draw.
    pub(crate) fn collateral(&self) -> Credits {
        self.collateral.amount()
    }

    /// A ticket with what is locked for it.
    pub(super) fn lock(circuit: CircuitId, guarantor: AccountId, coins: Coins) -> Self {
        let mut collateral = Holding::empty();
        collateral.give(coins);
        Self { circuit, guarantor, collateral }
    }

    /// Hands out what was locked.
    pub(super) fn unlock(mut self) -> Coins {
        self.collateral.take_all()
    }
}
