//! The pool: ops a coordinator has seen and no block holds yet.
//!
//! Bounded in all and per account; when it is full, newcomers are refused, so nobody can push others out.

use dpgn_market::Ledger;
use dpgn_protocol::{
    ids::{AccountId, OpId},
    limits::NONCE_WINDOW,
    ops::SignedOp,
    units::Timestamp,
};
use std::collections::BTreeMap;

/// Ops in all.
const OPS_MAX: usize = 8_192;

#[derive(Default)]
pub(super) struct Pool {
    /// By arrival, so that ops which build on each other stay in order.
    ops: BTreeMap<u64, SignedOp>,
    places: BTreeMap<OpId, u64>,
    arrivals: u64,
    per_account: BTreeMap<AccountId, u64>,
    /// Whether anything came in since the last attempt at a block.
    fresh: bool,
}

impl Pool {
    /// Takes an op in, if it may still be applied and there is room.
    pub(super) fn insert(&mut self, now: Timestamp, ledger: &Ledger, op: SignedOp) {
        if self.places.contains_key(&op.id()) || self.ops.len() >= OPS_MAX || !hopeful(ledger, &op, now) {
            return;
        }
        let count = self.per_account.entry(op.signer()).or_default();
        if *count >= NONCE_WINDOW {
            return;
        }
        *count += 1;
        self.fresh = true;
        self.arrivals += 1;
        self.places.insert(op.id(), self.arrivals);
        self.ops.insert(self.arrivals, op);
    }

    /// Whether there is a reason to try for a block.
    pub(super) fn take_fresh(&mut self) -> bool {
        std::mem::take(&mut self.fresh)
    }

    /// A block was applied: what waited for it may go now.
    pub(super) fn applied(&mut self, now: Timestamp, ledger: &Ledger, held: &[SignedOp]) {
        for op in held {
            self.remove(op.id());
        }
        let stale: Vec<OpId> = self.ops.values().filter(|op| !hopeful(ledger, op, now)).map(SignedOp::id).collect();
        for op in stale {
            self.remove(op);
        }
        self.fresh = !self.ops.is_empty();
    }

    pub(super) fn len(&self) -> usize {
        self.ops.len()
    }

    pub(super) fn ops(&self) -> Vec<SignedOp> {
        self.ops.values().cloned().collect()
    }

    /// Forgets an op that can never be applied.
    pub(super) fn drop(&mut self, op: OpId) {
        self.remove(op);
    }

    fn remove(&mut self, op: OpId) {
        let Some(op) = self.places.remove(&op).and_then(|place| self.ops.remove(&place)) else { return };
        if let Some(count) = self.per_account.get_mut(&op.signer()) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.per_account.remove(&op.signer());
            }
        }
    }
}

/// Whether the op can be applied now, or perhaps later.
fn hopeful(ledger: &Ledger, op: &SignedOp, now: Timestamp) -> bool {
    ledger.check(op, now).map_or_else(|reason| reason.may_pass_later(), |()| true)
}
