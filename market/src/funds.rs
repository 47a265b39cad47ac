//! Credits: where they are, and that none is made or lost.
//!
//! Invariant: accounts + escrows + collateral + fees + burned = minted, after every op.

use crate::{account::Account, ledger::Ledger};
use dpgn_protocol::{ids::AccountId, units::Credits};
use serde::{Deserialize, Serialize};

/// Credits that are nobody's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Purse {
    /// Paid in fees since the last epoch's border.
    pub(crate) fees: Credits,
    /// Gone for good.
    pub(crate) burned: Credits,
    /// All there ever were.
    pub(crate) minted: Credits,
}

/// Where all credits are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supply {
    /// Free to spend.
    pub accounts: Credits,
    /// Locked for paying proofs.
    pub escrows: Credits,
    /// Locked as collateral of awards.
    pub collateral: Credits,
    /// Fees, for the committee at the epoch's border.
    pub fees: Credits,
    /// Gone for good.
    pub burned: Credits,
    /// All there ever were.
    pub minted: Credits,
}

impl Supply {
    /// Whether the books balance.
    pub fn is_conserved(&self) -> bool {
        let parts = [self.accounts, self.escrows, self.collateral, self.fees, self.burned];
        parts.iter().try_fold(Credits::ZERO, |sum, &part| sum.checked_add(part)) == Some(self.minted)
    }
}

impl Ledger {
    /// Where all credits are.
    pub fn supply(&self) -> Supply {
        let sum = |amounts: &mut dyn Iterator<Item = Credits>| amounts.fold(Credits::ZERO, Credits::saturating_add);
        Supply {
            accounts: sum(&mut self.accounts.values().map(|a| a.balance)),
            escrows: sum(&mut self.open.values().map(|t| t.escrow)),
            collateral: sum(&mut self.open.values().filter_map(|t| t.stage.award()).map(|a| a.collateral)),
            fees: self.purse.fees,
            burned: self.purse.burned,
            minted: self.purse.minted,
        }
    }

    /// What an account can spend.
    pub(crate) fn balance(&self, account: AccountId) -> Credits {
        self.accounts.get(&account).map_or(Credits::ZERO, |a| a.balance)
    }

    /// The account, made if it isn't there yet.
    pub(crate) fn account_mut(&mut self, account: AccountId) -> &mut Account {
        let (height, epoch) = (self.clock.height(), self.epoch());
        self.accounts.entry(account).or_insert_with(|| Account::new(height, epoch))
    }

    /// Takes what is asked, or what there is; the caller puts exactly what it gets somewhere else.
    #[must_use]
    pub(crate) fn take(&mut self, from: AccountId, amount: Credits) -> Credits {
        let Some(account) = self.accounts.get_mut(&from) else { return Credits::ZERO };
        let taken = amount.min(account.balance);
        account.balance = account.balance.saturating_sub(taken);
        taken
    }

    /// Puts credits that were taken elsewhere into an account.
    pub(crate) fn give(&mut self, to: AccountId, amount: Credits) {
        if amount > Credits::ZERO {
            let account = self.account_mut(to);
            account.balance = account.balance.saturating_add(amount);
        }
    }

    /// Moves credits from an account to the fees.
    pub(crate) fn charge(&mut self, from: AccountId, amount: Credits) {
        let taken = self.take(from, amount);
        self.purse.fees = self.purse.fees.saturating_add(taken);
    }

    /// Credits that were taken elsewhere are gone.
    pub(crate) fn burn(&mut self, amount: Credits) {
        self.purse.burned = self.purse.burned.saturating_add(amount);
    }
}
