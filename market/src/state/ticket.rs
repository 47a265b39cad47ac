//! Tickets: who takes part in the next draw of challenges, and what is locked for it.
//!
//! A ticket stands and falls with its prover's ask, so there are never more tickets than asks. It follows that a draw
//! finds them all in the book.

use super::{
    coins::{Coins, Holding, Short},
    ledger::Ledger,
};
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

    fn unlock(mut self) -> Coins {
        self.collateral.take_all()
    }
}

impl Ledger {
    /// The ticket of a prover; `None` if it has none.
    pub(crate) fn ticket_of(&self, prover: AccountId) -> Option<&Ticket> {
        self.accounts.get(&prover)?.ticket.as_ref()
    }

    /// The tickets whose collateral this account has put up, with their provers: one at most, if the rules hold.
    pub(crate) fn tickets_of(&self, guarantor: AccountId) -> impl Iterator<Item = (AccountId, &Ticket)> {
        let provers = self.evictions.guaranteed_by(guarantor);
        let tickets = provers.filter_map(|prover| Some((prover, self.ticket_of(prover)?)));
        tickets.filter(move |(_, ticket)| ticket.guarantor == guarantor)
    }

    /// Locks the collateral of a ticket.
    pub(crate) fn lock_ticket(
        &mut self,
        prover: AccountId,
        guarantor: AccountId,
        circuit: CircuitId,
        amount: Credits,
    ) -> Result<(), Short> {
        let mut collateral = Holding::empty();
        collateral.give(self.take(guarantor, amount)?);
        self.totals.lock(amount);
        self.evictions.lock(guarantor, amount);
        self.account_mut(prover).ticket = Some(Ticket { circuit, guarantor, collateral });
        Ok(())
    }

    /// Gives the collateral of a prover's ticket back, which is void from here on. Returns the ticket's guarantor and the
    /// micro-credits, if there was one.
    pub(crate) fn void_ticket(&mut self, prover: AccountId) -> Option<(AccountId, Credits)> {
        self.ticket_of(prover)?;
        let ticket = self.account_mut(prover).ticket.take()?;
        let (guarantor, amount) = (ticket.guarantor, ticket.collateral());
        self.totals.unlock(amount);
        self.evictions.unlock(guarantor, amount);
        self.give(guarantor, ticket.unlock());
        Some((guarantor, amount))
    }
}
