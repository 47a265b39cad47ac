//! What a prover sells, and what its own workers could make of that.

use dpgn_protocol::{
    bounded::List,
    ops::{Ask, Offer},
    units::{Degree, Level},
};

/// The terms on which a prover sells, and what it takes part in.
#[derive(Clone, Debug)]
pub struct Selling {
    /// The ask of the prover; expiry and warm circuits are filled in whenever it is sent.
    pub terms: Ask,
    /// The number of proofs that it makes at once.
    pub workers: u16,
    /// The largest circuits that its workers' memory holds.
    pub holds: Holds,
    /// Whether it takes part in draws of challenges while it has no name.
    pub challenges: bool,
    /// Whether it takes part in sealed rounds.
    pub sealed_rounds: bool,
    /// Whether it sells nothing but what agents ask for; its own workers make what these would bring too late.
    pub agents_only: bool,
}

impl Selling {
    /// Sells on these terms, and takes part in all that the network has.
    pub const fn all(terms: Ask, workers: u16) -> Self {
        Self { terms, workers, holds: Holds::ALL, challenges: true, sealed_rounds: true, agents_only: false }
    }
}

/// The largest circuits that the memory of a worker holds, by privacy level; absent for a level of which it holds none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holds([Option<Degree>; LEVELS]);

/// The number of privacy levels.
const LEVELS: usize = Level::MAX.get() as usize;

impl Holds {
    /// Circuits of every size.
    pub const ALL: Self = Self([Some(Degree::MAX); LEVELS]);

    /// What is held of each level.
    pub fn new(largest: impl Fn(Level) -> Option<Degree>) -> Self {
        let mut all = [None; LEVELS];
        all.iter_mut().zip(Level::all()).for_each(|(held, level)| *held = largest(level));
        Self(all)
    }

    /// The largest circuit of a level.
    pub fn of(&self, level: Level) -> Option<Degree> {
        self.0.get(usize::from(level.get()).checked_sub(1)?).copied().flatten()
    }

    /// The largest circuit that is held at every level of these of which any is.
    pub fn most(&self, levels: impl Iterator<Item = Level>, degree_max: Degree) -> Degree {
        levels.filter_map(|level| self.of(level)).fold(degree_max, Degree::min)
    }

    /// An ask for what is held: without offers of which no size is, and up to the size that is held of each.
    pub fn limit(&self, ask: &Ask) -> Ask {
        let held = ask.offers.iter().filter(|offer| self.of(offer.level).is_some());
        let offers: Vec<Offer> = held.copied().collect();
        let degree_max = self.most(offers.iter().map(|offer| offer.level), ask.degree_max);
        let capacity = if offers.is_empty() { 0 } else { ask.capacity };
        Ask { offers: List::new(offers).unwrap_or_default(), degree_max, capacity, ..ask.clone() }
    }
}
