//! Reputation: 0.5 success + 0.3 quality + 0.2 time, in parts per million, decaying by epochs.
//!
//! Each outcome weighs as much as the fee that was paid for it and never comes back, and one counterparty
//! gives only so much weight: tasks between one owner's accounts buy little, and cost it. A failure is an
//! outcome of success, quality and time zero. The genesis' prior weighs in like outcomes worth
//! `prior_weight`:
//!
//! ```text
//! own   = Σ weight · (0.5 success + 0.3 quality + 0.2 time) / Σ weight
//! value = (prior · prior_weight + own · Σ weight) / (prior_weight + Σ weight)
//! ```
//! The prior lies so low that one success and one failure of the same weight are worth more than a new
//! account.

use dpgn_protocol::{
    genesis::Params,
    ids::AccountId,
    units::{Credits, Epoch, Millis, Ppm},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What became of a prover's awards: decaying sums, each in units of weight.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct History {
    /// As of when the sums have decayed.
    epoch: Epoch,
    weight: u64,
    success: u64,
    quality: u64,
    time: u64,
    /// How far the prover kept the time it declared.
    word: u64,
    from: BTreeMap<AccountId, Share>,
}

/// The weight that one counterparty has given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Share {
    good: u64,
    bad: u64,
}

/// What is remembered of counterparties one by one. The lightest is forgotten first.
const COUNTERPARTIES_MAX: usize = 64;

/// A proof that was found good.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Success {
    pub(crate) quality: Ppm,
    pub(crate) time: Ppm,
    pub(crate) word: Ppm,
}

/// A reputation with every term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reputation {
    /// The reputation itself.
    pub value: Ppm,
    /// Share of successes.
    pub success: Ppm,
    /// Mean quality.
    pub quality: Ppm,
    /// Mean time score.
    pub time: Ppm,
    /// Mean share of the declared time kept, the prior counting as kept.
    pub word: Ppm,
    /// How much the outcomes weigh together.
    pub weight: Credits,
    /// What a newcomer has.
    pub prior: Ppm,
    /// How much that weighs.
    pub prior_weight: Credits,
}

impl Reputation {
    /// How long this prover is expected to take for what it declares.
    pub(crate) fn proven(&self, declared: Millis) -> Millis {
        let scaled = u128::from(declared.get()) * u128::from(Ppm::ONE.get());
        let proven = scaled.div_ceil(u128::from(self.word.get().max(1)));
        Millis::new(u64::try_from(proven).unwrap_or(u64::MAX))
    }
}

impl History {
    /// The reputation in this epoch.
    pub(crate) fn reputation(&self, epoch: Epoch, params: &Params) -> Reputation {
        let left = Decay::over(self.epoch, epoch, params);
        let weight = left.of(self.weight);
        let mean = |sum: u64| if weight == 0 { Ppm::new(0) } else { Ppm::ratio(left.of(sum), weight) };
        let (success, quality, time) = (mean(self.success), mean(self.quality), mean(self.time));
        let own = u64::from(params.success_weight.get()) * u64::from(success.get())
            + u64::from(params.quality_weight.get()) * u64::from(quality.get())
            + u64::from(params.time_weight.get()) * u64::from(time.get());
        let own = Ppm::ratio(own / u64::from(Ppm::ONE.get()), u64::from(Ppm::ONE.get()));
        let prior_weight = params.prior_weight.get();
        Reputation {
            value: blend(params.reputation_prior, prior_weight, own, weight),
            success,
            quality,
            time,
            word: blend(Ppm::ONE, prior_weight, mean(self.word), weight),
            weight: Credits::new(weight),
            prior: params.reputation_prior,
            prior_weight: params.prior_weight,
        }
    }

    /// Enters a proof that was found good.
    pub(crate) fn succeed(&mut self, with: AccountId, fee: Credits, success: Success, now: Epoch, params: &Params) {
        self.decay(now, params);
        let share = self.from.entry(with).or_default();
        let weight = fee.get().min(params.counterparty_weight_max.get().saturating_sub(share.good));
        share.good = share.good.saturating_add(weight);
        self.weight = self.weight.saturating_add(weight);
        self.success = self.success.saturating_add(weight);
        self.quality = self.quality.saturating_add(part(weight, success.quality));
        self.time = self.time.saturating_add(part(weight, success.time));
        self.word = self.word.saturating_add(part(weight, success.word));
        self.forget();
    }

    /// Enters an award that came to nothing by the prover's fault.
    pub(crate) fn fail(&mut self, with: AccountId, fee: Credits, now: Epoch, params: &Params) {
        self.decay(now, params);
        let share = self.from.entry(with).or_default();
        let weight = fee.get().min(params.counterparty_weight_max.get().saturating_sub(share.bad));
        share.bad = share.bad.saturating_add(weight);
        self.weight = self.weight.saturating_add(weight);
        self.forget();
    }

    fn decay(&mut self, now: Epoch, params: &Params) {
        let left = Decay::over(self.epoch, now, params);
        for sum in [&mut self.weight, &mut self.success, &mut self.quality, &mut self.time, &mut self.word] {
            *sum = left.of(*sum);
        }
        for share in self.from.values_mut() {
            *share = Share { good: left.of(share.good), bad: left.of(share.bad) };
        }
        self.from.retain(|_, share| *share != Share::default());
        self.epoch = now;
    }

    fn forget(&mut self) {
        while self.from.len() > COUNTERPARTIES_MAX {
            let lightest = self.from.iter().min_by_key(|(_, s)| s.good.saturating_add(s.bad)).map(|(&a, _)| a);
            lightest.and_then(|a| self.from.remove(&a));
        }
    }
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

fn part(weight: u64, share: Ppm) -> u64 {
    let part = u128::from(weight) * u128::from(share.get()) / u128::from(Ppm::ONE.get());
    u64::try_from(part).unwrap_or(u64::MAX)
}

/// What is left of a weight after some epochs.
struct Decay(Ppm);

impl Decay {
    fn over(from: Epoch, to: Epoch, params: &Params) -> Self {
        let mut epochs = to.get().saturating_sub(from.get());
        let (mut left, mut base) = (u64::from(Ppm::ONE.get()), u64::from(params.epoch_keep.get()));
        let one = u64::from(Ppm::ONE.get());
        while epochs > 0 {
            if epochs & 1 == 1 {
                left = left * base / one;
            }
            base = base * base / one;
            epochs >>= 1;
        }
        Self(Ppm::ratio(left, one))
    }

    fn of(&self, weight: u64) -> u64 {
        part(weight, self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Success = Success { quality: Ppm::new(500_000), time: Ppm::new(500_000), word: Ppm::ONE };

    fn account(n: u8) -> AccountId {
        AccountId::from_bytes([n; 32])
    }

    fn fee(n: u64) -> Credits {
        Credits::new(n)
    }

    #[test]
    fn success_raises_and_failure_lowers() {
        let (params, mut history, now) = (Params::default(), History::default(), Epoch::new(0));
        let newcomer = history.reputation(now, &params).value;
        assert_eq!(newcomer, params.reputation_prior);
        history.succeed(account(1), fee(10_000), GOOD, now, &params);
        let once = history.reputation(now, &params);
        // (0.2 · 10,000 + (0.5 + 0.3 · 0.5 + 0.2 · 0.5) · 10,000) / 20,000
        assert_eq!(once.value, Ppm::new(475_000));
        history.fail(account(2), fee(10_000), now, &params);
        let failed = history.reputation(now, &params).value;
        assert!(newcomer < failed && failed < once.value, "{newcomer} < {failed} < {}", once.value);
    }

    #[test]
    fn nobody_who_ever_succeeded_gains_by_a_new_name_after_one_failure() {
        let (params, now) = (Params::default(), Epoch::new(0));
        let nothing = Ppm::new(0);
        let barely = Success { quality: nothing, time: nothing, word: nothing };
        for weight in [0, 1, 99, 10_000, 100_000, u64::MAX] {
            let mut history = History::default();
            history.succeed(account(1), fee(weight), barely, now, &params);
            history.fail(account(2), fee(weight), now, &params);
            assert!(history.reputation(now, &params).value >= params.reputation_prior, "{weight}");
        }
    }

    #[test]
    fn one_counterparty_gives_only_so_much() {
        let (params, mut history, now) = (Params::default(), History::default(), Epoch::new(0));
        (0..1_000).for_each(|_| history.succeed(account(1), fee(10_000), GOOD, now, &params));
        assert_eq!(history.reputation(now, &params).weight, params.counterparty_weight_max);
        history.fail(account(1), fee(10_000), now, &params);
        let weight = history.reputation(now, &params).weight;
        assert_eq!(weight.get(), params.counterparty_weight_max.get() + 10_000, "failures have their own limit");
    }

    #[test]
    fn history_fades_towards_the_prior() {
        let (params, mut history) = (Params::default(), History::default());
        history.succeed(account(1), fee(100_000), GOOD, Epoch::new(0), &params);
        let values: Vec<_> =
            [0, 10, 100, 10_000, u64::MAX].map(|e| history.reputation(Epoch::new(e), &params).value).into();
        assert!(values.is_sorted_by(|a, b| a > b || *b == params.reputation_prior), "{values:?}");
        assert_eq!(values.last(), Some(&params.reputation_prior));
    }

    #[test]
    fn counterparties_are_bounded() {
        let (params, mut history) = (Params::default(), History::default());
        for n in 0..=255 {
            history.succeed(account(n), fee(10), GOOD, Epoch::new(0), &params);
        }
        assert_eq!(history.from.len(), COUNTERPARTIES_MAX);
    }

    #[test]
    fn who_breaks_its_word_is_expected_to_be_slow() {
        let (params, mut history, now) = (Params::default(), History::default(), Epoch::new(0));
        let declared = Millis::from_secs(10);
        assert_eq!(history.reputation(now, &params).proven(declared), declared);
        history.succeed(account(1), fee(10_000), Success { word: Ppm::new(500_000), ..GOOD }, now, &params);
        assert_eq!(history.reputation(now, &params).proven(declared), Millis::new(13_334));
    }
}
