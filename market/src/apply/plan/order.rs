//! Validates bids and asks.

use super::Plan;
use crate::{
    apply::refused::Refused,
    state::{book::Standing, coins::sum, evictions::Rate, ledger::Ledger, task::Task},
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    limits::{INPUTS_BYTES_MAX, RECIPE_BYTES_MAX, RISES_MAX},
    ops::{Ask, Bid, SignedOp},
    units::{Millis, Ppm, Timestamp},
};

pub(super) fn in_range(what: &'static str, got: u64, min: u64, max: u64) -> Result<(), Refused> {
    if got < min || got > max { Err(Refused::OutOfRange { what, got, min, max }) } else { Ok(()) }
}

/// The first millisecond after this time. At the end of time there is none, and the range is empty but for its end.
fn later(now: Timestamp) -> u64 {
    now.get().saturating_add(1)
}

impl Ledger {
    pub(super) fn plan_bid(&self, op: &SignedOp, bid: &Bid, now: Timestamp) -> Result<Plan, Refused> {
        check_shape(bid)?;
        self.check_raise(bid)?;
        let latest = now.after(self.params.task_life);
        let earliest = now.after(self.params.task_life_min.max(Millis::new(1)));
        in_range("the deadline", bid.deadline.get(), earliest.get(), latest.get())?;
        let circuit = self.circuits.get(&bid.circuit).ok_or(Refused::UnknownCircuit(bid.circuit))?;
        if circuit.level != bid.level {
            return Err(Refused::LevelMismatch { bid: bid.level, circuit: circuit.level });
        }
        let requester = op.signer();
        if self.aliases().contains_key(&(requester, bid.alias)) {
            return Err(Refused::AliasUsed(bid.alias));
        }
        let more = self.bid_fee(op, bid, now);
        let most = bid.reward_max();
        self.can_pay(op, sum([most, self.reserve(most)]), more)?;
        let mut task = Task::new(op, bid, circuit, now, sum([self.fee(op), more]));
        task.round = self.plan_round(bid, task.degree, now)?;
        let displaced = self.room_for_task(&task)?;
        Ok(Plan::Bid { id: op.task_id(self.network()), task: Box::new(task), displaced })
    }

    /// Checks a rise of the reward: a step up, to more than it begins with, no more often than the network needs to count
    /// time.
    fn check_raise(&self, bid: &Bid) -> Result<(), Refused> {
        let Some(raise) = &bid.raise else { return Ok(()) };
        in_range("the step of the reward", raise.step.get(), 1, u64::MAX)?;
        in_range("the highest reward", raise.reward_max.get(), bid.reward.get().saturating_add(1), u64::MAX)?;
        let (shortest, longest) = (self.params.idle_interval.get(), self.params.task_life.get());
        in_range("the time between two rises", raise.every.get(), shortest, longest)?;
        in_range("the number of rises", raise.rises_from(bid.reward), 1, RISES_MAX)
    }

    /// Finds room for a task: the one it displaces if the table is full, one without an award that pays less for its
    /// time.
    fn room_for_task(&self, task: &Task) -> Result<Option<TaskId>, Refused> {
        let (all, own) = (self.params.tasks_max, self.params.account_tasks_max);
        if self.find_account(task.requester).is_some_and(|a| a.open_tasks >= own) {
            return Err(Refused::Full { what: "open tasks of this account", max: u64::from(own) });
        }
        if self.open().len() < all as usize {
            return Ok(None);
        }
        match self.evictions.cheapest_task() {
            Some((rate, id)) if rate < Rate::of(task) => Ok(Some(id)),
            Some(_) | None => Err(Refused::Full { what: "open tasks", max: u64::from(all) }),
        }
    }

    /// Finds room for an ask: the prover whose ask it displaces if the book is full, one whose guarantor holds less for
    /// it.
    fn room_for_ask(&self, op: &SignedOp) -> Result<Option<AccountId>, Refused> {
        let max = self.params.asks_max;
        if self.book.get(op.signer()).is_some() || self.book.len() < max as usize {
            return Ok(None);
        }
        match self.evictions.weakest_ask() {
            Some((backing, prover)) if backing < self.backing(op.payer(), 1) => Ok(Some(prover)),
            Some(_) | None => Err(Refused::Full { what: "asks", max: u64::from(max) }),
        }
    }

    pub(super) fn plan_ask(&self, op: &SignedOp, ask: &Ask, now: Timestamp) -> Result<Plan, Refused> {
        if ask.capacity == 0 {
            return Ok(Plan::Withdraw);
        }
        in_range("the number of offers", ask.offers.len() as u64, 1, u64::MAX)?;
        in_range("the number of builders", ask.builders.len() as u64, 1, u64::MAX)?;
        in_range("the number of lanes", u64::from(ask.lanes), 1, u64::from(u16::MAX))?;
        let latest = now.after(self.params.ask_life);
        in_range("the ask's expiry", ask.expires.get(), later(now), latest.get())?;
        for (i, offer) in ask.offers.iter().enumerate() {
            in_range("rows_per_second", u64::from(offer.rows_per_second), 1, u64::from(u32::MAX))?;
            if ask.offers.iter().take(i).any(|o| o.level == offer.level) {
                return Err(Refused::OfferTwice(offer.level));
            }
        }
        let displaced = self.room_for_ask(op)?;
        self.has(op.payer(), self.fee(op))?;
        // Renewing an ask at the same price does not lose its place.
        let same = self.book.get(op.signer()).filter(|old| old.ask.offers == ask.offers && old.ask.flat == ask.flat);
        let since = same.map_or(now, |old| old.since);
        let standing = Standing { ask: Box::new(ask.clone()), since, guarantor: op.payer(), height: self.height() };
        Ok(Plan::Ask { standing: Box::new(standing), displaced })
    }
}

/// Checks what needs no ledger to be checked.
fn check_shape(bid: &Bid) -> Result<(), Refused> {
    if bid.raise.is_some() && bid.sealed.is_some() {
        return Err(Refused::NotActive { what: "a rising reward in a sealed round" });
    }
    if !bid.free.is_empty() {
        return Err(Refused::NotActive { what: "a free public input" });
    }
    in_range("the reward", bid.reward.get(), 1, u64::MAX)?;
    in_range("disclosures_max", u64::from(bid.disclosures_max), 1, u64::from(u8::MAX))?;
    in_range("reputation_min", u64::from(bid.reputation_min.get()), 0, u64::from(Ppm::ONE.get()))?;
    in_range("the recipe's length", bid.recipe_len, 1, RECIPE_BYTES_MAX)?;
    in_range("the inputs' length", bid.inputs_len, 0, INPUTS_BYTES_MAX)
}
