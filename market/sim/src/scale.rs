//! Scales and roles: how large a run is, and who in it does what.

use crate::{
    conduct::{ProverConduct, RequesterConduct},
    rules::Rules,
};
use dpgn_protocol::genesis::Params;

/// How large a run is.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// The number of provers.
    pub provers: u64,
    /// The number of requesters.
    pub requesters: u64,
    /// The number of tasks that arrive.
    pub tasks: u64,
    /// The mean time between two arrivals, in milliseconds.
    pub gap_ms: f64,
    /// The number of members of the committee.
    pub committee: u64,
    /// One prover of so many is tested.
    pub provers_per_tested: u64,
    /// One requester of so many is tested.
    pub requesters_per_tested: u64,
    /// The parameters of the ledger.
    pub params: Params,
    /// How bids find their price, and their winner.
    pub rules: Rules,
}

impl Scale {
    /// The scale of the documented command: a thousand provers.
    pub fn full() -> Self {
        Self {
            provers: 1_000,
            requesters: 40,
            tasks: 2_000,
            gap_ms: 40.0,
            committee: 1,
            provers_per_tested: 5,
            requesters_per_tested: 4,
            params: Params::default(),
            rules: Rules::default(),
        }
    }

    /// The scale at which rules are compared: as many tasks for each machine and time as at the full one.
    pub fn of_rules(rules: Rules) -> Self {
        Self { provers: 100, tasks: 500, gap_ms: 400.0, rules, ..Self::full() }
    }

    /// A market of few provers that are seldom busy: all who can serve a bid find a place in its round.
    pub fn of_few(rules: Rules) -> Self {
        Self { provers: 20, tasks: 200, gap_ms: 20_000.0, ..Self::of_rules(rules) }
    }

    /// The scale at which newcomers are watched: each prover makes many proofs.
    pub fn of_newcomers() -> Self {
        Self { provers: 100, tasks: 6_000, gap_ms: 400.0, ..Self::full() }
    }

    /// The scale at which newcomers are watched until they have made more than a hundred proofs.
    pub fn of_newcomers_for_long() -> Self {
        let Self { tasks, .. } = Self::of_newcomers();
        Self { tasks: 4 * tasks, ..Self::of_newcomers() }
    }

    /// The scale of the tests.
    pub fn small() -> Self {
        Self {
            provers: 40,
            requesters: 10,
            tasks: 120,
            gap_ms: 1_000.0,
            provers_per_tested: 4,
            requesters_per_tested: 5,
            ..Self::full()
        }
    }
}

/// How the tested agents of a run behave; all others are honest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Roles {
    /// The conduct of the provers that are tested.
    pub provers: ProverConduct,
    /// The conduct of the requesters that are tested.
    pub requesters: RequesterConduct,
    /// The number of tested provers that play it, at most; the other tested ones are honest.
    pub players_max: u64,
}

impl Roles {
    /// All are honest.
    pub const HONEST: Self =
        Self { provers: ProverConduct::HONEST, requesters: RequesterConduct::HONEST, players_max: u64::MAX };
}
