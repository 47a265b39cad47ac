//! Hulls: of the asks of a part of the tree those that are best for some weighing of price against reputation.
//!
//! Along a hull price and reputation rise, the reputation ever more slowly. A leaf keeps its hull; a fork keeps of its own
//! only the [bridge](Bridge) that leads from the hull of its left side to that of its right side, as Overmars and van
//! Leeuwen do it (Maintenance of configurations in the plane, 1981). So whoever weighs finds the best ask of a part by
//! going left or right at each bridge, and a change mends the bridges that it touches.

use super::{Entry, Key};
use crate::state::bounded_tree::{Fork, Leaf, Node, Side, WIDTH};
use arrayvec::ArrayVec;
use dpgn_protocol::units::{Credits, Ppm};

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
        self.digest.get_or_init(|| hull(&self.entries))
    }
}

impl Fork<Entry> {
    /// The bridge between the hulls of the two sides; `None` if nothing on the right is better for anybody.
    fn bridge(&self) -> Option<&Bridge> {
        self.seam.get_or_init(|| bridge(&self.left, &self.right)).as_ref()
    }
}

/// The hull of some entries in their order, by price.
fn hull(entries: &[Entry]) -> Hull {
    let mut hull = Hull::new();
    for point in entries.iter().map(|entry| Point::of(&entry.key)) {
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
struct Chain<'a> {
    /// Two points that follow one another, somewhere in the middle; the one point twice if there is no more.
    bridge: Bridge,
    around: Around<'a>,
}

/// What lies on the two sides of a chain's bridge.
enum Around<'a> {
    /// The sides of a fork.
    Fork(&'a Fork<Entry>),
    /// Points of a leaf, half of them on each side.
    Points(&'a [Point], &'a [Point]),
}

impl<'a> Chain<'a> {
    fn of(mut side: &'a Side<Entry>) -> Self {
        loop {
            match &side.node {
                Node::Leaf(leaf) => return Self::along(leaf.hull()),
                Node::Fork(fork) => match fork.bridge() {
                    Some(bridge) => return Self { bridge: *bridge, around: Around::Fork(fork) },
                    None => side = &fork.left,
                },
            }
        }
    }

    fn along(points: &'a [Point]) -> Self {
        let (left, right) = points.split_at(points.len() / 2);
        // A hull has a point at least.
        let to = right.first().copied().unwrap_or(Point { price: Credits::ZERO, reputation: Ppm::new(0) });
        Self { bridge: Bridge { from: left.last().copied().unwrap_or(to), to }, around: Around::Points(left, right) }
    }

    fn is_point(&self) -> bool {
        self.bridge.from.reputation == self.bridge.to.reputation
    }

    fn left(&self) -> Self {
        match self.around {
            Around::Fork(fork) => Self::of(&fork.left),
            Around::Points(left, _) => Self::along(left),
        }
    }

    fn right(&self) -> Self {
        match self.around {
            Around::Fork(fork) => Self::of(&fork.right),
            Around::Points(_, right) => Self::along(right),
        }
    }
}

/// The bridge from the hull of a side to that of the side to its right.
fn bridge(left: &Side<Entry>, right: &Side<Entry>) -> Option<Bridge> {
    if right.bounds.reputation_max <= left.bounds.reputation_max {
        return None;
    }
    let between = right.bounds.price_min;
    let (mut a, mut b) = (Chain::of(left), Chain::of(right));
    // The bridge touches both hulls from above: neither has a point above its line. What the bridges in the middle of a
    // and b say of that leaves out half of one of them each time.
    loop {
        match (a.is_point(), b.is_point()) {
            (true, true) => return Some(Bridge { from: a.bridge.to, to: b.bridge.to }),
            // The left side has one as good, and not dearer.
            (_, false) if b.bridge.from.reputation <= left.bounds.reputation_max => b = b.right(),
            (false, _) if a.bridge.is_below(b.bridge.from) => a = a.left(),
            (_, false) if b.bridge.is_below(a.bridge.to) => b = b.right(),
            (true, false) => b = b.left(),
            (false, true) => a = a.right(),
            (false, false) if a.bridge.meets_up_to(between, &b.bridge) => a = a.right(),
            (false, false) => b = b.left(),
        }
    }
}

/// Whether a fork's bridge stays where it is when an entry has come or gone on one of its sides.
pub(super) fn keeps(entry: &Entry, fork: &Fork<Entry>) -> bool {
    let point = Point::of(&entry.key);
    match fork.seam.get() {
        None => true,
        Some(None) => fork.right.bounds.reputation_max <= fork.left.bounds.reputation_max,
        Some(Some(bridge)) => bridge.from != point && bridge.to != point && !bridge.is_below(point),
    }
}

/// The leaf of the best entry of a part in a direction, and that entry's point: of equal value the one of the highest
/// reputation.
pub(super) fn best<'a>(mut side: &'a Side<Entry>, direction: &Direction) -> Option<(&'a Leaf<Entry>, Point)> {
    loop {
        match &side.node {
            Node::Leaf(leaf) => return Some((leaf, best_of(leaf.hull(), direction)?)),
            Node::Fork(fork) => side = if is_right(fork, direction) { &fork.right } else { &fork.left },
        }
    }
}

/// Whether the best entry of a fork lies on its right side.
pub(super) fn is_right(fork: &Fork<Entry>, direction: &Direction) -> bool {
    fork.bridge().is_some_and(|bridge| direction.crosses(bridge))
}

fn best_of(mut hull: &[Point], direction: &Direction) -> Option<Point> {
    while hull.len() > 1 {
        let (left, right) = hull.split_at(hull.len() / 2);
        let bridge = left.last().zip(right.first()).map(|(from, to)| Bridge { from: *from, to: *to });
        hull = if bridge.is_some_and(|bridge| direction.crosses(&bridge)) { right } else { left };
    }
    hull.first().copied()
}
