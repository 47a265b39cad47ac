//! Starting: a prover's word that it begins on an award, in time or late.

use super::event::Event;
use crate::{
    rules::{
        blame::{late_blame, stake_of_late_start},
        reputation::{is_related, weight_of},
    },
    state::{
        award::Attempt,
        inconsistent::Inconsistent,
        ledger::Ledger,
        task::{Stage, Step},
    },
};
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
        Ok(())
    }

    /// The word of a prover whose award has ended comes after all: the inputs may have been shown for it. It counts as
    /// a disclosure, and its prover pays what it would have paid, as far as its guarantor has it.
    pub(super) fn start_late(&mut self, award: AwardId, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        let at = self.time();
        self.change(award.task, |ledger, task| {
            task.disclosures = task.disclosures.saturating_add(1);
            let (requester, weight) = (task.requester, weight_of(task));
            let named = |attempt: &Attempt| attempt.award.number == award.number;
            let is_related = task.attempts.iter().any(|attempt| named(attempt) && is_related(task, &attempt.award));
            let Some(attempt) = task.attempts.iter_mut().find(|attempt| named(attempt)) else {
                return Err(Inconsistent::NotOpen(award.task));
            };
            attempt.award = attempt.award.clone().started(at);
            let owed = stake_of_late_start(&attempt.award, attempt.end).saturating_sub(attempt.slashed);
            let paid = ledger.take_up_to(attempt.award.guarantor, owed);
            attempt.slashed = attempt.slashed.saturating_add(paid.amount());
            ledger.pools.burn(paid);
            if !is_related {
                let share = late_blame(&ledger.params, attempt.end);
                let (now, params) = (ledger.epoch(), ledger.params.clone());
                let history = &mut ledger.account_mut(attempt.award.prover).history;
                history.fail(requester, weight.share(share), now, &params);
                ledger.book.shelves.touch(attempt.award.prover);
            }
            Ok(())
        })?;
        let task = self.open().get(&award.task).ok_or(Inconsistent::NotOpen(award.task))?;
        let is_used_up = task.disclosures >= task.bid.disclosures_max;
        match task.stage {
            // Whoever holds it has not started, and may not see the inputs any more: nobody is to blame for that.
            // A proof that came late is judged instead: whoever made it has kept its word.
            Stage::Pending | Stage::Assigned(_) if is_used_up && task.late().next().is_some() => {
                self.next_try(award.task, events)
            }
            Stage::Pending | Stage::Assigned(_) if is_used_up => {
                let fault = self.fault_of(task);
                self.fail(award.task, fault, events)
            }
            Stage::Pending
            | Stage::Assigned(_)
            | Stage::InProgress(_)
            | Stage::Delivered(..)
            | Stage::Completed { .. }
            | Stage::Failed { .. }
            | Stage::Cancelled { .. } => Ok(()),
        }
    }
}
