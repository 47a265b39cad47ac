//! The command: measures every strategy, prints the table, and writes JSON and plots.
//!
//! `dpgn-market-sim [SEED] [FOLDER] [WORD]...`; the first seed is 1 and the folder `target/market-sim` unless they are
//! given. First come all strategies under the usual rules, paid as asked; then, in a smaller world, those that a sealed
//! round means something to, and some under each of the rules that rivals use.
//!
//! With words, only strategies whose names hold one of them are measured, and nothing is written. The words `as-asked`,
//! `sealed` and `rivals` choose a part of the tables, `challenges` measures what challenges do, and `newcomers` watches
//! newcomers four times as long.

#![expect(clippy::print_stdout, reason = "a program prints what it found")]

use dpgn_market_sim::{
    challenges::Challenges,
    fail::Fail,
    measure::{Baseline, Row},
    newcomer::Newcomer,
    plot,
    report::{Compared, GAIN_MAX, HEAD, Report, line},
    rules::{Pricing, Rule, Rules},
    scale::Scale,
    strategy::{Strategy, all, compared, of_rounds},
};
use dpgn_protocol::units::Ppm;
use std::{path::PathBuf, time::Instant};

/// The seeds with which every strategy is measured, at least.
const SEEDS_MIN: usize = 3;
/// The most seeds with which a strategy is measured that can't be told from the target before.
const SEEDS_MAX: usize = 3;
/// The most of them where rules are compared.
const RULES_SEEDS_MAX: usize = 5;
/// The seeds with which newcomers are watched.
const NEWCOMER_SEEDS: usize = 1;

/// The words that choose a part of the tables: the usual rules, sealed rounds, and the rules of rivals.
const PARTS: [&str; 3] = ["as-asked", "sealed", "rivals"];
/// The word with which newcomers are watched for long, and nothing else.
const NEWCOMERS: &str = "newcomers";
/// The seeds with which they are watched for long.
const NEWCOMER_SEEDS_LONG: usize = 6;
/// The word with which challenges are measured, and nothing else.
const CHALLENGES: &str = "challenges";
/// The seeds with which they are measured.
const CHALLENGE_SEEDS: usize = 1;
/// The shares of fees that pay for them.
const CHALLENGE_SHARES: [Ppm; 3] = [Ppm::new(500_000), Ppm::new(50_000), Ppm::new(0)];

/// What the command was asked for.
struct Wanted {
    seed: u64,
    /// The parts of the tables; all of them if there are none.
    parts: Vec<String>,
    /// Words of names of strategies; all of them if there are none.
    names: Vec<String>,
}

impl Wanted {
    fn seeds(&self, count: usize) -> Vec<u64> {
        (self.seed..).take(count).collect()
    }

    fn has(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|word| word == part)
    }

    fn of(&self, strategies: Vec<Strategy>) -> Vec<Strategy> {
        let is_named = |one: &Strategy| self.names.is_empty() || self.names.iter().any(|w| one.name().contains(w));
        strategies.into_iter().filter(is_named).collect()
    }
}

fn main() -> Result<(), Fail> {
    let began = Instant::now();
    let mut arguments = std::env::args().skip(1);
    let seed = arguments.next().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let folder = arguments.next().map_or_else(|| PathBuf::from("target/market-sim"), PathBuf::from);
    let (parts, names): (Vec<_>, Vec<_>) = arguments.partition(|word| PARTS.contains(&word.as_str()));
    let wanted = Wanted { seed, parts, names };
    match wanted.names.first().map(String::as_str) {
        Some(CHALLENGES) => measure_challenges(&wanted.seeds(CHALLENGE_SEEDS))?,
        Some(NEWCOMERS) => {
            let known = Baseline::run(&Scale::of_newcomers_for_long(), &wanted.seeds(NEWCOMER_SEEDS_LONG))?;
            println!("{}", Newcomer::measure(&known)?.text());
        }
        Some(_) | None => {
            let report = measure_all(&wanted)?;
            println!("{}", report.summary());
            if wanted.parts.is_empty() && wanted.names.is_empty() {
                write(&report, &folder)?;
            }
        }
    }
    println!("\nMeasured in {} s.", began.elapsed().as_secs());
    Ok(())
}

/// Measures all that is wanted, one table after the other.
fn measure_all(wanted: &Wanted) -> Result<Report, Fail> {
    let scale = Scale::full();
    let mut report = Report { seed: wanted.seed, provers: scale.provers, tasks: scale.tasks, ..Report::default() };
    if wanted.has(PARTS[0]) {
        let baseline = Baseline::run(&scale, &wanted.seeds(SEEDS_MAX))?;
        report.over_second_cost = Some(baseline.over_second_cost());
        report.rows = measure(&baseline, &wanted.of(all()))?;
    }
    let as_asked = |rule| Rules { pricing: Pricing::AsAsked, rule };
    let sealed = |rule| Rules { pricing: Pricing::Sealed, rule };
    let mut compare = |scale: Scale, strategies| {
        let baseline = Baseline::run(&scale, &wanted.seeds(RULES_SEEDS_MAX))?;
        let rows = measure(&baseline, &wanted.of(strategies))?;
        report.compared.push(Compared::of(&baseline, rows));
        Ok::<_, Fail>(())
    };
    if wanted.has(PARTS[1]) {
        compare(Scale::of_rules(sealed(Rule::Score)), of_rounds())?;
        // What holds the price of a round: reputation, and the number of its places.
        compare(Scale::of_rules(sealed(Rule::LowestPrice)), Vec::new())?;
        compare(Scale::of_few(sealed(Rule::Score)), Vec::new())?;
        compare(Scale::of_few(sealed(Rule::LowestPrice)), Vec::new())?;
    }
    if wanted.has(PARTS[2]) {
        for rule in [Rule::Score, Rule::LowestPrice, Rule::RandomOfFive] {
            compare(Scale::of_rules(as_asked(rule)), compared())?;
        }
    }
    if wanted.parts.is_empty() && wanted.names.is_empty() {
        let known = Baseline::run(&Scale::of_newcomers(), &wanted.seeds(NEWCOMER_SEEDS))?;
        report.newcomer = Some(Newcomer::measure(&known)?);
    }
    Ok(report)
}

/// Writes the report and its plots into a folder.
fn write(report: &Report, folder: &std::path::Path) -> Result<(), Fail> {
    std::fs::create_dir_all(folder)?;
    report.write(&folder.join("report.json"))?;
    plot::gains(report, &folder.join("gains.svg"))?;
    plot::prices(report, &folder.join("prices.svg"))?;
    if let Some(newcomer) = &report.newcomer {
        plot::newcomer(newcomer, &folder.join("newcomer.svg"))?;
    }
    Ok(())
}

/// Measures what challenges do, at some shares, and prints a paragraph for each.
fn measure_challenges(seeds: &[u64]) -> Result<(), Fail> {
    for share in CHALLENGE_SHARES {
        println!("{}\n", Challenges::measure(&Scale::of_newcomers(), share, seeds)?.text());
    }
    Ok(())
}

/// Measures strategies and prints a line for each as soon as it is known.
fn measure(baseline: &Baseline, strategies: &[Strategy]) -> Result<Vec<Row>, Fail> {
    let mut rows = Vec::new();
    if !strategies.is_empty() {
        println!("\n{HEAD}");
    }
    for strategy in strategies {
        let row = baseline.measure(*strategy, SEEDS_MIN, GAIN_MAX)?;
        println!("{}", line(&row));
        rows.push(row);
    }
    Ok(rows)
}
