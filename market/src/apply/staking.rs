//! Staking: what ops change in bonds and stakes, and who is told.

use super::event::{Event, StakeNews};
use crate::state::{inconsistent::Inconsistent, ledger::Ledger};
use dpgn_protocol::{ids::AccountId, units::Credits};

impl Ledger {
    /// Adds to a bond; a smaller one gives way if there are too many, and is unlocked as if it had been taken back.
    pub(super) fn add_bond(
        &mut self,
        candidate: AccountId,
        amount: Credits,
        displaced: Option<AccountId>,
        events: &mut Vec<Event>,
    ) -> Result<(), Inconsistent> {
        if let Some(least) = displaced {
            let all = self.stakes.bond(least);
            self.begin_unbond(least, least, all, events)?;
        }
        let locked = self.bond(candidate, amount)?;
        events.push(Event::Stake(StakeNews::Bonded { candidate, amount, locked }));
        Ok(())
    }

    /// Adds to a stake; an account with less gives way if there are too many, and has all of its own back.
    pub(super) fn add_vote(
        &mut self,
        account: AccountId,
        candidate: AccountId,
        amount: Credits,
        displaced: Option<AccountId>,
        events: &mut Vec<Event>,
    ) -> Result<(), Inconsistent> {
        if let Some(least) = displaced {
            let amount = self.displace_staker(least);
            events.push(Event::Stake(StakeNews::Unlocked { account: least, amount }));
        }
        let locked = self.vote(account, candidate, amount)?;
        events.push(Event::Stake(StakeNews::Voted { account, candidate, amount, locked }));
        Ok(())
    }

    /// Begins to unlock a part of a bond or a stake.
    pub(super) fn begin_unbond(
        &mut self,
        account: AccountId,
        candidate: AccountId,
        amount: Credits,
        events: &mut Vec<Event>,
    ) -> Result<(), Inconsistent> {
        self.unbond(account, candidate, amount)?;
        events.push(Event::Stake(StakeNews::Unbonded { account, candidate, amount }));
        Ok(())
    }
}
