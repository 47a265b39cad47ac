//! Credits: how they move between accounts and pools, and where all of them are.
//!
//! Invariant: accounts + escrows + reserves + collateral + bonds + stakes + unlocking + fees + challenges + burned = minted, at the end of each block. In debug builds
//! it is checked after each op.

use super::{
    account::Account,
    coins::{Coins, Holding, Short},
    ledger::Ledger,
    stakes::Sums,
    totals::Totals,
};
use dpgn_protocol::{
    ids::AccountId,
    payout::{PayeeAddress, PayoutHash},
    units::{Credits, Epoch},
};
use serde::{Deserialize, Serialize};

/// The places where all credits are, in micro-credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supply {
    /// Credits in accounts, free to spend.
    pub accounts: Credits,
    /// Credits of requesters, locked to pay for proofs.
    pub escrows: Credits,
    /// Credits of requesters, locked to pay for faults of theirs.
    pub reserves: Credits,
    /// Credits of provers and their sponsors, locked as collateral of live awards and of late proofs, and as deposits of
    /// sealed asks and until the draws that tickets are for.
    pub collateral: Credits,
    /// Bonds of candidates for the committee.
    pub bonds: Credits,
    /// Stakes that accounts have locked on candidates.
    pub stakes: Credits,
    /// Bonds and stakes that were taken back and are not free yet.
    pub unlocking: Credits,
    /// Fees that the committee gets when the epoch ends.
    pub fees: Credits,
    /// Fees that wait to pay for challenges.
    pub challenges: Credits,
    /// Credits that are gone for good: slashed, or paid for a decline.
    pub burned: Credits,
    /// All credits that the genesis made.
    pub minted: Credits,
}

impl Supply {
    /// Whether all credits together are what was minted.
    pub fn is_conserved(&self) -> bool {
        let held = [self.accounts, self.escrows, self.reserves, self.collateral];
        let held = held.into_iter().chain([self.bonds, self.stakes, self.unlocking]);
        let parts = held.chain([self.fees, self.challenges, self.burned]);
        parts.into_iter().try_fold(Credits::ZERO, |sum, part| sum.checked_add(part)) == Some(self.minted)
    }
}

impl Ledger {
    /// Where all credits are, by running sums: it costs nothing.
    pub fn supply(&self) -> Supply {
        let Totals { accounts, escrows, reserves, collateral } = self.totals;
        let Sums { bonds, stakes, unlocking } = self.stakes.sums();
        let (fees, challenges) = (self.pools.fees(), self.pools.challenges());
        let (burned, minted) = (self.pools.burned(), self.pools.minted());
        Supply { accounts, escrows, reserves, collateral, bonds, stakes, unlocking, fees, challenges, burned, minted }
    }

    /// Whether schedule, waiting bids, evictions and running sums are what counting everything anew gives. It costs as much as the state is
    /// large: for tests and debug builds.
    pub fn is_consistent(&self) -> bool {
        self.totals == self.totals_anew()
            && self.schedule == self.schedule_anew()
            && self.waiting == self.waiting_anew()
            && self.evictions == self.evictions_anew()
            && self.stakes.is_consistent()
    }

    /// The micro-credits that an account can spend; zero if the ledger does not know it. Costs one look-up.
    pub fn balance(&self, account: AccountId) -> Credits {
        self.accounts.get(&account).map_or(Credits::ZERO, Account::balance)
    }

    /// Takes exactly this much out of an account, or nothing.
    pub(crate) fn take(&mut self, from: AccountId, amount: Credits) -> Result<Coins, Short> {
        let coins = match self.accounts.get_mut(&from) {
            Some(account) => account.take(amount)?,
            // Nobody's account holds nothing; nothing can be taken out of it.
            None => Holding::empty().take(amount)?,
        };
        self.totals.take_out(coins.amount());
        self.note_move(from);
        Ok(coins)
    }

    /// Takes this much out of an account, or all there is if that is less.
    pub(crate) fn take_up_to(&mut self, from: AccountId, most: Credits) -> Coins {
        let coins = self.accounts.get_mut(&from).map_or_else(Coins::none, |account| account.take_up_to(most));
        self.totals.take_out(coins.amount());
        self.note_move(from);
        coins
    }

    /// Puts coins into an account, which is made if it isn't there yet.
    pub(crate) fn give(&mut self, to: AccountId, coins: Coins) {
        if coins.amount() > Credits::ZERO {
            self.totals.put_in(coins.amount());
            self.account_mut(to).give(coins);
            self.note_move(to);
        }
    }

    /// Notes that a balance has changed, which may decide what gives way and which asks can be awarded.
    fn note_move(&mut self, account: AccountId) {
        self.evictions.touch(account);
        if self.evictions.asks_of(account) > 0 {
            self.book.shelves.note_move(account);
        }
    }

    /// Pays an account what it has earned: its payouts grow by as much.
    pub(crate) fn earn(&mut self, account: AccountId, coins: Coins) {
        if coins.amount() > Credits::ZERO {
            self.payouts.earn(account, coins.amount());
        }
        self.give(account, coins);
    }

    /// Names the address that an account's payouts are for, from the end of the epoch on.
    pub(crate) fn name_payee(&mut self, account: AccountId, address: PayeeAddress) {
        self.account_mut(account).payee = (address != PayeeAddress::NONE).then_some(address);
        self.payouts.earn(account, Credits::ZERO);
    }

    /// Ends an epoch for the payouts; returns their root, if anybody has ever earned anything.
    pub(crate) fn end_payouts(&mut self, epoch: Epoch) -> Option<PayoutHash> {
        let accounts = &self.accounts;
        let payee = |id| accounts.get(&id).and_then(|account| account.payee).unwrap_or(PayeeAddress::NONE);
        self.payouts.end(epoch, self.params.accounts_max, payee);
        self.payouts.root().map(|(_, root)| root)
    }

    /// Takes exactly this much from an account as a fee.
    pub(crate) fn charge(&mut self, from: AccountId, fee: Credits) -> Result<(), Short> {
        if fee > Credits::ZERO {
            let coins = self.take(from, fee)?;
            self.collect(coins);
        }
        Ok(())
    }

    /// Takes this much from an account as a fee, or all there is if that is less.
    pub(crate) fn charge_up_to(&mut self, from: AccountId, most: Credits) {
        let coins = self.take_up_to(from, most);
        self.collect(coins);
    }

    /// Half of every fee is burned, rounded up; the rest is the committee's. So no member gains by ops that it pays
    /// for itself.
    fn collect(&mut self, mut fee: Coins) {
        let burned = fee.split(Credits::new(fee.amount().get().div_ceil(2)));
        self.pools.burn(burned);
        self.pools.collect(fee);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::{
        bounded::{List, Text},
        committee::{Committee, Member},
        genesis::{Allocation, Genesis, Params},
        units::{Power, Timestamp},
    };

    fn ledger() -> (Ledger, AccountId) {
        let account = AccountId::from_bytes([1; 32]);
        let genesis = Genesis {
            name: Text::new("test").unwrap(),
            time: Timestamp::new(1),
            committee: Committee::new(vec![Member { account, power: Power::new(1) }]).unwrap(),
            accounts: List::new(vec![Allocation { account, credits: Credits::new(1_000) }]).unwrap(),
            params: Params::default(),
        };
        (Ledger::new(&genesis).unwrap(), account)
    }

    #[test]
    fn coins_that_are_dropped_are_missed() {
        let (mut ledger, account) = ledger();
        assert!(ledger.supply().is_conserved());
        drop(ledger.take(account, Credits::new(1)).unwrap());
        assert!(!ledger.supply().is_conserved());
    }

    #[test]
    fn coins_on_the_way_are_all_that_is_missing() {
        let (mut ledger, account) = ledger();
        let coins = ledger.take(account, Credits::new(300)).unwrap();
        assert_eq!(ledger.supply().accounts, Credits::new(700));
        ledger.pools.burn(coins);
        assert_eq!((ledger.supply().burned, ledger.supply().is_conserved()), (Credits::new(300), true));
    }

    #[test]
    fn a_forgotten_account_can_still_be_asked_for_nothing() {
        let (mut ledger, _) = ledger();
        let forgotten = AccountId::from_bytes([2; 32]);
        let short = Short { available: Credits::ZERO, required: Credits::new(1) };
        assert_eq!(ledger.take(forgotten, Credits::new(1)), Err(short));
        let nothing = ledger.take(forgotten, Credits::ZERO).unwrap();
        ledger.give(forgotten, nothing);
        assert_eq!(ledger.accounts_len(), 1, "and is not made by it");
    }
}
