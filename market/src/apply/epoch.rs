//! Ends an epoch: the committee is paid, the next one takes over, what is old is forgotten.

use super::event::Event;
use crate::{
    rules::election::is_old,
    state::{coins::sum, inconsistent::Inconsistent, ledger::Ledger},
};
use dpgn_protocol::units::Credits;

impl Ledger {
    /// Ends the epoch if the block just applied was its last.
    pub(crate) fn end_epoch(&mut self, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        if !self.is_last_of_epoch() {
            return Ok(());
        }
        let epoch = self.epoch();
        let paid = self.pay_committee()?;
        let keep = self.params.keep_epochs;
        self.forget(|since| is_old(since, epoch, keep));
        let last = self.committee.clone();
        self.take_office(self.elect());
        if last != self.committee {
            self.forget_findings(events)?;
        }
        self.clock.keep(&self.committee);
        let payouts = self.end_payouts(epoch);
        events.push(Event::EpochEnded { epoch, paid, payouts });
        Ok(())
    }

    /// Pays each member its share of the fees; returns the micro-credits that were paid.
    fn pay_committee(&mut self) -> Result<Credits, Inconsistent> {
        let shares = self.fee_shares();
        for &(account, share) in &shares {
            let coins = self.pools.pay_out(share)?;
            self.earn(account, coins);
        }
        Ok(sum(shares.into_iter().map(|(_, share)| share)))
    }
}
