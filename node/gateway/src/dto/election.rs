//! The election at the end of an epoch, and what accounts have locked for it.

use super::time::at;
use dpgn_market::{Candidacy, CandidateTold, ElectionTold, StakesTold};
use serde::Serialize;
use utoipa::ToSchema;

/// The election at the end of the epoch of the last block, as it would be decided now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Election {
    /// The epoch of the last block.
    epoch: u64,
    /// The last height of that epoch: after its block the committee changes.
    border: u64,
    /// The number of seats.
    seats: u32,
    /// With fewer eligible candidates than this the incumbents stay.
    committee_min: u32,
    /// The number of eligible candidates.
    eligible: u32,
    /// Whether the committee would stay as it is, since there are too few candidates.
    incumbents_stay: bool,
    /// All candidates and all members: those for whom most counts first, then by account.
    candidates: Vec<CandidateRow>,
    /// The members in office that can each halt the network alone.
    halts: Vec<String>,
    /// The members in office that decide alone what happens.
    rules: Vec<String>,
}

/// A candidate for the committee, or a member that is none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CandidateRow {
    /// The account of the candidate.
    account: String,
    /// Its own bond, in micro-credits.
    bond: u64,
    /// What others have locked on it, in micro-credits.
    stake: u64,
    /// What of both counts, in micro-credits.
    counted: u64,
    /// What of its bond it has taken back and is not free yet, in micro-credits.
    unbonding: u64,
    /// The first epoch at whose end all of that is free; null if there is nothing, or as long as the account is in office.
    #[schema(required)]
    free_epoch: Option<u64>,
    /// The time before which it is not free; null with it.
    #[schema(required)]
    free_at: Option<String>,
    /// Its power in office; null if it has no seat.
    #[schema(required)]
    power: Option<u64>,
    /// The power that it would have if the epoch ended now; null if it would have no seat.
    #[schema(required)]
    expected: Option<u64>,
    /// Whether it may be elected, `eligible`, and if not why not: `silent`, `no_bond`, `absent` or `slashed`.
    #[schema(value_type = String)]
    candidacy: Candidacy,
}

/// What an account has locked on candidates.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StakesRow {
    /// The stake on each candidate, by account.
    votes: Vec<VoteRow>,
    /// What it has taken back and is not free yet, in micro-credits.
    unlocking: u64,
    /// The first epoch at whose end all of that is free; null if there is nothing.
    #[schema(required)]
    free_epoch: Option<u64>,
    /// The time before which it is not free; null with it.
    #[schema(required)]
    free_at: Option<String>,
}

/// The stake on one candidate.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoteRow {
    /// The account of the candidate.
    candidate: String,
    /// The stake in micro-credits.
    stake: u64,
}

impl From<ElectionTold> for Election {
    fn from(told: ElectionTold) -> Self {
        Self {
            epoch: told.epoch.get(),
            border: told.border.get(),
            seats: told.seats,
            committee_min: told.committee_min,
            eligible: told.eligible,
            incumbents_stay: told.incumbents_stay,
            candidates: told.candidates.into_iter().map(CandidateRow::from).collect(),
            halts: told.halts.iter().map(ToString::to_string).collect(),
            rules: told.rules.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<CandidateTold> for CandidateRow {
    fn from(candidate: CandidateTold) -> Self {
        Self {
            account: candidate.account.to_string(),
            bond: candidate.bond.get(),
            stake: candidate.stake.get(),
            counted: candidate.counted.get(),
            unbonding: candidate.unbonding.get(),
            free_epoch: candidate.free_at.map(|(epoch, _)| epoch.get()),
            free_at: candidate.free_at.map(|(_, time)| at(time)),
            power: candidate.power.map(|power| power.get()),
            expected: candidate.expected.map(|power| power.get()),
            candidacy: candidate.candidacy,
        }
    }
}

impl From<StakesTold> for StakesRow {
    fn from(told: StakesTold) -> Self {
        let vote = |(candidate, stake): (dpgn_protocol::ids::AccountId, dpgn_protocol::units::Credits)| VoteRow {
            candidate: candidate.to_string(),
            stake: stake.get(),
        };
        Self {
            votes: told.votes.into_iter().map(vote).collect(),
            unlocking: told.unlocking.get(),
            free_epoch: told.free_at.map(|(epoch, _)| epoch.get()),
            free_at: told.free_at.map(|(_, time)| at(time)),
        }
    }
}
