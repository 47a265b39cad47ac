//! Quests: one bid's search of a shelf for the best asks.
//!
//! The ledger and the [standalone auction](crate::standalone) search by this alone. A shelf knows the price, the
//! reputation and the expected time of an ask; what else decides is asked of a judge.

use super::score::Weights;
use crate::state::{
    bounded_tree::BoundedTree,
    shelf::{Direction, Entry, Limits, Search},
};
use dpgn_protocol::units::{Credits, Ppm};

/// The asks that an auction names: the winner, and the runner-up.
pub(crate) const NAMED: usize = 2;

/// What one bid looks for on a shelf.
pub(crate) struct Quest {
    pub(crate) weights: Weights,
    /// The most that the bid pays.
    pub(crate) payable: Credits,
    /// The going price on the shelf; zero if there is none.
    pub(crate) going: Credits,
    pub(crate) limits: Limits,
    /// The bit of the bid's circuit: among equals, asks that hold it built come first. Zero if that does not count.
    pub(crate) warm: u64,
}

impl Quest {
    /// The effective reward of the bid; `None` if no ask on the shelf can be awarded it.
    pub(crate) fn effective<T>(
        &self,
        asks: &BoundedTree<Entry>,
        judge: impl Fn(&Entry) -> Option<T>,
    ) -> Option<Credits> {
        let effective = |lowest| self.weights.effective(self.payable, lowest, self.going);
        // The lowest eligible price is not below the lowest of all: often that settles it.
        let least = effective(asks.price_min()?);
        if least == effective(self.limits.price_max) {
            return Some(least);
        }
        let cheapest = asks.cheapest(self.limits).find(|entry| judge(entry).is_some());
        cheapest.map(|cheapest| effective(cheapest.key.price))
    }

    fn direction(&self, effective: Credits) -> Direction {
        Direction {
            reputation: i128::from(self.weights.reputation.get()) * i128::from(effective.get()),
            price: i128::from(self.weights.price.get()) * i128::from(Ppm::ONE.get()),
        }
    }

    /// The best ask, if all are eligible.
    pub(crate) fn best<'a>(&self, asks: &'a BoundedTree<Entry>, effective: Credits) -> Option<&'a Entry> {
        asks.best(self.direction(effective), self.limits)
    }

    /// What the judge says of the best two asks, and of those that may be as good and hold the circuit built.
    pub(crate) fn best_two<T: Copy>(
        &self,
        asks: &BoundedTree<Entry>,
        effective: Credits,
        judge: impl Fn(&Entry) -> Option<T>,
        is_warm: impl Fn(&T) -> bool,
    ) -> Vec<T> {
        let direction = self.direction(effective);
        let search = Search { direction, limits: self.limits, least: None, most: NAMED };
        let best: Vec<(&Entry, T)> = search.run(asks, &judge).collect();
        let mut named: Vec<T> = best.iter().map(|(_, terms)| *terms).collect();
        // A shelf knows the warm by a bit alone, which some circuits share.
        if let Some((last, _)) = best.get(NAMED - 1).filter(|_| self.warm != 0) {
            let least = Some((direction.value_of(last), last.key.reputation));
            let equals = Search { limits: Limits { warm: self.warm, ..self.limits }, least, ..search };
            named.extend(equals.run(asks, |entry| judge(entry).filter(&is_warm)).map(|(_, terms)| terms));
        }
        named
    }
}
