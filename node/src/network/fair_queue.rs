//! A fair queue: what waits is handed out in turns of equal cost per sender, so a long lane delays only itself.
//!
//! Deficit round robin: a sender's lane may hand out what its saved-up turns pay for. It bounds nothing by
//! itself: whoever fills it bounds each lane.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

/// The cost that one turn of a lane pays for, in bytes.
const TURN: usize = 16 << 10;

struct Lane<T> {
    items: VecDeque<(usize, T)>,
    /// Cost that earlier turns have left over.
    saved: usize,
}

/// Items by sender, each with its cost in bytes.
pub(super) struct FairQueue<K, T> {
    lanes: HashMap<K, Lane<T>>,
    /// The senders that have something waiting, the next one first.
    turns: VecDeque<K>,
}

impl<K, T> Default for FairQueue<K, T> {
    fn default() -> Self {
        Self { lanes: HashMap::new(), turns: VecDeque::new() }
    }
}

impl<K: Copy + Eq + Hash, T> FairQueue<K, T> {
    pub(super) fn push(&mut self, sender: K, cost: usize, item: T) {
        let lane = self.lanes.entry(sender).or_insert_with(|| {
            self.turns.push_back(sender);
            Lane { items: VecDeque::new(), saved: 0 }
        });
        lane.items.push_back((cost, item));
    }

    /// The next item, if any waits.
    pub(super) fn pop(&mut self) -> Option<T> {
        loop {
            let sender = *self.turns.front()?;
            let Some(lane) = self.lanes.get_mut(&sender) else {
                self.turns.pop_front();
                continue;
            };
            match lane.items.front() {
                Some((cost, _)) if *cost <= lane.saved => {
                    lane.saved -= cost;
                    let (_, item) = lane.items.pop_front()?;
                    if lane.items.is_empty() {
                        self.lanes.remove(&sender);
                        self.turns.pop_front();
                    }
                    return Some(item);
                }
                Some(_) => {
                    lane.saved += TURN;
                    self.turns.rotate_left(1);
                }
                None => {
                    self.lanes.remove(&sender);
                    self.turns.pop_front();
                }
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_lane_of_large_items_delays_nobody_elses_small_one() {
        let mut queue = FairQueue::default();
        for n in 0..64 {
            queue.push("flood", 171 << 10, ("flood", n));
        }
        for n in 0..4 {
            queue.push("honest", 300, ("honest", n));
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        let last = order.iter().position(|item| *item == ("honest", 3)).unwrap();
        println!("the last of four honest items came after {} of 64 large ones", last - 3);
        assert!(last - 3 <= 1, "{last}");
        assert_eq!(order.len(), 68);
        assert!(queue.is_empty() && queue.lanes.is_empty());
        let flood: Vec<_> = order.iter().filter(|item| item.0 == "flood").map(|item| item.1).collect();
        assert!(flood.is_sorted(), "a lane keeps its order");
    }

    #[test]
    fn equal_lanes_take_turns() {
        let mut queue = FairQueue::default();
        for n in 0..3 {
            queue.push('a', TURN, n);
            queue.push('b', TURN, n);
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, [0, 0, 1, 1, 2, 2]);
    }
}
