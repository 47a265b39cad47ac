//! The outbox: own ops from signing until a block holds them or they expire.
//!
//! Signing is pure (RFC 8032 draws no randomness), so the engine does it itself. An op is sent again until it
//! is settled; whoever still wants what an expired op asked for asks anew.

use super::effect::{Effect, PeerEffect, Rejected};
use dpgn_market::{Body, Ledger};
use dpgn_protocol::{
    ids::{AccountId, OpId},
    ops::{Action, Op, SignedOp},
    sign::Keypair,
    units::{Millis, Timestamp},
};
use std::collections::{BTreeMap, BTreeSet};

/// The life of an op of ours, unless it must live longer.
const OP_LIFE: Millis = Millis::from_secs(60);
/// The pause after which an op is sent again while no block holds it.
const RESEND: Millis = Millis::from_secs(3);

/// The outbox: own ops under way, which are sent again until a block holds them.
pub(super) struct Outbox {
    keys: Keypair,
    sent: BTreeMap<OpId, Sent>,
    fresh: Vec<SignedOp>,
    /// Nonces of ops that were withdrawn, until these expire: others may still hold them.
    withdrawn: BTreeMap<u64, Timestamp>,
}

struct Sent {
    op: SignedOp,
    last: Timestamp,
}

impl Outbox {
    pub(super) fn new(keys: Keypair) -> Self {
        Self { keys, sent: BTreeMap::new(), fresh: Vec::new(), withdrawn: BTreeMap::new() }
    }

    pub(super) fn account(&self) -> AccountId {
        self.keys.account()
    }

    pub(super) fn keys(&self) -> &Keypair {
        &self.keys
    }

    /// Signs ops without sending them.
    pub(super) fn sign(
        &self,
        now: Timestamp,
        ledger: &Ledger,
        actions: Vec<Action>,
    ) -> Result<Vec<SignedOp>, Rejected> {
        let used: BTreeSet<u64> = self.sent.values().map(|s| s.op.op().nonce).collect();
        let mut free = ledger.free_nonces(self.account());
        free.retain(|nonce| !used.contains(nonce));
        // A withdrawn op may yet be decided, and use its nonce up.
        free.sort_by_key(|nonce| self.withdrawn.contains_key(nonce));
        let mut free = free.into_iter();
        let mut signed = Vec::with_capacity(actions.len());
        for action in actions {
            let nonce = free.next().ok_or(Rejected::Busy(self.sent.len()))?;
            let op = Op { nonce, expires: now.after(OP_LIFE), sponsor: None, action };
            signed.push(SignedOp::new(self.keys.sign(ledger.network(), op)?));
        }
        Ok(signed)
    }

    /// Sends ops from now until they are settled.
    pub(super) fn send(&mut self, now: Timestamp, ops: Vec<SignedOp>) {
        for op in ops {
            self.fresh.push(op.clone());
            self.sent.insert(op.id(), Sent { op, last: now });
        }
    }

    /// Signs ops, tries them on the ledger in order, and sends them if all of them hold.
    pub(super) fn offer(
        &mut self,
        now: Timestamp,
        ledger: &Ledger,
        actions: Vec<Action>,
    ) -> Result<Vec<SignedOp>, Rejected> {
        let ops = self.sign(now, ledger, actions)?;
        try_all(now, ledger, &ops)?;
        self.send(now, ops.clone());
        Ok(ops)
    }

    /// Signs and sends one op; none if too many are under way, and the caller tries again later.
    pub(super) fn submit(&mut self, now: Timestamp, ledger: &Ledger, action: Action) -> Option<SignedOp> {
        let op = self.sign(now, ledger, vec![action]).ok()?.pop()?;
        self.send(now, vec![op.clone()]);
        Some(op)
    }

    /// The number of own ops that are under way.
    pub(super) fn len(&self) -> usize {
        self.sent.len()
    }

    /// Whether this op is under way.
    pub(super) fn holds(&self, op: OpId) -> bool {
        self.sent.contains_key(&op)
    }

    /// Whether an own op is under way that satisfies `is`.
    pub(super) fn any(&self, is: impl Fn(&Action) -> bool) -> bool {
        self.sent.values().any(|s| is(&s.op.op().action))
    }

    /// The actions of the own ops that are under way.
    pub(super) fn actions(&self) -> impl Iterator<Item = &Action> {
        self.sent.values().map(|sent| &sent.op.op().action)
    }

    /// Sends no more what nobody needs any more: what another's op has done, or what is over.
    pub(super) fn withdraw(&mut self, is_idle: impl Fn(&Action) -> bool) {
        for sent in self.sent.values().filter(|sent| is_idle(&sent.op.op().action)) {
            self.withdrawn.insert(sent.op.op().nonce, sent.op.op().expires);
        }
        self.sent.retain(|_, sent| !is_idle(&sent.op.op().action));
    }

    /// A block holds this op.
    pub(super) fn confirm(&mut self, op: OpId) {
        self.sent.remove(&op);
    }

    /// Forgets what can no longer be applied and marks for sending what is due again.
    pub(super) fn tick(&mut self, now: Timestamp, ledger: &Ledger) {
        let free: BTreeSet<u64> = ledger.free_nonces(self.account()).into_iter().collect();
        self.sent.retain(|_, s| s.op.op().expires > now && free.contains(&s.op.op().nonce));
        self.withdrawn.retain(|nonce, expires| *expires > now && free.contains(nonce));
        for sent in self.sent.values_mut().filter(|s| now >= s.last.after(RESEND)) {
            sent.last = now;
            self.fresh.push(sent.op.clone());
        }
    }

    /// The ops that are to be sent now, in order.
    pub(super) fn flush(&mut self, effects: &mut Vec<Effect>) -> Vec<SignedOp> {
        let fresh = std::mem::take(&mut self.fresh);
        if !fresh.is_empty() {
            effects.push(PeerEffect::GossipOps(fresh.iter().map(SignedOp::to_raw).collect()).into());
        }
        fresh
    }
}

/// Whether a block made of nothing but these ops, in this order, would hold them all.
fn try_all(now: Timestamp, ledger: &Ledger, ops: &[SignedOp]) -> Result<(), Rejected> {
    let time = now.min(ledger.latest_time()).max(ledger.time().after(Millis::new(1)));
    let Some(member) = ledger.committee().members().first() else { return Ok(()) };
    let body = Body { time, proposer: member.account, voters: &[], ops };
    let draft = ledger.propose(body)?;
    match draft.left_out.into_iter().next() {
        Some(left) => Err(left.reason.into()),
        None => Ok(()),
    }
}
