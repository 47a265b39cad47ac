//! The world: all agents of one run, their tasks, and virtual time.
//!
//! ```text
//! the committee judges → due agents wake → tasks arrive → what was said is signed → a block → its news are heard → …
//! ```
//! The world draws nothing after it is made but what is keyed by a task's number, so two runs of one seed differ by what
//! the tested agents do, and by what follows from it.

use crate::{
    agent::{Agent, Deeds, Facts, Need, Seen, Service},
    cast::{Cast, Member},
    chain::{Chain, GENESIS},
    circuits::{Circuit, Kind, kinds},
    draw::{Draws, Purpose},
    fail::Fail,
    hear::{News, Won},
    lot::Lots,
    machine::draw_need,
    outcome::{Account, Outcome},
    rules::Rule,
    say::Say,
    scale::{Roles, Scale},
};
use dpgn_market::{Phase, Task};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// The time before the first task arrives, in milliseconds.
const SETUP_MS: f64 = 15_000.0;
/// The numbers of challenges begin here, beyond those of all tasks.
const CHALLENGE_NUMBERS: u64 = 1 << 41;
/// After so many blocks provers look again at a round in which asks are sealed. A node looks after each, which would make a
/// run of rounds take twice as long.
const LOOK_EVERY: u64 = 3;
/// The blocks after which a run ends in any case.
const BLOCKS_MAX: u64 = 20_000;

/// A run that is going on.
pub struct World {
    chain: Chain,
    draws: Draws,
    members: Vec<Member>,
    owners: BTreeMap<AccountId, usize>,
    /// The number of provers, which are the first members.
    provers: usize,
    sums: Vec<Account>,
    facts: BTreeMap<TaskId, Facts>,
    /// The prover that was last awarded each task.
    holders: BTreeMap<TaskId, usize>,
    open: BTreeSet<TaskId>,
    wakes: BTreeMap<Timestamp, BTreeSet<usize>>,
    circuits: Vec<Circuit>,
    arrivals: Vec<(Timestamp, usize, Need)>,
    until: Timestamp,
    rule: Rule,
    lots: Lots,
    outcome: Outcome,
}

impl World {
    /// A world of this scale and seed, in which the tested agents have these roles.
    pub fn new(scale: &Scale, seed: u64, roles: Roles) -> Result<Self, Fail> {
        let draws = Draws::new(seed);
        let circuits = kinds().into_iter().map(Circuit::of).collect::<Result<Vec<_>, _>>()?;
        let cast = Cast::new(scale, draws, roles);
        let first_requester = scale.provers as usize;
        let mut at = GENESIS.get() as f64 + SETUP_MS;
        let draw = |number| draw_need(draws, number, scale.requesters, scale.gap_ms);
        let arrivals = (0..scale.tasks).map(draw).map(|(gap, requester, need)| {
            at += gap;
            (Timestamp::new(at as u64), first_requester + requester as usize, need)
        });
        let mut arrivals: Vec<_> = arrivals.collect();
        arrivals.reverse();
        let accounts = |(member, n): (&Member, usize)| {
            member.agent.accounts().iter().map(move |account| (*account, n)).collect::<Vec<_>>()
        };
        let owners = cast.members.iter().zip(0..).flat_map(accounts).collect();
        let chain = Chain::new(draws, scale.committee, cast.accounts, &circuits, scale.rules.params(&scale.params))?;
        Ok(Self {
            chain,
            draws,
            sums: vec![Account::default(); cast.members.len()],
            owners,
            provers: scale.provers as usize,
            facts: BTreeMap::new(),
            holders: BTreeMap::new(),
            open: BTreeSet::new(),
            wakes: BTreeMap::from([(GENESIS, (0..cast.members.len()).collect())]),
            circuits,
            until: Timestamp::new(at as u64),
            arrivals,
            rule: scale.rules.rule,
            lots: Lots::default(),
            outcome: Outcome::new(cast.machines),
            members: cast.members,
        })
    }

    /// Runs until the last task has ended.
    pub fn run(mut self) -> Result<Outcome, Fail> {
        while self.outcome.blocks < BLOCKS_MAX {
            self.chain.judge()?;
            self.wake_all()?;
            self.arrive()?;
            let news = self.chain.block()?;
            self.outcome.blocks += 1;
            for item in news {
                self.spread(item)?;
            }
            self.hold_rounds()?;
            if self.arrivals.is_empty() && self.open.is_empty() {
                break;
            }
        }
        self.outcome.ops = self.chain.ops;
        self.outcome.places = self.lots.places;
        let ledger = &self.chain.ledger;
        for (member, sums) in self.members.iter().zip(self.sums) {
            let now: u64 = member.agent.accounts().iter().map(|account| ledger.balance(*account).get()).sum();
            let credits = now as f64 - member.credits as f64;
            self.outcome.agents.push((member.role, Account { credits, ..sums }));
        }
        Ok(self.outcome)
    }

    fn wake_all(&mut self) -> Result<(), Fail> {
        while let Some(entry) = self.wakes.first_entry().filter(|entry| *entry.key() <= self.chain.now()) {
            for agent in entry.remove() {
                self.ask(agent, |agent, seen, deeds| agent.wake(seen, deeds))?;
            }
        }
        Ok(())
    }

    fn arrive(&mut self) -> Result<(), Fail> {
        while let Some(&(at, requester, need)) = self.arrivals.last().filter(|(at, ..)| *at <= self.chain.now()) {
            debug_assert!(at >= GENESIS, "no task arrives before the network starts");
            self.arrivals.pop();
            self.ask(requester, |agent, seen, deeds| agent.need(&need, seen, deeds))?;
        }
        Ok(())
    }

    /// Tells an item of news to those whom it concerns: the prover and the requester.
    fn spread(&mut self, news: News) -> Result<(), Fail> {
        let (task, prover) = match news {
            News::Awarded(won) => {
                let kind = self.facts.get(&won.task).map(|facts| facts.need);
                self.outcome.prices.note(&self.chain.ledger, won, kind);
                self.holders.extend(self.owners.get(&won.prover).map(|&agent| (won.task, agent)));
                self.lots.awarded(won.task, won.prover);
                self.outcome.awards_of_rounds += u64::from(self.is_of_round(won.task));
                self.note_challenge(won);
                (Some(won.task), Some(won.prover))
            }
            News::Started { task, prover } => (Some(task), Some(prover)),
            News::Lost { task, prover, burned, .. } => {
                if let Some(&agent) = self.owners.get(&prover) {
                    self.sums[agent].burned += burned as f64;
                }
                (Some(task), Some(prover))
            }
            News::Paid { task, prover, .. } => {
                let is_challenge = !self.open.remove(&task);
                self.outcome.challenges += u64::from(is_challenge);
                self.outcome.proved += u64::from(!is_challenge);
                if let Some(&agent) = self.owners.get(&prover) {
                    self.sums[agent].paid += 1;
                    let number = self.facts.get(&task).map_or(0, |facts| facts.need.number);
                    self.outcome.paid.push((agent, number));
                }
                (Some(task), Some(prover))
            }
            News::Over { task } => {
                self.outcome.failed += u64::from(self.open.remove(&task));
                if let Some(facts) = self.facts.get(&task) {
                    self.sums[facts.requester].missed += facts.need.value;
                }
                (Some(task), None)
            }
            News::Withdrawn { prover } => (None, Some(prover)),
            News::Forfeited { payer, deposit } => {
                if let Some(&agent) = self.owners.get(&payer) {
                    self.sums[agent].burned += deposit as f64;
                }
                (None, None)
            }
            News::Opening { task } => return self.open_round(task),
            News::Sealing { .. } => (None, None),
        };
        let requester = task.and_then(|task| self.facts.get(&task)).map(|facts| facts.requester);
        let prover = prover.and_then(|prover| self.owners.get(&prover)).copied();
        // A task that is over concerns the prover that may still be at work on it.
        let worker = task.and_then(|task| self.holders.get(&task)).copied().filter(|_| prover.is_none());
        let concerned: BTreeSet<_> = requester.into_iter().chain(prover).chain(worker).collect();
        for agent in concerned {
            self.ask(agent, |agent, seen, deeds| agent.hear(&news, seen, deeds))?;
        }
        Ok(())
    }

    /// Tells all provers and the requester of each round in which asks are sealed, in an order that is drawn for each: the
    /// first that hear of it are the first that seal.
    fn hold_rounds(&mut self) -> Result<(), Fail> {
        let is_sealing = |task: &Task| task.round.as_ref().is_some_and(|r| matches!(r.phase, Phase::Sealing(_)));
        let height = self.chain.ledger.height().get();
        let rounds: Vec<_> =
            self.chain.ledger.rounds().filter(|(_, task)| is_sealing(task)).map(|(task, _)| task).collect();
        for task in rounds {
            let Some(&facts) = self.facts.get(&task) else { continue };
            if !(height + facts.need.number).is_multiple_of(LOOK_EVERY) {
                continue;
            }
            let mut order: Vec<usize> = (0..self.provers).chain([facts.requester]).collect();
            let mut stream = self.draws.stream(Purpose::Lot, facts.need.number);
            for last in (1..order.len()).rev() {
                order.swap(last, stream.below(last as u64 + 1) as usize);
            }
            for agent in order {
                self.ask(agent, |agent, seen, deeds| agent.hear(&News::Sealing { task }, seen, deeds))?;
            }
        }
        Ok(())
    }

    /// Tells all who have sealed an ask, and the requester, that it is to be opened.
    fn open_round(&mut self, id: TaskId) -> Result<(), Fail> {
        let view = self.chain.ledger.task(id);
        let asks = view.and_then(|view| view.task.round.as_deref()).into_iter().flat_map(|round| round.asks.keys());
        let requester = self.facts.get(&id).map(|facts| facts.requester);
        let owners = asks.filter_map(|prover| self.owners.get(prover)).copied();
        let concerned: BTreeSet<_> = owners.chain(requester).collect();
        for agent in concerned {
            self.ask(agent, |agent, seen, deeds| agent.hear(&News::Opening { task: id }, seen, deeds))?;
        }
        Ok(())
    }

    /// Whether a task's award was made by its sealed round.
    fn is_of_round(&self, task: TaskId) -> bool {
        let view = self.chain.ledger.task(task);
        view.and_then(|view| view.task.round.as_ref()).is_some_and(|round| round.phase == Phase::Decided)
    }

    /// Notes the facts of a challenge, which no agent has asked for. It is worth nothing to anybody.
    fn note_challenge(&mut self, won: Won) {
        let view = self.chain.ledger.task(won.task).filter(|view| view.task.is_challenge);
        let (Some(view), Some(&requester)) = (view, self.owners.get(&won.prover)) else { return };
        let kind = Kind { level: view.task.bid.level, degree: view.task.degree };
        let number = CHALLENGE_NUMBERS + self.chain.ledger.height().get();
        let need = Need { number, kind, value: 0.0, multiple: 1.0, hardness: 1.0, patience_ms: 0 };
        self.facts.insert(won.task, Facts { need, service: Service::Good, requester });
    }

    /// Lets an agent act, and carries out what it does.
    fn ask(&mut self, n: usize, act: impl FnOnce(&mut dyn Agent, &Seen<'_>, &mut Deeds)) -> Result<(), Fail> {
        let mut deeds = Deeds::default();
        let Some(member) = self.members.get_mut(n) else { return Ok(()) };
        let seen = Seen {
            ledger: &self.chain.ledger,
            facts: &self.facts,
            circuits: &self.circuits,
            draws: self.draws,
            until: self.until,
        };
        act(member.agent.as_mut(), &seen, &mut deeds);
        let sum = &mut self.sums[n];
        sum.spent += deeds.spent;
        sum.worth += deeds.worth;
        sum.misdeeds += deeds.misdeeds;
        for at in deeds.wakes {
            self.wakes.entry(at).or_default().insert(n);
        }
        let mut bids = deeds.bids.into_iter();
        for (by, mut say) in deeds.said {
            let mut best = None;
            if let (Say::Bid(bid), Rule::RandomOfFive) = (&mut say, self.rule) {
                best = Lots::draw(&self.chain, self.draws, by, bid)?;
            }
            let Some(task) = self.chain.say(by, &say)? else { continue };
            best.into_iter().for_each(|best| self.lots.note(task, best));
            if let Some((need, service)) = bids.next() {
                self.facts.insert(task, Facts { need, service, requester: n });
                self.open.insert(task);
            }
        }
        Ok(())
    }
}
