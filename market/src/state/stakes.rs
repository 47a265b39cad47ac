//! Stakes: the bonds of candidates for the committee, and what others have locked on them.
//!
//! Two maps of the state. What follows from them is kept beside them and is in no snapshot: sums, what is locked on each
//! candidate, and who gives way when a table is full. Credits come in and go out as [`Coins`]; whose account they come from
//! is the ledger's business.
//!
//! What must never happen: an entry of either map that is changed without its sums.

use super::{
    coins::{Coins, Holding, Short, sum},
    tree_map::TreeMap,
    unlocking::Unlocking,
};
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Epoch, Height},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The number of candidates on which one account may have stake locked.
pub(crate) const VOTES_MAX: usize = 16;

/// A candidate, or somebody who was one and whose bond is not free yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Candidate {
    /// Its own bond. Nobody without one stands for election.
    pub(super) bond: Holding,
    /// What it has taken back of its bond, and may still be burned.
    pub(super) unbonding: Unlocking,
    /// The last epoch in which it has said that it stands for election; `None` before the first.
    pub(super) stood: Option<Epoch>,
    /// The height at which its bond was burned last; `None` if it never was, or if that is longer ago than evidence counts.
    pub(super) slashed: Option<Height>,
}

impl Candidate {
    const NOBODY: Self = Self { bond: Holding::empty(), unbonding: Unlocking::NONE, stood: None, slashed: None };

    /// The micro-credits of its bond.
    pub(crate) fn bond(&self) -> Credits {
        self.bond.amount()
    }

    /// What it has taken back of its bond.
    pub(crate) fn unbonding(&self) -> &Unlocking {
        &self.unbonding
    }

    /// The micro-credits that evidence burns.
    pub(crate) fn at_stake(&self) -> Credits {
        sum([self.bond(), self.unbonding.amount()])
    }

    /// Whether it has said in this epoch that it stands for election.
    pub(crate) fn stands_in(&self, epoch: Epoch) -> bool {
        self.stood == Some(epoch)
    }

    /// The height at which its bond was burned last.
    pub(crate) fn slashed(&self) -> Option<Height> {
        self.slashed
    }

    fn is_forgotten(&self) -> bool {
        self.at_stake() == Credits::ZERO && self.slashed.is_none()
    }
}

/// What one account has locked on candidates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Staker {
    /// The stake by candidate. None is empty.
    pub(super) votes: BTreeMap<AccountId, Holding>,
    /// What it has taken back, and is not free yet.
    pub(super) unlocking: Unlocking,
}

impl Staker {
    /// The candidates on which something is locked, with the micro-credits.
    pub(crate) fn votes(&self) -> impl ExactSizeIterator<Item = (AccountId, Credits)> + '_ {
        self.votes.iter().map(|(&candidate, stake)| (candidate, stake.amount()))
    }

    /// The micro-credits on one candidate.
    pub(crate) fn on(&self, candidate: AccountId) -> Credits {
        self.votes.get(&candidate).map_or(Credits::ZERO, Holding::amount)
    }

    /// What it has taken back.
    pub(crate) fn unlocking(&self) -> &Unlocking {
        &self.unlocking
    }

    /// All that it has here, in micro-credits.
    pub(crate) fn held(&self) -> Credits {
        sum(self.votes().map(|(_, stake)| stake).chain([self.unlocking.amount()]))
    }

    /// Adds coins to the stake on a candidate.
    pub(super) fn lock(&mut self, candidate: AccountId, coins: Coins) {
        self.votes.entry(candidate).or_insert_with(Holding::empty).give(coins);
    }

    /// Takes exactly this much off a candidate.
    pub(super) fn unlock(&mut self, candidate: AccountId, amount: Credits) -> Result<Coins, Short> {
        let none = Short { available: Credits::ZERO, required: amount };
        let coins = self.votes.get_mut(&candidate).ok_or(none)?.take(amount)?;
        self.votes.retain(|_, stake| stake.amount() > Credits::ZERO);
        Ok(coins)
    }

    /// Takes out all that is here.
    pub(super) fn take_all(&mut self) -> Coins {
        let mut all = Holding::empty();
        self.votes.values_mut().for_each(|stake| all.give(stake.take_all()));
        self.votes.clear();
        all.give(self.unlocking.take_up_to(Credits::MAX));
        all.take_all()
    }
}

/// The sums of what is locked for elections, in micro-credits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// The bonds of candidates.
    pub(super) bonds: Credits,
    /// The stakes on candidates.
    pub(super) stakes: Credits,
    /// What was taken back of either and is not free yet.
    pub(super) unlocking: Credits,
}

/// What follows from the two maps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Index {
    sums: Sums,
    /// Candidates that have a bond, by its size.
    by_bond: TreeMap<(Credits, AccountId), ()>,
    /// Accounts that have stake here, by how much.
    by_held: TreeMap<(Credits, AccountId), ()>,
    /// The stake of others on each candidate that has any.
    stake_on: TreeMap<AccountId, Credits>,
}

impl Index {
    fn enter(&mut self, account: AccountId, candidate: &Candidate) {
        self.sums.bonds = self.sums.bonds.saturating_add(candidate.bond());
        self.sums.unlocking = self.sums.unlocking.saturating_add(candidate.unbonding.amount());
        if candidate.bond() > Credits::ZERO {
            self.by_bond.insert((candidate.bond(), account), ());
        }
    }

    fn leave(&mut self, account: AccountId, candidate: &Candidate) {
        self.sums.bonds = self.sums.bonds.saturating_sub(candidate.bond());
        self.sums.unlocking = self.sums.unlocking.saturating_sub(candidate.unbonding.amount());
        self.by_bond.remove(&(candidate.bond(), account));
    }

    fn enter_staker(&mut self, account: AccountId, staker: &Staker) {
        self.sums.unlocking = self.sums.unlocking.saturating_add(staker.unlocking.amount());
        for (candidate, stake) in staker.votes() {
            self.sums.stakes = self.sums.stakes.saturating_add(stake);
            let on = self.stake_on.get_or_insert_with(candidate, || Credits::ZERO);
            *on = on.saturating_add(stake);
        }
        if staker.held() > Credits::ZERO {
            self.by_held.insert((staker.held(), account), ());
        }
    }

    fn leave_staker(&mut self, account: AccountId, staker: &Staker) {
        self.sums.unlocking = self.sums.unlocking.saturating_sub(staker.unlocking.amount());
        for (candidate, stake) in staker.votes() {
            self.sums.stakes = self.sums.stakes.saturating_sub(stake);
            let on = self.stake_on.get(&candidate).map_or(Credits::ZERO, |on| on.saturating_sub(stake));
            if on == Credits::ZERO {
                self.stake_on.remove(&candidate);
            } else {
                self.stake_on.insert(candidate, on);
            }
        }
        self.by_held.remove(&(staker.held(), account));
    }
}

/// The bonds of candidates and the stakes on them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub(crate) struct Stakes {
    candidates: TreeMap<AccountId, Candidate>,
    stakers: TreeMap<AccountId, Staker>,
    /// It follows from the two maps.
    #[serde(skip)]
    index: Index,
}

/// Stakes as they are written.
#[derive(Deserialize)]
struct Stored {
    candidates: TreeMap<AccountId, Candidate>,
    stakers: TreeMap<AccountId, Staker>,
}

impl From<Stored> for Stakes {
    fn from(Stored { candidates, stakers }: Stored) -> Self {
        Self::new(candidates, stakers)
    }
}

impl Stakes {
    /// Stakes of these entries.
    pub(super) fn new(candidates: TreeMap<AccountId, Candidate>, stakers: TreeMap<AccountId, Staker>) -> Self {
        let mut index = Index::default();
        candidates.iter().for_each(|(account, candidate)| index.enter(*account, candidate));
        stakers.iter().for_each(|(account, staker)| index.enter_staker(*account, staker));
        Self { candidates, stakers, index }
    }

    /// Whether all that follows from the entries is what counting it anew gives.
    pub(super) fn is_consistent(&self) -> bool {
        self.index == Self::new(self.candidates.clone(), self.stakers.clone()).index
    }

    /// All candidates, and those whose bonds are not free yet.
    pub(crate) fn candidates(&self) -> &TreeMap<AccountId, Candidate> {
        &self.candidates
    }

    /// All accounts that have stake here.
    pub(crate) fn stakers(&self) -> &TreeMap<AccountId, Staker> {
        &self.stakers
    }

    /// A candidate; `None` for anybody else.
    pub(crate) fn candidate(&self, account: AccountId) -> Option<&Candidate> {
        self.candidates.get(&account)
    }

    /// What an account has locked on candidates.
    pub(crate) fn staker(&self, account: AccountId) -> Option<&Staker> {
        self.stakers.get(&account)
    }

    /// The micro-credits of an account's bond; zero if it is no candidate.
    pub(crate) fn bond(&self, account: AccountId) -> Credits {
        self.candidate(account).map_or(Credits::ZERO, Candidate::bond)
    }

    /// The micro-credits that others have locked on a candidate.
    pub(crate) fn stake_on(&self, candidate: AccountId) -> Credits {
        self.index.stake_on.get(&candidate).copied().unwrap_or(Credits::ZERO)
    }

    /// Whether an account has anything here. It is not forgotten as long as it does.
    pub(crate) fn holds(&self, account: AccountId) -> bool {
        self.candidates.contains_key(&account) || self.stakers.contains_key(&account)
    }

    /// The candidates that have a bond, the smallest first.
    pub(crate) fn by_bond(&self) -> impl Iterator<Item = (Credits, AccountId)> {
        self.index.by_bond.keys().copied()
    }

    /// The number of candidates that have a bond.
    pub(crate) fn bonded_len(&self) -> usize {
        self.index.by_bond.len()
    }

    /// The account that has least stake here, with how much.
    pub(crate) fn least_staker(&self) -> Option<(Credits, AccountId)> {
        self.index.by_held.keys().next().copied()
    }

    /// The sums of all that is here.
    pub(super) fn sums(&self) -> Sums {
        self.index.sums
    }

    /// Changes a candidate, who is made if need be and forgotten if nothing is left.
    pub(super) fn change<R>(&mut self, account: AccountId, change: impl FnOnce(&mut Candidate) -> R) -> R {
        let mut candidate = self.candidates.remove(&account).unwrap_or(Candidate::NOBODY);
        self.index.leave(account, &candidate);
        let result = change(&mut candidate);
        self.index.enter(account, &candidate);
        if !candidate.is_forgotten() {
            self.candidates.insert(account, candidate);
        }
        result
    }

    /// Changes what an account has locked; it is forgotten if nothing is left.
    pub(super) fn change_staker<R>(&mut self, account: AccountId, change: impl FnOnce(&mut Staker) -> R) -> R {
        let mut staker = self.stakers.remove(&account).unwrap_or_default();
        self.index.leave_staker(account, &staker);
        let result = change(&mut staker);
        self.index.enter_staker(account, &staker);
        if staker.held() > Credits::ZERO {
            self.stakers.insert(account, staker);
        }
        result
    }
}
