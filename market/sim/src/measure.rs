//! Measures: what a strategy gains over honesty, with pairs of runs that differ by nothing else.
//!
//! ```text
//! gain = (profit with the strategy − profit of the same agents if honest) / profit if honest
//! ```
//! Over several seeds: the mean difference over the mean profit, with a 95 % interval by Student's t.

use crate::{
    fail::Fail,
    outcome::{Outcome, Role},
    rules::Rules,
    scale::{Roles, Scale},
    strategy::Strategy,
    world::World,
};
use serde::Serialize;

/// A mean with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The mean of all seeds.
    pub mean: f64,
    /// Half of the width of the interval; infinite with one seed alone.
    pub half_width: f64,
}

/// Student's t for a two-sided interval of 95 %, by degrees of freedom from 1 on; the last one serves all above.
const T: [f64; 15] = [12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13];

impl Estimate {
    /// The mean and interval of these values, as a share of a whole.
    pub fn of(values: &[f64], whole: f64) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n.max(1.0);
        let square: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let half_width = match values.len() {
            0 | 1 => f64::INFINITY,
            len => T[(len - 2).min(T.len() - 1)] * (square / (n - 1.0) / n).sqrt(),
        };
        Self { mean: mean / whole, half_width: half_width / whole.abs() }
    }
}

/// What was measured of one strategy.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The rules under which it was played.
    #[serde(flatten)]
    pub rules: Rules,
    /// The name of the strategy, with its parameter.
    pub strategy: String,
    /// Whether provers play it.
    pub of_provers: bool,
    /// The gain as a share of the honest profit.
    pub gain: Estimate,
    /// What each deed of the strategy cost those who did it, in micro-credits: negative if they gained.
    pub cost_per_deed: f64,
    /// What each deed cost all others together, in micro-credits: collateral burned, and the worth of what was needed
    /// and not proved.
    pub harm_per_deed: f64,
    /// The deeds of all seeds.
    pub deeds: u64,
    /// The share of all tasks that were proved with honest agents, and with the strategy.
    pub proved: [f64; 2],
    /// What a proof costs over the second-lowest cost, with honest agents and with the strategy.
    pub over_second_cost: [f64; 2],
}

/// The honest run of each of some seeds; every strategy is held against these.
pub struct Baseline {
    scale: Scale,
    runs: Vec<(u64, Outcome)>,
}

impl Baseline {
    /// Runs these seeds with honest agents.
    pub fn run(scale: &Scale, seeds: &[u64]) -> Result<Self, Fail> {
        let run = |&seed: &u64| Ok((seed, World::new(scale, seed, Roles::HONEST)?.run()?));
        Ok(Self { scale: scale.clone(), runs: seeds.iter().map(run).collect::<Result<_, Fail>>()? })
    }

    /// The honest runs, by seed.
    pub fn runs(&self) -> &[(u64, Outcome)] {
        &self.runs
    }

    /// How the runs were played.
    pub fn scale(&self) -> &Scale {
        &self.scale
    }

    /// The number of tasks of each run.
    pub fn tasks(&self) -> u64 {
        self.scale.tasks
    }

    /// What honest agents pay over the second-lowest cost, as a share of it.
    pub fn over_second_cost(&self) -> Estimate {
        let over: Vec<_> = self.runs.iter().map(|(_, run)| run.prices.over_second_cost() - 1.0).collect();
        Estimate::of(&over, 1.0)
    }

    /// Runs a seed again with other roles.
    pub fn again(&self, seed: u64, roles: Roles) -> Result<Outcome, Fail> {
        World::new(&self.scale, seed, roles)?.run()
    }

    /// Runs the same seeds with a strategy, and compares: the first few, and the others while they could still tell
    /// whether the gain is above `undecided`.
    pub fn measure(&self, strategy: Strategy, seeds_min: usize, undecided: f64) -> Result<Row, Fail> {
        let mut pairs = Vec::new();
        for (seed, honest) in &self.runs {
            pairs.push((honest, self.again(*seed, strategy.roles())?));
            let row = compare(self.scale.rules, strategy, &pairs);
            if pairs.len() >= seeds_min && (row.gain.mean - undecided).abs() > row.gain.half_width {
                break;
            }
        }
        Ok(compare(self.scale.rules, strategy, &pairs))
    }
}

fn compare(rules: Rules, strategy: Strategy, pairs: &[(&Outcome, Outcome)]) -> Row {
    let is_played = |role: Role| match role {
        Role::Prover { tested } => tested && strategy.is_of_provers(),
        Role::Requester { tested } => tested && !strategy.is_of_provers(),
        Role::Sponsor => false,
    };
    let own = |outcome: &Outcome| outcome.sum(is_played).profit();
    let lost = |outcome: &Outcome| {
        let others = outcome.sum(|role| !is_played(role));
        others.burned + others.missed
    };
    let gains: Vec<f64> = pairs.iter().map(|(honest, played)| own(played) - own(honest)).collect();
    let harm: f64 = pairs.iter().map(|(honest, played)| lost(played) - lost(honest)).sum();
    let whole = pairs.iter().map(|(honest, _)| own(honest)).sum::<f64>() / pairs.len().max(1) as f64;
    let deeds: u64 = pairs.iter().map(|(_, played)| played.sum(is_played).misdeeds).sum();
    let per_deed = |sum: f64| if deeds == 0 { 0.0 } else { sum / deeds as f64 };
    let mean = |of: &dyn Fn(&Outcome) -> f64| {
        let n = pairs.len().max(1) as f64;
        let honest = pairs.iter().map(|(honest, _)| of(honest)).sum::<f64>() / n;
        [honest, pairs.iter().map(|(_, played)| of(played)).sum::<f64>() / n]
    };
    Row {
        rules,
        strategy: strategy.name(),
        of_provers: strategy.is_of_provers(),
        gain: Estimate::of(&gains, whole),
        cost_per_deed: per_deed(-gains.iter().sum::<f64>()),
        harm_per_deed: per_deed(harm),
        deeds,
        proved: mean(&|outcome| outcome.proved as f64 / (outcome.proved + outcome.failed).max(1) as f64),
        over_second_cost: mean(&|outcome| outcome.prices.over_second_cost()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_as_wide_as_the_values_are_apart() {
        let same = Estimate::of(&[2.0, 2.0, 2.0], 4.0);
        assert_eq!(same, Estimate { mean: 0.5, half_width: 0.0 });
        let apart = Estimate::of(&[1.0, 3.0], 1.0);
        assert!((apart.mean - 2.0).abs() < 1e-9 && (apart.half_width - 12.71).abs() < 1e-9, "{apart:?}");
    }
}
