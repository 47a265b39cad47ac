//! Shelving: keeps the shelves of the book in order, and finds the best two asks for a bid on its shelf.
//!
//! What is found is what [`Ledger::scan`] gives, which looks at every ask; debug builds compare the two each time.
//!
//! An ask lies on a shelf while it has room for an award. What its guarantor can put up, what the bid excludes and what
//! the block allows is judged when the ask is found; so asks that cannot be awarded for one of these are walked over.

use super::{
    auction::Ranking,
    eligibility::{Shares, order},
    score::Weights,
};
use crate::state::{
    award::Terms,
    ledger::Ledger,
    shelf::{Direction, Entry, Limits, Place, Shelf, warm_bit},
    task::Task,
};
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Ppm},
};

/// The terms that the auction names: those of the winner, and of the runner-up.
const NAMED: usize = 2;

impl Ledger {
    /// Brings all shelves up to date, and makes the one that a bid needs.
    pub(crate) fn shelve(&mut self, place: Option<Place>) {
        for prover in self.book.shelves.take_touched() {
            let places: Vec<Place> = self.book.shelves.iter().map(|(place, _)| *place).collect();
            for place in places {
                let entry = self.entry(&place, prover);
                self.book.shelves.put(&place, prover, entry);
            }
        }
        if let Some(place) = place.filter(|place| self.book.shelves.get(place).is_none()) {
            let shelf = self.shelf_anew(&place);
            self.book.shelves.add(place, shelf);
        }
    }

    fn shelf_anew(&self, place: &Place) -> Shelf {
        let mut shelf = Shelf::default();
        for (prover, _) in self.book.iter() {
            shelf.put(prover, self.entry(place, prover));
        }
        shelf
    }

    /// The place where a task's bid looks for asks.
    pub(crate) fn place_of(task: &Task) -> Place {
        Place::of(task.bid.level, task.degree, &task.bid.builder)
    }

    /// The entry of a prover on a shelf; `None` if its ask does not lie there.
    fn entry(&self, place: &Place, prover: AccountId) -> Option<Entry> {
        let standing = self.book.get(prover)?;
        let ask = &standing.ask;
        let (price, declared) =
            (standing.price(place.level, place.degree)?, standing.declared(place.level, place.degree)?);
        let sells = ask.degree_max >= place.degree && ask.builders.iter().any(|builder| place.has(builder));
        if !sells || self.free_capacity(prover) == 0 {
            return None;
        }
        let reputation = self.standing_reputation(prover, standing);
        let held = usize::from(ask.capacity.saturating_sub(self.free_capacity(prover)));
        Some(Entry {
            reputation: reputation.value,
            price,
            asked: standing.since,
            prover,
            proven: reputation.proven(standing.queued(declared, held)),
            warm: ask.warm.iter().fold(0, |bits, circuit| bits | warm_bit(circuit)),
        })
    }

    /// The best two asks for a bid, found on its shelf; `None` if it has to be looked for otherwise.
    pub(crate) fn find(&self, task: &Task, shares: &Shares) -> Option<Ranking> {
        let shelf = self.book.shelves.get(&Self::place_of(task)).filter(|_| task.bid.allow.is_empty())?;
        let judge = |entry: &Entry| self.evaluate(task, entry.prover, self.book.get(entry.prover)?, shares).ok();
        let Some(limits) = self.limits(task) else { return Some(Ranking::default()) };
        let Some(effective) = self.effective_on(shelf, task, limits, judge) else { return Some(Ranking::default()) };
        let weights = Weights::of(&self.params);
        let direction = Direction {
            reputation: i128::from(weights.reputation.get()) * i128::from(effective.get()),
            price: i128::from(weights.price.get()) * i128::from(Ppm::ONE.get()),
        };
        let terms = |entry: &Entry| Some((*entry, judge(entry)?));
        let mut best: Vec<(Entry, Terms)> = shelf.search(direction, limits).filter_map(&terms).take(NAMED).collect();
        // Among equals the warm come first, and a shelf knows them by a bit alone.
        if let Some((last, _)) = best.get(NAMED - 1).copied() {
            let key = |entry: &Entry| (direction.value_of(entry), entry.reputation);
            let limits = Limits { warm: warm_bit(&task.bid.circuit), ..limits };
            let equals = shelf.search(direction, limits).take_while(|entry| key(entry) >= key(&last));
            let warm: Vec<_> = equals.filter_map(terms).filter(|(_, t)| t.warm).take(NAMED).collect();
            best.extend(warm);
        }
        let mut best: Vec<Terms> = best.into_iter().map(|(_, terms)| self.scored(terms, effective)).collect();
        best.sort_by(|a, b| order(&self.params, a, b));
        best.dedup_by_key(|terms| terms.prover);
        let mut best = best.into_iter();
        Some(Ranking { best: best.next(), second: best.next() })
    }

    /// What an ask must keep to serve a bid, as far as a shelf knows; `None` if none can.
    fn limits(&self, task: &Task) -> Option<Limits> {
        let before = self.start_allowance(task).saturating_add(self.inputs_allowance(task));
        let before = before.saturating_add(self.params.idle_interval);
        let left = task.bid.deadline.since(self.time()).get();
        Some(Limits {
            price_max: task.payable(),
            reputation_min: task.bid.reputation_min,
            proven_max: dpgn_protocol::units::Millis::new(left.checked_sub(before.get())?),
            warm: 0,
        })
    }

    /// The effective reward of a bid; `None` if no ask on the shelf can be awarded it.
    fn effective_on(
        &self,
        shelf: &Shelf,
        task: &Task,
        limits: Limits,
        judge: impl Fn(&Entry) -> Option<Terms>,
    ) -> Option<Credits> {
        let going = self.rates.get(task.bid.level, task.degree).map_or(Credits::ZERO, |rate| rate.price);
        let effective = |lowest| Weights::of(&self.params).effective(task.payable(), lowest, going);
        // The lowest eligible price is not below the lowest of all: often that settles it.
        let least = effective(shelf.price_min()?);
        if least == effective(limits.price_max) {
            return Some(least);
        }
        let cheapest = shelf.search(Direction::CHEAPEST, limits).find_map(judge)?;
        Some(effective(cheapest.price))
    }

    /// Whether every shelf is what it would be if it were made anew.
    pub(crate) fn is_shelved(&self) -> bool {
        self.book.shelves.iter().all(|(place, shelf)| {
            let anew = self.shelf_anew(place);
            anew.len() == shelf.len() && self.book.iter().all(|(prover, _)| anew.get(prover) == shelf.get(prover))
        })
    }
}
