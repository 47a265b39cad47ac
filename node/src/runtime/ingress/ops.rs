//! Gossiped ops: which of them are worth a signature check, and which are worth passing on.
//!
//! The cheap questions come first: is an op in the batch twice, has it been passed on just now, can its payer pay
//! the fee at all? Only then is its signature checked, and only what the ledger would admit travels on. One nonce
//! of one account is passed on once in two seconds, whatever carries it, and each payer has a budget: so what a
//! flood costs the network is bounded by the accounts that pay for it, not by the messages it comes in.

use super::unusable::Unusable;
use crate::network::{Limiter, Rate};
use dpgn_market::{Ledger, Refused};
use dpgn_protocol::{
    codec::{self, DecodeError},
    ids::{AccountId, NetworkId, OpId},
    ops::{Op, RawOp, SignedOp},
    sign::Message,
    units::{Millis, Timestamp},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

/// An op that expired longer ago than clocks may differ is not passed on.
const CLOCKS_DIFFER_MAX: Millis = Millis::from_secs(60);
/// What has been passed on is not passed on again within this. Shorter than the interval at which a node sends
/// its own ops again, so that what was lost on the way gets through.
const RELAY_AGAIN: Millis = Millis::from_secs(2);
/// Nonces remembered as passed on.
const SLOTS_MAX: usize = 1 << 16;
/// Useless ops at the start of a batch after which the rest of it is not looked at.
const DROPPED_MAX: usize = 32;
/// The rate at which ops of one payer are checked and passed on.
const PAYER_RATE: Rate = Rate { per_s: 64, burst: 256, bytes_per_s: 64 << 10, bytes_burst: 512 << 10 };

/// What a batch of ops holds for this node.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Ops to be passed on.
    pub(super) fresh: Vec<RawOp>,
    /// Whether these are all of the batch: then the message itself may travel on.
    pub(super) all_fresh: bool,
    /// Ops for the engine, their signatures checked.
    pub(super) ops: Vec<SignedOp>,
    /// Signatures that were checked for it.
    pub(super) checked: usize,
}

/// What becomes of one op.
enum Fate {
    Relay(SignedOp),
    /// It may pass one day, but is not worth the network's time now.
    Keep(SignedOp),
    Drop,
}

/// Decides about gossiped ops.
pub(super) struct OpGate {
    network: NetworkId,
    /// When a nonce of an account was last passed on.
    slots: BTreeMap<(AccountId, u64), Timestamp>,
    payers: Limiter<AccountId>,
    /// What the batch at hand has taken of its payers' budgets: one entry per signature checked.
    taken: Vec<(AccountId, usize)>,
}

impl OpGate {
    pub(super) fn new(network: NetworkId) -> Self {
        Self { network, slots: BTreeMap::new(), payers: Limiter::new(PAYER_RATE), taken: Vec::new() }
    }

    /// Checks a batch. An error speaks of its sender: all it needed to see it was the batch itself.
    pub(super) fn check(&mut self, batch: Vec<RawOp>, ledger: &Ledger, now: Timestamp) -> Result<Heard, Unusable> {
        // No correct program sends an op twice in one batch.
        let ids: BTreeSet<OpId> = batch.iter().map(RawOp::id).collect();
        if ids.len() != batch.len() {
            return Err(Unusable::Guilty);
        }
        self.taken.clear();
        let mut heard = Heard { all_fresh: !batch.is_empty(), ..Heard::default() };
        let mut dropped = 0;
        for raw in batch {
            if dropped >= DROPPED_MAX && heard.ops.is_empty() {
                // Nothing so far was worth it: the rest is sent again by whoever needs it.
                break;
            }
            let fate = self.one(&raw, ledger, now).inspect_err(|_| {
                // A batch with a false signature in it has used up what belongs to nobody but its sender.
                for (payer, bytes) in &self.taken {
                    self.payers.give_back(*payer, *bytes);
                }
            });
            match fate? {
                Fate::Relay(op) => {
                    heard.fresh.push(raw);
                    heard.ops.push(op);
                }
                Fate::Keep(op) => {
                    heard.all_fresh = false;
                    heard.ops.push(op);
                }
                Fate::Drop => {
                    heard.all_fresh = false;
                    dropped += 1;
                }
            }
        }
        heard.checked = self.taken.len();
        // Only now, for the same reason.
        for op in &heard.ops {
            self.slots.insert((op.signer(), op.op().nonce), now);
        }
        Ok(heard)
    }

    fn one(&mut self, raw: &RawOp, ledger: &Ledger, now: Timestamp) -> Result<Fate, Unusable> {
        let op: Op = match codec::decode(&raw.op.body, Op::MAX_BYTES) {
            Ok(op) => op,
            Err(DecodeError::UnknownVersion(_)) => return Ok(Fate::Drop),
            Err(error) => return Err(error.into()),
        };
        let (signer, size, instant) = (raw.op.signer, raw.op.body.len(), Instant::now());
        let payer = op.sponsor.unwrap_or(signer);
        let is_old = op.expires.after(CLOCKS_DIFFER_MAX) <= now;
        let is_worth_it = !is_old
            && self.is_free(signer, op.nonce, now)
            && can_pay(ledger, signer, payer)
            && self.payers.has(payer, size, instant);
        if !is_worth_it {
            return Ok(Fate::Drop);
        }
        let op = raw.clone().verify(self.network)?;
        // Not before: a forger must not use up what belongs to the payer.
        self.payers.allow(payer, size, instant);
        self.taken.push((payer, size));
        Ok(match ledger.check(&op, now) {
            Ok(()) => Fate::Relay(op),
            Err(reason) if !reason.may_pass_later() => Fate::Drop,
            Err(
                Refused::NonceTooFar { .. }
                | Refused::InsufficientFunds { .. }
                | Refused::Full { .. }
                | Refused::NoRoom,
            ) => Fate::Keep(op),
            // It waits for another op or for a block that others may have already.
            Err(_) => Fate::Relay(op),
        })
    }

    /// Whether this nonce has not been passed on just now.
    fn is_free(&mut self, signer: AccountId, nonce: u64, now: Timestamp) -> bool {
        let is_over = |at: &Timestamp| at.after(RELAY_AGAIN) <= now || *at > now;
        if self.slots.len() >= SLOTS_MAX {
            self.slots.retain(|_, at| !is_over(at));
        }
        match self.slots.get(&(signer, nonce)) {
            Some(at) => is_over(at),
            None => self.slots.len() < SLOTS_MAX,
        }
    }
}

/// Whether the ledger could take the op's fee, or takes none: a question of the ledger alone, asked before the
/// signature is looked at.
fn can_pay(ledger: &Ledger, signer: AccountId, payer: AccountId) -> bool {
    let owes_none = ledger.committee().power(signer).is_some() || ledger.awards_of(signer).next().is_some();
    owes_none || ledger.balance(payer) >= ledger.params().op_fee
}
