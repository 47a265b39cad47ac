//! Validates what a member of the committee has found about deliveries.

use super::Plan;
use crate::{
    apply::refused::Refused,
    state::{ledger::Ledger, task::Stage},
};
use dpgn_protocol::{
    finding::{Agreement, Judged},
    ids::AccountId,
    units::Timestamp,
};
use std::collections::BTreeMap;

impl Ledger {
    /// The findings that count. Those about deliveries that have ended, or that the member has judged before, say
    /// nothing new: they hinder none of the others, and an op with nothing else is refused.
    pub(super) fn plan_judge(&self, by: AccountId, findings: &[Judged], now: Timestamp) -> Result<Plan, Refused> {
        if self.committee.power(by).is_none() {
            return Err(Refused::NotInCommittee(by));
        }
        let counting = findings.iter().filter(|judged| self.counts(by, judged, now));
        let once: BTreeMap<_, Judged> = counting.map(|judged| (judged.award, *judged)).collect();
        if once.is_empty() {
            return Err(Refused::NothingJudged(by));
        }
        Ok(Plan::Judge { findings: once.into_values().collect() })
    }

    /// Whether a finding is about a delivery that waits for it. A member may say once that the bytes have not come,
    /// after the grace, and then what it finds in them.
    pub fn counts(&self, by: AccountId, judged: &Judged, now: Timestamp) -> bool {
        let Some(Stage::Delivered(award, delivery)) = self.open().get(&judged.award.task).map(|task| &task.stage)
        else {
            return false;
        };
        let is_absent = judged.finding.agreement() == Agreement::Absent;
        let is_new = match delivery.findings.get(&by) {
            None => true,
            Some(said) => said.agreement() == Agreement::Absent && !is_absent,
        };
        let is_time = !is_absent || self.clock.moment(now) > delivery.absent_after;
        (award.number, delivery.proof) == (judged.award.number, judged.proof) && is_new && is_time
    }
}
