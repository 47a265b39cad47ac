//! Waiting bids: open tasks without an award, by the place where they look for asks, in the order of service.
//!
//! A bid that found nobody sleeps: the next auctions do not look at it, until something changes in its favour. Two
//! things can. The bid itself changes: it is awake when it is entered. Or an ask does: whoever has changed searches the
//! rooms of what it sells for the first bid that it could serve, which bounds make a matter of the tree's depth. What
//! counts as a change of an ask is listed in `apply/awarding.rs`.
//!
//! A bid that only some provers may have waits in a room for each of them; all others in the room of their place.
//!
//! The rooms follow from the open tasks; who is awake does not, and decides nothing but what is looked at. Neither is in
//! a snapshot or in the root: whoever reads a snapshot wakes all.

use super::{
    bounded_tree::{Bounded, BoundedTree, Fork, Node, Side},
    shelf::Place,
    task::Task,
    tree_map::{Key, TreeMap},
};
use dpgn_protocol::{
    genesis::Params,
    ids::{AccountId, TaskId},
    units::{Credits, Ppm, Priority, Timestamp},
};
use std::{cmp::Reverse, collections::BTreeSet};

/// The place of a task in the order of service: priority, reward, time, id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn {
    priority: Reverse<u8>,
    reward: Reverse<u64>,
    opened: Timestamp,
    pub(crate) task: TaskId,
}

impl Turn {
    /// The turn of a bid that came at this time.
    pub(crate) const fn new(priority: Priority, reward: Credits, opened: Timestamp, task: TaskId) -> Self {
        Self { priority: Reverse(priority.get()), reward: Reverse(reward.get()), opened, task }
    }

    fn of(id: TaskId, task: &Task) -> Self {
        Self::new(task.bid.priority, task.bid.reward, task.opened, id)
    }
}

impl Key for Turn {
    type Bytes = [u8; 49];

    fn bytes(&self) -> [u8; 49] {
        let mut bytes = [0; 49];
        let parts = [
            &[!self.priority.0][..],
            &(!self.reward.0).to_be_bytes(),
            &self.opened.get().to_be_bytes(),
            self.task.as_bytes(),
        ];
        let whole = parts.into_iter().flatten();
        bytes.iter_mut().zip(whole).for_each(|(byte, part)| *byte = *part);
        bytes
    }
}

/// A waiting bid: its turn, and what it needs of an ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiter {
    turn: Turn,
    payable: Credits,
    reputation_min: Ppm,
    /// The latest time at which proving alone may begin.
    latest: Timestamp,
    deadline: Timestamp,
    collateral_min: Credits,
}

impl Waiter {
    fn of(id: TaskId, task: &Task, params: &Params) -> Self {
        Self {
            turn: Turn::of(id, task),
            payable: task.payable(),
            reputation_min: task.bid.reputation_min,
            latest: task.latest(params),
            deadline: task.bid.deadline,
            collateral_min: task.bid.collateral_min,
        }
    }
}

/// What some waiting bids need at least.
#[derive(Clone, Copy)]
pub(crate) struct Needs {
    payable_max: Credits,
    reputation_min: Ppm,
    latest_max: Timestamp,
    deadline_max: Timestamp,
    collateral_min: Credits,
    reward_min: u64,
}

impl Bounded for Waiter {
    type Key = Turn;
    type Bounds = Needs;
    type Digest = ();
    type Seam = ();

    fn key(&self) -> &Turn {
        &self.turn
    }

    fn bounds(&self) -> Needs {
        Needs {
            payable_max: self.payable,
            reputation_min: self.reputation_min,
            latest_max: self.latest,
            deadline_max: self.deadline,
            collateral_min: self.collateral_min,
            reward_min: self.turn.reward.0,
        }
    }

    fn both(a: Needs, b: Needs) -> Needs {
        Needs {
            payable_max: a.payable_max.max(b.payable_max),
            reputation_min: a.reputation_min.min(b.reputation_min),
            latest_max: a.latest_max.max(b.latest_max),
            deadline_max: a.deadline_max.max(b.deadline_max),
            collateral_min: a.collateral_min.min(b.collateral_min),
            reward_min: a.reward_min.min(b.reward_min),
        }
    }

    fn note(&self, _: &mut Fork<Self>) {}
}

/// What an ask offers at one place, as far as the bids there can be searched by it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    pub(crate) price: Credits,
    pub(crate) reputation: Ppm,
    /// The time at which a proof begun now would be done.
    pub(crate) done: Timestamp,
    /// The time, with an idle block, at which one that waits for its turn would be done.
    pub(crate) turn_done: Timestamp,
    /// The most collateral that is there for one award.
    pub(crate) collateral: Credits,
    /// The largest reward of a bid that the collateral is enough for: what an award displaces may call for the reward.
    pub(crate) reward_max: Credits,
}

impl Reach {
    /// The same ask, had it all the collateral in the world.
    pub(crate) const fn unlimited(self) -> Self {
        Self { collateral: Credits::MAX, reward_max: Credits::MAX, ..self }
    }

    fn covers(&self, needs: &Needs) -> bool {
        needs.payable_max >= self.price
            && needs.reputation_min <= self.reputation
            && needs.latest_max >= self.done
            && needs.deadline_max >= self.turn_done
            && needs.collateral_min <= self.collateral
            && needs.reward_min <= self.reward_max.get()
    }

    /// The first bid of a part, after a turn, that the ask may be able to serve.
    fn first(&self, side: &Side<Waiter>, after: Option<Turn>) -> Option<Turn> {
        if !self.covers(&side.bounds) {
            return None;
        }
        match &side.node {
            Node::Leaf(leaf) => {
                let mut rest = leaf.entries.iter().filter(|waiter| after.is_none_or(|after| waiter.turn > after));
                rest.find(|waiter| self.covers(&waiter.bounds())).map(|waiter| waiter.turn)
            }
            Node::Fork(fork) => {
                let left = Some(&fork.left).filter(|_| after.is_none_or(|after| fork.split > after));
                left.and_then(|left| self.first(left, after)).or_else(|| self.first(&fork.right, after))
            }
        }
    }
}

/// The bids that look for asks at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Room {
    /// The only prover that may have them; `None` if all may.
    pub(crate) prover: Option<AccountId>,
    pub(crate) place: Place,
}

/// All waiting bids.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiting {
    /// Bids that every prover may have.
    open: TreeMap<Place, BoundedTree<Waiter>>,
    /// Bids that only some provers may have, for each of them.
    own: TreeMap<(AccountId, Place), BoundedTree<Waiter>>,
    /// The bids that the next auction looks at, whatever the asks do.
    awake: TreeMap<Turn, ()>,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.open == other.open && self.own == other.own
    }
}

impl Eq for Waiting {}

/// The rooms in which a bid waits.
fn rooms_of(task: &Task) -> impl Iterator<Item = Room> {
    let place = Place::of_task(task);
    let named: BTreeSet<AccountId> = task.bid.allow.iter().copied().collect();
    let open = named.is_empty().then_some(Room { prover: None, place });
    open.into_iter().chain(named.into_iter().map(move |prover| Room { prover: Some(prover), place }))
}

fn enter_room<K: Key>(rooms: &mut TreeMap<K, BoundedTree<Waiter>>, room: K, waiter: Waiter) {
    rooms.get_or_insert_with(room, BoundedTree::default).insert(waiter);
}

fn leave_room<K: Key>(rooms: &mut TreeMap<K, BoundedTree<Waiter>>, room: K, waiter: &Waiter) {
    let Some(waiters) = rooms.get_mut(&room) else { return };
    waiters.remove(&waiter.turn);
    if waiters.top().is_none() {
        rooms.remove(&room);
    }
}

impl Waiting {
    /// Enters a task as it is now, awake, if it has no award and is in no sealed round.
    pub(super) fn enter(&mut self, id: TaskId, task: &Task, params: &Params) {
        if !task.is_waiting() {
            return;
        }
        let waiter = Waiter::of(id, task, params);
        self.awake.insert(waiter.turn, ());
        for Room { prover, place } in rooms_of(task) {
            match prover {
                None => enter_room(&mut self.open, place, waiter),
                Some(prover) => enter_room(&mut self.own, (prover, place), waiter),
            }
        }
    }

    /// Takes a task out, as it was when it was entered.
    pub(super) fn leave(&mut self, id: TaskId, task: &Task, params: &Params) {
        if !task.is_waiting() {
            return;
        }
        let waiter = Waiter::of(id, task, params);
        self.awake.remove(&waiter.turn);
        for Room { prover, place } in rooms_of(task) {
            match prover {
                None => leave_room(&mut self.open, place, &waiter),
                Some(prover) => leave_room(&mut self.own, (prover, place), &waiter),
            }
        }
    }

    /// The first bid in the order of service that is awake.
    pub(crate) fn first_awake(&self) -> Option<Turn> {
        self.awake.keys().next().copied()
    }

    /// Whether a bid is awake.
    pub(crate) fn is_awake(&self, turn: Turn) -> bool {
        self.awake.contains_key(&turn)
    }

    /// Lets a bid sleep: it has found nobody.
    pub(crate) fn sleep(&mut self, turn: Turn) {
        self.awake.remove(&turn);
    }

    /// The first bid in a room, after a turn, that an ask may be able to serve.
    pub(crate) fn first(&self, room: &Room, after: Option<Turn>, reach: &Reach) -> Option<Turn> {
        let waiters = match room.prover {
            None => self.open.get(&room.place),
            Some(prover) => self.own.get(&(prover, room.place)),
        };
        reach.first(waiters?.top()?, after)
    }

    /// The number of rooms for all provers.
    pub(crate) fn open_len(&self) -> usize {
        self.open.len()
    }

    /// Whether there is a room for all provers at a place.
    pub(crate) fn is_open(&self, place: &Place) -> bool {
        self.open.contains_key(place)
    }

    /// The places of the rooms for all provers.
    pub(crate) fn open_places(&self) -> impl Iterator<Item = Place> {
        self.open.keys().copied()
    }

    /// The places of one prover's own rooms.
    pub(crate) fn own_places(&self, prover: AccountId) -> impl Iterator<Item = Place> {
        let own = self.own.iter_from(&(prover, Place::FIRST)).map(|(room, _)| *room);
        own.take_while(move |(owner, _)| *owner == prover).map(|(_, place)| place)
    }

    /// All waiting bids in the order of service.
    pub(crate) fn in_order(&self) -> BTreeSet<Turn> {
        let waiters = self.open.values().chain(self.own.values()).flat_map(BoundedTree::iter);
        waiters.map(|waiter| waiter.turn).collect()
    }

    /// Whether any bid waits.
    pub(crate) fn is_any(&self) -> bool {
        self.open.len() > 0 || self.own.len() > 0
    }
}
