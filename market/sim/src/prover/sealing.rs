//! Sealed rounds: which asks a prover seals, at what price, and which of them it opens.
//!
//! The winner is paid by the second score, so an honest prover seals what a proof costs it, without a margin: its work, and
//! what it loses on average when its machine gives up, which is the deposit and a part of the collateral.

use super::{CRASH_AT, Prover};
use crate::{
    agent::{Deeds, Need, Seen},
    conduct::SealedPrice,
    draw::Purpose,
    machine::CRASH_CHANCE,
    say::Say,
};
use dpgn_market::{Phase, Round, Sealable};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::Credits,
};

/// The share of an award's collateral that a prover reckons to lose if it gives up half way.
const LOST_SHARE: f64 = 0.25;
/// The asks that a round takes. In a full one an ask gives way to one of more reputation, which is tried once.
const FULL: usize = 16;

impl Prover {
    /// Seals the asks with which it takes part in a round: what a node does after each block.
    pub(super) fn seal(&mut self, task: TaskId, seen: &Seen<'_>, deeds: &mut Deeds) {
        let (Some(facts), Some(view)) = (seen.facts.get(&task), seen.ledger.task(task)) else { return };
        let Some(round) = view.task.round.as_deref().filter(|round| matches!(round.phase, Phase::Sealing(_))) else {
            return;
        };
        if !self.has_asked || !self.machine.takes(facts.need.kind) {
            return;
        }
        let deposit = view.task.bid.sealed.map_or(Credits::ZERO, |sealed| sealed.deposit).get() as f64;
        for (name, raise) in self.sealing_names(facts.need.number) {
            if !self.may_seal(task, name, round) {
                continue;
            }
            let Some(sealable) = seen.ledger.sealable(task, name, seen.now()) else { continue };
            let price = match self.conduct.seals {
                SealedPrice::Truth => self.truth(&facts.need, sealable, deposit) * (1.0 + raise),
                SealedPrice::Reserve => round.reserve.get() as f64,
            };
            self.say_seal(task, name, price as u64, round, deeds);
        }
        for name in self.crowd().to_vec() {
            if self.may_seal(task, name, round) {
                deeds.misdeeds += 1;
                self.say_seal(task, name, round.reserve.get(), round, deeds);
            }
        }
    }

    /// The names that seal an ask for the task of this number, each with the share by which it raises the price. A machine
    /// that is offered under several names takes part under one of them, unless its second name bids beside it.
    fn sealing_names(&self, number: u64) -> Vec<(AccountId, f64)> {
        let (working, raise) = (self.working(), self.conduct.raise);
        match self.conduct.second {
            Some(above) => {
                let raises = [raise, above].into_iter().chain(std::iter::repeat(above));
                working.iter().copied().zip(raises).collect()
            }
            None => {
                let place = number % (working.len() as u64).max(1);
                working.get(place as usize).map(|name| (*name, raise)).into_iter().collect()
            }
        }
    }

    /// The names that take places in rounds, at the highest price that these pay.
    fn crowd(&self) -> &[AccountId] {
        if self.conduct.decoys.is_some_and(|decoys| decoys.seals) { self.decoys() } else { &[] }
    }

    fn may_seal(&self, task: TaskId, name: AccountId, round: &Round) -> bool {
        let is_vain = self.sealed.contains_key(&(task, name)) && round.asks.len() >= FULL;
        !is_vain && !round.asks.contains_key(&name)
    }

    fn say_seal(&mut self, task: TaskId, name: AccountId, price: u64, round: &Round, deeds: &mut Deeds) {
        // A price above what the round pays opens nothing.
        if price <= round.reserve.get() {
            let price = *self.sealed.entry((task, name)).or_insert(price);
            deeds.say(name, Say::Seal(task, price));
        }
    }

    /// The price at which it is all the same to a prover whether it wins, in micro-credits.
    fn truth(&self, need: &Need, sealable: Sealable, deposit: f64) -> f64 {
        let collateral = sealable.at_stake.get() as f64 - deposit;
        let work = self.machine.cost_of(need.kind, 1.0) * (1.0 - CRASH_CHANCE * (1.0 - CRASH_AT));
        let lost = CRASH_CHANCE * (deposit + LOST_SHARE * collateral);
        (work + lost) / (1.0 - CRASH_CHANCE)
    }

    /// Opens what it has sealed for a task, all but what its strategy withholds.
    pub(super) fn open(&mut self, task: TaskId, seen: &Seen<'_>, deeds: &mut Deeds) {
        let own: Vec<_> = self.working().iter().chain(self.crowd()).copied().collect();
        for name in own {
            let Some(price) = self.sealed.remove(&(task, name)) else { continue };
            let number = seen.facts.get(&task).map_or(0, |facts| facts.need.number);
            let mut stream = seen.draws.pair(Purpose::Choice, number, self.number);
            if stream.happens(self.conduct.withholds) {
                deeds.misdeeds += 1;
            } else {
                deeds.say(name, Say::Open(task, price));
            }
        }
    }
}
