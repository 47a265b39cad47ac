//! Validates what is said in a sealed round: who commits to a price, and who opens it.

use super::Plan;
use crate::{
    apply::refused::Refused,
    state::{
        ledger::Ledger,
        round::{Phase, Round, SEALED_ASKS_MAX},
        task::Task,
    },
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    ops::{Bid, SealedRound, SignedOp},
    sealed::{SALT_BYTES, commitment},
    units::{Credits, Degree, Millis, Timestamp},
};

/// An ask that a prover may seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealable {
    /// The price of the prover's standing ask, in micro-credits.
    pub price: Credits,
    /// The micro-credits that it would put at stake: the deposit and the collateral.
    pub at_stake: Credits,
    /// The micro-credits that it would lock of the prover's own: the deposit, and the collateral unless that is another's.
    pub locks: Credits,
}

impl Ledger {
    /// The round that a bid asks for, beginning now; `None` if it asks for none.
    pub(super) fn plan_round(&self, bid: &Bid, degree: Degree, now: Timestamp) -> Result<Option<Box<Round>>, Refused> {
        let Some(SealedRound { seal, open, deposit }) = bid.sealed else { return Ok(None) };
        let in_range = |what, got, min, max| {
            if got < min || got > max { Err(Refused::OutOfRange { what, got, min, max }) } else { Ok(()) }
        };
        let (least, most) = self.phase_range();
        let left = bid.deadline.since(now);
        in_range("the time for sealing", seal.get(), least.get(), most.min(left).get())?;
        let left = Millis::new(left.get().saturating_sub(seal.get()));
        in_range("the time for opening", open.get(), least.get(), most.min(left).get())?;
        let reserve = self.reserve_price(bid, degree);
        let (min, max) = self.deposit_range(bid, reserve);
        in_range("the deposit of a sealed ask", deposit.get(), min.get(), max.get())?;
        Ok(Some(Box::new(Round::new(self.clock.moment(now).after(seal), reserve))))
    }

    pub(super) fn plan_seal(
        &self,
        op: &SignedOp,
        id: TaskId,
        commitment: [u8; 32],
        now: Timestamp,
    ) -> Result<Plan, Refused> {
        let (task, prover) = (self.open_task(id)?, op.signer());
        let (round, sealed) = self.round_of(id, task, "sealed ask")?;
        if !matches!(round.phase, Phase::Sealing(_)) {
            return Err(Refused::Round { task: id, phase: round.phase.name(), what: "sealed ask" });
        }
        if round.asks.contains_key(&prover) {
            return Err(Refused::SealKnown { task: id, account: prover });
        }
        let seat = self.seat_for(task, round, prover, now).map_err(|why| Refused::Unfit { prover, why })?;
        let mut displaced = None;
        if Self::is_round_full(round) {
            let full = Refused::Full { what: "sealed asks of this bid", max: SEALED_ASKS_MAX as u64 };
            displaced = Some(Self::gives_way_in_round(round, seat.terms.reputation).ok_or(full)?);
        }
        let both = if seat.guarantor == op.payer() { seat.terms.collateral } else { Credits::ZERO };
        self.can_pay(op, Credits::ZERO, sealed.deposit.saturating_add(both))?;
        Ok(Plan::Seal { task: id, commitment, deposit: sealed.deposit, seat, displaced })
    }

    /// The ask that a prover may seal for the task now at the price of its standing ask, if it may.
    pub fn sealable(&self, id: TaskId, prover: AccountId, now: Timestamp) -> Option<Sealable> {
        let task = self.open().get(&id)?;
        let (round, sealed) = self.round_of(id, task, "sealed ask").ok()?;
        let is_open = matches!(round.phase, Phase::Sealing(_)) && !round.asks.contains_key(&prover);
        let seat = self.seat_for(task, round, prover, now).ok().filter(|_| is_open)?;
        if Self::is_round_full(round) && Self::gives_way_in_round(round, seat.terms.reputation).is_none() {
            return None;
        }
        // Above the reserve nobody is paid, and the deposit would be locked for nothing.
        let price = self.ask_of(prover)?.price(task.bid.level, task.degree).filter(|price| *price <= round.reserve)?;
        let own = if seat.guarantor == prover { seat.terms.collateral } else { Credits::ZERO };
        let [at_stake, locks] = [seat.terms.collateral, own].map(|stake| sealed.deposit.saturating_add(stake));
        Some(Sealable { price, at_stake, locks })
    }

    pub(super) fn plan_open(
        &self,
        by: AccountId,
        id: TaskId,
        price: Credits,
        salt: &[u8; SALT_BYTES],
    ) -> Result<Plan, Refused> {
        let task = self.open_task(id)?;
        let (round, _) = self.round_of(id, task, "opening")?;
        if !matches!(round.phase, Phase::Opening(_)) {
            return Err(Refused::Round { task: id, phase: round.phase.name(), what: "opening" });
        }
        // What the round pays at most was known when the ask was sealed. One that asks more is withheld, or names that cannot
        // win would keep others out for nothing.
        let sealed = round.asks.get(&by).filter(|sealed| sealed.price.is_none() && price <= round.reserve);
        match sealed {
            Some(sealed) if sealed.commitment == commitment(id, by, price, salt) => Ok(Plan::Open { task: id, price }),
            Some(_) | None => Err(Refused::WrongOpening { task: id, account: by }),
        }
    }

    /// Whether a requester may take its task back as far as its round is concerned.
    pub(super) fn allows_cancel(id: TaskId, task: &Task) -> Result<(), Refused> {
        match task.round.as_ref().filter(|_| task.is_bound_by_round()) {
            Some(round) => Err(Refused::Round { task: id, phase: round.phase.name(), what: "cancel" }),
            None => Ok(()),
        }
    }

    fn round_of<'a>(
        &self,
        id: TaskId,
        task: &'a Task,
        what: &'static str,
    ) -> Result<(&'a Round, SealedRound), Refused> {
        let none = Refused::Round { task: id, phase: "not held", what };
        task.round.as_deref().zip(task.bid.sealed).ok_or(none)
    }
}
