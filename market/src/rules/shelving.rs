//! Shelving: keeps the shelves of the book in order, and finds the best two asks for a bid on its shelf.
//!
//! What is found is what [`Ledger::scan`] gives, which looks at every ask; debug builds compare the two each time.
//!
//! An ask lies on a shelf while its guarantor has the least collateral of an award; those without room lie apart. What is
//! judged only when the ask is found, so that those are walked over which it rules out:
//!
//! | judged when found | asks walked over by one look |
//! |---|---|
//! | the bid's deny list | 64, and the bid pays for the bytes of each |
//! | the bid's past | its awards that came to nothing |
//! | the ask is new, or has had its share of the block | what one block asks and awards |
//! | its guarantor has less than the shelf takes it for to have | one for each guarantor, then the shelf knows better |

use super::{
    auction::{Found, Lack, Ranking},
    eligibility::{Ineligible, Shares, order},
    obstacle::{Obstacle, Relief},
    quest::Quest,
    score::Weights,
};
use crate::state::{
    award::Terms,
    ledger::Ledger,
    rates::Rates,
    shelf::{Entry, Key, Limits, Place, Placed, Shelf, Stakes, warm_bit},
    task::Task,
    waiting::Reach,
};
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Millis},
};
use std::cell::{Cell, RefCell};

/// An ask at one place.
pub(crate) struct Offered {
    entry: Entry,
    /// Whether its prover has room for an award.
    has_room: bool,
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

    /// Whether its prover has room for an award.
    pub(crate) const fn has_room(&self) -> bool {
        self.has_room
    }

    const fn placed(&self) -> Placed {
        Placed { entry: self.entry, has_room: self.has_room }
    }

    /// The account that puts up its collateral.
    pub(crate) const fn guarantor(&self) -> AccountId {
        self.entry.guarantor
    }
}

/// One bid's look at its shelf: what the rules say of the asks that are found, and what it has taught of guarantors.
struct Look<'a> {
    ledger: &'a Ledger,
    task: &'a Task,
    shares: &'a Shares,
    stakes: Stakes,
    lack: RefCell<Lack>,
    judged: Cell<usize>,
}

impl<'a> Look<'a> {
    fn new(ledger: &'a Ledger, task: &'a Task, shares: &'a Shares, stakes: Stakes) -> Self {
        Self { ledger, task, shares, stakes, lack: RefCell::default(), judged: Cell::default() }
    }

    /// The terms of an ask, or why it cannot be awarded the bid; `None` if its guarantor is known to lack collateral.
    fn judge(&self, entry: &Entry) -> Option<Result<Terms, Ineligible>> {
        let known = self.lack.borrow().balances.get(&entry.guarantor).copied();
        if known.is_some_and(|balance| balance < self.stakes.of(entry.declared)) {
            return None;
        }
        // A walk over all asks counts them: no sum saturates.
        self.judged.set(self.judged.get().saturating_add(1));
        let terms =
            self.ledger.evaluate(self.task, entry.key.prover, self.ledger.book.get(entry.key.prover)?, self.shares);
        if let Err(Ineligible::Collateral { available, .. }) = terms {
            let mut lack = self.lack.borrow_mut();
            lack.balances.insert(entry.guarantor, available);
            lack.first.push((entry.key.prover, available));
        }
        Some(terms)
    }

    fn found(self, ranking: Ranking) -> Found {
        Found { ranking, lack: self.lack.into_inner(), judged: self.judged.get() }
    }
}

impl Ledger {
    /// Brings all shelves up to date, and makes the one that a bid needs.
    pub(crate) fn shelve(&mut self, place: Option<Place>) {
        for guarantor in self.book.shelves.take_moved() {
            if !self.book.shelves.is_in_place(guarantor, self.balance(guarantor)) {
                self.book.shelves.forget_needs(guarantor);
                self.evictions.guaranteed_by(guarantor).for_each(|prover| self.book.shelves.touch(prover));
            }
        }
        for prover in self.book.shelves.take_touched() {
            let places: Vec<Place> = self.book.shelves.iter().map(|(place, _)| *place).collect();
            for place in places {
                let offered = self.offer(&place, prover);
                self.book.shelves.put(&place, prover, offered.as_ref().map(Offered::placed));
            }
            self.book.shelves.refresh(prover);
        }
        if let Some(place) = place.filter(|place| self.book.shelves.get(place).is_none()) {
            let provers: Vec<AccountId> = self.book.builders_of(&place).collect();
            let mut shelf = Shelf::default();
            for prover in provers {
                shelf.put(prover, self.offer(&place, prover).as_ref().map(Offered::placed));
            }
            self.book.shelves.add(place, shelf);
        }
    }

    /// The ask of a prover at a place, if it can be awarded anything there once it has room; notes with which balances that
    /// stays so.
    pub(crate) fn offer(&mut self, place: &Place, prover: AccountId) -> Option<Offered> {
        let offered = self.offered(place, prover)?;
        let guarantor = offered.entry.guarantor;
        self.book.shelves.note_need(guarantor, self.balance(guarantor), offered.need);
        Some(offered).filter(Offered::is_able)
    }

    /// The ask of a prover at a place; `None` if it sells nothing there, or puts up too little.
    fn offered(&self, place: &Place, prover: AccountId) -> Option<Offered> {
        let standing = self.book.get(prover)?;
        let ask = &standing.ask;
        let (price, declared) =
            (standing.price(place.level, place.degree)?, standing.declared(place.level, place.degree)?);
        if !self.book.sells(prover, place) {
            return None;
        }
        let reputation = self.standing_reputation(prover, standing);
        let (guarantor, need) = (standing.guarantor, self.least_collateral(price, &reputation));
        let balance = self.balance(guarantor);
        let queue = self.queue_of(prover);
        let entry = Entry {
            key: Key { price, reputation: reputation.value, asked: standing.since, prover },
            proven: reputation.proven(standing.queued(declared, queue)),
            idle_until: standing.idle_until(queue),
            warm: ask.warm.iter().fold(0, |bits, circuit| bits | warm_bit(circuit)),
            declared,
            guarantor,
            able: ask.collateral_max.min(self.book.shelves.able(guarantor, balance)),
            room: u32::from(ask.capacity).saturating_sub(self.awards_held(prover)),
        };
        let (has_room, able) = (entry.room > 0, ask.collateral_max.min(balance));
        (need <= ask.collateral_max).then_some(Offered { entry, has_room, need, able })
    }

    /// What an ask offers at a place, as sleeping bids can be searched by it.
    pub(crate) fn reach(&self, place: &Place, offered: &Offered) -> Reach {
        let Offered { entry, able, .. } = *offered;
        let going = self.rates.get(place.level, place.degree);
        let displaced = going.map_or(Credits::ZERO, |going| going.displaced(entry.declared));
        Reach {
            price: entry.key.price,
            reputation: entry.key.reputation,
            done: self.time().after(entry.proven),
            turn_done: self.clock.wall(entry.turn_done()).after(self.params.idle_interval),
            collateral: able,
            // An award displaces the reward at most.
            reward_max: if displaced <= able { Credits::MAX } else { able },
        }
    }

    /// The best two asks for a bid, found on its shelf; `None` if it has to be looked for otherwise.
    pub(crate) fn find(&self, task: &Task, shares: &Shares) -> Option<Found> {
        let shelf = self.book.shelves.get(&Place::of_task(task))?;
        let Some(limits) = self.limits(task) else { return Some(Found::default()) };
        let look = Look::new(self, task, shares, limits.stakes);
        let quest = Quest {
            weights: Weights::of(&self.params),
            payable: task.payable(),
            going: limits.stakes.going.map_or(Credits::ZERO, |rate| rate.price),
            limits,
            warm: warm_bit(&task.bid.circuit),
        };
        let judge = |entry: &Entry| look.judge(entry)?.ok();
        let mut best: Vec<Terms> = Vec::new();
        if let Some(effective) = quest.effective(shelf.tree(), judge) {
            let named = quest.best_two(shelf.tree(), effective, judge, |terms| terms.warm);
            best.extend(named.into_iter().map(|terms| self.scored(terms, effective)));
        }
        best.sort_by(|a, b| order(&self.params, a, b));
        best.dedup_by_key(|terms| terms.prover);
        let mut best = best.into_iter();
        Some(look.found(Ranking { best: best.next(), second: best.next() }))
    }

    /// Whether an ask would serve a bid that holds as many awards as it can, and lacks nothing else; with what the look has
    /// taught of guarantors.
    pub(crate) fn lacks_room(&self, task: &Task) -> (bool, Found) {
        let shares = Shares::default();
        let (limits, named) = (self.limits(task), &task.bid.allow);
        let look = Look::new(self, task, &shares, self.stakes(task));
        let is_full = |prover, terms: Result<Terms, Ineligible>| {
            // One that holds nothing has an ask that counts from the next block, and is not busy.
            let relief = terms.err().map(|why| Obstacle::of(why, task).relief());
            relief == Some(Relief::Room) && self.find_account(prover).is_some_and(|account| !account.awards.is_empty())
        };
        let lacks = if named.is_empty() {
            let near = self.book.shelves.get(&Place::of_task(task)).zip(limits);
            let mut near = near.into_iter().flat_map(|(shelf, limits)| shelf.full().cheapest(limits));
            near.any(|entry| look.judge(entry).is_some_and(|terms| is_full(entry.key.prover, terms)))
        } else {
            let standing = |prover: &AccountId| Some((*prover, self.book.get(*prover)?));
            let mut asks = named.iter().filter_map(standing);
            asks.any(|(prover, standing)| is_full(prover, self.evaluate(task, prover, standing, &shares)))
        };
        (lacks, look.found(Ranking::default()))
    }

    /// What an ask must keep to serve a bid, as far as a shelf knows; `None` if none can.
    fn limits(&self, task: &Task) -> Option<Limits> {
        let left = task.bid.deadline.since(self.time()).get();
        Some(Limits {
            price_max: task.payable(),
            reputation_min: task.bid.reputation_min,
            proven_max: Millis::new(left.checked_sub(task.overhead(&self.params).get())?),
            turn_done_max: self.clock.moment(task.bid.deadline).before(self.params.idle_interval),
            warm: 0,
            stakes: self.stakes(task),
        })
    }

    /// The provers at a place whose asks had too little collateral for what an award displaced by the going rates of
    /// before, and may have enough by those of now.
    pub(crate) fn relieved_at(&self, place: &Place, before: &Rates) -> Vec<AccountId> {
        let [Some(was), Some(is)] = [before, &self.rates].map(|rates| rates.get(place.level, place.degree)) else {
            return Vec::new();
        };
        if was == is {
            return Vec::new();
        }
        let Some(shelf) = self.book.shelves.get(place) else { return self.book.builders_of(place).collect() };
        let is_relieved = |entry: &&Entry| {
            let needs = is.displaced(entry.declared);
            entry.able >= needs && {
                let able = entry.able.min(self.balance(entry.guarantor));
                (needs..was.displaced(entry.declared)).contains(&able)
            }
        };
        shelf.tree().iter().filter(is_relieved).map(|entry| entry.key.prover).collect()
    }

    /// Whether every shelf is what it would be if it were made anew.
    pub(crate) fn is_shelved(&self) -> bool {
        self.book.shelves.iter().all(|(place, shelf)| {
            let lies = |prover: AccountId| {
                let offered = self.offered(place, prover).filter(Offered::is_able);
                match (offered, shelf.get(prover)) {
                    (Some(new), Some(old)) => {
                        let entry = Entry { able: old.entry.able, ..new.entry };
                        Placed { entry, has_room: new.has_room } == *old && entry.able >= new.able
                    }
                    (new, old) => new.is_none() && old.is_none(),
                }
            };
            let on_it = self.book.iter().filter(|(prover, _)| shelf.get(*prover).is_some()).count();
            self.book.iter().all(|(prover, _)| lies(prover)) && on_it == shelf.len()
        })
    }
}
