//! Reputation: 0.5 success + 0.3 quality + 0.2 time, in parts per million, decaying by epochs.
//!
//! A failure is an outcome of success, quality and time zero. The genesis' prior weighs in like outcomes worth
//! `prior_weight`:
//!
//! ```text
//! own   = Σ weight · (0.5 success + 0.3 quality + 0.2 time) / Σ weight
//! value = (prior · prior_weight + own · Σ weight) / (prior_weight + Σ weight)
//! ```
//! The prior lies so low that who has once served one counterparty well stays above a new account after a failure, and
//! after some more; only who has nothing to lose could gain by a new name, and that little.
//!
//! An outcome weighs what was burned for it, one of a challenge what was paid for it. One counterparty gives a quarter of the prior's weight at most, and tasks
//! between accounts that pay or guarantee for each other give none: a name takes many requesters, each of whom pays for
//! itself.

use crate::state::{
    award::Award,
    history::{History, Means},
    ledger::Ledger,
    task::Task,
};
use dpgn_protocol::{
    genesis::Params,
    ids::AccountId,
    units::{Credits, Epoch, Millis, Ppm},
};
use serde::{Deserialize, Serialize};

/// A prover's reputation with every term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reputation {
    /// The reputation in one number.
    pub value: Ppm,
    /// The share of successes among all outcomes, by weight.
    pub success: Ppm,
    /// The mean quality of deliveries; failures count as zero.
    pub quality: Ppm,
    /// The mean score for time; failures count as zero.
    pub time: Ppm,
    /// The mean share of the declared time that was kept; the prior counts as kept.
    pub punctuality: Ppm,
    /// What its own outcomes make: success, quality and time by the weights of these rules. Zero without outcomes.
    pub own: Ppm,
    /// The part of the reputation that outcomes have earned: without the prior, as if that were zero.
    pub earned: Ppm,
    /// The weight of all outcomes together, in micro-credits of burned fees.
    pub weight: Credits,
    /// The reputation of a newcomer.
    pub prior: Ppm,
    /// The weight of the prior, in micro-credits of burned fees.
    pub prior_weight: Credits,
}

impl Reputation {
    /// The reputation that these means make, under these rules.
    pub(crate) fn of(means: &Means, params: &Params) -> Self {
        let &Means { weight, success, quality, time, punctuality } = means;
        let own = u64::from(params.success_weight.get()) * u64::from(success.get())
            + u64::from(params.quality_weight.get()) * u64::from(quality.get())
            + u64::from(params.time_weight.get()) * u64::from(time.get());
        let own = Ppm::ratio(own / u64::from(Ppm::ONE.get()), u64::from(Ppm::ONE.get()));
        let prior_weight = params.prior_weight.get();
        Self {
            value: blend(params.reputation_prior, prior_weight, own, weight),
            earned: blend(Ppm::new(0), prior_weight, own, weight),
            success,
            quality,
            time,
            own,
            punctuality: blend(Ppm::ONE, prior_weight, punctuality, weight),
            weight: Credits::new(weight),
            prior: params.reputation_prior,
            prior_weight: params.prior_weight,
        }
    }

    /// The time that this prover is expected to take for what it declares.
    pub(crate) fn proven(&self, declared: Millis) -> Millis {
        let scaled = u128::from(declared.get()) * u128::from(Ppm::ONE.get());
        let proven = scaled.div_ceil(u128::from(self.punctuality.get().max(1)));
        Millis::new(u64::try_from(proven).unwrap_or(u64::MAX))
    }
}

impl Ledger {
    /// A prover's reputation with every term; that of a newcomer if the ledger does not know the account.
    pub fn reputation(&self, prover: AccountId) -> Reputation {
        self.reputation_in(prover, self.epoch())
    }

    /// A prover's reputation as it was in an epoch, or at its last outcome if that is later.
    pub(crate) fn reputation_in(&self, prover: AccountId, epoch: Epoch) -> Reputation {
        let newcomer = History::default();
        let history = self.find_account(prover).map_or(&newcomer, |a| &a.history);
        Reputation::of(&history.means(epoch, &self.params), &self.params)
    }
}

/// The weight of a task's outcome, in micro-credits: the half of its fees that was burned. That of a challenge is what is
/// paid for it, half of what such a proof costs: as much as its prover puts in, if it is as good as others.
pub(crate) fn weight_of(task: &Task) -> Credits {
    if task.is_challenge { task.bid.reward } else { Credits::new(task.fee.get() / 2) }
}

/// Whether those who buy and those who sell are the same as far as the ledger can see: the requester or the sponsor of
/// the bid is the prover or its guarantor. A late proof may be guaranteed by another than its award was: both count.
pub(crate) fn is_related(task: &Task, award: &Award) -> bool {
    let before = task.attempts.iter().map(|attempt| &attempt.award).filter(|ended| ended.number == award.number);
    let mut sellers = before.chain([award]).flat_map(|award| [award.prover, award.guarantor]);
    sellers.any(|seller| [task.requester, task.payer].contains(&seller))
}

/// `(a · wa + b · wb) / (wa + wb)`; `a` if nothing weighs.
fn blend(a: Ppm, wa: u64, b: Ppm, wb: u64) -> Ppm {
    let total = u128::from(wa) + u128::from(wb);
    if total == 0 {
        return a;
    }
    let sum = u128::from(a.get()) * u128::from(wa) + u128::from(b.get()) * u128::from(wb);
    Ppm::new(u32::try_from(sum / total).unwrap_or(u32::MAX).min(Ppm::ONE.get()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::history::Success;

    const GOOD: Success = Success { quality: Ppm::new(500_000), time: Ppm::new(500_000), punctuality: Ppm::ONE };

    fn account(n: u8) -> AccountId {
        AccountId::from_bytes([n; 32])
    }

    fn reputation(history: &History, epoch: Epoch, params: &Params) -> Reputation {
        Reputation::of(&history.means(epoch, params), params)
    }

    fn fee(n: u64) -> Credits {
        Credits::new(n)
    }

    #[test]
    fn success_raises_and_failure_lowers() {
        let (params, mut history, now) = (Params::default(), History::default(), Epoch::new(0));
        let newcomer = reputation(&history, now, &params).value;
        assert_eq!(newcomer, params.reputation_prior);
        history.succeed(account(1), fee(2_500), GOOD, now, &params);
        let once = reputation(&history, now, &params);
        // (0.1 · 10,000 + (0.5 + 0.3 · 0.5 + 0.2 · 0.5) · 2,500) / 12,500
        assert_eq!(once.value, Ppm::new(230_000));
        history.fail(account(2), fee(2_500), now, &params);
        let failed = reputation(&history, now, &params).value;
        assert!(newcomer < failed && failed < once.value, "{newcomer} < {failed} < {}", once.value);
    }

    #[test]
    fn nobody_who_ever_succeeded_gains_by_a_new_name_after_one_failure() {
        let (params, now) = (Params::default(), Epoch::new(0));
        let nothing = Ppm::new(0);
        let barely = Success { quality: nothing, time: nothing, punctuality: nothing };
        for weight in [0, 1, 99, 2_500, 100_000, u64::MAX] {
            let mut history = History::default();
            history.succeed(account(1), fee(weight), barely, now, &params);
            history.fail(account(2), fee(weight), now, &params);
            assert!(reputation(&history, now, &params).value >= params.reputation_prior, "{weight}");
        }
        // A quarter of what a counterparty can give outweighs the heaviest failure.
        let mut history = History::default();
        history.succeed(account(1), fee(625), barely, now, &params);
        history.fail(account(2), fee(u64::MAX), now, &params);
        assert!(reputation(&history, now, &params).value >= params.reputation_prior);
    }

    #[test]
    fn one_counterparty_gives_only_so_much() {
        let (params, mut history, now) = (Params::default(), History::default(), Epoch::new(0));
        (0..1_000).for_each(|_| history.succeed(account(1), fee(10_000), GOOD, now, &params));
        let weight = reputation(&history, now, &params).weight;
        assert_eq!((weight, weight.get() * 4), (params.counterparty_weight_max, params.prior_weight.get()));
        history.fail(account(1), fee(10_000), now, &params);
        let both = reputation(&history, now, &params).weight;
        assert_eq!(both.get(), 2 * weight.get(), "failures have their own limit");
    }

    #[test]
    fn history_fades_towards_the_prior() {
        let (params, mut history) = (Params::default(), History::default());
        history.succeed(account(1), fee(2_500), GOOD, Epoch::new(0), &params);
        let values: Vec<_> =
            [0, 10, 100, 10_000, u64::MAX].map(|e| reputation(&history, Epoch::new(e), &params).value).into();
        assert!(values.is_sorted_by(|a, b| a > b || *b == params.reputation_prior), "{values:?}");
        assert_eq!(values.last(), Some(&params.reputation_prior));
    }

    #[test]
    fn who_is_not_punctual_is_expected_to_be_slow() {
        let (params, mut history, now) = (Params::default(), History::default(), Epoch::new(0));
        let declared = Millis::from_secs(10);
        assert_eq!(reputation(&history, now, &params).proven(declared), declared);
        history.succeed(account(1), fee(10_000), Success { punctuality: Ppm::new(500_000), ..GOOD }, now, &params);
        assert_eq!(reputation(&history, now, &params).proven(declared), Millis::new(11_112));
    }
}
