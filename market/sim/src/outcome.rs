//! Outcomes: what came of a run, for each agent and in all.

use crate::{lot::BEST, machine::Machine, prices::Prices};
use dpgn_protocol::ids::AccountId;

/// What an agent has gained and lost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Account {
    /// Credits at the end less credits at the start, in micro-credits.
    pub credits: f64,
    /// What its work has cost, in micro-credits.
    pub spent: f64,
    /// What the proofs that it bought are worth, in micro-credits.
    pub worth: f64,
    /// The number of times that it did what an honest agent does not.
    pub misdeeds: u64,
    /// The proofs that it was paid for.
    pub paid: u64,
    /// What was burned of its collateral, in micro-credits.
    pub burned: f64,
    /// The worth of what it needed and did not get, in micro-credits.
    pub missed: f64,
}

impl Account {
    /// What it has gained in all, in micro-credits.
    pub fn profit(&self) -> f64 {
        self.credits - self.spent + self.worth
    }
}

/// The kind of an agent, and whether it is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An agent that sells proofs.
    Prover {
        /// Whether its conduct is the one that is tested.
        tested: bool,
    },
    /// An agent that buys proofs.
    Requester {
        /// Whether its conduct is the one that is tested.
        tested: bool,
    },
    /// The one sponsor.
    Sponsor,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// All agents, with what they have gained.
    pub agents: Vec<(Role, Account)>,
    /// The tasks that were proved, and those that ended without a proof.
    pub proved: u64,
    /// The tasks that ended without a proof.
    pub failed: u64,
    /// The challenges that were proved.
    pub challenges: u64,
    /// The awards that sealed rounds have made.
    pub awards_of_rounds: u64,
    /// The bids that were drawn by lot, by the place of the ask that was awarded them: the best first, all others last.
    pub places: [u64; BEST + 1],
    /// What was paid beside what it cost.
    pub prices: Prices,
    /// The proofs that each prover was paid for, one after the other: the agent and the number of the task.
    pub paid: Vec<(usize, u64)>,
    /// The ops that all blocks have held.
    pub ops: u64,
    /// The number of blocks.
    pub blocks: u64,
}

impl Outcome {
    /// Nothing has happened yet, to provers with these names and machines.
    pub fn new(machines: Vec<(Vec<AccountId>, Machine)>) -> Self {
        Self {
            agents: Vec::new(),
            proved: 0,
            failed: 0,
            challenges: 0,
            awards_of_rounds: 0,
            places: [0; BEST + 1],
            prices: Prices::new(machines),
            paid: Vec::new(),
            ops: 0,
            blocks: 0,
        }
    }

    /// The sum over all agents of some roles.
    pub fn sum(&self, is_meant: impl Fn(Role) -> bool) -> Account {
        let meant = self.agents.iter().filter(|(role, _)| is_meant(*role));
        meant.fold(Account::default(), |sum, (_, account)| Account {
            credits: sum.credits + account.credits,
            spent: sum.spent + account.spent,
            worth: sum.worth + account.worth,
            misdeeds: sum.misdeeds + account.misdeeds,
            paid: sum.paid + account.paid,
            burned: sum.burned + account.burned,
            missed: sum.missed + account.missed,
        })
    }
}
