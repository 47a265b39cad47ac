//! Prices: what is paid beside the second-lowest true cost of those who could have done the work.
//!
//! That is what a sealed second-price auction among honest provers would pay; only a simulation can know it.

use crate::{agent::Need, hear::Won, machine::Machine};
use dpgn_market::Ledger;
use dpgn_protocol::ids::{AccountId, TaskId};
use std::collections::BTreeMap;

/// One task of so many is looked at: each look asks all provers.
const EVERY: u64 = 8;

/// What was paid in a run, beside what it cost.
#[derive(Clone, Debug, Default)]
pub struct Prices {
    machines: Vec<(Vec<AccountId>, Machine)>,
    /// The prices of the last award of each task that was looked at, beside the second-lowest cost.
    pub paid: BTreeMap<TaskId, Paid>,
}

/// A price beside costs, in micro-credits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paid {
    /// The price of the award.
    pub price: f64,
    /// The second-lowest cost of those who could have done the work then.
    pub second_cost: f64,
}

impl Prices {
    /// No prices yet, of provers with these names and machines.
    pub fn new(machines: Vec<(Vec<AccountId>, Machine)>) -> Self {
        Self { machines, ..Self::default() }
    }

    /// Notes an award, by the ledger after its block.
    pub fn note(&mut self, ledger: &Ledger, won: Won, need: Option<Need>) {
        let Some(need) = need.filter(|need| need.number.is_multiple_of(EVERY)) else { return };
        let is_free = |names: &[AccountId], machine: &Machine| {
            let held: usize = names.iter().map(|&name| ledger.awards_of(name).count()).sum();
            names.contains(&won.prover) || held < usize::from(machine.lanes)
        };
        let able = self.machines.iter().filter(|(_, machine)| machine.takes(need.kind));
        let free = able.filter(|(names, machine)| is_free(&names[..1], machine));
        let mut costs: Vec<f64> = free.map(|(_, machine)| machine.cost_of(need.kind, 1.0)).collect();
        costs.sort_by(f64::total_cmp);
        if let Some(&second_cost) = costs.get(1) {
            // A later award of the same task takes the place of one that came to nothing.
            self.paid.insert(won.task, Paid { price: won.price as f64, second_cost });
        }
    }

    /// What is paid in all, as a multiple of the second-lowest costs.
    pub fn over_second_cost(&self) -> f64 {
        let sum = |of: fn(&Paid) -> f64| self.paid.values().map(of).sum::<f64>();
        sum(|paid| paid.price) / sum(|paid| paid.second_cost).max(1.0)
    }
}
