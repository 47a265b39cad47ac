//! An election as it stands: who may be elected and who not, what counts for whom, and who would take the seats now.

use crate::{
    rules::election::Candidacy,
    state::{ledger::Ledger, unlocking::Unlocking},
};
use dpgn_protocol::{
    council::WordKind,
    ids::AccountId,
    sign::Unverified,
    units::{Credits, Epoch, Height, Power, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, collections::BTreeSet};

/// The election at the end of the epoch of the last block, as it would be decided now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElectionTold {
    /// The epoch of the last block.
    pub epoch: Epoch,
    /// The last height of that epoch: after its block the committee changes.
    pub border: Height,
    /// The number of seats.
    pub seats: u32,
    /// With fewer eligible candidates than this the incumbents stay.
    pub committee_min: u32,
    /// The number of eligible candidates.
    pub eligible: u32,
    /// Whether the committee would stay as it is, since there are too few candidates.
    pub incumbents_stay: bool,
    /// All candidates and all members: those for whom most counts first, then by account.
    pub candidates: Vec<CandidateTold>,
    /// The members in office that can each halt the network alone: they have more than a third of the power.
    pub halts: Vec<AccountId>,
    /// The members in office that decide alone what happens: they have more than two thirds of the power.
    pub rules: Vec<AccountId>,
}

/// A candidate, or a member that is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateTold {
    /// The account of the candidate.
    pub account: AccountId,
    /// Its own bond, in micro-credits.
    pub bond: Credits,
    /// What others have locked on it, in micro-credits.
    pub stake: Credits,
    /// What of both counts: at most a multiple of the bond, in micro-credits.
    pub counted: Credits,
    /// What of its bond it has taken back and is not free yet, in micro-credits: evidence still burns it.
    pub unbonding: Credits,
    /// The first epoch and the time at whose end all of that is free; `None` if there is nothing, or as long as the account is
    /// in office.
    pub free_at: Option<(Epoch, Timestamp)>,
    /// Whether it may be elected, and if not why not.
    pub candidacy: Candidacy,
    /// Its power in office; `None` if it has no seat.
    pub power: Option<Power>,
    /// The power that it would have if the epoch ended now; `None` if it would have no seat.
    pub expected: Option<Power>,
}

/// What an account has locked on candidates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StakesTold {
    /// The stake on each candidate, in micro-credits, by account.
    pub votes: Vec<(AccountId, Credits)>,
    /// What it has taken back and is not free yet, in micro-credits.
    pub unlocking: Credits,
    /// The first epoch and the time at whose end all of that is free; `None` if there is nothing.
    pub free_at: Option<(Epoch, Timestamp)>,
}

impl Ledger {
    /// Tells how the election at the end of this epoch stands. It costs the number of candidates.
    pub fn election(&self) -> ElectionTold {
        let absent = self.tenure.absent(&self.committee);
        let (contest, next) = (self.contest(&absent), self.elect(&absent));
        let incumbents_stay = contest.decide().is_none();
        let members = self.committee.members().iter().map(|member| member.account);
        let accounts: BTreeSet<AccountId> = self.stakes.candidates().keys().copied().chain(members.clone()).collect();
        let told = |account: AccountId| {
            let unbonding = self.stakes.candidate(account).map(|candidate| candidate.unbonding());
            CandidateTold {
                account,
                bond: self.stakes.bond(account),
                stake: self.stakes.stake_on(account),
                counted: self.counted_stake(account),
                unbonding: unbonding.map_or(Credits::ZERO, Unlocking::amount),
                free_at: unbonding
                    .filter(|_| self.committee.power(account).is_none())
                    .and_then(|unbonding| unbonding.free_at(&self.params)),
                candidacy: self.candidacy(account, &absent),
                power: self.committee.power(account),
                expected: next.power(account),
            }
        };
        let mut candidates: Vec<CandidateTold> = accounts.into_iter().map(told).collect();
        candidates.sort_by_key(|candidate| (Reverse(candidate.counted), candidate.account));
        ElectionTold {
            epoch: self.epoch(),
            border: Height::new(self.height().get().saturating_sub(1)).next_border(self.params.epoch_blocks),
            seats: self.params.seats,
            committee_min: self.params.committee_min,
            eligible: u32::try_from(contest.runners.len()).unwrap_or(u32::MAX),
            incumbents_stay,
            candidates,
            halts: members.clone().filter(|account| self.committee.is_third([*account])).collect(),
            rules: members.filter(|account| self.committee.is_quorum([*account])).collect(),
        }
    }

    /// Whether an account has the bond of a candidate and has not said in this epoch that it stands.
    pub fn may_stand(&self, account: AccountId) -> bool {
        let candidate = self.stakes.candidate(account).filter(|candidate| candidate.bond() >= self.params.bond_min);
        candidate.is_some_and(|candidate| !candidate.stands_in(self.epoch()))
    }

    /// Whether two words of one account would burn what it has at stake now.
    pub fn can_slash(&self, kind: WordKind, first: &Unverified, second: &Unverified) -> bool {
        self.plan_evidence(kind, first, second).is_ok()
    }

    /// Tells what an account has locked on candidates; `None` if nothing.
    pub fn stakes_of(&self, account: AccountId) -> Option<StakesTold> {
        let staker = self.stakes.staker(account)?;
        Some(StakesTold {
            votes: staker.votes().collect(),
            unlocking: staker.unlocking().amount(),
            free_at: staker.unlocking().free_at(&self.params),
        })
    }
}
