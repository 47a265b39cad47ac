//! Evictions: what gives way when a table is full, and what is old, found without a search.
//!
//! | table | what gives way |
//! |---|---|
//! | open tasks | the one without an award, whose sealed prices nobody has seen, that pays least fee per second of its life |
//! | asks | the one whose guarantor holds least for each ask that it guarantees |
//! | accounts | the poorest that has nothing open |
//! | ended tasks | the one that ended first |
//! | circuits | the one unused for longest, that no open task uses |
//!
//! Like the schedule it follows from the rest of the state, so it is in no snapshot and in no root. Tasks and circuits
//! are entered as they change. An account changes in many places: each notes that it was touched, and at the end of an
//! op the ledger ranks anew what was.

use super::{
    task::{Stage, Task},
    tree_map::{Key, TreeMap},
};
use dpgn_protocol::{
    ids::{AccountId, CircuitId, TaskId},
    units::{Credits, Epoch, Timestamp},
};
use std::collections::BTreeSet;

/// What a bid pays for its place in the table of open tasks: micro-credits of fees for 1,000 seconds of its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rate(u64);

/// Milliseconds for which a rate is counted.
const RATE_SPAN: u128 = 1_000_000;

impl Rate {
    /// The rate that a task pays from the block that took it up to its deadline.
    pub(crate) fn of(task: &Task) -> Self {
        let life = task.bid.deadline.since(task.opened).get().max(1);
        let rate = u128::from(task.fee.get()) * RATE_SPAN / u128::from(life);
        Self(u64::try_from(rate).unwrap_or(u64::MAX))
    }

    /// The rate as a number.
    pub(crate) const fn get(self) -> u64 {
        self.0
    }
}

impl Key for (Rate, TaskId) {
    type Bytes = [u8; 40];

    fn bytes(&self) -> [u8; 40] {
        let mut bytes = [0; 40];
        let (rate, id) = bytes.split_at_mut(8);
        rate.copy_from_slice(&self.0.get().to_be_bytes());
        id.copy_from_slice(self.1.as_bytes());
        bytes
    }
}

/// The place of an account among others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Its balance, if it has nothing open.
    pub(super) idle: Option<Credits>,
    /// The epoch of its last op, if it has nothing open and less than an account opens with.
    pub(super) dust: Option<Epoch>,
    /// What it holds for each ask that it guarantees, if it does.
    pub(super) backing: Option<Credits>,
}

/// What gives way, by table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evictions {
    /// Open tasks that may give way, by what they pay: they have no award, and are not bound by a sealed round, or whoever
    /// likes the opened prices too little would have its own bid displaced.
    pending: TreeMap<(Rate, TaskId), ()>,
    /// Ended tasks by the time at which they ended.
    ended: TreeMap<(Timestamp, TaskId), ()>,
    /// The number of open tasks of each circuit that has any.
    uses: TreeMap<CircuitId, u32>,
    /// Circuits without open tasks by the epoch of their last use.
    unused: TreeMap<(Epoch, CircuitId), ()>,
    /// The provers whose asks an account guarantees.
    guaranteed: TreeMap<AccountId, BTreeSet<AccountId>>,
    /// The collateral and the deposits that are locked in open tasks and for tickets, by the account that has put them up.
    locked: TreeMap<AccountId, Credits>,
    /// Guarantors by what they hold for each of their asks.
    backing: TreeMap<(Credits, AccountId), ()>,
    /// Accounts with nothing open, by balance.
    idle: TreeMap<(Credits, AccountId), ()>,
    /// Accounts with nothing open and less than an account opens with, by the epoch of their last op.
    dust: TreeMap<(Epoch, AccountId), ()>,
    /// The place of each account in the three maps above.
    places: TreeMap<AccountId, Place>,
    /// Accounts that have changed since they were ranked.
    touched: BTreeSet<AccountId>,
}

impl Evictions {
    /// Enters an open task as it is now.
    pub(super) fn enter(&mut self, id: TaskId, task: &Task) {
        if may_give_way(task) {
            self.pending.insert((Rate::of(task), id), ());
        }
        self.touch_task(task);
        stakes_of(task).for_each(|(account, stake)| self.lock(account, stake));
    }

    /// Takes an open task out, as it was when it was entered.
    pub(super) fn leave(&mut self, id: TaskId, task: &Task) {
        if may_give_way(task) {
            self.pending.remove(&(Rate::of(task), id));
        }
        self.touch_task(task);
        stakes_of(task).for_each(|(account, stake)| self.unlock(account, stake));
    }

    /// Notes that an account has put this much up.
    pub(super) fn lock(&mut self, account: AccountId, stake: Credits) {
        let locked = self.locked.get_or_insert_with(account, || Credits::ZERO);
        *locked = locked.saturating_add(stake);
    }

    /// Notes that this much of what an account had put up is free again.
    pub(super) fn unlock(&mut self, account: AccountId, stake: Credits) {
        let left = self.locked(account).saturating_sub(stake);
        if left == Credits::ZERO {
            self.locked.remove(&account);
        } else {
            self.locked.insert(account, left);
        }
    }

    fn touch_task(&mut self, task: &Task) {
        self.touch(task.requester);
        for award in task.staked() {
            self.touch(award.prover);
            self.touch(award.guarantor);
        }
        task.sealed_stakes().for_each(|(payer, _)| self.touch(payer));
    }

    /// Enters a task that has ended at this time.
    pub(super) fn enter_ended(&mut self, id: TaskId, at: Timestamp) {
        self.ended.insert((at, id), ());
    }

    /// Takes an ended task out.
    pub(super) fn leave_ended(&mut self, id: TaskId, at: Timestamp) {
        self.ended.remove(&(at, id));
    }

    /// Notes one more open task of a circuit that was last used in this epoch.
    pub(super) fn use_circuit(&mut self, circuit: CircuitId, last_used: Epoch) {
        *self.uses.get_or_insert_with(circuit, || 0) += 1;
        self.unused.remove(&(last_used, circuit));
    }

    /// Notes one open task less of a circuit that was last used in this epoch.
    pub(super) fn leave_circuit(&mut self, circuit: CircuitId, last_used: Epoch) {
        let uses = self.uses.get(&circuit).map_or(0, |uses| uses.saturating_sub(1));
        if uses == 0 {
            self.uses.remove(&circuit);
            self.unused.insert((last_used, circuit), ());
        } else {
            self.uses.insert(circuit, uses);
        }
    }

    /// Enters a circuit that no open task uses.
    pub(super) fn enter_circuit(&mut self, circuit: CircuitId, last_used: Epoch) {
        self.unused.insert((last_used, circuit), ());
    }

    /// Takes a circuit out that no open task uses.
    pub(super) fn forget_circuit(&mut self, circuit: CircuitId, last_used: Epoch) {
        self.unused.remove(&(last_used, circuit));
    }

    /// Enters a prover's ask under its guarantor.
    pub(super) fn enter_ask(&mut self, prover: AccountId, guarantor: AccountId) {
        self.guaranteed.get_or_insert_with(guarantor, BTreeSet::new).insert(prover);
        self.touch(prover);
        self.touch(guarantor);
    }

    /// Takes a prover's ask out from under its guarantor.
    pub(super) fn leave_ask(&mut self, prover: AccountId, guarantor: AccountId) {
        let provers = self.guaranteed.get_or_insert_with(guarantor, BTreeSet::new);
        provers.remove(&prover);
        if provers.is_empty() {
            self.guaranteed.remove(&guarantor);
        }
        self.touch(prover);
        self.touch(guarantor);
    }

    /// The number of asks that an account guarantees.
    pub(super) fn asks_of(&self, guarantor: AccountId) -> usize {
        self.guaranteed.get(&guarantor).map_or(0, BTreeSet::len)
    }

    /// The provers whose asks an account guarantees.
    pub(crate) fn guaranteed_by(&self, guarantor: AccountId) -> impl Iterator<Item = AccountId> {
        self.guaranteed.get(&guarantor).into_iter().flatten().copied()
    }

    /// The collateral and the deposits that an account has in open tasks and for tickets.
    pub(super) fn locked(&self, guarantor: AccountId) -> Credits {
        self.locked.get(&guarantor).copied().unwrap_or(Credits::ZERO)
    }

    /// Notes that an account has changed.
    pub(super) fn touch(&mut self, account: AccountId) {
        self.touched.insert(account);
    }

    /// Takes the accounts that have changed since they were ranked.
    pub(super) fn take_touched(&mut self) -> BTreeSet<AccountId> {
        std::mem::take(&mut self.touched)
    }

    /// Gives an account its place; `None` if it is no more.
    pub(super) fn rank(&mut self, account: AccountId, place: Option<Place>) {
        let last = match place {
            Some(place) => self.places.insert(account, place),
            None => self.places.remove(&account),
        };
        let (last, place) = (last.unwrap_or_default(), place.unwrap_or_default());
        move_to(&mut self.idle, account, last.idle, place.idle);
        move_to(&mut self.dust, account, last.dust, place.dust);
        move_to(&mut self.backing, account, last.backing, place.backing);
    }

    /// The open task that pays least for its place, among those that may give way.
    pub(crate) fn cheapest_task(&self) -> Option<(Rate, TaskId)> {
        self.pending.keys().next().copied()
    }

    /// The ask whose guarantor holds least for it, with that amount. Of one guarantor's asks it is the last by id.
    pub(crate) fn weakest_ask(&self) -> Option<(Credits, AccountId)> {
        let &(backing, guarantor) = self.backing.keys().next()?;
        Some((backing, *self.guaranteed.get(&guarantor)?.last()?))
    }

    /// Accounts with nothing open, the poorest first.
    pub(crate) fn idle(&self) -> impl Iterator<Item = (Credits, AccountId)> {
        self.idle.keys().copied()
    }

    /// Accounts with nothing open and less than an account opens with, the longest unused first.
    pub(super) fn dust(&self) -> impl Iterator<Item = (Epoch, AccountId)> {
        self.dust.keys().copied()
    }

    /// The ended tasks, the first to end first.
    pub(super) fn ended(&self) -> impl Iterator<Item = (Timestamp, TaskId)> {
        self.ended.keys().copied()
    }

    /// The circuits that no open task uses, the longest unused first.
    pub(crate) fn unused(&self) -> impl Iterator<Item = (Epoch, CircuitId)> {
        self.unused.keys().copied()
    }
}

fn may_give_way(task: &Task) -> bool {
    task.stage == Stage::Pending && !task.is_bound_by_round()
}

/// What accounts have at stake in a task, one by one.
fn stakes_of(task: &Task) -> impl Iterator<Item = (AccountId, Credits)> {
    let staked = task.staked().map(|award| (award.guarantor, award.collateral()));
    staked.filter(|(_, stake)| *stake > Credits::ZERO).chain(task.sealed_stakes())
}

/// Moves an account from one place in a map to another.
fn move_to<K: Copy + PartialEq>(
    map: &mut TreeMap<(K, AccountId), ()>,
    account: AccountId,
    last: Option<K>,
    next: Option<K>,
) where
    (K, AccountId): Key,
{
    if last == next {
        return;
    }
    if let Some(last) = last {
        map.remove(&(last, account));
    }
    if let Some(next) = next {
        map.insert((next, account), ());
    }
}
