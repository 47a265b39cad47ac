//! The report: what was measured, as a table for people and as JSON for programs.

use crate::{
    fail::Fail,
    measure::{Estimate, Row},
    newcomer::Newcomer,
};
use serde::Serialize;
use std::{fmt::Write as _, path::Path};

/// The most that a strategy may gain over honesty, as a share of the honest profit.
pub const GAIN_MAX: f64 = 0.01;
/// The most that a requester may pay above the second-lowest cost, as a share of it.
pub const OVER_SECOND_COST_MAX: f64 = 0.05;
/// The number of its own proofs after which a newcomer should have its share.
pub const NEWCOMER_PROOFS_MAX: usize = 50;

/// All that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The first seed; the others follow it.
    pub seed: u64,
    /// The number of provers of each run.
    pub provers: u64,
    /// The number of tasks of each run.
    pub tasks: u64,
    /// What honest agents pay over the second-lowest cost, as a share of it.
    pub over_second_cost: Estimate,
    /// One row for each strategy.
    pub rows: Vec<Row>,
    /// Rows of the same world in which the lowest price wins.
    pub price_only: Vec<Row>,
    /// How a newcomer fares; `None` if it was not measured.
    pub newcomer: Option<Newcomer>,
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
        let over = self.over_second_cost;
        // Writing to a text never fails.
        let _ = writeln!(
            page,
            "\nHonest requesters pay {:.1} ± {:.1} % above the second-lowest cost (target: {} %).",
            over.mean * 100.0,
            over.half_width * 100.0,
            OVER_SECOND_COST_MAX * 100.0
        );
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
pub const HEAD: &str = "| strategy | by | gain % | target | cost per deed | harm per deed | proved % | price / 2nd cost |\n\
                        |---|---|---|---|---|---|---|---|";

/// One row of the table, in markdown.
pub fn line(row: &Row) -> String {
    let by = if row.of_provers { "provers" } else { "requesters" };
    format!(
        "| {} | {by} | {:.1} ± {:.1} | {} | {:.0} | {:.0} | {:.1} → {:.1} | {:.2} → {:.2} |",
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
