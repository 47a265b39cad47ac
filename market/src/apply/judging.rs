//! Judging: what the committee's findings about a delivery add up to, and what follows.
//!
//! A delivery ends when members with more than two thirds of the voting power agree: it is good, it is bad, or its bytes
//! never came. Until then it waits, and nobody loses anything by the committee's silence. Findings count by the
//! committee in office: where that changes they are forgotten, and the new members judge again.

use super::event::Event;
use crate::state::{
    award::{AwardEnd, Delivery},
    inconsistent::Inconsistent,
    ledger::Ledger,
};
use dpgn_protocol::{
    award::AwardId,
    bounded::List,
    finding::{Agreement, Finding, Judged},
    ids::{AccountId, TaskId},
    outcome::{Judgement, Outcome},
};
use std::collections::BTreeMap;

impl Ledger {
    /// Enters a member's findings; ends the deliveries that the committee agrees on by them.
    pub(super) fn judge(
        &mut self,
        by: AccountId,
        findings: Vec<Judged>,
        events: &mut Vec<Event>,
    ) -> Result<Outcome, Inconsistent> {
        let mut ended = Vec::new();
        for Judged { award, finding, .. } in findings {
            let agreed = self.change(award.task, |ledger, task| {
                let Some(delivery) = task.stage.delivery_mut() else { return Ok::<_, Inconsistent>(None) };
                delivery.findings.insert(by, finding);
                Ok(ledger.agreed(delivery))
            })?;
            if let Some(finding) = agreed {
                ended.push(self.end_delivery(award, finding, events)?);
            }
        }
        // No more than there were findings, so they fit.
        Ok(Outcome::Judged(List::new(ended).unwrap_or_default()))
    }

    fn end_delivery(
        &mut self,
        award: AwardId,
        finding: Finding,
        events: &mut Vec<Event>,
    ) -> Result<Judgement, Inconsistent> {
        if finding.is_valid() {
            return Ok(Judgement::Settled(Box::new(self.settle(award.task, events)?)));
        }
        let live = self.open().get(&award.task).and_then(|task| task.stage.award());
        let prover = live.ok_or(Inconsistent::NotOpen(award.task))?.prover;
        let slashed = self.end_award(award.task, AwardEnd::BadProof(finding), events)?;
        Ok(Judgement::Failed { award, prover, finding, slashed })
    }

    /// The finding that the committee agrees on, if it does. Of several faults it is the one that most of the power
    /// names.
    fn agreed(&self, delivery: &Delivery) -> Option<Finding> {
        let say = |agreement: Agreement| {
            delivery.findings.iter().filter(move |(_, finding)| finding.agreement() == agreement)
        };
        let is_agreed = |agreement| self.committee.is_quorum(say(agreement).map(|(&member, _)| member));
        let agreement = [Agreement::Good, Agreement::Bad, Agreement::Absent].into_iter().find(|a| is_agreed(*a))?;
        let mut tally = BTreeMap::<Finding, u64>::new();
        for (member, finding) in say(agreement) {
            let power = self.committee.power(*member).map_or(0, |power| power.get());
            // All power of a committee fits in 64 bits.
            let sum = tally.entry(*finding).or_default();
            *sum = sum.saturating_add(power);
        }
        tally.into_iter().max_by_key(|&(finding, power)| (power, finding)).map(|(finding, _)| finding)
    }

    /// Has a new committee judge anew what awaits its findings.
    pub(super) fn forget_findings(&mut self, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        let waiting: Vec<TaskId> = self.schedule.delivered().collect();
        let now = self.clock.now();
        for id in waiting {
            let said = self.change(id, |ledger, task| {
                let prover = task.stage.award().map(|award| award.prover);
                let Some(delivery) = task.stage.delivery_mut() else { return Ok::<_, Inconsistent>(None) };
                delivery.findings.clear();
                delivery.absent_after = now.after(ledger.params.verdict_window);
                Ok(prover.map(|prover| (prover, delivery.clone())))
            })?;
            if let Some((prover, delivery)) = said {
                self.announce_delivery(prover, id, &delivery, events);
            }
        }
        Ok(())
    }
}
