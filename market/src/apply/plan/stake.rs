//! Validates bonds, stakes and candidacies.

use super::{Plan, order::in_range};
use crate::{
    apply::refused::Refused,
    state::{
        coins::sum,
        ledger::Ledger,
        stakes::{Candidate, Staker, VOTES_MAX},
        unlocking::{PIECES_MAX, Unlocking},
    },
};
use dpgn_protocol::{ids::AccountId, ops::SignedOp, units::Credits};

/// Checks what is left of an amount that a part is taken from: nothing, or no less than there must be.
fn check_rest(what: &'static str, rest: Credits, min: Credits) -> Result<(), Refused> {
    if rest == Credits::ZERO { Ok(()) } else { in_range(what, rest.get(), min.get(), u64::MAX) }
}

impl Ledger {
    pub(super) fn plan_bond(&self, op: &SignedOp, amount: Credits) -> Result<Plan, Refused> {
        let by = op.signer();
        in_range("the amount", amount.get(), 1, u64::MAX)?;
        let bond = sum([self.stakes.bond(by), amount]);
        in_range("the bond", bond.get(), self.params.bond_min.get(), u64::MAX)?;
        self.can_pay(op, self.fresh_bond(by, amount), Credits::ZERO)?;
        Ok(Plan::Bond { amount, displaced: self.room_for_candidate(by, bond)? })
    }

    /// Finds room for a candidate with this bond: the one that gives way if there are too many, outside the committee and with
    /// the smallest bond, if that is smaller.
    fn room_for_candidate(&self, account: AccountId, bond: Credits) -> Result<Option<AccountId>, Refused> {
        let max = self.params.candidates_max;
        if self.stakes.bond(account) > Credits::ZERO || self.stakes.bonded_len() < max as usize {
            return Ok(None);
        }
        let mut smaller = self.stakes.by_bond().take_while(|(least, _)| *least < bond);
        let least = smaller.find(|(_, account)| self.committee.power(*account).is_none()).map(|(_, account)| account);
        least.map(Some).ok_or(Refused::Full { what: "candidates", max: u64::from(max) })
    }

    pub(super) fn plan_candidate(&self, account: AccountId) -> Result<Plan, Refused> {
        self.check_candidate(account)?;
        let epoch = self.epoch();
        if self.stakes.candidate(account).is_some_and(|candidate| candidate.stands_in(epoch)) {
            return Err(Refused::StandsAlready { account, epoch });
        }
        Ok(Plan::Candidate)
    }

    /// Checks that an account has the bond of a candidate.
    fn check_candidate(&self, account: AccountId) -> Result<(), Refused> {
        let (bond, min) = (self.stakes.bond(account), self.params.bond_min);
        if bond < min { Err(Refused::NotACandidate { account, bond, min }) } else { Ok(()) }
    }

    pub(super) fn plan_vote(&self, op: &SignedOp, candidate: AccountId, amount: Credits) -> Result<Plan, Refused> {
        let by = op.signer();
        if candidate == by {
            return Err(Refused::ToOneself);
        }
        in_range("the amount", amount.get(), 1, u64::MAX)?;
        self.check_candidate(candidate)?;
        let staker = self.stakes.staker(by);
        let on = staker.map_or(Credits::ZERO, |staker| staker.on(candidate));
        let min = self.params.stake_min.get();
        in_range("the stake on one candidate", sum([on, amount]).get(), min, u64::MAX)?;
        if on == Credits::ZERO && staker.is_some_and(|staker| staker.votes().len() >= VOTES_MAX) {
            return Err(Refused::Full { what: "candidates that this account votes for", max: VOTES_MAX as u64 });
        }
        self.can_pay(op, self.fresh_stake(by, amount), Credits::ZERO)?;
        Ok(Plan::Vote { candidate, amount, displaced: self.room_for_staker(by, amount)? })
    }

    /// Finds room for an account that locks this much: the one that gives way if there are too many, with the least, if that
    /// is less.
    fn room_for_staker(&self, account: AccountId, amount: Credits) -> Result<Option<AccountId>, Refused> {
        let max = self.params.stakers_max;
        if self.stakes.staker(account).is_some() || self.stakes.stakers().len() < max as usize {
            return Ok(None);
        }
        match self.stakes.least_staker() {
            Some((least, account)) if least < amount => Ok(Some(account)),
            Some(_) | None => Err(Refused::Full { what: "accounts with stake", max: u64::from(max) }),
        }
    }

    pub(super) fn plan_unbond(&self, by: AccountId, candidate: AccountId, amount: Credits) -> Result<Plan, Refused> {
        in_range("the amount", amount.get(), 1, u64::MAX)?;
        let (own, none) = (by == candidate, Unlocking::default());
        let (locked, unlocking) = if own {
            (self.stakes.bond(by), self.stakes.candidate(by).map_or(&none, Candidate::unbonding))
        } else {
            let staker = self.stakes.staker(by);
            (staker.map_or(Credits::ZERO, |s| s.on(candidate)), staker.map_or(&none, Staker::unlocking))
        };
        let short = Refused::NotLocked { candidate, locked, required: amount };
        let rest = locked.checked_sub(amount).ok_or(short)?;
        if own {
            check_rest("the bond that is left", rest, self.params.bond_min)?;
        } else {
            check_rest("the stake that is left on the candidate", rest, self.params.stake_min)?;
        }
        if !unlocking.has_room(self.epoch()) {
            return Err(Refused::Full { what: "epochs in which this account took stake back", max: PIECES_MAX as u64 });
        }
        Ok(Plan::Unbond { candidate, amount })
    }
}
