//! How tickets are locked and given back, and where they are found.

use super::{coins::Short, ledger::Ledger, ticket::Ticket};
use dpgn_protocol::{
    ids::{AccountId, CircuitId},
    units::Credits,
};

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
        let coins = self.take(guarantor, amount)?;
        self.totals.lock(amount);
        self.evictions.lock(guarantor, amount);
        self.account_mut(prover).ticket = Some(Ticket::lock(circuit, guarantor, coins));
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
