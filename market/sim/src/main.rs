//! The command: measures every strategy, prints the table, and writes JSON and plots.
//!
//! `dpgn-market-sim [SEED] [FOLDER]`; the first seed is 1 and the folder `target/market-sim` unless they are given.

#![expect(clippy::print_stdout, reason = "a program prints what it found")]

use dpgn_market_sim::{
    fail::Fail,
    measure::Baseline,
    newcomer::Newcomer,
    plot,
    report::{GAIN_MAX, Report},
    scale::Scale,
    strategy::all,
};
use std::path::PathBuf;

/// The seeds with which every strategy is measured.
const SEEDS_MIN: usize = 4;
/// The most seeds with which a strategy is measured that can't be told from the target before.
const SEEDS_MAX: u64 = 10;
/// The seeds with which newcomers are watched.
const NEWCOMER_SEEDS: u64 = 3;

fn main() -> Result<(), Fail> {
    let mut arguments = std::env::args().skip(1);
    let seed = arguments.next().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let folder = arguments.next().map_or_else(|| PathBuf::from("target/market-sim"), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let seeds = |count| (seed..).take(count).collect::<Vec<u64>>();

    let scale = Scale::full();
    let baseline = Baseline::run(&scale, &seeds(SEEDS_MAX as usize))?;
    let mut rows = Vec::new();
    for strategy in all() {
        rows.push(baseline.measure(strategy, SEEDS_MIN, GAIN_MAX)?);
    }
    let known = Baseline::run(&Scale::of_newcomers(), &seeds(NEWCOMER_SEEDS as usize))?;
    let newcomer = Newcomer::measure(&known)?;
    let report = Report {
        seed,
        provers: scale.provers,
        tasks: scale.tasks,
        over_second_cost: baseline.over_second_cost(),
        rows,
        newcomer: Some(newcomer),
    };
    print!("{}", report.markdown());
    report.write(&folder.join("report.json"))?;
    plot::gains(&report, &folder.join("gains.svg"))?;
    plot::prices(&report, &folder.join("prices.svg"))?;
    if let Some(newcomer) = &report.newcomer {
        plot::newcomer(newcomer, &folder.join("newcomer.svg"))?;
    }
    Ok(())
}
