//! Epoch borders: the committee is paid, the next one takes over, what is old is forgotten.

use crate::{event::Event, ledger::Ledger};
use dpgn_protocol::{
    committee::Committee,
    ids::AccountId,
    units::{Credits, Epoch},
};

impl Ledger {
    /// Ends an epoch if the block just applied was its last.
    pub(crate) fn end_epoch(&mut self, events: &mut Vec<Event>) {
        if !self.height().get().is_multiple_of(self.params.epoch_blocks.max(1)) {
            return;
        }
        let epoch = self.epoch();
        let paid = self.pay_committee();
        self.forget(epoch);
        self.committee = elect(self);
        self.clock.keep(&self.committee);
        events.push(Event::EpochEnded { epoch, paid });
    }

    /// Fees go to the members by their power; what does not divide stays.
    fn pay_committee(&mut self) -> Credits {
        let (fees, total) = (self.purse.fees, self.committee.total().max(1));
        let share = |power: u64| {
            let share = u128::from(fees.get()) * u128::from(power) / u128::from(total);
            Credits::new(u64::try_from(share).unwrap_or(0))
        };
        let shares: Vec<(AccountId, Credits)> =
            self.committee.members().iter().map(|m| (m.account, share(m.power.get()))).collect();
        let mut paid = Credits::ZERO;
        for (account, share) in shares {
            self.purse.fees = self.purse.fees.saturating_sub(share);
            self.give(account, share);
            paid = paid.saturating_add(share);
        }
        paid
    }

    /// Drops ended tasks, unused circuits and empty accounts after `keep_epochs`.
    fn forget(&mut self, now: Epoch) {
        let keep = self.params.keep_epochs;
        let is_old = |since: Epoch| now.get().saturating_sub(since.get()) > keep;
        let aliases = &mut self.aliases;
        self.ended.retain(|_, task| {
            let is_kept = !task.stage.ended().is_some_and(is_old);
            if !is_kept {
                aliases.remove(&(task.requester, task.bid.alias));
            }
            is_kept
        });
        let in_use: std::collections::BTreeSet<_> = self.open.values().map(|t| t.bid.circuit).collect();
        self.circuits.retain(|id, circuit| !is_old(circuit.last_used) || in_use.contains(id));
        let book = &self.book;
        self.accounts.retain(|&id, a| !(a.is_empty() && is_old(a.last_used) && book.get(id).is_none()));
    }
}

/// Who decides the next epoch. Nobody can stand for election on this network yet, so: who decides this one.
fn elect(ledger: &Ledger) -> Committee {
    ledger.committee.clone()
}
