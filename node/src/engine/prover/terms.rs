//! Terms: what this node sells now. They follow from its owner's prices, and from who makes the proofs: its own workers, or
//! agents in their place.

use crate::engine::{Holds, Selling, Workforce};
use dpgn_protocol::{
    bounded::List,
    ops::{Ask, Offer},
    units::{Degree, Level, Millis},
};

/// The terms of a prover, and what they follow from.
#[derive(Clone)]
pub(super) struct Terms {
    /// The ask on the node's own workers; expiry and warm circuits are filled in whenever it is sent.
    own: Ask,
    /// The proofs that they make at once.
    own_workers: u16,
    /// The largest circuits that they hold.
    holds: Holds,
    /// The agents that prove in their place; absent if there are none.
    agents: Option<Workforce>,
    /// Whether nothing is sold but what agents ask for.
    agents_only: bool,
    /// Whether nothing more is to be sold, since the node is about to stop.
    drains: bool,
    /// The ask as it follows from these.
    now: Ask,
}

impl Terms {
    pub(super) fn new(selling: &Selling) -> Self {
        let own = Ask { lanes: selling.workers.max(1), ..selling.terms.clone() };
        let &Selling { workers: own_workers, holds, agents_only, .. } = selling;
        let mut terms = Self { now: own.clone(), own, own_workers, holds, agents: None, agents_only, drains: false };
        terms.follow();
        terms
    }

    /// The ask that is to stand. Its capacity is 0 while nothing is sold.
    pub(super) const fn ask(&self) -> &Ask {
        &self.now
    }

    /// The owner's own terms, whoever makes the proofs.
    pub(super) const fn own(&self) -> &Ask {
        &self.own
    }

    /// The owner's terms from now on.
    pub(super) fn reprice(&mut self, own: Ask) {
        self.own = own;
        self.follow();
    }

    /// Who makes the proofs from now on.
    pub(super) fn lend(&mut self, agents: Option<Workforce>) {
        self.agents = agents;
        self.follow();
    }

    /// Nothing is sold from now on.
    pub(super) fn drain(&mut self) {
        self.drains = true;
        self.follow();
    }

    /// Whether nothing more is to be sold.
    pub(super) const fn drains(&self) -> bool {
        self.drains
    }

    /// Whether what is sold changes as agents come and go.
    pub(super) const fn is_lent(&self) -> bool {
        self.agents.is_some() && !self.drains
    }

    /// Proofs that are made at once. The own workers stay: they make what was awarded before agents have gone.
    pub(super) fn workers(&self) -> u16 {
        self.agents
            .as_ref()
            .map_or(self.own_workers, |agents| agents.lanes.min(self.own.capacity).max(self.own_workers))
    }

    /// Proofs that the own workers make at once.
    pub(super) const fn own_workers(&self) -> u16 {
        self.own_workers
    }

    /// The time that an own worker takes for a proof, as the owner declares it; absent if it makes none such.
    pub(super) fn own_time(&self, level: Level, degree: Degree) -> Option<Millis> {
        let most = self.holds.of(level)?.min(self.own.degree_max);
        let offer = self.own.offers.iter().find(|offer| offer.level == level && degree <= most)?;
        Some(Millis::new(degree.rows().saturating_mul(1_000).div_ceil(u64::from(offer.rows_per_second.max(1)))))
    }

    fn follow(&mut self) {
        if self.drains || (self.agents_only && self.agents.is_none()) {
            self.now = Ask { capacity: 0, ..self.own.clone() };
            return;
        }
        // Whoever proves, this node builds each circuit before it binds itself.
        let held = self.holds.limit(&self.own);
        let Some(agents) = &self.agents else {
            self.now = held;
            return;
        };
        let offers: Vec<Offer> = held.offers.iter().filter_map(|offer| lent(offer, agents)).collect();
        let lanes = agents.lanes.min(self.own.capacity);
        let capacity = if offers.is_empty() { 0 } else { lanes };
        self.now = Ask { offers: List::new(offers).unwrap_or_default(), capacity, lanes: lanes.max(1), ..held };
    }
}

/// The offer at the speed of the agents; none if they do not prove its level.
fn lent(offer: &Offer, agents: &Workforce) -> Option<Offer> {
    let speed = agents.speeds.iter().find(|speed| speed.level == offer.level)?;
    Some(Offer { rows_per_second: speed.beside(offer.rows_per_second), ..*offer })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Speed;
    use dpgn_protocol::units::{Credits, Timestamp};

    fn selling() -> Selling {
        let offer = |n| Offer { level: Level::new(n).unwrap(), per_kilorow: Credits::new(7), rows_per_second: 1_000 };
        let ask = Ask {
            offers: List::new(vec![offer(2), offer(3)]).unwrap(),
            flat: Credits::new(5),
            degree_max: Degree::new(14).unwrap(),
            capacity: 4,
            lanes: 9,
            collateral_max: Credits::new(100),
            builders: List::default(),
            warm: List::default(),
            expires: Timestamp::default(),
        };
        Selling::all(ask, 1)
    }

    fn agents(lanes: u16, levels: &[u8]) -> Workforce {
        let speed = |n: &u8| Speed { level: Level::new(*n).unwrap(), slowest: Some(500) };
        Workforce { lanes, speeds: levels.iter().map(speed).collect() }
    }

    #[test]
    fn agents_are_sold_in_place_of_own_workers_and_never_beside_them() {
        let mut terms = Terms::new(&selling());
        assert_eq!((terms.ask().capacity, terms.ask().lanes, terms.workers()), (4, 1, 1));
        terms.lend(Some(agents(5, &[3, 4])));
        let sold: Vec<_> = terms.ask().offers.iter().map(|offer| (offer.level.get(), offer.rows_per_second)).collect();
        assert_eq!(sold, [(3, 500)], "what the owner has a price for and agents prove");
        assert_eq!(
            (terms.ask().capacity, terms.ask().lanes, terms.workers()),
            (4, 4, 4),
            "as many as the owner allows"
        );
        terms.lend(Some(agents(0, &[])));
        assert_eq!((terms.ask().capacity, terms.workers()), (0, 1), "nothing is sold, and what is awarded is made");
        terms.lend(Some(agents(5, &[4])));
        assert_eq!(terms.ask().capacity, 0, "none of it has a price");
        terms.lend(None);
        assert_eq!(*terms.ask(), *terms.own());
    }

    #[test]
    fn whoever_sells_what_agents_ask_for_alone_sells_nothing_without_them() {
        let mut terms = Terms::new(&Selling { agents_only: true, ..selling() });
        assert_eq!((terms.ask().capacity, terms.workers()), (0, 1));
        terms.lend(Some(agents(2, &[3])));
        assert_eq!(terms.ask().capacity, 2);
        terms.lend(None);
        assert_eq!((terms.ask().capacity, terms.workers()), (0, 1), "what they left is made");
        assert!(terms.own_time(Level::new(3).unwrap(), Degree::new(10).unwrap()).is_some());
    }

    #[test]
    fn what_own_workers_do_not_hold_is_not_sold_whoever_proves() {
        let degree = |n| Degree::new(n).unwrap();
        let holds = |first, second| Holds::new(move |level| if level.get() == 2 { first } else { second });
        let largest = Some(Degree::MAX);
        let mut terms = Terms::new(&Selling { holds: holds(Some(degree(13)), largest), ..selling() });
        assert_eq!(
            (terms.ask().degree_max, terms.own().degree_max),
            (degree(13), degree(14)),
            "one size for all levels"
        );
        assert_eq!(terms.own_time(Level::new(2).unwrap(), degree(14)), None);
        assert!(terms.own_time(Level::new(3).unwrap(), degree(14)).is_some());
        terms.lend(Some(agents(2, &[2])));
        assert_eq!(terms.ask().degree_max, degree(13), "circuits are built here");
        terms.lend(None);
        let terms = Terms::new(&Selling { holds: holds(None, largest), ..selling() });
        let sold: Vec<_> = terms.ask().offers.iter().map(|offer| offer.level.get()).collect();
        assert_eq!((sold, terms.ask().degree_max, terms.ask().capacity), (vec![3], degree(14), 4));
        assert_eq!(
            Terms::new(&Selling { holds: holds(None, None), ..selling() }).ask().capacity,
            0,
            "there is nothing to sell"
        );
    }

    #[test]
    fn whoever_drains_sells_nothing_whatever_comes_and_makes_what_it_holds() {
        let mut terms = Terms::new(&selling());
        terms.drain();
        terms.lend(Some(agents(5, &[3])));
        assert_eq!((terms.ask().capacity, terms.workers()), (0, 4));
        terms.lend(None);
        terms.reprice(Ask { flat: Credits::new(6), ..terms.own().clone() });
        assert_eq!((terms.ask().capacity, terms.workers()), (0, 1));
    }

    #[test]
    fn new_prices_hold_whoever_proves() {
        let mut terms = Terms::new(&selling());
        terms.lend(Some(agents(2, &[2])));
        terms.reprice(Ask { flat: Credits::new(6), ..terms.own().clone() });
        assert_eq!((terms.ask().flat, terms.ask().lanes), (Credits::new(6), 2));
        let level = |n| Level::new(n).unwrap();
        assert_eq!(terms.own_time(level(2), Degree::new(10).unwrap()), Some(Millis::new(1_024)), "its own speed");
        assert_eq!(terms.own_time(level(5), Degree::new(10).unwrap()), None);
        assert_eq!(terms.own_time(level(2), Degree::new(15).unwrap()), None, "larger than its owner sells");
    }
}
