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
            if let Some(live) = task.stage.award() {
                // From here on the requester has the base of a window, and no more than it had for both.
                let begin_by = ledger.clock.now().after(ledger.params.start_window).min(live.start_by);
                let promise = live.promise(begin_by, task.inputs_allowance(&ledger.params));
                ledger.account_mut(prover).awards.insert(award.task, promise);
            }
            ledger.advance(award.task, task, Step::Start { at })
        })?;
        events.push(Event::Started { task: award.task, prover });
        self.release_others(award.task, prover, events)
    }
}
