//! Validates evidence: two signed words of one key that cannot both be honest.

use super::Plan;
use crate::{
    apply::refused::Refused,
    state::{ledger::Ledger, stakes::Candidate},
};
use dpgn_protocol::{
    council::{WordKind, equivocation},
    sign::Unverified,
    units::Credits,
};

impl Ledger {
    /// Evidence is against whoever has something at stake, in office or not.
    ///
    /// It costs its sender the fee of any op, or nothing if a member brings it first. A second one is refused, and pays like
    /// any refused op: so nobody sends the same evidence over and over. One bond is burned once: what was said up to that
    /// height has been paid for, of whatever kind it is.
    pub(crate) fn plan_evidence(
        &self,
        kind: WordKind,
        first: &Unverified,
        second: &Unverified,
    ) -> Result<Plan, Refused> {
        let account = first.signer;
        let candidate = self.stakes.candidate(account).ok_or(Refused::NothingAtStake(account))?;
        let height = equivocation(kind, self.network(), first, second)?.height;
        if let Some(floor) = self.tenure.evidence_floor(self.epoch(), self.time(), &self.params)
            && height <= floor
        {
            return Err(Refused::EvidenceOld { height, floor });
        }
        if let Some(slashed) = candidate.slashed().filter(|slashed| height <= *slashed) {
            return Err(Refused::SlashedSince { account, slashed, height });
        }
        if Candidate::at_stake(candidate) == Credits::ZERO {
            return Err(Refused::NothingAtStake(account));
        }
        Ok(Plan::Slash { account })
    }
}
