//! Going rates: what a proof on each shelf of the book costs, and how long it takes, by what was settled there.
//!
//! They answer decoys, asks that nobody means: what an award displaces is measured by what others were paid, and not
//! by what the ask itself says. One settlement moves a rate a little, so nobody sets one alone and at once.

use dpgn_protocol::units::{Credits, Degree, Level, Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The going rate of a shelf: exponentially weighted means over the proofs settled on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoingRate {
    /// The mean price, in micro-credits.
    pub price: Credits,
    /// The mean time: what the prover declared, or what it took if that is longer.
    pub time: Millis,
}

/// The part of its difference to a new number by which a mean moves: one in so many.
const INERTIA: u64 = 16;

/// The going rates of all shelves on which anything was settled. Levels and degrees are few, and so are these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rates(BTreeMap<(Level, Degree), GoingRate>);

impl Rates {
    /// Enters a settlement: the first one makes the rate, each later one moves it.
    pub(crate) fn settle(&mut self, level: Level, degree: Degree, price: Credits, time: Millis) {
        let rate = self.0.entry((level, degree)).or_insert(GoingRate { price, time });
        rate.price = Credits::new(moved(rate.price.get(), price.get()));
        rate.time = Millis::new(moved(rate.time.get(), time.get()));
    }

    /// The going rate of a shelf. Of one on which nothing was settled yet, it is that of the nearest degree of the
    /// level, in proportion to the rows; `None` if nothing of the level was ever settled.
    pub(crate) fn get(&self, level: Level, degree: Degree) -> Option<GoingRate> {
        let below = self.0.range((level, Degree::MIN)..=(level, degree)).next_back();
        let above = self.0.range((level, degree)..=(level, Degree::MAX)).next();
        let distance = |&(&(_, at), _): &(&(Level, Degree), &GoingRate)| at.get().abs_diff(degree.get());
        let (&(_, nearest), rate) = below.into_iter().chain(above).min_by_key(distance)?;
        let scaled = |number: u64| {
            let rows = u128::from(number) * u128::from(degree.rows());
            u64::try_from(rows.div_ceil(u128::from(nearest.rows()))).unwrap_or(u64::MAX)
        };
        Some(GoingRate { price: Credits::new(scaled(rate.price.get())), time: Millis::new(scaled(rate.time.get())) })
    }
}

impl GoingRate {
    /// The micro-credits that holding a task for this long displaces: the price, and more if it takes longer than usual.
    pub(crate) fn displaced(&self, time: Millis) -> Credits {
        let usual = self.time.get().max(1);
        let displaced = u128::from(self.price.get()) * u128::from(time.get().max(usual));
        // More than 64 bits hold is more than any reward.
        Credits::new(u64::try_from(displaced.div_ceil(u128::from(usual))).unwrap_or(u64::MAX))
    }
}

/// A mean after one more number: moved by a part of the difference, at least by one, and at most to its double.
fn moved(mean: u64, number: u64) -> u64 {
    let step = mean.abs_diff(number).div_ceil(INERTIA);
    // The step down is at most a part of the mean.
    if number < mean { mean.saturating_sub(step) } else { mean.saturating_add(step.min(mean.max(1))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level() -> Level {
        Level::new(1).unwrap()
    }

    fn degree(n: u8) -> Degree {
        Degree::new(n).unwrap()
    }

    fn settle(rates: &mut Rates, at: u8, price: u64) -> u64 {
        rates.settle(level(), degree(at), Credits::new(price), Millis::new(price));
        rates.get(level(), degree(at)).unwrap().price.get()
    }

    #[test]
    fn one_settlement_at_most_doubles_a_rate() {
        let mut rates = Rates::default();
        assert_eq!(rates.get(level(), degree(12)), None);
        assert_eq!(settle(&mut rates, 12, 4_000), 4_000, "the first makes it");
        assert_eq!(settle(&mut rates, 12, 20_000), 5_000, "a sixteenth of the difference");
        assert_eq!(settle(&mut rates, 12, u64::MAX), 10_000, "no more than the double");
        assert_eq!(settle(&mut rates, 12, 0), 9_375);
        let down = (0..).take_while(|_| settle(&mut rates, 12, 0) > 0).count();
        println!("after {down} settlements for nothing the rate is nothing");
        assert!((100..200).contains(&down));
        assert_eq!([1, 2, 3].map(|_| settle(&mut rates, 12, 1_000)), [1, 2, 4], "and it finds back");
    }

    #[test]
    fn a_shelf_without_a_rate_has_that_of_its_neighbour() {
        let mut rates = Rates::default();
        settle(&mut rates, 12, 4_000);
        settle(&mut rates, 20, 1_000_000);
        let price = |at| rates.get(level(), degree(at)).unwrap().price.get();
        assert_eq!([11, 14, 16, 24].map(price), [2_000, 16_000, 64_000, 16_000_000]);
        assert_eq!(rates.get(Level::new(2).unwrap(), degree(12)), None);
    }

    #[test]
    fn holding_a_task_longer_displaces_more() {
        let rate = GoingRate { price: Credits::new(4_000), time: Millis::new(1_000) };
        let displaced = |ms| rate.displaced(Millis::new(ms)).get();
        assert_eq!([0, 1_000, 1_500, 10_000].map(displaced), [4_000, 4_000, 6_000, 40_000]);
        assert_eq!(displaced(u64::MAX), u64::MAX);
    }
}
