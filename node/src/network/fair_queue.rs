//! A fair queue: what waits is served in turns of equal cost per sender, so a long queue delays only its sender.
//!
//! Deficit round robin: of a sender's queue is served what its saved-up turns pay for. It bounds nothing by
//! itself: whoever fills it bounds each sender's queue.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

/// The cost that one turn of a sender pays for, in bytes.
const TURN: usize = 16 << 10;

struct SenderQueue<T> {
    items: VecDeque<(usize, T)>,
    /// Cost that earlier turns have left over.
    saved: usize,
}

/// Items by sender, each with its cost in bytes.
pub(super) struct FairQueue<K, T> {
    senders: HashMap<K, SenderQueue<T>>,
    /// The senders that have something waiting, the next one first.
    turns: VecDeque<K>,
}

impl<K, T> Default for FairQueue<K, T> {
    fn default() -> Self {
        Self { senders: HashMap::new(), turns: VecDeque::new() }
    }
}

impl<K: Copy + Eq + Hash, T> FairQueue<K, T> {
    pub(super) fn push(&mut self, sender: K, cost: usize, item: T) {
        let queue = self.senders.entry(sender).or_insert_with(|| {
            self.turns.push_back(sender);
            SenderQueue { items: VecDeque::new(), saved: 0 }
        });
        queue.items.push_back((cost, item));
    }

    /// The next item, if any waits.
    pub(super) fn pop(&mut self) -> Option<T> {
        loop {
            let sender = *self.turns.front()?;
            let Some(queue) = self.senders.get_mut(&sender) else {
                self.turns.pop_front();
                continue;
            };
            match queue.items.front() {
                Some((cost, _)) if *cost <= queue.saved => {
                    queue.saved -= cost;
                    let (_, item) = queue.items.pop_front()?;
                    if queue.items.is_empty() {
                        self.senders.remove(&sender);
                        self.turns.pop_front();
                    }
                    return Some(item);
                }
                Some(_) => {
                    queue.saved += TURN;
                    self.turns.rotate_left(1);
                }
                None => {
                    self.senders.remove(&sender);
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
        assert!(queue.is_empty() && queue.senders.is_empty());
        let flood: Vec<_> = order.iter().filter(|item| item.0 == "flood").map(|item| item.1).collect();
        assert!(flood.is_sorted(), "a sender's order is kept");
    }

    #[test]
    fn equal_senders_take_turns() {
        let mut queue = FairQueue::default();
        for n in 0..3 {
            queue.push('a', TURN, n);
            queue.push('b', TURN, n);
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, [0, 0, 1, 1, 2, 2]);
    }
}
