//! The score of an ask for a bid: exact signed integers, so rounding never decides.
//!
//! ```text
//! effective = min(reward, spread · max(lowest eligible price, going price))
//! score     = w_p · (1 − price / effective) + w_r · reputation
//! ```
//! The effective reward is in the score alone: whoever asks more than that is scored below zero for its price, and
//! still serves the bid if nobody is better. So an ask that nobody means, at price 0, shuts nobody out.
//!
//! Bound: let `low` be the lowest eligible price. A winner at price `p` scores at least as much as the ask at `low`, and
//! reputations differ by one at most, so `w_p · (p − low) <= w_r · effective`, which gives
//!
//! ```text
//! p <= low + spread · w_r / w_p · max(low, going price)
//! ```
//! With the usual rules, weights 0.7 and 0.3 and a spread of 4, that is at most 2.72 times the larger of the two.

use dpgn_protocol::{
    genesis::Params,
    units::{Credits, Ppm},
};

/// The weights of price and reputation in a score, and how far above the lowest price an effective reward may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weights {
    /// The weight of the price; more than zero, or nothing would bound the price of a winner.
    pub(crate) price: Ppm,
    /// The weight of the reputation.
    pub(crate) reputation: Ppm,
    /// The effective reward is at most this many times the larger of lowest and going price.
    pub(crate) spread: u64,
}

impl Weights {
    /// The weights that these rules name.
    pub(crate) fn of(params: &Params) -> Self {
        Self { price: params.price_weight, reputation: params.reputation_weight, spread: params.price_spread_max }
    }

    /// The reward that scores are measured by; at least one micro-credit.
    pub(crate) fn effective(&self, reward: Credits, lowest: Credits, going: Credits) -> Credits {
        // A product of more than 64 bits is more than any reward.
        let most = lowest.max(going).get().max(1).saturating_mul(self.spread);
        Credits::new(reward.get().min(most).max(1))
    }

    /// The score, times the effective reward, in units of 10⁻¹² micro-credits. The asks for one bid are compared by it.
    pub(crate) fn exact(&self, effective: Credits, price: Credits, reputation: Ppm) -> i128 {
        let (for_price, for_reputation) = self.exact_parts(effective, price, reputation);
        for_price + for_reputation
    }

    fn exact_parts(&self, effective: Credits, price: Credits, reputation: Ppm) -> (i128, i128) {
        // Each product is below 2^104: no amount is more than 64 bits, no weight or reputation more than a million.
        let saving = i128::from(effective.get()) - i128::from(price.get());
        let for_price = i128::from(self.price.get()) * i128::from(Ppm::ONE.get()) * saving;
        let for_reputation =
            i128::from(self.reputation.get()) * i128::from(reputation.get()) * i128::from(effective.get());
        (for_price, for_reputation)
    }

    /// The parts of the score for people, in millionths, each rounded down: for the price, and for the reputation.
    pub(crate) fn parts(&self, effective: Credits, price: Credits, reputation: Ppm) -> (i64, i64) {
        let whole = i128::from(effective.get().max(1)) * i128::from(Ppm::ONE.get());
        let shown = |part: i128| i64::try_from(part.div_euclid(whole)).unwrap_or(i64::MIN);
        let (for_price, for_reputation) = self.exact_parts(effective, price, reputation);
        (shown(for_price), shown(for_reputation))
    }

    /// The score for people, rounded down; zero if it is below.
    pub(crate) fn shown(&self, effective: Credits, price: Credits, reputation: Ppm) -> Ppm {
        let whole = i128::from(effective.get().max(1)) * i128::from(Ppm::ONE.get());
        let score = self.exact(effective, price, reputation) / whole;
        Ppm::new(u32::try_from(score.max(0)).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Weights = Weights { price: Ppm::new(700_000), reputation: Ppm::new(300_000), spread: 4 };

    #[test]
    fn a_price_above_the_effective_reward_counts_against_its_ask() {
        let score = |price| USUAL.exact(Credits::new(100), Credits::new(price), Ppm::new(500_000));
        assert_eq!(score(0), (700_000 + 150_000) * 100_000_000);
        assert_eq!(score(100), 150_000 * 100_000_000);
        assert_eq!(score(200), (150_000 - 700_000) * 100_000_000);
        assert_eq!(USUAL.shown(Credits::new(100), Credits::new(200), Ppm::new(500_000)), Ppm::new(0));
        let most = Credits::new(u64::MAX);
        assert!(USUAL.exact(most, Credits::ZERO, Ppm::ONE) > 0 && USUAL.exact(Credits::new(1), most, Ppm::ONE) < 0);
    }

    /// The largest price at which the best name there is wins against the worst one at `low`.
    #[test]
    fn a_name_is_worth_a_bounded_multiple_of_the_lowest_or_the_going_price() {
        for (low, going) in [(1_000_000, 0), (1_000_000, 1_000_000), (0, 1_000_000), (250_000, 1_000_000)] {
            let effective = USUAL.effective(Credits::new(u64::MAX), Credits::new(low), Credits::new(going));
            let score = |price, reputation| USUAL.exact(effective, Credits::new(price), Ppm::new(reputation));
            let wins = |price| score(price, 1_000_000) >= score(low, 0);
            let most = (low..).step_by(1_000).take_while(|price| wins(*price)).last().unwrap();
            println!("lowest {low}, going {going}: the best name wins at up to {most}");
            assert!(most <= low + 4 * 3 * low.max(going) / 7, "{most}");
            assert!(most + 1_000 > low + 4 * 3 * low.max(going) / 7, "and the bound is tight: {most}");
        }
    }
}
