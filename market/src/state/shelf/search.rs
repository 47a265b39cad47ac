//! Searches a shelf for the best entries: by value, then reputation, then time, then id.
//!
//! A search goes first where the best entry lies, as the hulls say, and then, on its way back, wherever something better
//! may lie than what it has found: first by the bounds of a part, which its fork knows, then by its best point, exactly.
//! Entries of one value and one reputation have one price, and lie side by side in the tree by time and id.

use super::{
    Bounds, Entry, Key,
    hull::{self, Direction, Point},
    view::{Everything, Sight as _, View},
};
use crate::state::{
    bounded_tree::{Bounded as _, BoundedTree, Fork, Leaf, Node, Side},
    clock::Moment,
    rates::GoingRate,
};
use dpgn_protocol::units::{Credits, Millis, Ppm};
use std::cmp::Reverse;

/// Parts that a search opens before it looks for the best of those asks alone that are fast enough. Most searches open
/// fewer, and spare the tree to find out and to keep what it needs for a view.
const PATIENCE: usize = 96;

/// What an entry must keep to be looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The highest price.
    pub(crate) price_max: Credits,
    /// The lowest reputation.
    pub(crate) reputation_min: Ppm,
    /// The longest expected time.
    pub(crate) proven_max: Millis,
    /// The latest moment by which a proof that waits for its turn is done.
    pub(crate) turn_done_max: Moment,
    /// Bits that an entry must have; zero if it need not.
    pub(crate) warm: u64,
    /// The collateral that an award stakes.
    pub(crate) stakes: Stakes,
}

/// The collateral that a bid calls for, whatever the price of an ask is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stakes {
    /// The least of any award.
    pub(crate) least: Credits,
    /// The most that an award displaces: the reward.
    pub(crate) reward: Credits,
    /// The going rate by which the time of an award is measured; `None` if there is none.
    pub(crate) going: Option<GoingRate>,
}

impl Stakes {
    /// What an award stakes where nobody puts up collateral.
    pub(crate) const NONE: Self = Self { least: Credits::ZERO, reward: Credits::ZERO, going: None };

    /// The collateral of an award that is said to take so long.
    pub(crate) fn of(&self, declared: Millis) -> Credits {
        // Whoever holds a task from those who would prove it stakes what they would be paid, and more if it takes longer
        // than they; never more than the bid pays for it.
        let displaced = self.going.map_or(Credits::ZERO, |going| going.displaced(declared).min(self.reward));
        self.least.max(displaced)
    }

    /// Whether so much collateral is enough for an award that is said to take so long.
    fn are_met(&self, able: Credits, declared: Millis) -> bool {
        able >= self.least && (able >= self.reward || able >= self.of(declared))
    }
}

impl Limits {
    fn allow(&self, bounds: &Bounds) -> bool {
        bounds.price_min <= self.price_max
            && bounds.reputation_max >= self.reputation_min
            && bounds.proven_min <= self.proven_max
            && bounds.turn_done_min <= self.turn_done_max
            && bounds.warm & self.warm == self.warm
            && self.stakes.are_met(bounds.able_max, bounds.declared_min)
    }
}

/// The better is more: by value, then reputation, then the order of the tree; no key is the best.
type Rank<'a> = (i128, Ppm, Reverse<Option<&'a Key>>);

/// What is looked for on a shelf.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search {
    pub(crate) direction: Direction,
    pub(crate) limits: Limits,
    /// The least value, and the least reputation of that value; `None` if any will do.
    pub(crate) least: Option<(i128, Ppm)>,
    /// The entries that are looked for.
    pub(crate) most: usize,
}

/// An entry that was found, with what the judge says of it.
struct Found<'a, T> {
    rank: Rank<'a>,
    entry: &'a Entry,
    verdict: T,
}

/// A search on its way.
struct Walk<'a, T, J> {
    search: Search,
    judge: J,
    /// What was found, the best first.
    found: Vec<Found<'a, T>>,
    /// The parts that were opened.
    opened: usize,
    /// The number of opened parts at which the view becomes that of the limit.
    patience: usize,
    /// The entries of which the best is looked for in a part.
    view: View,
}

impl Search {
    /// Searches for the best entries of which the judge says something, the best first.
    pub(crate) fn run<'a, T>(
        self,
        tree: &'a BoundedTree<Entry>,
        judge: impl FnMut(&'a Entry) -> Option<T>,
    ) -> impl Iterator<Item = (&'a Entry, T)> {
        self.walk(tree, PATIENCE, judge).found.into_iter().map(|found| (found.entry, found.verdict))
    }

    fn walk<'a, T, J: FnMut(&'a Entry) -> Option<T>>(
        self,
        tree: &'a BoundedTree<Entry>,
        patience: usize,
        judge: J,
    ) -> Walk<'a, T, J> {
        let mut walk = Walk { search: self, judge, found: Vec::new(), opened: 0, patience, view: View::All };
        tree.top().into_iter().for_each(|top| walk.visit(top));
        walk
    }

    /// The parts that the search opens.
    #[cfg(test)]
    pub(super) fn opens(self, tree: &BoundedTree<Entry>) -> usize {
        self.walk(tree, PATIENCE, |_| Some(())).opened
    }

    /// What a search gives that looks at once for the best of those alone that are fast enough.
    #[cfg(test)]
    pub(super) fn run_impatiently(self, tree: &BoundedTree<Entry>) -> Vec<&Entry> {
        self.walk(tree, 1, |_| Some(())).found.into_iter().map(|found| found.entry).collect()
    }

    fn rank<'a>(&self, entry: &'a Entry) -> Rank<'a> {
        (self.direction.value_of(entry), entry.key.reputation, Reverse(Some(&entry.key)))
    }
}

impl BoundedTree<Entry> {
    /// The best entry in a direction.
    pub(crate) fn best(&self, direction: Direction, limits: Limits) -> Option<&Entry> {
        let (leaf, point) = hull::best(self.top()?, &direction, Everything)?;
        // Often the best of all is within the limits.
        let best = leaf.entries.iter().find(|entry| Point::of(&entry.key) == point);
        best.filter(|best| limits.allow(&best.bounds())).or_else(|| {
            let search = Search { direction, limits, least: None, most: 1 };
            search.run(self, |_| Some(())).next().map(|(entry, ())| entry)
        })
    }

    /// The entries within some limits, the cheapest first.
    pub(crate) fn cheapest(&self, limits: Limits) -> impl Iterator<Item = &Entry> {
        self.within(move |bounds| limits.allow(bounds))
    }
}

impl<'a, T, J: FnMut(&'a Entry) -> Option<T>> Walk<'a, T, J> {
    /// Whether an entry of this rank is looked for.
    fn wants(&self, rank: Rank<'_>) -> bool {
        let (value, reputation, _) = rank;
        self.search.least.is_none_or(|least| (value, reputation) >= least)
            && (self.found.len() < self.search.most || self.found.last().is_some_and(|last| rank > last.rank))
    }

    fn visit(&mut self, side: &'a Side<Entry>) {
        if !self.search.limits.allow(&side.bounds) {
            return;
        }
        self.opened += 1;
        if self.opened == self.patience {
            self.view = View::of_limit(self.search.limits.proven_max);
        }
        match &side.node {
            Node::Leaf(leaf) => self.scan(leaf),
            Node::Fork(fork) => {
                let (near, far, from) = if self.is_right(side, fork) {
                    (&fork.right, &fork.left, None)
                } else {
                    (&fork.left, &fork.right, Some(&fork.split))
                };
                self.visit(near);
                if self.may_hold(far, from) {
                    self.visit(far);
                }
            }
        }
    }

    /// Whether a part may hold an entry that is looked for; none there comes before this key.
    fn may_hold(&self, side: &'a Side<Entry>, from: Option<&'a Key>) -> bool {
        let wants = |best: Point| self.wants((self.search.direction.value(best), best.reputation, Reverse(from)));
        let Bounds { price_min: price, reputation_max: reputation, .. } = side.bounds;
        self.search.limits.allow(&side.bounds)
            && wants(Point { price, reputation })
            && self.best(side).is_some_and(wants)
    }

    /// Whether the best entry in view of a part, which is a fork, lies on its right side.
    fn is_right(&self, side: &Side<Entry>, fork: &Fork<Entry>) -> bool {
        match self.view.within(&side.bounds) {
            View::All => hull::is_right(fork, &self.search.direction, Everything),
            view @ View::UpTo(_) => hull::is_right(fork, &self.search.direction, view),
        }
    }

    /// The best entry in view of a part.
    fn best(&self, side: &'a Side<Entry>) -> Option<Point> {
        let best = match self.view {
            View::All => hull::best(side, &self.search.direction, Everything),
            View::UpTo(_) => hull::best(side, &self.search.direction, self.view),
        };
        best.map(|(_, best)| best)
    }

    /// Looks at the entries of a leaf, the best first.
    fn scan(&mut self, leaf: &'a Leaf<Entry>) {
        let mut last = None;
        loop {
            let allowed = leaf.entries.iter().filter(|entry| self.search.limits.allow(&entry.bounds()));
            let ranked = allowed.map(|entry| (self.search.rank(entry), entry));
            let rest = ranked.filter(|(rank, _)| last.is_none_or(|last| *rank < last));
            let Some((rank, entry)) = rest.max_by_key(|(rank, _)| *rank).filter(|(rank, _)| self.wants(*rank)) else {
                return;
            };
            last = Some(rank);
            if let Some(verdict) = (self.judge)(entry) {
                self.found.truncate(self.search.most.saturating_sub(1));
                let place = self.found.partition_point(|better| better.rank > rank);
                self.found.insert(place, Found { rank, entry, verdict });
                if place + 1 == self.search.most {
                    return;
                }
            }
        }
    }
}
