//! All shelves that bids have asked for, and the asks that have changed since they were last put in order.
//!
//! A shelf is made when the first bid needs it, and all are dropped when there are too many: what a bid names costs at
//! most the scan that there would be without shelves.

use super::{Entry, Shelf};
use crate::state::tree_map::{Key, TreeMap};
use dpgn_protocol::{
    ids::{AccountId, CircuitId},
    ops::Builder,
    units::{Degree, Level},
};
use std::collections::BTreeSet;

/// Shelves that are kept at once.
const SHELVES_MAX: usize = 256;

/// The place of a shelf: which bids look there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) level: Level,
    pub(crate) degree: Degree,
    /// The hash of the builder's name. Asks of another builder with the same hash are told apart by the rules.
    builder: u64,
}

impl Place {
    /// The place where bids for this level, degree and builder look.
    pub(crate) fn of(level: Level, degree: Degree, builder: &Builder) -> Self {
        Self { level, degree, builder: fnv(builder.as_str().as_bytes()) }
    }

    /// Whether a builder is the one of this place.
    pub(crate) fn has(&self, builder: &Builder) -> bool {
        self.builder == fnv(builder.as_str().as_bytes())
    }
}

impl Key for Place {
    type Bytes = [u8; 10];

    fn bytes(&self) -> [u8; 10] {
        let [a, b, c, d, e, f, g, h] = self.builder.to_be_bytes();
        [self.level.get(), self.degree.get(), a, b, c, d, e, f, g, h]
    }
}

/// The bit by which a shelf remembers a warm circuit.
pub(crate) fn warm_bit(circuit: &CircuitId) -> u64 {
    1 << (fnv(circuit.as_bytes()) % u64::from(u64::BITS))
}

/// Fowler, Noll and Vo's hash, FNV-1a, of 64 bits. Nothing hangs on it but speed.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The shelves of a book. They follow from the rest of the state, so any two are equal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shelves {
    shelves: TreeMap<Place, Shelf>,
    /// The provers whose entries may be wrong.
    touched: BTreeSet<AccountId>,
}

impl PartialEq for Shelves {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Shelves {}

impl Shelves {
    /// The shelf at a place; `None` if no bid has needed it yet.
    pub(crate) fn get(&self, place: &Place) -> Option<&Shelf> {
        self.shelves.get(place)
    }

    /// All shelves that there are.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Place, &Shelf)> {
        self.shelves.iter()
    }

    /// Adds a new shelf.
    pub(crate) fn add(&mut self, place: Place, shelf: Shelf) {
        if self.shelves.len() >= SHELVES_MAX {
            self.shelves = TreeMap::default();
        }
        self.shelves.insert(place, shelf);
    }

    /// Puts a prover's entry on a shelf, or takes it away.
    pub(crate) fn put(&mut self, place: &Place, prover: AccountId, entry: Option<Entry>) {
        if let Some(shelf) = self.shelves.get_mut(place) {
            shelf.put(prover, entry);
        }
    }

    /// Notes that a prover's entries may be wrong.
    pub(crate) fn touch(&mut self, prover: AccountId) {
        self.touched.insert(prover);
    }

    /// Takes the provers whose entries may be wrong.
    pub(crate) fn take_touched(&mut self) -> BTreeSet<AccountId> {
        std::mem::take(&mut self.touched)
    }
}
