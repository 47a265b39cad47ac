//! All shelves that bids have asked for, and the asks that have changed since they were last put in order.
//!
//! A shelf is made when the first bid needs it, and all are dropped when there are too many: what a bid names costs at
//! most the scan that there would be without shelves.
//!
//! An ask lies on a shelf only while its guarantor has the least collateral of an award there. So that a change of a
//! balance costs one look-up, however many asks it stands behind, there is a [`Span`] for each guarantor: as long as its
//! balance is within it, each of its asks lies where it belongs.

use super::{Entry, Shelf};
use crate::state::{
    task::Task,
    tree_map::{Key, TreeMap},
};
use dpgn_protocol::{
    ids::{AccountId, CircuitId},
    ops::Builder,
    units::{Credits, Degree, Level},
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
    /// The place before all others.
    pub(crate) const FIRST: Self = Self { level: Level::MIN, degree: Degree::MIN, builder: 0 };

    /// The place for this level and degree where nobody tells builders apart.
    pub(crate) const fn for_any_builder(level: Level, degree: Degree) -> Self {
        Self { level, degree, builder: 0 }
    }

    /// The place where bids for this level, degree and builder look.
    pub(crate) fn of(level: Level, degree: Degree, builder: &Builder) -> Self {
        Self { level, degree, builder: fnv(builder.as_str().as_bytes()) }
    }

    /// The place where a task's bid looks for asks.
    pub(crate) fn of_task(task: &Task) -> Self {
        Self::of(task.bid.level, task.degree, &task.bid.builder)
    }

    /// The place for circuits of another size.
    pub(crate) const fn at(self, degree: Degree) -> Self {
        Self { degree, ..self }
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

impl Key for (AccountId, Place) {
    type Bytes = [u8; 42];

    fn bytes(&self) -> [u8; 42] {
        let mut bytes = [0; 42];
        let (prover, place) = bytes.split_at_mut(32);
        prover.copy_from_slice(self.0.as_bytes());
        place.copy_from_slice(&self.1.bytes());
        bytes
    }
}

/// The balances of a guarantor, from one to another, with which none of its asks has to move.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: Credits,
    to: Credits,
}

impl Span {
    const ALL: Self = Self { from: Credits::ZERO, to: Credits::MAX };

    fn has(&self, balance: Credits) -> bool {
        (self.from..=self.to).contains(&balance)
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

/// The shelves of a book, and what has changed about its asks. They follow from the rest of the state but for what has
/// been looked at since, which decides nothing; so any two are equal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shelves {
    shelves: TreeMap<Place, Shelf>,
    /// The provers whose entries may be wrong.
    touched: BTreeSet<AccountId>,
    /// The guarantors whose balance has changed since their asks were put in order.
    moved: BTreeSet<AccountId>,
    /// The guarantors whose balance has changed since the last auction, without moving an ask.
    stirred: BTreeSet<AccountId>,
    /// The balances within which nothing moves; all if there is none.
    spans: TreeMap<AccountId, Span>,
    /// The provers whose asks may serve a bid that sleeps.
    fresh: TreeMap<AccountId, ()>,
    /// The provers whose asks lacked collateral for a bid, for all one could see; a balance or a rate may give it.
    short: TreeMap<AccountId, ()>,
    /// Whether a going rate has changed.
    rated: bool,
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

    /// Notes that something about a prover's ask has changed: its entries may be wrong, and it may serve who sleeps.
    pub(crate) fn touch(&mut self, prover: AccountId) {
        self.touched.insert(prover);
    }

    /// Takes the provers whose entries may be wrong.
    pub(crate) fn take_touched(&mut self) -> BTreeSet<AccountId> {
        std::mem::take(&mut self.touched)
    }

    /// Notes that the balance of a guarantor has changed.
    pub(crate) fn note_move(&mut self, guarantor: AccountId) {
        self.moved.insert(guarantor);
    }

    /// Takes the guarantors whose balance has changed since their asks were put in order.
    pub(crate) fn take_moved(&mut self) -> BTreeSet<AccountId> {
        std::mem::take(&mut self.moved)
    }

    /// Notes that the balance of a guarantor has changed without moving an ask.
    pub(crate) fn note_stir(&mut self, guarantor: AccountId) {
        self.stirred.insert(guarantor);
    }

    /// Takes the guarantors whose balance has changed since the last auction.
    pub(crate) fn take_stirred(&mut self) -> BTreeSet<AccountId> {
        std::mem::take(&mut self.stirred)
    }

    /// Whether no ask of a guarantor has to move with this balance.
    pub(crate) fn is_in_place(&self, guarantor: AccountId, balance: Credits) -> bool {
        self.spans.get(&guarantor).is_none_or(|span| span.has(balance))
    }

    /// Notes that an ask is put where it belongs while its guarantor has this balance, and an award needs so much.
    pub(crate) fn note_need(&mut self, guarantor: AccountId, balance: Credits, need: Credits) {
        let last = self.spans.get(&guarantor).copied().unwrap_or(Span::ALL);
        let next = if balance < need {
            Span { to: last.to.min(need.saturating_sub(Credits::new(1))), ..last }
        } else {
            Span { from: last.from.max(need), ..last }
        };
        if (next.from, next.to) != (last.from, last.to) {
            self.spans.insert(guarantor, next);
        }
    }

    /// Forgets what the balance of a guarantor has to keep within.
    pub(crate) fn forget_needs(&mut self, guarantor: AccountId) {
        self.spans.remove(&guarantor);
    }

    /// Notes that a prover's ask may serve a bid that sleeps.
    pub(crate) fn refresh(&mut self, prover: AccountId) {
        self.fresh.insert(prover, ());
    }

    /// The provers whose asks may serve a bid that sleeps.
    pub(crate) fn fresh(&self) -> impl Iterator<Item = AccountId> {
        self.fresh.keys().copied()
    }

    /// Notes that all sleeping bids were shown what this prover's ask offers.
    pub(crate) fn is_known(&mut self, prover: AccountId) {
        self.fresh.remove(&prover);
    }

    /// Notes that a prover's ask lacks collateral for a bid.
    pub(crate) fn note_short(&mut self, prover: AccountId) {
        self.short.insert(prover, ());
    }

    /// Notes that nobody is known to miss collateral of this prover's ask.
    pub(crate) fn forget_short(&mut self, prover: AccountId) {
        self.short.remove(&prover);
    }

    /// Whether a prover's ask lacks collateral for a bid, for all one can see.
    pub(crate) fn is_short(&self, prover: AccountId) -> bool {
        self.short.contains_key(&prover)
    }

    /// Notes that a going rate has changed, and with it the collateral that awards need.
    pub(crate) fn note_rate(&mut self) {
        self.rated = true;
    }

    /// Takes the provers whose asks lack collateral that another going rate may not call for, if one has changed.
    pub(crate) fn take_rated(&mut self) -> Vec<AccountId> {
        if std::mem::take(&mut self.rated) { self.short.keys().copied().collect() } else { Vec::new() }
    }
}
