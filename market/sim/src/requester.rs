//! Requesters: one agent for all conducts. It bids for what it needs, serves it, and may take it back.

use crate::{
    agent::{Agent, Deeds, Need, Seen, Service},
    chain::BLOCK,
    circuits::Kind,
    conduct::{RequesterConduct, Reward},
    draw::Purpose,
    hear::News,
    machine::level_factor,
    rules::Pricing,
    say::{AskTerms, BidTerms, Say},
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    ops::DeclineReason,
    units::{Level, Millis, Timestamp},
};
use std::collections::BTreeMap;

/// The speed that a shill declares, in rows per second.
const SHILL_SPEED: u32 = 800;
/// The time for which a shill's ask stands.
const SHILL_LIFE: Millis = Millis::from_secs(3_600);
/// The time after which a shill has seen what others open: two blocks.
const LOOK: Millis = Millis::new(2 * BLOCK.get());
/// The share of its funds that a requester gives to its shill.
const GIFT_SHARE: u64 = 4;

/// A requester; its second name is that of its shill.
pub struct Requester {
    number: u64,
    conduct: RequesterConduct,
    names: Vec<AccountId>,
    funds: u64,
    started: BTreeMap<TaskId, Timestamp>,
    /// The price of 1,024 rows of level 1 that the shill asks for now.
    shill_price: u64,
    /// Whether its bids ask for sealed rounds.
    seals: bool,
    /// The prices that its shill has sealed, with the time at which it has seen those of others.
    sealed: BTreeMap<TaskId, (u64, Option<Timestamp>)>,
}

impl Requester {
    /// A requester of this number; the first of its names holds its funds.
    pub fn new(number: u64, conduct: RequesterConduct, names: Vec<AccountId>, funds: u64, pricing: Pricing) -> Self {
        let (started, sealed) = (BTreeMap::new(), BTreeMap::new());
        let seals = pricing == Pricing::Sealed;
        Self { number, conduct, names, funds, started, shill_price: 0, seals, sealed }
    }

    fn is_played(&self, need: &Need, seen: &Seen<'_>) -> bool {
        let share = self.conduct.share;
        seen.draws.pair(Purpose::Choice, need.number, self.number | 1 << 32).happens(share)
    }

    /// The shill's ask is always a share of the lowest price of the shelf, without its own.
    fn move_shill(&mut self, need: &Need, share: f64, seen: &Seen<'_>, deeds: &mut Deeds) {
        let Some(lowest) = lowest_price(need.kind, self.names[1], seen) else { return };
        let per_kilorow = lowest / need.kind.kilorows() / level_factor(need.kind.level) * share;
        let price = per_kilorow as u64;
        if price == self.shill_price {
            return;
        }
        self.shill_price = price;
        let levels = Level::all().filter(|level| level.get() <= 3);
        let prices = levels.map(|level| (level, (price as f64 * level_factor(level)) as u64)).collect();
        let Some(largest) = seen.circuits.last() else { return };
        let terms = AskTerms {
            prices,
            rows_per_second: SHILL_SPEED,
            kind_max: largest.kind,
            capacity: u16::from(u8::MAX),
            lanes: u16::from(u8::MAX),
            collateral_max: u64::MAX,
            life: SHILL_LIFE,
            sponsor: None,
        };
        deeds.misdeeds += 1;
        deeds.say(self.names[1], Say::Ask(terms));
    }

    /// Has its shill seal an ask for a task of its own, near the price that is expected.
    fn seal_shill(&mut self, task: TaskId, seen: &Seen<'_>, deeds: &mut Deeds) {
        let (Some(share), Some(facts)) = (self.conduct.shill, seen.facts.get(&task)) else { return };
        let lowest = lowest_price(facts.need.kind, self.names[1], seen);
        if let (Some(lowest), false) = (lowest, self.sealed.contains_key(&task)) {
            let price = (lowest * share) as u64;
            self.sealed.insert(task, (price, None));
            deeds.misdeeds += 1;
            deeds.say(self.names[1], Say::Seal(task, price));
        }
    }

    /// Opens what its shill has sealed, unless a price that it has seen by now is higher: then it would win.
    fn open_shills(&mut self, seen: &Seen<'_>, deeds: &mut Deeds) {
        let is_due = |at: Option<Timestamp>| at.is_some_and(|at| at <= seen.now());
        let due: Vec<_> = self.sealed.iter().filter(|(_, (_, at))| is_due(*at)).map(|(t, (p, _))| (*t, *p)).collect();
        for (task, price) in due {
            self.sealed.remove(&task);
            let round = seen.ledger.task(task).and_then(|view| view.task.round.as_deref());
            let opened = round.into_iter().flat_map(|round| round.asks.values()).filter_map(|ask| ask.price);
            if opened.min().is_some_and(|lowest| lowest.get() < price) {
                deeds.say(self.names[1], Say::Open(task, price));
            }
        }
    }
}

/// The lowest price that anybody but one account asks for this kind, in micro-credits.
fn lowest_price(kind: Kind, but: AccountId, seen: &Seen<'_>) -> Option<f64> {
    let others = seen.ledger.asks().filter(|(prover, ask)| *prover != but && ask.ask.degree_max >= kind.degree);
    let lowest = others.filter_map(|(_, ask)| ask.price(kind.level, kind.degree)).min()?;
    Some(lowest.get() as f64)
}

impl Agent for Requester {
    fn accounts(&self) -> &[AccountId] {
        &self.names
    }

    fn wake(&mut self, seen: &Seen<'_>, deeds: &mut Deeds) {
        if seen.ledger.height().get() == 0 {
            if self.conduct.shill.is_some() {
                deeds.say(self.names[0], Say::Pay(self.names[1], self.funds / GIFT_SHARE));
            }
            return;
        }
        self.open_shills(seen, deeds);
        // It was woken to take back what was started so long ago.
        let now = seen.now();
        let due: Vec<_> = self.started.iter().filter(|(_, at)| **at <= now).map(|(task, _)| *task).collect();
        for task in due {
            self.started.remove(&task);
            deeds.misdeeds += 1;
            deeds.say(self.names[0], Say::Cancel(task));
        }
    }

    fn hear(&mut self, news: &News, seen: &Seen<'_>, deeds: &mut Deeds) {
        match *news {
            News::Awarded(won) => {
                if self.names[1] == won.prover {
                    deeds.say(won.prover, Say::Decline(won.task, DeclineReason::Unable));
                }
            }
            News::Started { task, .. } => {
                let declared = seen.ledger.task(task).and_then(|view| Some(view.award?.award.terms.declared));
                let mine = seen.facts.get(&task).filter(|facts| self.is_played(&facts.need, seen));
                if let (Some(part), Some(declared), Some(_)) = (self.conduct.cancels, declared, mine) {
                    let at = seen.now().after(Millis::new((declared.get() as f64 * part) as u64));
                    self.started.insert(task, at);
                    deeds.wakes.push(at);
                }
            }
            News::Paid { task, .. } => {
                self.started.remove(&task);
                deeds.worth += seen.facts.get(&task).map_or(0.0, |facts| facts.need.value);
            }
            News::Lost { task, .. } | News::Over { task } => drop(self.started.remove(&task)),
            News::Withdrawn { .. } => self.shill_price = 0,
            News::Sealing { task } => self.seal_shill(task, seen, deeds),
            News::Opening { task } => {
                let at = seen.now().after(LOOK);
                if let Some((_, looks)) = self.sealed.get_mut(&task) {
                    *looks = Some(at);
                    deeds.wakes.push(at);
                }
            }
            News::Forfeited { .. } => {}
        }
    }

    fn need(&mut self, need: &Need, seen: &Seen<'_>, deeds: &mut Deeds) {
        let Some(circuit) = seen.circuits.iter().find(|circuit| circuit.kind == need.kind) else { return };
        if let Some(share) = self.conduct.shill {
            self.move_shill(need, share, seen, deeds);
        }
        let is_played = self.is_played(need, seen);
        let usual = need.value * need.multiple;
        let reward = match self.conduct.reward {
            Reward::OfWorth => usual,
            Reward::OfLowest(factor) => {
                let lowest = lowest_price(need.kind, self.names[0], seen);
                lowest.filter(|_| is_played).map_or(usual, |lowest| (lowest * factor).min(usual))
            }
        };
        let patience = if is_played { self.conduct.patience } else { 1.0 };
        let service = if is_played { self.conduct.service } else { Service::Good };
        if is_played && self.conduct != RequesterConduct::HONEST {
            deeds.misdeeds += 1;
        }
        let terms = BidTerms {
            number: need.number,
            circuit: circuit.id,
            level: need.kind.level,
            reward: (reward as u64).max(1),
            deadline: seen.now().after(Millis::new((need.patience_ms as f64 * patience) as u64)),
            only: None,
            deny: Vec::new(),
            sealed: self.seals,
        };
        deeds.bids.push((*need, service));
        deeds.say(self.names[0], Say::Bid(terms));
    }
}
