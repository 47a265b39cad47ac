//! All shelves that bids have asked for, and the asks that have changed since they were last put in order.
//!
//! A shelf is made when the first bid needs it, and all are dropped when there are too many: what a bid names costs at
//! most the scan that there would be without shelves.
//!
//! An ask lies on a shelf only while its guarantor has the least collateral of an award there, and its entry says how much
//! there is at most. So that a change of a balance costs one look-up, however many asks it stands behind, there is a
//! [`Span`] for each guarantor: as long as its balance is within it, each of its asks lies where it belongs, and no bid
//! sleeps that one of them could serve.

use super::{Entry, Placed, Shelf};
use crate::state::{
    rates::Rates,
    task::Task,
    tree_map::{Key, TreeMap},
};
use dpgn_protocol::{
    ids::{AccountId, CircuitId, hash},
    ops::Builder,
    units::{Credits, Degree, Level},
};
use std::collections::BTreeSet;

/// Shelves that are kept at once: those of all levels and degrees for four builders.
const SHELVES_MAX: usize = 512;

/// The hash of a builder's name, cut to 64 bits. Nobody finds a second name for one; asks of another builder with the same
/// would be told apart by the rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BuilderKey(u64);

impl BuilderKey {
    pub(crate) fn of(builder: &Builder) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = hash("dpgn shelf", &[builder.as_str().as_bytes()]);
        Self(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }
}

impl Key for (BuilderKey, AccountId) {
    type Bytes = [u8; 40];

    fn bytes(&self) -> [u8; 40] {
        let mut bytes = [0; 40];
        let (builder, prover) = bytes.split_at_mut(8);
        builder.copy_from_slice(&self.0.0.to_be_bytes());
        prover.copy_from_slice(self.1.as_bytes());
        bytes
    }
}

/// The place of a shelf: which bids look there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) level: Level,
    pub(crate) degree: Degree,
    pub(crate) builder: BuilderKey,
}

impl Place {
    /// The place before all others.
    pub(crate) const FIRST: Self = Self { level: Level::MIN, degree: Degree::MIN, builder: BuilderKey(0) };

    /// The place for this level and degree where nobody tells builders apart.
    pub(crate) const fn for_any_builder(level: Level, degree: Degree) -> Self {
        Self { level, degree, builder: BuilderKey(0) }
    }

    /// The place where a task's bid looks for asks.
    pub(crate) fn of_task(task: &Task) -> Self {
        Self { level: task.bid.level, degree: task.degree, builder: BuilderKey::of(&task.bid.builder) }
    }
}

impl Key for Place {
    type Bytes = [u8; 10];

    fn bytes(&self) -> [u8; 10] {
        let [a, b, c, d, e, f, g, h] = self.builder.0.to_be_bytes();
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

/// The balances of a guarantor, from one to another, with which none of its asks has to move or to call.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: Credits,
    to: Credits,
    /// What its asks are taken for to have, at least `to`: those of a search that needs more are left out.
    able: Credits,
}

impl Span {
    /// The span about a balance, before anything is known to need more or less. The balance may rise a little without
    /// moving an ask.
    fn about(balance: Credits) -> Self {
        let able = Credits::new(balance.get() | u64::MAX.checked_shr(balance.get().leading_zeros()).unwrap_or(0));
        Self { from: Credits::ZERO, to: able, able }
    }

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
    /// The balances within which nothing moves; all if there is none.
    spans: TreeMap<AccountId, Span>,
    /// The provers whose asks may serve a bid that sleeps.
    fresh: TreeMap<AccountId, ()>,
    /// The provers whose asks lack collateral for a bid that names them; another going rate may call for less.
    short: TreeMap<AccountId, ()>,
    /// The going rates at the last auction, if one has changed since.
    rated: Option<Rates>,
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
    pub(crate) fn put(&mut self, place: &Place, prover: AccountId, placed: Option<Placed>) {
        if let Some(shelf) = self.shelves.get_mut(place) {
            shelf.put(prover, placed);
        }
    }

    /// Notes on one shelf that there is no more collateral behind a prover's ask than this.
    pub(crate) fn lower(&mut self, place: &Place, prover: AccountId, able: Credits) {
        let placed = self.shelves.get(place).and_then(|shelf| shelf.get(prover)).copied();
        if let Some(placed) = placed.filter(|placed| placed.entry.able > able) {
            self.put(place, prover, Some(Placed { entry: Entry { able, ..placed.entry }, ..placed }));
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

    /// Whether no ask of a guarantor has to move with this balance.
    pub(crate) fn is_in_place(&self, guarantor: AccountId, balance: Credits) -> bool {
        self.spans.get(&guarantor).is_none_or(|span| span.has(balance))
    }

    /// Notes that an ask is put where it belongs while its guarantor has this balance, and an award needs so much.
    pub(crate) fn note_need(&mut self, guarantor: AccountId, balance: Credits, need: Credits) {
        let known = self.spans.get(&guarantor).copied();
        let last = known.unwrap_or_else(|| Span::about(balance));
        let next = if balance < need {
            Span { to: last.to.min(need.saturating_sub(Credits::new(1))), ..last }
        } else {
            Span { from: last.from.max(need), ..last }
        };
        if known.is_none_or(|last| (next.from, next.to) != (last.from, last.to)) {
            self.spans.insert(guarantor, next);
        }
    }

    /// The most that a guarantor with this balance is taken for to have.
    pub(crate) fn able(&self, guarantor: AccountId, balance: Credits) -> Credits {
        self.spans.get(&guarantor).map_or_else(|| Span::about(balance).able, |span| span.able)
    }

    /// Notes that a guarantor with this balance lacks collateral for a bid that sleeps: if it has more, its asks call. Those
    /// that are put on shelves from here on are taken for to have no more.
    pub(crate) fn note_lack(&mut self, guarantor: AccountId, balance: Credits) {
        if let Some(span) = self.spans.get(&guarantor).copied().filter(|span| span.able > balance) {
            self.spans.insert(guarantor, Span { to: span.to.min(balance), able: balance, ..span });
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

    /// Notes that a prover's ask lacks collateral for a bid that names it.
    pub(crate) fn note_short(&mut self, prover: AccountId) {
        self.short.insert(prover, ());
    }

    /// Notes that no bid that names it is known to miss collateral of this prover's ask.
    pub(crate) fn forget_short(&mut self, prover: AccountId) {
        self.short.remove(&prover);
    }

    /// The provers whose asks lack collateral for a bid that names them.
    pub(crate) fn short(&self) -> impl Iterator<Item = AccountId> {
        self.short.keys().copied()
    }

    /// Notes what the going rates were before one changed, and with it the collateral that awards need.
    pub(crate) fn note_rates(&mut self, before: &Rates) {
        self.rated.get_or_insert_with(|| before.clone());
    }

    /// Takes the going rates of the last auction, if one has changed since.
    pub(crate) fn take_rated(&mut self) -> Option<Rates> {
        self.rated.take()
    }
}
