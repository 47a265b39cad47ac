//! Ends an epoch: the committee is paid, the next one takes over, what is old is forgotten.

use super::event::{Event, StakeNews};
use crate::{
    rules::election::is_old,
    state::{coins::sum, inconsistent::Inconsistent, ledger::Ledger},
};
use dpgn_protocol::{ids::AccountId, units::Credits};
use std::collections::BTreeSet;

impl Ledger {
    /// Ends the epoch if the block just applied was its last.
    pub(crate) fn end_epoch(&mut self, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        if !self.is_last_of_epoch() {
            return Ok(());
        }
        let epoch = self.epoch();
        let absent = self.tenure.absent(&self.committee);
        let paid = self.pay_committee(&absent)?;
        let keep = self.params.keep_epochs;
        self.forget(|since| is_old(since, epoch, keep));
        let last = self.committee.clone();
        self.take_office(self.elect(&absent));
        if last != self.committee {
            self.forget_findings(events)?;
            events.push(Event::Stake(StakeNews::Elected {
                members: self.committee.members().len(),
                absent: absent.len(),
            }));
        }
        self.clock.keep(&self.committee);
        for (account, amount) in self.release_stakes(epoch, &last) {
            events.push(Event::Stake(StakeNews::Unlocked { account, amount }));
        }
        let (height, time, params) = (self.height(), self.time(), self.params.clone());
        self.tenure.mark(height, time, &params);
        let payouts = self.end_payouts(epoch);
        events.push(Event::EpochEnded { epoch, paid, payouts });
        Ok(())
    }

    /// Pays each member its share of the fees; returns the micro-credits that were paid. What an absent one would have got is
    /// burned: nobody gains by leaving the votes of another out.
    fn pay_committee(&mut self, absent: &BTreeSet<AccountId>) -> Result<Credits, Inconsistent> {
        let mut paid = Credits::ZERO;
        for (account, share) in self.fee_shares() {
            let coins = self.pools.pay_out(share)?;
            if absent.contains(&account) {
                self.pools.burn(coins);
            } else {
                paid = sum([paid, coins.amount()]);
                self.earn(account, coins);
            }
        }
        Ok(paid)
    }
}
