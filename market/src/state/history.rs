//! What became of a prover's awards, as sums that decay by epochs. Reputation is computed from them.
//!
//! Each outcome weighs as much as was burned for it, which never comes back. One counterparty gives only so much weight, for good and for bad: tasks between one owner's accounts buy little, and cost it.

use dpgn_protocol::{
    genesis::Params,
    ids::AccountId,
    units::{Credits, Epoch, Ppm},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The outcomes of a prover's awards: decaying sums, each in units of weight (micro-credits of fees).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct History {
    /// The epoch up to which the sums have decayed.
    epoch: Epoch,
    weight: u64,
    success: u64,
    quality: u64,
    time: u64,
    /// The weighted sum of the shares of declared time that the prover kept.
    punctuality: u64,
    from: BTreeMap<AccountId, Share>,
}

/// The weight that one counterparty has given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Share {
    good: u64,
    bad: u64,
}

/// The number of counterparties that are remembered one by one. The lightest is forgotten first.
const COUNTERPARTIES_MAX: usize = 64;

/// The scores of a proof that was found valid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Success {
    pub(crate) quality: Ppm,
    pub(crate) time: Ppm,
    pub(crate) punctuality: Ppm,
}

/// The weighted means of all outcomes, decayed to some epoch. All are zero if nothing weighs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Means {
    /// The weight of all outcomes together.
    pub(crate) weight: u64,
    pub(crate) success: Ppm,
    pub(crate) quality: Ppm,
    pub(crate) time: Ppm,
    pub(crate) punctuality: Ppm,
}

impl History {
    /// The means as of this epoch.
    pub(crate) fn means(&self, epoch: Epoch, params: &Params) -> Means {
        let left = Decay::over(self.epoch, epoch, params);
        let weight = left.of(self.weight);
        let mean = |sum: u64| if weight == 0 { Ppm::new(0) } else { Ppm::ratio(left.of(sum), weight) };
        Means {
            weight,
            success: mean(self.success),
            quality: mean(self.quality),
            time: mean(self.time),
            punctuality: mean(self.punctuality),
        }
    }

    /// The epoch of the last outcome.
    pub(crate) fn last(&self) -> Epoch {
        self.epoch
    }

    /// The weight that each remembered counterparty gives as of this epoch, for good and for bad, by account.
    pub(crate) fn counterparties(&self, epoch: Epoch, params: &Params) -> Vec<(AccountId, Credits, Credits)> {
        let left = Decay::over(self.epoch, epoch, params);
        let of = |weight| Credits::new(left.of(weight));
        self.from.iter().map(|(&account, share)| (account, of(share.good), of(share.bad))).collect()
    }

    /// The weight for good that one counterparty gives as of this epoch.
    pub(crate) fn given_by(&self, with: AccountId, epoch: Epoch, params: &Params) -> Credits {
        let good = self.from.get(&with).map_or(0, |share| share.good);
        Credits::new(Decay::over(self.epoch, epoch, params).of(good))
    }

    /// Enters a proof that was found valid.
    pub(crate) fn succeed(&mut self, with: AccountId, fee: Credits, success: Success, now: Epoch, params: &Params) {
        self.decay(now, params);
        let share = self.from.entry(with).or_default();
        let weight = room(params, share.good, fee);
        add(&mut share.good, weight);
        add(&mut self.weight, weight);
        add(&mut self.success, weight);
        add(&mut self.quality, part(weight, success.quality));
        add(&mut self.time, part(weight, success.time));
        add(&mut self.punctuality, part(weight, success.punctuality));
        self.forget();
    }

    /// Enters an award that came to nothing by the prover's fault.
    pub(crate) fn fail(&mut self, with: AccountId, fee: Credits, now: Epoch, params: &Params) {
        self.decay(now, params);
        let share = self.from.entry(with).or_default();
        let weight = room(params, share.bad, fee);
        add(&mut share.bad, weight);
        add(&mut self.weight, weight);
        self.forget();
    }

    fn decay(&mut self, now: Epoch, params: &Params) {
        let left = Decay::over(self.epoch, now, params);
        for sum in [&mut self.weight, &mut self.success, &mut self.quality, &mut self.time, &mut self.punctuality] {
            *sum = left.of(*sum);
        }
        for share in self.from.values_mut() {
            *share = Share { good: left.of(share.good), bad: left.of(share.bad) };
        }
        self.from.retain(|_, share| *share != Share::default());
        self.epoch = now;
    }

    fn forget(&mut self) {
        // Saturated sums only tie for the heaviest, and the heaviest is never forgotten.
        let weight = |share: &Share| share.good.saturating_add(share.bad);
        while self.from.len() > COUNTERPARTIES_MAX {
            let lightest = self.from.iter().min_by_key(|(_, share)| weight(share)).map(|(&account, _)| account);
            lightest.and_then(|account| self.from.remove(&account));
        }
    }
}

/// The weight that a fee gives: less if the counterparty has given most of what it may, nothing if all.
fn room(params: &Params, given: u64, fee: Credits) -> u64 {
    // Who has given too much, under rules that allowed more, gives nothing.
    fee.get().min(params.counterparty_weight_max.get().saturating_sub(given))
}

/// Adds a weight to a sum. These are no credits: nobody can spend them. A sum that no longer fits stays at the
/// largest number, and a mean over it stays at most one.
fn add(sum: &mut u64, weight: u64) {
    *sum = sum.saturating_add(weight);
}

/// The share of a weight, rounded down.
fn part(weight: u64, share: Ppm) -> u64 {
    let part = u128::from(weight) * u128::from(share.get()) / u128::from(Ppm::ONE.get());
    u64::try_from(part).unwrap_or(u64::MAX)
}

/// The share of a weight that is left after some epochs.
struct Decay(Ppm);

impl Decay {
    fn over(from: Epoch, to: Epoch, params: &Params) -> Self {
        // Nothing has decayed yet in an epoch before the first outcome.
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

    #[test]
    fn counterparties_are_bounded() {
        let (params, mut history) = (Params::default(), History::default());
        let success = Success { quality: Ppm::ONE, time: Ppm::ONE, punctuality: Ppm::ONE };
        for n in 0..=255 {
            history.succeed(AccountId::from_bytes([n; 32]), Credits::new(10), success, Epoch::new(0), &params);
        }
        assert_eq!(history.from.len(), COUNTERPARTIES_MAX);
    }
}
