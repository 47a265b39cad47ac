//! Gossiped ops: which of them are worth a signature check, and which are worth passing on.
//!
//! The cheap questions come first: is an op in the batch twice, may it still stand in a block, has it been passed on
//! just now, can its payer pay the fee at all? Only then is its signature checked, and only what the ledger would
//! admit travels on. An op is charged to its payer's budget once, when it is new; whatever comes again is charged to
//! the peer that brings it. So nobody's replays use up what belongs to a payer, and what a flood costs the network
//! is bounded by the accounts that pay for it and by the peers that send it.

use super::{checked_ops::CheckedOps, unusable::Unusable};
use crate::network::{Limiter, Rate};
use dpgn_market::{Ledger, Refused};
use dpgn_protocol::{
    bounded::List,
    codec::{self, DecodeError},
    ids::{AccountId, NetworkId, OpId},
    ops::{Op, RawOp, SignedOp},
    sign::Message,
    units::{Millis, Timestamp},
    wire::OpBatch,
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Instant,
};

/// The time in which an op that was passed on is not passed on again. Shorter than the interval at which a node sends
/// its own ops again, so that what was lost on the way gets through.
const RELAY_AGAIN: Millis = Millis::from_secs(2);
/// Nonces remembered as passed on.
const SLOTS_MAX: usize = 1 << 16;
/// Ops remembered by their ids.
const KNOWN_MAX: usize = 1 << 15;
/// The rate at which new ops of one payer are checked and passed on.
const PAYER_RATE: Rate = Rate { per_s: 64, burst: 256, bytes_per_s: 64 << 10, bytes_burst: 512 << 10 };
/// The rate at which one peer may bring ops that are of no use, or that were heard before.
const PEER_RATE: Rate = Rate { per_s: 256, burst: 1_024, bytes_per_s: 64 << 10, bytes_burst: 512 << 10 };

/// The result of looking at a batch of ops.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) travels: Travels,
    /// Ops for the engine, their signatures checked.
    pub(super) ops: Vec<SignedOp>,
    /// Signatures that were checked for it.
    pub(super) checked: usize,
    /// Whether the whole batch was paid for: by payers, or by what its sender may bring in vain.
    pub(super) is_paid: bool,
}

/// The part of a batch that travels on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Travels {
    /// The message itself travels on.
    AsItIs,
    /// These ops of it travel on, under the sender's own time: every node that drops the others makes the same message.
    Only(OpBatch),
    /// No op of it travels on.
    Not,
}

/// The fate of one op.
enum Fate {
    Relay(SignedOp),
    /// The op may pass one day, but is not worth the network's time now.
    Keep(SignedOp),
    Drop,
}

/// A new op whose payer was charged.
struct Taken {
    id: OpId,
    payer: AccountId,
    bytes: usize,
    is_refused: bool,
}

/// Ops heard of late, and whether the ledger refused them for good; the oldest is forgotten first.
#[derive(Default)]
struct Known {
    is_refused: BTreeMap<OpId, bool>,
    order: VecDeque<OpId>,
}

impl Known {
    fn insert(&mut self, id: OpId, is_refused: bool) {
        if self.is_refused.insert(id, is_refused).is_none() {
            self.order.push_back(id);
        }
        if self.order.len() > KNOWN_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.is_refused.remove(&oldest);
        }
    }
}

/// The gate that decides about gossiped ops.
pub(super) struct OpGate {
    network: NetworkId,
    /// The time at which a nonce of an account was last passed on.
    slots: BTreeMap<(AccountId, u64), Timestamp>,
    known: Known,
    payers: Limiter<AccountId>,
    peers: Limiter<AccountId>,
    /// The new ops of the batch at hand.
    taken: Vec<Taken>,
    /// Signatures checked for the batch at hand.
    checked: usize,
}

impl OpGate {
    pub(super) fn new(network: NetworkId) -> Self {
        Self {
            network,
            slots: BTreeMap::new(),
            known: Known::default(),
            payers: Limiter::new(PAYER_RATE),
            peers: Limiter::new(PEER_RATE),
            taken: Vec::new(),
            checked: 0,
        }
    }

    /// Checks a batch that this peer has sent; what was checked `before` costs no second signature. An error speaks of the peer: all it needed to see it was the batch.
    pub(super) fn check(
        &mut self,
        from: AccountId,
        batch: OpBatch,
        before: &CheckedOps,
        (ledger, now): (&Ledger, Timestamp),
    ) -> Result<Heard, Unusable> {
        let OpBatch { sent, ops: batch } = batch;
        // No correct program sends an op twice in one batch.
        let ids: BTreeSet<OpId> = batch.iter().map(RawOp::id).collect();
        if ids.len() != batch.len() {
            return Err(Unusable::Guilty);
        }
        self.taken.clear();
        self.checked = 0;
        let (mut fresh, mut ops, mut is_paid) = (Vec::new(), Vec::new(), !batch.is_empty());
        for raw in batch.into_vec() {
            if !is_paid && ops.is_empty() {
                // Nothing so far was worth it: the rest is sent again by whoever needs it.
                break;
            }
            let bytes = raw.op.body.len();
            let fate = self.one(from, &raw, before, (ledger, now)).inspect_err(|_| {
                // A batch with a false signature in it has used up what belongs to nobody but its sender.
                for taken in &self.taken {
                    self.payers.give_back(taken.payer, taken.bytes);
                }
            });
            match fate? {
                Fate::Relay(op) => {
                    fresh.push(raw);
                    ops.push(op);
                }
                Fate::Keep(op) => ops.push(op),
                Fate::Drop => is_paid &= self.peers.allow(from, bytes, Instant::now()),
            }
        }
        // Only now, for the same reason.
        for op in &ops {
            self.slots.insert((op.signer(), op.op().nonce), now);
        }
        for taken in self.taken.drain(..) {
            self.known.insert(taken.id, taken.is_refused);
        }
        let travels = match fresh.len() {
            0 => Travels::Not,
            all if all == ids.len() => Travels::AsItIs,
            _ => List::new(fresh).map_or(Travels::Not, |ops| Travels::Only(OpBatch { sent, ops })),
        };
        Ok(Heard { travels, ops, checked: self.checked, is_paid })
    }

    fn one(
        &mut self,
        from: AccountId,
        raw: &RawOp,
        before: &CheckedOps,
        (ledger, now): (&Ledger, Timestamp),
    ) -> Result<Fate, Unusable> {
        let op: Op = match codec::decode(&raw.op.body, Op::MAX_BYTES) {
            Ok(op) => op,
            Err(DecodeError::UnknownVersion(_)) => return Ok(Fate::Drop),
            Err(error) => return Err(error.into()),
        };
        let (id, signer, bytes, instant) = (raw.id(), raw.op.signer, raw.op.body.len(), Instant::now());
        let payer = op.sponsor.unwrap_or(signer);
        let is_refused = self.known.is_refused.get(&id).copied();
        let is_over = ledger.check_life(signer, &op, now).is_err_and(|reason| !reason.may_pass_later());
        if is_over
            || is_refused == Some(true)
            || !self.is_free(signer, op.nonce, now)
            || !can_pay(ledger, signer, payer)
        {
            return Ok(Fate::Drop);
        }
        let is_new = is_refused.is_none();
        let has_budget =
            if is_new { self.payers.has(payer, bytes, instant) } else { self.peers.allow(from, bytes, instant) };
        if !has_budget {
            return Ok(Fate::Drop);
        }
        let op = match before.get(raw) {
            // It is sent again since no block holds it yet.
            Some(op) => op.clone(),
            None => {
                self.checked += 1;
                raw.clone().verify(self.network)?
            }
        };
        let verdict = ledger.check(&op, now);
        let is_refused = verdict.as_ref().is_err_and(|reason| !reason.may_pass_later());
        if is_new {
            // Not before: a forger must not use up what belongs to the payer.
            self.payers.allow(payer, bytes, instant);
            self.taken.push(Taken { id, payer, bytes, is_refused });
        } else {
            self.known.insert(id, is_refused);
        }
        Ok(match verdict {
            Ok(()) => Fate::Relay(op),
            Err(_) if is_refused => Fate::Drop,
            Err(
                Refused::NonceTooFar { .. }
                | Refused::InsufficientFunds { .. }
                | Refused::Full { .. }
                | Refused::NoRoom,
            ) => Fate::Keep(op),
            // It waits for another op or for a block that others may have already: to hear of it once is enough.
            Err(_) if is_new => Fate::Relay(op),
            Err(_) => Fate::Keep(op),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::ingress::scene::{REQUESTER, Scene, keys};
    use dpgn_protocol::{award::AwardId, ids::TaskId, ops::Action, units::Credits, wire::Wire as _};

    fn peer(n: u8) -> AccountId {
        keys(100 + n).account()
    }

    fn batch(sent: u64, ops: &[RawOp]) -> OpBatch {
        OpBatch { sent: Timestamp::new(sent), ops: List::new(ops.to_vec()).unwrap() }
    }

    fn transfer(n: u64) -> Action {
        Action::Transfer { to: keys(30).account(), amount: Credits::new(1_000 + n) }
    }

    /// The victim's ops of the last blocks, sent again by strangers without an account: each was checked again, at
    /// the cost of the victim's budget, until its fresh ops were dropped everywhere.
    #[test]
    fn replays_of_applied_ops_leave_their_payer_its_budget() {
        let mut scene = Scene::new();
        let applied: Vec<SignedOp> =
            (0..64).map(|n| scene.op_with(REQUESTER, scene.nonce(REQUESTER) + n, transfer(n))).collect();
        scene.block(&applied);
        let now = scene.ledger.time();
        let mut gate = OpGate::new(scene.ledger.network());
        let old: Vec<RawOp> = applied.iter().map(SignedOp::to_raw).collect();
        let mut checked = 0;
        for round in 0..64 {
            let stranger = peer((round % 3) as u8);
            let heard = gate.check(stranger, batch(round, &old), &CheckedOps::default(), (&scene.ledger, now)).unwrap();
            checked += heard.checked;
            assert_eq!(heard.travels, Travels::Not);
        }
        let fresh: Vec<RawOp> =
            (0..64).map(|n| scene.op_with(REQUESTER, scene.nonce(REQUESTER) + n, transfer(n)).to_raw()).collect();
        let heard = gate.check(peer(9), batch(0, &fresh), &CheckedOps::default(), (&scene.ledger, now)).unwrap();
        println!(
            "4,096 replays of applied ops cost {checked} signature checks; then {} of the payer's 64 fresh ops pass",
            heard.ops.len()
        );
        assert_eq!((checked, heard.ops.len(), heard.travels), (0, 64, Travels::AsItIs));
    }

    /// Ops that wait in vain were passed on every two seconds; what is kept or refused costs its payer once.
    #[test]
    fn an_op_that_cannot_be_applied_travels_once_and_is_charged_once() {
        let scene = Scene::new();
        let mut gate = OpGate::new(scene.ledger.network());
        let award = |n: u8| AwardId { task: TaskId::from_bytes([n; 32]), number: 1 };
        let nonce = scene.nonce(REQUESTER);
        let waiting: Vec<RawOp> = (0..32)
            .map(|n| scene.op_with(REQUESTER, nonce + u64::from(n), scene.start(REQUESTER, award(n))).to_raw())
            .collect();
        let to_oneself = Action::Transfer { to: keys(REQUESTER).account(), amount: Credits::new(1) };
        let refused = vec![scene.op_with(REQUESTER, nonce + 32, to_oneself).to_raw()];
        let (mut relayed, mut checks) = (0, 0);
        for round in 0..20 {
            let now = scene.ledger.time().after(Millis::new(2_500 * round));
            for ops in [&waiting, &refused] {
                let heard =
                    gate.check(peer(1), batch(round, ops), &CheckedOps::default(), (&scene.ledger, now)).unwrap();
                relayed += if heard.travels == Travels::AsItIs { ops.len() } else { 0 };
                checks += if ops.len() == 1 { heard.checked } else { 0 };
            }
        }
        println!("33 ops that come to nothing, sent 20 times: passed on {relayed} times, the refused checked {checks}");
        assert_eq!((relayed, checks), (32, 1));
        let fresh = scene.op_with(REQUESTER, nonce + 40, transfer(1)).to_raw();
        let heard = gate
            .check(peer(1), batch(0, &[fresh]), &CheckedOps::default(), (&scene.ledger, scene.ledger.time()))
            .unwrap();
        assert_eq!(heard.travels, Travels::AsItIs, "the payer has a budget left");
    }

    /// One stale op in front of many fresh ones: each relay made a message of its own of the rest, and charged the
    /// next relay nine times for its copy.
    #[test]
    fn relays_make_the_same_message_and_a_second_copy_costs_nothing() {
        let mut scene = Scene::new();
        let stale = scene.op_with(REQUESTER, scene.nonce(REQUESTER), transfer(0));
        scene.block(std::slice::from_ref(&stale));
        let (now, network) = (scene.ledger.time(), scene.ledger.network());
        let mut ops = vec![stale.to_raw()];
        ops.extend((0..50).map(|n| scene.op_with(REQUESTER, scene.nonce(REQUESTER) + n, transfer(n)).to_raw()));
        let mut copies = BTreeSet::new();
        let mut relays: Vec<OpGate> = (0..8).map(|_| OpGate::new(network)).collect();
        let mut unpaid = 0;
        for (n, gate) in relays.iter_mut().enumerate() {
            let heard =
                gate.check(peer(n as u8), batch(7, &ops), &CheckedOps::default(), (&scene.ledger, now)).unwrap();
            let Travels::Only(rest) = heard.travels else { panic!("{:?}", heard.travels) };
            copies.insert(rest.to_bytes().unwrap());
            // Honest copies that a re-batching stranger has made distinct.
            for sent in 0..8 {
                let again =
                    gate.check(peer(n as u8), batch(sent, &ops), &CheckedOps::default(), (&scene.ledger, now)).unwrap();
                unpaid += usize::from(!again.is_paid);
                assert_eq!(again.travels, Travels::Not);
            }
        }
        println!(
            "eight relays of one mixed batch make {} distinct messages; of 64 copies {unpaid} are charged",
            copies.len()
        );
        assert_eq!((copies.len(), unpaid), (1, 0));
        let mut floods = 0;
        while relays[0]
            .check(peer(0), batch(floods, &ops), &CheckedOps::default(), (&scene.ledger, now))
            .unwrap()
            .is_paid
        {
            floods += 1;
        }
        println!("a flood of copies is charged after {floods} of them");
        assert!(floods < 30);
    }

    /// Each node sends its own ops again until a block holds them: under load, when blocks are late, each cost a second check.
    #[test]
    fn an_op_that_is_sent_again_costs_no_second_check() {
        let scene = Scene::new();
        let (mut gate, mut before) = (OpGate::new(scene.ledger.network()), CheckedOps::default());
        let nonce = scene.nonce(REQUESTER);
        let ops: Vec<RawOp> = (0..32).map(|n| scene.op_with(REQUESTER, nonce + n, transfer(n)).to_raw()).collect();
        let mut send = |ms: u64, ops: &[RawOp]| {
            let view = (&scene.ledger, scene.ledger.time().after(Millis::new(ms)));
            let heard = gate.check(peer(1), batch(ms, ops), &before, view).unwrap();
            heard.ops.iter().for_each(|op| before.insert(op));
            (heard.checked, heard.ops.len())
        };
        assert_eq!(send(0, &ops), (32, 32));
        assert_eq!(send(3_000, &ops), (0, 32), "they come into the pool again all the same");
        let mut forged = ops[0].clone();
        forged.op.signature = ops[1].op.signature;
        let view = (&scene.ledger, scene.ledger.time().after(Millis::new(6_000)));
        assert!(gate.check(peer(1), batch(1, &[forged]), &before, view).is_err(), "under another signature");
    }
}
