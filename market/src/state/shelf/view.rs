//! Views: what a part of the tree knows of all of its asks, and of those alone that are fast enough for some search.
//!
//! The best ask of a part may be too slow for a bid in a hurry, and so may all that are better than the one it gets. A
//! search that has walked over too many of them looks for the best of those that are in [view](View). What a fork finds
//! out for a view is kept beside what it knows of all its asks, and goes when a change of an ask in view makes it wrong.
//!
//! Four views serve each doubling of time, so there are few, however many limits there are, and a fork that changes keeps
//! what it knows for eight at most. A search still walks over asks that are slower than its limit by less than a quarter of
//! it, or that lack something that is no time, such as collateral.

use super::{Bounds, Entry};
use dpgn_protocol::units::Millis;
use std::sync::OnceLock;

/// Binary digits by which views tell times apart.
const DIGITS: u32 = 3;
/// Views of which a fork keeps what it knows when one of its asks changes.
const KEPT_MAX: usize = 8;

/// The asks of a part that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// The asks of all speeds.
    All,
    /// The asks whose expected time is at most this.
    UpTo(Millis),
}

/// The view of all asks, for those who know as they are written that they look at no other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Everything;

/// A view, or one kind of view.
pub(super) trait Sight: Copy {
    /// The longest expected time of an ask in view; `None` if all are.
    fn most(self) -> Option<Millis>;

    /// This view of a part with these bounds: that of all its asks if none is out of view.
    fn within(self, bounds: &Bounds) -> Self;

    /// Whether an ask is in view.
    fn has(self, entry: &Entry) -> bool {
        self.most().is_none_or(|most| entry.proven <= most)
    }

    /// Whether no ask of a part with these bounds is in view.
    fn lacks(self, bounds: &Bounds) -> bool {
        self.most().is_some_and(|most| bounds.proven_min > most)
    }
}

impl Sight for Everything {
    fn most(self) -> Option<Millis> {
        None
    }

    fn within(self, _: &Bounds) -> Self {
        self
    }
}

impl Sight for View {
    fn most(self) -> Option<Millis> {
        match self {
            Self::All => None,
            Self::UpTo(most) => Some(most),
        }
    }

    fn within(self, bounds: &Bounds) -> Self {
        match self {
            Self::UpTo(most) if bounds.proven_max > most => self,
            Self::All | Self::UpTo(_) => Self::All,
        }
    }
}

impl View {
    /// The smallest view that has every ask that is allowed to take so long.
    pub(super) fn of_limit(proven_max: Millis) -> Self {
        let last = u64::BITS.saturating_sub(proven_max.get().leading_zeros()).saturating_sub(DIGITS);
        // Sets all digits but the first few.
        Self::UpTo(Millis::new(proven_max.get() | ((1 << last) - 1)))
    }
}

/// What is known for each view, once somebody has asked for it.
#[derive(Clone, Debug)]
pub(crate) struct Known<T> {
    of_all: OnceLock<T>,
    of_some: OnceLock<Box<Part<T>>>,
}

/// What is known for one view that is not of all, and for further ones.
#[derive(Clone, Debug)]
struct Part<T> {
    most: Millis,
    known: T,
    next: OnceLock<Box<Self>>,
}

impl<T> Known<T> {
    /// What is known for a view, found out now if it was not.
    pub(super) fn get_or_find(&self, view: impl Sight, find: impl Fn() -> T) -> &T {
        let Some(most) = view.most() else { return self.of_all.get_or_init(find) };
        let mut place = &self.of_some;
        loop {
            match place.get() {
                Some(part) if part.most == most => return &part.known,
                Some(part) => place = &part.next,
                // If another thread was faster, what it has put here is looked at next.
                None => drop(place.set(Box::new(Part { most, known: find(), next: OnceLock::new() }))),
            }
        }
    }

    /// Forgets what is not kept when an ask comes or goes that some views have.
    pub(super) fn retain(&mut self, changed: &Entry, keeps: impl Fn(View, &T) -> bool) {
        if self.of_all.get().is_some_and(|known| !keeps(View::All, known)) {
            self.of_all = OnceLock::new();
        }
        let (mut place, mut kept) = (&mut self.of_some, 0);
        while let Some(part) = place.take() {
            let view = View::UpTo(part.most);
            if kept < KEPT_MAX && (!view.has(changed) || keeps(view, &part.known)) {
                kept += 1;
                *place = OnceLock::from(part);
                place = match place.get_mut() {
                    Some(part) => &mut part.next,
                    None => return,
                };
            } else {
                *place = part.next;
            }
        }
    }
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self { of_all: OnceLock::new(), of_some: OnceLock::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_has_what_a_limit_allows_and_little_else() {
        let limits = (0..10_000).chain((0..64).flat_map(|n| [1 << n, (1 << n) - 1, (5 << n) >> 2]));
        for limit in limits.chain([u64::MAX]) {
            let View::UpTo(most) = View::of_limit(Millis::new(limit)) else { panic!("all are in view") };
            assert!(most.get() >= limit && u128::from(most.get()) * 4 <= u128::from(limit) * 5, "{limit}: {most}");
        }
    }
}
