//! Staking: how credits move between accounts, bonds and stakes.
//!
//! Whether they may is for the plan of an op to say; here they only move, and nothing is left behind.

use super::{
    coins::{Coins, Short, sum},
    ledger::Ledger,
    stakes::{Candidate, Staker},
    unlocking::Unlocking,
};
use dpgn_protocol::{
    committee::Committee,
    ids::AccountId,
    units::{Credits, Epoch, Height},
};

impl Ledger {
    /// All that an account has locked for elections, and what of it is not free yet, in micro-credits.
    pub(crate) fn staked_by(&self, account: AccountId) -> Credits {
        let bond = self.stakes.candidate(account).map_or(Credits::ZERO, Candidate::at_stake);
        sum([bond, self.stakes.staker(account).map_or(Credits::ZERO, Staker::held)])
    }

    /// The part of a new bond that comes from the account's balance: what it has taken back of its bond is used first.
    pub(crate) fn fresh_bond(&self, account: AccountId, amount: Credits) -> Credits {
        let again = self.stakes.candidate(account).map_or(Credits::ZERO, |c| c.unbonding().amount());
        amount.saturating_sub(again)
    }

    /// The part of a new stake that comes from the account's balance: what it has taken back of its stakes is used first.
    pub(crate) fn fresh_stake(&self, account: AccountId, amount: Credits) -> Credits {
        let again = self.stakes.staker(account).map_or(Credits::ZERO, |s| s.unlocking().amount());
        amount.saturating_sub(again)
    }

    /// Adds to an account's bond, and has it stand for election in this epoch. Returns what came from its balance.
    pub(crate) fn bond(&mut self, account: AccountId, amount: Credits) -> Result<Credits, Short> {
        let fresh = self.fresh_bond(account, amount);
        let coins = self.take(account, fresh)?;
        let epoch = self.epoch();
        self.stakes.change(account, |candidate| {
            let again = candidate.unbonding.take_up_to(amount.saturating_sub(fresh));
            candidate.bond.give(again);
            candidate.bond.give(coins);
            candidate.stood = Some(epoch);
        });
        self.evictions.touch(account);
        Ok(fresh)
    }

    /// Has a candidate stand for election in this epoch.
    pub(crate) fn stand_for_election(&mut self, account: AccountId) {
        let epoch = self.epoch();
        self.stakes.change(account, |candidate| candidate.stood = Some(epoch));
    }

    /// Adds to an account's stake on a candidate. Returns what came from its balance.
    pub(crate) fn vote(&mut self, account: AccountId, candidate: AccountId, amount: Credits) -> Result<Credits, Short> {
        let fresh = self.fresh_stake(account, amount);
        let coins = self.take(account, fresh)?;
        self.stakes.change_staker(account, |staker| {
            let again = staker.unlocking.take_up_to(amount.saturating_sub(fresh));
            staker.lock(candidate, again);
            staker.lock(candidate, coins);
        });
        self.evictions.touch(account);
        Ok(fresh)
    }

    /// Begins to unlock a part of an account's bond, or its stake on a candidate.
    pub(crate) fn unbond(&mut self, account: AccountId, candidate: AccountId, amount: Credits) -> Result<(), Short> {
        let (epoch, now) = (self.epoch(), self.time());
        if account == candidate {
            return self.stakes.change(account, |candidate| {
                let coins = candidate.bond.take(amount)?;
                candidate.unbonding.begin(coins, epoch, now);
                Ok(())
            });
        }
        self.stakes.change_staker(account, |staker| {
            let coins = staker.unlock(candidate, amount)?;
            staker.unlocking.begin(coins, epoch, now);
            Ok(())
        })
    }

    /// Gives an account all of its stake back at once: one with more takes its place.
    pub(crate) fn displace_staker(&mut self, account: AccountId) -> Credits {
        let coins = self.stakes.change_staker(account, Staker::take_all);
        self.free(account, coins)
    }

    /// Burns all of an account's bond, and what it has taken back of it; returns how much.
    pub(crate) fn slash_bond(&mut self, account: AccountId) -> Credits {
        let height = self.height();
        let (bond, unbonding) = self.stakes.change(account, |candidate| {
            candidate.slashed = Some(height);
            (candidate.bond.take_all(), candidate.unbonding.take_up_to(Credits::MAX))
        });
        let burned = bond.amount().saturating_add(unbonding.amount());
        self.pools.burn(bond);
        self.pools.burn(unbonding);
        self.evictions.touch(account);
        burned
    }

    /// Gives back what is free by now, and forgets whose bond was burned so long ago that no evidence counts any more.
    /// Returns who got how much. Bonds of those who were in office until now begin to unlock anew: for what they have said in
    /// it they are liable as long as anybody who leaves.
    ///
    /// It looks at every candidate and every account with stake, once in an epoch; genesis and accounts bound both.
    pub(crate) fn release_stakes(&mut self, epoch: Epoch, were_in_office: &Committee) -> Vec<(AccountId, Credits)> {
        let (now, params) = (self.time(), self.params.clone());
        let floor = self.tenure.evidence_floor(epoch, now, &params);
        for member in were_in_office.members() {
            if self.stakes.candidate(member.account).is_some_and(|c| !c.unbonding().is_empty()) {
                self.stakes.change(member.account, |candidate| candidate.unbonding.begin_anew(epoch, now));
            }
        }
        let is_over = |height: Option<Height>| height.is_some() && height <= floor;
        let is_due = |unlocking: &Unlocking| unlocking.is_due(epoch, now, &params);
        let candidates = self.stakes.candidates().iter();
        let candidates = candidates.filter(|(_, c)| is_due(c.unbonding()) || is_over(c.slashed()));
        let candidates: Vec<_> = candidates.map(|(account, _)| *account).collect();
        let stakers = self.stakes.stakers().iter().filter(|(_, staker)| is_due(staker.unlocking()));
        let stakers: Vec<_> = stakers.map(|(account, _)| *account).collect();
        let mut freed = Vec::new();
        for account in candidates {
            let coins = self.stakes.change(account, |candidate| {
                candidate.slashed = candidate.slashed.filter(|height| !is_over(Some(*height)));
                candidate.unbonding.release(epoch, now, &params)
            });
            freed.push((account, self.free(account, coins)));
        }
        for account in stakers {
            let coins = self.stakes.change_staker(account, |staker| staker.unlocking.release(epoch, now, &params));
            freed.push((account, self.free(account, coins)));
        }
        freed.retain(|(_, amount)| *amount > Credits::ZERO);
        freed
    }

    /// Puts coins that are no longer locked into an account.
    fn free(&mut self, account: AccountId, coins: Coins) -> Credits {
        let amount = coins.amount();
        self.give(account, coins);
        self.evictions.touch(account);
        amount
    }
}
