//! The cast: all agents of a run, with their keys, as a seed and the roles make them.

use crate::{
    agent::{Agent, Deeds, Need, Seen},
    circuits::kinds,
    conduct::{ProverConduct, RequesterConduct},
    draw::{Draws, Purpose},
    hear::News,
    machine::Machine,
    outcome::Role,
    prover::Prover,
    requester::Requester,
    scale::{Roles, Scale},
};
use dpgn_protocol::{ids::AccountId, sign::Keypair};

/// The names that each tested agent may use; others have two.
const NAMES: u64 = 10;
/// The credits of a prover, in micro-credits: enough to have at stake what its machine can win.
const PROVER_CREDITS: u64 = 1_000_000_000;
/// The credits of a requester, in micro-credits.
const REQUESTER_CREDITS: u64 = 100_000_000_000;
/// The credits of the one sponsor, in micro-credits.
const SPONSOR_CREDITS: u64 = 100_000_000_000;
/// One member of the cast.
pub struct Member {
    /// What the agent is.
    pub role: Role,
    /// The agent itself.
    pub agent: Box<dyn Agent>,
    /// The micro-credits that it starts with.
    pub credits: u64,
}

/// All agents of a run.
pub struct Cast {
    draws: Draws,
    /// The agents, the provers first.
    pub members: Vec<Member>,
    /// The keys of all accounts, with the micro-credits that the genesis gives each.
    pub accounts: Vec<(Keypair, u64)>,
    /// The machines of the provers, with their names.
    pub machines: Vec<(Vec<AccountId>, Machine)>,
}

impl Cast {
    /// The cast of this scale and seed.
    pub fn new(scale: &Scale, draws: Draws, roles: Roles) -> Self {
        let mut cast = Self { draws, members: Vec::new(), accounts: Vec::new(), machines: Vec::new() };
        let sponsor = cast.keys(1, SPONSOR_CREDITS);
        for n in 0..scale.provers {
            let tested = n % scale.provers_per_tested == 0;
            let plays = tested && n / scale.provers_per_tested < roles.players_max;
            let conduct = if plays { roles.provers } else { ProverConduct::HONEST };
            let machine = Machine::draw(draws, n, &kinds());
            let names = cast.keys(if tested { NAMES } else { 1 }, PROVER_CREDITS);
            cast.machines.push((names.clone(), machine));
            let agent = Prover::new(n, machine, conduct, names, PROVER_CREDITS, sponsor.first().copied());
            cast.add(Role::Prover { tested }, Box::new(agent), PROVER_CREDITS);
        }
        for n in 0..scale.requesters {
            let tested = n % scale.requesters_per_tested == 0;
            let conduct = if tested { roles.requesters } else { RequesterConduct::HONEST };
            let agent =
                Requester::new(n, conduct, cast.keys(2, REQUESTER_CREDITS), REQUESTER_CREDITS, scale.rules.pricing);
            cast.add(Role::Requester { tested }, Box::new(agent), REQUESTER_CREDITS);
        }
        cast.add(Role::Sponsor, Box::new(Sponsor(sponsor)), SPONSOR_CREDITS);
        cast
    }

    fn add(&mut self, role: Role, agent: Box<dyn Agent>, credits: u64) {
        self.members.push(Member { role, agent, credits });
    }

    /// Makes so many keys, the first of which holds these credits; returns their accounts.
    fn keys(&mut self, count: u64, credits: u64) -> Vec<AccountId> {
        let first = self.accounts.len() as u64;
        let draws = self.draws;
        let made = (0..count).map(|n| {
            let key = Keypair::from_seed(&draws.stream(Purpose::Key, first + n).bytes());
            (key, if n == 0 { credits } else { 0 })
        });
        self.accounts.extend(made);
        self.accounts.iter().skip(first as usize).map(|(key, _)| key.account()).collect()
    }
}

/// The sponsor: it consents to whatever it is asked for, and does nothing else.
struct Sponsor(Vec<AccountId>);

impl Agent for Sponsor {
    fn accounts(&self) -> &[AccountId] {
        &self.0
    }

    fn wake(&mut self, _: &Seen<'_>, _: &mut Deeds) {}

    fn hear(&mut self, _: &News, _: &Seen<'_>, _: &mut Deeds) {}

    fn need(&mut self, _: &Need, _: &Seen<'_>, _: &mut Deeds) {}
}
