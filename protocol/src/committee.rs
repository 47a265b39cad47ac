//! The committee: the coordinators in office, and what counts as a quorum of them.

use crate::{
    bounded::{List, TooMany},
    ids::{AccountId, CommitteeHash, hash},
    limits::COMMITTEE_MAX,
    units::Power,
};
use serde::{Deserialize, Serialize};

/// A coordinator in office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The member's account, which signs its votes.
    pub account: AccountId,
    /// The number of votes that the member has.
    pub power: Power,
}

/// The coordinators in office, by account, each once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "List<Member, COMMITTEE_MAX>")]
pub struct Committee(List<Member, COMMITTEE_MAX>);

/// Why members are no committee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitteeError {
    /// The committee has no member.
    #[error("a committee has at least one member")]
    Empty,
    /// There are more members than a committee holds.
    #[error("committee: {0}")]
    TooMany(#[from] TooMany),
    /// The members are not in the order of their accounts, or one comes twice.
    #[error("members must stand in the order of their accounts, each once")]
    Order,
    /// A member without votes, or more than 2^32 votes.
    #[error("the voting power of {0} is out of range (1 to 2^32)")]
    Power(AccountId),
}

/// The most votes that one member has; so no sum of powers overflows.
pub const POWER_MAX: u64 = 1 << 32;

impl Committee {
    /// Makes a committee of these members, if they are in order and have power.
    pub fn new(members: Vec<Member>) -> Result<Self, CommitteeError> {
        List::new(members)?.try_into()
    }

    /// All members, in the order of their accounts.
    pub fn members(&self) -> &[Member] {
        &self.0
    }

    /// A member's votes; none for anybody else.
    pub fn power(&self, account: AccountId) -> Option<Power> {
        self.position(account).and_then(|i| self.0.get(i)).map(|m| m.power)
    }

    /// A member's place among all, from 0; none for anybody else.
    pub fn position(&self, account: AccountId) -> Option<usize> {
        self.0.binary_search_by_key(&account, |m| m.account).ok()
    }

    /// Adds up the voting power of all members.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|m| m.power.get()).sum()
    }

    /// Whether these members, each counted once, hold more than two thirds of the power.
    pub fn is_quorum(&self, accounts: impl IntoIterator<Item = AccountId>) -> bool {
        self.sum(accounts).saturating_mul(3) > self.total().saturating_mul(2)
    }

    /// Whether these members, each counted once, hold more than one third of the power.
    pub fn is_third(&self, accounts: impl IntoIterator<Item = AccountId>) -> bool {
        self.sum(accounts).saturating_mul(3) > self.total()
    }

    /// Adds up the voting power of these members, each counted once.
    pub fn sum(&self, accounts: impl IntoIterator<Item = AccountId>) -> u64 {
        let distinct: std::collections::BTreeSet<_> = accounts.into_iter().collect();
        distinct.into_iter().filter_map(|a| self.power(a)).map(Power::get).sum()
    }

    /// The hash that headers name it by.
    pub fn hash(&self) -> CommitteeHash {
        let mut bytes = Vec::with_capacity(self.0.len() * 40);
        for member in self.members() {
            bytes.extend_from_slice(member.account.as_bytes());
            bytes.extend_from_slice(&member.power.get().to_le_bytes());
        }
        CommitteeHash::from_bytes(hash("dpgn committee v1", &[&bytes]))
    }
}

impl TryFrom<List<Member, COMMITTEE_MAX>> for Committee {
    type Error = CommitteeError;

    fn try_from(members: List<Member, COMMITTEE_MAX>) -> Result<Self, CommitteeError> {
        if members.is_empty() {
            return Err(CommitteeError::Empty);
        }
        if !members.is_sorted_by(|a, b| a.account < b.account) {
            return Err(CommitteeError::Order);
        }
        match members.iter().find(|m| m.power.get() == 0 || m.power.get() > POWER_MAX) {
            Some(member) => Err(CommitteeError::Power(member.account)),
            None => Ok(Self(members)),
        }
    }
}
