//! The pool: ops a coordinator has seen and no block holds yet.
//!
//! Bounded in ops and in bytes, in all and per account; when it is full, newcomers are refused, so nobody can push
//! others out. A quarter is kept for ops that somebody is obliged to send: their windows close. What can't be applied
//! yet has paid nothing, so it gets little room, a quarter of it for duties too, and little of it per payer: one that could
//! pay its fee now. What is said of an award waits for one block, no longer.

use dpgn_market::Ledger;
use dpgn_protocol::{
    duty::{Duty, OpPriority},
    ids::{AccountId, OpId},
    limits::{BLOCK_BYTES_MAX, NONCE_WINDOW},
    ops::SignedOp,
    units::{Millis, Timestamp},
};
use std::collections::BTreeMap;

/// The room in the pool.
const ALL: Room = Room { ops: 8_192, bytes: 32 << 20 };
/// The room for ops without a duty behind them.
const VOLUNTARY: Room = Room { ops: ALL.ops / 4 * 3, bytes: ALL.bytes / 4 * 3 };
/// The room for ops that can't be applied yet: they pay nothing until they can.
const LATER: Room = Room { ops: ALL.ops / 4, bytes: 4 << 20 };
/// The room for those of them without a duty behind them.
const LATER_VOLUNTARY: Room = Room { ops: LATER.ops / 4 * 3, bytes: LATER.bytes / 4 * 3 };
/// The room for such ops of one payer: an account, or the sponsor of many.
const LATER_PER_PAYER: Room = Room { ops: 16, bytes: 128 << 10 };
/// The ops without a duty that a block is made of: those of the front, whatever waits behind them.
const FRONT_BYTES: usize = 2 * BLOCK_BYTES_MAX;
/// A pool that is looked through after each block.
const SMALL: usize = 512;
/// The time between two looks through a larger one.
const SWEEP_EVERY: Millis = Millis::from_secs(1);

#[derive(Default)]
pub(super) struct Pool {
    /// The ops by their arrival, so that those which build on each other stay in order.
    ops: BTreeMap<u64, Pooled>,
    places: BTreeMap<OpId, u64>,
    arrivals: u64,
    /// The room that ops take, by their signer.
    signed: Taken,
    /// The room of ops without a duty behind them.
    voluntary: Room,
    /// The room of ops that can't be applied yet, by their payer.
    later: Taken,
    /// The room of those of them without a duty behind them.
    later_voluntary: Room,
    /// Whether any op came in since the last attempt at a block.
    fresh: bool,
    /// The time at which all of it was last looked through.
    swept: Option<Timestamp>,
}

struct Pooled {
    op: SignedOp,
    /// Whether somebody is obliged to send it.
    priority: OpPriority,
    /// Whether the op waits for something: an award, a circuit, credits.
    later: bool,
}

/// Room in the pool: a number of ops, and their bytes.
#[derive(Clone, Copy, Default)]
struct Room {
    ops: usize,
    bytes: usize,
}

impl Room {
    /// Whether an op of this size finds room beside what is taken.
    fn has(self, taken: Self, size: usize) -> bool {
        taken.ops < self.ops && taken.bytes + size <= self.bytes
    }

    fn add(&mut self, size: usize) {
        (self.ops, self.bytes) = (self.ops + 1, self.bytes + size);
    }

    fn remove(&mut self, size: usize) {
        (self.ops, self.bytes) = (self.ops - 1, self.bytes - size);
    }
}

/// The room that is taken in all, and by each account that takes any.
#[derive(Default)]
struct Taken {
    all: Room,
    of: BTreeMap<AccountId, Room>,
}

impl Taken {
    fn of(&self, account: AccountId) -> Room {
        self.of.get(&account).copied().unwrap_or_default()
    }

    fn add(&mut self, account: AccountId, size: usize) {
        self.all.add(size);
        self.of.entry(account).or_default().add(size);
    }

    fn remove(&mut self, account: AccountId, size: usize) {
        if let Some(taken) = self.of.get_mut(&account) {
            self.all.remove(size);
            taken.remove(size);
            if taken.ops == 0 {
                self.of.remove(&account);
            }
        }
    }
}

impl Pool {
    /// Takes an op in, if it may still be applied and there is room.
    pub(super) fn insert(&mut self, now: Timestamp, ledger: &Ledger, op: SignedOp) {
        if self.places.contains_key(&op.id()) || self.signed.of(op.signer()).ops as u64 >= NONCE_WINDOW {
            return;
        }
        let Some(later) = waits(ledger, &op, now) else { return };
        let (size, priority) = (op.size(), ledger.priority(&op));
        let has_room = ALL.has(self.signed.all, size)
            && (priority == OpPriority::Duty || VOLUNTARY.has(self.voluntary, size))
            && (!later || self.has_room_for_later(op.payer(), priority, size));
        if has_room {
            // One that has to wait is no reason for a block.
            self.fresh |= !later;
            self.arrivals += 1;
            self.put(self.arrivals, Pooled { op, priority, later });
        }
    }

    /// Whether an op of this payer that can't be applied yet finds room among others of the kind.
    fn has_room_for_later(&self, payer: AccountId, priority: OpPriority, size: usize) -> bool {
        LATER.has(self.later.all, size)
            && LATER_PER_PAYER.has(self.later.of(payer), size)
            && (priority == OpPriority::Duty || LATER_VOLUNTARY.has(self.later_voluntary, size))
    }

    fn put(&mut self, place: u64, pooled: Pooled) {
        let (op, size) = (&pooled.op, pooled.op.size());
        self.signed.add(op.signer(), size);
        if pooled.priority == OpPriority::Voluntary {
            self.voluntary.add(size);
        }
        if pooled.later {
            self.later.add(op.payer(), size);
            if pooled.priority == OpPriority::Voluntary {
                self.later_voluntary.add(size);
            }
        }
        self.places.insert(op.id(), place);
        self.ops.insert(place, pooled);
    }

    /// Whether an op has come in that no try for a block has looked at.
    pub(super) fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// A pooled op.
    pub(super) fn get(&self, op: OpId) -> Option<&SignedOp> {
        self.places.get(&op).and_then(|place| self.ops.get(place)).map(|pooled| &pooled.op)
    }

    /// A try for a block has found nothing of use in front: what stands behind it is a reason for another.
    pub(super) fn look_further(&mut self) {
        self.fresh = self.ops.values().any(|pooled| !pooled.later);
    }

    /// Whether an op came in since the last call: a reason to try for a block.
    pub(super) fn take_fresh(&mut self) -> bool {
        std::mem::take(&mut self.fresh)
    }

    /// A block was applied: what waited for it may go now, and what it made void is forgotten. A large pool is looked
    /// through once in a while only: who makes a block finds out about what stands in front.
    pub(super) fn applied(&mut self, now: Timestamp, ledger: &Ledger, held: &[SignedOp]) {
        for op in held {
            self.drop(op.id());
        }
        let is_due = self.ops.len() <= SMALL || self.swept.is_none_or(|at| now >= at.after(SWEEP_EVERY) || now < at);
        if is_due {
            self.swept = Some(now);
        }
        let doubtful = self.ops.iter().filter(|(_, pooled)| is_due || pooled.later);
        for place in doubtful.map(|(place, _)| *place).collect::<Vec<u64>>() {
            self.look_again(place, now, ledger);
        }
        self.fresh = self.ops.values().any(|pooled| !pooled.later);
    }

    /// Finds out anew what an op waits for, and forgets one that waits in vain.
    fn look_again(&mut self, place: u64, now: Timestamp, ledger: &Ledger) {
        let Some(Pooled { op, later: waited, .. }) = self.remove(place) else { return };
        let Some(later) = waits(ledger, &op, now) else { return };
        let (priority, size) = (ledger.priority(&op), op.size());
        // One that was good alone, and not after the others of its payer, waits like one that comes so.
        let has_room = !later || waited || self.has_room_for_later(op.payer(), priority, size);
        // What is said of an award comes a block early at most, or it is too late for good. Its signer sends it
        // again for as long as it is of use; one that nobody needs must not keep its signer's place until it expires.
        if has_room && !(later && waited && speaks_of_an_award(&op)) {
            self.put(place, Pooled { op, priority, later });
        }
    }

    /// An op that could not follow those before it in a block waits for the next, and keeps nobody from the front. If there
    /// is no room for it among those that wait it is forgotten: its signer sends it again, and duties keep theirs.
    pub(super) fn postpone(&mut self, op: &SignedOp) {
        if let Some(place) = self.places.get(&op.id()).copied()
            && !speaks_of_an_award(op)
            && let Some(pooled) = self.remove(place)
            && (pooled.later || self.has_room_for_later(op.payer(), pooled.priority, op.size()))
        {
            self.put(place, Pooled { later: true, ..pooled });
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ops.len()
    }

    /// The bytes of all ops.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.signed.all.bytes
    }

    /// The ops that a block is made of, in the order of their arrival: duties, what waited, and of the rest as many as
    /// would fill some blocks.
    pub(super) fn for_a_block(&self) -> Vec<SignedOp> {
        let mut rest = Room::default();
        let has_place = |pooled: &&Pooled| {
            if pooled.priority == OpPriority::Duty || pooled.later {
                return true;
            }
            rest.add(pooled.op.size());
            rest.bytes <= FRONT_BYTES
        };
        self.ops.values().filter(has_place).map(|pooled| pooled.op.clone()).collect()
    }

    /// Forgets an op that waits no more.
    pub(super) fn drop(&mut self, op: OpId) {
        if let Some(place) = self.places.get(&op).copied() {
            self.remove(place);
        }
    }

    fn remove(&mut self, place: u64) -> Option<Pooled> {
        let pooled = self.ops.remove(&place)?;
        let (op, size) = (&pooled.op, pooled.op.size());
        self.places.remove(&op.id());
        self.signed.remove(op.signer(), size);
        if pooled.priority == OpPriority::Voluntary {
            self.voluntary.remove(size);
        }
        if pooled.later {
            self.later.remove(op.payer(), size);
            if pooled.priority == OpPriority::Voluntary {
                self.later_voluntary.remove(size);
            }
        }
        Some(pooled)
    }
}

/// Whether the op has to wait before it can be applied; none if it never can, or if nobody could pay for it now.
fn waits(ledger: &Ledger, op: &SignedOp, now: Timestamp) -> Option<bool> {
    match ledger.check(op, now) {
        Ok(()) => Some(false),
        Err(reason) => (reason.may_pass_later() && ledger.balance(op.payer()) >= ledger.fee(op)).then_some(true),
    }
}

/// Whether the op is about an award that is there or is not. `Alive` is about all, and may well come too soon.
fn speaks_of_an_award(op: &SignedOp) -> bool {
    match op.op().action.duty() {
        Duty::Award(_) | Duty::Start(_) | Duty::Opening(_) | Duty::Committee => true,
        Duty::AllAwards | Duty::Voluntary => false,
    }
}
