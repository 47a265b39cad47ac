//! Precommits that come after the decision: the engine has no use for them, but the next block shows by them who was
//! present.

use dpgn_protocol::{
    block::{Certificate, Vote},
    bounded::List,
    committee::Committee,
    ids::{AccountId, BlockHash},
    sign::{Signed, Unverified},
    units::Height,
};
use std::collections::BTreeMap;

/// A decision, and all votes for it that have come so far.
pub(super) struct Decision {
    pub(super) committee: Committee,
    pub(super) height: Height,
    pub(super) round: u32,
    pub(super) block: BlockHash,
    /// By account: as many as the committee has members at most.
    pub(super) votes: BTreeMap<AccountId, Unverified>,
}

impl Decision {
    /// Adds a member's vote for exactly this decision, unless it is there.
    pub(super) fn add(&mut self, vote: &Signed<Vote>) {
        let is_for_it = (vote.height, vote.round, vote.block) == (self.height, self.round, Some(self.block));
        if is_for_it && self.committee.power(vote.signer()).is_some() {
            self.votes.entry(vote.signer()).or_insert_with(|| vote.raw().clone());
        }
    }

    /// The certificate with all votes that have come; none only if they did not fit, which a committee's always do.
    pub(super) fn certificate(&self) -> Option<Certificate> {
        let votes = List::new(self.votes.values().cloned().collect()).ok()?;
        Some(Certificate { height: self.height, round: self.round, block: self.block, votes })
    }
}
