//! Standing asks: what a prover offers under each of its names, and what it sells to itself for a reputation.

use super::Prover;
use crate::{
    agent::{Deeds, Need, Seen, Service},
    conduct::{Deals, Decoys},
    machine::level_factor,
    say::{AskTerms, BidTerms, Say},
};
use dpgn_protocol::{
    ids::AccountId,
    units::{Level, Millis},
};

/// The time for which every ask stands: longer than a run.
const ASK_LIFE: Millis = Millis::from_secs(3_600);
/// The share of its funds that the first name gives to each other one.
const GIFT_SHARE: u64 = 16;
/// The numbers of the tasks that a prover buys of itself begin here.
const OWN_NUMBERS: u64 = 1 << 40;

impl Prover {
    fn terms(&self, factor: f64, speed: f64, [lanes, capacity]: [u16; 2]) -> AskTerms {
        let price = |level| (level, (self.machine.cost * level_factor(level) * factor) as u64);
        let levels = Level::all().filter(|level| level.get() <= 3);
        AskTerms {
            prices: levels.map(price).collect(),
            rows_per_second: ((self.machine.speed * speed) as u32).max(1),
            kind_max: self.machine.kind_max,
            capacity,
            lanes,
            collateral_max: u64::MAX,
            life: ASK_LIFE,
            sponsor: self.sponsor,
        }
    }

    /// What it asks for, as a multiple of its cost.
    fn factor(&self) -> f64 {
        (1.0 + self.conduct.margin) * (1.0 + self.conduct.raise)
    }

    pub(super) fn ask(&self, name: AccountId, deeds: &mut Deeds) {
        let share = self.machine.lanes.div_ceil(self.conduct.names);
        let lanes = ((f64::from(share) * self.conduct.lanes) as u16).max(1);
        let capacity = ((f64::from(lanes) * self.conduct.capacity) as u16).max(1);
        deeds.say(name, Say::Ask(self.terms(self.factor(), self.conduct.speed, [lanes, capacity])));
    }

    pub(super) fn ask_decoy(&self, name: AccountId, decoys: Decoys, deeds: &mut Deeds) {
        let many = [u16::from(u8::MAX); 2];
        deeds.say(name, Say::Ask(self.terms(self.factor() * decoys.price, decoys.speed, many)));
    }

    /// Gives the other names what they need to have at stake, then asks.
    pub(super) fn begin(&mut self, deeds: &mut Deeds) {
        let others: Vec<_> = self.working().iter().chain(self.decoys()).copied().collect();
        let dealer = self.names.last().filter(|_| self.conduct.deals.is_some());
        for &name in others.iter().chain(dealer).filter(|name| **name != self.names[0]) {
            deeds.say(self.names[0], Say::Pay(name, self.funds / GIFT_SHARE));
        }
    }

    pub(super) fn ask_all(&self, deeds: &mut Deeds) {
        self.working().iter().for_each(|&name| self.ask(name, deeds));
        if let Some(decoys) = self.conduct.decoys {
            self.decoys().iter().for_each(|&name| self.ask_decoy(name, decoys, deeds));
        }
    }

    /// Bids for proofs that nobody but this prover may make, from its last name.
    pub(super) fn deal(&self, deals: Deals, seen: &Seen<'_>, deeds: &mut Deeds) {
        let (Some(&by), Some(circuit)) = (self.names.last(), seen.circuits.first()) else { return };
        for n in 0..u64::from(deals.count) {
            let number = OWN_NUMBERS + n;
            let need = Need { number, kind: circuit.kind, value: 0.0, multiple: 1.0, hardness: 1.0, patience_ms: 0 };
            let terms = BidTerms {
                number,
                circuit: circuit.id,
                level: circuit.kind.level,
                reward: deals.reward,
                deadline: seen.now().after(ASK_LIFE),
                only: Some(self.names[0]),
                deny: Vec::new(),
                sealed: false,
            };
            deeds.misdeeds += 1;
            deeds.bids.push((need, Service::Good));
            deeds.say(by, Say::Bid(terms));
        }
    }
}
