//! The outbox: own ops from signing until a block holds them or they expire.
//!
//! Signing is pure (RFC 8032 draws no randomness), so the engine does it itself. An op is sent again until it
//! is settled; whoever still wants what an expired op asked for asks anew. It is not kept over a restart: others may still
//! hold what was sent before, so for the life of an op nonces are taken from another place in the window.

use super::effect::{Effect, PeerEffect, Rejected};
use dpgn_market::{Body, Ledger};
use dpgn_protocol::{
    ids::{AccountId, BlockHash, OpId},
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
    /// The time of the first step.
    began: Option<Timestamp>,
}

struct Sent {
    op: SignedOp,
    last: Timestamp,
}

impl Outbox {
    pub(super) fn new(keys: Keypair) -> Self {
        Self { keys, sent: BTreeMap::new(), fresh: Vec::new(), withdrawn: BTreeMap::new(), began: None }
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
        if ledger.account(self.account()).is_some() {
            self.keep_clear(now, &mut free);
        }
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

    /// Moves the nonces that ops of before a restart may have to the end, as long as these may live.
    fn keep_clear(&self, now: Timestamp, free: &mut [u64]) {
        let began = self.began.unwrap_or(now);
        let half = free.len() / 2;
        if now < began.after(OP_LIFE) && half > 0 {
            // Never the lowest, which a node takes that has run for longer; and another place at every start.
            free.rotate_left(half / 2 + (began.get() % half as u64) as usize);
        }
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
        self.began.get_or_insert(now);
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
    // No op is admitted or refused by what block is below.
    let parent = BlockHash::from_bytes([0; 32]);
    let commit = ledger.assumed_commit(parent);
    let body = Body { parent, time, proposer: member.account, last_commit: commit.as_ref(), ops };
    let draft = ledger.propose(body)?;
    match draft.left_out.into_iter().next() {
        Some(left) => Err(left.reason.into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesis_file::new_network;
    use dpgn_protocol::{genesis::Params, units::Credits};

    /// A transfer that was told of as under way was lost when its sender restarted and used its nonce for another.
    #[test]
    fn a_restart_uses_no_nonce_of_what_may_be_under_way() {
        let [keys, other] = [1, 2].map(|n| Keypair::from_seed(&[n; 32]));
        let genesis = new_network("restarts", &[keys.account()], &[keys.account()], Params::default()).unwrap();
        let ledger = Ledger::new(&genesis).unwrap();
        let send = |began: u64, at: u64| {
            let mut outbox = Outbox::new(keys.clone());
            outbox.tick(Timestamp::new(began), &ledger);
            let sent = |_| {
                let action = Action::Transfer { to: other.account(), amount: Credits::new(1) };
                outbox.submit(Timestamp::new(at), &ledger, action).unwrap().op().nonce
            };
            (0..8).map(sent).collect::<BTreeSet<u64>>()
        };
        let begin = genesis.time.get();
        let before = send(begin, begin + 60_000);
        let restarts = (1_000..1_100).map(|ms| send(begin + ms, begin + ms));
        let used_again = restarts.filter(|after| !after.is_disjoint(&before)).count();
        println!("eight ops under way at a restart: {used_again} of 100 restarts use a nonce of theirs");
        assert_eq!(used_again, 0, "all of them did");
    }
}
