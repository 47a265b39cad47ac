//! Shelving: keeps the shelves of the book in order, and finds the best two asks for a bid on its shelf.
//!
//! What is found is what [`Ledger::scan`] gives, which looks at every ask; debug builds compare the two each time.
//!
//! An ask lies on a shelf while it has room for an award and its guarantor has the least collateral of one. What a bid
//! excludes, what more collateral it needs and what the block allows is judged when the ask is found; so asks that cannot
//! be awarded for one of these are walked over.

use super::{
    auction::Ranking,
    eligibility::{Ineligible, Shares, order},
    quest::Quest,
    score::Weights,
};
use crate::state::{
    award::Terms,
    ledger::Ledger,
    shelf::{Direction, Entry, Limits, Place, Shelf, warm_bit},
    task::Task,
    waiting::Reach,
};
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Millis},
};

/// An ask at one place, with room for an award.
pub(crate) struct Offered {
    entry: Entry,
    declared: Millis,
    guarantor: AccountId,
    /// The least collateral of an award there.
    need: Credits,
    /// The most collateral that is there for one award.
    able: Credits,
}

impl Offered {
    /// Whether the ask lies on the shelf: its guarantor has the least collateral of an award.
    const fn is_able(&self) -> bool {
        self.able.get() >= self.need.get()
    }
}

impl Ledger {
    /// Brings all shelves up to date, and makes the one that a bid needs.
    pub(crate) fn shelve(&mut self, place: Option<Place>) {
        for guarantor in self.book.shelves.take_moved() {
            if self.book.shelves.is_in_place(guarantor, self.balance(guarantor)) {
                self.book.shelves.note_stir(guarantor);
            } else {
                self.book.shelves.forget_needs(guarantor);
                self.evictions.guaranteed_by(guarantor).for_each(|prover| self.book.shelves.touch(prover));
            }
        }
        for prover in self.book.shelves.take_touched() {
            let places: Vec<Place> = self.book.shelves.iter().map(|(place, _)| *place).collect();
            for place in places {
                let offered = self.offer(&place, prover);
                self.book.shelves.put(&place, prover, offered.map(|offered| offered.entry));
            }
            self.book.shelves.refresh(prover);
        }
        if let Some(place) = place.filter(|place| self.book.shelves.get(place).is_none()) {
            let provers: Vec<AccountId> = self.book.iter().map(|(prover, _)| prover).collect();
            let mut shelf = Shelf::default();
            for prover in provers {
                shelf.put(prover, self.offer(&place, prover).map(|offered| offered.entry));
            }
            self.book.shelves.add(place, shelf);
        }
    }

    /// The ask of a prover at a place, if it can be awarded anything there; notes with which balances that stays so.
    pub(crate) fn offer(&mut self, place: &Place, prover: AccountId) -> Option<Offered> {
        let offered = self.offered(place, prover)?;
        let balance = self.balance(offered.guarantor);
        self.book.shelves.note_need(offered.guarantor, balance, offered.need);
        Some(offered).filter(Offered::is_able)
    }

    /// The ask of a prover at a place; `None` if it sells nothing there, has no room, or puts up too little.
    fn offered(&self, place: &Place, prover: AccountId) -> Option<Offered> {
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
        let entry = Entry {
            reputation: reputation.value,
            price,
            asked: standing.since,
            prover,
            proven: reputation.proven(standing.queued(declared, held)),
            warm: ask.warm.iter().fold(0, |bits, circuit| bits | warm_bit(circuit)),
        };
        let (guarantor, need) = (standing.guarantor, self.least_collateral(price, &reputation));
        let able = ask.collateral_max.min(self.balance(guarantor));
        (need <= ask.collateral_max).then_some(Offered { entry, declared, guarantor, need, able })
    }

    /// What an ask offers at a place, as sleeping bids can be searched by it.
    pub(crate) fn reach(&self, place: &Place, offered: &Offered) -> Reach {
        let Offered { entry, declared, able, .. } = *offered;
        let displaced =
            self.rates.get(place.level, place.degree).map_or(Credits::ZERO, |going| going.displaced(declared));
        Reach {
            price: entry.price,
            reputation: entry.reputation,
            done: self.time().after(entry.proven),
            collateral: able,
            // An award displaces the reward at most.
            reward_max: if displaced <= able { Credits::MAX } else { able },
        }
    }

    /// The provers whose asks lack nothing but collateral for a bid.
    pub(crate) fn short_for(&self, task: &Task, shares: &Shares) -> Vec<AccountId> {
        let lacks = |prover: &AccountId| {
            let standing = self.book.get(*prover);
            let terms = standing.map(|standing| self.evaluate(task, *prover, standing, shares));
            matches!(terms, Some(Err(Ineligible::Collateral { .. } | Ineligible::CollateralMax { .. })))
        };
        if !task.bid.allow.is_empty() {
            return task.bid.allow.iter().copied().filter(lacks).collect();
        }
        let (shelf, limits) = (self.book.shelves.get(&Place::of_task(task)), self.limits(task));
        let near = shelf.zip(limits).map(|(shelf, limits)| shelf.tree().search(Direction::CHEAPEST, limits));
        near.into_iter().flatten().map(|entry| entry.prover).filter(lacks).collect()
    }

    /// The best two asks for a bid, found on its shelf; `None` if it has to be looked for otherwise.
    pub(crate) fn find(&self, task: &Task, shares: &Shares) -> Option<Ranking> {
        let shelf = self.book.shelves.get(&Place::of_task(task))?;
        let judge = |entry: &Entry| self.evaluate(task, entry.prover, self.book.get(entry.prover)?, shares).ok();
        let Some(limits) = self.limits(task) else { return Some(Ranking::default()) };
        let quest = Quest {
            weights: Weights::of(&self.params),
            payable: task.payable(),
            going: self.rates.get(task.bid.level, task.degree).map_or(Credits::ZERO, |rate| rate.price),
            limits,
            warm: warm_bit(&task.bid.circuit),
        };
        let Some(effective) = quest.effective(shelf.tree(), judge) else { return Some(Ranking::default()) };
        let best = quest.best_two(shelf.tree(), effective, judge, |terms| terms.warm);
        let mut best: Vec<Terms> = best.into_iter().map(|terms| self.scored(terms, effective)).collect();
        best.sort_by(|a, b| order(&self.params, a, b));
        best.dedup_by_key(|terms| terms.prover);
        let mut best = best.into_iter();
        Some(Ranking { best: best.next(), second: best.next() })
    }

    /// What an ask must keep to serve a bid, as far as a shelf knows; `None` if none can.
    fn limits(&self, task: &Task) -> Option<Limits> {
        let left = task.bid.deadline.since(self.time()).get();
        Some(Limits {
            price_max: task.payable(),
            reputation_min: task.bid.reputation_min,
            proven_max: Millis::new(left.checked_sub(task.overhead(&self.params).get())?),
            warm: 0,
        })
    }

    /// Whether every shelf is what it would be if it were made anew.
    pub(crate) fn is_shelved(&self) -> bool {
        self.book.shelves.iter().all(|(place, shelf)| {
            let entry = |prover| self.offered(place, prover).filter(Offered::is_able).map(|offered| offered.entry);
            let lies = |prover| entry(prover).as_ref() == shelf.get(prover);
            let on_it = self.book.iter().filter(|(prover, _)| shelf.get(*prover).is_some()).count();
            self.book.iter().all(|(prover, _)| lies(prover)) && on_it == shelf.len()
        })
    }
}
