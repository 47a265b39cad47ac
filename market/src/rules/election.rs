//! The end of an epoch: what each committee member is paid, who decides the next epoch, and what is old.

use super::contest::{Contest, Runner};
use crate::state::{coins::sum, ledger::Ledger, stakes::Candidate};
use dpgn_protocol::{
    committee::{Committee, Member},
    ids::AccountId,
    units::{Credits, Epoch, Height},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

impl Ledger {
    /// Whether the last block was the last of its epoch.
    pub(crate) fn is_last_of_epoch(&self) -> bool {
        self.height().get().is_multiple_of(self.params.epoch_blocks.max(1))
    }

    /// Whether the last block was the first of its epoch.
    pub(crate) fn is_first_of_epoch(&self) -> bool {
        let before = self.height().get().saturating_sub(1);
        self.height() > Height::new(0) && before.is_multiple_of(self.params.epoch_blocks.max(1))
    }

    /// Each member's share of the fees, by its power, rounded down; what does not divide stays with the fees. Those of
    /// members that were absent are nobody's.
    pub(crate) fn fee_shares(&self) -> Vec<(AccountId, Credits)> {
        let (fees, total) = (self.pools.fees(), self.committee.total().max(1));
        let share = |power: u64| {
            let share = u128::from(fees.get()) * u128::from(power) / u128::from(total);
            // At most the fees.
            Credits::new(u64::try_from(share).unwrap_or(0))
        };
        self.committee.members().iter().map(|m| (m.account, share(m.power.get()))).collect()
    }

    /// The stake that counts for a candidate: its bond and what others have locked on it, at most a multiple of the bond.
    pub(crate) fn counted_stake(&self, account: AccountId) -> Credits {
        let bond = self.stakes.bond(account);
        // A product of more than 64 bits is more than anybody has.
        let most = Credits::new(bond.get().saturating_mul(self.params.bond_factor));
        sum([bond, self.stakes.stake_on(account)]).min(most)
    }

    /// Whether a candidate may be elected at the end of this epoch, and if not why not.
    pub(crate) fn candidacy(&self, account: AccountId, absent: &BTreeSet<AccountId>) -> Candidacy {
        let Some(candidate) = self.stakes.candidate(account) else { return Candidacy::NoBond };
        if self.is_slashed(account) {
            Candidacy::Slashed
        } else if candidate.bond() < self.params.bond_min {
            Candidacy::NoBond
        } else if absent.contains(&account) {
            Candidacy::Absent
        } else if !candidate.stands_in(self.epoch()) {
            Candidacy::Silent
        } else {
            Candidacy::Eligible
        }
    }

    /// Whether an account's bond was burned in this epoch.
    fn is_slashed(&self, account: AccountId) -> bool {
        let slashed = self.stakes.candidate(account).and_then(Candidate::slashed);
        slashed.is_some_and(|height| self.epoch_at(height) == self.epoch())
    }

    /// The election as it would be if the epoch ended now.
    pub(crate) fn contest(&self, absent: &BTreeSet<AccountId>) -> Contest<'_> {
        let members = self.committee.members().iter().map(|member| member.account);
        let runs = |account: &AccountId| self.candidacy(*account, absent) == Candidacy::Eligible;
        let runner = |account| Runner { account, counted: self.counted_stake(account) };
        Contest {
            office: &self.committee,
            lost: members.filter(|account| absent.contains(account) || self.is_slashed(*account)).collect(),
            runners: self.stakes.by_bond().map(|(_, account)| account).filter(runs).map(runner).collect(),
            seats: self.params.seats as usize,
            committee_min: self.params.committee_min as usize,
        }
    }

    /// The committee of the next epoch. With too few candidates the one in office stays, without those that were slashed:
    /// what they can still do is harm.
    pub(crate) fn elect(&self, absent: &BTreeSet<AccountId>) -> Committee {
        if let Some(elected) = self.contest(absent).decide() {
            return elected;
        }
        let stays = |member: &&Member| !self.is_slashed(member.account);
        let stay: Vec<Member> = self.committee.members().iter().filter(stays).copied().collect();
        Committee::new(stay).unwrap_or_else(|_| self.committee.clone())
    }
}

/// Whether a candidate may be elected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Candidacy {
    /// It takes part in the election at the end of this epoch.
    Eligible,
    /// It has not said in this epoch that it stands, nor bonded anything.
    Silent,
    /// Its bond is smaller than the network's rules ask for, or was taken back.
    NoBond,
    /// It is a member in office and was absent in this epoch.
    Absent,
    /// Its bond was burned in this epoch.
    Slashed,
}

/// Whether something last used in the epoch `since` is so old that it is forgotten.
pub(crate) fn is_old(since: Epoch, now: Epoch, keep: u64) -> bool {
    // What was used in a later epoch is not old.
    now.get().saturating_sub(since.get()) > keep
}
