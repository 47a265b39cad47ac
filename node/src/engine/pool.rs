//! The pool: ops a coordinator has seen and no block holds yet.
//!
//! Bounded in all and per account; when it is full, newcomers are refused, so nobody can push others out. What
//! can't be applied yet has paid nothing, so it gets a quarter of the room, and little of it per payer: one that
//! could pay its fee now.

use dpgn_market::Ledger;
use dpgn_protocol::{
    ids::{AccountId, OpId},
    limits::NONCE_WINDOW,
    ops::SignedOp,
    units::Timestamp,
};
use std::collections::BTreeMap;

/// The most ops in the pool.
const OPS_MAX: usize = 8_192;
/// The most ops in the pool that can't be applied yet: they pay nothing until they can.
const LATER_MAX: usize = OPS_MAX / 4;
/// The most such ops of one payer: an account, or the sponsor of many.
const LATER_PER_PAYER_MAX: usize = 16;

#[derive(Default)]
pub(super) struct Pool {
    /// The ops by their arrival, so that those which build on each other stay in order.
    ops: BTreeMap<u64, Pooled>,
    places: BTreeMap<OpId, u64>,
    arrivals: u64,
    /// The numbers of ops by their signer.
    signed: Counts,
    /// The numbers of ops that can't be applied yet, by their payer.
    later: Counts,
    /// Whether any op came in since the last attempt at a block.
    fresh: bool,
}

struct Pooled {
    op: SignedOp,
    /// Whether the op waits for something: an award, a circuit, credits.
    later: bool,
}

/// The number of ops in all, and of each account that has any.
#[derive(Default)]
struct Counts {
    all: usize,
    of: BTreeMap<AccountId, usize>,
}

impl Counts {
    fn of(&self, account: AccountId) -> usize {
        self.of.get(&account).copied().unwrap_or(0)
    }

    fn add(&mut self, account: AccountId) {
        self.all += 1;
        *self.of.entry(account).or_default() += 1;
    }

    fn remove(&mut self, account: AccountId) {
        if let Some(count) = self.of.get_mut(&account) {
            (self.all, *count) = (self.all - 1, *count - 1);
            if *count == 0 {
                self.of.remove(&account);
            }
        }
    }
}

impl Pool {
    /// Takes an op in, if it may still be applied and there is room.
    pub(super) fn insert(&mut self, now: Timestamp, ledger: &Ledger, op: SignedOp) {
        if self.places.contains_key(&op.id()) || self.ops.len() >= OPS_MAX {
            return;
        }
        let Some(later) = waits(ledger, &op, now) else { return };
        let is_full = later && (self.later.of(op.payer()) >= LATER_PER_PAYER_MAX || self.later.all >= LATER_MAX);
        if !is_full && (self.signed.of(op.signer()) as u64) < NONCE_WINDOW {
            self.fresh = true;
            self.put(op, later);
        }
    }

    fn put(&mut self, op: SignedOp, later: bool) {
        self.signed.add(op.signer());
        if later {
            self.later.add(op.payer());
        }
        self.arrivals += 1;
        self.places.insert(op.id(), self.arrivals);
        self.ops.insert(self.arrivals, Pooled { op, later });
    }

    /// Whether an op came in since the last call: a reason to try for a block.
    pub(super) fn take_fresh(&mut self) -> bool {
        std::mem::take(&mut self.fresh)
    }

    /// A block was applied: what waited for it may go now, and what it made void is forgotten.
    pub(super) fn applied(&mut self, now: Timestamp, ledger: &Ledger, held: &[SignedOp]) {
        for op in held {
            self.drop(op.id());
        }
        let rest = std::mem::take(self);
        self.arrivals = rest.arrivals;
        for pooled in rest.ops.into_values() {
            if let Some(later) = waits(ledger, &pooled.op, now) {
                self.put(pooled.op, later);
            }
        }
        self.fresh = !self.ops.is_empty();
    }

    pub(super) fn len(&self) -> usize {
        self.ops.len()
    }

    pub(super) fn ops(&self) -> Vec<SignedOp> {
        self.ops.values().map(|pooled| pooled.op.clone()).collect()
    }

    /// Forgets an op that waits no more.
    pub(super) fn drop(&mut self, op: OpId) {
        let Some(pooled) = self.places.remove(&op).and_then(|place| self.ops.remove(&place)) else { return };
        self.signed.remove(pooled.op.signer());
        if pooled.later {
            self.later.remove(pooled.op.payer());
        }
    }
}

/// Whether the op has to wait before it can be applied; none if it never can, or if nobody could pay for it now.
fn waits(ledger: &Ledger, op: &SignedOp, now: Timestamp) -> Option<bool> {
    match ledger.check(op, now) {
        Ok(()) => Some(false),
        Err(reason) => (reason.may_pass_later() && ledger.balance(op.payer()) >= ledger.fee(op)).then_some(true),
    }
}
