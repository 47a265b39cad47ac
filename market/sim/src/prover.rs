//! Provers: one agent for all conducts. It asks, takes awards up, proves on its lanes, and delivers.

use crate::{
    agent::{Agent, Deeds, Facts, Need, Seen, Service},
    chain::BLOCK,
    conduct::{AfterStart, AtAward, ProverConduct},
    draw::Purpose,
    hear::{News, Won},
    machine::{CRASH_CHANCE, Machine},
    say::Say,
    ticket::tickets,
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    ops::DeclineReason,
    units::{Millis, Timestamp},
};
use std::collections::BTreeMap;

mod asking;
mod sealing;

/// The time between two signs of life of a prover that proves.
const BEAT: Millis = Millis::from_secs(10);
/// The time that a prover keeps between the end of its work and the time at which the proof is owed.
const SAFETY: Millis = Millis::from_secs(4);
/// The time after which what was paid to a further name has arrived.
const SETTLING: Millis = Millis::from_secs(3);
/// What a withdrawal and a payment cost, in micro-credits, with some to spare.
const MOVING_FEES: u64 = 400;
/// The part of a proof's work after which a machine that gives up does so.
const CRASH_AT: f64 = 0.5;

/// A prover with a machine and one or more names.
pub struct Prover {
    number: u64,
    machine: Machine,
    conduct: ProverConduct,
    sponsor: Option<AccountId>,
    names: Vec<AccountId>,
    /// The place of the first name in use: those before it have been left behind.
    first: usize,
    funds: u64,
    lanes: Vec<Timestamp>,
    jobs: BTreeMap<TaskId, Job>,
    beaten: BTreeMap<AccountId, Timestamp>,
    /// The prices that were sealed and are not opened, by task and name.
    sealed: BTreeMap<(TaskId, AccountId), u64>,
    has_asked: bool,
}

/// An award in the hands of a prover.
struct Job {
    won: Won,
    facts: Facts,
    lane: usize,
    begins: Timestamp,
    ends: Timestamp,
    plan: Plan,
    started: bool,
}

/// What becomes of a job at its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plan {
    Deliver,
    Crash,
    Lie,
    Idle,
}

impl Prover {
    /// A prover of this number with this machine; the first of its names holds its funds.
    pub fn new(
        number: u64,
        machine: Machine,
        conduct: ProverConduct,
        names: Vec<AccountId>,
        funds: u64,
        sponsor: Option<AccountId>,
    ) -> Self {
        let lanes = vec![Timestamp::default(); usize::from(machine.lanes)];
        let sponsor = sponsor.filter(|_| conduct.sponsored);
        Self {
            number,
            machine,
            conduct,
            sponsor,
            names,
            first: 0,
            funds,
            lanes,
            jobs: BTreeMap::new(),
            beaten: BTreeMap::new(),
            sealed: BTreeMap::new(),
            has_asked: false,
        }
    }

    /// The names that have a machine behind them.
    fn working(&self) -> &[AccountId] {
        let last = (self.first + usize::from(self.conduct.names)).min(self.names.len());
        &self.names[self.first..last]
    }

    /// The names that have none.
    fn decoys(&self) -> &[AccountId] {
        let count = self.conduct.decoys.map_or(0, |decoys| usize::from(decoys.count));
        let first = self.working().len();
        &self.names[first..(first + count).min(self.names.len())]
    }

    /// Whether this conduct has begun, and this task is one that it is for.
    fn is_played(&self, task: &Facts, seen: &Seen<'_>) -> bool {
        let mut stream = seen.draws.pair(Purpose::Choice, task.need.number, self.number);
        seen.now() >= seen.at(self.conduct.from) && stream.happens(self.conduct.share)
    }

    fn awarded(&mut self, won: Won, seen: &Seen<'_>, deeds: &mut Deeds) {
        let Some(&facts) = seen.facts.get(&won.task) else { return };
        let is_played = self.is_played(&facts, seen);
        let mut answer = if is_played { self.conduct.at_award } else { AtAward::Take };
        if let Some(decoys) = self.conduct.decoys.filter(|_| self.decoys().contains(&won.prover)) {
            answer = decoys.at_award;
        }
        let decline = |reason, deeds: &mut Deeds| deeds.say(won.prover, Say::Decline(won.task, reason));
        match answer {
            AtAward::Pick(most) if facts.need.hardness > most => {
                deeds.misdeeds += 1;
                return decline(DeclineReason::Unable, deeds);
            }
            AtAward::Take | AtAward::Pick(_) => {}
            AtAward::Decline => {
                deeds.misdeeds += 1;
                return decline(DeclineReason::Unable, deeds);
            }
            AtAward::Silence => {
                deeds.misdeeds += 1;
                return;
            }
            AtAward::BlameRecipe => {
                deeds.misdeeds += 1;
                return decline(DeclineReason::NoRecipe, deeds);
            }
        }
        match facts.service {
            Service::NoRecipe => return decline(DeclineReason::NoRecipe, deeds),
            Service::WrongRecipe => return decline(DeclineReason::WrongRecipe, deeds),
            Service::Good | Service::NoInputs | Service::Unsatisfied => {}
        }
        self.take_up(won, facts, is_played, seen, deeds);
    }

    /// Takes an award up if a lane is free in time, else gives it back.
    fn take_up(&mut self, won: Won, facts: Facts, is_played: bool, seen: &Seen<'_>, deeds: &mut Deeds) {
        let soonest = seen.now().after(BLOCK);
        let free = self.lanes.iter().zip(0_usize..).min().map(|(at, lane)| (*at, lane));
        let Some((free, lane)) = free else { return };
        let begins = free.max(soonest);
        let work = Millis::new(self.machine.time_of(facts.need.kind, facts.need.hardness));
        let ends = begins.after(work);
        let after_start = if is_played { self.conduct.after_start } else { AfterStart::Prove };
        let crashes = seen.draws.pair(Purpose::Mishap, facts.need.number, self.number).happens(CRASH_CHANCE);
        let plan = match after_start {
            AfterStart::Prove if crashes => Plan::Crash,
            AfterStart::Prove => Plan::Deliver,
            AfterStart::Lie => Plan::Lie,
            AfterStart::Leave | AfterStart::Beat | AfterStart::Vanish | AfterStart::BlameInputs => Plan::Idle,
        };
        if plan != Plan::Idle && ends.after(SAFETY) > won.due {
            return deeds.say(won.prover, Say::Decline(won.task, DeclineReason::Unable));
        }
        let ends = match plan {
            Plan::Deliver => ends,
            Plan::Crash => begins.after(Millis::new((work.get() as f64 * CRASH_AT) as u64)),
            Plan::Lie | Plan::Idle => soonest.after(BLOCK),
        };
        if plan == Plan::Deliver || plan == Plan::Crash {
            self.lanes[lane] = ends;
        } else {
            deeds.misdeeds += 1;
        }
        deeds.say(won.prover, Say::Start(won.task));
        deeds.wakes.push(ends);
        self.jobs.insert(won.task, Job { won, facts, lane, begins, ends, plan, started: false });
    }

    fn started(&mut self, task: TaskId, seen: &Seen<'_>, deeds: &mut Deeds) {
        deeds.wakes.push(seen.now().after(BEAT));
        let Some(job) = self.jobs.get_mut(&task) else { return };
        job.started = true;
        self.beaten.insert(job.won.prover, seen.now());
        let (by, facts) = (job.won.prover, job.facts);
        let reason = match facts.service {
            Service::NoInputs => Some(DeclineReason::NoInputs),
            Service::Unsatisfied => Some(DeclineReason::Unsatisfied),
            Service::Good | Service::NoRecipe | Service::WrongRecipe => None,
        };
        let is_idle = job.plan == Plan::Idle;
        let reason = match self.conduct.after_start {
            AfterStart::Leave if is_idle => Some(DeclineReason::Unable),
            AfterStart::BlameInputs if is_idle => Some(DeclineReason::NoInputs),
            AfterStart::Leave
            | AfterStart::BlameInputs
            | AfterStart::Prove
            | AfterStart::Beat
            | AfterStart::Vanish
            | AfterStart::Lie => reason,
        };
        if let Some(reason) = reason {
            deeds.say(by, Say::Decline(task, reason));
            self.drop_job(task, seen.now(), deeds);
        }
    }

    /// Ends a job: its lane is free, and the work that was done has cost what it cost.
    fn drop_job(&mut self, task: TaskId, now: Timestamp, deeds: &mut Deeds) {
        let Some(job) = self.jobs.remove(&task) else { return };
        if !matches!(job.plan, Plan::Deliver | Plan::Crash) {
            return;
        }
        let whole = self.machine.time_of(job.facts.need.kind, job.facts.need.hardness).max(1);
        let done = now.min(job.ends).since(job.begins).get() as f64 / whole as f64;
        deeds.spent += self.machine.cost_of(job.facts.need.kind, job.facts.need.hardness) * done;
        if self.lanes[job.lane] == job.ends && now < job.ends {
            self.lanes[job.lane] = now;
        }
    }

    /// Does what is due: delivers what is finished, and gives up what has crashed.
    fn finish(&mut self, seen: &Seen<'_>, deeds: &mut Deeds) {
        let now = seen.now();
        let is_due = |job: &Job| job.started && job.ends <= now && job.plan != Plan::Idle;
        let due: Vec<_> = self.jobs.iter().filter(|(_, job)| is_due(job)).map(|(task, _)| *task).collect();
        for task in due {
            let Some(job) = self.jobs.get(&task) else { continue };
            let say = match job.plan {
                Plan::Deliver => Say::Deliver(task, true),
                Plan::Lie => Say::Deliver(task, false),
                Plan::Crash | Plan::Idle => Say::Decline(task, DeclineReason::Unable),
            };
            deeds.say(job.won.prover, say);
            self.drop_job(task, now, deeds);
        }
        let late = self.jobs.values().filter(|job| !job.started && job.ends <= now);
        deeds.wakes.extend(late.map(|_| now.after(BLOCK)));
    }

    /// Says that the prover is there, for each name with something in progress.
    fn beat(&mut self, seen: &Seen<'_>, deeds: &mut Deeds) {
        let now = seen.now();
        let is_silent = self.conduct.after_start == AfterStart::Vanish;
        let live = |job: &&Job| job.started && !(is_silent && job.plan == Plan::Idle);
        let mut names: Vec<_> = self.jobs.values().filter(live).map(|job| job.won.prover).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let beaten = self.beaten.entry(name).or_default();
            if now >= beaten.after(BEAT) {
                *beaten = now;
                deeds.wakes.push(now.after(BEAT));
                deeds.say(name, Say::Alive);
            }
        }
    }

    /// Leaves a name that has failed behind, and takes all it has along to the next one.
    fn whitewash(&mut self, seen: &Seen<'_>, deeds: &mut Deeds) {
        let (old, Some(&new)) = (self.names[self.first], self.names.get(self.first + 1)) else { return };
        if !self.jobs.is_empty() {
            return;
        }
        let rest = seen.ledger.balance(old).get().saturating_sub(MOVING_FEES);
        self.first += 1;
        deeds.misdeeds += 1;
        deeds.say(old, Say::Withdraw);
        deeds.say(old, Say::Pay(new, rest));
        self.has_asked = false;
        deeds.wakes.push(seen.now().after(SETTLING));
    }
}

impl Agent for Prover {
    fn accounts(&self) -> &[AccountId] {
        &self.names
    }

    fn wake(&mut self, seen: &Seen<'_>, deeds: &mut Deeds) {
        if seen.ledger.height().get() == 0 {
            self.begin(deeds);
            deeds.wakes.push(seen.at(self.conduct.joins).max(seen.now().after(SETTLING)));
        } else if !self.has_asked {
            self.has_asked = true;
            self.ask_all(deeds);
            if let Some(deals) = self.conduct.deals {
                self.deal(deals, seen, deeds);
            }
        }
        self.finish(seen, deeds);
        self.beat(seen, deeds);
        if self.conduct.tickets && self.has_asked {
            tickets(self.working(), self.machine.kind_max, seen, deeds);
        }
    }

    fn hear(&mut self, news: &News, seen: &Seen<'_>, deeds: &mut Deeds) {
        match *news {
            News::Awarded(won) => self.awarded(won, seen, deeds),
            News::Started { task, .. } => self.started(task, seen, deeds),
            News::Lost { task, .. } => {
                self.drop_job(task, seen.now(), deeds);
                if self.conduct.whitewash {
                    self.whitewash(seen, deeds);
                }
            }
            News::Paid { task, .. } | News::Over { task } => self.drop_job(task, seen.now(), deeds),
            News::Sealing { task } => self.seal(task, seen, deeds),
            News::Opening { task } => self.open(task, seen, deeds),
            News::Forfeited { .. } => {}
            News::Withdrawn { prover } => {
                if self.working().contains(&prover) && self.has_asked {
                    self.ask(prover, deeds);
                }
                if let Some(decoys) = self.conduct.decoys.filter(|_| self.decoys().contains(&prover)) {
                    self.ask_decoy(prover, decoys, deeds);
                }
            }
        }
    }

    fn need(&mut self, _: &Need, _: &Seen<'_>, _: &mut Deeds) {}
}
