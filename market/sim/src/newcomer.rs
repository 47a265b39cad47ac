//! Newcomers: how soon an honest prover that joins late is awarded as much as if it had been there from the start.
//!
//! A pair of runs of one seed: in one the tested provers are there from the start, in the other they join in the middle.
//! For each of them the proofs that it is paid for after that time are counted in the order of the tasks. Its share is
//! how many it has, over how many it would have as one that is known.

use crate::{
    conduct::ProverConduct,
    fail::Fail,
    measure::Baseline,
    outcome::{Outcome, Role},
    scale::Roles,
};
use serde::Serialize;

/// The share of the run after which newcomers join.
const JOINS: f64 = 0.4;
/// The share of what a known prover has that counts as its own.
const OWN_SHARE: f64 = 0.95;
/// The parts into which the time after joining is cut.
const PARTS: usize = 12;

/// How newcomers fare.
#[derive(Clone, Debug, Serialize)]
pub struct Newcomer {
    /// By part of the time after joining: the mean proofs that a newcomer had by then, and its share in that part.
    pub shares: Vec<(f64, f64)>,
    /// The mean number of its own proofs after which its share stays its own; `None` if it never does.
    pub proofs_to_share: Option<f64>,
}

impl Newcomer {
    /// How a newcomer behaves: honestly, from some time on.
    pub const CONDUCT: ProverConduct = ProverConduct { joins: JOINS, ..ProverConduct::HONEST };

    /// Measures newcomers beside the honest runs of a baseline.
    pub fn measure(baseline: &Baseline) -> Result<Self, Fail> {
        let roles = Roles { provers: Self::CONDUCT, ..Roles::HONEST };
        let (mut known, mut new) = ([0.0; PARTS], [0.0; PARTS]);
        let mut provers = 0.0;
        for (seed, honest) in baseline.runs() {
            let late = baseline.again(*seed, roles)?;
            add(&mut known, honest, baseline.tasks());
            add(&mut new, &late, baseline.tasks());
            provers += honest.agents.iter().filter(|(role, _)| *role == Role::Prover { tested: true }).count() as f64;
        }
        let mut so_far = 0.0;
        let shares: Vec<_> = known
            .iter()
            .zip(new)
            .map(|(known, new)| {
                so_far += new;
                (so_far / provers, if *known > 0.0 { new / known } else { 1.0 })
            })
            .collect();
        let from = shares.iter().rposition(|(_, share)| *share < OWN_SHARE).map_or(0, |last| last + 1);
        let before = from.checked_sub(1).map_or(Some(0.0), |last| shares.get(last).map(|(proofs, _)| *proofs));
        Ok(Self { proofs_to_share: before.filter(|_| from < shares.len()), shares })
    }

    /// What was measured, in a sentence.
    pub fn text(&self) -> String {
        let shares: Vec<_> =
            self.shares.iter().map(|(proofs, share)| format!("{:.0} % at {proofs:.1}", share * 100.0)).collect();
        let found = match self.proofs_to_share {
            Some(proofs) => format!("after {proofs:.0} proofs of its own"),
            None => "not within the run".to_owned(),
        };
        format!("An honest newcomer has its share {found} (share at proofs: {}).", shares.join(", "))
    }
}

/// Counts the proofs of tested provers by the part of the time after joining.
fn add(parts: &mut [f64; PARTS], outcome: &Outcome, tasks: u64) {
    let first = tasks as f64 * JOINS;
    for (agent, number) in &outcome.paid {
        let is_tested = outcome.agents.get(*agent).is_some_and(|(role, _)| *role == Role::Prover { tested: true });
        let place = (*number as f64 - first) / (tasks as f64 - first) * PARTS as f64;
        if is_tested && place >= 0.0 && (place as usize) < PARTS {
            parts[place as usize] += 1.0;
        }
    }
}
