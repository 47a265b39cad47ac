//! The report: what was measured, as a table for people and as JSON for programs.

use crate::{
    fail::Fail,
    measure::{Baseline, Estimate, Row},
    newcomer::Newcomer,
    outcome::Outcome,
    rules::{Pricing, Rules},
};
use serde::Serialize;
use std::{fmt::Write as _, path::Path};

/// The most that a strategy may gain over honesty, as a share of the honest profit.
pub const GAIN_MAX: f64 = 0.01;
/// The most that a requester may pay above the second-lowest cost, as a share of it.
pub const OVER_SECOND_COST_MAX: f64 = 0.05;

/// All that was measured.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// The first seed; the others follow it.
    pub seed: u64,
    /// The number of provers of each run.
    pub provers: u64,
    /// The number of tasks of each run.
    pub tasks: u64,
    /// What honest agents pay over the second-lowest cost, as a share of it; `None` if it was not measured.
    pub over_second_cost: Option<Estimate>,
    /// One row for each strategy.
    pub rows: Vec<Row>,
    /// What was measured under other rules, and under the usual ones in the same smaller world.
    pub compared: Vec<Compared>,
    /// How a newcomer fares; `None` if it was not measured.
    pub newcomer: Option<Newcomer>,
}

/// What was measured under one kind of rules.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// The rules that were tried.
    #[serde(flatten)]
    pub rules: Rules,
    /// The number of provers of each run.
    pub provers: u64,
    /// The number of tasks of each run.
    pub tasks: u64,
    /// What honest agents pay over the second-lowest cost, as a share of it.
    pub over_second_cost: Estimate,
    /// The proofs of honest agents.
    pub proved: u64,
    /// The awards that sealed rounds have made among honest agents: one more for each that came to nothing.
    pub awards_of_rounds: u64,
    /// One row for each strategy.
    pub rows: Vec<Row>,
}

impl Compared {
    /// What honest runs show, beside these rows.
    pub fn of(baseline: &Baseline, rows: Vec<Row>) -> Self {
        let scale = baseline.scale();
        let sum = |of: fn(&Outcome) -> u64| baseline.runs().iter().map(|(_, run)| of(run)).sum::<u64>();
        Self {
            rules: scale.rules,
            provers: scale.provers,
            tasks: scale.tasks,
            over_second_cost: baseline.over_second_cost(),
            proved: sum(|run| run.proved),
            awards_of_rounds: sum(|run| run.awards_of_rounds),
            rows,
        }
    }

    /// What honest requesters pay under these rules, in a sentence.
    pub fn text(&self) -> String {
        let Self { rules, provers, over_second_cost: over, .. } = self;
        let rounds = match rules.pricing {
            Pricing::AsAsked => String::new(),
            Pricing::Sealed => format!("; rounds made {} awards for {} proofs", self.awards_of_rounds, self.proved),
        };
        format!("{}{rounds}", paid(*rules, *provers, *over))
    }
}

/// What honest requesters pay, in a sentence without its end.
fn paid(rules: Rules, provers: u64, over: Estimate) -> String {
    format!(
        "{}, {}, {provers} provers: honest requesters pay {:.1} ± {:.1} % more",
        rules.pricing_name(),
        rules.rule_name(),
        over.mean * 100.0,
        over.half_width * 100.0
    )
}

/// What a row says about the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Held,
    Missed,
    Open,
}

impl Verdict {
    fn of(row: &Row) -> Self {
        let Estimate { mean, half_width } = row.gain;
        match (mean - half_width > GAIN_MAX, mean + half_width <= GAIN_MAX) {
            (true, _) => Self::Missed,
            (false, true) => Self::Held,
            (false, false) => Self::Open,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Missed => "MISSED",
            Self::Open => "within noise",
        }
    }
}

impl Report {
    /// What was measured beside the rows, in sentences.
    pub fn summary(&self) -> String {
        let mut page = format!(
            "\nSeed {}: {} provers, {} tasks a run. Credits are micro-credits; gains are shares of the honest profit, \
             with 95 % intervals; target: at most {} %.\n",
            self.seed,
            self.provers,
            self.tasks,
            GAIN_MAX * 100.0
        );
        // Writing to a text never fails.
        let _ = writeln!(page, "\nAbove the second-lowest cost (target: {} %):\n", OVER_SECOND_COST_MAX * 100.0);
        if let Some(over) = self.over_second_cost {
            let _ = writeln!(page, "- {}", paid(Rules::default(), self.provers, over));
        }
        for compared in &self.compared {
            let _ = writeln!(page, "- {}", compared.text());
        }
        if let Some(newcomer) = &self.newcomer {
            let _ = writeln!(page, "{}", newcomer.text());
        }
        page
    }

    /// Writes the report as JSON.
    pub fn write(&self, path: &Path) -> Result<(), Fail> {
        let text = serde_json::to_string_pretty(self)?;
        Ok(std::fs::write(path, text)?)
    }
}

/// The head of the table of rows, in markdown.
pub const HEAD: &str = "| pricing | rule | strategy | by | gain % | target | cost per deed | harm per deed \
                        | proved % | price / 2nd cost |\n\
                        |---|---|---|---|---|---|---|---|---|---|";

/// One row of the table, in markdown.
pub fn line(row: &Row) -> String {
    let by = if row.of_provers { "provers" } else { "requesters" };
    format!(
        "| {} | {} | {} | {by} | {:.1} ± {:.1} | {} | {:.0} | {:.0} | {:.1} → {:.1} | {:.2} → {:.2} |",
        row.rules.pricing_name(),
        row.rules.rule_name(),
        row.strategy,
        row.gain.mean * 100.0,
        row.gain.half_width * 100.0,
        Verdict::of(row).text(),
        row.cost_per_deed,
        row.harm_per_deed,
        row.proved[0] * 100.0,
        row.proved[1] * 100.0,
        row.over_second_cost[0],
        row.over_second_cost[1],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_missed_only_beyond_the_interval() {
        let row = |mean, half_width| Row {
            rules: Rules::default(),
            strategy: "x".into(),
            of_provers: true,
            gain: Estimate { mean, half_width },
            cost_per_deed: 0.0,
            harm_per_deed: 0.0,
            deeds: 0,
            proved: [1.0; 2],
            over_second_cost: [1.0; 2],
        };
        let verdicts = [(0.05, 0.01), (0.05, 0.06), (-0.05, 0.01), (0.0, 0.02)].map(|(m, w)| Verdict::of(&row(m, w)));
        assert_eq!(verdicts, [Verdict::Missed, Verdict::Open, Verdict::Held, Verdict::Open]);
    }
}
