//! The reputation tracker: what became of awards, as a ledger remembers it.
//!
//! Half of a reputation is the rate of success, three tenths the mean quality, two tenths the use of time. It decays by
//! epochs, and who is unknown has the prior ([`Reputation`]).

use crate::{
    rules::reputation::Reputation,
    state::{
        history::{History, Success},
        tree_map::TreeMap,
    },
};
use dpgn_protocol::{
    genesis::Params,
    ids::AccountId,
    units::{Credits, Epoch, Ppm},
};

/// A proof that was found valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrackedProof {
    /// The quality of the proof, as the caller judges it: three tenths of a reputation. A ledger takes it from the
    /// margin to the deadline, the size of the proof and its punctuality.
    pub quality: Ppm,
    /// The score for the time that it took, faster is more: two tenths of a reputation.
    pub time: Ppm,
    /// The share of the declared time that was kept: all if it was not later. It is told by
    /// [`ReputationTracker::reputation`], and changes no award here.
    pub punctuality: Ppm,
}

/// A tracker remembers as many provers as it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tracker remembers {max} provers, and no more")]
pub struct TrackerFull {
    /// The most provers that it remembers.
    pub max: usize,
}

/// What became of the awards of all provers.
#[derive(Clone, Debug)]
pub struct ReputationTracker {
    params: Params,
    histories: TreeMap<AccountId, History>,
    epoch: Epoch,
    provers_max: usize,
}

impl ReputationTracker {
    /// A tracker that remembers so many provers.
    pub fn new(provers_max: usize) -> Self {
        Self { params: Params::default(), histories: TreeMap::default(), epoch: Epoch::new(0), provers_max }
    }

    /// Enters a valid proof of a prover for a requester. It weighs what it cost the requester, in micro-credits of fees;
    /// one requester gives only so much weight.
    pub fn succeed(
        &mut self,
        prover: AccountId,
        requester: AccountId,
        weight: Credits,
        proof: TrackedProof,
    ) -> Result<(), TrackerFull> {
        let TrackedProof { quality, time, punctuality } = proof;
        let success = Success { quality, time, punctuality };
        self.enter(prover, |history, epoch, params| history.succeed(requester, weight, success, epoch, params))
    }

    /// Enters an award of a prover that came to nothing.
    pub fn fail(&mut self, prover: AccountId, requester: AccountId, weight: Credits) -> Result<(), TrackerFull> {
        self.enter(prover, |history, epoch, params| history.fail(requester, weight, epoch, params))
    }

    /// Begins the next epoch: what is past weighs less from here on.
    pub fn next_epoch(&mut self) {
        // An epoch of 64 bits never comes.
        self.epoch = Epoch::new(self.epoch.get().saturating_add(1));
    }

    /// The reputation of a prover with every term; the prior if nothing is known.
    pub fn reputation(&self, prover: AccountId) -> Reputation {
        let newcomer = History::default();
        let history = self.histories.get(&prover).unwrap_or(&newcomer);
        Reputation::of(&history.means(self.epoch, &self.params), &self.params)
    }

    fn enter(
        &mut self,
        prover: AccountId,
        enter: impl FnOnce(&mut History, Epoch, &Params),
    ) -> Result<(), TrackerFull> {
        if !self.histories.contains_key(&prover) && self.histories.len() >= self.provers_max {
            return Err(TrackerFull { max: self.provers_max });
        }
        enter(self.histories.get_or_insert_with(prover, History::default), self.epoch, &self.params);
        Ok(())
    }
}
