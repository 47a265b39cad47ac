//! The reputation tracker: what became of awards, as a ledger remembers it.
//!
//! Half of a reputation is the rate of success, three tenths the mean quality, two tenths the use of time. It decays by
//! epochs, and who is unknown has the prior ([`Reputation`]). [`ReputationConfig`] has the numbers.
//!
//! What must never happen: a prover that is forgotten because another came. Whose past is dropped is the caller's to say.

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
    /// The quality of the proof, as the caller judges it: three tenths of a reputation by default. A ledger takes it from the
    /// margin to the deadline, the size of the proof and its punctuality.
    pub quality: Ppm,
    /// The score for the time that it took, faster is more: two tenths of a reputation by default.
    pub time: Ppm,
    /// The share of the declared time that was kept: all if it was not later. It is told by
    /// [`ReputationTracker::reputation`], and changes no award here.
    pub punctuality: Ppm,
}

/// The numbers of a reputation; by default those of a network.
///
/// ```text
/// own   = Σ weight · (0.5 success + 0.3 quality + 0.2 time) / Σ weight
/// value = (prior · prior_weight + own · Σ weight) / (prior_weight + Σ weight)
/// ```
/// A weight is a number of micro-credits: what was burned for an outcome. It counts beside `prior_weight` alone, so an
/// application without fees gives each outcome the weight that it means. Mind `requester_weight_max`: by default one
/// requester alone lifts no prover above (0.1 · 10,000 + 1 · 2,500) / 12,500 = 0.28, however much it buys, and four
/// requesters none above (0.1 · 10,000 + 1 · 10,000) / 20,000 = 0.55. That is so against requesters that are the prover
/// itself. Where it cannot be, since all requesters are known, a higher limit loses nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReputationConfig {
    /// The weight of the share of successes; 0.5 by default. This, `quality_weight` and `time_weight` are one together.
    pub success_weight: Ppm,
    /// The weight of the mean quality, to which a failure adds zero; 0.3 by default.
    pub quality_weight: Ppm,
    /// The weight of the mean score for time, to which a failure adds zero; 0.2 by default.
    pub time_weight: Ppm,
    /// The reputation of who is unknown; 0.1 by default, which is below whoever has succeeded once and failed once.
    pub prior: Ppm,
    /// The weight of the prior: after outcomes of this weight a reputation is half its own; 10,000 by default.
    pub prior_weight: Credits,
    /// The most weight that one requester gives a prover, for good and once more for bad, after decay; 2,500 by default.
    /// A ledger takes at most a quarter of `prior_weight` here; a tracker takes any number.
    pub requester_weight_max: Credits,
    /// The share of every weight that is left after an epoch; 0.99 by default, by which half is left after 69 epochs.
    pub epoch_keep: Ppm,
}

impl Default for ReputationConfig {
    /// The numbers of a network, as its genesis has them unless it says otherwise.
    fn default() -> Self {
        let params = Params::default();
        Self {
            success_weight: params.success_weight,
            quality_weight: params.quality_weight,
            time_weight: params.time_weight,
            prior: params.reputation_prior,
            prior_weight: params.prior_weight,
            requester_weight_max: params.counterparty_weight_max,
            epoch_keep: params.epoch_keep,
        }
    }
}

/// Why there is no tracker with these numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReputationConfigError {
    /// The weights of success, quality and time are not a whole.
    #[error("the weights of success, quality and time add up to {got} parts per million, and must to {}", Ppm::ONE)]
    Weights {
        /// The sum of the three weights, in parts per million.
        got: u64,
    },
    /// A share is more than the whole.
    #[error("{what} must be at most {}, it is {got}", Ppm::ONE)]
    TooLarge {
        /// The name of the share.
        what: &'static str,
        /// The share that was given.
        got: Ppm,
    },
}

/// The tracker has no room for a prover more.
///
/// Nobody gives way by itself, or new names would wash a bad past away: [`ReputationTracker::forget`] makes room, and
/// [`ReputationTracker::provers`] says whose past weighs least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tracker remembers {max} provers, and no more until one is forgotten")]
pub struct TrackerFull {
    /// The most provers that it remembers.
    pub max: usize,
}

/// What became of the awards of all provers.
///
/// Each outcome is entered with a requester and a weight. The weight is what was burned for the award, in micro-credits: a
/// ledger takes half of the fees of its bid. One requester gives a prover a limited weight, and a prover's 64 heaviest
/// requesters are told apart; [`ReputationConfig`] has the limits, and says what one requester alone can do.
#[derive(Clone, Debug)]
pub struct ReputationTracker {
    params: Params,
    histories: TreeMap<AccountId, History>,
    epoch: Epoch,
    provers_max: usize,
}

impl ReputationTracker {
    /// A tracker that remembers so many provers, by the numbers of a network.
    pub fn new(provers_max: usize) -> Self {
        Self { params: Params::default(), histories: TreeMap::default(), epoch: Epoch::new(0), provers_max }
    }

    /// A tracker that remembers so many provers, by numbers of one's own.
    pub fn with_config(provers_max: usize, config: ReputationConfig) -> Result<Self, ReputationConfigError> {
        let ReputationConfig { success_weight, quality_weight, time_weight, .. } = config;
        let got = [success_weight, quality_weight, time_weight].iter().map(|weight| u64::from(weight.get())).sum();
        if got != u64::from(Ppm::ONE.get()) {
            return Err(ReputationConfigError::Weights { got });
        }
        let ReputationConfig { prior: reputation_prior, prior_weight, requester_weight_max, epoch_keep, .. } = config;
        let shares = [("prior", reputation_prior), ("epoch_keep", epoch_keep)];
        if let Some(&(what, got)) = shares.iter().find(|(_, share)| *share > Ppm::ONE) {
            return Err(ReputationConfigError::TooLarge { what, got });
        }
        let params = Params {
            success_weight,
            quality_weight,
            time_weight,
            reputation_prior,
            prior_weight,
            counterparty_weight_max: requester_weight_max,
            epoch_keep,
            ..Params::default()
        };
        Ok(Self { params, ..Self::new(provers_max) })
    }

    /// Enters a valid proof of a prover for a requester, with the weight of the award.
    ///
    /// What a requester gives for good beyond its limit changes nothing.
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

    /// Enters an award of a prover that came to nothing by the prover's fault, with the weight that its success would have had.
    ///
    /// What a requester gives for bad beyond its limit changes nothing; it has that limit beside the one for good.
    pub fn fail(&mut self, prover: AccountId, requester: AccountId, weight: Credits) -> Result<(), TrackerFull> {
        self.enter(prover, |history, epoch, params| history.fail(requester, weight, epoch, params))
    }

    /// Begins the next epoch: what is past weighs less from here on.
    pub fn next_epoch(&mut self) {
        // An epoch of 64 bits never comes.
        self.epoch = Epoch::new(self.epoch.get().saturating_add(1));
    }

    /// Forgets a prover, and returns the reputation that it had; `None` if nothing was known of it.
    ///
    /// It is a newcomer from here on: a bad past is gone as well, so forget whoever has left, or whose past weighs least.
    pub fn forget(&mut self, prover: AccountId) -> Option<Reputation> {
        let history = self.histories.remove(&prover)?;
        Some(self.reputation_by(&history))
    }

    /// The provers of which anything is known, by id, with their reputations. Each has the weight of its past.
    pub fn provers(&self) -> impl Iterator<Item = (AccountId, Reputation)> {
        self.histories.iter().map(|(&prover, history)| (prover, self.reputation_by(history)))
    }

    /// The reputation of a prover with every term; the prior if nothing is known.
    pub fn reputation(&self, prover: AccountId) -> Reputation {
        let newcomer = History::default();
        self.reputation_by(self.histories.get(&prover).unwrap_or(&newcomer))
    }

    fn reputation_by(&self, history: &History) -> Reputation {
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
