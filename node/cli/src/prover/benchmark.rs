//! `dpgn prover benchmark`: how fast this machine proves, by level and size, with as many proofs at once as it sells.

use super::{
    bench::{Bench, Line, SIZES, degrees, warn_of_node},
    compare::{self, Wanted},
};
use crate::{
    globals::Globals,
    output::{Output, Row},
    table,
    user_error::UserError,
};
use clap::Args;
use dpgn_node::{benchmark, config::ProverSection};
use dpgn_protocol::units::Level;
use dpgn_prover::ArithmeticName;
use serde::Serialize;
use std::collections::BTreeSet;

const EXAMPLES: &str = "\
Examples:
  dpgn prover benchmark
  dpgn prover benchmark --level 3 --degree 14 --degree 16
  dpgn prover benchmark --format json
  dpgn prover benchmark --compare --write

As many proofs are made at once as the configuration sells (prover.max_concurrent_proofs), each in a worker of its own, \
of a circuit that is built before. Levels 3 and 4 begin at 2^14 padded rows, level 5 at 2^15: sizes that a level has not \
are left out. With --compare, ways to share the cores are measured instead, three turns of each: one proof on all of them, \
two on half of them each, and so on, as long as this machine's memory holds so many proofs of the largest circuit on sale, \
whatever size is measured. Let nothing else work on the machine meanwhile, no node either.";

/// Measure how fast this machine proves
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Benchmark {
    /// A privacy level to measure, 1 to 5; may be repeated [default: those that the configuration sells]
    #[arg(long, value_name = "LEVEL")]
    level: Vec<u8>,
    /// A size to measure, as the base-2 logarithm of padded rows, 17 at most; may be repeated [default: 12 and 14]
    #[arg(long, value_name = "N")]
    degree: Vec<u8>,
    /// Compare one proof on all cores with several at once on a share of them each, and say how many make most in an hour
    #[arg(long)]
    compare: bool,
    /// Write that number into the configuration file, and what follows from it; all else in it stays, comments too
    #[arg(long, requires = "compare")]
    write: bool,
}

/// The speed of this machine.
#[derive(Debug, Serialize)]
struct Speeds {
    /// Proofs that were made at once.
    proofs_at_once: u16,
    /// What the workers have proved with, such as `stock` or `ifma`.
    arithmetic: ArithmeticName,
    /// What a node with rows_per_second = 0 would declare, from its own short measurement at level 1.
    declared: Vec<Declared>,
    measured: Vec<Line>,
    /// Lines for the configuration that declare what was measured.
    config: String,
}

#[derive(Debug, Serialize)]
struct Declared {
    level: Level,
    rows_per_second: u32,
}

/// Runs the command.
pub(super) async fn run(command: Benchmark, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let config = globals.config(Vec::new())?;
    warn_of_node(&config.data_dir, output).await;
    if command.compare {
        let Benchmark { level, degree, write, .. } = command;
        return compare::run(&Wanted { level, degree, write }, &config, globals, output).await;
    }
    let level = |level: &u8| Level::new(*level).map_err(UserError::input);
    let mut levels = command.level.iter().map(level).collect::<Result<BTreeSet<_>, _>>()?;
    if levels.is_empty() {
        levels = config.prover.offers.iter().map(|offer| offer.level).collect();
    }
    let mut bench = Bench::new(&config.prover, output.bar())?;
    let measured = match command.degree.as_slice() {
        [] => bench.measure_usual(&levels).await?,
        named => bench.measure_all(&levels, &degrees(named)?).await?,
    };
    if measured.is_empty() {
        return Err(UserError::input("none of these levels has a circuit of such a size").hint(SIZES));
    }
    let (level_1, arithmetic) = bench.level_1().await?;
    bench.bar.finish("measured");
    let declared =
        levels.iter().map(|level| Declared { level: *level, rows_per_second: benchmark::at(*level, level_1) });
    let speeds = Speeds {
        proofs_at_once: config.prover.max_concurrent_proofs,
        arithmetic,
        declared: declared.collect(),
        config: lines(&config.prover, &measured),
        measured,
    };
    output.report(&speeds, || text(&speeds))
}

/// The lines of a configuration that declare, for each level, the least speed that was measured.
fn lines(section: &ProverSection, measured: &[Line]) -> String {
    let mut text = String::new();
    for offer in &section.offers {
        let speeds = measured.iter().filter(|line| line.level == offer.level).map(|line| line.rows_per_second);
        if let Some(speed) = speeds.min() {
            let (level, price) = (offer.level, offer.per_kilorow);
            text.push_str(&format!(
                "[[prover.offers]]\nlevel = {level}\nper_kilorow = {price}\nrows_per_second = {speed}\n"
            ));
        }
    }
    text
}

fn text(speeds: &Speeds) -> String {
    let mut text = format!("proofs at once: {}, with {}\n", speeds.proofs_at_once, speeds.arithmetic);
    text.push_str(&table::columns(Line::head(), speeds.measured.iter().map(Row::cells)));
    let declared = speeds.declared.iter().map(|d| format!("{} at level {}", d.rows_per_second, d.level));
    let declared: Vec<String> = declared.collect();
    text.push_str(&format!("\na node that measures for itself declares, in rows a second: {}\n", declared.join(", ")));
    text.push_str("\nto declare the least of what was measured, write into config.toml:\n\n");
    text.push_str(&speeds.config);
    text
}

#[cfg(test)]
mod tests {
    use super::{super::bench::tests::line, *};

    #[test]
    fn the_slowest_size_is_what_is_declared_and_the_configuration_reads_it() {
        let section = ProverSection::default();
        let text = lines(&section, &[line(1, 12, 1_000), line(1, 14, 8_000), line(3, 14, 4_000)]);
        let read = dpgn_node::config::NodeConfig::from_toml(&text).unwrap().prover.offers;
        let told: Vec<_> = read.iter().map(|offer| (offer.level.get(), offer.rows_per_second)).collect();
        assert_eq!(told, [(1, 2_048), (3, 4_096)]);
        assert_eq!(read[1].per_kilorow, section.offers[2].per_kilorow, "prices stay");
    }
}
