//! Hulls: of the asks of a part of the tree those that are best for some weighing of price against reputation.
//!
//! Along a hull price and reputation rise, the reputation ever more slowly. A leaf keeps its hull; a fork keeps of its own
//! only the [bridge](Bridge) that leads from the hull of its left side to that of its right side, as Overmars and van
//! Leeuwen do it (Maintenance of configurations in the plane, 1981). So whoever weighs finds the best ask of a part by
//! going left or right at each bridge, and a change mends the bridges that it touches.

use super::{
    Entry, Key,
    view::{Sight, View},
};
use crate::state::bounded_tree::{Fork, Leaf, Node, Side, WIDTH};
use arrayvec::ArrayVec;
use dpgn_protocol::units::{Credits, Ppm};
use std::cell::OnceCell;

/// The difference of two prices up to which products of three fit: some millions of credits.
const SHORT: i128 = 1 << 42;

/// An ask as a point: its reputation, which is good, and its price, which is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(super) price: Credits,
    pub(super) reputation: Ppm,
}

impl Point {
    pub(super) const fn of(key: &Key) -> Self {
        Self { price: key.price, reputation: key.reputation }
    }

    /// What the price is more than that of another point, and the reputation. Both are less than 2^64.
    fn beyond(self, other: Self) -> (i128, i128) {
        let price = i128::from(self.price.get()) - i128::from(other.price.get());
        (price, i128::from(self.reputation.get()) - i128::from(other.reputation.get()))
    }
}

/// Two points of a hull that follow one another: the latter has the higher price and the higher reputation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bridge {
    from: Point,
    to: Point,
}

impl Bridge {
    /// The difference of the prices, and of the reputations; both are more than zero.
    const fn run_and_rise(&self) -> (u64, u64) {
        let rise = self.to.reputation.get().wrapping_sub(self.from.reputation.get());
        (self.to.price.get().wrapping_sub(self.from.price.get()), rise as u64)
    }

    /// Whether a point lies above the line through the bridge: it has more reputation than the line at its price.
    fn is_below(&self, point: Point) -> bool {
        let (run, rise) = self.run_and_rise();
        let climb = i64::from(point.reputation.get()) - i64::from(self.from.reputation.get());
        let (after, before) = (point.price.get().checked_sub(self.from.price.get()), climb.is_negative());
        match after {
            Some(after) => !before && product(climb.unsigned_abs(), run) > product(rise, after),
            None => {
                let before_from = self.from.price.get().wrapping_sub(point.price.get());
                !before || product(climb.unsigned_abs(), run) < product(rise, before_from)
            }
        }
    }

    /// Whether the lines through this bridge and one to the right meet at a price or below it. The price lies between the
    /// bridges, and neither bridge has an end above the line of the other.
    #[inline]
    fn meets_up_to(&self, price: Credits, right: &Self) -> bool {
        let ((run, rise), (right_run, right_rise)) = (self.to.beyond(self.from), right.to.beyond(right.from));
        let middle = Point { price, reputation: right.from.reputation };
        let ((after, climb), (before, _)) = (middle.beyond(self.to), right.from.beyond(middle));
        // They do if at the price the line of this bridge is the higher one. Each product is below 2^84.
        let (a, b) = (after * rise, before * right_rise);
        if run.max(right_run) < SHORT {
            return a * right_run + b * run >= climb * run * right_run;
        }
        let whole = a / run + b / right_run - climb;
        let [a, b] = [a % run, right_run - b % right_run].map(i128::unsigned_abs);
        // Of the two fractions each is less than one.
        whole >= 0 || (whole == -1 && a * right_run.unsigned_abs() >= b * run.unsigned_abs())
    }
}

/// The linear function that is looked for the largest value of: the weight of a part per million of reputation, and of a
/// micro-credit less; the latter is more than zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Direction {
    pub(crate) reputation: i128,
    pub(crate) price: i128,
}

impl Direction {
    /// The value of a point: each product is below 2^104, by what weights and amounts there are.
    pub(super) fn value(&self, point: Point) -> i128 {
        self.reputation * i128::from(point.reputation.get()) - self.price * i128::from(point.price.get())
    }

    /// The value of an entry.
    pub(crate) fn value_of(&self, entry: &Entry) -> i128 {
        self.value(Point::of(&entry.key))
    }

    /// Whether the best lies beyond a bridge: of equal value the higher reputation is better.
    pub(super) fn crosses(&self, bridge: &Bridge) -> bool {
        let (run, rise) = bridge.run_and_rise();
        self.reputation * i128::from(rise) >= self.price * i128::from(run)
    }
}

/// The hull of a leaf.
pub(crate) type Hull = ArrayVec<Point, WIDTH>;

impl Leaf<Entry> {
    /// The hull of the entries.
    fn hull(&self) -> &Hull {
        self.digest.get_or_init(|| hull(self.entries.iter()))
    }

    /// The entries in view.
    fn in_view<S: Sight>(&self, view: S) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| view.has(entry))
    }
}

/// Where the best of a fork lies.
enum Way<'a> {
    /// On the left, whoever weighs.
    Left,
    /// On the right, whoever weighs.
    Right,
    /// On one side or the other, as the bridge between their hulls says.
    Over(&'a Bridge),
}

impl Fork<Entry> {
    /// Where the best entry in view lies, if there is one.
    fn way(&self, view: impl Sight) -> Way<'_> {
        if view.lacks(&self.right.bounds) {
            return Way::Left;
        }
        if view.lacks(&self.left.bounds) {
            return Way::Right;
        }
        self.seam.get_or_find(view, || bridge(&self.left, &self.right, view)).as_ref().map_or(Way::Left, Way::Over)
    }
}

/// The hull of some entries in their order, by price.
fn hull<'a>(entries: impl Iterator<Item = &'a Entry>) -> Hull {
    let mut hull = Hull::new();
    for point in entries.map(|entry| Point::of(&entry.key)) {
        if hull.last().is_some_and(|last| last.reputation >= point.reputation) {
            continue;
        }
        while let [.., from, to] = hull[..]
            && !(Bridge { from, to: point }).is_below(to)
        {
            hull.pop();
        }
        hull.push(point);
    }
    hull
}

fn product(a: u64, b: u64) -> u128 {
    u128::from(a) * u128::from(b)
}

/// Part of a hull.
struct Chain<'a, S> {
    /// Two points that follow one another, somewhere in the middle; the one point twice if there is no more.
    bridge: Bridge,
    around: Around<'a, S>,
    /// The hull of the entries in view of the leaf where the chain ends, if there is one that keeps none for that view.
    end: &'a OnceCell<Hull>,
}

/// What lies on the two sides of a chain's bridge.
enum Around<'a, S> {
    /// The sides of a fork, and the entries that count there.
    Fork(&'a Fork<Entry>, S),
    /// Points of a leaf, half of them on each side.
    Points(&'a [Point], &'a [Point]),
}

impl<'a, S: Sight> Chain<'a, S> {
    /// The hull of the entries in view of a part, which has one at least.
    fn of(mut side: &'a Side<Entry>, mut view: S, end: &'a OnceCell<Hull>) -> Self {
        loop {
            view = view.within(&side.bounds);
            match (&side.node, view.most()) {
                (Node::Leaf(leaf), None) => return Self::along(leaf.hull(), end),
                (Node::Leaf(leaf), Some(_)) => {
                    return Self::along(end.get_or_init(|| hull(leaf.in_view(view))), end);
                }
                (Node::Fork(fork), _) => match fork.way(view) {
                    Way::Left => side = &fork.left,
                    Way::Right => side = &fork.right,
                    Way::Over(bridge) => return Self { bridge: *bridge, around: Around::Fork(fork, view), end },
                },
            }
        }
    }

    fn along(points: &'a [Point], end: &'a OnceCell<Hull>) -> Self {
        let (left, right) = points.split_at(points.len() / 2);
        // A hull has a point at least.
        let to = right.first().copied().unwrap_or(Point { price: Credits::ZERO, reputation: Ppm::new(0) });
        let bridge = Bridge { from: left.last().copied().unwrap_or(to), to };
        Self { bridge, around: Around::Points(left, right), end }
    }

    fn is_point(&self) -> bool {
        self.bridge.from.reputation == self.bridge.to.reputation
    }

    fn left(&self) -> Self {
        match self.around {
            Around::Fork(fork, view) => Self::of(&fork.left, view, self.end),
            Around::Points(left, _) => Self::along(left, self.end),
        }
    }

    fn right(&self) -> Self {
        match self.around {
            Around::Fork(fork, view) => Self::of(&fork.right, view, self.end),
            Around::Points(_, right) => Self::along(right, self.end),
        }
    }
}

/// The bridge from the hull of a side to that of the side to its right, of the entries in view. Both have such.
fn bridge(left: &Side<Entry>, right: &Side<Entry>, view: impl Sight) -> Option<Bridge> {
    let most = reputation_max(left, view);
    if right.bounds.reputation_max <= most || reputation_max(right, view) <= most {
        return None;
    }
    let between = right.bounds.price_min;
    let ends = [OnceCell::new(), OnceCell::new()];
    let (mut a, mut b) = (Chain::of(left, view, &ends[0]), Chain::of(right, view, &ends[1]));
    // The bridge touches both hulls from above: neither has a point above its line. What the bridges in the middle of a
    // and b say of that leaves out half of one of them each time.
    loop {
        match (a.is_point(), b.is_point()) {
            (true, true) => return Some(Bridge { from: a.bridge.to, to: b.bridge.to }),
            // The left side has one as good, and not dearer.
            (_, false) if b.bridge.from.reputation <= most => b = b.right(),
            (false, _) if a.bridge.is_below(b.bridge.from) => a = a.left(),
            (_, false) if b.bridge.is_below(a.bridge.to) => b = b.right(),
            (true, false) => b = b.left(),
            (false, true) => a = a.right(),
            (false, false) if a.bridge.meets_up_to(between, &b.bridge) => a = a.right(),
            (false, false) => b = b.left(),
        }
    }
}

/// The highest reputation of the entries in view of a part, where the hull ends; zero if there is none.
fn reputation_max(mut side: &Side<Entry>, mut view: impl Sight) -> Ppm {
    loop {
        view = view.within(&side.bounds);
        match (&side.node, view.most()) {
            (Node::Leaf(_) | Node::Fork(_), None) => return side.bounds.reputation_max,
            (Node::Leaf(leaf), Some(_)) => {
                return leaf.in_view(view).map(|entry| entry.key.reputation).max().unwrap_or_default();
            }
            (Node::Fork(fork), Some(_)) => match fork.way(view) {
                Way::Left => side = &fork.left,
                Way::Right | Way::Over(_) => side = &fork.right,
            },
        }
    }
}

/// Forgets those bridges of a fork that an entry which has come or gone on one of its sides makes wrong.
pub(super) fn note(entry: &Entry, fork: &mut Fork<Entry>) {
    let (point, Fork { seam, left, right, .. }) = (Point::of(&entry.key), fork);
    seam.retain(entry, |view, bridge| match (bridge, view) {
        (Some(bridge), View::All | View::UpTo(_)) => {
            bridge.from != point && bridge.to != point && !bridge.is_below(point)
        }
        (None, View::All) => right.bounds.reputation_max <= left.bounds.reputation_max,
        (None, View::UpTo(_)) => false,
    });
}

/// The leaf of the best entry in view of a part in a direction, and that entry's point: of equal value the one of the
/// highest reputation. `None` if no entry is in view.
pub(super) fn best<'a>(
    mut side: &'a Side<Entry>,
    direction: &Direction,
    mut view: impl Sight,
) -> Option<(&'a Leaf<Entry>, Point)> {
    loop {
        view = view.within(&side.bounds);
        match (&side.node, view.most()) {
            (Node::Leaf(leaf), None) => return Some((leaf, best_of(leaf.hull(), direction)?)),
            (Node::Leaf(leaf), Some(_)) => {
                let points = leaf.in_view(view).map(|entry| Point::of(&entry.key));
                return Some((leaf, points.max_by_key(|point| (direction.value(*point), point.reputation))?));
            }
            (Node::Fork(fork), _) => {
                side = if is_right(fork, direction, view) { &fork.right } else { &fork.left };
            }
        }
    }
}

/// Whether the best entry in view of a fork lies on its right side.
pub(super) fn is_right(fork: &Fork<Entry>, direction: &Direction, view: impl Sight) -> bool {
    match fork.way(view) {
        Way::Left => false,
        Way::Right => true,
        Way::Over(bridge) => direction.crosses(bridge),
    }
}

fn best_of(mut hull: &[Point], direction: &Direction) -> Option<Point> {
    while hull.len() > 1 {
        let (left, right) = hull.split_at(hull.len() / 2);
        let bridge = left.last().zip(right.first()).map(|(from, to)| Bridge { from: *from, to: *to });
        hull = if bridge.is_some_and(|bridge| direction.crosses(&bridge)) { right } else { left };
    }
    hull.first().copied()
}
