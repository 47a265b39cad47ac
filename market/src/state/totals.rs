//! Totals: running sums of all credits in accounts and tasks, so that the end of a block need not count them.

use super::{account::Account, award::Award, coins::sum, task::Task, ticket::Ticket};
use dpgn_protocol::units::Credits;

/// Running sums of what lies in accounts and tasks.
///
/// They move where credits move. Sums saturate: one that broke would not be what was minted, and the block that broke
/// it would be refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(super) accounts: Credits,
    pub(super) escrows: Credits,
    pub(super) reserves: Credits,
    pub(super) collateral: Credits,
}

impl Totals {
    /// The sums of these accounts and tasks, counted one by one.
    pub(super) fn of<'a>(accounts: impl Iterator<Item = &'a Account>, tasks: impl Iterator<Item = &'a Task>) -> Self {
        let mut totals = Self::default();
        for account in accounts {
            totals.put_in(account.balance());
            totals.lock(account.ticket.as_ref().map_or(Credits::ZERO, Ticket::collateral));
        }
        tasks.for_each(|task| totals.add_task(task));
        totals
    }

    /// Notes that this much was put into an account.
    pub(super) fn put_in(&mut self, amount: Credits) {
        self.accounts = self.accounts.saturating_add(amount);
    }

    /// Notes that this much was taken out of an account.
    pub(super) fn take_out(&mut self, amount: Credits) {
        self.accounts = self.accounts.saturating_sub(amount);
    }

    /// Notes that this much was locked for a ticket.
    pub(super) fn lock(&mut self, amount: Credits) {
        self.collateral = self.collateral.saturating_add(amount);
    }

    /// Notes that this much is no longer locked for a ticket.
    pub(super) fn unlock(&mut self, amount: Credits) {
        self.collateral = self.collateral.saturating_sub(amount);
    }

    /// Adds what is locked in a task.
    pub(super) fn add_task(&mut self, task: &Task) {
        self.escrows = self.escrows.saturating_add(task.escrow());
        self.reserves = self.reserves.saturating_add(task.reserve());
        self.collateral = self.collateral.saturating_add(collateral(task));
    }

    /// Takes away what is locked in a task, which is about to change.
    pub(super) fn remove_task(&mut self, task: &Task) {
        self.escrows = self.escrows.saturating_sub(task.escrow());
        self.reserves = self.reserves.saturating_sub(task.reserve());
        self.collateral = self.collateral.saturating_sub(collateral(task));
    }
}

/// What provers have at stake for a task: collateral, and what its sealed round has locked.
fn collateral(task: &Task) -> Credits {
    sum(task.staked().map(Award::collateral).chain(task.sealed_stakes().map(|(_, stake)| stake)))
}
