//! Hulls: of the asks below a node those that are best for some weighing of price against reputation.

use super::Entry;
use crate::state::bounded_tree::{Below, Node};
use dpgn_protocol::units::{Credits, Ppm};

/// An ask as a point: its reputation, which is good, and its price, which is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(super) reputation: Ppm,
    pub(super) price: Credits,
}

impl Point {
    pub(super) const fn of(entry: &Entry) -> Self {
        Self { reputation: entry.reputation, price: entry.price }
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
    /// The direction in which the cheapest comes first.
    pub(crate) const CHEAPEST: Self = Self { reputation: 0, price: 1 };

    /// Whether price alone counts.
    pub(super) const fn is_by_price(&self) -> bool {
        self.reputation == 0
    }

    /// The value of a point: each product is below 2^104, by what weights and amounts there are.
    pub(super) fn value(&self, point: Point) -> i128 {
        self.reputation * i128::from(point.reputation.get()) - self.price * i128::from(point.price.get())
    }

    /// The value of an entry.
    pub(crate) fn value_of(&self, entry: &Entry) -> i128 {
        self.value(Point::of(entry))
    }
}

/// Adds a point whose reputation is not less than that of any before it. Both rise along a hull, the price ever faster.
fn add(hull: &mut Vec<Point>, point: Point) {
    if hull.last().is_some_and(|last| last.reputation == point.reputation && last.price <= point.price) {
        return;
    }
    while hull.last().is_some_and(|last| last.price >= point.price) {
        hull.pop();
    }
    while let [.., before, last] = hull[..] {
        if steepness(before, last, point) {
            break;
        }
        hull.pop();
    }
    hull.push(point);
}

/// Whether the price rises faster from the second point to the third than from the first to the second.
fn steepness(first: Point, second: Point, third: Point) -> bool {
    let rise = |a: Point, b: Point| i128::from(b.price.get()) - i128::from(a.price.get());
    let run = |a: Point, b: Point| i128::from(b.reputation.get()) - i128::from(a.reputation.get());
    // Each product is below 2^85.
    rise(first, second) * run(second, third) < rise(second, third) * run(first, second)
}

impl Node<Entry> {
    /// The hull of all entries below, by reputation.
    fn hull(&self) -> &[Point] {
        self.memo.get_or_init(|| {
            let mut hull = Vec::new();
            match &self.below {
                Below::Leaf(entries) => entries.iter().for_each(|entry| add(&mut hull, Point::of(entry))),
                Below::Inner(children) => {
                    let points = children.iter().flat_map(|child| child.node.hull());
                    points.for_each(|point| add(&mut hull, *point));
                }
            }
            hull.into_boxed_slice()
        })
    }

    /// The best point below in a direction: of equal value the one of the highest reputation.
    pub(super) fn best(&self, direction: &Direction) -> Option<Point> {
        let hull = self.hull();
        // Along a hull the value first rises, then falls.
        let rises = |pair: &[Point]| match pair {
            [a, b] => direction.value(*b) >= direction.value(*a),
            _ => false,
        };
        let (mut low, mut high) = (0, hull.len().checked_sub(1)?);
        while low < high {
            let middle = low.midpoint(high);
            if hull.get(middle..middle + 2).is_some_and(rises) { low = middle + 1 } else { high = middle }
        }
        hull.get(low).copied()
    }
}
