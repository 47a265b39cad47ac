//! Starting: a prover's word that it begins on an award.

use super::event::Event;
use crate::state::{inconsistent::Inconsistent, ledger::Ledger, step::Step};
use dpgn_protocol::{award::AwardId, ids::AccountId};

impl Ledger {
    /// Binds the prover of a live award with all its collateral, and counts the disclosure.
    pub(super) fn start(
        &mut self,
        prover: AccountId,
        award: AwardId,
        events: &mut Vec<Event>,
    ) -> Result<(), Inconsistent> {
        let at = self.time();
        self.beat(prover);
        self.change(award.task, |ledger, task| {
            // A task fails at `disclosures_max`, a number of eight bits.
            task.disclosures = task.disclosures.saturating_add(1);
            ledger.advance(award.task, task, Step::Start { at })
        })?;
        events.push(Event::Started { task: award.task, prover });
        self.release_others(award.task, prover, events)
    }
}
