//! Validates what the committee says of a delivery: more than two thirds of the voting power say valid, or say not.

use super::Plan;
use crate::{
    apply::refused::Refused,
    state::{
        ledger::Ledger,
        task::{IllegalStep, Stage},
    },
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    sign::Unverified,
    verdict::{Finding, Verdict},
};
use std::collections::BTreeMap;

impl Ledger {
    /// Counts the verdicts by the committee in office. Each is checked here: the block carries them raw.
    pub(super) fn plan_settle(&self, by: AccountId, id: TaskId, verdicts: &[Unverified]) -> Result<Plan, Refused> {
        if self.committee.power(by).is_none() {
            return Err(Refused::NotInCommittee(by));
        }
        let task = self.open_task(id)?;
        let Stage::Delivered(award, delivery) = &task.stage else {
            return Err(IllegalStep { stage: task.stage.name(), step: "settle" }.into());
        };
        let mut findings = BTreeMap::new();
        for raw in verdicts {
            let member = raw.signer;
            if self.committee.power(member).is_none() {
                return Err(Refused::NotInCommittee(member));
            }
            let verdict = raw.clone().verify::<Verdict>(self.network())?;
            let is_about_this = (verdict.task, verdict.prover, verdict.proof) == (id, award.prover, delivery.proof);
            if !is_about_this || findings.insert(member, verdict.finding).is_some() {
                return Err(Refused::VerdictElsewhere(member));
            }
        }
        self.tally(&findings).map(|finding| Plan::Settle { task: id, finding })
    }

    fn tally(&self, findings: &BTreeMap<AccountId, Finding>) -> Result<Finding, Refused> {
        let who = |is_valid: bool| findings.iter().filter(move |(_, f)| f.is_valid() == is_valid).map(|(&a, _)| a);
        if self.committee.is_quorum(who(true)) {
            return Ok(Finding::Valid);
        }
        let power = |account: AccountId| self.committee.power(account).map_or(0, |p| p.get());
        if self.committee.is_quorum(who(false)) {
            // They agree that it is bad; what is wrong with it, most of them say.
            let mut tally = BTreeMap::<Finding, u64>::new();
            for (&account, &finding) in findings.iter().filter(|(_, f)| !f.is_valid()) {
                *tally.entry(finding).or_default() += power(account);
            }
            let most = tally.into_iter().max_by_key(|&(finding, power)| (power, finding));
            return Ok(most.map_or(Finding::False, |(finding, _)| finding));
        }
        let (valid, invalid) = (who(true).map(power).sum(), who(false).map(power).sum());
        Err(Refused::Undecided { valid, invalid, total: self.committee.total() })
    }
}
