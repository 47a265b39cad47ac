//! Ends what is overdue at the end of a block: expired asks, missed windows, phases of sealed
//! rounds, passed deadlines.

use super::event::Event;
use crate::state::{award::AwardEnd, inconsistent::Inconsistent, ledger::Ledger};

impl Ledger {
    /// Ends what is overdue. Ops of the block have been applied: whoever spoke up in it has spoken in time.
    pub(crate) fn close_windows(&mut self, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        for prover in self.book.expired(self.time()) {
            self.withdraw(prover, events);
        }
        if let Some(cutoff) = self.clock.cutoff(&self.committee) {
            for (id, window) in self.missed(cutoff) {
                self.end_award(id, AwardEnd::Missed(window), events)?;
            }
            self.close_rounds(cutoff, events)?;
        }
        for (id, fault) in self.past_deadline() {
            self.fail(id, fault, events)?;
        }
        Ok(())
    }
}
