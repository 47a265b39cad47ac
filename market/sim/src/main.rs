//! The command: measures every strategy, prints the table, and writes JSON and plots.
//!
//! `dpgn-market-sim [SEED] [FOLDER] [WORD]...`; the first seed is 1 and the folder `target/market-sim` unless they are
//! given. With words, only strategies whose names hold one of them are measured, and nothing is written; the word
//! `challenges` measures what challenges do, the word `newcomers` watches newcomers four times as long.

#![expect(clippy::print_stdout, reason = "a program prints what it found")]

use dpgn_market_sim::{
    challenges::Challenges,
    fail::Fail,
    measure::{Baseline, Row},
    newcomer::Newcomer,
    plot,
    report::{GAIN_MAX, HEAD, Report, line},
    scale::Scale,
    strategy::{Strategy, all},
};
use dpgn_protocol::{genesis::Params, units::Ppm};
use std::path::PathBuf;

/// The seeds with which every strategy is measured.
const SEEDS_MIN: usize = 3;
/// The most seeds with which a strategy is measured that can't be told from the target before.
const SEEDS_MAX: u64 = 3;
/// The seeds with which newcomers are watched.
const NEWCOMER_SEEDS: u64 = 1;
/// The strategies that are tried under other auction rules.
const RULES_TRIED_WITH: [Strategy; 5] = [
    Strategy::Shade(0.1),
    Strategy::Shade(0.5),
    Strategy::FailOnPurpose(0.1),
    Strategy::SelfDeal(4),
    Strategy::PickByDeclines(1.0),
];

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

fn main() -> Result<(), Fail> {
    let mut arguments = std::env::args().skip(1);
    let seed = arguments.next().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let folder = arguments.next().map_or_else(|| PathBuf::from("target/market-sim"), PathBuf::from);
    let words: Vec<String> = arguments.collect();
    let is_named = |strategy: &Strategy| words.is_empty() || words.iter().any(|w| strategy.name().contains(w));
    let chosen = |strategies: &[Strategy]| strategies.iter().copied().filter(is_named).collect::<Vec<_>>();
    let seeds = |count| (seed..).take(count).collect::<Vec<u64>>();

    if words.iter().any(|word| word == CHALLENGES) {
        return measure_challenges(&seeds(CHALLENGE_SEEDS));
    }
    if words.iter().any(|word| word == NEWCOMERS) {
        let known = Baseline::run(&Scale::of_newcomers_for_long(), &seeds(NEWCOMER_SEEDS_LONG))?;
        println!("{}", Newcomer::measure(&known)?.text());
        return Ok(());
    }
    let scale = Scale::full();
    let baseline = Baseline::run(&scale, &seeds(SEEDS_MAX as usize))?;
    let rows = measure(&baseline, &chosen(&all()))?;
    println!("\nThe same with the lowest price alone: no reputation in the score.\n");
    let params = Params { price_weight: Ppm::ONE, reputation_weight: Ppm::new(0), ..scale.params.clone() };
    let priced = Baseline::run(&Scale { params, ..scale.clone() }, &seeds(SEEDS_MIN))?;
    let price_only = measure(&priced, &chosen(&RULES_TRIED_WITH))?;
    if !words.is_empty() {
        return Ok(());
    }
    let known = Baseline::run(&Scale::of_newcomers(), &seeds(NEWCOMER_SEEDS as usize))?;
    let newcomer = Newcomer::measure(&known)?;
    let report = Report {
        seed,
        provers: scale.provers,
        tasks: scale.tasks,
        over_second_cost: baseline.over_second_cost(),
        rows,
        price_only,
        newcomer: Some(newcomer),
    };
    println!("{}", report.summary());
    std::fs::create_dir_all(&folder)?;
    report.write(&folder.join("report.json"))?;
    plot::gains(&report, &folder.join("gains.svg"))?;
    plot::prices(&report, &folder.join("prices.svg"))?;
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
    println!("{HEAD}");
    let mut rows = Vec::new();
    for strategy in strategies {
        let row = baseline.measure(*strategy, SEEDS_MIN, GAIN_MAX)?;
        println!("{}", line(&row));
        rows.push(row);
    }
    Ok(rows)
}
